"""A no is not escaped by asking for the same under another id: what was refused is told by who asks, what for, of which
data."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, decided, findings, rules
from space import END, SEEN, START

from openhaven.law.rules import anew
from openhaven.model.decision import Answer, Verdict
from openhaven.model.facts import FormerApplication
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.words import Level, Purpose, Route

MAY = dt.date(2026, 5, 1)
RULE = "advice_against_the_same_asked_before_stands"


def before(asked, **changes):
    """The same asked before under another id, to which somebody said no."""
    ask = asked.application
    former = FormerApplication("first", ask.applicant, ask.recipient, ask.purpose, ask.dataset, ask.level)
    return replace(asked, facts=replace(asked.facts, refused=(replace(former, **changes),)))


def opposed(**changes):
    parts = {"id": "no", "says": Advice.OPPOSES, "by": "C. Hale", "role": "Caldicott Guardian",
             "organisation": "north-trust", "on": MAY, "review": END, "application": "first"}  # fmt: skip
    return Recommendation(**{**parts, **changes})


class TestAdviceAgainstTheSame:
    @pytest.mark.parametrize("name", ["university", "cancer audit", "trial"])
    @pytest.mark.parametrize("role", ["Caldicott Guardian", "senior information risk owner", "data protection officer"])
    def test_is_for_a_person_and_names_the_earlier_no(self, story, name, role):
        asked = before(story[name]).plus(opposed(role=role))
        assert answers(asked)["guardian"] is Answer.REFERRED
        assert "(no, 1 May 2026, of first)" in because(asked, "guardian")
        assert decided(asked).verdict is Verdict.REFER

    @pytest.mark.parametrize("spelt", [str.upper, lambda id: f"{id}."])
    def test_is_found_however_the_earlier_id_or_the_names_are_spelt(self, story, spelt):
        ask = story["university"].application
        asked = before(story["university"], applicant=spelt(ask.applicant), recipient="x", dataset=spelt(ask.dataset))
        assert RULE in rules(asked.plus(opposed(application=spelt("first"))), "guardian")

    @pytest.mark.parametrize("part", ["applicant", "recipient"])
    def test_is_found_by_who_asks_or_by_who_receives(self, story, part):
        other = {"applicant": "recipient", "recipient": "applicant"}[part]
        assert RULE in rules(before(story["university"], **{other: "somebody"}).plus(opposed()), "guardian")

    @pytest.mark.parametrize(
        "changes",
        [{"applicant": "x", "recipient": "x"}, {"purpose": Purpose.PUBLIC_HEALTH}, {"dataset": "others"},
         {"level": Level.IDENTIFIABLE}, {"id": "second"}],
    )  # fmt: skip
    def test_says_nothing_of_other_people_purposes_data_or_of_finer_data(self, story, changes):
        """A guardian may well say no to names and have nothing against rows without them."""
        assert answers(before(story["university"], **changes).plus(opposed()))["guardian"] is Answer.MET

    def test_a_no_to_a_table_is_one_to_rows_too(self, story):
        asked = before(story["university"], level=Level.AGGREGATE)
        assert RULE in rules(asked.plus(opposed()), "guardian")

    def test_stands_until_the_same_office_says_yes_to_what_is_asked_now(self, story):
        asked = before(story["university"]).plus(opposed())
        yes = opposed(id="yes", says=Advice.SUPPORTS, application="university", on=dt.date(2026, 6, 1))
        assert answers(asked.plus(yes))["guardian"] is Answer.MET
        for changes in (
            {"on": dt.date(2026, 4, 1)},
            {"on": dt.date(2026, 12, 1)},
            {"organisation": "south-trust"},
            {"role": "medical director"},
            {"application": "another"},
            {"agreement": "another"},
        ):
            assert RULE in rules(asked.plus(replace(yes, **changes)), "guardian"), changes

    def test_is_found_among_thousands_without_comparing_each_with_each(self, story, monkeypatch):
        asked, read, bare = before(story["university"]), [], anew.bare
        many = [replace(asked.facts.refused[0], id=f"app-{at}", recipient=f"r-{at}") for at in range(200)]
        noes = [opposed(id=f"no-{at}", application=each.id) for at, each in enumerate(many)]
        asked = replace(asked, facts=replace(asked.facts, refused=(*many, *asked.facts.refused)))
        monkeypatch.setattr(anew, "bare", lambda text: read.append(text) or bare(text))
        assert RULE in rules(asked.plus(opposed(), *noes), "guardian")
        assert len(read) < 20 * len(many)

    def test_does_not_look_ahead(self, story):
        asked = before(story["university"]).plus(opposed(on=dt.date(2026, 12, 1)))
        assert answers(asked)["guardian"] is Answer.MET

    def test_against_an_agreement_is_not_escaped_by_another(self, story):
        asked = story["university"]
        other = replace(asked.facts.one(Agreement, "agreement-university"), id="agreement-first")
        no = opposed(application="", agreement="Agreement-First")
        assert RULE in rules(asked.plus(other, no), "guardian")
        assert answers(asked.plus(replace(other, recipient="somebody"), no))["guardian"] is Answer.MET

    def test_a_no_to_this_very_application_is_one_as_before(self, story):
        asked = before(story["university"], id="university")
        assert answers(asked.plus(opposed(application="university")))["guardian"] is Answer.NOT_MET


class TestAControllersNo:
    def no(self, **changes):
        return replace(
            Authority("no", "north-trust", "episodes", Say.DECLINES, START, END, SEEN, application="first"), **changes
        )

    def test_to_the_same_asked_before_is_asked_again(self, story):
        asked = before(story["university"]).plus(self.no())
        assert answers(asked)["authority"] is Answer.REFERRED
        assert "declined by north-trust" in because(asked, "authority")
        assert any("north-trust" in each.who for each in findings(asked, "authority"))

    def test_an_answer_to_this_application_settles_it(self, story):
        asked = before(story["university"]).plus(self.no())
        standing = next(each for each in asked.facts.records if each.id == "yes-north-trust")
        yes = replace(standing, id="own", application="university")
        assert answers(asked.plus(yes))["authority"] is Answer.MET
        assert answers(asked.plus(replace(yes, says=Say.DECLINES)))["authority"] is Answer.MET, "it is left out"

    @pytest.mark.parametrize(
        "changes", [{"controller": "elsewhere"}, {"ends": dt.date(2026, 6, 1)}, {"application": "x"}]
    )
    def test_of_others_or_of_another_time_is_none(self, story, changes):
        assert answers(before(story["university"]).plus(self.no(**changes)))["authority"] is Answer.MET


class TestAHoldOnAnAgreement:
    def held(self, story, **changes):
        asked = story["university"]
        other = replace(asked.facts.one(Agreement, "agreement-university"), id="agreement-first", **changes)
        return asked.plus(other, Hold("hold", "suspended", "the Board", MAY, agreement="agreement-first"))

    def test_is_not_escaped_by_another_agreement_about_the_same(self, story):
        asked = self.held(story)
        assert answers(asked)["programme hold"] is Answer.REFERRED
        assert "agreement-first (hold)" in because(asked, "programme hold")

    @pytest.mark.parametrize(
        "changes",
        [{"recipient": "x"}, {"purpose": Purpose.PUBLIC_HEALTH}, {"dataset": "x"}, {"level": Level.IDENTIFIABLE},
         {"ends": dt.date(2026, 10, 31)}],
    )  # fmt: skip
    def test_binds_no_other_use_and_ends_with_the_term(self, story, changes):
        assert answers(self.held(story, **changes))["programme hold"] is Answer.MET

    def test_that_is_not_on_record_may_be_about_anything(self, story):
        """Else a paper taken away would help."""
        held = story["university"].plus(Hold("hold", "suspended", "the Board", MAY, agreement="lost"))
        assert answers(held)["programme hold"] is Answer.REFERRED
        advised = story["university"].plus(opposed(application="", agreement="lost"))
        assert answers(advised)["guardian"] is Answer.REFERRED


class TestTheRiskOwner:
    def no(self, **changes):
        return opposed(role="senior information risk owner", organisation="", application="university", **changes)

    def test_refuses_what_the_engine_would_permit(self, story):
        asked = story["university"]
        assert decided(asked).verdict is Verdict.PERMIT
        refused = asked.plus(self.no())
        assert decided(refused).verdict is Verdict.REFUSE
        assert "decided against by C. Hale, senior information risk owner (no, 1 May 2026)" in because(
            refused, "guardian"
        )
        assert {each.rule for each in findings(refused, "guardian") if each.effect != "permit"} == {
            "what_the_risk_owner_does_not_approve_goes_no_further"
        }

    def test_a_no_of_later_does_not_count_yet(self, story):
        assert decided(story["university"].plus(self.no(on=dt.date(2026, 12, 1)))).verdict is Verdict.PERMIT

    def test_another_decision_under_the_same_id_takes_its_place(self, story):
        assert decided(story["university"].plus(self.no(says=Advice.SUPPORTS))).verdict is Verdict.PERMIT

    @pytest.mark.parametrize(
        "role", ["Senior Information Risk Owner", "deputy, senior information risk owner's office"]
    )
    def test_from_the_same_office_counts_however_it_is_spelt(self, story, role):
        assert decided(story["university"].plus(replace(self.no(), role=role))).verdict is Verdict.REFUSE

    @pytest.mark.parametrize("route", [Route.STATUTORY_DUTY, Route.COURT_ORDER])
    def test_against_what_a_law_requires_it_is_for_a_person(self, story, route):
        asked = story["cancer audit"].with_application(route=route)
        asked = asked.plus(replace(self.no(), application=asked.application.id))
        assert answers(asked)["guardian"] is Answer.REFERRED
