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

from openhaven.disclosure.audit import Published, sums_of
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.linear import Sum
from openhaven.disclosure.overlap import LeftOver, left_over, nested
from openhaven.disclosure.tables import TOTAL
from openhaven.disclosure.told_together import Printed, Shared, telling
from openhaven.model.errors import BadInput

MOST_SERIES = 4  # sets of tables over one set of columns that are taken together, each without a record in common
MIXED = np.uint64(0x9E3779B97F4A7C15)


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
    def parts(self) -> "Parts":
        """Those whom it counts, parted by the cells in which they stand."""
        units, leaves = self.counted.units, self.counted.leaves
        order = np.lexsort((leaves, units))
        units, leaves = units[order], leaves[order]
        first = np.flatnonzero(np.append(True, units[1:] != units[:-1])) if len(units) else units
        if len(first) == len(units):
            return Parts(units, leaves + 1, self.leaves_of, apart=True)
        mixed = (leaves.astype(np.uint64) + np.uint64(1)) * MIXED
        mixed ^= mixed >> np.uint64(31)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
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
        return self.cells.shape[1]


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
    """Tables released before, over the common partition of all whom they count: `atom` is the atom of each of `units`
    (in order), and `codes[k]` the part of table k in which each atom lies, 0 for none."""

    tables: tuple[Remembered, ...]
    units: Ints
    atom: Ints
    sizes: Ints
    codes: tuple[Ints, ...]

    @classmethod
    def of(cls, tables: Sequence[Remembered]) -> "Ledger":
        """Everyone in one common partition."""
        parts = [each.parts for each in tables]
        units = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(each.units for each in parts)]))
        atom = np.zeros(len(units), dtype=np.int64)
        for each in parts:
            key = atom * (each.count + 1)
            key[np.searchsorted(units, each.units)] += each.part
            atom = np.unique(key, return_inverse=True)[1]
        sizes = np.bincount(atom) if len(units) else atom
        one = np.zeros(len(sizes), dtype=np.int64)
        one[atom] = np.arange(len(units))
        return cls(tuple(tables), units, atom, sizes, tuple(_codes(units, one, each) for each in parts))

    def __len__(self) -> int:
        return len(self.tables)


def _codes(units: Ints, one: Ints, parts: Parts) -> Ints:
    part = np.zeros(len(units), dtype=np.min_scalar_type(parts.count))
    part[np.searchsorted(units, parts.units)] = parts.part
    return part[one]


@dataclass(frozen=True)
class Told:
    """A group whose count is told too well by the new table and `earlier` releases together: `count` in truth, and
    between `low` and `high` for who reads both. `cells` of the new table (in printing order) help to tell it, and
    `earlier_cells`, by their labels, of the earlier ones; `units` are those in the group."""

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
    found = [each for at in meeting.near for each in meeting.told([at])]
    found += [each for pack in meeting.series() for each in meeting.told(pack)]
    found += [each for at, pack in meeting.rests() for each in meeting.told([at], beside=pack)]
    once: dict[bytes, Told] = {}
    for each in found:
        once.setdefault(np.sort(each.units).tobytes(), each)
    return list(once.values())


class _Meeting:
    """One new table and a ledger. Pieces are what the new table's parts and the ledger's atoms have in common."""

    def __init__(self, new: Remembered, ledger: Ledger) -> None:
        self.new, self.ledger, self.parts = new, ledger, new.parts
        at = np.searchsorted(ledger.units, self.parts.units)
        known = np.zeros(len(at), dtype=np.bool_)
        inside = at < len(ledger.units)
        known[inside] = ledger.units[at[inside]] == self.parts.units[inside]
        self.unknown = np.bincount(self.parts.part[~known], minlength=self.parts.count + 1)
        key = ledger.atom[at[known]] * (self.parts.count + 1) + self.parts.part[known]
        pieces, self.sizes = np.unique(key, return_counts=True)
        self.atom, self.part = np.divmod(pieces, self.parts.count + 1)
        self.whole = np.bincount(self.part, self.sizes, minlength=self.parts.count + 1).astype(np.int64) + self.unknown
        self.near = [at for at in range(len(ledger)) if ledger.codes[at][self.atom].any()]

    def overlap(self, tables: Sequence[int], beside: Sequence[int] = ()) -> Ints:
        """New parts, then those of the tables `beside`, x the parts of these tables; number 0 is who is in none. On
        each side nobody is in two tables."""
        found, sizes = [self._new_overlap(tables)], [self.whole[1:]]
        for at in beside:
            found.append(self._earlier_overlap(at, tables))
            sizes.append(self._sizes(at)[1:])
        inside = np.concatenate(found)
        columns = np.concatenate([self._sizes(at)[1:] for at in tables])
        whole = np.zeros((len(inside) + 1, len(columns) + 1), dtype=np.int64)
        whole[1:, 1:] = inside
        whole[0, 1:] = columns - inside.sum(axis=0)
        whole[1:, 0] = np.concatenate(sizes) - inside.sum(axis=1)
        return whole

    def _sizes(self, at: int) -> Ints:
        parts = self.ledger.tables[at].parts.count + 1
        return np.bincount(self.ledger.codes[at], self.ledger.sizes, minlength=parts).astype(np.int64)

    def _new_overlap(self, tables: Sequence[int]) -> Ints:
        codes = [(self.ledger.codes[at][self.atom], self.ledger.tables[at].parts.count) for at in tables]
        return _crossed(self.part, self.parts.count, codes, self.sizes)

    def _earlier_overlap(self, one: int, tables: Sequence[int]) -> Ints:
        codes = [(self.ledger.codes[at], self.ledger.tables[at].parts.count) for at in tables]
        return _crossed(self.ledger.codes[one], self.ledger.tables[one].parts.count, codes, self.ledger.sizes)

    def told(self, tables: Sequence[int], beside: Sequence[int] = ()) -> Iterator[Told]:
        """What these tables tell together with the new one, and those `beside` it."""
        overlap = self.overlap(tables, beside)
        earlier, others = ([self.ledger.tables[at] for at in some] for some in (tables, beside))
        every = [self.new, *others, *earlier]
        small = max(each.published.rule.small for each in every)
        if not ((overlap > 0) & (overlap <= small)).any():
            return
        ours, theirs = ([self.new, *others], earlier)
        shared = Shared(overlap, _printed(ours), _printed(theirs))
        search = left_over if all(each.parts.apart for each in every) else nested
        groups = search(overlap, small, shared.new.cells, shared.earlier.cells)
        groups = [each for each in groups if each.new_parts[: self.parts.count].any()]
        fewest = max(each.published.rule.fewest_values for each in every)
        for group, low, high in telling(shared, groups, fewest=fewest):
            yield self._named((tables, beside), group, low, high)

    def _named(self, sides: tuple[Sequence[int], Sequence[int]], group: LeftOver, low: int, high: int) -> Told:
        """Which cells tell it: those of the new table that print and lie in what is added up."""
        ours = group.new_parts[: self.parts.count]
        inside = self.parts.cells.any(axis=1) & ~(self.parts.cells & ~ours).any(axis=1)
        cells = np.flatnonzero(inside & ~self.new.published.hidden.ravel())
        used, named = [], []
        for side, parts in zip(sides, (group.earlier_parts, group.new_parts[self.parts.count :]), strict=True):
            first = 0
            for each in (self.ledger.tables[at] for at in side):
                here = parts[first : first + each.parts.count]
                first += each.parts.count
                if here.any():
                    used.append(each.id)
                    named += list(_largest(each, here))
        units = self._units(sides, group)
        return Told(tuple(used), len(units), low, high, tuple(int(at) for at in cells), tuple(named), units)

    def _units(self, sides: tuple[Sequence[int], Sequence[int]], group: LeftOver) -> Ints:
        """Those in the group, of the new table and of the ledger."""
        units = np.union1d(self.parts.units, self.ledger.units)
        atom = _looked_up(units, self.ledger.units, self.ledger.atom + 1)
        part = _looked_up(units, self.parts.units, self.parts.part)
        other = self._place(atom, sides[0], 0)
        beside = self._place(atom, sides[1], self.parts.count)
        return units[group.group[np.where(part > 0, part, beside), other]]

    def _place(self, atom: Ints, tables: Sequence[int], first: int) -> Ints:
        """The number, among the parts of these tables, of each atom (from 1; 0 is none)."""
        found = np.zeros(len(atom), dtype=np.int64)
        for at in tables:
            codes = np.append(0, self.ledger.codes[at].astype(np.int64))[atom]
            found += np.where(codes > 0, codes + first, 0)
            first += self.ledger.tables[at].parts.count
        return found

    def series(self) -> Iterator[list[int]]:
        """Tables over the same columns that have nobody in common, such as months of a year: taken as one."""
        by: dict[tuple[str, ...], list[int]] = {}
        for at in self.near:
            by.setdefault(self.ledger.tables[at].published.by, []).append(at)
        for alike in by.values():
            for pack in _packed([(at, self.ledger.codes[at] > 0) for at in alike]):
                if len(pack) > 1:
                    yield pack


    def rests(self) -> Iterator[tuple[int, list[int]]]:
        """A table that holds the new one, with tables over the same columns that make up the rest of it: a year, and
        all of its months but one."""
        alike = [at for at in range(len(self.ledger)) if self._alike(at)]
        if len(alike) < 2:
            return
        ours = np.zeros(len(self.ledger.sizes), dtype=np.bool_)
        ours[self.atom] = True
        small, total = self.new.published.rule.small, int(self.whole.sum())
        for at in alike:
            held = self.ledger.codes[at] > 0
            outside = int(self.sizes[~held[self.atom]].sum()) + int(self.unknown.sum())
            if outside > small or int(self.ledger.sizes[held].sum()) <= total:
                continue
            inside = [(one, codes) for one in alike if one != at and not ((codes := self._held(one)) & (ours | ~held)).any()]
            for pack in _packed(inside):
                yield at, pack

    def _held(self, at: int) -> Bools:
        return self.ledger.codes[at] > 0

    def _alike(self, at: int) -> bool:
        return self.ledger.tables[at].published.by == self.new.published.by


def _crossed(part: Ints, parts: int, codes: Sequence[tuple[Ints, int]], sizes: Ints) -> Ints:
    """How many of `part` (from 1) stand in each part (from 1) of the tables of which `codes` are given."""
    found = []
    for code, count in codes:
        key = part.astype(np.int64) * (count + 1) + code
        counts = np.bincount(key, sizes, minlength=(parts + 1) * (count + 1)).astype(np.int64)
        found.append(counts.reshape(parts + 1, count + 1)[1:, 1:])
    return np.concatenate(found, axis=1)


def _printed(tables: Sequence[Remembered]) -> Printed:
    return Printed.of([each.published for each in tables], [each.parts.cells for each in tables])


def _packed(tables: Sequence[tuple[int, Bools]]) -> list[list[int]]:
    """Each table into the first pack in which nobody is whom it counts; packs of one are no series."""
    packs: list[tuple[list[int], Bools]] = []
    for at, held in sorted(tables, key=lambda each: int(each[1].sum())):
        pack = next((each for each in packs if not (each[1] & held).any()), None)
        if pack is not None:
            pack[0].append(at)
            np.logical_or(pack[1], held, out=pack[1])
        elif len(packs) < MOST_SERIES:
            packs.append(([at], held.copy()))
    return [pack for pack, _ in packs]


def _looked_up(units: Ints, known: Ints, value: Ints) -> Ints:
    """The value of each unit, 0 where it is not known; `known` is in order."""
    at = np.minimum(np.searchsorted(known, units), max(len(known) - 1, 0))
    return np.where(known[at] == units, value[at], 0) if len(known) else np.zeros(len(units), dtype=np.int64)


def _largest(table: Remembered, parts: Bools) -> Iterator[tuple[str, ...]]:
    """The labels of the cells that make up these parts, the largest first, and none that lies in one before it."""
    left, shape = parts.copy(), table.published.small.shape
    cells = table.parts.cells
    for at in np.argsort(-cells.sum(axis=1), kind="stable"):
        if cells[at].any() and not (cells[at] & ~parts).any() and (cells[at] & left).any():
            left &= ~cells[at]
            places = np.unravel_index(int(at), shape)
            yield tuple(
                (*labels, TOTAL)[int(place)] for labels, place in zip(table.published.labels, places, strict=True)
            )
