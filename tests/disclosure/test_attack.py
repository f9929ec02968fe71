"""The attacker's programs beside trying every table: what is told is told, what is not is not."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.around import Around
from openhaven.disclosure.attack import Demand, Known, told
from openhaven.disclosure.audit import audit
from openhaven.disclosure.cover import Cover
from openhaven.disclosure.greedy import Greedy
from openhaven.disclosure.linear import flat, joined, lines, totals
from openhaven.disclosure.problem import Problem
from openhaven.disclosure.protection import publish
from openhaven.disclosure.rules import HES_2018, MIDPOINT_6, OPENSAFELY, rule_named, threshold
from openhaven.disclosure.suppression import suppress
from tests.disclosure.small_tables import from_parts


def relations_of(shape: tuple[int, ...]):
    parts = (each for axis, size in enumerate(shape) for each in totals(lines(shape, axis), flat(size)))
    return joined(int(np.prod(shape)), parts)


def whole(parts: np.ndarray) -> np.ndarray:
    for axis in range(parts.ndim):
        parts = np.concatenate((parts, parts.sum(axis=axis, keepdims=True)), axis=axis)
    return parts


def all_tables(shape: tuple[int, ...], most: int) -> np.ndarray:
    """Every table with parts from 0 to `most`, one a line, totals included: the slow and obvious attacker."""
    size = int(np.prod(shape))
    return np.array([whole(np.array(each).reshape(shape)).ravel() for each in product(range(most + 1), repeat=size)])


EVERY = {shape: all_tables(shape, most) for shape, most in [((3,), 8), ((2, 2), 4), ((2, 3), 2), ((2, 2, 2), 1)]}


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(list(EVERY)))
def test_a_demand_fails_just_where_no_two_tables_are_far_enough_apart(data: st.DataObject, shape) -> None:
    every = EVERY[shape]
    true = every[data.draw(st.integers(0, len(every) - 1))].astype(float)
    hidden = np.array(data.draw(st.lists(st.booleans(), min_size=len(true), max_size=len(true))))
    top = np.full(len(true), float(every.max()))
    top[[at for at, cell in enumerate(np.ndindex(*[size + 1 for size in shape])) if not _total(cell, shape)]] = every[
        :, 0
    ].max()
    known = Known(
        relations_of(tuple(size + 1 for size in shape)), np.where(hidden, 0, true), np.where(hidden, top, true)
    )
    fits = every[((every >= known.low) & (every <= known.high)).all(axis=1)]
    demands = [Demand((at,), width=data.draw(st.integers(1, 3))) for at in range(len(true))]
    spread = fits.max(axis=0) - fits.min(axis=0)
    assert {each.demand for each in told(known, demands)} == {
        at for at, demand in enumerate(demands) if spread[at] < demand.width
    }


def _total(cell: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return any(place == size for place, size in zip(cell, shape, strict=True))


@settings(max_examples=6, deadline=None)
@given(st.data())
def test_hiding_chosen_for_any_demands_keeps_them_and_costs_no_more_than_any_other_choice(data: st.DataObject) -> None:
    """Two by two with totals: nine cells, every choice tried."""
    parts = np.array(data.draw(st.lists(st.integers(1, 9), min_size=4, max_size=4))).reshape(2, 2)
    values = whole(parts).ravel().astype(float)
    cost = np.array(data.draw(st.lists(st.integers(1, 5), min_size=9, max_size=9)), dtype=float)
    at = data.draw(st.integers(0, 3))
    cell = (0, 1, 3, 4)[at]
    forced = np.arange(9) == cell
    demand = Demand((cell,), below=values[cell] - 1, above=values[cell] + 2)
    zeros = np.zeros(9)
    problem = Problem(
        relations_of((3, 3)), values, values, values, zeros, values + 50, cost, forced, zeros > 0, [demand]
    )
    chosen = suppress(problem)
    assert not told(problem.known(chosen.hidden), [demand])
    costs = [
        cost[list(some)].sum()
        for flags in product((False, True), repeat=9)
        if flags[cell]
        for some in [[place for place in range(9) if flags[place] and place != cell]]
        if not told(problem.known(np.array(flags)), [demand])
    ]
    assert chosen.cost == min(costs) == chosen.bound


def test_three_way_tables_are_attacked_by_all_equations_together() -> None:
    """Eight hidden at the corners of a cube move together by one; with one of them shown, none does."""
    table = from_parts(
        "rows", "abc", [["x", "y"]] * 3, np.full((2, 2, 2), 20) - 17 * (np.arange(8).reshape(2, 2, 2) == 0)
    )
    corners = np.zeros((3, 3, 3), dtype=bool)
    corners[:2, :2, :2] = True
    small = np.zeros_like(corners)
    small[0, 0, 0] = True
    assert audit([publish(table, threshold(6), second=corners & ~small)]) == []
    corners[1, 1, 1] = False
    [exposure] = audit([publish(table, threshold(6), second=corners & ~small)])
    assert exposure.cell == (0, 0, 0)


def test_totals_of_rounded_cells_tell_nothing_more() -> None:
    table = from_parts("rows", "a", [["x", "y", "z"]], np.array([7, 7, 0]))
    assert audit([publish(table, HES_2018)]) != []
    published = publish(table, OPENSAFELY)
    assert published.shown == ("*", "*", "0", "*") and audit([published]) == []
    assert publish(table, MIDPOINT_6).shown == ("9", "9", "0", "18")


def test_a_group_that_is_all_alike_is_hidden_however_large() -> None:
    table = from_parts("rows", "ab", [["x", "y"], ["yes", "no"]], np.array([[40, 0], [30, 20]]))
    plain = publish(table, threshold(6))
    assert audit([plain]) == []
    rule = rule_named("threshold-6+all-in-one")
    assert audit([publish(table, rule)]) != []
    assert audit([replace(publish(table, rule, second=np.ones((3, 3), dtype=bool)))]) == []


def test_a_larger_table_is_covered_by_search_and_still_nothing_is_told() -> None:
    counts = np.random.default_rng(5).negative_binomial(1, 0.02, (6, 5, 4))
    values = whole(counts).ravel().astype(float)
    small = (values > 0) & (values < 8)
    far = (np.where(small, 1, 0.0), np.where(small, 7, values + 100))
    demands = [Demand((int(at),), width=2) for at in np.nonzero(small)[0]]
    none = np.zeros(len(values))
    problem = Problem(relations_of((7, 6, 5)), values, values, values, *far, none + 1, small, none > 0, demands)
    searched = suppress(problem, small_table=10)
    assert not told(problem.known(searched.hidden), demands)
    assert 0 < searched.bound <= searched.cost


@pytest.mark.parametrize("seed", range(2))
def test_a_larger_table_is_covered_nearly_as_cheaply_as_can_be(seed: int) -> None:
    """What is chosen place by place lies between the least cost and what was chosen cell by cell."""
    counts = np.random.default_rng(seed).negative_binomial(1, 0.02, (4, 3, 3))
    values = whole(counts).ravel().astype(float)
    small, none = (values > 0) & (values < 8), np.zeros(len(values))
    far = (np.where(small, 1, 0.0), np.where(small, 7, values + 100))
    demands = [Demand((int(at),), width=2) for at in np.nonzero(small)[0]]
    problem = Problem(relations_of((5, 4, 4)), values, values, values, *far, none + 1, small, none > 0, demands)
    cover = Cover(problem)
    first = Greedy(cover).chosen()
    around = Around(cover).better(first, bound=0.0)
    assert not told(problem.known(around), demands)
    least = suppress(problem).cost
    assert least <= cover.cost(around) <= cover.cost(first)
    assert cover.cost(around) <= 1.1 * least + 1
