"""Holds that cannot be escaped by naming another programme, and people who were told."""

import datetime as dt

import pytest
from heard import because, decided, rules, unmet

from openhaven.model.decision import Verdict
from openhaven.model.record.controllers import Hold
from openhaven.model.record.seen import Seen
from openhaven.model.words import Purpose

NOTICE, DSA = "notice-agreement-university", "agreement-university"
HOLD = Hold("hold-1", "engagement is not done", "the board", dt.date(2026, 1, 1), programme="care.data")


class TestProgramme:
    def test_one_that_the_agreement_does_not_list_is_refused_hold_or_not(self, story):
        asked = story["university"].with_application(programme="heart")
        assert unmet(asked) == {"programme hold"}
        assert "names the programme heart, which agreement-university does not list" in because(asked, "programme hold")
        assert not unmet(asked.with_record(DSA, programmes=("heart",)))

    def test_a_hold_acts_on_the_programmes_of_the_agreement_whatever_the_application_names(self, story):
        asked = story["university"].with_record(DSA, programmes=("care.data", "heart")).plus(HOLD)
        for programme in ("", "heart", "care.data"):
            claimed = asked.with_application(programme=programme)
            assert unmet(claimed) == {"programme hold"}
            assert decided(claimed).verdict is Verdict.REFUSE

    def test_spelling_it_otherwise_escapes_nothing(self, story):
        asked = story["university"].with_record(DSA, programmes=(" Care.Data",)).plus(HOLD)
        assert decided(asked).verdict is Verdict.REFUSE

    def test_an_agreement_that_lists_others_settles_that_it_does_not_belong(self, story):
        assert not unmet(story["university"].with_record(DSA, programmes=("heart",)).plus(HOLD))

    def test_where_nobody_says_a_person_does(self, story):
        assert decided(story["university"].plus(HOLD)).verdict is Verdict.REFER


class TestNotice:
    def test_whoever_gives_and_whoever_gets_has_told_people(self, story):
        asked = story["university"]
        assert unmet(asked.without(NOTICE)) == {"transparency"}
        for missing in ("north-trust", "south-trust", "university"):
            names = {"north-trust", "south-trust", "university"} - {missing}
            untold = asked.with_record(NOTICE, organisations=tuple(sorted(names)))
            assert unmet(untold) == {"transparency"}
            named = "Northby University (university)" if missing == "university" else missing
            assert f"a published notice of {named}" in because(untold, "transparency")

    @pytest.mark.parametrize(
        "changes",
        [
            {"datasets": ("registrations",)},
            {"purposes": (Purpose.COMMISSIONING,)},
            {"where": " "},
            {"checked": Seen("notice.pdf", "", dt.date(2026, 1, 1))},
            {"checked": Seen("notice.pdf", "R. Okafor", dt.date(2026, 11, 22))},
        ],
    )
    def test_one_about_something_else_or_that_nobody_read_does_not_count(self, story, changes):
        assert unmet(story["university"].with_record(NOTICE, **changes)) == {"transparency"}

    def test_whoever_asks_and_lets_somebody_else_receive_has_told_people_too(self, story):
        asked = story["university"].with_application(applicant="funder")
        assert "a published notice of funder" in because(asked, "transparency")
        told = asked.with_record(NOTICE, organisations=("north-trust", "south-trust", "university", "funder"))
        assert "transparency" not in unmet(told)

    def test_it_says_how_to_object(self, story):
        asked = story["university"].with_record(NOTICE, how_to_object=False)
        assert unmet(asked) == {"transparency"}
        assert "how they can opt out or object" in because(asked, "transparency")

    def test_a_table_is_about_nobody(self, story):
        assert not unmet(story["commissioner"])
        assert rules(story["commissioner"], "transparency") == {"the_use_enters_the_register"}

    def test_each_duty_from_its_day(self, story):
        asked = story["university"].without(NOTICE)
        assert "people_were_told_in_a_notice" not in rules(asked.at(dt.date(2018, 5, 24)), "transparency")
        assert "people_were_told_in_a_notice" in rules(asked.at(dt.date(2018, 5, 25)), "transparency")
