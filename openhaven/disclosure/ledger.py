"""Tables released before, over the common partition of all whom they count: made whole, or added to table by table
with the same outcome, so that it can be kept.

Of each table is kept what it printed and which of its people (or records) stand in which of its cells. Those who stand
in the same cells of every table are one atom; atoms are numbered by the least of their units.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from openhaven.disclosure.audit import Bounds, Published, at_first, sums_of
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.linear import Sum
from openhaven.disclosure.tables import TOTAL
from openhaven.model.errors import BadInput

MIXED, MORE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Counted:
    """Who is counted where: record (or person) `units[i]`, a number that is the same in every table, stands in leaf
    cell `leaves[i]`. A record stands in one leaf, a person in one or more. `person`, of records: whose each is, 0 where
    nobody knows; None where it was not kept."""

    units: Ints
    leaves: Ints
    person: Ints | None = None

    def __post_init__(self) -> None:
        if self.units.shape != self.leaves.shape or self.units.ndim != 1:
            raise BadInput("each record that a table counts needs the cell in which it stands")
        if self.person is not None and self.person.shape != self.units.shape:
            raise BadInput("each record that a table counts is of one person, or of nobody known")


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


@dataclass(frozen=True)
class Earlier:
    """A table of a ledger, as it was printed: `id` names its release, `cells` and `apart` are those of its parts."""

    id: str
    published: Published
    cells: Bools
    apart: bool

    @cached_property
    def bounds(self) -> Bounds:
        """Between what each cell lies by its own print."""
        return at_first(self.published)


@dataclass(frozen=True)
class Remembered:
    """A table as it was printed, and whom it counts. `id` names the release."""

    id: str
    published: Published
    counted: Counted

    @cached_property
    def leaves_of(self) -> Bools:
        """Which leaf cells make up each printed cell, totals included: cells x leaves, in printing order."""
        return leaves_of(self.published)

    @cached_property
    def bounds(self) -> Bounds:
        """Between what each cell lies by its own print."""
        return at_first(self.published)

    @cached_property
    def parts(self) -> Parts:
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

    @property
    def earlier(self) -> Earlier:
        """What a ledger keeps of it, beside whom it counts."""
        return Earlier(self.id, self.published, self.parts.cells, self.parts.apart)

    @cached_property
    def alike(self) -> int:
        """The same number for a table that prints the same of the same people."""
        said = (self.published.by, self.published.labels, self.published.shown, self.published.rule.name)
        digest = hashlib.sha256(json.dumps((*said, *[True] * self.published.at_most)).encode())
        digest.update(self.parts.units.tobytes() + self.parts.part.tobytes())
        return _number(digest.digest())


def of_people(rows: Remembered, people: Remembered | None = None) -> Remembered | None:
    """A table of rows, read as one of people, where it tells something that the table of `people` that left with it
    does not: rows are as many as people where nobody has two, else at least as many.

    What rows tell beyond people is for the audit of both. None too where not every row is known to be somebody's."""
    person = rows.counted.person
    if person is None or not len(person) or (person == 0).any():
        return None
    if len(np.unique(person)) == len(person):
        told = Remembered(rows.id, rows.published, Counted(person, rows.counted.leaves))
        return told if people is None or _says_more(told, people) else None
    if people is not None:
        return None
    both = np.unique(np.stack((person, rows.counted.leaves)), axis=1)
    return Remembered(rows.id, replace(rows.published, at_most=True), Counted(both[0], both[1]))


def _says_more(told: Remembered, people: Remembered) -> bool:
    one, other = told.bounds, people.bounds
    return bool(((one.low > other.low) | (one.high < other.high)).any())


def leaves_of(published: Published) -> Bools:
    """Which leaf cells make up each printed cell, totals included: cells x leaves, in printing order."""
    found = np.ones((1, 1), dtype=np.bool_)
    for size, sums in zip(published.small.shape, sums_of(published), strict=True):
        axis = _leaves_of_axis(size, sums)
        found = (found[:, None, :, None] & axis[None, :, None, :]).reshape(len(found) * size, -1)
    return found


def labels_of(published: Published, cell: int) -> tuple[str, ...]:
    """The labels of a cell, by its number in printing order."""
    labels = [(*each, TOTAL) for each in published.labels]
    places = np.unravel_index(cell, published.small.shape)
    return tuple(each[int(place)] for each, place in zip(labels, places, strict=True))


def columns_of(published: Published) -> int:
    """The same number for tables over the same columns."""
    return _number(hashlib.sha256(json.dumps(published.by).encode()).digest())


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "little", signed=True)


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
class Facts:
    """Of each table of a ledger, in order, what is asked of all of them: how many parts it has, up to what its rule
    calls a count small, over which columns it is, whether tables like it may be taken as one (nobody of it stands in
    two cells, no hierarchy), and the number that is the same where the same is printed of the same people."""

    parts: Ints
    small: Ints
    columns: Ints
    simple: Bools
    alike: Ints

    @classmethod
    def of(cls, tables: Sequence[Remembered]) -> "Facts":
        """Of these tables."""
        lines = [
            (each.parts.count, each.published.rule.small, columns_of(each.published), is_simple(each), each.alike)
            for each in tables
        ]
        parts, small, columns, simple, alike = np.array(lines, dtype=np.int64).reshape(-1, 5).T
        return cls(parts, small, columns, simple.astype(np.bool_), alike)

    def and_of(self, more: "Facts") -> "Facts":
        """These, and then those."""
        names = ("parts", "small", "columns", "simple", "alike")
        return Facts(*(np.concatenate((getattr(self, name), getattr(more, name))) for name in names))


def is_simple(table: Remembered) -> bool:
    """Whether nobody stands in two of its cells and it has no hierarchy."""
    return table.parts.apart and not table.published.sums


@dataclass(frozen=True)
class Ledger:
    """Tables released before, over the common partition of all whom they count. `atom` is the atom of each of `units`
    (in order), `sizes` counts each atom. Table k counts the atoms `held[starts[k]:starts[k + 1]]` (in order), each in
    the part of the same place in `part`. `tables` may be any sequence, and be read only where one is looked at."""

    tables: Sequence[Earlier]
    facts: Facts
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
        once: dict[int, Remembered] = {}
        for each in tables:
            once.setdefault(each.alike, each)
        tables = list(once.values())
        parts = [each.parts for each in tables]
        none: Ints = np.zeros(0, dtype=np.int64)
        units = np.unique(np.concatenate([none, *(each.units for each in parts)]))
        places = [np.searchsorted(units, each.units) for each in parts]
        atom = _in_order(_atoms(len(units), parts, places))
        sizes = np.bincount(atom) if len(units) else none
        held = [np.unique(atom[place], return_index=True) for place in places]
        starts = np.cumsum([0, *(len(each) for each, _ in held)])
        part = [each.part[first] for each, (_, first) in zip(parts, held, strict=True)]
        return cls(
            [each.earlier for each in tables],
            Facts.of(tables),
            units,
            atom,
            sizes,
            starts,
            np.concatenate([none, *(each for each, _ in held)]),
            np.concatenate([none, *part]),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    def atoms_of(self, at: int) -> tuple[Ints, Ints]:
        """The atoms that a table counts, and the part of each."""
        here = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.held[here], self.part[here]

    def only(self, tables: Ints) -> "Ledger":
        """These of its tables alone, in this order; atoms stay as they are."""
        counts = np.diff(self.starts)[tables]
        first = np.repeat(self.starts[tables] - np.append(0, np.cumsum(counts))[:-1], counts)
        entries = np.arange(int(counts.sum())) + first
        names = ("parts", "small", "columns", "simple", "alike")
        return Ledger(
            [self.tables[at] for at in tables.tolist()],
            Facts(*(getattr(self.facts, name)[tables] for name in names)),
            self.units,
            self.atom,
            self.sizes,
            np.append(0, np.cumsum(counts)),
            self.held[entries],
            self.part[entries],
        )

    def shared_with(self, units: Ints) -> Ints:
        """How many of these units each table counts."""
        inside = np.bincount(self.atom, np.isin(self.units, units), minlength=len(self.sizes))
        total = np.append(0, np.cumsum(inside[self.held]))
        found: Ints = (total[self.starts[1:]] - total[self.starts[:-1]]).astype(np.int64)
        return found

    def new_of(self, tables: Sequence[Remembered]) -> list[Remembered]:
        """Those of these tables that are not in the ledger already."""
        return [each for each in tables if not (self.facts.alike == each.alike).any()]

    def and_of(self, tables: Sequence[Remembered]) -> "Ledger":
        """With these tables too: the same ledger as made of all tables at once, in the same order."""
        more = Ledger.of(self.new_of(tables))
        units = np.union1d(self.units, more.units)
        mine, theirs = (looked_up(units, each.units, each.atom + 1) for each in (self, more))
        pairs, atom = np.unique(mine * (len(more.sizes) + 1) + theirs, return_inverse=True)
        atom = _in_order(atom)
        was = np.zeros(len(pairs), dtype=np.int64)
        was[atom] = mine
        became = np.zeros(len(pairs), dtype=np.int64)
        became[atom] = theirs
        own, others = _parted(self, was), _parted(more, became)
        return Ledger(
            [*self.tables, *more.tables],
            self.facts.and_of(more.facts),
            units,
            atom,
            np.bincount(atom) if len(units) else more.sizes,
            np.concatenate((own[0], own[0][-1] + others[0][1:])),
            *(np.concatenate((one, other)) for one, other in zip(own[1:], others[1:], strict=True)),
        )


def _parted(ledger: Ledger, was: Ints) -> tuple[Ints, Ints, Ints]:
    """Starts, atoms and parts of its tables in finer atoms: new atom a was atom `was[a]` (from 1, 0: none)."""
    order = np.argsort(was, kind="stable")
    first = np.searchsorted(was[order], np.arange(len(ledger.sizes) + 2))
    count = np.diff(first)[1:][ledger.held]
    entry = np.repeat(np.arange(len(ledger.held)), count)
    within = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
    held = order[first[ledger.held[entry] + 1] + within]
    table = np.repeat(np.arange(len(ledger)), np.diff(ledger.starts))[entry]
    again = np.argsort(table * len(was) + held, kind="stable")
    starts = np.searchsorted(table, np.arange(len(ledger) + 1))
    return starts, held[again], ledger.part[entry][again]


def _in_order(atom: Ints) -> Ints:
    """Atoms numbered by the least of their units."""
    _, first, number = np.unique(atom, return_index=True, return_inverse=True)
    rank = np.zeros(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[number]


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


def looked_up(units: Ints, known: Ints, value: Ints) -> Ints:
    """The value of each unit, 0 where it is not known; `known` is in order."""
    if not len(known):
        return np.zeros(len(units), dtype=np.int64)
    at = np.minimum(np.searchsorted(known, units), len(known) - 1)
    return np.where(known[at] == units, value[at], 0)
