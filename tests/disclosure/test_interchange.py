"""What nobody can rule out: held to an attacker who tries every file that could have become the one they see."""

from collections import defaultdict
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openhaven.disclosure.classes import Classes, ValueCounts, combine
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.interchange import by_history, loss_for_sure, of_rows
from openhaven.disclosure.local import recode_locally
from openhaven.disclosure.models import Demands, DistinctL, EqualT, K
from openhaven.model.errors import BadInput, Unmet

TREES = (
    Hierarchy("x", (("0", "1", "2", "3"), ("01", "01", "23", "23"), ("*",) * 4)),
    Hierarchy("x", (("0", "1", "2"), ("01", "01", "2"), ("*",) * 3)),
    Hierarchy("x", (("0", "1", "2"), ("*",) * 3)),
)
SEX = Hierarchy("y", (("f", "m"), ("*", "*")))
Row = tuple[int, ...]


def recoded(
    rows: list[Row], trees: list[Hierarchy], demands: Demands
) -> tuple[list[Row], float, list[tuple[str, ...]]]:
    """The rows one by one, the loss that is promised, and what each row shows: labels, and its value."""
    found, counts = np.unique(np.array(rows), axis=0, return_counts=True)
    counted = None
    if found.shape[1] == 3:
        counted = ValueCounts.of(np.arange(len(found)), found[:, 2], count=counts, values=2)
    made = recode_locally(Classes(found[:, :2], counts, None, counted), trees, demands=demands)
    value = found[:, 2] if found.shape[1] == 3 else np.zeros(len(found), dtype=np.int64)
    sure = loss_for_sure(found[:, :2], made.class_of * 2 + value, counts, trees)
    shown = [
        (*(tree.levels[level][leaf] for tree, level, leaf in zip(trees, levels, row[:2], strict=True)), str(held))
        for levels, row, held in zip(made.levels, found, value, strict=True)
    ]
    each = [at for at, count in enumerate(counts) for _ in range(count)]
    return [tuple(found[at].tolist()) for at in each], sure, [shown[at] for at in each]


@pytest.mark.parametrize(
    ("tree", "models"),
    [(TREES[0], (K(2),)), (TREES[1], (K(3),)), (TREES[1], (K(2), DistinctL(2))), (TREES[2], (K(2), EqualT(0.3)))],
    ids=["k = 2", "k = 3", "l = 2", "t = 0.3"],
)
def test_an_attacker_who_tries_every_file_is_left_with_as_much_as_is_promised(
    tree: Hierarchy, models: tuple[K | DistinctL | EqualT, ...]
) -> None:
    """All files of four rows; of those that show the same, each value of each cell stays possible."""
    trees, values = [tree, SEX], (2,) if len(models) > 1 else ()
    cells = list(product(*(range(size) for size in (len(tree.leaves) - bool(values), 2, *values))))
    seen = defaultdict(list)
    for rows in combinations_with_replacement(cells, 4):
        try:
            each, sure, shown = recoded(list(rows), trees, Demands(models))
        except (BadInput, Unmet):
            continue
        seen[tuple(sorted(shown))].append((each, sure, shown))
    assert len(seen) > 3, "the attacker has something to do"
    for files in seen.values():
        possible: dict[tuple[tuple[str, ...], int], set[int]] = defaultdict(set)
        for each, _, shown in files:
            for row, labels in zip(each, shown, strict=True):
                for at in range(2):
                    possible[labels, at].add(row[at])
        left = [
            (len(possible[labels, at]) - 1) / (len(trees[at].leaves) - 1) for labels in files[0][2] for at in range(2)
        ]
        assert max(sure for _, sure, _ in files) <= sum(left) / len(left) + 1e-9


@settings(max_examples=60, deadline=None)
@given(some.integers(2, 40), some.integers(2, 5), some.integers(0, 2**32 - 1))
def test_where_a_row_stands_decides_nothing(rows: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = np.unique(np.stack([rng.integers(0, size, rows) for size in (4, 2, 2)], axis=1), axis=0)
    counts = rng.integers(1, 4, len(table))
    models = (K(k), EqualT(0.4)) if seed % 2 else (K(k),)

    def made(order: np.ndarray) -> list[tuple[int, ...]] | None:
        values = ValueCounts.of(np.arange(len(order)), table[order, 2], count=counts[order], values=2)
        classes = Classes(table[order, :2], counts[order], None, values)
        try:
            found = recode_locally(classes, [TREES[0], SEX], demands=Demands(models))
        except (BadInput, Unmet):
            return None
        back = np.argsort(order)
        return [
            (*levels, int(number))
            for levels, number in zip(found.levels[back].tolist(), found.class_of[back], strict=True)
        ]

    first = np.arange(len(table))
    assert made(first) == made(rng.permutation(first))


def test_people_change_places_with_those_who_have_as_many_rows_in_each_class() -> None:
    """Ann and Ben have a row in class 0 and one in class 1, Cat has two in class 0, and one row is nobody's."""
    person, shown = np.array([0, 0, 1, 1, 2, 2, -1]), np.array([0, 1, 1, 0, 0, 0, 0])
    alike = by_history(person, shown)
    assert [np.flatnonzero(alike == each).tolist() for each in dict.fromkeys(alike.tolist())] == [
        [0, 3],
        [1, 2],
        [4, 5],
        [6],
    ]


@settings(max_examples=100, deadline=None)
@given(some.lists(some.tuples(some.integers(-1, 5), some.integers(0, 2), some.integers(0, 3)), min_size=1, max_size=25))
def test_the_loss_for_sure_is_that_of_the_definition(rows: list[Row]) -> None:
    person, shown, leaf = (np.array(each) for each in zip(*rows, strict=True))
    histories = {
        who: tuple(sorted(label for other, label, _ in rows if other == who)) for who in set(person.tolist()) - {-1}
    }
    lost = 0.0
    for who, label, _ in rows:
        alike = {
            value
            for other, theirs, value in rows
            if theirs == label and (histories[who] == histories.get(other) if who >= 0 else other < 0)
        }
        lost += (len(alike) - 1) / 3
    line, alike, counts = of_rows(leaf, by_history(person, shown))
    assert abs(loss_for_sure(line[:, None], alike, counts, [TREES[0]]) - lost / len(rows)) < 1e-9
    assert combine([line, alike], [4, int(alike.max()) + 1]).tolist() == sorted(
        set(combine([line, alike], [4, int(alike.max()) + 1]).tolist())
    )
