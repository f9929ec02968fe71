"""The national body gives out data only within section 261; nobody else is asked about it."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, rules, unmet

from openhaven.model.decision import Answer
from openhaven.model.record.approvals import Requirement
from openhaven.model.words import Power, Purpose, Route

QUESTION = "power to give out"


def national(asked, power=Power.NOT_IDENTIFYING):
    return asked.with_policy(national_body=True).with_application(power=power)


def test_only_the_national_body_is_asked(story):
    assert rules(story["university"], QUESTION) == {"others_need_no_power_to_disseminate"}


def test_it_is_the_setting_that_says_so_and_never_the_applicant(story):
    asked = story["university"].with_application(power=Power.CRIME)
    assert not unmet(asked)


def test_the_national_body_names_its_power(story):
    asked = national(story["university"], None)
    assert unmet(asked) == {QUESTION}
    assert "one of: s261(1) and (2)(a)" in because(asked, QUESTION)


class TestWhatAPowerReaches:
    @pytest.mark.parametrize(
        ("name", "power"),
        [
            ("university", Power.NOT_IDENTIFYING),
            ("commissioner", Power.NOT_IDENTIFYING),
            ("trial", Power.INDIVIDUAL_CONSENT),
            ("cancer audit", Power.WITH_SUPPORT),
            ("health protection", Power.STATUTORY_FUNCTION),
        ],
    )
    def test_it_reaches_what_it_is_for(self, story, name, power):
        assert answers(national(story[name], power))[QUESTION] is Answer.MET

    @pytest.mark.parametrize("name", ["university", "trial", "cancer audit", "health protection"])
    def test_and_nothing_else(self, story, name):
        reached = {power for power in Power if answers(national(story[name], power))[QUESTION] is Answer.MET}
        assert (
            reached
            == {
                "university": {Power.NOT_IDENTIFYING},
                "trial": {Power.INDIVIDUAL_CONSENT},
                "cancer audit": {Power.WITH_SUPPORT},
                "health protection": {Power.STATUTORY_FUNCTION},
            }[name]
        )

    def test_data_that_nobody_has_classified_is_taken_to_identify(self, story):
        assert QUESTION in unmet(national(story["university"]).without("class-rows"))

    def test_a_notice_has_to_be_a_notice(self, story):
        asked = national(story["health protection"], Power.NOTICE)
        assert answers(asked)[QUESTION] is Answer.NOT_MET
        assert answers(asked.with_record("statement", law="copi-3-4"))[QUESTION] is Answer.MET

    def test_statistics_need_their_enactment(self, story):
        asked = national(story["health protection"], Power.STATISTICS).with_application(
            purpose=Purpose.OFFICIAL_STATISTICS
        )
        assert answers(asked)[QUESTION] is Answer.NOT_MET
        assert answers(asked.with_record("statement", purpose=Purpose.OFFICIAL_STATISTICS))[QUESTION] is Answer.MET

    def test_another_enactment_is_none_on_statistics(self, story):
        """LAW-49: section 42(4) of the Act of 2007 is named where data is given out under it."""
        asked = national(story["health protection"], Power.STATISTICS)
        asked = asked.with_application(purpose=Purpose.OFFICIAL_STATISTICS)
        told = {
            law: answers(asked.with_record("statement", purpose=Purpose.OFFICIAL_STATISTICS, law=law))[QUESTION]
            for law in ("srsa-2007-s42", "srsa-2007-s45c", "crime-and-disorder-1998-s115", "hpnr-2010")
        }
        assert {law for law, answer in told.items() if answer is Answer.MET} == {"srsa-2007-s42", "srsa-2007-s45c"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"route": Route.COURT_ORDER},
            {"law": "hsca-2012-s261"},
            {"law": "srsa-2007-s45c", "starts": dt.date(2016, 1, 1)},
        ],
        ids=["an order of a court", "the national body's own power", "what was not law yet"],
    )
    def test_this_is_no_statutory_function_of_the_recipient(self, story, changes):
        """LAW-46: section 261(5)(d) is for who needs the information for a function that a law gives them."""
        asked = national(story["health protection"], Power.STATUTORY_FUNCTION)
        seen = replace(asked.facts.one(Requirement, "statement").seen, on=dt.date(2016, 1, 1))
        on = dt.date(2016, 6, 1) if "starts" in changes else asked.on
        asked = asked.with_record("statement", seen=seen, starts=dt.date(2016, 1, 1)).at(on)
        assert answers(asked)[QUESTION] is Answer.MET
        assert answers(asked.with_record("statement", **changes))[QUESTION] is Answer.NOT_MET

    @pytest.mark.parametrize("power", [Power.RELEVANT_PERSON, Power.DIRECTION, Power.WELFARE, Power.CRIME])
    def test_some_are_weighed_by_a_person(self, story, power):
        assert answers(national(story["university"], power))[QUESTION] is Answer.REFERRED


class TestSection261OneA:
    """Only for purposes of care or health: narrower from October 2014, wider from July 2022."""

    NARROW, WIDE = dt.date(2022, 6, 30), dt.date(2022, 7, 1)

    def asked(self, story, purpose, on):
        return national(replace(story["university"], on=on)).with_application(purpose=purpose)

    def said(self, story, purpose, on):
        return rules(self.asked(story, purpose, on), QUESTION) - {"the_power_named_reaches_this"}

    @pytest.mark.parametrize("on", [dt.date(2014, 10, 1), NARROW, WIDE])
    def test_a_purpose_of_health_is_within_both_wordings(self, story, on):
        assert self.said(story, Purpose.RESEARCH, on) == set()

    def test_what_is_only_connected_was_for_a_person_and_now_is_not(self, story):
        assert self.said(story, Purpose.INVOICE_VALIDATION, self.NARROW) == {"data_is_given_out_for_care_or_health"}
        assert self.said(story, Purpose.INVOICE_VALIDATION, self.WIDE) == set()

    @pytest.mark.parametrize("purpose", [Purpose.INSURANCE, Purpose.MARKETING, Purpose.COMMERCIAL, Purpose.REGULATION])
    def test_what_is_not_for_health_is_outside_both(self, story, purpose):
        for on in (self.NARROW, self.WIDE):
            assert answers(self.asked(story, purpose, on))[QUESTION] is Answer.NOT_MET

    def test_before_october_2014_it_was_not_there(self, story):
        assert self.said(story, Purpose.INVOICE_VALIDATION, dt.date(2014, 9, 30)) == set()

    @pytest.mark.parametrize("power", [Power.STATUTORY_FUNCTION, Power.WITH_SUPPORT, Power.NOTICE])
    def test_what_is_near_to_care_was_left_alone_too_under_another_power(self, story, power):
        """LAW-46, LAW-47: section 261(1A) narrowed section 261(1), and not what rests on another power."""
        asked = national(replace(story["university"], on=self.NARROW), power)
        asked = asked.with_application(purpose=Purpose.INVOICE_VALIDATION)
        assert rules(asked, QUESTION) == {"the_power_named_reaches_this"}

    def test_it_leaves_other_powers_alone(self, story):
        asked = national(story["health protection"], Power.STATUTORY_FUNCTION)
        asked = asked.with_application(purpose=Purpose.REGULATION).with_record("statement", purpose=Purpose.REGULATION)
        assert answers(asked)[QUESTION] is Answer.MET
