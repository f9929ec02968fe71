"""Every provision can be shown, with its source and either the rules that state it or why none does."""

import json

import pytest

from openhaven.law import RULESET
from openhaven.law.provisions import GROUPS, PROVISIONS, provision
from openhaven.law.showing import as_data, called, listed, page, shown
from openhaven.law.tried import tried
from openhaven.model.errors import BadInput


@pytest.mark.parametrize("provision", PROVISIONS.values(), ids=lambda each: each.id)
def test_a_provision_is_shown_with_its_source_and_its_answer(provision):
    text = shown(provision)
    assert text.startswith(f"{provision.id}  {provision.title}\n")
    text = " ".join(text.split())
    assert provision.source in text and provision.starts.isoformat() in text
    rules = RULESET.stated_by()[provision.id]
    assert all(rule in text for rule in rules) and (rules or provision.not_modelled in text)


def test_the_list_is_in_groups_and_leaves_nothing_out():
    text = listed()
    assert all(group.title in text for group in GROUPS)
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  ")] == [
        each.id for group in GROUPS for each in group.provisions
    ]


def test_doubt_history_numbers_and_settings_are_shown():
    assert "To be confirmed: the longest ordinary term since August 2022" in shown(PROVISIONS["DARS-08"])
    assert "3 years, from 2019-01-01 to 2022-07-31 (read" in " ".join(shown(PROVISIONS["DARS-08"]).split())
    assert "Before: LAW-45-2014, from 2014-10-01 to 2022-06-30" in shown(PROVISIONS["LAW-45"])
    assert "Since then: LAW-45" in shown(PROVISIONS["LAW-45-2014"])
    assert "setting policy.optout_max_age_days" in " ".join(shown(PROVISIONS["NDO-14"]).split())
    assert "optouts.type_1_withdrawn" in shown(PROVISIONS["T1-CODES"])


def test_a_machine_reads_the_rules_and_numbers_that_cite_a_provision():
    data = as_data(PROVISIONS["ANON-03"])
    assert data["id"] == "ANON-03" and data["group"].startswith("Making data safe")
    assert data["stated_by"] == list(RULESET.stated_by()["ANON-03"])
    assert {each["id"] for each in data["numbers"]} >= {"k-limited", "k-public"}
    assert json.loads(json.dumps(data)) == data


def test_a_provision_is_shown_with_its_rules_their_gists_and_their_days():
    text = " ".join(shown(PROVISIONS["LAW-45"]).split())
    assert "data_is_given_out_for_what_is_connected_with_care_or_health (power to give out; from 2022-07-01)" in text
    assert "As section 261(1A) stands" in text


def test_a_provision_is_shown_with_the_scenarios_that_turn_on_it_and_the_tests_that_name_it():
    for each in tried().scenarios:
        for id in each.provisions:
            assert each in page(PROVISIONS[id]).scenarios
            said = " ".join(shown(PROVISIONS[id]).split())
            assert f"{each.name} ({each.verdict}, {each.on}): {each.file}" in said
    named = [each for each in tried().trials if each.rules]
    assert named
    for each in named:
        for rule in (found for found in RULESET.rules if found.name in each.rules):
            assert all(each in page(PROVISIONS[id]).trials for id in rule.provisions)
    assert "tests/law/test_territory.py" in shown(PROVISIONS["LAW-28"])


def test_a_rule_is_called_by_a_sentence():
    names = {rule.name: called(rule) for rule in RULESET.rules}
    assert names["else_the_opt_out_applies"] == "Else the opt-out applies"
    assert names["a_consultees_advice_is_not_consent"] == "A consultee's advice is not consent"
    assert names["care_given_in_england"] == "Care given in England"
    assert len(set(names.values())) == len(names) and not any("_" in said for said in names.values())


def test_who_misspells_a_provision_is_told_the_nearest_ones_and_where_all_are():
    with pytest.raises(BadInput) as raised:
        provision("ndo14")
    assert raised.value.todo == "Nearest are NDO-14, NDO-21 and NDO-19. All of them: haven law"
    with pytest.raises(BadInput) as raised:
        provision("everything")
    assert raised.value.todo == "All of them: haven law"


def test_a_number_that_was_read_is_shown_without_the_setting_that_chooses_the_later_one():
    _, *lines = shown(PROVISIONS["DARS-08"]).split("  Number: longest ordinary term")
    first, since = (" ".join(line.split()) for line in lines[:2])
    assert "to 2022-07-31 (read, last checked" in first and "setting" not in first
    assert "(to be confirmed, last checked" in since and "setting policy.numbers.agreement-term-years" in since
