"""Sums that hold between the cells of tables, and what follows from them: bounds by passing along, and by programs.

A relation says that a sum of signed cells lies between two numbers: parts and their total (0 to 0), people and their
rows. The solver is HiGHS. Programs are written in steps away from one table that fits, so that numbers stay small.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np

from openhaven.disclosure.hierarchy import Floats, Ints

NEAR = 1e-6  # what counts as the same number, after the solver's own tolerance of 1e-7
MOST_ROUNDS = 100  # bounds are true after any number of rounds; more only narrow them
DUAL = 1  # the solver's own choice of simplex
Sum = tuple[int, tuple[int, ...]]  # on one axis: the place of a total, and the places that make it up


@dataclass(frozen=True)
class Relations:
    """Rows over `cells` cells: row r holds the entries starts[r] to starts[r + 1] of `index` and `sign`."""

    cells: int
    starts: Ints
    index: Ints
    sign: Floats
    low: Floats
    high: Floats

    @cached_property
    def row(self) -> Ints:
        """The row of each entry."""
        return np.repeat(np.arange(len(self.low)), np.diff(self.starts))

    def of(self, values: Floats) -> Floats:
        """What each row sums to."""
        found: Floats = np.bincount(self.row, self.sign * values[self.index], minlength=len(self.low)).astype(
            np.float64
        )
        return found

    def over(self, cells: Ints, fixed: Floats) -> "Relations":
        """The same over these cells only, the others standing at `fixed`; rows without any of them are left out."""
        place = np.full(self.cells, -1, dtype=np.int64)
        place[cells] = np.arange(len(cells))
        inside = place[self.index] >= 0
        rows = np.unique(self.row[inside])
        rest = np.bincount(self.row, np.where(inside, 0, self.sign * fixed[self.index]), minlength=len(self.low))[rows]
        counts = np.bincount(self.row[inside], minlength=len(self.low))[rows]
        starts = np.concatenate(([0], np.cumsum(counts)))
        index, sign = place[self.index[inside]], self.sign[inside]
        return Relations(len(cells), starts, index, sign, self.low[rows] - rest, self.high[rows] - rest)


def block(index: Ints, sign: Sequence[float] | Floats, low: float = 0, high: float = 0) -> Relations:
    """Rows of one width: `index` is rows x entries, `sign` one row's signs."""
    rows, width = index.shape
    signs = np.tile(np.asarray(sign, dtype=np.float64), rows)
    starts = np.arange(rows + 1) * width
    return Relations(0, starts, index.ravel(), signs, np.full(rows, float(low)), np.full(rows, float(high)))


def joined(cells: int, parts: Iterable[Relations]) -> Relations:
    """All rows together, over so many cells."""
    found = [each for each in parts if len(each.low)]
    entries = np.cumsum([0, *(len(each.index) for each in found)])
    starts = [each.starts[:-1] + first for each, first in zip(found, entries, strict=False)]
    empty: Floats = np.zeros(0)
    return Relations(
        cells,
        np.concatenate([*starts, entries[-1:]]).astype(np.int64),
        np.concatenate([empty.astype(np.int64), *(each.index for each in found)]),
        np.concatenate([empty, *(each.sign for each in found)]),
        np.concatenate([empty, *(each.low for each in found)]),
        np.concatenate([empty, *(each.high for each in found)]),
    )


def lines(shape: Sequence[int], axis: int, *, first: int = 0) -> Ints:
    """The cells of every line along an axis, one line a row; cells are numbered in printing order from `first`."""
    grid = np.arange(first, first + int(np.prod(shape))).reshape(shape)
    return np.moveaxis(grid, axis, -1).reshape(-1, shape[axis])


def totals(along: Ints, sums: Sequence[Sum], *, adds_up: bool = True) -> list[Relations]:
    """What holds between totals and parts on these lines. Where totals do not add up (people), they lie between the
    largest part and the sum."""
    found = []
    for total, parts in sums:
        found.append(block(along[:, [*parts, total]], [*[1.0] * len(parts), -1.0], 0, 0 if adds_up else np.inf))
        if not adds_up:
            found += [block(along[:, [part, total]], [-1.0, 1.0], 0, np.inf) for part in parts]
    return found


def flat(size: int) -> tuple[Sum, ...]:
    """One total in the last place, of all the others."""
    return ((size - 1, tuple(range(size - 1))),)


def narrowed(relations: Relations, low: Floats, high: Floats, *, whole: bool = True) -> tuple[Floats, Floats]:
    """What follows row by row from these bounds on the cells, again and again until nothing narrows.

    `whole`: cells are whole numbers. Where nothing fits, some cell ends with its low above its high.
    """
    low, high = low.astype(np.float64), high.astype(np.float64)
    row, index, sign = relations.row, relations.index, relations.sign
    row_low, row_high = relations.low[row], relations.high[row]
    for _ in range(MOST_ROUNDS):
        least = np.where(sign > 0, sign * low[index], sign * high[index])
        most = np.where(sign > 0, sign * high[index], sign * low[index])
        up = (row_high - (np.bincount(row, least, minlength=len(relations.low))[row] - least)) / sign
        down = (row_low - (np.bincount(row, most, minlength=len(relations.low))[row] - most)) / sign
        upper, lower = np.where(sign > 0, up, down), np.where(sign > 0, down, up)
        new_low, new_high = low.copy(), high.copy()
        np.minimum.at(new_high, index, np.floor(upper + NEAR) if whole else upper + NEAR)
        np.maximum.at(new_low, index, np.ceil(lower - NEAR) if whole else lower - NEAR)
        done = (new_low <= low).all() and (new_high >= high).all()
        low, high = new_low, new_high
        if done or (low > high).any():
            break
    return low, high


def components(relations: Relations) -> Ints:
    """A number for each cell: cells that stand in a row together, or are joined by such rows, have the same one."""
    label = np.arange(relations.cells)
    while len(relations.low):
        least = np.minimum.reduceat(label[relations.index], relations.starts[:-1])
        new = label.copy()
        np.minimum.at(new, relations.index, least[relations.row])
        new = new[new]
        if (new == label).all():
            break
        label = new
    return label


class Program:
    """A linear program over the relations whose objective and bounds may change; it starts where it last stopped."""

    def __init__(self, relations: Relations, low: Floats, high: Floats, *, whole: bool = False) -> None:
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = relations.cells, len(relations.low)
        model.col_cost_ = np.zeros(relations.cells)
        model.col_lower_, model.col_upper_ = low, high
        model.row_lower_, model.row_upper_ = relations.low, relations.high
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = relations.starts, relations.index
        model.a_matrix_.value_ = relations.sign
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * relations.cells
        self._highs.passModel(model)
        self._all = np.arange(relations.cells, dtype=np.int32)

    def set(self, name: str, value: float | int | str | bool) -> None:
        """An option of the solver."""
        self._highs.setOptionValue(name, value)

    def bound(self, low: Floats, high: Floats) -> None:
        """Change what each variable may be."""
        self._highs.changeColsBounds(len(self._all), self._all, low, high)

    def add_row(self, index: Ints, sign: Floats, low: float, high: float = np.inf) -> None:
        """One relation more."""
        self._highs.addRow(low, high, len(index), index.astype(np.int32), sign)

    def whole(self, some: Ints | None = None) -> None:
        """Take every variable, or some, for whole numbers from now on."""
        cells = self._all if some is None else some.astype(np.int32)
        kinds = np.full(len(cells), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        self._highs.changeColsIntegrality(len(cells), cells, kinds)

    def least(self, cost: Floats) -> tuple[float, Floats] | None:
        """The least cost and where it is reached; None where nothing fits."""
        self._highs.changeColsCost(len(self._all), self._all, cost)
        self._highs.run()
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kUnknown:  # what it then holds need not even fit
            self._highs.clearSolver()
            self._highs.setOptionValue("simplex_strategy", DUAL)
            self._highs.run()
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kUnknown:
            return None
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None
        values = np.asarray(self._highs.getSolution().col_value, dtype=np.float64)
        if len(values) != len(self._all):
            return None
        return float(values @ cost), values

    def proven(self) -> float:
        """The bound on the least cost that the last search for whole numbers has proven."""
        return float(self._highs.getInfo().mip_dual_bound)

    def settled(self) -> bool:
        """Whether the last search came to its end."""
        return bool(self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def work(self) -> int:
        """How many steps the last search took."""
        return max(int(self._highs.getInfo().simplex_iteration_count), 0)

    def prices(self) -> tuple[Floats, Floats]:
        """Of the last least cost: the reduced cost of each variable, the price of each row."""
        solution = self._highs.getSolution()
        return np.asarray(solution.col_dual, dtype=np.float64), np.asarray(solution.row_dual, dtype=np.float64)


@dataclass
class Part:
    """Cells that hang together, and programs over them in steps away from `fits`, a table that agrees with all."""

    cells: Ints
    relations: Relations
    low: Floats
    high: Floats
    whole: bool
    fits: Floats
    _program: Program
    _exact: Program | None = None

    def extreme(self, cost: Floats, *, exact: bool = False) -> tuple[float, Floats]:
        """The least of cost x cells, and where: among real numbers, or with `exact` among whole ones."""
        program = self.exactly() if exact else self._program
        found = program.least(cost)
        if found is None:  # the steps 0 always fit: the solver gave up
            return -np.inf, self.fits
        return found[0] + float(cost @ self.fits), self.fits + found[1]

    def exactly(self) -> Program:
        """The program over whole numbers."""
        if self._exact is None:
            self._exact = Program(*_in_steps(self.relations, self.low, self.high, self.fits), whole=True)
        return self._exact


def _in_steps(relations: Relations, low: Floats, high: Floats, fits: Floats) -> tuple[Relations, Floats, Floats]:
    at = relations.of(fits)
    rows = (np.minimum(relations.low - at, 0), np.maximum(relations.high - at, 0))
    steps = Relations(relations.cells, relations.starts, relations.index, relations.sign, *rows)
    return steps, np.minimum(low - fits, 0), np.maximum(high - fits, 0)


def part(
    relations: Relations, low: Floats, high: Floats, *, whole: bool, cells: Ints, fits: Floats | None = None
) -> Part | None:
    """A part over `cells` of the table; None where no table fits. `fits`: a table known to fit, else one is sought."""
    if fits is None:
        fits = _fitting(relations, low, high, whole=whole)
    if fits is None:
        return None
    program = Program(*_in_steps(relations, low, high, fits))
    program.set("simplex_strategy", 4)  # the last table still fits when only the question changes
    return Part(cells, relations, low, high, whole, fits, program)


def _fitting(relations: Relations, low: Floats, high: Floats, *, whole: bool) -> Floats | None:
    found = Program(relations, low, high).least(np.zeros(relations.cells))
    if whole and found is not None and not is_whole(found[1]):
        found = Program(relations, low, high, whole=True).least(np.zeros(relations.cells))
    if found is None:
        return None
    return np.round(found[1]) if whole else found[1]


def is_whole(values: Floats) -> bool:
    """Whether all are whole numbers."""
    return bool((np.abs(values - np.round(values)) < NEAR).all())
