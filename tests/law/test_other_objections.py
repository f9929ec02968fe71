"""Type 1 at the door of GP data, Type 2 on the days on which it stood, Article 21 objections decided by a person."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, decided, demanded, obligations, rules, unmet

from openhaven.model.decision import Answer, Verdict
from openhaven.model.obligation import NationalOptOut, Objections
from openhaven.model.record.advice import Classification
from openhaven.model.record.agreement import FieldAgreed
from openhaven.model.record.choices import Heard, Objection
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, Level, Purpose, Route, Setting

QUESTION = "other objections"
RECEIVED, DECIDED = dt.date(2026, 10, 1), dt.date(2026, 11, 1)


def objection(state=Heard.OPEN, **changes):
    seen = None if state is Heard.OPEN else Seen("decision.pdf", "the data protection officer", DECIDED)
    return replace(Objection("objection-1", state, RECEIVED, "people.txt", decided=seen), **changes)


def lists(asked):
    return {name for each in obligations(asked, Objections) for name in each.lists}


class TestArticle21:
    def test_where_nobody_objected_nothing_is_demanded(self, story):
        assert answers(story["university"])[QUESTION] is Answer.MET
        assert lists(story["university"]) == set()

    def test_an_open_objection_is_for_a_person(self, story):
        asked = story["university"].plus(objection())
        assert unmet(asked) == {QUESTION}
        assert decided(asked).verdict is Verdict.REFER

    def test_one_that_was_upheld_leaves_out_whom_it_names(self, story):
        asked = story["university"].plus(objection(Heard.UPHELD))
        assert not unmet(asked)
        assert demanded(asked, Objections).lists == ("article 21",)

    def test_one_that_was_not_upheld_changes_nothing(self, story):
        asked = story["university"].plus(objection(Heard.NOT_UPHELD))
        assert decided(asked).obligations == decided(story["university"]).obligations

    def test_until_the_day_of_its_decision_it_is_open(self, story):
        asked = story["university"].plus(objection(Heard.UPHELD))
        assert answers(asked.at(DECIDED))[QUESTION] is Answer.MET
        assert answers(asked.at(DECIDED - dt.timedelta(days=1)))[QUESTION] is Answer.REFERRED
        assert answers(asked.at(RECEIVED - dt.timedelta(days=1)))[QUESTION] is Answer.MET

    @pytest.mark.parametrize(
        ("changes", "covered"),
        [
            ({}, True),
            ({"datasets": ("episodes",)}, True),
            ({"datasets": ("births",)}, False),
            ({"purposes": (Purpose.RESEARCH,)}, True),
            ({"purposes": (Purpose.COMMISSIONING,)}, False),
        ],
    )
    def test_it_reaches_the_uses_that_it_is_about(self, story, changes, covered):
        asked = story["university"].plus(objection(**changes))
        assert answers(asked)[QUESTION] is (Answer.REFERRED if covered else Answer.MET)

    @pytest.mark.parametrize("route", [Route.CONSENT, Route.COPI_3, Route.COPI_5])
    def test_it_is_asked_about_whatever_the_way_round_confidence(self, story, route):
        name = {Route.CONSENT: "trial", Route.COPI_3: "health protection", Route.COPI_5: "cancer audit"}[route]
        assert lists(story[name].plus(objection(Heard.UPHELD))) == {"article 21"}

    def test_neither_a_reason_nor_an_obligation_names_its_record_or_its_file(self, story):
        asked = story["university"].plus(objection(Heard.UPHELD))
        assert "objection-1" not in because(asked, QUESTION)
        assert "people.txt" not in str(decided(asked).as_plain())
        assert "objection-1" not in str(demanded(asked, Objections).as_plain())

    def test_one_that_is_decided_says_by_whom_and_names_its_file(self):
        with pytest.raises(ValueError, match="says who decided it"):
            objection(Heard.UPHELD, decided=None)
        with pytest.raises(ValueError, match="names a file beside this one"):
            objection(people="../people.txt")


class TestType1:
    def test_reaches_gp_data_only(self, story):
        assert "these are none" in because(story["university"], QUESTION)

    def test_is_respected_at_the_door_also_where_a_law_requires_the_flow(self, story):
        asked = story["university"].with_dataset(setting=Setting.GP)
        assert "set aside when the GP data arrived" in because(asked, QUESTION)
        assert lists(asked) == set()

    def test_where_a_law_let_them_in_they_flow_on_no_other_ground(self, story):
        asked = story["university"].with_dataset(setting=Setting.GP).with_policy(type_1_where_law_requires=False)
        assert lists(asked) == {"type 1"}
        assert lists(asked.with_application(route=Route.STATUTORY_DUTY)) == set()
        assert lists(asked.with_application(route=Route.COURT_ORDER)) == set()

    def test_a_notice_in_an_emergency_of_public_health_is_such_a_law(self, story):
        """T1-02: the very example of 2014. A statement under regulation 3 that is no notice requires nothing."""
        asked = story["health protection"].with_dataset(setting=Setting.GP).with_policy(type_1_where_law_requires=False)
        assert lists(asked) == {"type 1"}
        notice = asked.with_record("statement", law="copi-3-4", requires=True)
        assert lists(notice) == set()
        assert lists(notice.at(dt.date(2028, 1, 1))) == {"type 1"}
        assert lists(notice.with_policy(type_1_where_law_requires=True)) == set(), "set aside at the door"


class TestType2:
    """Recorded before it could be upheld; upheld from 29 April 2016; over after 11 October 2018."""

    def asked(self, story, on, **changes):
        return story["cancer audit"].with_policy(national_body=True, **changes).at(on)

    @pytest.mark.parametrize(
        ("on", "answer", "named"),
        [
            (dt.date(2013, 8, 31), Answer.MET, set()),
            (dt.date(2013, 9, 1), Answer.REFERRED, set()),
            (dt.date(2016, 4, 28), Answer.REFERRED, set()),
            (dt.date(2016, 4, 29), Answer.MET, {"type 2"}),
            (dt.date(2018, 5, 24), Answer.MET, {"type 2"}),
            (dt.date(2018, 10, 11), Answer.MET, {"type 2"}),
            (dt.date(2018, 10, 12), Answer.MET, set()),
        ],
    )
    def test_counts_by_the_day(self, story, on, answer, named):
        asked = self.asked(story, on)
        assert (answers(asked)[QUESTION], lists(asked)) == (answer, named)

    @pytest.mark.parametrize(
        ("on", "type_2", "national"),
        [
            (dt.date(2018, 5, 24), True, False),
            (dt.date(2018, 5, 25), True, True),
            (dt.date(2018, 10, 11), True, True),
            (dt.date(2018, 10, 12), False, True),
        ],
    )
    def test_for_some_months_of_2018_either_counted(self, story, on, type_2, national):
        asked = self.asked(story, on)
        assert (lists(asked) == {"type 2"}) is type_2
        assert [each.applies for each in obligations(asked, NationalOptOut)] == [national]
        assert ("either_of_two_objections_counts" in rules(asked, QUESTION)) is (type_2 and national)

    def test_bound_the_national_body_alone(self, story):
        assert lists(story["cancer audit"].at(dt.date(2017, 1, 1))) == set()

    def test_nobody_escaped_it_by_asking_for_rows_without_names(self, story):
        """A level is no finding: what nobody has classified is taken to identify (T2-01, LAW-18)."""
        on = dt.date(2017, 1, 1)
        asked = self.asked(story, on).with_application(level=Level.DE_IDENTIFIED)
        assert lists(asked) == {"type 2"}
        assert answers(asked.at(dt.date(2014, 6, 1)))[QUESTION] is Answer.REFERRED
        found = Classification(
            "class-audit", "episodes", Level.DE_IDENTIFIED, "under contract", "C. Guardian", "Caldicott Guardian", on,
            on, "k and contract", tuple(FieldAgreed(each.name) for each in asked.facts.dataset), ("audit-body",),
            tuple(Access),
        )  # fmt: skip
        assert lists(asked.plus(found)) == set()
        assert lists(asked.plus(replace(found, recipients=("another",)))) == {"type 2"}
        assert lists(asked.plus(found).with_application(level=Level.IDENTIFIABLE)) == {"type 2"}

    def test_left_emergencies_and_consent_alone(self, story):
        on = dt.date(2017, 1, 1)
        asked = story["health protection"].with_policy(national_body=True).at(on)
        assert lists(asked) == {"type 2"}
        seen = Seen("notice.pdf", "R. Okafor", on)
        notice = asked.with_record("statement", law="copi-3-4", requires=True, starts=on, seen=seen)
        assert lists(notice) == set()
        assert lists(notice.with_record("statement", ends=on, starts=on, datasets=("another",))) == {"type 2"}
        assert lists(story["trial"].with_policy(national_body=True).at(on)) == set()
