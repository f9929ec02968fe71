"""The memory of tables: a new one is attacked together with those that were released before it.

A group left over when cells of one table are taken from cells of another is sought among those whom both count; then
the attacker's program says what all that was printed tells of its count. The attacker is taken to know which cells lie
in which. Not seen: a group that follows only from parts of more tables than are tried; rows held against people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import numpy as np

from openhaven.disclosure.chains import NEW, Chains, Pieces, Printed
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.ledger import Earlier, Ledger, Remembered, columns_of, is_simple, labels_of, looked_up
from openhaven.disclosure.linked import Linked, tells
from openhaven.disclosure.overlap import LeftOver, hidden_few, left_over, nested
from openhaven.disclosure.sides import Side, alone, as_one
from openhaven.disclosure.told_together import Shared, telling

MOST_SERIES = 4  # sets of tables over one set of columns that are taken as one, each without a record in common


@dataclass(frozen=True)
class Told:
    """A group whose count is told too well by the new table and `earlier` releases together: `count` in truth, and
    between `low` and `high` for who reads both. Of the new table the sum of `cells` (in printing order) helps to tell
    it, and of the earlier ones `earlier_cells`, by their labels; `units` are those in the group."""

    earlier: tuple[str, ...]
    count: int
    low: int
    high: int
    cells: tuple[int, ...]
    earlier_cells: tuple[tuple[str, ...], ...]
    units: Ints = field(compare=False)


def told_together(new: Remembered, ledger: Ledger) -> list[Told]:
    """Every group that is found; an empty list is a pass."""
    meeting = _Meeting(new, ledger)
    found = [told for pair in meeting.pairs() for told in meeting.told(*pair)]
    found += meeting.chained()
    once: dict[bytes, Told] = {}
    for each in found:
        once.setdefault(each.units.tobytes(), each)
    return list(once.values())


def told_in_chains(new: Remembered, ledger: Ledger) -> list[Told]:
    """The groups among them that only three tables or more tell together, the new one among them."""
    return list(_Meeting(new, ledger).chained())


@dataclass(frozen=True)
class _Near:
    """Of each table of the ledger: whether it counts somebody whom the new one counts; whether it could leave few
    beside it (some part of one lies in the other but for few, and some part of the other in it wholly); how many of
    its people the new one does not count, and how many of the new one's it does not."""

    near: Bools
    may: Bools
    theirs_out: Floats
    ours_out: Floats


class _Meeting:
    """One new table and a ledger. Pieces are what the new table's parts, or nobody of it, and the atoms of the ledger,
    or nobody of these, have in common: `atom` counts from 1."""

    def __init__(self, new: Remembered, ledger: Ledger) -> None:
        self.new, self.ledger, self.mine = new, ledger, new.earlier
        rows = new.parts.count + 1
        atom = looked_up(new.parts.units, ledger.units, ledger.atom + 1)
        key, count = np.unique(atom * rows + new.parts.part, return_counts=True)
        rest = ledger.sizes - np.bincount(atom, minlength=len(ledger.sizes) + 1)[1:]
        left = np.flatnonzero(rest)
        key, size = np.concatenate((key, (left + 1) * rows)), np.concatenate((count, rest[left]))
        order = np.argsort(key, kind="stable")
        self.keys, self.sizes = key[order], size[order]
        self.atom, self.part = np.divmod(self.keys, rows)
        self.whole = np.bincount(self.part, self.sizes, minlength=rows).astype(np.int64)
        self.ours = alone(self.mine.bounds, self.mine.cells)

    @cached_property
    def _chains(self) -> Chains:
        pieces = Pieces(self.atom, self.part, self.sizes)
        return Chains(self.mine, self.ledger, pieces, self.new.published.rule.small)

    @cached_property
    def _everyone(self) -> tuple[Ints, Ints]:
        """All units, and the piece in which each stands: looked up where somebody is told of."""
        units = np.union1d(self.new.parts.units, self.ledger.units)
        atom = looked_up(units, self.ledger.units, self.ledger.atom + 1)
        part = looked_up(units, self.new.parts.units, self.new.parts.part)
        return units, np.searchsorted(self.keys, atom * (self.new.parts.count + 1) + part)

    def _units_of(self, pieces: Bools) -> Ints:
        units, piece = self._everyone
        return units[pieces[piece]]

    def pairs(self) -> Iterator[tuple[Side, list[tuple[int, Ints]], Side, list[tuple[int, Ints]]]]:
        """What is held against what: the new table, alone or with the rest of a whole, and earlier ones, alone or as a
        series. Each side has the numbers of its tables, and their parts among its own."""
        near = self._near()
        for at in np.flatnonzero(near.may).tolist():
            table = self.ledger.tables[at]
            yield self.ours, [], alone(table.bounds, table.cells), [(at, _same(table))]
        if not self.mine.apart:
            return
        for pack in self._series(near):
            yield self.ours, [], *self._as_one(pack)
        for one, pack in self._rests(near):
            table = self.ledger.tables[one]
            side, placed = self._as_one([-1, *pack])
            yield side, placed, alone(table.bounds, table.cells), [(one, _same(table))]

    def _near(self) -> "_Near":
        """How far each table and the new one overlap."""
        ledger, rows = self.ledger, len(self.whole)
        table = np.repeat(np.arange(len(ledger)), np.diff(ledger.starts))
        entry, piece = self._pieces_of(slice(None))
        part, size = self.part[piece], self.sizes[piece]
        shared = np.bincount(table[entry] * rows + part, size, minlength=len(ledger) * rows).reshape(-1, rows)
        ours_out = np.where(self.whole > 0, self.whole - shared, np.inf)[:, 1:]
        place, cell_table = self._cells_of_parts(table)
        cells = np.bincount(place, ledger.sizes[ledger.held], minlength=len(cell_table))
        theirs_in = np.bincount(place[entry], np.where(part > 0, size, 0), minlength=len(cell_table))
        out = np.where(cells > 0, cells - theirs_in, np.inf)
        small = np.maximum(ledger.facts.small, self.new.published.rule.small)
        wholly = np.bincount(cell_table, out == 0, minlength=len(ledger)) > 0
        nearly = np.bincount(cell_table, out <= small[cell_table], minlength=len(ledger)) > 0
        may = ((ours_out <= small[:, None]).any(axis=1) & wholly) | (nearly & (ours_out == 0).any(axis=1))
        near = np.asarray(shared[:, 1:].any(axis=1), dtype=np.bool_)
        theirs = np.bincount(cell_table, cells - theirs_in, minlength=len(ledger)).astype(np.float64)
        return _Near(near, may & near, theirs, self.whole[1:].sum() - shared[:, 1:].sum(axis=1))

    def _cells_of_parts(self, table: Ints) -> tuple[Ints, Ints]:
        """The place of each entry's part among the parts of all tables, and the table of each of these places."""
        counts = self.ledger.facts.parts + 1
        first = np.append(0, np.cumsum(counts))
        return first[table] + self.ledger.part, np.repeat(np.arange(len(counts)), counts)

    def _as_one(self, tables: Sequence[int]) -> tuple[Side, list[tuple[int, Ints]]]:
        """Tables over the same columns that have nobody in common, as one; -1 is the new one."""
        every = [self._table(at) for at in tables]
        side, places = as_one([each.published for each in every], [each.bounds for each in every])
        return side, [(at, np.append(0, place + 1)) for at, place in zip(tables, places, strict=True)]

    def _series(self, near: "_Near") -> Iterator[list[int]]:
        """Tables that the new one holds but for few, such as months of its year, as often as nobody is in two."""
        inside = np.flatnonzero(near.near & (near.theirs_out <= self.new.published.rule.small))
        yield from (pack for pack in self._packed(inside) if len(pack) > 1)

    def _rests(self, near: "_Near") -> Iterator[tuple[int, list[int]]]:
        """A table that holds the new one but for few, with tables that make up the rest of it: a year, and all of its
        months but one."""
        within = near.near & (near.ours_out <= self.new.published.rule.small) & (near.theirs_out > 0)
        facts = self.ledger.facts
        alike = facts.simple & (facts.columns == columns_of(self.new.published)) & is_simple(self.new)
        ours = np.zeros(len(self.ledger.sizes) + 1, dtype=np.bool_)
        ours[self.atom[self.part > 0]] = True
        for at in np.flatnonzero(within & alike):
            free = np.zeros_like(ours)
            free[self.ledger.atoms_of(int(at))[0] + 1] = True
            free &= ~ours
            inside = np.logical_and.reduceat(free[self.ledger.held + 1], self.ledger.starts[:-1])
            yield from ((int(at), pack) for pack in self._packed(np.flatnonzero(inside & alike)))

    def _table(self, at: int) -> Earlier:
        """A table of the ledger; -1 is the new one."""
        return self.mine if at < 0 else self.ledger.tables[at]

    def _packed(self, tables: Ints) -> Iterator[list[int]]:
        """Tables over the same columns, the smallest first, each into the first pack in which nobody is whom it
        counts."""
        by: dict[int, list[tuple[list[int], Bools]]] = {}
        for at in tables[np.argsort(np.diff(self.ledger.starts)[tables], kind="stable")].tolist():
            if not self.ledger.facts.simple[at]:
                continue
            packs = by.setdefault(int(self.ledger.facts.columns[at]), [])
            atoms = self.ledger.atoms_of(at)[0]
            pack = next((each for each in packs if not each[1][atoms].any()), None)
            if pack is None and len(packs) < MOST_SERIES:
                pack = ([], np.zeros(len(self.ledger.sizes), dtype=np.bool_))
                packs.append(pack)
            if pack is not None:
                pack[0].append(int(at))
                pack[1][atoms] = True
        yield from (pack for packs in by.values() for pack, _ in packs)

    def told(
        self, ours: Side, beside: Sequence[tuple[int, Ints]], theirs: Side, tables: Sequence[tuple[int, Ints]]
    ) -> Iterator[Told]:
        """What two sides tell together."""
        overlap = self._overlap(ours, beside, theirs, tables)
        every = [self.mine, *(self.ledger.tables[at] for at, _ in (*beside, *tables) if at >= 0)]
        small = max(each.published.rule.small for each in every)
        if all(each.apart for each in every):
            groups = left_over(overlap, small, ours.sums, theirs.sums)
        else:
            groups = nested(overlap, small, ours.cells, theirs.cells)
        groups += hidden_few(overlap, small, ours, theirs)
        fewest = max(each.published.rule.fewest_values for each in every)
        printed = self._printed([at for at, _ in (*beside, *tables) if at >= 0]) if groups else []
        for group, low, high in telling(Shared(overlap, ours, theirs), groups, fewest=fewest):
            inside = group.group[self._codes(beside) if beside else self.part, self._codes(tables)]
            if not any((inside == each).all() for each in printed):
                yield self._named(group, (beside, tables), self._units_of(inside), (low, high))

    def _overlap(
        self, ours: Side, beside: Sequence[tuple[int, Ints]], theirs: Side, tables: Sequence[tuple[int, Ints]]
    ) -> Ints:
        """How many each part of one side shares with each of the other: number 0 for who is in none."""
        columns = theirs.parts + 1
        one = self._codes(beside) if beside else self.part
        whole = np.bincount(one, self.sizes, minlength=ours.parts + 1) if beside else self.whole
        counts = np.zeros(len(whole) * columns)
        for at, places in tables:
            entry, piece = self._pieces_of(slice(int(self.ledger.starts[at]), int(self.ledger.starts[at + 1])))
            other = places[self.ledger.part[entry]]
            counts += np.bincount(one[piece] * columns + other, self.sizes[piece], minlength=len(counts))
        overlap = counts.astype(np.int64).reshape(-1, columns)
        overlap[:, 0] = whole - overlap[:, 1:].sum(axis=1)
        overlap[0, 0] = 0
        return overlap

    def _pieces_of(self, entries: slice) -> tuple[Ints, Ints]:
        """The pieces in these entries of the ledger, and the entry of each."""
        held = self.ledger.held[entries] + 1
        first, count = self._of_atom[held], self._of_atom[held + 1] - self._of_atom[held]
        entry = np.repeat(np.arange(len(held)), count)
        piece = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count - first, count)
        return entry + (entries.start or 0), piece

    @cached_property
    def _of_atom(self) -> Ints:
        """Where the pieces of each atom begin: they stand in the order of their atoms."""
        return np.searchsorted(self.atom, np.arange(len(self.ledger.sizes) + 2))

    def _printed(self, tables: Sequence[int]) -> list[Bools]:
        """The pieces of each cell that an earlier table printed under its rule and that the new one's calls few: who
        reads the new one learns nothing of it."""
        return [there for _, there in self._chains.cells(tables, few=True)]

    def chained(self) -> Iterator[Told]:
        """What follows from cells of three tables or more, of any columns, one in another or not."""
        for each in chain(self._chains.found(), Linked(self._chains).found()):
            cells = [each.whole, *each.parts]
            printed = self._printed(sorted({cell.table for cell in cells if cell.table >= 0}))
            if any((each.left == there).all() for there in printed) or self._known(cells, each.left):
                continue
            earlier = [(self.ledger.tables[cell.table], cell.cell) for cell in cells if cell.table >= 0]
            labels = tuple(labels_of(table.published, cell) for table, cell in earlier)
            units = self._units_of(each.left)
            mine = tuple(cell.cell for cell in cells if cell.table < 0)
            ids = tuple(dict.fromkeys(table.id for table, _ in earlier))
            yield Told(ids, len(units), len(units), len(units), mine, labels, units)

    def _known(self, cells: Sequence[Printed], left: Bools) -> bool:
        """Whether one of these tables, or the new one, tells the group by itself, by all its cells."""
        tables = {NEW, *(each.table for each in cells)}
        return any(tells(self._chains, at, left) for at in sorted(tables))

    def _codes(self, tables: Sequence[tuple[int, Ints]]) -> Ints:
        """The part, on its side, of each piece: nobody is in two tables of one side."""
        found = np.zeros(len(self.sizes), dtype=np.int64)
        code = np.zeros(len(self.ledger.sizes) + 1, dtype=np.int64)
        for at, places in tables:
            if at < 0:
                found += places[self.part]
                continue
            atoms, part = self.ledger.atoms_of(at)
            code[atoms + 1] = places[part]
        return found + code[self.atom]

    def _named(
        self,
        group: LeftOver,
        sides: tuple[Sequence[tuple[int, Ints]], Sequence[tuple[int, Ints]]],
        units: Ints,
        between: tuple[int, int],
    ) -> Told:
        """Which cells tell it: those of the new table that are added up, and the largest such of the earlier ones."""
        ours = next((places for at, places in sides[0] if at < 0), _same(self.mine))
        mine = np.append(False, group.new_parts)[ours][1:]
        used, named = [], []
        for side, parts in zip(sides, (group.new_parts, group.earlier_parts), strict=True):
            for at, places in side:
                here = np.append(False, parts)[places][1:]
                if at >= 0 and here.any():
                    used.append(self.ledger.tables[at].id)
                    named += list(_largest(self.ledger.tables[at], here))
        sums = _summed(self.mine, self._as_known(mine))
        return Told(tuple(used), len(units), *between, sums, tuple(named), units)

    def _as_known(self, parts: Bools) -> Bools:
        """These parts where cells that print exactly make them up; else the least sum that the print of the new table
        tells and that holds them, if there is one."""
        exact, hidden = self.ours.cells[self.ours.low == self.ours.high], self.ours.sums[len(self.ours.cells) :]
        if (exact[(exact <= parts).all(axis=1)].any(axis=0) == parts).all():
            return parts
        around = np.concatenate((exact, hidden))
        around = around[(around >= parts).all(axis=1)]
        return around[np.argmin(around.sum(axis=1))] if len(around) and parts.any() else parts


def _same(table: Earlier) -> Ints:
    return np.arange(table.cells.shape[1] + 1)


def _within(table: Earlier, parts: Bools) -> Ints:
    """The cells that these parts make up, in printing order."""
    cells = table.cells
    return np.flatnonzero(cells.any(axis=1) & ~(cells & ~parts).any(axis=1))


def _summed(table: Earlier, parts: Bools) -> tuple[int, ...]:
    """The cell that these parts make up, or the leaves of which they are the sum."""
    cells = table.cells
    alike = np.flatnonzero((cells == parts).all(axis=1))
    if len(alike):
        return (int(alike[-1]),)
    return tuple(int(at) for at in _within(table, parts) if cells[at].sum() == 1)


def _largest(table: Earlier, parts: Bools) -> Iterator[tuple[str, ...]]:
    """The labels of the cells that make up these parts, the largest first, and none that lies in one before it."""
    left, cells = parts.copy(), table.cells
    inside = _within(table, parts)
    for at in inside[np.argsort(-cells[inside].sum(axis=1), kind="stable")]:
        if (cells[at] & left).any():
            left &= ~cells[at]
            yield labels_of(table.published, int(at))
