"""SUDA2 against brute force over all sets of columns, row by row and person by person."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openhaven.disclosure.alone import holder_of, row_holders
from openhaven.disclosure.special_uniques import ColumnSet, dis_scores, match_chance, special_uniques, weight
from openhaven.model.errors import BadInput

TABLES = some.integers(1, 5).flatmap(
    lambda columns: some.lists(some.tuples(*[some.integers(0, 3)] * columns), min_size=1, max_size=25)
)


def msus(rows: list[tuple[int, ...]], people: list[int], most: int) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
    """For each distinct row that is alone on all columns: its minimal sets, by the definition."""
    columns = range(len(rows[0]))

    def is_alone(row: tuple[int, ...], chosen: tuple[int, ...]) -> bool:
        return (
            len({who for other, who in zip(rows, people, strict=True) if all(other[c] == row[c] for c in chosen)}) == 1
        )

    found = {}
    for row in dict.fromkeys(rows):
        if is_alone(row, tuple(columns)):
            sets = [c for size in range(1, most + 1) for c in combinations(columns, size) if is_alone(row, c)]
            found[row] = [each for each in sets if not any(set(part) < set(each) for part in sets)]
    return found


def looked(rows: list[tuple[int, ...]], people: list[int], most: int, **how: object):  # type: ignore[no-untyped-def]
    codes, of_row, count = np.unique(np.array(rows), axis=0, return_inverse=True, return_counts=True)
    one = holder_of(of_row.ravel(), np.array(people), combinations=len(codes))
    return codes, special_uniques(codes, one, count, most=most, **how)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(TABLES, some.data(), some.integers(1, 5))
def test_every_minimal_set_is_found_and_no_other(rows: list[tuple[int, ...]], data: some.DataObject, most: int) -> None:
    people = data.draw(some.lists(some.integers(0, 6), min_size=len(rows), max_size=len(rows)))
    codes, found = looked(rows, people, most)
    most = min(most, len(rows[0]))
    truth = msus(rows, people, most)
    assert {tuple(codes[at]) for at in found.found} == set(truth)
    worth = {size: weight(size, len(rows[0]), most) for size in range(1, most + 1)}
    for at, combination in enumerate(found.found):
        sets = truth[tuple(codes[combination].tolist())]
        assert found.score[at] == sum(worth[len(each)] for each in sets)
        assert found.smallest[at] == min(map(len, sets), default=0)
    every = [each for sets in truth.values() for each in sets]
    assert found.by_size == tuple(sum(len(each) == size for each in every) for size in range(1, most + 1))
    assert set(found.column_sets) == {ColumnSet(each, every.count(each)) for each in every}
    total = sum(worth[len(each)] for each in every)
    for column, share in enumerate(found.share):
        assert share == pytest.approx(sum(worth[len(each)] for each in every if column in each) / (total or 1))


def test_rows_without_people_are_people_of_their_own() -> None:
    assert row_holders(np.array([1, 3, 1])).tolist() == [0, -1, 2]


def test_the_score_of_a_set_halves_and_more_with_each_column() -> None:
    """Looked for up to all columns, an MSU of k out of c scores (c - k)!: of four columns 6, 2, 1 and 1."""
    assert [weight(size, 4, 4) for size in (1, 2, 3, 4)] == [factorial(4 - size) for size in (1, 2, 3, 4)]
    assert [weight(size, 4, 3) for size in (1, 2, 3)] == [6, 2, 1]
    assert [weight(size, 5, 2) for size in (1, 2)] == [12, 3]


def test_a_worked_example_by_hand() -> None:
    """Four columns. The first row is alone by column 0 alone; the second by columns 1 and 2, and by 1 and 3."""
    rows = [(9, 0, 0, 0), (0, 1, 1, 1), (0, 1, 0, 0), (0, 0, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0)]
    codes, found = looked(rows, list(range(6)), 3)
    score = {tuple(codes[at].tolist()): float(found.score[i]) for i, at in enumerate(found.found)}
    assert score[(9, 0, 0, 0)] == 6
    assert score[(0, 1, 1, 1)] == 4  # two sets of two columns
    assert found.by_size[0] == 1


def test_the_chance_of_a_right_match_follows_uniques_and_pairs() -> None:
    """Skinner and Elliot (2002): f n1 / (f n1 + 2 (1 - f) n2)."""
    sizes = np.array([1, 1, 1, 2, 2, 7])
    assert match_chance(sizes, 0.1) == pytest.approx(0.3 / (0.3 + 2 * 0.9 * 2))
    assert match_chance(sizes, 1.0) == 1.0
    assert match_chance(np.array([2, 2]), 0.5) == 0.0


def test_a_higher_score_has_a_higher_chance_and_equal_scores_have_the_files_own() -> None:
    chances = dis_scores(np.array([6.0, 2.0, 1.0, 0.0]), 0.3, 4)
    assert chances[0] > chances[1] > chances[2] > chances[3] == 0
    assert dis_scores(np.array([2.0, 2.0]), 0.3, 4).tolist() == pytest.approx([0.3, 0.3])


def test_a_search_that_is_cut_short_says_so_and_counts_no_set_too_many() -> None:
    rng = np.random.default_rng(1)
    rows = [tuple(row) for row in rng.integers(0, 4, size=(60, 6)).tolist()]
    _, whole = looked(rows, list(range(60)), 3)
    _, cut = looked(rows, list(range(60)), 3, most_work=1000)
    assert whole.looked_at == whole.sets == 41 and cut.looked_at < cut.sets == 41
    assert set(cut.column_sets) <= set(whole.column_sets)
    assert (cut.score <= whole.score).all()


def test_no_columns_at_a_time_is_refused() -> None:
    with pytest.raises(BadInput):
        looked([(1,)], [0], 0)
