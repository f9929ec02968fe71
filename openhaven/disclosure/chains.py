"""Chains: one printed cell less several others that lie in it, of any tables and columns, by which few are left over.

The whole and its parts are all printed exactly, and no two parts share anybody, so that what is left is told exactly.
Parts are sought as an exact cover that leaves few: where somebody must be covered, each cell that could is tried in
turn. The search is bounded: among the tables nearest to the new one, and for so many steps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.ledger import Earlier, Ledger

MOST_TABLES = 48  # whose cells are tried as parts of one whole
MOST_WHOLES = 8  # earlier tables whose cells are tried as wholes around the new one
MOST_STEPS = 300  # of the search for parts of one cell
NEW = -1


@dataclass(frozen=True)
class Pieces:
    """Those whom the new table's parts and the ledger's atoms have in common, piece by piece: the atom (from 1) and the
    new part (from 1) of each, 0 for none, and how many they are."""

    atom: Ints
    part: Ints
    sizes: Ints


@dataclass(frozen=True)
class Printed:
    """A cell of a table (`NEW`, or its place in the ledger), by its number in printing order."""

    table: int
    cell: int


Placed = tuple[Printed, Bools]  # a cell, and the pieces in it


@dataclass(frozen=True)
class Chain:
    """Who is in `whole` and in none of `parts`: these pieces."""

    whole: Printed
    parts: tuple[Printed, ...]
    left: Bools


@dataclass(frozen=True)
class Chains:
    """The new table, the ledger, and the pieces of both. `small`: so many are few."""

    new: Earlier
    ledger: Ledger
    pieces: Pieces
    small: int

    def found(self) -> Iterator[Chain]:
        """Chains in which the new table has a part, of three tables or more."""
        yield from self._around_parts()
        yield from self._within_others()

    def _around_parts(self) -> Iterator[Chain]:
        """A cell of the new table is the whole."""
        parts = self.cells(self._nearest(self._inside(self._ours)))
        for whole, there in self.cells([NEW]):
            yield from self._covered(whole, there, [], parts)

    def _within_others(self) -> Iterator[Chain]:
        """A cell of an earlier table is the whole, and one of the new table's is a part of it."""
        mine = [each for each in self.cells([NEW]) if self.pieces.sizes[each[1]].sum() > self.small]
        for at in self._wholes():
            there = self._counted(at)
            parts = self.cells(self._nearest(self._inside(there & ~self._ours)))
            for whole, all_ in self.cells([at]):
                inside = [each for each in mine if not (each[1] & ~all_).any()]
                for first in inside[::-1][:4]:  # totals come last
                    yield from self._covered(whole, all_, [first], parts)

    @cached_property
    def _ours(self) -> Bools:
        return np.asarray(self.pieces.part > 0, dtype=np.bool_)

    def _counted(self, at: int) -> Bools:
        """The pieces that a table of the ledger counts."""
        there = np.zeros(len(self.ledger.sizes) + 1, dtype=np.bool_)
        there[self.ledger.atoms_of(at)[0] + 1] = True
        found: Bools = there[self.pieces.atom]
        return found

    def _inside(self, where: Bools) -> Ints:
        """The tables all of whose people are in these pieces."""
        if not len(self.ledger):
            return np.zeros(0, dtype=np.int64)
        out = np.zeros(len(self.ledger.sizes) + 1, dtype=np.bool_)
        out[self.pieces.atom[~where]] = True
        counts = np.diff(self.ledger.starts)
        outside = np.add.reduceat(np.append(out[self.ledger.held + 1], False), self.ledger.starts[:-1])
        return np.flatnonzero((counts > 0) & (outside == 0))

    def _sizes_of(self, tables: Ints) -> Ints:
        total = np.append(0, np.cumsum(self.ledger.sizes[self.ledger.held]))
        found: Ints = total[self.ledger.starts[tables + 1]] - total[self.ledger.starts[tables]]
        return found

    def _nearest(self, tables: Ints) -> list[int]:
        """The largest, and of those as large as one another one of each size before the others."""
        sizes = self._sizes_of(tables)
        order = np.argsort(-sizes, kind="stable")
        again = np.zeros(len(order), dtype=np.int64)
        same = np.append(False, sizes[order][1:] == sizes[order][:-1])
        for at in np.flatnonzero(same):
            again[at] = again[at - 1] + 1
        return [int(each) for each in tables[order[np.lexsort((np.arange(len(order)), again))]][:MOST_TABLES]]

    def _wholes(self) -> list[int]:
        """Earlier tables that count everybody of the new one and more, the smallest first."""
        missed = len(np.unique(self.pieces.atom[self._ours & (self.pieces.atom > 0)]))
        if (self._ours & (self.pieces.atom == 0)).any() or not missed:
            return []
        ours = np.zeros(len(self.ledger.sizes), dtype=np.bool_)
        ours[self.pieces.atom[self._ours] - 1] = True
        shared = np.add.reduceat(np.append(ours[self.ledger.held], False), self.ledger.starts[:-1])
        around = np.flatnonzero(shared == missed)
        sizes = self._sizes_of(around)
        order = np.argsort(sizes, kind="stable")
        larger = order[sizes[order] > self.pieces.sizes[self._ours].sum()]
        return [int(each) for each in around[larger[:MOST_WHOLES]]]

    def cells(self, tables: Sequence[int], *, few: bool = False) -> list[Placed]:
        """The cells of these tables that are printed exactly and are not few, and the pieces in each; else the few."""
        found = []
        for at in tables:
            table, part = self.table(at), self.part_of(at)
            exact = (table.bounds.low == table.bounds.high) & (table.bounds.low > 0)
            exact &= (table.bounds.low > self.small) != few
            cells = np.concatenate((np.zeros((len(table.cells), 1), dtype=np.bool_), table.cells), axis=1)
            found += [(Printed(at, int(each)), cells[each][part]) for each in np.flatnonzero(exact.ravel())]
        return found

    def table(self, at: int) -> Earlier:
        """A table by its place in the ledger, or the new one."""
        return self.new if at == NEW else self.ledger.tables[at]

    def part_of(self, at: int) -> Ints:
        """The part of a table in which each piece stands, 0 for none."""
        if at == NEW:
            return self.pieces.part
        if at not in self._parts:
            code = np.zeros(len(self.ledger.sizes) + 1, dtype=np.int64)
            atoms, part = self.ledger.atoms_of(at)
            code[atoms + 1] = part
            self._parts[at] = code[self.pieces.atom]
        return self._parts[at]

    @cached_property
    def _parts(self) -> dict[int, Ints]:
        """Those that were asked for: many are asked for again."""
        return {}

    def _covered(
        self, whole: Printed, there: Bools, first: Sequence[Placed], parts: Sequence[Placed]
    ) -> Iterator[Chain]:
        """Parts of a whole, `first` among them, that leave few of it."""
        left = there.copy()
        for _, each in first:
            left &= ~each
        inside = [each for each in parts if each[0].table != whole.table and not (each[1] & ~left).any()]
        if len(inside) < 2 - len(first) or not inside:
            return
        anyhow = left & ~np.logical_or.reduce([each for _, each in inside])
        if self.pieces.sizes[anyhow].sum() > self.small:
            return
        inside.sort(key=lambda each: -int(self.pieces.sizes[each[1]].sum()))  # the fewest parts are found first
        cover = _Cover.of(np.array([each[left] for _, each in inside]), self.pieces.sizes[left], self.small)
        for taken in cover.found():
            used = [*first, *(inside[at] for at in taken)]
            rest = there & ~np.logical_or.reduce([each for _, each in used])
            if len({each.table for each, _ in used} - {whole.table}) > 1:
                yield Chain(whole, tuple(each for each, _ in used), rest)
                return


@dataclass
class _Cover:
    """Sets over classes of alike pieces, as bits; `sizes` of the classes. `steps` is what is left of the search."""

    sets: list[int]
    sizes: list[int]
    small: int
    steps: int = MOST_STEPS

    @classmethod
    def of(cls, inside: Bools, sizes: Ints, small: int) -> "_Cover":
        kinds, which = np.unique(inside, axis=1, return_inverse=True)
        total = np.bincount(which.ravel(), sizes, minlength=kinds.shape[1]).astype(np.int64)
        order = np.argsort(-total, kind="stable")  # the largest class has the lowest bit
        bits = np.packbits(kinds[:, order], axis=1, bitorder="little")
        return cls([int.from_bytes(each.tobytes(), "little") for each in bits], total[order].tolist(), small)

    def found(self) -> Iterator[list[int]]:
        """Sets that share nothing and leave 1 to `small`, as the search comes to them."""
        yield from self._search((1 << len(self.sizes)) - 1, sum(self.sizes), 0, [])

    def _search(self, open_: int, size: int, spent: int, taken: list[int]) -> Iterator[list[int]]:
        """`open_` are classes neither covered nor left yet, `size` counts who is in them; `spent` are left already."""
        self.steps -= 1
        if 1 <= spent + size <= self.small and taken:
            yield taken
            return
        if size == 0:
            return
        largest = (open_ & -open_).bit_length() - 1
        for at, each in enumerate(self.sets):
            if each >> largest & 1 and not each & ~open_ and self.steps > 0:
                yield from self._search(open_ & ~each, size - self._count(each), spent, [*taken, at])
        if spent + self.sizes[largest] <= self.small and self.steps > 0:
            more = self.sizes[largest]
            yield from self._search(open_ & ~(1 << largest), size - more, spent + more, taken)

    def _count(self, classes: int) -> int:
        return sum(self.sizes[at] for at in _bits(classes))


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low
