"""Numbers of the law: dated, sourced, and a setting of the installation where they are unsure or ours to choose."""

import ast
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from openhaven.disclosure import rules as small_numbers
from openhaven.law import decide
from openhaven.law import numbers as dated
from openhaven.law.numbers import NUMBERS, caveat, check_chosen, choices, number
from openhaven.law.provisions import PROVISIONS, Confidence
from openhaven.model.errors import BadInput
from openhaven.model.facts import Policy
from openhaven.model.settings import Haven, Settings, flat
from openhaven.optouts.lists import MAX_AGE_DAYS

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2026, 11, 21)
NAMES = {name for name, _, _ in flat(Settings(1, Haven("a", "b", "c")), {})}


def words_of_the_law() -> set[str]:
    """Every text that stands in the code of the law."""
    modules = (ROOT / "openhaven" / "law").rglob("*.py")
    trees = [ast.parse(each.read_text(encoding="utf-8")) for each in modules]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {node.value for node in nodes if isinstance(node.value, str)}


READ_BY_THE_LAW = words_of_the_law()
READ_AS_A_SETTING = {"policy.optout_max_age_days", "policy.support_review_grace_days"}


@pytest.mark.parametrize("each", NUMBERS.values(), ids=lambda each: each.id)
class TestEach:
    def test_cites_a_provision_and_has_a_unit(self, each):
        assert each.citation in PROVISIONS and each.unit and each.title

    def test_is_a_setting_where_it_is_to_be_confirmed(self, each):
        assert each.setting or all(value.confidence is not Confidence.TO_BE_CONFIRMED for value in each.values)
        assert not each.setting or each.chosen_by_id or each.setting in NAMES

    def test_is_read_or_says_why_not(self, each):
        read = each.id in READ_BY_THE_LAW or each.setting in READ_AS_A_SETTING or bool(each.held_in)
        assert read != bool(each.not_read), "delete not_read" if read else "nothing reads it: say why"

    def test_is_held_where_it_says(self, each):
        for module in each.held_in:
            assert each.citation in (ROOT / module).read_text(encoding="utf-8")

    def test_was_looked_at(self, each):
        assert all(value.checked >= dt.date(2026, 11, 21) and value.starts <= value.checked for value in each.values)


def test_what_other_rooms_keep_to_is_what_stands_here():
    new, old = small_numbers.HES_2018, small_numbers.HES_2013
    assert (new.small, new.base) == (number("hes-small", on=TODAY), number("hes-base", on=TODAY))
    assert new.since == NUMBERS["hes-small"].values[0].starts
    assert (old.small, old.until) == (
        number("hes-old-small", on=dt.date(2018, 9, 12)),
        NUMBERS["hes-old-small"].values[0].ends,
    )
    secure, middle = small_numbers.OPENSAFELY, small_numbers.MIDPOINT_6
    assert (secure.small, secure.base) == (number("opensafely-small", on=TODAY), number("opensafely-base", on=TODAY))
    assert middle.small == middle.base == number("midpoint-base", on=TODAY)
    assert number("count-largest", on=TODAY) == small_numbers.LARGEST
    assert number("opt-out-answer-days", on=TODAY) == MAX_AGE_DAYS == Policy().optout_max_age_days
    assert number("support-review-grace-days", on=TODAY) == Policy().support_review_grace_days


def test_history_is_kept():
    assert NUMBERS["agreement-term-years"].at(dt.date(2020, 1, 1)).confidence is Confidence.READ
    assert NUMBERS["agreement-term-years"].at(TODAY).confidence is Confidence.TO_BE_CONFIRMED
    with pytest.raises(LookupError, match="no value on 2018-09-13"):
        number("hes-old-small", on=dt.date(2018, 9, 13))


class TestChoice:
    def test_what_an_installation_chose_is_used_and_said(self):
        assert number("k-limited", on=TODAY, chosen={"k-limited": 4}) == 4
        assert "4, as this installation chose" in caveat("k-limited", on=TODAY, chosen={"k-limited": 4})[0]
        assert number("agreement-term-years", on=dt.date(2020, 1, 1), chosen={"agreement-term-years": 9}) == 3
        assert number("agreement-term-years", on=TODAY, chosen={"agreement-term-years": 9}) == 9
        assert "3 (to be confirmed" in caveat("k-limited", on=TODAY)[0]

    @pytest.mark.parametrize(
        ("chosen", "says"),
        [
            ({"k-limted": 4}, r"policy\.numbers\.k-limted is not a number that can be chosen"),
            ({"access-months": 2}, r"policy\.numbers\.access-months is not a number that can be chosen"),
            ({"opt-out-answer-days": 2}, r"is set as policy\.optout_max_age_days"),
            ({"k-limited": -1}, "it may be 1 to 30 people"),
        ],
    )
    def test_what_cannot_be_chosen_is_refused_by_name(self, chosen, says):
        with pytest.raises(BadInput, match=says):
            check_chosen(chosen, where="haven.toml")

    def test_every_unsure_number_in_force_can_be_seen(self):
        shown = {each.setting: each for each in choices({"k-limited": 4}, on=TODAY)}
        unsure = {
            each.setting
            for each in NUMBERS.values()
            if any(value.confidence is Confidence.TO_BE_CONFIRMED for value in each.values)
        }
        assert unsure <= set(shown)
        assert (shown["policy.numbers.k-limited"].value, shown["policy.numbers.k-limited"].chosen) == (4, True)
        assert not shown["policy.numbers.k-public"].chosen

    def test_a_setting_of_its_own_is_a_choice_too(self, story):
        asked = story["cancer audit"]
        policy = replace(asked.facts.policy, optout_max_age_days=14)
        decision = decide(asked.application, replace(asked.facts, policy=policy), on=asked.on)
        said = {line for each in decision.questions for found in each.findings for line in found.to_be_confirmed}
        assert any("14, as this installation chose" in line for line in said)

    def test_a_choice_turns_a_decision(self, story):
        asked = story["university"]
        policy = replace(asked.facts.policy, numbers={"k-limited": asked.facts.policy.k_limited + 1})
        before = decide(asked.application, asked.facts, on=asked.on)
        after = decide(asked.application, replace(asked.facts, policy=policy), on=asked.on)
        assert (before.verdict, after.verdict) == ("permit", "refer")


class TestFile:
    ONE = """
format = 2
[[numbers]]
id = "days"
title = "days"
unit = "days"
citation = "NDO-14"
setting = "policy.numbers.days"
values = [{ value = 21, starts = 2018-05-25, confidence = "to be confirmed", checked = 2026-11-21 }]
"""

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (('setting = "policy.numbers.days"\n', ""), "to be confirmed, so it has to be a setting"),
            (('unit = "days"', 'unit = " "'), "no unit"),
            (("format = 2", "format = 1"), "format is not known"),
            (("value = 21", 'value = "21"'), "expected a whole number"),
        ],
    )
    def test_what_is_wrong_is_refused(self, change, says):
        assert dated.load(self.ONE, where="numbers.toml")["days"].at(TODAY).value == 21
        with pytest.raises(BadInput, match=says):
            dated.load(self.ONE.replace(*change), where="numbers.toml")
