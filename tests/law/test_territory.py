"""Where the care was given: England is settled here, everyone else answers for themselves."""

import datetime as dt

import pytest
from heard import answers, because, demanded, findings, rules, unmet

from openhaven.model.decision import Answer
from openhaven.model.obligation import NationalOptOut
from openhaven.model.record.approvals import TerritoryAuthority
from openhaven.model.record.seen import Seen
from openhaven.model.words import Purpose

START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)


def authority(territory, **changes):
    parts = {
        "id": f"authority-{territory.lower().replace(' ', '-')}",
        "territory": territory,
        "body": f"the panel for {territory}",
        "purpose": Purpose.RESEARCH,
        "datasets": ("episodes",),
        "fields": ("nhs_number", "episode", "born", "postcode", "sex", "admitted", "diagnosis"),
        "recipients": ("university",),
        "starts": START,
        "ends": END,
        "seen": Seen("letter.pdf", "R. Okafor", START),
    }
    return TerritoryAuthority(**{**parts, **changes})


def given_in(story, territory, *records):
    asked = story["university"].with_dataset(territory=territory).plus(*records)
    return asked.with_application(basis=tuple(each.id for each in records))


def test_care_given_in_england_needs_nobody_else(story):
    assert rules(story["university"], "territory") == {"care_given_in_england"}


@pytest.mark.parametrize("territory", ["Scotland", "Wales", "Northern Ireland", "England and Wales", "Jersey", ""])
def test_care_given_elsewhere_is_for_those_who_answer_for_it_there(story, territory):
    asked = given_in(story, territory)
    assert unmet(asked) == {"territory"}
    assert answers(asked)["territory"] is Answer.REFERRED


@pytest.mark.parametrize(
    ("territory", "who"),
    [
        ("Wales", "those who answer for confidential information in Wales"),
        ("", "the operator's senior responsible person"),
    ],
)
def test_who_says_is_named_and_where_nobody_knows_it_is_the_operator(story, territory, who):
    assert {each.who for each in findings(given_in(story, territory), "territory") if each.who} == {who}


@pytest.mark.parametrize("territory", ["Scotland", "Wales", "Northern Ireland"])
def test_their_authority_on_record_meets_it(story, territory):
    asked = given_in(story, territory, authority(territory))
    assert not unmet(asked)
    assert f"the panel for {territory} gave authority for {territory}" in because(asked, "territory")


def test_each_of_several_territories_is_asked(story):
    both = "England, Scotland and Wales"
    asked = given_in(story, both, authority("Scotland"))
    assert answers(asked)["territory"] is Answer.REFERRED
    assert "the authority of Wales" in because(asked, "territory")
    assert not unmet(given_in(story, both, authority("Scotland"), authority("Wales")))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ends": dt.date(2026, 11, 20)}, "ended on 20 November 2026"),
        ({"starts": dt.date(2026, 11, 22)}, "starts only on 22 November 2026"),
        ({"purpose": Purpose.COMMISSIONING}, "is for commissioning"),
        ({"datasets": ("births",)}, "does not cover the dataset episodes"),
        ({"recipients": ("board",)}, "does not name the recipient university"),
        ({"fields": ("sex",)}, "does not cover the fields"),
        ({"body": " "}, "does not say who gave it"),
        ({"seen": Seen("letter.pdf", "", START)}, "that a named person has seen"),
    ],
)
def test_authority_for_something_else_does_not(story, changes, says):
    asked = given_in(story, "Scotland", authority("Scotland", **changes))
    assert answers(asked)["territory"] is Answer.REFERRED
    assert says in because(asked, "territory")


def test_an_authority_that_the_application_does_not_name_is_not_relied_on(story):
    asked = given_in(story, "Scotland", authority("Scotland")).with_application(basis=())
    assert answers(asked)["territory"] is Answer.REFERRED


class TestTheRegulations:
    def test_reach_wales_as_well(self, story):
        asked = story["cancer audit"].with_dataset(territory="Wales")
        assert rules(asked, "territory") == {"care_given_elsewhere_needs_its_own_authority"}

    @pytest.mark.parametrize("territory", ["Scotland", "Northern Ireland", "England and Scotland"])
    @pytest.mark.parametrize("name", ["cancer audit", "health protection"])
    def test_lift_no_duty_elsewhere(self, story, territory, name):
        asked = story[name].with_dataset(territory=territory)
        assert answers(asked)["territory"] is Answer.NOT_MET
        assert "is law in England and Wales only" in because(asked, "territory")


class TestTheNationalOptOut:
    def test_is_about_care_in_england(self, story):
        scotland = given_in(story, "Scotland", authority("Scotland"))
        left = demanded(scotland.without("class-rows").plus(*classified_nowhere(story)), NationalOptOut)
        assert not left.applies
        assert "the care was given in Scotland" in left.because

    @pytest.mark.parametrize("territory", ["England and Scotland", "Jersey", ""])
    def test_applies_where_england_is_among_them_or_nobody_knows(self, story, territory):
        asked = story["cancer audit"].with_dataset(territory=territory)
        assert rules(asked, "national opt-out") == {"else_the_opt_out_applies"}


def classified_nowhere(story):
    """The classification of the rows, as it is: without one the release would be refused on another ground."""
    return [each for each in story["university"].facts.records if each.id == "class-rows"]
