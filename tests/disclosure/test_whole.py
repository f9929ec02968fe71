"""Whole tables near shares, and what is said where a search for them is given up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure import attack
from openhaven.disclosure.attack import Demand, Known, told
from openhaven.disclosure.audit import audit
from openhaven.disclosure.linear import Relations, flat, joined, lines, part, totals
from openhaven.disclosure.protection import protect
from openhaven.disclosure.rules import HES_2018
from openhaven.disclosure.tables import Table, count_by
from openhaven.disclosure.whole import mended


def odd_circle(cells: int) -> Relations:
    """Each cell and the next sum to 1 at most: the most of all is a half each, which no whole table reaches."""
    pairs = np.stack((np.arange(cells), (np.arange(cells) + 1) % cells), axis=1)
    nothing = np.zeros(cells)
    return Relations(cells, np.arange(cells + 1) * 2, pairs.ravel(), np.ones(2 * cells), nothing, nothing + 1)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([3, 5, 7, 9]), st.integers(0, 1000))
def test_what_is_mended_is_whole_and_still_agrees(cells: int, seed: int) -> None:
    relations, low, high = odd_circle(cells), np.zeros(cells), np.ones(cells)
    found = part(relations, low, high, whole=True, cells=np.arange(cells), fits=low)
    assert found is not None
    _, table = found.extreme(-np.random.default_rng(seed).integers(1, 3, cells).astype(float))
    made = mended(found, table)
    assert made is not None
    assert (made == np.round(made)).all() and (made >= low).all() and (made <= high).all()
    assert (relations.of(made) >= relations.low).all() and (relations.of(made) <= relations.high).all()


def many_small_counts(seed: int) -> list[Table]:
    """Some 600 episodes of 200 people by 40 areas and 15 causes: most cells are few or nobody."""
    rng = np.random.default_rng(seed)
    person = np.sort(rng.integers(0, 200, 600))
    codes = np.stack((rng.integers(0, 40, 200)[person], rng.choice(15, 600, p=rng.dirichlet(np.full(15, 0.7)))), axis=1)
    labels = [[str(at) for at in range(size)] for size in (40, 15)]
    return [count_by("ab", labels, codes, person=each) for each in (person, None)]


@pytest.mark.parametrize("seed", [2, 5])
def test_a_table_of_many_small_counts_and_their_people_is_protected(seed: int) -> None:
    made = protect(many_small_counts(seed), HES_2018, people_of=[(0, 1)])
    assert audit(made.tables, people_of=[(0, 1)]) == []
    assert any(not table.hidden.all() for table in made.tables)
    assert made.given_up == 0


def two_circles() -> tuple[Known, list[Demand]]:
    """Three cells each, any two of them 1 at most: shares reach one and a half twice, whole tables one twice."""
    one = odd_circle(3)
    other = Relations(6, one.starts, one.index + 3, one.sign, one.low, one.high)
    both = Relations(6, np.array([0, 2]), np.array([0, 3]), np.ones(2), np.zeros(1), np.full(1, 9.0))
    known = Known(joined(6, [one, other, both]), np.zeros(6), np.ones(6))
    return known, [Demand(tuple(range(6)), (1.0,) * 6, width=3)]


def test_a_search_given_up_counts_as_told_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    known, demands = two_circles()
    [settled] = told(known, demands)
    assert (settled.least, settled.greatest, settled.given_up) == (0, 2, False)
    monkeypatch.setattr(attack, "MOST_WORK", -1)
    [unsettled] = told(known, demands)
    assert unsettled.given_up


def test_no_search_is_given_up_where_shares_already_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack, "MOST_WORK", -1)
    along = [each for axis in (0, 1) for each in totals(lines((3, 3), axis), flat(3))]
    values = np.array([5, 2, 7, 4, 6, 10, 9, 8, 17.0])
    hidden = np.array([0, 1, 0, 0, 1, 0, 0, 0, 0], dtype=bool)
    known = Known(joined(9, along), np.where(hidden, 0, values), np.where(hidden, 99, values))
    [found] = told(known, [Demand((1,), width=2)])
    assert (found.least, found.greatest, found.given_up) == (2, 2, False)
