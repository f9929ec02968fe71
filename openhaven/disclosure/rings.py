"""Rings: cells that follow from one another, each counting whom the one before leaves open, until nobody is left open.

Where a sum of cells, some taken off, settles a group of few, everybody else in it stands in two of its cells at least.
So who stands in one alone points to the next cell: the one that counts most of them and few others. Such walks start
at the largest cells of the new table, and find what lies many tables away from it in a large ledger; what the cells
that they met tell together is for `linked`. Bounded: so many walks and steps. Not followed: a margin of a table of
which neither the total nor an inner cell is near.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from openhaven.disclosure.chains import NEW, Chains, Placed, Printed
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints

MOST_STARTS = 4  # cells of the new table, the largest first
BRANCHES = 3  # first steps from each
MOST_STEPS = 24  # of one walk
MOST_BY = 3  # cells near each step that are taken note of; the nearest is the next
MOST_CELLS = 160  # of all walks and of the new table
MOST_LOOKED_AT = 6  # tables at one step
MOST_TRIED = 48
MOST_ALIKE = 2  # as large as one another and as near


@dataclass
class Walk:
    """Cells met so far, how many of them count each piece, and cells that were as near or next to it."""

    cells: list[Placed]
    times: Ints
    by: tuple[Placed, ...] = ()

    @property
    def open_(self) -> Bools:
        """The pieces in one of the cells alone."""
        return np.asarray(self.times == 1, dtype=np.bool_)

    def with_(self, cell: Placed, near: Sequence[Placed]) -> "Walk":
        """One step further, to one of those near."""
        return Walk([*self.cells, cell], self.times + cell[1], (*self.by, *near))

    def may_take(self, cell: Printed, there: Bools) -> bool:
        """Whether none of the cells counts the very same, and none of the same table has anybody in common with it:
        that a total is its parts tells nothing."""
        same = any(bool((there == each).all()) for _, each in self.cells)
        return not same and not any(one.table == cell.table and (there & each).any() for one, each in self.cells)


@dataclass(frozen=True)
class Rings:
    """The tables of a search for chains, followed cell by cell, or where only `totals` are met, total by total."""

    chains: Chains
    totals: bool = False

    def cells(self) -> list[Printed]:
        """The cells of the new table, and those that the walks met or came by."""
        mine = [cell for cell, _ in self.chains.cells([NEW])]
        met = [cell for walk in self._walks() for cell, _ in walk.by]
        return list(dict.fromkeys([*mine, *met]))[:MOST_CELLS]

    def _walks(self) -> list[Walk]:
        """Of those that came by some cells."""
        walks, ended = [Walk([cell], cell[1].astype(np.int64)) for cell in self._starts()], list[Walk]()
        for step in range(MOST_STEPS):
            further = []
            for walk in walks:
                near = self._next(walk, MOST_BY) if self._size(walk.open_) > self.chains.small else []
                further += [walk.with_(cell, near) for cell in near[: 1 if step else BRANCHES]]
                ended += [walk] * (not near)
            walks = further
        return [each for each in (*ended, *walks) if each.by]

    def _starts(self) -> list[Placed]:
        """Cells of the new table all of whom, but for few, earlier ones count."""
        beyond = self.chains.pieces.atom == 0
        cells = [each for each in self.chains.cells([NEW]) if self._size(each[1] & beyond) <= self.chains.small]
        once = {each[1].tobytes(): each for each in cells}
        return sorted(once.values(), key=lambda each: -self._size(each[1]))[: 1 if self.totals else MOST_STARTS]

    def _size(self, there: Bools) -> int:
        return int(self.chains.pieces.sizes[there].sum())

    @cached_property
    def _places(self) -> "_Places":
        return _Places.of(self.chains)

    def _next(self, walk: Walk, most: int) -> list[Placed]:
        """The cells that count most of whom the walk leaves open, as a share of both together, the nearest first."""
        shared, open_ = self._places.shared(walk.open_), self._size(walk.open_)
        near = [
            (-float(share[cell]), at, cell)
            for at in self._places.nearest(shared, open_, totals=self.totals)
            for share in [self._shares(at, shared, open_)]
            for cell in np.flatnonzero(share).tolist()
        ]
        found: list[Placed] = []
        for _, at, cell in sorted(near):
            there = self._there(at, cell)
            if walk.may_take(Printed(at, cell), there) and not any((there == each).all() for _, each in found):
                found.append((Printed(at, cell), there))
            if len(found) == most:
                break
        return found

    def _shares(self, at: int, shared: Floats, open_: int) -> Floats:
        """Of each cell of a table, which must be printed exactly and not be few, its share."""
        table, places = self.chains.ledger.tables[at], self._places
        low = table.bounds.low.ravel()
        exact = (low == table.bounds.high.ravel()) & (low > self.chains.small)
        here = slice(int(places.first[at]) + 1, int(places.first[at + 1]))
        exact &= table.cells.all(axis=1) | (not self.totals)
        both, size = table.cells @ shared[here], table.cells @ places.sizes[here]
        found: Floats = np.where(exact, both / np.maximum(open_ + size - both, 1), 0)
        return found

    def _there(self, at: int, cell: int) -> Bools:
        """The pieces in a cell of an earlier table."""
        found: Bools = np.append(False, self.chains.ledger.tables[at].cells[cell])[self.chains.part_of(at)]
        return found


@dataclass(frozen=True)
class _Places:
    """The parts of all tables of the ledger, one after another, part 0 of each first; which atoms are in which."""

    chains: Chains
    first: Ints
    place: Ints
    sizes: Floats

    @classmethod
    def of(cls, chains: Chains) -> "_Places":
        """Of the ledger of this search."""
        ledger = chains.ledger
        first = np.append(0, np.cumsum(ledger.facts.parts + 1))
        place = np.repeat(first[:-1], np.diff(ledger.starts)) + ledger.part
        sizes = np.bincount(place, ledger.sizes[ledger.held], int(first[-1]))
        return cls(chains, first, place, sizes.astype(np.float64))

    def shared(self, open_: Bools) -> Floats:
        """How many of these pieces are in each place."""
        pieces, held = self.chains.pieces, self.chains.ledger.held
        weight = np.bincount(pieces.atom[open_], pieces.sizes[open_], len(self.chains.ledger.sizes) + 1)[1:]
        some = np.flatnonzero((weight > 0)[held])
        found = np.bincount(self.place[some], weight[held[some]], len(self.sizes))
        return found.astype(np.float64)

    def nearest(self, shared: Floats, open_: int, *, totals: bool) -> list[int]:
        """The tables with a total, or also an inner cell, nearest to so many who are open; of those that are as near
        and as large as one another no more than two."""
        total, whole = np.add.reduceat(shared, self.first[:-1]), self._totals
        share = total / np.maximum(open_ + whole - total, 1)
        if not totals:
            inner = np.maximum.reduceat(shared / np.maximum(open_ + self.sizes - shared, 1), self.first[:-1])
            share = np.maximum(share, inner)
        found: list[int] = []
        seen: dict[tuple[float, float], int] = {}
        most = min(MOST_TRIED, len(share))
        some = np.argpartition(-share, most - 1)[:most]
        for at in some[np.lexsort((some, -share[some]))].tolist():
            alike = (float(share[at]), float(whole[at]))
            seen[alike] = seen.get(alike, 0) + 1
            if share[at] > 0 and seen[alike] <= MOST_ALIKE:
                found.append(at)
            if len(found) == MOST_LOOKED_AT:
                break
        return found

    @cached_property
    def _totals(self) -> Floats:
        found: Floats = np.add.reduceat(self.sizes, self.first[:-1])
        return found
