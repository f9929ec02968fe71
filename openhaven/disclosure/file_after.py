"""A file of records held against tables that left before it: the other order of `files`, and the same question.

A table tells how many stand in a cell, the file who of them is in it: together they tell of those who are not. What
would make it safe is sought: fewer columns, or further records left out until who is not in it are no longer few.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.files import File, in_all, nearest, told_beside_files
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.ledger import Ledger, Remembered, labels_of
from openhaven.disclosure.memory import Told, told_in_chains

MOST_COLUMNS = 6  # of which some are tried without
MOST_ROUNDS = 8  # of leaving further records out


@dataclass(frozen=True)
class Left:
    """A release of tables: of rows and, where there is one, of their people."""

    rows: Remembered
    people: Remembered | None = None


@dataclass(frozen=True)
class Beside:
    """What a file tells beside the tables of one release: the cells (labels) in which few are not in the file, the
    least and the most of those told, how many people (rows, where nobody knows whose they are) they are in all, and how
    many records of the file the table counts."""

    release: str
    cells: tuple[tuple[str, ...], ...]
    low: int
    high: int
    people: int
    records: int


@dataclass(frozen=True)
class Change:
    """The least change found that makes a file safe: columns to leave out, or so many further records."""

    without: tuple[str, ...] = ()
    records: Ints | None = None


def told_after(file: File, tables: Sequence[Left]) -> list[Beside]:
    """What the file tells beside each release; an empty list is a pass."""
    return [
        _beside(each, told, int(np.isin(each.rows.counted.units, file.records).sum()))
        for each in tables
        if any(told := told_beside_files(each.rows, each.people, [file]))
    ]


def told_with_others(file: File, before: Ledger, held: Sequence[File] = ()) -> list[Beside]:
    """What it tells beside several releases together: tables of rows, and files that the recipient has."""
    if not len(before):
        return []
    near = before.only(nearest(before, file.records))
    if not len(near):
        return []
    like, units = near.tables[0].published, np.union1d(near.units, file.records)
    others = [in_all(each, like, units) for each in held]
    known = np.concatenate([file.records, *(each.counted.units for each in others)])
    found = told_in_chains(in_all(file, like, units), near.and_of(others))
    return [
        Beside(", ".join(each.earlier), each.earlier_cells, each.low, each.high, each.count, len(file.records))
        for each in found
        if not np.isin(each.units, known).all()
    ]


def near(ledger: Ledger, records: Ints, *, people: bool) -> list[str]:
    """The releases of a ledger of rows beside which a file of these records could tell of few: some of a cell are in
    it, and few (where people are counted too, any) of a cell are not."""
    if not len(ledger) or not len(ledger.held):
        return []
    inside = np.bincount(ledger.atom, np.isin(ledger.units, records), minlength=len(ledger.sizes))
    table = np.repeat(np.arange(len(ledger)), np.diff(ledger.starts))
    counts = ledger.facts.parts + 1
    place = np.append(0, np.cumsum(counts))[table] + ledger.part
    of_table = np.repeat(np.arange(len(ledger)), counts)
    out = np.bincount(place, (ledger.sizes - inside)[ledger.held], minlength=len(of_table))
    few = (out >= 1) & ((out <= ledger.facts.small[of_table]) | people)
    shared = np.bincount(table, inside[ledger.held], minlength=len(ledger)) > 0
    could = shared & (np.bincount(of_table, few, minlength=len(ledger)) > 0)
    return list(dict.fromkeys(ledger.tables[int(at)].id for at in np.flatnonzero(could)))


def least_change(file: File, tables: Sequence[Left]) -> Change | None:
    """The fewest columns without which the file tells nothing beside these tables; else the further records to leave
    out that were found. None where neither helps."""
    used = sorted({name for each in tables for name in each.rows.published.by} & file.fields)
    for size in range(1, len(used) + 1) if len(used) <= MOST_COLUMNS else ():
        for without in combinations(used, size):
            if not told_after(replace(file, fields=file.fields - set(without)), tables):
                return Change(without)
    return _fewer(file, tables)


def _fewer(file: File, tables: Sequence[Left]) -> Change | None:
    """Leave further records out, the least numbers first, where few are not in the file."""
    left = file
    for _ in range(MOST_ROUNDS):
        further = [each for table in tables for each in _further(left, table)]
        if not further:
            gone = np.setdiff1d(file.records, left.records)
            return Change(records=gone) if len(gone) and len(left.records) else None
        left = replace(left, records=np.setdiff1d(left.records, np.concatenate(further)))
    return None


def _further(file: File, table: Left) -> Iterator[Ints]:
    """Of each group that is told, so many more of its cells that together they are no longer few."""
    rows, kinds = table.rows.counted, [(table.rows, table.rows.counted.units)]
    if table.people is not None and rows.person is not None:
        kinds.append((table.people, rows.person))
    told_of = told_beside_files(table.rows, table.people, [file])
    for (held, units), told in ((kind, each) for kind, found in zip(kinds, told_of, strict=False) for each in found):
        here = np.isin(rows.units, file.records) & _in_cells(held, told)[rows.leaves] & (units != 0)
        free = np.unique(units[here & ~np.isin(units, told.units)])
        more = free[: held.published.rule.small + 1 - told.count]
        yield rows.units[here & np.isin(units, more)]


def _in_cells(table: Remembered, told: Told) -> Bools:
    return np.asarray(table.leaves_of[list(told.cells)].any(axis=0), dtype=np.bool_)


def _beside(table: Left, found: Sequence[Sequence[Told]], records: int) -> Beside:
    """Of rows and people: what is told, in the words of the table."""
    every = [each for one in found for each in one]
    kinds = (table.rows, table.people)
    cells = [
        labels_of(held.published, cell)
        for held, told in zip(kinds, found, strict=False)
        for each in told
        for cell in each.cells
        if held is not None
    ]
    return Beside(
        table.rows.id,
        tuple(dict.fromkeys(cells)),
        min(each.low for each in every),
        max(each.high for each in every),
        len(_people_told(table, found)),
        records,
    )


def _people_told(table: Left, found: Sequence[Sequence[Told]]) -> Ints:
    """The numbers of the people in the groups; of rows, where it was not kept whose each is."""
    rows, none = table.rows.counted, np.zeros(0, dtype=np.int64)
    records = np.concatenate([none, *(each.units for each in found[0])])
    if rows.person is None:
        return np.unique(records)
    whose = rows.person[np.isin(rows.units, records)]
    people = [each.units for one in found[1:] for each in one]
    return np.unique(np.concatenate([whose[whose != 0], *people]))
