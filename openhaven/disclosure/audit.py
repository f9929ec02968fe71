"""The judge: what somebody can tell who holds the published tables, knows the rule, and can add and subtract.

Apart from the protector, and told nothing but what is published. The attacker is taken to know which cells were
hidden for being small, save in a line that is withheld whole: there a `*` tells nothing. Bounds come from every
row and column, again and again until nothing narrows; linear algebra finds a hidden cell that all equations
together determine. Not yet sought: a cell that all equations together only narrow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.rules import HIDDEN, LARGEST, Rule
from openhaven.disclosure.tables import Cell

MOST_ROUNDS = 200  # bounds are true after any number of rounds; more only narrow them
SAME = 1e-7
Number = TypeVar("Number", np.int64, np.bool_)


@dataclass(frozen=True)
class Published:
    """A table as printed: `shown` holds numbers as text and `*`; `small` marks cells hidden for being small.

    `withheld` marks lines printed as `*` from end to end, total included, whatever they hold. `exact` marks
    national totals printed unrounded; `adds_up` says of each axis whether its totals are sums.
    """

    rule: Rule
    unit: str
    by: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    shown: tuple[str, ...]
    small: Bools
    withheld: Bools
    exact: Bools
    adds_up: tuple[bool, ...]

    @property
    def hidden(self) -> Bools:
        """Which cells print as `*`."""
        return np.array([text == HIDDEN for text in self.shown]).reshape(self.small.shape)


@dataclass(frozen=True)
class Exposure:
    """A small count that can be told too well: it lies between `low` and `high`."""

    table: int
    cell: Cell
    low: int
    high: int
    why: str


@dataclass(frozen=True)
class Bounds:
    """Lowest and highest count of each cell of one table that agree with all that is published."""

    low: Ints
    high: Ints


def audit(tables: Sequence[Published], *, people_of: Sequence[tuple[int, int]] = ()) -> list[Exposure]:
    """Every exposed cell; an empty list is a pass.

    `people_of` pairs (people table, rows table) over the same cells: people are never more than rows.
    """
    bounds = infer(tables, people_of=people_of)
    return [
        exposure
        for number, (table, bound) in enumerate(zip(tables, bounds, strict=True))
        for exposure in _exposures(number, table, bound)
    ]


def infer(tables: Sequence[Published], *, people_of: Sequence[tuple[int, int]] = ()) -> list[Bounds]:
    """Bounds on every cell, from all tables together."""
    bounds = [_at_first(table) for table in tables]
    for _ in range(MOST_ROUNDS):
        before = [(bound.low.copy(), bound.high.copy()) for bound in bounds]
        for table, bound in zip(tables, bounds, strict=True):
            for axis in range(bound.low.ndim):
                _narrow(bound, axis, adds_up=table.adds_up[axis])
        for people, rows in people_of:
            _narrow_people(bounds[people], bounds[rows])
        if all((b.low == low).all() and (b.high == high).all() for b, (low, high) in zip(bounds, before, strict=True)):
            break
    return bounds


def _at_first(table: Published) -> Bounds:
    """What each cell alone tells."""
    ranges = np.array([table.rule.possible(text) for text in table.shown], dtype=np.int64)
    low, high = (ranges[:, side].reshape(table.small.shape) for side in (0, 1))
    untold = table.hidden & (table.withheld | ~table.small)
    low[untold], high[untold] = 0, LARGEST
    for place in zip(*np.nonzero(table.exact), strict=True):
        value = int(table.shown[int(np.ravel_multi_index(place, table.small.shape))])
        low[place] = high[place] = value
    return Bounds(low, high)


def _narrow(bound: Bounds, axis: int, *, adds_up: bool) -> None:
    """One pass over every line of an axis: the total bounds the parts and the parts bound the total."""
    low, total_low = _parts_and_total(bound.low, axis)
    high, total_high = _parts_and_total(bound.high, axis)
    sum_low, sum_high = low.sum(axis=0, keepdims=True), high.sum(axis=0, keepdims=True)
    others_low = sum_low - low if adds_up else np.zeros_like(low)
    others_high = sum_high - high
    np.maximum(total_low, sum_low if adds_up else low.max(axis=0, keepdims=True), out=total_low)
    np.minimum(total_high, sum_high, out=total_high)
    np.maximum(low, total_low - others_high, out=low)
    np.minimum(high, total_high - others_low, out=high)


def _parts_and_total(array: npt.NDArray[Number], axis: int) -> tuple[npt.NDArray[Number], npt.NDArray[Number]]:
    """Views with the axis first: the parts, and the one total."""
    lines = np.moveaxis(array, axis, 0)
    return lines[:-1], lines[-1:]


def _narrow_people(people: Bounds, rows: Bounds) -> None:
    """People are never more than their rows, and where there are rows there is somebody."""
    np.minimum(people.high, rows.high, out=people.high)
    np.maximum(rows.low, people.low, out=rows.low)
    np.maximum(people.low, np.minimum(rows.low, 1), out=people.low)
    rows.high[people.high == 0] = 0


def _exposures(number: int, table: Published, bound: Bounds) -> Iterator[Exposure]:
    told = _determined(table, bound)
    everybody = _all_of_a_total(bound)
    few = bound.high - bound.low + 1 < table.rule.fewest_values
    for place in zip(*np.nonzero(table.small & (told | everybody | few)), strict=True):
        cell = tuple(int(index) for index in place)
        if few[place]:
            why = f"only {int(bound.high[place] - bound.low[place]) + 1} value(s) are possible"
        else:
            why = "the equations determine it" if told[place] else "it is seen to be all of its total"
        yield Exposure(number, cell, int(bound.low[place]), int(bound.high[place]), why)


def _all_of_a_total(bound: Bounds) -> Bools:
    """Cells seen to equal a total above 0: whoever is in the total has what the cell says."""
    found = np.zeros(bound.low.shape, dtype=np.bool_)
    for axis in range(bound.low.ndim):
        low, total_low = _parts_and_total(bound.low, axis)
        high, total_high = _parts_and_total(bound.high, axis)
        if len(low) > 1:  # with one category, being all of the total says nothing
            alone = high.sum(axis=0, keepdims=True) - high == 0
            parts, _ = _parts_and_total(found, axis)
            parts |= (alone | (low >= total_high)) & (total_low > 0)
    return found


def _determined(table: Published, bound: Bounds) -> Bools:
    """Unknown cells that the sums determine: those whose unit vector lies in the row space of the equations."""
    unknown = bound.low < bound.high
    found = np.zeros(unknown.shape, dtype=np.bool_)
    equations = _equations(table, unknown)
    if len(equations):
        overlap = np.linalg.pinv(equations @ equations.T, hermitian=True) @ equations
        found[unknown] = np.abs((equations * overlap).sum(axis=0) - 1) < SAME
    return found


def _equations(table: Published, unknown: Bools) -> Floats:
    """One line an equation, one column an unknown cell; sums that hold no unknown are left out."""
    number = np.where(unknown, np.cumsum(unknown.ravel()).reshape(unknown.shape) - 1, -1)
    lines: list[Floats] = []
    for axis in (axis for axis, adds in enumerate(table.adds_up) if adds):
        for line in np.moveaxis(number, axis, -1).reshape(-1, number.shape[axis]):
            if (line >= 0).any():
                equation = np.zeros(int(unknown.sum()))
                equation[line[:-1][line[:-1] >= 0]] = 1.0
                equation[line[-1:][line[-1:] >= 0]] = -1.0
                lines.append(equation)
    return np.array(lines)
