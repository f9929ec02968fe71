"""Singling out by what a class is not: a recoding that is as fine as it can be left a label coarse because its rows do
not all lie in one part of it (Cohen, "Attacks on Deidentification's Defenses", USENIX Security 2022). Of few rows it is
then likely that just one lies in a part; where no other class reaches, a description of that part fits one person.

k promises nothing of such descriptions: they are finer than any label that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.attacks import Attack, Released, fits_one, judged
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints

NAME = "singling out by parts of a class"
SAYS = "k promises nothing of a description finer than the labels; the advantage is what counts"
MOST_TRIED, AT_ONCE = 2_000, 4_000_000  # descriptions judged beside all other classes; cells of that comparison
LIKELY = 0.5  # of the likeliest: what is claimed
MOST_CELLS = 50_000_000  # of the parts of a column's labels


@dataclass(frozen=True)
class _Described:
    """Descriptions: the labels of a class, but in one column (`at`) only a part, those leaves. `alone` is how likely
    just one row of the class lies there, before other classes are looked at."""

    of_class: Ints
    at: Ints
    part: tuple[Bools, ...]
    alone: Floats


def by_parts(released: Released, hierarchies: Sequence[Hierarchy], *, attempts: int, seed: int) -> Attack | None:
    """Claims the likeliest descriptions. The control claims the same parts beside labels of random rows. None where
    every cell is as fine as it can be."""
    rng = np.random.default_rng(seed)
    tried = _described(released, hierarchies)
    if tried is None:
        return None
    likely = tried.alone * np.exp(-_others(released, tried))
    best = np.argsort(-likely, kind="stable")[:attempts]
    best = best[likely[best] >= LIKELY * likely[best[0]]]
    mixed = rng.integers(released.rows, size=(len(best), len(released.columns)))
    hits = [_fits(released, tried, each, released.labels[tried.of_class[each]]) for each in best.tolist()]
    control = [
        _fits(released, tried, each, np.array([c.shown[row] for c, row in zip(released.columns, rows, strict=True)]))
        for each, rows in zip(best.tolist(), mixed.tolist(), strict=True)
    ]
    return judged(NAME, np.array(hits), np.array(control), None, SAYS)


def _fits(released: Released, tried: _Described, each: int, labels: Ints) -> bool:
    sets = [column.covers[label] for column, label in zip(released.columns, labels.tolist(), strict=True)]
    sets[int(tried.at[each])] = tried.part[each]
    return fits_one(released, sets)


def _described(released: Released, hierarchies: Sequence[Hierarchy]) -> _Described | None:
    """The descriptions that are likeliest to fit one row of their class, at most so many."""
    found = [
        (alone, of_class, at, part)
        for at in range(len(released.columns))
        for alone, of_class, part in _in_column(released, hierarchies[at], at)
    ]
    found.sort(key=lambda each: (-each[0], each[1], each[2]))
    if not found:
        return None
    alone, of_class, at, part = zip(*found[:MOST_TRIED], strict=True)
    return _Described(np.array(of_class), np.array(at), part, np.array(alone))


def _in_column(released: Released, hierarchy: Hierarchy, at: int) -> Iterator[tuple[float, int, Bools]]:
    """Of each class the parts of its label in this column; the smallest classes, of more rows more lie in each."""
    column, sizes = released.columns[at], np.bincount(released.class_of)
    if len(column.covers) * column.covers.shape[1] > MOST_CELLS:
        return
    parts: dict[int, tuple[Bools, ...]] = {}
    for of_class in np.argsort(sizes, kind="stable")[:MOST_TRIED].tolist():
        label = int(released.labels[of_class, at])
        if label not in parts:
            parts[label] = _parts(hierarchy, column.covers[label])
        for part in parts[label]:
            share = float(part.sum() / column.covers[label].sum())
            yield _alone(int(sizes[of_class]), share), of_class, part


def _parts(hierarchy: Hierarchy, covered: Bools) -> tuple[Bools, ...]:
    """The groups of the next finer level: of the highest at which what is covered is not one."""
    for level in reversed(hierarchy.distinct_levels()):
        codes = hierarchy.groupings[level].codes
        inside = np.unique(codes[covered])
        if len(inside) > 1:
            return tuple((codes == each) & covered for each in inside.tolist())
    return ()


def _alone(rows: int, share: float) -> float:
    """How likely just one of so many rows lies in a part of this share, given that they lie neither all in it nor all
    outside: the class would have been finer."""
    open_left = 1 - share**rows - (1 - share) ** rows
    return rows * share * (1 - share) ** (rows - 1) / open_left if open_left > 0 else 0.0


def _others(released: Released, tried: _Described) -> Floats:
    """How many rows of other classes are to be expected under each description, their values spread evenly."""
    sizes = np.bincount(released.class_of).astype(np.float64)
    expected = np.empty(len(tried.at))
    step = max(1, AT_ONCE // len(sizes))
    for begin in range(0, len(expected), step):
        some = np.arange(begin, min(begin + step, len(expected)))
        share = np.ones((len(some), len(sizes)))
        for at in range(len(released.columns)):
            share *= _overlap(released, tried, some, at)
        share[np.arange(len(some)), tried.of_class[some]] = 0.0
        expected[some] = share @ sizes
    return expected


def _overlap(released: Released, tried: _Described, some: Ints, at: int) -> Floats:
    """For descriptions x classes: the share of the class's label in this column that the description covers."""
    column = released.columns[at]
    here, labels = tried.at[some] == at, released.labels[:, at]
    used, place = np.unique(released.labels[tried.of_class[some], at], return_inverse=True)
    width = column.covers.sum(axis=1)
    between = (column.covers[used].astype(np.float32) @ column.covers.T.astype(np.float32)) / width
    found = between[place][:, labels].astype(np.float64)
    if here.any():
        parts = np.stack([tried.part[each] for each in some[here].tolist()]).astype(np.float32)
        found[here] = ((parts @ column.covers.T.astype(np.float32)) / width)[:, labels]
    return np.asarray(found, dtype=np.float64)
