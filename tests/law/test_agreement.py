"""What an agreement has to say, and for how long it may run."""

import datetime as dt

import pytest
from heard import answers, because, decided, findings, unmet

from openhaven.model.application import Funder
from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.agreement import Benefit
from openhaven.model.record.organisations import Organisation
from openhaven.model.record.seen import Seen

DSA = "agreement-university"
DAY = dt.timedelta(days=1)


def agreed(story, **changes):
    return story["university"].with_record(DSA, **changes)


def who(asked, question="agreement"):
    return [finding.who for finding in findings(asked, question) if finding.who]


class TestPlaces:
    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"storage": ()}, "does not say where it is kept"),
            ({"territory": ()}, "does not say where it may be used"),
            ({"storage": (), "territory": ()}, "does not say where it is kept and where it may be used"),
        ],
    )
    def test_what_is_not_stated_is_not_agreed(self, story, changes, says):
        asked = agreed(story, **changes)
        assert unmet(asked) == {"agreement"}
        assert says in because(asked, "agreement")

    def test_a_table_goes_without(self, story):
        asked = story["commissioner"]
        assert not unmet(asked.with_record("agreement-counts", storage=(), territory=(), penalties=""))

    @pytest.mark.parametrize("penalties", ["", " "])
    def test_rows_go_only_where_something_follows_from_a_broken_agreement(self, story, penalties):
        asked = agreed(story, penalties=penalties)
        assert unmet(asked) == {"agreement"}
        assert "does not say what follows when it is broken" in because(asked, "agreement")

    @pytest.mark.parametrize("territory", ["England", "united kingdom", "Northern Ireland", "England and Wales"])
    def test_at_home(self, story, territory):
        there = "Northern Ireland" if territory == "Northern Ireland" else "England"
        assert not unmet(agreed(story, territory=(territory,)).with_record("university", country=there))

    def test_abroad_is_for_the_data_protection_officer(self, story):
        asked = agreed(story, territory=("England", "Iceland"))
        assert decided(asked).verdict is Verdict.REFER
        assert "Northby University (university) would have it in Iceland" in because(asked, "territory")
        assert who(asked, "territory") == ["the data protection officer"]


class TestTerm:
    def test_where_anybody_gains_the_longest_term_is_a_year(self, story):
        year = {"starts": dt.date(2026, 1, 1), "ends": dt.date(2026, 12, 31)}
        longer = {**year, "ends": dt.date(2027, 1, 1)}
        assert not unmet(agreed(story, commercial=True, **year).completed(outside=True))
        assert unmet(agreed(story, commercial=True, **longer).completed(outside=True)) == {"agreement"}

    def test_a_party_with_a_business_of_record_gains_whatever_the_agreement_says(self, story):
        asked = story["consultancy"].with_application(funders=())
        assert "longer than 1 year, the longest commercial term" in because(asked, "agreement")

    def test_whoever_pays_and_is_not_on_record_may_gain(self, story):
        asked = story["university"].with_application(funders=(Funder("Fen Trading", "software"),))
        assert "the longest commercial term" in because(asked, "agreement")
        paid_by_the_public = asked.plus(Organisation("fen", "Fen Trading", bodies=("government",)))
        assert answers(paid_by_the_public)["agreement"] is Answer.MET

    def test_an_archive_may_be_kept_five_years(self, story):
        assert not unmet(agreed(story, archiving=True, ends=dt.date(2030, 12, 31)))
        assert unmet(agreed(story, archiving=True, ends=dt.date(2031, 1, 1))) == {"agreement"}
        assert unmet(agreed(story, ends=dt.date(2030, 12, 31))) == {"agreement"}

    def test_one_under_which_data_is_passed_on_a_year(self, story):
        asked = agreed(story, onward_sharing="to hospitals that take part")
        assert "longest passing-on term" in because(asked, "agreement")

    @pytest.mark.parametrize("signed", [dt.date(2026, 1, 2), dt.date(2024, 12, 31)])
    def test_a_term_that_begins_before_it_is_signed_or_long_after_is_for_a_person(self, story, signed):
        asked = agreed(story, signed_on=signed)
        assert decided(asked).verdict is Verdict.REFER
        assert "the day of the last signature" in because(asked, "agreement")

    def test_where_the_day_of_signature_is_not_stated_the_day_on_which_it_was_seen_counts(self, story):
        seen = Seen("agreement.pdf", "R. Okafor", dt.date(2026, 3, 1))
        assert decided(agreed(story, signed_on=None, signed=seen)).verdict is Verdict.REFER
        assert decided(agreed(story, signed_on=dt.date(2025, 12, 1), signed=seen)).verdict is Verdict.PERMIT

    @pytest.mark.parametrize(("name", "rests_on"), [("cancer audit", "support-audit"), ("trial", "consent-trial")])
    def test_it_ends_no_later_than_what_it_rests_on(self, story, name, rests_on):
        asked, end = story[name], dt.date(2027, 6, 30)
        shorter = asked.with_record(rests_on, ends=end)
        assert unmet(shorter) == {"agreement"}
        assert "an agreement that ends no later than 30 June 2027" in because(shorter, "agreement")
        assert not unmet(shorter.with_record(asked.application.agreement, ends=end))


class TestPassingOn:
    def test_is_for_a_person(self, story):
        year = {"starts": dt.date(2026, 1, 1), "ends": dt.date(2026, 12, 31)}
        asked = agreed(story, onward_sharing="to hospitals that take part", **year)
        assert decided(asked).verdict is Verdict.REFER
        assert who(asked)[0].startswith("independent advice first")

    def test_nothing_said_is_none(self, story):
        assert not unmet(agreed(story, onward_sharing=" "))


class TestObjectiveAndBenefits:
    @pytest.mark.parametrize(
        "changes",
        [
            {"objective": " "},
            {"benefits": ()},
            {"benefits": (Benefit("care is safer", "", dt.date(2027, 1, 1)),)},
            {"benefits": (Benefit(" ", "deaths", dt.date(2027, 1, 1)),)},
        ],
    )
    def test_both_are_stated_and_the_benefit_can_be_measured(self, story, changes):
        asked = agreed(story, **changes)
        assert unmet(asked) == {"agreement"}
        assert "a benefit with a measure and a date" in because(asked, "agreement")

    def test_a_table_goes_without(self, story):
        assert not unmet(story["commissioner"].with_record("agreement-counts", objective="", benefits=()))

    def test_once_all_are_due_a_person_sees_what_they_yielded(self, story):
        asked = story["university"]
        due = Benefit("care is safer", "deaths", asked.on - DAY)
        assert decided(agreed(story, benefits=(due,))).verdict is Verdict.REFER
        today = Benefit("care is safer", "deaths", asked.on)
        assert not unmet(agreed(story, benefits=(due, today)))
