"""k over any m known events: the fast way agrees with looking at every set of rows of everybody."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure import events, histories
from openhaven.disclosure.events import NOBODY, at_least, fewest_sharing, kept_under
from openhaven.model.errors import BadInput, Unmet

Rows = list[tuple[int, int]]
rows_of_people = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=30)
with_unknown = st.lists(st.tuples(st.integers(NOBODY, 5), st.integers(0, 3)), min_size=1, max_size=25)


def slowly(rows: Rows, m: int) -> int:
    """Everybody's every m rows (all, of who has fewer), and who else has as many in each class."""
    held: dict[int, Counter[int]] = {}
    for person, of_class in rows:
        if person != NOBODY:
            held.setdefault(person, Counter())[of_class] += 1
    fewest = [
        sum(Counter(known) <= other for other in held.values())
        for mine in held.values()
        for known in combinations(sorted(mine.elements()), min(m, mine.total()))
    ]
    fewest += [
        max(1, sum(of_class in other for other in held.values())) for person, of_class in rows if person == NOBODY
    ]
    return min(fewest)


def arrays(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    person, of_class = np.array(rows).T
    return person, of_class


@settings(max_examples=300, deadline=None)
@given(rows_of_people, st.integers(1, 4))
def test_the_fast_way_counts_as_the_definition_says(rows: Rows, m: int) -> None:
    assert fewest_sharing(*arrays(rows), events=m) == slowly(rows, m)


@settings(max_examples=200, deadline=None)
@given(with_unknown, st.integers(1, 3))
def test_a_row_of_nobody_known_is_one_event_of_somebody(rows: Rows, m: int) -> None:
    assert fewest_sharing(*arrays(rows), events=m) == slowly(rows, m)


@settings(max_examples=300, deadline=None)
@given(with_unknown, st.integers(1, 3), st.integers(1, 4), st.integers(1, 30))
def test_what_is_kept_holds_and_block_by_block_alike(rows: Rows, m: int, k: int, at_once: int) -> None:
    person, of_class = arrays(rows)
    whole = events.SETS_AT_ONCE
    try:
        events.SETS_AT_ONCE = at_once
        keep = kept_under(person, of_class, {m: k})
    finally:
        events.SETS_AT_ONCE = whole
    assert keep is not None
    left = [row for row, kept in zip(rows, keep, strict=True) if kept]
    assert not left or slowly(left, m) >= k


@given(rows_of_people, st.integers(1, 3))
def test_nothing_is_given_up_where_nothing_stands_in_the_way(rows: Rows, m: int) -> None:
    keep = kept_under(*arrays(rows), {m: slowly(rows, m)})
    assert keep is not None and keep.all()


@settings(max_examples=200, deadline=None)
@given(rows_of_people, st.integers(1, 3), st.integers(2, 4), st.integers(0, 20))
def test_it_stops_where_more_would_have_to_go_than_may(rows: Rows, m: int, k: int, most: int) -> None:
    without = kept_under(*arrays(rows), {m: k})
    assert without is not None
    within = kept_under(*arrays(rows), {m: k}, most_given_up=most)
    assert (within is None) == (int((~without).sum()) > most)


def test_one_common_row_goes_and_not_three_rare_ones() -> None:
    """Everybody has 1, 2, 3 and 4; only one person has 5 as well: their 5 goes, and nothing else."""
    rows = [(who, of_class) for who in range(5) for of_class in (1, 2, 3, 4)] + [(0, 5)]
    keep = kept_under(*arrays(rows), {2: 5})
    assert keep is not None
    assert [row for row, kept in zip(rows, keep, strict=True) if not kept] == [(0, 5)]


def test_who_comes_back_more_often_than_others_loses_the_last_visits() -> None:
    rows = [(1, 7), (1, 7), (1, 7), (2, 7), (2, 7), (3, 7), (3, 7)]
    keep = kept_under(*arrays(rows), {3: 3})
    assert keep is not None
    assert int(keep.sum()) == 6 and slowly([row for row, kept in zip(rows, keep, strict=True) if kept], 3) == 3


def test_what_is_asked_of_more_events_is_asked_of_fewer() -> None:
    assert at_least({3: 5, 1: 10}) == {1: 10, 2: 5, 3: 5}
    with pytest.raises(BadInput):
        at_least({0: 5})


def test_more_sets_than_can_be_looked_at_are_refused_and_not_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_SETS", 9)
    rows = [(who, of_class) for who in range(3) for of_class in range(5)]
    with pytest.raises(Unmet, match="a sample would be no proof"):
        kept_under(*arrays(rows), {2: 2})


@settings(max_examples=60, deadline=None)
@given(with_unknown, st.integers(1, 3), st.integers(1, 4))
def test_how_numbers_of_rows_are_held_changes_nothing(rows: Rows, m: int, k: int) -> None:
    """Neither in 64 bits where 32 do not suffice, nor whatever people and classes are numbered."""
    person, of_class = arrays(rows)
    narrow = kept_under(person, of_class, {m: k})
    whole = histories.FITS
    try:
        histories.FITS = 0
        wide = kept_under(np.where(person == NOBODY, NOBODY, person * 1_000_003), of_class * 999_983 + 5, {m: k})
    finally:
        histories.FITS = whole
    assert narrow is not None and wide is not None and narrow.tolist() == wide.tolist()
