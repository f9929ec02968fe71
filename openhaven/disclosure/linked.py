"""Linked tables: what sums of printed cells, each taken any number of times, or half, or taken off, tell of few people.

Three areas told two by two, or two groups, their union and what they share: no cell lies in another, and yet the exact
counts settle one. A group is told exactly where who is in it (1) and who is not (0) is a linear combination of who is
in the cells that print exactly (`spans`). Sought among all earlier tables where they are few; else among those nearest
to the new one, and among the cells that walks from it meet (`rings`). Bounded: so many tables, cells and classes. Not
sought: sums of three reduced rows or more, and what hidden or rounded counts narrow without settling it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.chains import NEW, Chain, Chains, Printed
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.ledger import MIXED, MORE, Earlier
from openhaven.disclosure.rings import Rings
from openhaven.disclosure.spans import NEAR, Span, core, groups

MOST_TABLES = 64  # nearest to the new one
MOST_READ = 1_200  # cells of these
MOST_CELLS = 320  # of those that could help to tell
MOST_CLASSES = 960  # of people who stand in the same of these
COARSE = (10**6, 12, 4, 1)  # a table with more cells than this counts by its total alone: all cells come first
_Mixed = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Linked:
    """The tables of a search for chains, taken together."""

    chains: Chains

    def found(self) -> Iterator[Chain]:
        """Groups of few that the new table and two or more earlier ones settle: `whole` is the new table's cell that
        counts most in the sum, `parts` the others."""
        if len(self.chains.ledger) < 2:
            return
        near, whole = [NEW, *self._nearest()], False
        for most in COARSE:
            every = [_Rows.of(at, self.chains.table(at), self.chains.small, most) for at in near]
            tried, found = self._most_of(every)
            yield from found
            whole |= tried == len(self.chains.ledger) + 1 and most == COARSE[0]
        if not whole:
            yield from self._in_rings()

    def _in_rings(self) -> Iterator[Chain]:
        """By cells that follow from one another, however many tables lie between: totals alone, and then all cells."""
        for totals in (True, False):
            by: dict[int, list[int]] = {}
            for cell in Rings(self.chains, totals=totals).cells():
                by.setdefault(cell.table, []).append(cell.cell)
            rows = [_Rows.some_of(at, self.chains.table(at), np.array(cells)) for at, cells in by.items()]
            yield from self._told(rows) or []

    def _most_of(self, every: Sequence["_Rows"]) -> tuple[int, list[Chain]]:
        """How many of these tables, the first first, are not too much together, and what they tell."""
        read = np.cumsum([len(each.cells) for each in every])
        some = int(np.searchsorted(read, MOST_READ, side="right"))
        while some > 2:
            if (found := self._told(every[:some])) is not None:
                return some, found
            some //= 2
        return some, []

    def _told(self, rows: Sequence["_Rows"]) -> list[Chain] | None:
        """Groups that these cells tell and the earlier ones among them alone do not; None where they are too much."""
        names = [Printed(each.table, int(cell)) for each in rows for cell in each.cells]
        mine = np.array([each.table == NEW for each in names], dtype=np.bool_)
        inside, sizes, of_piece = self._classes(rows)
        found = core(inside, sizes, self.chains.small, mine)
        if len(found.cells) > MOST_CELLS or len(found.sizes) > MOST_CLASSES:
            return None
        weights, mine = found.inside.astype(np.float64), mine[found.cells]
        all_ = list(groups(weights, found.sizes, self.chains.small))
        if not all_:
            return []
        own, others = Span.of(weights[mine]), Span.of(weights[~mine])
        new = [each for each in all_ if not own.holds(each) and not others.holds(each)]
        both, class_of = Span.of(weights, told=True) if new else own, found.of_class[of_piece]
        named = [names[at] for at in found.cells]
        return [_named(named, both.weights(each), np.append(each > 0.5, False)[class_of]) for each in new]

    def _classes(self, rows: Sequence["_Rows"]) -> tuple[Bools, Ints, Ints]:
        """Who is in these cells (cells x classes of pieces that are in the same), how many each class counts, and the
        class of each piece; told by sums of 64 bits."""
        parts = [self.chains.part_of(each.table) for each in rows]
        told = np.zeros(len(self.chains.pieces.sizes), dtype=np.uint64)
        for number, (each, part) in enumerate(zip(rows, parts, strict=True), 1):
            told += each.mixed(number)[part]
        _, first, kind = np.unique(told, return_index=True, return_inverse=True)
        inside = np.concatenate([each.inside[:, part[first]] for each, part in zip(rows, parts, strict=True)])
        sizes = np.bincount(kind, self.chains.pieces.sizes).astype(np.int64)
        return inside, sizes, kind.astype(np.int64)

    def _nearest(self) -> list[int]:
        """The tables that share most with the new one, by how much of both together they share; half of them where
        others share nobody with it, but most with those. All of them where they are not too many."""
        pieces, sizes = self.chains.pieces, self.chains.ledger.sizes
        here = pieces.part > 0
        ours = np.bincount(pieces.atom[here], pieces.sizes[here], len(sizes) + 1)[1:].astype(np.float64)
        share = self._share(ours, float(pieces.sizes[here].sum()))
        if len(share) <= MOST_TABLES:
            return [int(at) for at in np.argsort(-share, kind="stable")]
        near = [int(at) for at in np.argsort(-share, kind="stable")[:MOST_TABLES] if share[at] > 0]
        around = np.zeros(len(sizes))
        for at in near:
            around[self.chains.ledger.atoms_of(at)[0]] = 1
        beyond = np.where(share > 0, 0, self._share(around * sizes, float(around @ sizes)))
        others = [int(at) for at in np.argsort(-beyond, kind="stable")[: MOST_TABLES // 2] if beyond[at] > 0]
        return [*near[: MOST_TABLES - len(others)], *others]

    def _share(self, of_atom: Floats, whole: float) -> Floats:
        """Of each table of the ledger: what it shares with these people, as a share of both together."""
        ledger = self.chains.ledger
        shared, theirs = (
            np.diff(np.append(0, np.cumsum(each[ledger.held]))[ledger.starts]) for each in (of_atom, ledger.sizes)
        )
        found: Floats = shared / np.maximum(whole + theirs - shared, 1)
        return found


@dataclass(frozen=True)
class _Rows:
    """Cells of one table by their numbers in printing order, and which of its parts, from 0, are in each."""

    table: int
    cells: Ints
    inside: Bools

    @classmethod
    def of(cls, at: int, table: Earlier, small: int, most: int) -> "_Rows":
        """What prints exactly and is not few: of tables in whose cells nobody stands twice the inner cells, and what is
        hidden in each total; of tables with more than so many cells the last alone."""
        low = table.bounds.low.ravel()
        exact = np.flatnonzero((low == table.bounds.high.ravel()) & (low > small))
        last, inside = exact[-1:], np.asarray(table.cells[exact], dtype=np.bool_)
        if table.apart:
            one = inside.sum(axis=1) == 1
            inside = np.where(one[:, None], inside, inside & ~inside[one].any(axis=0))
            _, first = np.unique(inside, axis=0, return_index=True)
            kept = np.sort(first[inside[first].any(axis=1)])
            exact, inside = exact[kept], inside[kept]
        if len(exact) > most:
            return cls.some_of(at, table, last)
        return cls.some_of(at, table, exact, inside)

    @classmethod
    def some_of(cls, at: int, table: Earlier, cells: Ints, inside: Bools | None = None) -> "_Rows":
        """These cells."""
        parts = table.cells[cells] if inside is None else inside
        return cls(at, cells, np.concatenate((np.zeros((len(cells), 1), dtype=np.bool_), parts), axis=1))

    def mixed(self, number: int) -> "_Mixed":
        """For each part a number of 64 bits that says in which of the cells it is, 0 for none."""
        weight = (np.arange(1, len(self.cells) + 1) + (number << 20)).astype(np.uint64) * MIXED
        weight = (weight ^ (weight >> np.uint64(31))) * MORE
        found: _Mixed = (self.inside * weight[:, None]).sum(axis=0, dtype=np.uint64)
        return found


def _named(names: Sequence[Printed], weight: Floats, left: Bools) -> Chain:
    """By which cells it is told: those of the new table first."""
    used = [names[at] for at in np.argsort(-np.abs(weight), kind="stable") if abs(weight[at]) > NEAR]
    used.sort(key=lambda each: each.table != NEW)
    return Chain(used[0], tuple(used[1:]), left)


def tells(chains: Chains, at: int, group: Bools) -> bool:
    """Whether the cells of one table alone tell a group, marked among the pieces."""
    table = chains.table(at)
    part, whole = chains.part_of(at), table.cells.shape[1] + 1
    inside, sizes = (np.bincount(part[some], chains.pieces.sizes[some], whole) for some in (group, slice(None)))
    all_ = inside == sizes
    if inside[0] or (inside[~all_] > 0).any():
        return False
    rows = _Rows.of(at, table, chains.small, COARSE[0])
    return Span.of(rows.inside.astype(np.float64)).holds((inside > 0).astype(np.float64))
