"""Who is counted in a cell of few, and knows it: the others are told to them no more closely than to anybody."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.audit import audit
from openhaven.disclosure.protection import protect
from openhaven.disclosure.rules import rule_named
from openhaven.disclosure.tables import count_by
from openhaven.model.errors import Unmet

FEWEST = 3


def shown(counts: list[list[int]], rule: str) -> tuple[str, ...]:
    cells = [(at, value) for at, value in np.ndenumerate(np.array(counts))]
    codes = np.array([place for place, value in cells for _ in range(value)])
    labels = [[str(at) for at in range(size)] for size in np.array(counts).shape]
    (made,) = protect([count_by(["a", "b"], labels, codes)], rule_named(rule)).tables
    assert audit([made]) == []
    return made.shown


@pytest.mark.parametrize(("rule", "printed"), [("threshold-4", "4"), ("threshold-4+insider", "*"), ("HES-2018", "*")])
def test_a_threshold_counts_others_where_it_says_so(rule: str, printed: str) -> None:
    assert shown([[4, 20, 30], [20, 20, 20], [30, 20, 20]], rule)[0] == printed


def test_zeros_that_are_hidden_stay_as_unsure_to_who_is_in_the_other_cell() -> None:
    rule = rule_named("threshold-4+zeros+insider")
    assert (rule.small, rule.zeros, rule.insider) == (4, True, True)
    assert rule_named("OPENSAFELY-midpoint6+insider").small == 6


# an attacker who is inside, and tries every table that would print so


def may_be(text: str, *, small: bool, few: int, least: int) -> range:
    if text == "*":
        return range(least, few + 1) if small else range(0, 16)
    return range(int(text), int(text) + 1)


def left_to(who: int, printed: tuple[str, ...], truth: list[int], few: int, least: int) -> dict[int, set[int]]:
    """The values of every small cell that somebody in cell `who` cannot rule out, without themselves."""
    texts = printed[:-1]
    ranges = [
        may_be(text, small=least <= count <= few, few=few, least=least)
        for text, count in zip(texts, truth, strict=True)
    ]
    total = may_be(printed[-1], small=least <= sum(truth) <= few, few=few, least=least)
    found: dict[int, set[int]] = {at: set() for at, count in enumerate(truth) if 1 <= count <= few}
    for way in product(*ranges):
        if way[who] >= 1 and sum(way) in total:
            for at in found:
                found[at].add(way[at])
    return found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 8]), min_size=3, max_size=4), st.booleans())
def test_no_small_count_is_told_to_anybody_inside(counts: list[int], zeros: bool) -> None:
    rule = rule_named("threshold-4+insider" + ("+zeros" if zeros else ""))
    codes = np.repeat(np.arange(len(counts)), counts)[:, None]
    if not len(codes):
        return
    try:
        (made,) = protect([count_by(["a"], [[str(at) for at in range(len(counts))]], codes)], rule).tables
    except Unmet:
        return
    if made.withheld.any():
        return
    for who, count in enumerate(counts):
        if count and made.shown[who] == "*":
            for at, values in left_to(who, made.shown, counts, rule.small, rule.least_small).items():
                assert made.shown[at] == "*" and len(values) >= FEWEST, (counts, made.shown, who, at, values)
