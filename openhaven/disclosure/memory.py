"""The memory of tables: a new one is attacked together with those that were released before it.

Of each table is kept what it printed and, apart from that, which records (or people) stand in which of its cells. A
group left over when cells of one table are taken from cells of another is sought among these; then the attacker's
program says what all that was printed tells of its count. The attacker is taken to know which cells lie in which.
Not seen: a group that follows only from three or more tables over different columns; rows held against people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from openhaven.disclosure.audit import Bounds, Published, at_first, sums_of
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import Sum
from openhaven.disclosure.overlap import LeftOver, left_over, nested
from openhaven.disclosure.sides import Side, alone, as_one
from openhaven.disclosure.tables import TOTAL
from openhaven.disclosure.told_together import Shared, telling
from openhaven.model.errors import BadInput

MOST_SERIES = 4  # sets of tables over one set of columns that are taken as one, each without a record in common
MIXED, MORE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Counted:
    """Who is counted where: record (or person) `units[i]`, a number that is the same in every table, stands in leaf
    cell `leaves[i]`. A record stands in one leaf, a person in one or more."""

    units: Ints
    leaves: Ints

    def __post_init__(self) -> None:
        if self.units.shape != self.leaves.shape or self.units.ndim != 1:
            raise BadInput("each record that a table counts needs the cell in which it stands")


@dataclass(frozen=True)
class Remembered:
    """A table as it was printed, and whom it counts. `id` names the release."""

    id: str
    published: Published
    counted: Counted

    @cached_property
    def leaves_of(self) -> Bools:
        """Which leaf cells make up each printed cell, totals included: cells x leaves, in printing order."""
        found = np.ones((1, 1), dtype=np.bool_)
        for size, sums in zip(self.published.small.shape, sums_of(self.published), strict=True):
            axis = _leaves_of_axis(size, sums)
            found = (found[:, None, :, None] & axis[None, :, None, :]).reshape(len(found) * size, -1)
        return found

    @cached_property
    def bounds(self) -> Bounds:
        """Between what each cell lies by its own print."""
        return at_first(self.published)

    @cached_property
    def parts(self) -> "Parts":
        """Those whom it counts, parted by the cells in which they stand."""
        units, leaves = self.counted.units, self.counted.leaves
        order = np.lexsort((leaves, units))
        units, leaves = units[order], leaves[order]
        first = np.flatnonzero(np.append(True, units[1:] != units[:-1])) if len(units) else units
        if len(first) == len(units):
            return Parts(units, leaves + 1, self.leaves_of, apart=True)
        mixed = (leaves.astype(np.uint64) + np.uint64(1)) * MIXED
        mixed = (mixed ^ (mixed >> np.uint64(31))) * MORE
        _, at, part = np.unique(np.add.reduceat(mixed, first), return_index=True, return_inverse=True)
        ends = np.append(first[1:], len(units))
        members = [self.leaves_of[:, leaves[first[one] : ends[one]]].any(axis=1) for one in at]
        return Parts(units[first], part.astype(np.int64) + 1, np.stack(members, axis=1), apart=False)


@dataclass(frozen=True)
class Parts:
    """A partition of those whom a table counts: `units` in order, the part of each (from 1), and which parts make up
    each printed cell (cells x parts). `apart`: the parts are the leaf cells themselves."""

    units: Ints
    part: Ints
    cells: Bools
    apart: bool

    @property
    def count(self) -> int:
        """How many parts there are."""
        return int(self.cells.shape[1])


def _leaves_of_axis(size: int, sums: Sequence[Sum]) -> Bools:
    totals = {total for total, _ in sums}
    leaves = [place for place in range(size) if place not in totals]
    found = np.zeros((size, len(leaves)), dtype=np.bool_)
    found[leaves, np.arange(len(leaves))] = True
    for _ in sums:  # as often as totals may stand on totals
        for total, parts in sums:
            found[total] |= found[list(parts)].any(axis=0)
    return found


@dataclass(frozen=True)
class Ledger:
    """Tables released before, over the common partition of all whom they count. `atom` is the atom of each of `units`
    (in order), `sizes` counts each atom. Table k counts the atoms `held[starts[k]:starts[k + 1]]`, each in the part
    of the same place in `part`."""

    tables: tuple[Remembered, ...]
    units: Ints
    atom: Ints
    sizes: Ints
    starts: Ints
    held: Ints
    part: Ints

    @classmethod
    def of(cls, tables: Sequence[Remembered]) -> "Ledger":
        """Everyone in one common partition. Of tables that print the same of the same people the first stands for
        all."""
        tables = _once(tables)
        for each in tables:
            _ = each.bounds  # read once, when the ledger is made
        parts = [each.parts for each in tables]
        none: Ints = np.zeros(0, dtype=np.int64)
        units = np.unique(np.concatenate([none, *(each.units for each in parts)]))
        places = [np.searchsorted(units, each.units) for each in parts]
        atom = _atoms(len(units), parts, places)
        sizes = np.bincount(atom) if len(units) else none
        held = [np.unique(atom[place], return_index=True) for place in places]
        starts = np.cumsum([0, *(len(each) for each, _ in held)])
        part = [each.part[first] for each, (_, first) in zip(parts, held, strict=True)]
        return cls(
            tuple(tables),
            units,
            atom,
            sizes,
            starts,
            np.concatenate([none, *(each for each, _ in held)]),
            np.concatenate([none, *part]),
        )

    def __len__(self) -> int:
        return len(self.tables)

    def atoms_of(self, at: int) -> tuple[Ints, Ints]:
        """The atoms that a table counts, and the part of each."""
        here = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.held[here], self.part[here]


def _once(tables: Sequence[Remembered]) -> list[Remembered]:
    once: dict[object, Remembered] = {}
    for each in tables:
        parts = each.parts
        key = (each.published.by, each.published.labels, each.published.shown, each.published.rule.name,
               parts.units.tobytes(), parts.part.tobytes())  # fmt: skip
        once.setdefault(hash(key), each)
    return list(once.values())


def _atoms(units: int, parts: Sequence[Parts], places: Sequence[Ints]) -> Ints:
    """Units that stand in the same part of every table have one number: told by sums of 128 bits drawn by mixing."""
    sums = np.zeros((units, 2), dtype=np.uint64)
    for number, (each, place) in enumerate(zip(parts, places, strict=True), 1):
        code = each.part.astype(np.uint64) + np.uint64(number << 32)
        for way, factor in enumerate((MIXED, MORE)):
            mixed = code * factor
            mixed = (mixed ^ (mixed >> np.uint64(29))) * (MORE if way == 0 else MIXED)
            sums[place, way] += mixed ^ (mixed >> np.uint64(32))
    order = np.lexsort(sums.T)
    ordered = sums[order]
    new = np.append(False, (ordered[1:] != ordered[:-1]).any(axis=1))[: len(order)]
    atom = np.zeros(units, dtype=np.int64)
    atom[order] = np.cumsum(new)
    return atom


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
    once: dict[bytes, Told] = {}
    for each in found:
        once.setdefault(each.units.tobytes(), each)
    return list(once.values())


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
        self.new, self.ledger = new, ledger
        rows = new.parts.count + 1
        atom = _looked_up(new.parts.units, ledger.units, ledger.atom + 1)
        key, count = np.unique(atom * rows + new.parts.part, return_counts=True)
        rest = ledger.sizes - np.bincount(atom, minlength=len(ledger.sizes) + 1)[1:]
        left = np.flatnonzero(rest)
        key, size = np.concatenate((key, (left + 1) * rows)), np.concatenate((count, rest[left]))
        order = np.argsort(key, kind="stable")
        self.keys, self.sizes = key[order], size[order]
        self.atom, self.part = np.divmod(self.keys, rows)
        self.whole = np.bincount(self.part, self.sizes, minlength=rows).astype(np.int64)
        self.ours = alone(new.bounds, new.parts.cells)

    @cached_property
    def _everyone(self) -> tuple[Ints, Ints]:
        """All units, and the piece in which each stands: looked up where somebody is told of."""
        units = np.union1d(self.new.parts.units, self.ledger.units)
        atom = _looked_up(units, self.ledger.units, self.ledger.atom + 1)
        part = _looked_up(units, self.new.parts.units, self.new.parts.part)
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
            yield self.ours, [], alone(table.bounds, table.parts.cells), [(at, _same(table.parts))]
        if not self.new.parts.apart:
            return
        for pack in self._series(near):
            yield self.ours, [], *self._as_one(pack)
        for one, pack in self._rests(near):
            table = self.ledger.tables[one]
            side, placed = self._as_one([-1, *pack])
            yield side, placed, alone(table.bounds, table.parts.cells), [(one, _same(table.parts))]

    def _near(self) -> "_Near":
        """How far each table and the new one overlap."""
        ledger, rows = self.ledger, len(self.whole)
        table = np.repeat(np.arange(len(ledger)), np.diff(ledger.starts))
        first = np.searchsorted(self.atom, ledger.held + 1)
        count = np.searchsorted(self.atom, ledger.held + 1, side="right") - first
        entry = np.repeat(np.arange(len(ledger.held)), count)
        piece = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        part, size = self.part[piece], self.sizes[piece]
        shared = np.bincount(table[entry] * rows + part, size, minlength=len(ledger) * rows).reshape(-1, rows)
        ours_out = np.where(self.whole > 0, self.whole - shared, np.inf)[:, 1:]
        place, cell_table = self._cells_of_parts(table)
        cells = np.bincount(place, ledger.sizes[ledger.held], minlength=len(cell_table))
        theirs_in = np.bincount(place[entry], np.where(part > 0, size, 0), minlength=len(cell_table))
        out = np.where(cells > 0, cells - theirs_in, np.inf)
        small = np.array([max(each.published.rule.small, self.new.published.rule.small) for each in ledger.tables])
        wholly = np.bincount(cell_table, out == 0, minlength=len(ledger)) > 0
        nearly = np.bincount(cell_table, out <= small[cell_table], minlength=len(ledger)) > 0
        may = ((ours_out <= small[:, None]).any(axis=1) & wholly) | (nearly & (ours_out == 0).any(axis=1))
        near = np.asarray(shared[:, 1:].any(axis=1), dtype=np.bool_)
        theirs = np.bincount(cell_table, cells - theirs_in, minlength=len(ledger)).astype(np.float64)
        return _Near(near, may & near, theirs, self.whole[1:].sum() - shared[:, 1:].sum(axis=1))

    def _cells_of_parts(self, table: Ints) -> tuple[Ints, Ints]:
        """The place of each entry's part among the parts of all tables, and the table of each of these places."""
        counts = [each.parts.count + 1 for each in self.ledger.tables]
        first = np.cumsum([0, *counts])
        return first[table] + self.ledger.part, np.repeat(np.arange(len(counts)), counts)

    def _as_one(self, tables: Sequence[int]) -> tuple[Side, list[tuple[int, Ints]]]:
        """Tables over the same columns that have nobody in common, as one; -1 is the new one."""
        every = [self.new if at < 0 else self.ledger.tables[at] for at in tables]
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
        alike = np.array([self._alike(at) for at in range(len(self.ledger))], dtype=np.bool_)
        ours = np.zeros(len(self.ledger.sizes) + 1, dtype=np.bool_)
        ours[self.atom[self.part > 0]] = True
        for at in np.flatnonzero(within & alike):
            free = np.zeros_like(ours)
            free[self.ledger.atoms_of(int(at))[0] + 1] = True
            free &= ~ours
            inside = np.logical_and.reduceat(free[self.ledger.held + 1], self.ledger.starts[:-1])
            yield from ((int(at), pack) for pack in self._packed(np.flatnonzero(inside & alike)))

    def _alike(self, at: int) -> bool:
        table = self.ledger.tables[at]
        return table.published.by == self.new.published.by and table.parts.apart and not table.published.sums

    def _packed(self, tables: Ints) -> Iterator[list[int]]:
        """Tables over the same columns, the smallest first, each into the first pack in which nobody is whom it
        counts."""
        by: dict[tuple[str, ...], list[tuple[list[int], Bools]]] = {}
        for at in sorted(tables, key=lambda each: int(np.diff(self.ledger.starts)[each])):
            table = self.ledger.tables[at]
            if not table.parts.apart or table.published.sums:
                continue
            packs = by.setdefault(table.published.by, [])
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
        one, other = self._codes(beside) if beside else self.part, self._codes(tables)
        columns = theirs.parts + 1
        counts = np.bincount(one * columns + other, self.sizes, minlength=(ours.parts + 1) * columns)
        overlap = counts.astype(np.int64).reshape(-1, columns)
        overlap[0, 0] = 0
        every = [self.new, *(self.ledger.tables[at] for at, _ in (*beside, *tables) if at >= 0)]
        small = max(each.published.rule.small for each in every)
        search = left_over if all(each.parts.apart for each in every) else nested
        groups = search(overlap, small, ours.cells, theirs.cells)
        fewest = max(each.published.rule.fewest_values for each in every)
        for group, low, high in telling(Shared(overlap, ours, theirs), groups, fewest=fewest):
            units = self._units_of(group.group[one, other])
            yield self._named(group, (beside, tables), units, (low, high))

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
        ours = next((places for at, places in sides[0] if at < 0), _same(self.new.parts))
        mine = np.append(False, group.new_parts)[ours][1:]
        used, named = [], []
        for side, parts in zip(sides, (group.new_parts, group.earlier_parts), strict=True):
            for at, places in side:
                here = np.append(False, parts)[places][1:]
                if at >= 0 and here.any():
                    used.append(self.ledger.tables[at].id)
                    named += list(_largest(self.ledger.tables[at], here))
        return Told(tuple(used), len(units), *between, _summed(self.new, mine), tuple(named), units)


def _same(parts: Parts) -> Ints:
    return np.arange(parts.count + 1)


def _looked_up(units: Ints, known: Ints, value: Ints) -> Ints:
    """The value of each unit, 0 where it is not known; `known` is in order."""
    if not len(known):
        return np.zeros(len(units), dtype=np.int64)
    at = np.minimum(np.searchsorted(known, units), len(known) - 1)
    return np.where(known[at] == units, value[at], 0)


def _within(table: Remembered, parts: Bools) -> Ints:
    """The cells that these parts make up, in printing order."""
    cells = table.parts.cells
    return np.flatnonzero(cells.any(axis=1) & ~(cells & ~parts).any(axis=1))


def _summed(table: Remembered, parts: Bools) -> tuple[int, ...]:
    """The cell that these parts make up, or the leaves of which they are the sum."""
    cells = table.parts.cells
    alike = np.flatnonzero((cells == parts).all(axis=1))
    if len(alike):
        return (int(alike[-1]),)
    return tuple(int(at) for at in _within(table, parts) if cells[at].sum() == 1)


def _largest(table: Remembered, parts: Bools) -> Iterator[tuple[str, ...]]:
    """The labels of the cells that make up these parts, the largest first, and none that lies in one before it."""
    left, cells, shape = parts.copy(), table.parts.cells, table.published.small.shape
    labels = [(*each, TOTAL) for each in table.published.labels]
    inside = _within(table, parts)
    for at in inside[np.argsort(-cells[inside].sum(axis=1), kind="stable")]:
        if (cells[at] & left).any():
            left &= ~cells[at]
            places = np.unravel_index(int(at), shape)
            yield tuple(each[int(place)] for each, place in zip(labels, places, strict=True))
