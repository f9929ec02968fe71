"""What each further level of each column would buy in risk and cost in information, and a path through all of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Classes, roll_up
from openhaven.disclosure.hierarchy import Hierarchy, Ints

MOST_WORK = 40_000_000  # combinations rolled up along the path
Sizes = Callable[[Ints], Ints]


@dataclass(frozen=True)
class Point:
    """With each column at its level: the smallest class, rows alone, mean and highest risk of a row, and loss, 0 to 1.

    `column` is the one that was raised last (by number), None where all stand at level 0."""

    levels: tuple[int, ...]
    column: int | None
    k: int
    uniques: int
    mean: float
    highest: float
    loss: float


@dataclass(frozen=True)
class RiskUtility:
    """`single` raises one column and leaves the others; `path` raises, step by step, the column that buys the greatest
    fall in mean risk for its cost. `gave_up` where the path was cut short."""

    start: Point
    single: tuple[Point, ...]
    path: tuple[Point, ...]
    gave_up: str


def risk_utility(
    classes: Classes, hierarchies: Sequence[Hierarchy], *, sizes: Sizes | None = None, most_work: int = MOST_WORK
) -> RiskUtility:
    """`sizes` counts people in the merged classes, given the merged class of each class; else rows are counted."""
    look = _Look(classes, hierarchies, sizes)
    whole = _Merged(classes, np.arange(len(classes)))
    nothing = tuple(0 for _ in hierarchies)
    start, _ = look.at(nothing, None, whole)
    single = tuple(
        look.at((*nothing[:column], level, *nothing[column + 1 :]), column, whole)[0]
        for column, hierarchy in enumerate(hierarchies)
        for level in hierarchy.distinct_levels()[1:]
    )
    path, gave_up = _path(look, start, whole, most_work)
    return RiskUtility(start, single, path, gave_up)


@dataclass(frozen=True)
class _Merged:
    """Classes put together; one leaf of each group stands for it, since all of a group share what is above."""

    classes: Classes
    of_first: Ints


class _Look:
    """Counts what levels come to."""

    def __init__(self, classes: Classes, hierarchies: Sequence[Hierarchy], sizes: Sizes | None) -> None:
        self.hierarchies, self.sizes, self.total, self.work = hierarchies, sizes, classes.total, 0
        self.losses = [
            [float(each.loss[each.codes[leaves]] @ classes.rows) / classes.total for each in hierarchy.groupings]
            for hierarchy, leaves in zip(hierarchies, classes.codes.T, strict=True)
        ]

    def at(self, levels: tuple[int, ...], column: int | None, below: _Merged) -> tuple[Point, _Merged]:
        """What these levels come to, from classes merged at levels that are nowhere higher."""
        merged, of_class = roll_up(below.classes, self.hierarchies, levels)
        some = np.empty(len(merged), dtype=np.int64)
        some[of_class] = np.arange(len(of_class))
        here = _Merged(Classes(below.classes.codes[some], merged.rows), of_class[below.of_first])
        counted = merged.rows if self.sizes is None else self.sizes(here.of_first)
        self.work += len(below.classes) if self.sizes is None else len(below.of_first)
        loss = sum(self.losses[at][level] for at, level in enumerate(levels)) / len(levels)
        mean = float((merged.rows / counted).sum()) / self.total
        alone, k = int((merged.rows == 1).sum()), int(counted.min())
        return Point(levels, column, k, alone, mean, 1 / k, loss), here

    def next_up(self, levels: tuple[int, ...], below: _Merged) -> Iterator[tuple[Point, _Merged]]:
        for column, hierarchy in enumerate(self.hierarchies):
            higher = [level for level in hierarchy.distinct_levels() if level > levels[column]]
            if higher:
                yield self.at((*levels[:column], higher[0], *levels[column + 1 :]), column, below)


def _path(look: _Look, start: Point, whole: _Merged, most_work: int) -> tuple[tuple[Point, ...], str]:
    path, here = [start], whole
    while path[-1].k < look.total:
        last = path[-1]
        if look.work > most_work:
            return tuple(path), f"the path ends after {len(path) - 1} steps: more would take too long"
        found = list(look.next_up(last.levels, here))
        if not found:
            break
        point, here = max(found, key=lambda each: (_worth(last, each[0]), -(each[0].column or 0)))
        path.append(point)
    return tuple(path), ""


def _worth(here: Point, there: Point) -> float:
    """The fall in mean risk for what is lost; a level that costs nothing is worth most."""
    return (here.mean - there.mean) / max(there.loss - here.loss, 1e-9)
