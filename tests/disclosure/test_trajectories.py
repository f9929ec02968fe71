"""Singling out by several rows: the fast way agrees with looking at every set of rows of everybody."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.trajectories import SingledOut, singled_out
from openhaven.model.errors import BadInput

rows_of_people = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), min_size=1, max_size=30)


def slowly(rows: list[tuple[int, int]]) -> SingledOut:
    held: dict[int, Counter[int]] = {}
    for person, of_class in rows:
        held.setdefault(person, Counter())[of_class] += 1

    def by(person: int, m: int) -> bool:
        mine = sorted(held[person].elements())
        return any(
            all(not Counter(known) <= other for who, other in held.items() if who != person)
            for known in combinations(mine, min(m, len(mine)))
        )

    same = Counter(tuple(sorted(each.elements())) for each in held.values())
    alike = sum(count == 1 for count in same.values())
    one, two, three = (sum(by(person, m) for person in held) for m in (1, 2, 3))
    return SingledOut(len(held), one, two, three, alike)


def fast(rows: list[tuple[int, int]], **limits: int) -> SingledOut:
    person, of_class = np.array(rows).T
    return singled_out(person, of_class, **limits)


@settings(max_examples=500, deadline=None)
@given(rows_of_people)
def test_the_fast_way_counts_as_the_definition_says(rows: list[tuple[int, int]]) -> None:
    assert fast(rows) == slowly(rows)


@settings(max_examples=300, deadline=None)
@given(rows_of_people, st.integers(1, 40))
def test_a_cut_look_never_counts_too_many(rows: list[tuple[int, int]], most_sets: int) -> None:
    cut, true = fast(rows, most_sets=most_sets), slowly(rows)
    assert cut.one <= true.one and cut.two <= true.two and cut.three <= true.three
    assert cut.all_rows == true.all_rows
    if cut.looked_at_two is None:
        assert cut.two == true.two


def test_two_people_alike_hide_one_another() -> None:
    assert fast([(1, 7), (1, 8), (2, 7), (2, 8)]) == SingledOut(2, 0, 0, 0, 0)


def test_each_row_may_be_common_and_the_pair_unique() -> None:
    rows = [(1, 7), (1, 8), (2, 7), (3, 8)]
    assert fast(rows) == SingledOut(people=3, one=0, two=1, three=1, all_rows=3)
    assert fast(rows).share(1) == pytest.approx(1 / 3)


def test_who_comes_back_is_known_by_it() -> None:
    assert fast([(1, 7), (1, 7), (2, 7), (3, 7)]) == SingledOut(3, 0, 1, 1, 1)


def test_no_rows_are_refused() -> None:
    with pytest.raises(BadInput):
        singled_out(np.array([], dtype=np.int64), np.array([], dtype=np.int64))
