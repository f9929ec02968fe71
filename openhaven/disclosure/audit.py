"""The judge: what somebody can tell who holds the published tables, knows the rule, and can add and subtract
(the test of what was made in ANON-02; the motivated intruder of ANON-05).

Apart from the protector, and told nothing but what is published. The attacker is taken to know which cells were
hidden for being small, save in a line that is withheld whole: there a `*` tells nothing. Bounds come from every
row and column, again and again until nothing narrows; linear algebra finds a hidden cell that all equations
together determine. Not yet sought: a cell that all equations together only narrow (it happens in tables by three
columns with exact counts), nor what follows from a `*` that is known not to be small.
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
from openhaven.model.errors import BadInput

MOST_ROUNDS = 200  # bounds are true after any number of rounds; more only narrow them
SAME = 1e-7
Link = tuple[int, int]  # the places of a table of people and of the table of their rows
Number = TypeVar("Number", np.int64, np.bool_)


@dataclass(frozen=True)
class Published:
    """A table as printed: `shown` holds numbers as text and `*`; `small` marks cells hidden for being small.

    `withheld` marks lines printed as `*` from end to end, total included, whatever they hold. `exact` marks
    national totals printed unrounded; `adds_up` says of each axis whether its totals are sums. `nobody_known`, of a
    table of people: some cell holds rows and nobody, since not every row names its person.
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
    nobody_known: bool = False

    @property
    def hidden(self) -> Bools:
        """Which cells print as `*`."""
        hidden: Bools = np.array(self.shown) == HIDDEN
        return hidden.reshape(self.small.shape)


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


def audit(tables: Sequence[Published], *, people_of: Sequence[Link] = ()) -> list[Exposure]:
    """Every exposed cell; an empty list is a pass.

    `people_of` pairs (people table, rows table) over the same cells: people are never more than rows. Raises
    BadInput where the tables contradict one another: then nothing that follows from them says anything.
    """
    bounds = infer(tables, people_of=people_of)
    for table, bound in zip(tables, bounds, strict=True):
        if (bound.low > bound.high).any():
            raise BadInput(f"no {table.unit} fit all that the tables show", where=" by ".join(table.by))
    return [
        exposure
        for number, (table, bound) in enumerate(zip(tables, bounds, strict=True))
        for exposure in _exposures(number, table, bound)
    ]


def infer(tables: Sequence[Published], *, people_of: Sequence[Link] = ()) -> list[Bounds]:
    """Bounds on every cell, from all tables together."""
    return narrowed(tables, [at_first(table) for table in tables], people_of=people_of)


def narrowed(tables: Sequence[Published], bounds: Sequence[Bounds], *, people_of: Sequence[Link]) -> list[Bounds]:
    """What follows from these bounds on each cell; of the tables only how they hang together is read."""
    bounds = [Bounds(bound.low.copy(), bound.high.copy()) for bound in bounds]
    for _ in range(MOST_ROUNDS):
        before = [(bound.low.copy(), bound.high.copy()) for bound in bounds]
        for table, bound in zip(tables, bounds, strict=True):
            for axis in range(bound.low.ndim):
                narrow_lines(bound, axis, adds_up=table.adds_up[axis])
        for people, rows in people_of:
            narrow_people(bounds[people], bounds[rows], nobody_known=tables[people].nobody_known)
        if all((b.low == low).all() and (b.high == high).all() for b, (low, high) in zip(bounds, before, strict=True)):
            break
    return bounds


def at_first(table: Published) -> Bounds:
    """What each cell alone tells."""
    texts, which = np.unique(np.array(table.shown), return_inverse=True)
    ranges = np.array([table.rule.possible(str(text)) for text in texts], dtype=np.int64)[which]
    low, high = (ranges[:, side].reshape(table.small.shape) for side in (0, 1))
    untold = table.hidden & (table.withheld | ~table.small)
    low[untold], high[untold] = 0, LARGEST
    for place in zip(*np.nonzero(table.exact), strict=True):
        value = int(table.shown[int(np.ravel_multi_index(place, table.small.shape))])
        low[place] = high[place] = value
    return Bounds(low, high)


def narrow_lines(bound: Bounds, axis: int, *, adds_up: bool) -> None:
    """One pass over every line of an axis: the total bounds the parts and the parts bound the total."""
    low, total_low = parts_and_total(bound.low, axis)
    high, total_high = parts_and_total(bound.high, axis)
    sum_low, sum_high = low.sum(axis=0, keepdims=True), high.sum(axis=0, keepdims=True)
    others_low = sum_low - low if adds_up else np.zeros_like(low)
    others_high = sum_high - high
    np.maximum(total_low, sum_low if adds_up else low.max(axis=0, keepdims=True), out=total_low)
    np.minimum(total_high, sum_high, out=total_high)
    np.maximum(low, total_low - others_high, out=low)
    np.minimum(high, total_high - others_low, out=high)


def parts_and_total(array: npt.NDArray[Number], axis: int) -> tuple[npt.NDArray[Number], npt.NDArray[Number]]:
    """Views with the axis first: the parts, and the one total."""
    lines = np.moveaxis(array, axis, 0)
    return lines[:-1], lines[-1:]


def narrow_people(people: Bounds, rows: Bounds, *, nobody_known: bool) -> None:
    """People are never more than their rows, and where there are rows there is somebody, unless nobody is known."""
    np.minimum(people.high, rows.high, out=people.high)
    np.maximum(rows.low, people.low, out=rows.low)
    if not nobody_known:
        np.maximum(people.low, np.minimum(rows.low, 1), out=people.low)
        rows.high[people.high == 0] = 0


def _exposures(number: int, table: Published, bound: Bounds) -> Iterator[Exposure]:
    few, everybody = too_few(table, bound), all_of_a_total(bound)
    for place in zip(*np.nonzero(exposed(table, bound)), strict=True):
        cell = tuple(int(index) for index in place)
        if few[place]:
            why = f"only {int(bound.high[place] - bound.low[place]) + 1} value(s) are possible"
        else:
            why = "it is seen to be all of its total" if everybody[place] else "the equations determine it"
        yield Exposure(number, cell, int(bound.low[place]), int(bound.high[place]), why)


def exposed(table: Published, bound: Bounds) -> Bools:
    """Small counts with too few possible values, seen to be all of a total, or determined by all sums together."""
    found = table.small & (too_few(table, bound) | all_of_a_total(bound))
    if (table.small & ~found).any():
        found |= table.small & determined(table, bound)
    return found


def too_few(table: Published, bound: Bounds) -> Bools:
    """Cells left with fewer whole numbers than the rule demands."""
    few: Bools = bound.high - bound.low + 1 < table.rule.fewest_values
    return few


def all_of_a_total(bound: Bounds) -> Bools:
    """Cells seen to equal a total above 0: whoever is in the total has what the cell says."""
    found = np.zeros(bound.low.shape, dtype=np.bool_)
    for axis in range(bound.low.ndim):
        found |= all_of_line(bound, axis)
    return found


def all_of_line(bound: Bounds, axis: int) -> Bools:
    """The same of the total over one axis. With one category, being all of the total says nothing."""
    found = np.zeros(bound.low.shape, dtype=np.bool_)
    low, total_low = parts_and_total(bound.low, axis)
    high, total_high = parts_and_total(bound.high, axis)
    if len(low) > 1:
        alone = high.sum(axis=0, keepdims=True) - high == 0
        parts, _ = parts_and_total(found, axis)
        parts |= (alone | (low >= total_high)) & (total_low > 0)
    return found


def determined(table: Published, bound: Bounds) -> Bools:
    """Unknown cells that the sums determine: those whose unit vector lies in the row space of the equations."""
    unknown = (bound.low < bound.high).ravel()
    found = np.zeros(unknown.size, dtype=np.bool_)
    sums = sums_of(table)
    if sums.count and unknown.any():
        line, sign = sums.line[:, unknown], sums.sign[:, unknown]
        weight = inverse(sums, unknown)[line[:, None], line[None]]  # axis by axis by cell
        found[unknown] = np.abs(np.einsum("ac,abc,bc->c", sign, weight, sign) - 1) < SAME
    return found.reshape(table.small.shape)


@dataclass(frozen=True)
class Sums:
    """The equations of a table, one a line that adds up: by axis and cell, the cell's line and its sign in it."""

    line: Ints
    sign: Floats
    count: int


def sums_of(table: Published) -> Sums:
    """Parts count 1 and their total -1. Cells lie in printing order."""
    shape, first = table.small.shape, 0
    lines, signs = [], []
    for axis in (axis for axis, adds in enumerate(table.adds_up) if adds):
        count = table.small.size // shape[axis]
        numbers = np.arange(first, first + count).reshape(*shape[:axis], 1, *shape[axis + 1 :])
        sign = np.ones(shape)
        np.moveaxis(sign, axis, 0)[-1] = -1
        lines.append(np.broadcast_to(numbers, shape).ravel())
        signs.append(sign.ravel())
        first += count
    size = (-1, table.small.size)
    return Sums(np.array(lines, dtype=np.int64).reshape(size), np.array(signs).reshape(size), first)


def inverse(sums: Sums, unknown: Bools) -> Floats:
    """The pseudo-inverse of (equations x their transpose) over the unknown cells, line by line."""
    line, sign = sums.line[:, unknown], sums.sign[:, unknown]
    pairs = (line[:, None] * sums.count + line[None]).ravel()
    product = np.bincount(pairs, (sign[:, None] * sign[None]).ravel(), minlength=sums.count**2)
    square = product.astype(np.float64).reshape(sums.count, sums.count)
    return np.asarray(np.linalg.pinv(square, hermitian=True), dtype=np.float64)
