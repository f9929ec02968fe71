"""Where to hide one cell more, so that those already hidden cannot be told: the cell that helps most lines.

Works on bounds as numbers, as the judge does, but decides nothing: whether enough is hidden the judge says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from openhaven.disclosure.audit import (
    Bounds,
    Published,
    all_of_line,
    at_first,
    inverse,
    parts_and_total,
    sums_of,
    too_few,
)
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.rules import HIDDEN, LARGEST
from openhaven.disclosure.tables import Cell, Table

ONE_CELL = 1 << 40  # what a cell of help is worth, above every price
ONE_TOTAL, ONE_ZERO = 1 << 34, 1 << 32  # above every count
SAME = 1e-7


@dataclass
class Hiding:
    """A table under protection: `plain` hides small counts only; `second` and `withheld` grow and shrink."""

    table: Table
    plain: Published
    second: Bools = field(init=False)
    withheld: Bools = field(init=False)
    _printed: Bounds = field(init=False)
    _price: Ints = field(init=False)

    def __post_init__(self) -> None:
        counts = self.table.counts
        self.second, self.withheld = (np.zeros(counts.shape, dtype=np.bool_) for _ in range(2))
        self._printed = at_first(self.plain)
        totals = sum(np.indices(counts.shape)[axis] == size - 1 for axis, size in enumerate(counts.shape))
        self._price = (ONE_CELL + ONE_TOTAL) * totals + ONE_ZERO * (counts == 0) + counts
        self.of_little_use(counts == 0)

    def of_little_use(self, cells: Bools) -> None:
        """Hide these only where others do not help: a 0 beside exact counts gives room one way only."""
        if self.plain.rule.base == 1:
            self._price = self._price + ONE_CELL * cells

    @property
    def hidden(self) -> Bools:
        """Cells that print as `*`."""
        return self.plain.small | self.second

    def start(self) -> Bounds:
        """What each cell alone tells."""
        untold = self.second | self.withheld
        return Bounds(np.where(untold, 0, self._printed.low), np.where(untold, LARGEST, self._printed.high))

    def told_if_shown(self, cell: Cell) -> tuple[int, int]:
        """Lowest and highest count that would print as this one does."""
        return int(self._printed.low[cell]), int(self._printed.high[cell])

    def published(self) -> Published:
        """The table as it prints now."""
        shown = [HIDDEN if hide else text for hide, text in zip(self.second.flat, self.plain.shown, strict=True)]
        exact = self.plain.exact & ~self.second
        return replace(self.plain, shown=tuple(shown), exact=exact, withheld=self.withheld.copy())

    def best(self, help_: Ints, bound: Bounds) -> Cell | None:
        """The open cell that helps most, less the lines where it would itself be told; then the cheapest."""
        open_ = (help_ > 0) & ~self.hidden
        if not open_.any():
            return None
        lonely = sum((_room(self, bound, axis) < self.plain.rule.fewest_values) for axis in range(help_.ndim))
        worth = np.where(open_, ONE_CELL * (help_ - lonely) - self._price, np.iinfo(np.int64).min)
        return tuple(int(place) for place in np.unravel_index(int(worth.argmax()), worth.shape))

    def dearest_first(self) -> list[Cell]:
        """The cells hidden to protect others, save in withheld lines."""
        cells = np.argwhere(self.second & ~self.withheld)
        return [tuple(int(place) for place in cell) for cell in sorted(cells, key=lambda c: -self._price[tuple(c)])]


def _room(hiding: Hiding, bound: Bounds, axis: int, *, within: Bounds | None = None) -> Ints:
    """How many counts of each cell its line over this axis leaves possible, whatever else is known of the cell.

    `within`: of those that lie in these bounds.
    """
    low, high = np.empty_like(bound.low), np.empty_like(bound.high)
    (low_parts, low_total), (high_parts, high_total) = (parts_and_total(each, axis) for each in (low, high))
    parts_low, total_low = parts_and_total(bound.low, axis)
    parts_high, total_high = parts_and_total(bound.high, axis)
    sum_low, sum_high = parts_low.sum(axis=0, keepdims=True), parts_high.sum(axis=0, keepdims=True)
    adds_up = hiding.plain.adds_up[axis]
    low_parts[:] = total_low - (sum_high - parts_high)
    high_parts[:] = total_high - (sum_low - parts_low if adds_up else 0)
    low_total[:] = sum_low if adds_up else parts_low.max(axis=0, keepdims=True)
    high_total[:] = sum_high
    room: Ints = np.minimum(high, within.high if within else LARGEST) - np.maximum(low, within.low if within else 0) + 1
    return room


def tight_lines(hiding: Hiding, bound: Bounds) -> list[Bools]:
    """For each axis, the lines that alone tell too much of a hidden cell in them; each axis kept with length 1."""
    few_before = too_few(hiding.plain, bound)
    tight = []
    for axis in range(bound.low.ndim):
        few = (_room(hiding, bound, axis, within=bound) < hiding.plain.rule.fewest_values) & ~few_before
        told = (few & hiding.hidden) | (all_of_line(bound, axis) & hiding.plain.small)
        tight.append(np.asarray(told.any(axis=axis, keepdims=True) & ~hiding.hidden.all(axis=axis, keepdims=True)))
    return tight


def relieve(hiding: Hiding, bound: Bounds) -> bool:
    """Hide a cell in every tight line, one for several where it can be. False: no line was tight."""
    tight = tight_lines(hiding, bound)
    if not any(lines.any() for lines in tight):
        return False
    while (cell := hiding.best(np.array(sum(lines.astype(np.int64) for lines in tight)), bound)) is not None:
        hiding.second[cell] = True
        bound.low[cell], bound.high[cell] = 0, LARGEST
        for axis, lines in enumerate(tight):
            lines[(*cell[:axis], 0, *cell[axis + 1 :])] = False
    return True


@dataclass(frozen=True)
class Wish:
    """An exposed cell, and the lines that would each give it company, the most telling first."""

    table: int
    cell: Cell
    lines: tuple[tuple[int, int], ...]  # (table, axis), through this cell
    helpful: Bools | None = None  # where only all equations together tell the cell: what would part them


def wishes(hidings: Sequence[Hiding], bounds: Sequence[Bounds], *, links: dict[int, list[int]]) -> list[Wish]:
    """One for each exposed cell. `links`: for each table, others that count over the same cells."""
    found: list[Wish] = []
    for number, (hiding, bound) in enumerate(zip(hidings, bounds, strict=True)):
        everybody = [all_of_line(bound, axis) for axis in range(bound.low.ndim)]
        narrow = too_few(hiding.plain, bound) | np.any(everybody, axis=0)
        together = Together(hiding, bound)
        told = together.told() & ~narrow
        if not ((told | narrow) & hiding.plain.small).any():
            continue
        lines = [(other, axis) for other in (number, *links.get(number, [])) for axis in range(bound.low.ndim)]
        rooms = [_room(hidings[o], bounds[o], axis, within=hidings[o].start()) for o, axis in lines]
        for axis, seen in enumerate(everybody):
            rooms[axis] = np.where(seen, -1, rooms[axis])
        for place in np.argwhere((told | narrow) & hiding.plain.small):
            cell = tuple(int(at) for at in place)
            order = sorted(range(len(lines)), key=lambda at: int(rooms[at][cell]))
            helpful = together.parting(cell) if told[cell] else None
            found.append(Wish(number, cell, tuple(lines[at] for at in order), helpful))
    return found


class Together:
    """What all sums of a table together tell. `share` of a cell is 1 where they determine it, else less."""

    def __init__(self, hiding: Hiding, bound: Bounds) -> None:
        self._shape = bound.low.shape
        self._sums = sums_of(hiding.plain)
        self._unknown = (bound.low < bound.high).ravel()
        self._inverse = inverse(self._sums, self._unknown)
        weight = self._inverse[self._sums.line[:, None], self._sums.line[None]]
        share = np.einsum("ac,abc,bc->c", self._sums.sign, weight, self._sums.sign) * self._unknown
        self._share: Floats = np.asarray(share)

    def told(self) -> Bools:
        """Unknown cells that the sums determine."""
        return np.asarray(self._share > 1 - SAME).reshape(self._shape)

    def parting(self, cell: Cell) -> Bools:
        """Known cells that stand in the combination of sums that tells this one: hidden, they would spoil it."""
        return np.asarray((np.abs(self._beside(self._of(cell))) > SAME) & ~self._unknown).reshape(self._shape)

    def told_if_known(self, cell: Cell) -> Bools:
        """What the sums would determine if this unknown cell were known."""
        return np.asarray(self._share_if_known(cell) > 1 - SAME).reshape(self._shape)

    def now_known(self, cell: Cell) -> None:
        """Take a cell for known that is not told yet: the inverse changes by one rank (Sherman and Morrison)."""
        at = int(np.ravel_multi_index(cell, self._shape))
        if not self._unknown[at]:
            return
        if self._share[at] <= 1 - SAME:
            combination, left = self._of(cell), 1 - float(self._share[at])
            self._share = self._share_if_known(cell)
            self._inverse += np.outer(combination, combination) / left
        self._unknown[at], self._share[at] = False, 0

    def _share_if_known(self, cell: Cell) -> Floats:
        at = int(np.ravel_multi_index(cell, self._shape))
        if not self._unknown[at] or self._share[at] > 1 - SAME:
            return self._share
        beside = self._beside(self._of(cell))
        changed: Floats = self._share + self._unknown * beside**2 / (1 - self._share[at])
        changed[at] = 0
        return changed

    def _of(self, cell: Cell) -> Floats:
        """How much of each sum goes into telling the cell."""
        at = int(np.ravel_multi_index(cell, self._shape))
        return np.asarray((self._inverse[:, self._sums.line[:, at]] * self._sums.sign[:, at]).sum(axis=1))

    def _beside(self, combination: Floats) -> Floats:
        """How much of each cell stands in a combination of sums."""
        return np.asarray((combination[self._sums.line] * self._sums.sign).sum(axis=0))


def grant(hidings: Sequence[Hiding], bounds: Sequence[Bounds], wanted: Sequence[Wish]) -> bool:
    """Hide cells until every wish has one; a cell may serve many. False: nothing that would help is left.

    A line that tells too much though all of it is hidden is withheld: seven counts, each at least 1, in at most 7.
    """
    areas, withheld = [], False
    for wish in wanted:
        number, line = _first_that_can_help(hidings, wish)
        if (line & ~hidings[number].hidden).any():
            areas.append((number, line & ~hidings[number].hidden))
        elif line.any():
            hidings[number].withheld |= line
            withheld = True
    for number, hiding in enumerate(hidings):
        mine = [mask for at, mask in areas if at == number]
        while mine and (cell := hiding.best(np.sum(mine, axis=0, dtype=np.int64), bounds[number])) is not None:
            hiding.second[cell] = True
            bounds[number].low[cell], bounds[number].high[cell] = 0, LARGEST
            mine = [mask for mask in mine if not mask[cell]]
    return bool(areas) or withheld


def _first_that_can_help(hidings: Sequence[Hiding], wish: Wish) -> tuple[int, Bools]:
    """Cells of which one should be hidden, or a whole line that is hidden and not yet withheld; else none."""
    if wish.helpful is not None and (wish.helpful & ~hidings[wish.table].hidden).any():
        return wish.table, wish.helpful
    for number, axis in wish.lines:
        line = np.zeros_like(hidings[number].second)
        line[line_through(wish.cell, axis)] = True
        if not hidings[number].withheld[line].all():
            return number, line
    return wish.table, np.zeros_like(hidings[wish.table].second)


def line_through(cell: Cell, axis: int) -> tuple[int | slice, ...]:
    """The index of the whole line of an axis that the cell lies in."""
    return (*cell[:axis], slice(None), *cell[axis + 1 :])
