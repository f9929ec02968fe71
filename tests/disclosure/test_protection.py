"""How much is hidden to protect small counts: beside the least possible, found by trying every choice."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.audit import Bounds, audit, infer, narrowed
from openhaven.disclosure.company import Hiding, Together
from openhaven.disclosure.protection import protect, publish
from openhaven.disclosure.rules import HES_2013, HES_2018, Rule
from openhaven.disclosure.tables import Table, cells_of, from_parts


def table(parts: list[list[int]]) -> Table:
    shape = np.array(parts).shape
    return from_parts("rows", "ab", [[str(place) for place in range(size)] for size in shape], np.array(parts))


def least(made: Table, rule: Rule, *, at_most: int) -> int:
    """The fewest further cells with which the judge finds nothing, by trying every choice of fewer than `at_most`."""
    plain = publish(made, rule)
    for count in range(at_most):
        for some in combinations([cell for cell in cells_of(made) if not plain.small[cell]], count):
            second = np.zeros(made.counts.shape, dtype=bool)
            second[tuple(np.array(some, dtype=int).reshape(-1, 2).T)] = True
            if not audit([publish(made, rule, second=second)]):
                return count
    return at_most


def needed_at_least(made: Table, rule: Rule) -> int:
    """Where counts print exactly, each line with one hidden cell needs another; one cell serves one line an axis."""
    small = publish(made, rule).small
    return max(int((small.sum(axis=axis) == 1).sum()) for axis in range(small.ndim))


def random_tables(seed: int, *, count: int) -> list[Table]:
    rng = np.random.default_rng(seed)
    return [
        table(rng.choice([0, 1, 2, 4, 6, 9, 12, 20, 40], size=rng.integers(2, 4, 2)).tolist()) for _ in range(count)
    ]


@pytest.mark.parametrize("rule", [HES_2018, HES_2013], ids=lambda rule: rule.name)
def test_tiny_tables_hide_hardly_more_than_the_least_possible(rule: Rule) -> None:
    hidden = possible = 0
    for made in random_tables(7, count=25):
        result = protect([made], rule)
        if not result.tables[0].withheld.any():  # a withheld line prints as it did, but is judged otherwise
            hidden += result.second[0]
            possible += least(made, rule, at_most=result.second[0])
    assert possible <= hidden <= 1.15 * possible


def test_one_cell_serves_a_row_and_a_column() -> None:
    made = table([[3, 50, 60, 70], [80, 4, 90, 95], [85, 65, 75, 55]])
    assert protect([made], HES_2013).second == (2,) == (needed_at_least(made, HES_2013),)


@pytest.mark.parametrize("seed", range(3))
def test_larger_exact_tables_stay_near_what_single_lines_need(seed: int) -> None:
    counts = np.random.default_rng(seed).negative_binomial(0.6, 0.01, (40, 14))
    made = table(counts.tolist())
    assert protect([made], HES_2013).second[0] <= 1.25 * needed_at_least(made, HES_2013) + 3


def test_rounding_already_protects_a_large_table() -> None:
    counts = np.random.default_rng(3).negative_binomial(0.6, 0.02, (66, 23))
    assert protect([table(counts.tolist())], HES_2018).second == (0,)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(2, 4))
def test_what_sums_tell_together_follows_cell_by_cell_as_if_worked_out_afresh(seed: int, rows: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    hiding = Hiding(made := table(rng.integers(6, 60, (rows, width)).tolist()), publish(made, HES_2013))
    hiding.second = rng.random(made.counts.shape) < 0.7
    unknown = hiding.second.copy()
    together = Together(hiding, _known_but(unknown))
    for place in rng.permutation(np.argwhere(unknown)):
        cell = tuple(int(at) for at in place)
        foretold = together.told_if_known(cell)
        together.now_known(cell)
        was_told = Together(hiding, _known_but(unknown)).told()
        unknown[cell] = False
        afresh = Together(hiding, _known_but(unknown)).told()
        assert (together.told() == afresh).all()
        assert was_told[cell] or (foretold == afresh).all()


def _known_but(unknown: np.ndarray) -> Bounds:
    return Bounds(np.zeros(unknown.shape, dtype=np.int64), unknown.astype(np.int64))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([HES_2018, HES_2013]))
def test_a_cell_shown_again_is_judged_as_if_it_had_never_been_hidden(seed: int, rule: Rule) -> None:
    """From the bounds that held while it was hidden, what follows is what follows from a fresh start."""
    rng = np.random.default_rng(seed)
    [made] = random_tables(seed, count=1)
    second = (rng.random(made.counts.shape) < 0.5) & ~publish(made, rule).small
    for place in np.argwhere(second)[:3]:
        before = publish(made, rule, second=second.copy())
        second[tuple(place)] = False
        [afresh] = infer([publish(made, rule, second=second)])
        [bound] = infer([before])
        low, high = rule.possible(rule.show(int(made.counts[tuple(place)])))
        bound.low[tuple(place)] = max(low, bound.low[tuple(place)])
        bound.high[tuple(place)] = min(high, bound.high[tuple(place)])
        [onward] = narrowed([before], [bound], people_of=[])
        assert (onward.low == afresh.low).all() and (onward.high == afresh.high).all()
