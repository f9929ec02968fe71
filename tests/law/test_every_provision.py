"""Every rule of the law that we set out to hold is there, says how sure we are, and has an answer that is true."""

import re
from pathlib import Path

import pytest

from openhaven.law.explaining import HOW_KNOWN
from openhaven.law.provisions import NOT_YET, PROVISIONS, Confidence, earlier_texts
from openhaven.law.ruleset import RULESET
from openhaven.law.speaking import mention
from openhaven.model.facts import Policy
from openhaven.model.settings import Haven, Settings, flat

ROOT = Path(__file__).parents[2]
SHEET = ROOT.parent / "shared" / "reference" / "rules.md"
WANTED = {
    "DEF": "01 02 03 04 05 06 07",
    "LAW": "01 02 03 04 10 11 12 13 14 15 16 17 18 20 21 22 23 24 25 26 27 28 29 30 31 32 33 "
    "40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55",
    "GDPR": "01 10 11 12 13 14 15 16 17 18 19 20",
    "CAL": "1 2 3 4 5 6 7 8",
    "NDO": "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22",
    "T1": "01 02 03 04 05 06 07",
    "T2": "01 02 03",
    "ANON": "01 02 03 04 05 06 07 08 09",
    "SDC": "HES-2018 HES-old CODON OPENSAFELY MIDPOINT6 ONS-BD ONS-LS ABORTION",
    "SENS": "01 02 03 04 05 06",
    "DARS": "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15",
    "REG": "01 02",
    "CAG": "01 02 03 04 05 06 07 08 09",
    "ASH": "01 02 03 04 05 06",
    "CM": "01",
    "COM": "01 02 03 04 05",
    "SEC": "01 02 03 04 05 06 07 08 09 10 11 12 13 14",
    "FIVE": "1 2 3 4 5",
    "PUB": "01 02 03 04 05 06 07 08",
    "IND": "01 02 03 04",
    "CAT": "01",
    "SAR": "01 02 03 04 05 06 07 08 09",
    "PID": "01 02 03 04 05 06 07 08 09 10",
    "LINK": "01 02 03",
    "SDE": "01 02 03 04",
}
IDS = [f"{family}-{number}" for family, numbers in WANTED.items() for number in numbers.split()]
UNSURE = (
    "DEF-05 LAW-26 LAW-27 LAW-46 GDPR-15 GDPR-19 NDO-08 NDO-14 NDO-18 ANON-03 SDC-ABORTION SDC-ONS-BD SENS-05 T1-CODES "
    "DARS-14 DARS-15 CAG-04 CAG-07 ASH-02 CM-01 COM-03 COM-05 PUB-01 IND-03 SAR-06 PID-06 PID-09 SDE-04"
).split()


@pytest.mark.parametrize("id", IDS)
def test_every_rule_that_we_set_out_to_hold_is_a_provision(id):
    assert id in PROVISIONS


@pytest.mark.skipif(not SHEET.exists(), reason="the fact sheet is not here")
def test_the_list_above_is_that_of_the_fact_sheet():
    named = re.findall(r"^(?:\| |Rule )([A-Z][A-Z0-9]*-[A-Za-z0-9-]+)", SHEET.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(IDS)


@pytest.mark.parametrize("each", PROVISIONS.values(), ids=lambda each: each.id)
def test_what_a_provision_says_of_its_answer_is_true(each):
    rules = RULESET.stated_by()[each.id]
    assert rules or each.held_in or len(each.not_modelled.removeprefix(NOT_YET)) > 20
    assert not (rules and each.not_modelled), f"{rules[0]} states {each.id}: delete its not_modelled"
    assert "being written" not in each.not_modelled and "is due" not in each.not_modelled
    for module in each.held_in:
        path = ROOT / module
        assert module.startswith("openhaven/") and not module.startswith("openhaven/law/"), module
        assert re.search(rf"\b{each.id}\b", path.read_text(encoding="utf-8")), f"{module} does not cite {each.id}"


def test_what_is_from_memory_says_so():
    assert {id: PROVISIONS[id].confidence for id in UNSURE} == dict.fromkeys(UNSURE, Confidence.TO_BE_CONFIRMED)


def test_the_settings_that_a_provision_names_are_settings():
    given = Settings(1, Haven("a", "b", "c"), policy=Policy())
    known = {name for name, _, _ in flat(given, {})}
    named = {setting for each in PROVISIONS.values() for setting in each.settings}
    assert named <= known
    assert {"optouts.type_1_withdrawn", "policy.table_rule"} <= named


def test_an_earlier_text_ends_before_the_later_one_begins():
    assert [each.id for each in earlier_texts("LAW-45")] == ["LAW-45-2014"]
    for each in PROVISIONS.values():
        if each.version_of:
            assert each.ends is not None and each.ends < PROVISIONS[each.version_of].starts


def test_no_text_speaks_of_our_sources_in_our_private_signs():
    for each in PROVISIONS.values():
        said = (each.gist, each.source, each.doubt, each.not_modelled)
        assert not mention(said, ("SEED", "R2", "M-", "fact sheet")), each.id


def test_a_decision_says_which_part_is_in_doubt():
    assert PROVISIONS["LAW-50"].caveat == ""
    assert (
        PROVISIONS["LAW-26"].caveat
        == "LAW-26: COPI regulation 7: no more than necessary (to be confirmed: the whole text, which was not reached)"
    )
    assert PROVISIONS["NDO-14"].caveat.endswith(
        "(to be confirmed: the number of days; that a kept answer is temporary was read)"
    )


READ_SINCE = {
    "LAW-51": "section 184 of the Data Protection Act 2018",
    "GDPR-12": "section 19 of the Data Protection Act 2018, and Articles 84B and 84C",
    "CAL-1": "of the eight principles only the last was from memory",
    "CAL-8": "notes of December 2020 on the eighth principle",
}


@pytest.mark.skipif(not SHEET.exists(), reason="the fact sheet is not here")
def test_what_the_fact_sheet_has_from_memory_is_to_be_confirmed_unless_it_was_read_since():
    rows = (line for line in SHEET.read_text(encoding="utf-8").splitlines() if line.startswith("| "))
    cells = [[cell.strip() for cell in row.strip("| ").split("|")] for row in rows]
    named = {row[0].split(" ")[0]: row[-1] for row in cells}
    memory = {id for id, sure in named.items() if id in PROVISIONS and re.search(r"\bM([+-]|\b)", sure)}
    assert len(memory) > 60
    sure = {id for id in memory if PROVISIONS[id].confidence is not Confidence.TO_BE_CONFIRMED}
    assert sure == set(READ_SINCE)


def test_each_word_for_how_we_know_a_provision_is_explained():
    assert [each for each in Confidence if f"{each.capitalize()}: " not in HOW_KNOWN] == []
