"""What classes give away of a confidential value, by definition, and the person alone by two facts."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openhaven.disclosure.alone import row_holders
from openhaven.disclosure.attributes import attributes
from openhaven.disclosure.classes import Classes, ValueCounts
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.rare import alone_by_two
from openhaven.disclosure.risk_utility import risk_utility
from openhaven.model.errors import BadInput

ROWS = some.lists(some.tuples(some.integers(0, 4), some.integers(0, 3)), min_size=1, max_size=30)


@given(ROWS)
def test_classes_that_share_one_value_and_the_best_guess(rows: list[tuple[int, int]]) -> None:
    owner, value = (np.unique(np.array(column), return_inverse=True)[1] for column in zip(*rows, strict=True))
    found = attributes(np.bincount(owner), ValueCounts.of(owner, value, values=int(value.max()) + 1))
    inside: dict[int, list[int]] = {}
    for of, each in zip(owner.tolist(), value.tolist(), strict=True):
        inside.setdefault(of, []).append(each)
    sharing = [each for each in inside.values() if len(each) > 1 and len(set(each)) == 1]
    assert (found.classes, found.rows) == (len(sharing), sum(map(len, sharing)))
    assert found.alone == sum(len(each) == 1 for each in inside.values())
    assert found.l == min(len(set(each)) for each in inside.values())
    guessed = sum(max(Counter(each).values()) for each in inside.values())
    assert found.best_guess == pytest.approx(guessed / len(rows))
    assert found.baseline == max(Counter(value.tolist()).values()) / len(rows) <= found.best_guess + 1e-12
    assert {(each.value, each.classes, each.rows) for each in found.shared} == {
        (v, sum(s[0] == v for s in sharing), sum(len(s) for s in sharing if s[0] == v)) for v in {s[0] for s in sharing}
    }


def test_no_rows_are_refused() -> None:
    with pytest.raises(BadInput):
        attributes(
            np.array([], dtype=np.int64),
            ValueCounts.of(np.array([], dtype=np.int64), np.array([], dtype=np.int64), values=1),
        )


TRIPLES = some.lists(some.tuples(*[some.integers(0, 4)] * 3), min_size=1, max_size=25)


@settings(deadline=None)
@given(TRIPLES)
def test_who_is_alone_by_two_facts_and_by_neither_of_them(rows: list[tuple[int, ...]]) -> None:
    codes, count = np.unique(np.array(rows), axis=0, return_counts=True)
    holders = [np.bincount([row[at] for row in rows], minlength=5) for at in range(3)]
    found = alone_by_two(codes, row_holders(count), holders, shown=10**6, rare=3)
    expected = {}
    for a, b in combinations(range(3), 2):
        held = Counter((row[a], row[b]) for row in rows)
        cells = [c for c, n in held.items() if n == 1 and holders[a][c[0]] > 1 and holders[b][c[1]] > 1]
        if cells:
            expected[a, b] = (len(cells), sum(min(holders[a][x], holders[b][y]) < 3 for x, y in cells))
    assert {(pair.first, pair.second): (pair.cells, pair.rare) for pair in found.pairs} == expected
    assert len(found.examples) == sum(cells for cells, _ in expected.values())
    assert all(each.holders[0] <= each.holders[1] for each in found.examples)


def test_the_one_person_in_an_area_with_a_rare_disease() -> None:
    """Three people have the disease, each in another area; forty people live in each area."""
    rows = [(area, 0) for area in range(3) for _ in range(39)] + [(area, 1) for area in range(3)]
    codes, count = np.unique(np.array(rows), axis=0, return_counts=True)
    found = alone_by_two(codes, row_holders(count), [np.full(3, 40), np.array([117, 3])])
    assert (found.pairs[0].cells, found.pairs[0].rare) == (3, 3)
    assert [(each.columns, each.values[0], each.holders) for each in found.examples] == [((1, 0), 1, (3, 40))] * 3
    with pytest.raises(BadInput):
        alone_by_two(codes, row_holders(count), [np.full(3, 40)])


AGES = Hierarchy("age", (("1", "2", "3", "4"), ("1-2", "1-2", "3-4", "3-4"), ("*",) * 4))
SEX = Hierarchy("sex", (("f", "m"), ("*", "*")))


@given(some.lists(some.tuples(some.integers(0, 3), some.integers(0, 1)), min_size=1, max_size=20))
def test_what_each_level_buys_and_costs_is_what_a_count_of_recoded_rows_says(rows: list[tuple[int, int]]) -> None:
    codes, count = np.unique(np.array(rows), axis=0, return_counts=True)
    found = risk_utility(Classes(codes, count), (AGES, SEX))
    assert len(found.single) == 3
    for point in (found.start, *found.single, *found.path):
        shown = [(AGES.levels[point.levels[0]][a], SEX.levels[point.levels[1]][s]) for a, s in rows]
        held = Counter(shown)
        assert point.k == min(held.values())
        assert point.uniques == sum(held[each] == 1 for each in shown)
        assert point.mean == pytest.approx(sum(1 / held[each] for each in shown) / len(rows))
        losses = [(0, 1 / 3, 1)[point.levels[0]] + (0, 1)[point.levels[1]] for _ in rows]
        assert point.loss == pytest.approx(sum(losses) / 2 / len(rows))
    means = [point.mean for point in found.path]
    assert means == sorted(means, reverse=True) and found.path[-1].k == len(rows) and not found.gave_up


def test_a_path_that_would_take_too_long_is_cut_and_says_so() -> None:
    codes = np.array([[a, s] for a in range(4) for s in range(2)])
    assert "0 steps" in risk_utility(Classes(codes, np.ones(8, dtype=np.int64)), (AGES, SEX), most_work=10).gave_up
