"""Linked tables: what sums of printed cells, each taken any number of times, or half, or taken off, tell of few people.

Three areas told two by two, or two groups, their union and what they share: no cell lies in another, and yet the exact
counts settle one. A group is told exactly where who is in it (1) and who is not (0) is a linear combination of who is
in the cells that print exactly. Such combinations are sought among those that leave nobody but classes of few: by the
null space of the large classes, and its reduced rows. Bounded: the tables nearest to the new one and the cells that
walks from it meet (`rings`), so many cells and classes. Not sought: sums of reduced rows, and what hidden or rounded
counts narrow without settling it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from openhaven.disclosure.chains import NEW, Chain, Chains, Placed, Printed
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.ledger import MIXED, MORE
from openhaven.disclosure.rings import Rings

MOST_TABLES = 16  # nearest to the new one
MOST_CELLS = 80
MOST_CLASSES = 160  # of people who stand in the same of these cells
COARSE = (1, 4, 12)  # a table with more cells than this counts by its total alone: coarse first
NEAR = 1e-6


@dataclass(frozen=True)
class Linked:
    """The tables of a search for chains, taken together."""

    chains: Chains

    def found(self) -> Iterator[Chain]:
        """Groups of few that the new table and two or more earlier ones settle: `whole` is the new table's cell that
        counts most in the sum, `parts` the others."""
        if len(self.chains.ledger) < 2:
            return
        tables = [self.chains.cells([at]) for at in (NEW, *self._nearest())]
        first, kind = _kinds([each for table in tables for each in table], len(self.chains.pieces.sizes))
        sizes = np.bincount(kind, self.chains.pieces.sizes)
        thin = [[(cell, there[first]) for cell, there in table] for table in tables]
        yield from self._in_rings()
        before: list[Placed] = []
        for most in COARSE:
            cells = _chosen([each if len(each) <= most else each[-1:] for each in thin])
            if cells and cells[0][0].table == NEW and len(cells) != len(before):
                yield from self._told(cells, sizes, kind)
            before = cells

    def _in_rings(self) -> Iterator[Chain]:
        """By cells that follow from one another, however many tables lie between: totals alone, and then all cells."""
        done: set[frozenset[Printed]] = set()
        for cells in chain(Rings(self.chains, totals=True).sets(), Rings(self.chains).sets()):
            names = frozenset(cell for cell, _ in cells)
            if names not in done:
                done.add(names)
                first, kind = _kinds(cells, len(self.chains.pieces.sizes))
                thin = [(cell, there[first]) for cell, there in cells]
                yield from self._told(thin, np.bincount(kind, self.chains.pieces.sizes), kind)

    def _told(self, cells: Sequence[Placed], thin: Ints, kind: Ints) -> Iterator[Chain]:
        """By these cells: groups that the earlier ones alone do not tell. `thin` counts each kind of piece."""
        inside, of_class = _classes(cells)
        mine = np.array([cell.table == NEW for cell, _ in cells])
        sizes = np.bincount(of_class, thin, minlength=inside.shape[1])
        few = np.asarray((sizes <= self.chains.small) & inside.any(axis=0), dtype=np.bool_)
        for row in _reduced(_within(inside, few)):
            group = np.zeros(len(sizes))
            group[few] = row
            whole = np.abs(group - np.round(group)).max() < NEAR and set(np.round(row)) <= {0.0, 1.0}
            if not whole or not 1 <= sizes[group > 0.5].sum() <= self.chains.small:
                continue
            if not _spanned(inside[~mine], group) and not _spanned(inside[mine], group):
                yield self._named(cells, inside, group, (group > 0.5)[of_class][kind])

    def _named(self, cells: Sequence[Placed], inside: Floats, group: Floats, left: Bools) -> Chain:
        """By which cells it is told: those of the new table first."""
        weight = np.linalg.lstsq(inside.T, group, rcond=None)[0]
        used = [cells[at][0] for at in np.argsort(-np.abs(weight), kind="stable") if abs(weight[at]) > NEAR]
        used.sort(key=lambda each: each.table != NEW)
        return Chain(used[0], tuple(used[1:]), left)

    def _nearest(self) -> list[int]:
        """The tables that share most with the new one, by how much of both together they share; half of them where
        others share nobody with it, but most with those."""
        pieces, sizes = self.chains.pieces, self.chains.ledger.sizes
        here = pieces.part > 0
        ours = np.bincount(pieces.atom[here], pieces.sizes[here], len(sizes) + 1)[1:].astype(np.float64)
        share = self._share(ours, float(pieces.sizes[here].sum()))
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


def _chosen(tables: Sequence[Sequence[Placed]]) -> list[Placed]:
    """The cells of one table after another, as long as they and the classes that they make are not too many."""
    cells: list[Placed] = []
    for each in tables:
        more = [*cells, *each]
        if len(more) <= MOST_CELLS and _classes(more)[0].shape[1] <= MOST_CLASSES:
            cells = more
    return cells


def _kinds(cells: Sequence[Placed], pieces: int) -> tuple[Ints, Ints]:
    """A piece of each kind, and the kind of each piece: those in the same of these cells, told by sums of 64 bits."""
    told = np.zeros(pieces, dtype=np.uint64)
    for number, (_, there) in enumerate(cells, 1):
        mixed = number * int(MIXED) % 2**64
        told[there] += np.uint64((mixed ^ (mixed >> 31)) * int(MORE) % 2**64)
    _, first, kind = np.unique(told, return_index=True, return_inverse=True)
    return first, kind.astype(np.int64)


def _classes(cells: Sequence[Placed]) -> tuple[Floats, Ints]:
    """Who is in these cells (cells x classes of pieces that are in the same), and the class of each piece."""
    if not cells:
        return np.zeros((0, 0)), np.zeros(0, dtype=np.int64)
    bits = np.ascontiguousarray(np.packbits(np.array([there for _, there in cells]), axis=0).T)
    kinds, first, of_class = np.unique(
        bits.view(np.dtype((np.void, bits.shape[1]))).ravel(), return_index=True, return_inverse=True
    )
    inside = np.array([there[first] for _, there in cells], dtype=np.float64)
    return inside.reshape(len(cells), len(kinds)), of_class.astype(np.int64)


def _within(inside: Floats, few: Bools) -> Floats:
    """Sums of cells, over the classes of few, that cancel out over all other classes."""
    left, size, _ = np.linalg.svd(_square(inside[:, ~few]), full_matrices=True)
    rank = int((size > NEAR * max(1.0, float(size.max(initial=0)))).sum())
    found: Floats = left[:, rank:].T @ inside[:, few]
    return found


def _square(rows: Floats) -> Floats:
    """No wider than it is high, and of rows that cancel out together where these do."""
    found: Floats = np.asarray(np.linalg.qr(rows.T, mode="r"), dtype=np.float64).T
    return found


def _reduced(rows: Floats) -> Floats:
    """The reduced row echelon form."""
    rows, done = rows.copy(), 0
    for column in range(rows.shape[1]):
        if done == len(rows):
            break
        best = done + int(np.abs(rows[done:, column]).argmax())
        if abs(rows[best, column]) < NEAR:
            continue
        rows[[done, best]] = rows[[best, done]]
        rows[done] /= rows[done, column]
        others = np.arange(len(rows)) != done
        rows[others] -= rows[others, column : column + 1] * rows[done]
        done += 1
    found: Floats = rows[:done]
    return found


def tell(cells: Sequence[Placed], group: Bools) -> bool:
    """Whether these cells tell a group, marked among the pieces."""
    inside = _classes([*cells, (Printed(NEW, -1), group)])[0]
    return _spanned(inside[:-1], inside[-1])


def _spanned(inside: Floats, group: Floats) -> bool:
    """Whether these cells tell the group by themselves."""
    if not len(inside):
        return False
    weight = np.linalg.lstsq(inside.T, group, rcond=None)[0]
    return bool(np.abs(inside.T @ weight - group).max() < NEAR)
