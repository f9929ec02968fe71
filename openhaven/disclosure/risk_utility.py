"""What each further level of each column would buy in risk and cost in information, and a path through all of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from openhaven.disclosure.classes import Classes, roll_up
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.levels import row_loss

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
    nothing = tuple(0 for _ in hierarchies)
    start = look.at(nothing, None)
    single = tuple(
        look.at((*nothing[:column], level, *nothing[column + 1 :]), column)
        for column, hierarchy in enumerate(hierarchies)
        for level in hierarchy.distinct_levels()[1:]
    )
    path, gave_up = _path(look, start, most_work)
    return RiskUtility(start, single, path, gave_up)


class _Look:
    """Counts what levels come to."""

    def __init__(self, classes: Classes, hierarchies: Sequence[Hierarchy], sizes: Sizes | None) -> None:
        self.classes, self.hierarchies, self.sizes, self.work = classes, hierarchies, sizes, 0

    def at(self, levels: tuple[int, ...], column: int | None) -> Point:
        merged, of_class = roll_up(self.classes, self.hierarchies, levels)
        counted = merged.rows if self.sizes is None else self.sizes(of_class)
        total = self.classes.total
        loss = row_loss(self.classes, self.hierarchies, levels)
        self.work += len(self.classes)
        return Point(
            levels,
            column,
            int(counted.min()),
            int((merged.rows == 1).sum()),
            float((merged.rows / counted).sum()) / total,
            1 / int(counted.min()),
            float(loss @ self.classes.rows) / total,
        )

    def next_up(self, levels: tuple[int, ...]) -> Iterator[Point]:
        for column, hierarchy in enumerate(self.hierarchies):
            higher = [level for level in hierarchy.distinct_levels() if level > levels[column]]
            if higher:
                yield self.at((*levels[:column], higher[0], *levels[column + 1 :]), column)


def _path(look: _Look, start: Point, most_work: int) -> tuple[tuple[Point, ...], str]:
    path = [start]
    while path[-1].k < look.classes.total:
        here = path[-1]
        if look.work + len(look.classes) * len(look.hierarchies) > most_work:
            return tuple(path), f"the path ends after {len(path) - 1} steps: more would take too long"
        points = list(look.next_up(here.levels))
        if not points:
            break
        path.append(max(points, key=lambda point: (_worth(here, point), -(point.column or 0))))
    return tuple(path), ""


def _worth(here: Point, there: Point) -> float:
    """The fall in mean risk for what is lost; a level that costs nothing is worth most."""
    return (here.mean - there.mean) / max(there.loss - here.loss, 1e-9)
