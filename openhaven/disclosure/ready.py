"""A ready table with its totals, cell by cell: checked for what is missing, double or does not add, then protected.

Counts are protected by a rule; amounts (sums of money, of days) by what each cell's own status and margins demand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

import numpy as np

from openhaven.disclosure.attack import Contradiction, Demand, told
from openhaven.disclosure.contributors import Contributors
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import Relations, Sum, joined, lines, totals
from openhaven.disclosure.problem import Problem, Suppressed, Unprotectable
from openhaven.disclosure.rules import checked_count
from openhaven.disclosure.suppression import suppress
from openhaven.disclosure.tables import MOST_CELLS, TOTAL, Cell, Table
from openhaven.model.errors import BadInput, Unmet

SAFE, UNSAFE, FROZEN, EMPTY = "S", "U", "Z", "E"
STATUSES = {SAFE: "may be hidden", UNSAFE: "must be hidden", FROZEN: "must be shown", EMPTY: "empty, must be shown"}
SAME = 1e-6
LARGEST_AMOUNT = 1e15  # beyond it neither the numbers nor the solver's own are exact to a unit
MOST_ROUNDS = 50  # of choosing again for what contributors know
Value = TypeVar("Value")


@dataclass(frozen=True)
class Axis:
    """The labels of one column, the total last, and which labels make up which."""

    name: str
    labels: tuple[str, ...]
    sums: tuple[Sum, ...]


@dataclass(frozen=True)
class Amount:
    """A cell of a table of amounts: `lower` and `upper` are how far below and above it must stay possible."""

    value: float
    status: str = SAFE
    lower: float = 0.0
    upper: float = 0.0
    cost: float | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise BadInput(f"there is no status {self.status!r}", todo=f"Use one of {', '.join(STATUSES)}.")
        numbers = (self.value, self.lower, self.upper, self.cost or 0)
        if not min(numbers) >= 0:
            raise BadInput(f"amounts, margins and costs are numbers, and cannot be negative: {min(numbers):g}")
        if max(numbers) > LARGEST_AMOUNT:
            raise BadInput(
                f"amounts, margins and costs cannot be above {LARGEST_AMOUNT:g}: {max(numbers):g}",
                todo="Give them in thousands or millions.",
            )


def axis_of(name: str, labels: Sequence[str], parents: Mapping[str, str] | None = None) -> Axis:
    """The axis of a column. `parents` gives each label the one it is part of, up to `Total`; none: all make up it."""
    ordered = [label for label in dict.fromkeys(labels) if label != TOTAL]
    if TOTAL not in labels:
        raise BadInput(f"the totals over {name} are missing", todo=f"Give them in lines that say {TOTAL}.")
    if parents is None:
        parents = dict.fromkeys(ordered, TOTAL)
    place = {label: at for at, label in enumerate([*ordered, TOTAL])}
    below: dict[str, list[int]] = {}
    for label in ordered:
        if label not in parents:
            raise BadInput(f"the hierarchy of {name} does not say what {label!r} is part of")
        if parents[label] not in place:
            raise BadInput(f"the totals of {parents[label]!r} are missing", where=name)
        below.setdefault(parents[label], []).append(place[label])
    deepest_first = sorted(below, key=lambda each: -_depth(each, parents))
    return Axis(name, tuple(ordered), tuple((place[each], tuple(below[each])) for each in deepest_first))


def _depth(label: str, parents: Mapping[str, str]) -> int:
    depth = 0
    while label in parents and depth <= len(parents):
        label, depth = parents[label], depth + 1
    return depth


def filled(axes: Sequence[Axis], cells: Sequence[tuple[tuple[str, ...], Value]]) -> dict[Cell, Value]:
    """Every cell by its place. Raises BadInput where one is missing or given twice."""
    place = [{label: at for at, label in enumerate([*axis.labels, TOTAL])} for axis in axes]
    found: dict[Cell, Value] = {}
    for labels, value in cells:
        cell = tuple(places[label] for places, label in zip(place, labels, strict=True))
        if cell in found:
            raise BadInput(f"{' and '.join(labels)} is given twice")
        found[cell] = value
    sizes = [len(axis.labels) + 1 for axis in axes]
    if np.prod(sizes) > MOST_CELLS:
        raise BadInput(f"the table would have {int(np.prod(sizes)):,} cells")
    for cell in product(*(range(size) for size in sizes)):
        if cell not in found:
            raise BadInput(
                f"{named(axes, cell)} is missing", todo="Give every cell and every total, 0 where nothing is."
            )
    return found


def named(axes: Sequence[Axis], cell: Cell) -> str:
    """The cell's labels."""
    return " and ".join((*axis.labels, TOTAL)[place] for axis, place in zip(axes, cell, strict=True))


def table_of(unit: str, axes: Sequence[Axis], cells: Sequence[tuple[tuple[str, ...], int]]) -> Table:
    """A table of counts. Raises BadInput where a count is none, or totals do not add."""
    found: dict[Cell, int] = filled(axes, cells)
    counts = np.zeros([len(axis.labels) + 1 for axis in axes], dtype=np.int64)
    for cell in found:
        counts[cell] = checked_count(found[cell], where=named(axes, cell))
    check_totals(axes, counts.astype(np.float64), tolerance=0)
    by, labels = tuple(axis.name for axis in axes), tuple(axis.labels for axis in axes)
    return Table(unit, by, labels, counts, tuple(axis.sums for axis in axes))


def check_totals(axes: Sequence[Axis], values: Floats, *, tolerance: float) -> None:
    """Raises BadInput, naming the first total that differs from its parts by more than `tolerance`."""
    for number, axis in enumerate(axes):
        places = np.moveaxis(values, number, 0)
        for total, parts in axis.sums:
            off = np.abs(places[list(parts)].sum(axis=0) - places[total])
            if (off > tolerance + SAME * np.abs(places[total])).any():
                at = [int(each) for each in np.unravel_index(int(off.argmax()), off.shape)]
                cell = (*at[:number], total, *at[number:])
                made = places[list(parts)].sum(axis=0).ravel()[int(off.argmax())]
                raise BadInput(
                    f"{named(axes, cell)} is {values[cell]:g}, but its parts over {axis.name} sum to {made:g}"
                )


@dataclass(frozen=True)
class ProtectedAmounts:
    """What is hidden of a table of amounts: its unsafe cells, and others to protect them."""

    hidden: Ints
    second: Ints
    chosen: Suppressed


def protect_amounts(
    axes: Sequence[Axis],
    cells: Sequence[tuple[tuple[str, ...], Amount]],
    *,
    tolerance: float = 0.0,
    contributors: Contributors | None = None,
) -> ProtectedAmounts:
    """Hide unsafe amounts and as little else as is found to do. Cells are numbered in printing order.

    `tolerance`: how far totals may differ from their parts (rounded by who made them); the attacker is taken to know
    the difference. `contributors`: where they are known, none of them tells another's amount either. Raises Unmet,
    naming the cell, where one cannot be protected.
    """
    found = filled(axes, cells)
    for cell, amount in found.items():
        if amount.status == UNSAFE and not amount.lower + amount.upper:
            raise BadInput(
                f"{named(axes, cell)} must be hidden, but nothing says how far below or above it must stay possible",
                todo="Name the columns of margins: --lower and --upper.",
            )
    shape = tuple(len(axis.labels) + 1 for axis in axes)
    amounts = [found[cell] for cell in np.ndindex(*shape)]
    problem = _problem(axes, shape, amounts)
    check_totals(axes, problem.values.reshape(shape), tolerance=tolerance)
    try:
        problem, chosen = _chosen(problem, contributors)
        exposed = told(problem.known(chosen.hidden), problem.demands)
    except Unprotectable as failing:
        at = problem.demands[failing.demands[0]].cells[0]
        name = named(axes, tuple(int(each) for each in np.unravel_index(at, shape)))
        raise Unmet(
            f"{name} cannot be protected even with every cell hidden that may be",
            todo="Let more cells be hidden, ask for narrower margins, or make coarser categories. Nothing is written.",
        ) from None
    except Contradiction:
        raise BadInput("the table contradicts itself") from None
    if exposed:
        raise Unmet("the audit still finds a cell exposed")
    second = chosen.hidden & ~problem.forced
    return ProtectedAmounts(np.nonzero(chosen.hidden)[0], np.nonzero(second)[0], chosen)


def _chosen(problem: Problem, contributors: Contributors | None) -> tuple[Problem, Suppressed]:
    """A choice, and what was asked of it: chosen again until it tells no contributor another's amount."""
    for _ in range(MOST_ROUNDS):
        chosen = suppress(problem)
        more = contributors.told(problem, chosen.hidden) if contributors else []
        if not more:
            return problem, chosen
        problem = replace(problem, demands=[*problem.demands, *more])
    raise Unmet("what contributors tell of each other was not protected against", todo="Count by coarser categories.")


def _problem(axes: Sequence[Axis], shape: tuple[int, ...], amounts: Sequence[Amount]) -> Problem:
    values = np.array([each.value for each in amounts])
    unsafe = np.array([each.status == UNSAFE for each in amounts])
    frozen = np.array([each.status in (FROZEN, EMPTY) for each in amounts])
    cost = np.array([each.value if each.cost is None else each.cost for each in amounts])
    parts = [each for at, axis in enumerate(axes) for each in totals(lines(shape, at), axis.sums)]
    relations = joined(len(values), parts)
    off = relations.of(values)
    relations = Relations(len(values), relations.starts, relations.index, relations.sign, off, off)
    demands = [
        Demand((at,), below=each.value - each.lower, above=each.value + each.upper)
        for at, each in enumerate(amounts)
        if each.status == UNSAFE
    ]
    far = (np.zeros_like(values), values + float(values.max(initial=1)))
    return Problem(relations, values, values, values, *far, cost, unsafe, frozen, demands, whole=False)
