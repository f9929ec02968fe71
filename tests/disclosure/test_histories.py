"""What people hold: rows in order as sorting plain tuples puts them, one history for just those who hold the same."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure import histories
from openhaven.disclosure.histories import NOBODY, arranged, by_person, people_of, rarest_first

Rows = list[tuple[int, int]]
some_rows = st.lists(st.tuples(st.integers(NOBODY, 6), st.integers(0, 4)), min_size=1, max_size=40)


def arrays(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    person, of_class = np.array(rows).T
    return person, of_class


def slow_order(rows: Rows) -> list[int]:
    """Nobody first, then people as met, then classes, then as they were."""
    met = list(dict.fromkeys(person for person, _ in rows if person != NOBODY))
    known = [at for at, (person, _) in enumerate(rows) if person != NOBODY]
    nobody = [at for at, (person, _) in enumerate(rows) if person == NOBODY]
    return nobody + sorted(known, key=lambda at: (met.index(rows[at][0]), rows[at][1], at))


@settings(max_examples=200, deadline=None)
@given(some_rows, st.integers(1, 30))
def test_rows_are_put_in_order_by_person_as_met_then_class(rows: Rows, at_once: int) -> None:
    whole = histories.AT_ONCE
    try:
        histories.AT_ONCE = at_once
        assert arranged(*arrays(rows)).tolist() == slow_order(rows)
    finally:
        histories.AT_ONCE = whole


def test_numbers_too_large_for_one_whole_number_are_put_in_order_too() -> None:
    rows = [(7, 1 << 61), (7, 3), (2, 1 << 61), (7, 3), (2, 0)]
    assert arranged(*arrays(rows)).tolist() == slow_order(rows)


@settings(max_examples=200, deadline=None)
@given(some_rows, st.booleans(), st.integers(1, 30), st.booleans())
def test_people_are_one_history_where_they_hold_the_same(rows: Rows, sums: bool, at_once: int, first: bool) -> None:
    """However many are looked at together, whether sums tell them apart or not, rows in order or not."""
    if first:
        rows = [rows[at] for at in slow_order(rows)]
    person, of_class = arrays(rows)
    whole, mixing = histories.AT_ONCE, histories._mixing
    try:
        histories.AT_ONCE = at_once
        if not sums:
            histories._mixing = lambda numbers: np.zeros(numbers, dtype=np.uint64)
        found = people_of(person, of_class)
    finally:
        histories.AT_ONCE, histories._mixing = whole, mixing
    truth: dict[int, Counter[int]] = {}
    for who, in_class in rows:
        if who != NOBODY:
            truth.setdefault(who, Counter())[in_class] += 1
    if found is None:
        assert not truth
        return
    assert sorted(found.held.weight.tolist()) == sorted(
        Counter(tuple(sorted(held.elements())) for held in truth.values()).values()
    )
    for begin, number in zip(found.first.tolist(), found.of_person.tolist(), strict=True):
        who = int(person[found.order[begin]])
        lines = np.flatnonzero(found.held.history == number)
        assert len(lines) == truth[who].total()
        assert sorted(found.held.repeat[lines].tolist()) == sorted(
            n for held in truth[who].values() for n in range(1, held + 1)
        )


@given(some_rows)
def test_rows_are_kept_by_their_line(rows: Rows) -> None:
    person, of_class = arrays(rows)
    found = people_of(person, of_class)
    if found is None:
        return
    kept = found.rows_kept(found.held.repeat == 1, len(rows))
    seen: set[tuple[int, int]] = set()
    for row, stays in zip(rows, kept.tolist(), strict=True):
        assert stays == (row[0] != NOBODY and row not in seen)
        seen.add(row)


def test_the_rarest_class_comes_first() -> None:
    assert (
        rarest_first(np.array([5, 5, 9, 5, 2, 2])).tolist()[2] < rarest_first(np.array([5, 5, 9, 5, 2, 2])).tolist()[4]
    )
    assert rarest_first(np.array([10**12, 10**12, 4])).tolist() == [1, 1, 0]


@pytest.mark.parametrize("person", [[NOBODY, NOBODY], []])
def test_where_nobody_is_known_there_is_no_history(person: list[int]) -> None:
    of_class = np.zeros(len(person), dtype=np.int64)
    assert people_of(np.array(person, dtype=np.int64), of_class) is None
    assert by_person(np.array(person, dtype=np.int64)).tolist() == list(range(len(person)))
