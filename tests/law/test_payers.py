"""Who pays shows in papers that others wrote: what they say and the application does not declare stops the use.

So does for whom an organisation acts, by its own record: then a person looks."""

from dataclasses import replace

import pytest
from heard import answers, because, decided, findings, unmet

from openhaven.law.case import Case
from openhaven.law.rules.purpose import left_to_two
from openhaven.model.application import Funder
from openhaven.model.decision import Answer, Effect, Verdict
from openhaven.model.record.organisations import Organisation

PAPERS = {
    "the agreement": ("university", "agreement-university"),
    "the partnership": ("consultancy", "partnership-agreement-consultancy"),
    "support": ("cancer audit", "support-audit"),
    "an ethics opinion": ("trial", "rec-agreement-trial"),
    "HRA approval": ("trial", "hra-agreement-trial"),
}
"""Papers that can say who pays: a use, and the record."""
CHARITY = Organisation("fen", "Fen Charity", bodies=("charity",), ods="X-fen")


def says(story, paper, *who):
    name, record = PAPERS[paper]
    return story[name].plus(CHARITY).with_record(record, paid_by=who)


@pytest.mark.parametrize("paper", PAPERS)
class TestAPaperThatSaysWhoPays:
    def test_refuses_a_use_that_does_not_declare_them(self, story, paper):
        asked = says(story, paper, "Fen Charity")
        assert answers(asked)["purpose"] is Answer.NOT_MET
        said = because(asked, "purpose")
        assert f"{PAPERS[paper][1]} says that Fen Charity pays, and the application does not declare it" in said
        assert "an application that declares Fen Charity among its funders" in said

    @pytest.mark.parametrize("declared", ["Fen Charity", "fen", "FEN CHARITY", "X-fen"])
    def test_is_in_order_once_they_are_declared(self, story, paper, declared):
        asked = says(story, paper, "Fen Charity")
        told = asked.with_application(funders=(*asked.application.funders, Funder(declared, "medical research")))
        assert _forbidden(told) == _forbidden(story[PAPERS[paper][0]])

    def test_may_name_those_who_ask_or_receive(self, story, paper):
        asked = story[PAPERS[paper][0]]
        own = asked.application.recipient
        name = asked.facts.one(Organisation, own).name
        assert _forbidden(says(story, paper, own)) == _forbidden(says(story, paper, name)) == set()

    def test_is_as_before_where_it_does_not_say(self, story, paper):
        assert answers(says(story, paper)) == answers(story[PAPERS[paper][0]].plus(CHARITY))

    def test_that_names_nobody_in_particular_says_so_too(self, story, paper):
        """A body that is not on record has to be declared as it is called."""
        asked = says(story, paper, "Acme Life")
        assert answers(asked)["purpose"] is Answer.NOT_MET


def _forbidden(asked):
    return {each.rule for each in findings(asked, "purpose") if each.effect is Effect.FORBID}


def test_a_payer_that_is_declared_is_looked_through_as_any_other(story):
    asked = says(story, "the agreement", "Acme Life Insurance")
    told = asked.with_application(funders=(Funder("Acme Life Insurance", "charity"),))
    assert answers(told)["purpose"] is Answer.REFERRED


class TestWhoActsForAnother:
    """By the record of an organisation in whose hands the data will be."""

    def acting(self, story, *clients):
        return story["university"].plus(CHARITY).with_record("university", acts_for=clients)

    def test_is_for_a_person_where_the_application_does_not_declare_for_whom(self, story):
        asked = self.acting(story, "fen")
        assert decided(asked).verdict is Verdict.REFER
        assert "Northby University acts for Fen Charity (fen)" in because(asked, "purpose")
        assert "the operator's senior responsible person" in findings(asked, "purpose")[0].who

    def test_is_in_order_once_it_does(self, story):
        asked = self.acting(story, "fen").with_application(funders=(Funder("Fen Charity", "medical research"),))
        assert decided(asked).verdict is Verdict.PERMIT

    def test_is_looked_through_where_the_client_is_an_insurer(self, story):
        insurer = Organisation("acme", "Acme", business=("life insurance",))
        asked = self.acting(story, "acme").plus(insurer)
        declared = asked.with_application(funders=(Funder("Acme", "charity"),))
        assert answers(asked)["purpose"] is answers(declared)["purpose"] is Answer.REFERRED

    def test_as_processor_too(self, story):
        tide = Organisation("tide", "Tide", bodies=("company",), ods="X-tide", country="England", acts_for=("fen",))
        asked = story["university"].plus(CHARITY, tide).with_record("agreement-university", processors=("tide",))
        assert "Tide acts for Fen Charity (fen)" in because(asked, "purpose")

    def test_is_left_to_two_by_the_name_of_the_client(self, story):
        asked = self.acting(story, "fen")
        found = left_to_two(Case(asked.application, asked.facts, asked.on))
        assert [each.words for each in found] == ["Fen Charity"]

    def test_which_is_not_on_record_is_for_a_person_too(self, story):
        assert answers(self.acting(story, "nobody"))["purpose"] is Answer.REFERRED


def test_nothing_is_asked_of_those_who_say_nothing(story):
    assert unmet(story["university"]) == set()
    assert replace(CHARITY).acts_for == ()
