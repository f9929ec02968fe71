"""Where the data will be: everybody in whose hands it comes says so on record, and nobody is taken to be in England."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from complete import ods_of
from heard import answers, because, unmet

from openhaven.law import decide
from openhaven.law.countries import COUNTRIES, PLACES, adequacy, is_home, lies_in
from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.data_protection import DataProtectionDocument
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Purpose

START, END, ON = dt.date(2026, 1, 1), dt.date(2027, 12, 31), dt.date(2026, 11, 21)
SEEN = Seen("paper.pdf", "R. Okafor, records officer", START)
CLOUD = Organisation("cloud", "Fen Cloud", bodies=("company",), ods=ods_of("cloud"), country="England")
SECURE = Accreditation("dspt-cloud", "cloud", "DSPT", "standards met", START, END, SEEN, ods=ods_of("cloud"))


def document(what, of="cloud", **changes):
    made = DataProtectionDocument(f"{what}-{of}".replace(" ", "-"), of, what, (Purpose.RESEARCH,), START, END, SEEN)
    return replace(made, **changes)


def with_cloud(story, part, *records, territory=("England",), **changes):
    """The study of the university, with a company of record that processes or stores the rows."""
    asked = story["university"].plus(replace(CLOUD, **changes), SECURE, *records)
    here = asked.with_record("agreement-university", territory=territory)
    agreement = next(each for each in here.facts.records if each.id == "agreement-university")
    return here.with_record("agreement-university", **{part: (*getattr(agreement, part), "cloud")})


@pytest.mark.parametrize("part", ["processors", "storage"])
class TestWhoHasTheDataInHand:
    def test_in_england_is_nothing_to_decide(self, story, part):
        assert not unmet(with_cloud(story, part))

    @pytest.mark.parametrize("country", ["", " "])
    def test_is_nowhere_while_its_record_does_not_say_where(self, story, part, country):
        """England is not assumed."""
        asked = with_cloud(story, part, country=country)
        assert unmet(asked) == {"territory"}
        assert answers(asked)["territory"] is Answer.NOT_MET
        assert "in which country Fen Cloud (cloud) is" in because(asked, "territory")
        assert "an organisation record of Fen Cloud (cloud) that states its country" in because(asked, "territory")

    @pytest.mark.parametrize("country", ["India", "France", "United States", "Scotland"])
    def test_elsewhere_than_agreed_is_refused(self, story, part, country):
        asked = with_cloud(story, part, country=country)
        assert answers(asked)["territory"] is Answer.NOT_MET
        assert f"Fen Cloud (cloud) would have it in {country}" in because(asked, "territory")

    @pytest.mark.parametrize("territory", ["United Kingdom", "UK", "Great Britain", "scotland"])
    def test_within_a_wider_territory_is_within_it(self, story, part, territory):
        asked = with_cloud(story, part, country="Scotland", territory=("England", territory))
        assert not unmet(asked)

    def test_abroad_and_agreed_is_for_the_officer(self, story, part):
        asked = with_cloud(story, part, country="India", territory=("England", "India"))
        assert answers(asked)["territory"] is Answer.REFERRED
        assert "no adequacy regulations cover every recipient in India" in because(asked, "territory")
        assert "transfer safeguards, of Fen Cloud (cloud) for India" in because(asked, "territory")

    def test_safeguards_of_record_carry_it_and_are_reviewed(self, story, part):
        asked = with_cloud(
            story, part, document("transfer safeguards"), country="India", territory=("England", "India")
        )
        decision = decide(asked.application, asked.facts, on=asked.on)
        assert decision.verdict is Verdict.PERMIT
        owed = [each.record for each in decision.obligations if each.kind == "review"]
        assert "transfer-safeguards-cloud" in owed

    def test_where_adequacy_regulations_reach_an_assessment_is_enough(self, story, part):
        asked = with_cloud(story, part, country="France", territory=("England", "European Economic Area"))
        assert answers(asked)["territory"] is Answer.REFERRED
        assert "adequacy regulations cover France" in because(asked, "territory")
        assert not unmet(asked.plus(document("transfer assessment")))

    @pytest.mark.parametrize(
        "changes",
        [
            {"what": "transfer assessment"},
            {"organisation": "university"},
            {"review": dt.date(2026, 11, 20)},
            {"purposes": (Purpose.CLINICAL_AUDIT,)},
            {"seen": Seen("paper.pdf", " ", START)},
        ],
    )
    def test_another_document_carries_nothing(self, story, part, changes):
        paper = replace(document("transfer safeguards"), **changes)
        asked = with_cloud(story, part, paper, country="India", territory=("England", "India"))
        assert answers(asked)["territory"] is Answer.REFERRED


def test_a_recipient_of_whom_nobody_knows_where_it_is_gets_no_rows(story):
    for name in ("university", "cancer audit", "trial", "health protection"):
        recipient = story[name].application.recipient
        assert unmet(story[name].with_record(recipient, country="")) == {"territory"}, name


def test_a_recipient_abroad_gets_none_under_an_agreement_for_england(story):
    assert unmet(story["university"].with_record("university", country="United States")) == {"territory"}


def test_a_table_with_small_numbers_suppressed_is_no_transfer(story):
    asked = story["commissioner"]
    for country in ("", "India"):
        assert not unmet(asked.with_record(asked.application.recipient, country=country))


class TestATerritoryAbroad:
    """Nobody of record is there, and people may work there all the same."""

    @pytest.mark.parametrize("territory", ["Iceland", "India", "Atlantis"])
    def test_is_for_the_officer(self, story, territory):
        asked = story["university"].with_record("agreement-university", territory=("England", territory))
        assert unmet(asked) == {"territory"}
        assert answers(asked)["territory"] is Answer.REFERRED
        assert territory in because(asked, "territory")

    def test_rests_on_a_document_of_the_recipient(self, story):
        asked = story["university"].with_record("agreement-university", territory=("England", "Iceland"))
        assert not unmet(asked.plus(document("transfer assessment", of="university")))
        assert unmet(asked.plus(document("transfer assessment", of="north-trust"))) == {"territory"}

    def test_was_for_a_person_before_the_regulation_too(self, story):
        asked = story["university"].with_record("agreement-university", territory=("England", "Iceland"))
        found = answers(asked.at(dt.date(2018, 5, 24)))
        assert found["territory"] is Answer.REFERRED


class TestPlaces:
    def test_of_the_united_kingdom_are_home_however_written(self):
        for each in ("England", "WALES", "northern-ireland", "uk", "England and Wales", "Great Britain"):
            assert is_home(each), each
        for each in ("", "Ireland", "Jersey", "Isle of Man", "Englandia", "European Economic Area"):
            assert not is_home(each), each

    def test_lie_within_what_names_several(self):
        assert lies_in("Wales", ("England and Wales",))
        assert lies_in("Iceland", ("european economic area",))
        assert not lies_in("Switzerland", ("European Economic Area",))
        assert not lies_in("United Kingdom", ("England",))
        assert not lies_in("", PLACES)

    def test_stand_once_each_and_areas_hold_known_ones(self):
        assert len(set(COUNTRIES)) == len(COUNTRIES)
        assert len(COUNTRIES) > 190
        for area in set(PLACES) - set(COUNTRIES):
            assert any(lies_in(each, (area,)) for each in COUNTRIES), area

    def test_are_covered_from_their_first_day(self):
        assert adequacy("South Korea", dt.date(2022, 12, 18)) is None
        assert adequacy("south korea", dt.date(2022, 12, 19)) is not None
        for partly in ("United States", "Japan", "Canada", "India", "Atlantis"):
            assert adequacy(partly, ON) is None, partly
