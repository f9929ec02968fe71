"""Means and percentiles beside counts tell no more of the few: judged by trying every possible file."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.amounts import Amounts, Figure
from openhaven.disclosure.figures import place_of
from openhaven.disclosure.measured import figures_beside
from openhaven.disclosure.protection import protect
from openhaven.disclosure.rules import rule_named
from openhaven.disclosure.tables import count_by
from openhaven.model.errors import BadInput

RULE = rule_named("threshold-4")
MOST = 13  # rows that a cell may be thought to hold
TRUE = 5  # and that it holds at most
FIGURES = [Figure("mean"), Figure("median", share=0.5)]
SPLITS = np.array([each for each in product(range(MOST + 1), repeat=3) if sum(each) <= MOST])  # rows of amount 1, 2, 3
AMOUNTS = np.array([1.0, 2.0, 3.0])


def printed_of(parts: np.ndarray, figures: list[Figure] = FIGURES) -> tuple[list[str], list[tuple[str, ...]]]:
    """What is printed of cells on one axis, with so many rows of each amount."""
    cell = np.repeat(np.arange(len(parts)), parts.sum(axis=1))
    amounts = np.concatenate([np.repeat(AMOUNTS, each) for each in parts])
    table = count_by(["a"], [[str(at) for at in range(len(parts))]], cell[:, None])
    made = protect([table], RULE)
    beside = figures_beside([table], made.tables, Amounts(amounts, cell[:, None]), figures)
    return list(made.tables[0].shown), list(beside.texts)


def figures_of(splits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count, mean and median as the print has them, of each split; worked out from the definitions."""
    counts = splits.sum(axis=-1)
    means = np.array([f"{m:.1f}" for m in np.where(counts > 0, (splits @ AMOUNTS) / np.maximum(counts, 1), -1).ravel()])
    up_to = splits.cumsum(axis=-1)
    medians = AMOUNTS[(up_to * 2 >= counts[..., None]).argmax(axis=-1)]
    return counts, means.reshape(counts.shape), medians


COUNT, MEAN, MEDIAN = figures_of(SPLITS)


def possible_counts(shown: list[str], beside: list[tuple[str, ...]], *, small: list[bool]) -> list[set[int]]:
    """Of three cells and their total: every count of each that some file has, which prints so."""
    fitting = []
    for at in range(3):
        fits = (
            (COUNT >= 1) & ((COUNT <= 3) if small[at] else True)
            if shown[at] == "*"
            else np.char.equal(COUNT.astype(str), shown[at])
        )
        fits = fits | ((COUNT == 0) if shown[at] == "*" and not small[at] else False)
        for text, values in ((beside[0][at], MEAN), (beside[1][at], MEDIAN.astype(int).astype(str))):
            fits = fits & (values == text) if text not in ("*", "") else fits
        fitting.append(SPLITS[fits])
    first = (fitting[0][:, None] + fitting[1][None]).reshape(-1, 3)
    one = np.repeat(fitting[0].sum(axis=1), len(fitting[1]))
    two = np.tile(fitting[1].sum(axis=1), len(fitting[0]))
    found: list[set[int]] = [set(), set(), set()]
    for split in fitting[2]:
        count, mean, median = figures_of(first + split)
        fits = np.char.equal(count.astype(str), shown[3]) if shown[3] != "*" else np.ones(len(count), dtype=bool)
        for text, values in ((beside[0][3], mean), (beside[1][3], median.astype(int).astype(str))):
            fits = fits & (values == text) if text not in ("*", "") else fits
        if fits.any():
            found[0] |= set(one[fits].tolist())
            found[1] |= set(two[fits].tolist())
            found[2].add(int(split.sum()))
    return found


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(np.nonzero(SPLITS.sum(axis=1) <= TRUE)[0].tolist()), min_size=3, max_size=3))
def test_no_small_count_is_told_more_closely_than_the_rule_demands(which: list[int]) -> None:
    parts = SPLITS[which]
    if parts.sum() == 0:
        return
    shown, beside = printed_of(parts)
    small = [bool(1 <= each.sum() <= 3) for each in parts]
    found = possible_counts(shown, beside, small=small)
    for at in range(3):
        assert int(parts[at].sum()) in found[at]
        if small[at]:
            assert len(found[at]) >= RULE.fewest_values, (shown, beside, parts.tolist())


def test_the_sum_of_few_is_not_told_by_taking_means_from_one_another() -> None:
    """One hidden cell, its count rounded in the total: the means of the others and of all would give its own."""
    rng = np.random.default_rng(3)
    cell = np.repeat([0, 1, 2], [5, 400, 300])[:, None]
    table = count_by(["a"], [["x", "y", "z"]], cell)
    made = protect([table], rule_named("threshold-10"))
    amounts = Amounts(np.round(rng.gamma(2, 50, len(cell))), cell)
    shown = made.tables[0].shown
    beside = figures_beside([table], made.tables, amounts, [Figure("mean", decimals=2)]).texts[0]
    assert shown[0] == "*" and shown.count("*") == 2
    assert [text == "*" for text in beside[:3]] == [text == "*" for text in shown[:3]]
    assert beside[3] == f"{amounts.of.mean():.2f}"


def test_a_percentile_is_the_least_amount_with_its_share_at_or_below() -> None:
    assert [place_of(share, 10) for share in (0, 0.1, 0.11, 0.5, 0.9, 1)] == [0, 0, 1, 4, 8, 9]
    assert place_of(0.1, 30) == 2, "no hair's breadth above 3"


def test_a_mean_that_one_amount_makes_up_is_hidden() -> None:
    cell = np.repeat([0, 1, 2, 3], 20)[:, None]
    table = count_by(["a"], [list("abcd")], cell)
    amounts = np.tile(np.arange(1.0, 21.0), 4)
    amounts[0] = 1e6
    made = protect([table], RULE)
    found = figures_beside([table], made.tables, Amounts(amounts, cell), [Figure("mean")]).texts[0]
    assert found[0] == "*" and found.count("*") >= 2, "nor may it be worked out from the total"


def test_amounts_of_any_size_are_attacked_too() -> None:
    rng = np.random.default_rng(1)
    cell = np.repeat([0, 1, 2, 3], [2, 2, 40, 50])[:, None]
    table = count_by(["a"], [list("abcd")], cell)
    made = protect([table], RULE)
    figures = [Figure("mean"), Figure("median", share=0.5)]
    found = figures_beside([table], made.tables, Amounts(rng.gamma(2, 1e7, len(cell)), cell), figures)
    assert [text == "*" for text in found.texts[0]] == [text == "*" for text in made.tables[0].shown]


def test_too_many_percentiles_are_refused() -> None:
    rng = np.random.default_rng(1)
    cell = np.repeat(np.arange(1200), 10)[:, None]
    table = count_by(["a"], [[f"{at:04}" for at in range(1200)]], cell)
    made = protect([table], RULE)
    figures = [Figure(f"p{p}", share=p / 100) for p in (25, 50, 75)]
    with pytest.raises(BadInput, match="too many to be attacked together"):
        figures_beside([table], made.tables, Amounts(rng.random(len(cell)), cell), figures)
