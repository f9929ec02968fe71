"""No more is disclosed than a court ordered (LAW-13): whose records, by a rule, or all; and of which controllers.

The order's own words about whom it covers are on record, or a person reads it."""

from dataclasses import replace

import pytest
from heard import answers, because, decided, findings, unmet
from space import CONTROLLERS, END, SEEN, START

from openhaven.model.application import Comparison, Condition
from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.approvals import Requirement
from openhaven.model.words import Level, Route

CANCERS = Condition("diagnosis", Comparison.STARTS, ("C",))
ONE = Condition("nhs_number", Comparison.IS, ("9990000018",))


@pytest.fixture
def order(story):
    """An audit's use, ordered by a court: about whom, each test says."""
    audit = story["cancer audit"]
    made = Requirement(
        id="order",
        route=Route.COURT_ORDER,
        enactment="order of 3 March 2026",
        requires=True,
        purpose=audit.application.purpose,
        datasets=("episodes",),
        fields=tuple(each.name for each in audit.application.fields),
        recipients=("audit-body",),
        level=Level.IDENTIFIABLE,
        starts=START,
        ends=END,
        seen=SEEN,
        court="The High Court",
        reference="KB-2026-000123",
    )
    return audit.with_application(route=Route.COURT_ORDER, basis=("order",)).plus(made)


def question(asked):
    return answers(asked)["confidentiality"]


class TestAnOrderThatDoesNotSayWhomItCovers:
    def test_is_read_by_a_person_where_everybody_is_asked_for(self, order):
        asked = order.with_cohort(everyone="the order is about a ward")
        assert question(asked) is Answer.REFERRED
        assert "order does not say whom it covers, and records of everybody held are asked for" in because(
            asked, "confidentiality"
        )
        assert "the operator's senior responsible person" in findings(asked, "confidentiality")[0].who

    def test_and_where_fewer_are_asked_for(self, order):
        assert question(order) is Answer.REFERRED
        assert "order does not say whom it covers, and a rule cannot see" in because(order, "confidentiality")

    def test_is_not_read_again_where_another_order_says_it(self, order):
        (silent,) = (each for each in order.facts.records if each.id == "order")
        both = order.plus(replace(silent, id="second", cohort=(CANCERS,))).with_application(basis=("order", "second"))
        assert question(both) is Answer.MET
        assert question(both.without("second")) is Answer.REFERRED


class TestAnOrderOfARule:
    def test_covers_those_of_whom_it_speaks_and_fewer(self, order):
        asked = order.with_record("order", cohort=(CANCERS,))
        assert decided(asked).verdict is Verdict.PERMIT
        fewer = Condition("diagnosis", Comparison.STARTS, ("C50",))
        assert question(asked.with_cohort(CANCERS, Condition("sex", Comparison.IS, ("2",)))) is Answer.MET
        assert question(asked.with_cohort(fewer)) is Answer.MET

    @pytest.mark.parametrize("cohort", [(), (CANCERS,)])
    def test_about_one_person_is_none_about_many(self, order, cohort):
        asked = order.with_record("order", cohort=(ONE,)).with_cohort(*cohort, everyone="" if cohort else "all of them")
        assert question(asked) is Answer.NOT_MET
        assert "order is about people of whom nhs_number is 9990000018, and others are asked for" in because(
            asked, "confidentiality"
        )

    def test_between_two_days_covers_no_more(self, order):
        days = (
            Condition("admitted", Comparison.FROM, ("2026-01-01",)),
            Condition("admitted", Comparison.TO, ("2026-03-31",)),
        )
        asked = order.with_record("order", cohort=days)
        assert question(asked.with_cohort(*days)) is Answer.MET
        assert question(asked.with_cohort(days[0])) is Answer.NOT_MET


class TestAnOrderAboutEverybody:
    def test_says_so_in_words_that_somebody_read(self, order):
        asked = order.with_record("order", everyone="all records of the ward that the dataset holds")
        assert question(asked) is Answer.MET
        assert question(asked.with_cohort(everyone="the whole ward")) is Answer.MET

    def test_is_not_about_some(self, order):
        (silent,) = (each for each in order.facts.records if each.id == "order")
        with pytest.raises(ValueError, match="requirement order: it is about everyone, or about a cohort"):
            replace(silent, everyone="all of them", cohort=(CANCERS,))


class TestControllers:
    def test_that_it_names_give_and_no_other(self, order):
        asked = order.with_record("order", cohort=(CANCERS,), controllers=CONTROLLERS[:1])
        assert question(asked) is Answer.NOT_MET
        assert f"order is about records of {CONTROLLERS[0]}, and {CONTROLLERS[1]} would give theirs" in because(
            asked, "confidentiality"
        )
        alone = asked.with_record("agreement-audit", controllers=CONTROLLERS[:1])
        assert question(alone) is Answer.MET

    def test_alone_do_not_say_whom_it_covers(self, order):
        assert question(order.with_record("order", controllers=CONTROLLERS)) is Answer.REFERRED


@pytest.mark.parametrize("stated", [{"cohort": (ONE,)}, {"controllers": ("another",)}])
def test_what_a_statement_or_a_law_says_of_people_binds_too(story, stated):
    asked = story["health protection"]
    assert not unmet(asked)
    assert question(asked.with_record("statement", **stated)) is Answer.NOT_MET
