"""A table held against files of records that its recipient has: what both tell of people who are not in the files.

Who has a file counts its rows as they like, and exactly; of those in it no table tells them anything new. They are
taken to know which rows of it the table would count, by each column of the table that the file has too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from openhaven.disclosure.audit import Published
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.ledger import Counted, Ledger, Remembered
from openhaven.disclosure.memory import Told, told_in_chains, told_together
from openhaven.disclosure.tables import count_by

MOST_TABLES = 64  # that left before and are taken together with files


@dataclass(frozen=True)
class File:
    """The file that release `id` left: its fields, and the numbers of its records. `together`: the recipient of the
    table has it only in so far as one organisation processes or stores what both have."""

    id: str
    fields: frozenset[str]
    records: Ints
    together: bool = False


def told_beside_files(
    rows: Remembered, people: Remembered | None, files: Sequence[File], before: Ledger | None = None
) -> list[list[Told]]:
    """Of the table of rows, and of that of people where there is one: groups of which somebody is in no file. Where
    tables of rows left before, also what follows from them, the files and the new one together."""
    counted = rows.counted
    held = [(each, np.isin(counted.units, each.records)) for each in files]
    found = [list(_told(rows, _Rows(counted.units, counted.leaves), held))]
    if before is not None and len(before) and files:
        found[0] += _chained(rows, files, before)
    if people is not None and counted.person is not None:
        known = counted.person != 0  # a row of nobody known is nobody more among people
        of_people = _Rows(counted.person[known], counted.leaves[known])
        found.append(list(_told(people, of_people, [(file, inside[known]) for file, inside in held])))
    return found


@dataclass(frozen=True)
class _Rows:
    """Of each row of a table: who it is counted as, and the cell in which it stands."""

    units: Ints
    leaves: Ints


def _told(table: Remembered, rows: _Rows, held: Sequence[tuple[File, Bools]]) -> Iterator[Told]:
    held = [(file, inside) for file, inside in held if inside.any()]
    if not held:
        return
    ledger = Ledger.of([_counted(file, table.published, rows, inside) for file, inside in held])
    known = rows.units[np.logical_or.reduce([inside for _, inside in held])]
    for each in told_together(table, ledger):
        if not np.isin(each.units, known).all():
            yield each


def _chained(rows: Remembered, files: Sequence[File], before: Ledger) -> Iterator[Told]:
    """Of each file all of its records are counted, and of the tables those nearest to the new one are taken."""
    near = nearest(before, rows.counted.units)
    units = np.union1d(before.units, rows.counted.units)
    whole = [in_all(file, rows.published, units) for file in files]
    known = np.concatenate([each.counted.units for each in whole])
    names = {each.id for each in files}
    for each in told_in_chains(rows, before.only(near).and_of(whole)):
        if names & set(each.earlier) and not np.isin(each.units, known).all():
            yield each


def nearest(before: Ledger, units: Ints) -> Ints:
    """The tables that share most with these units, then those that share most with these tables, in the order of the
    ledger."""
    shared = before.shared_with(units)
    some = np.argsort(-shared, kind="stable")[:MOST_TABLES]
    some = some[shared[some] > 0]
    if not len(some):
        return some
    atoms = np.unique(np.concatenate([before.atoms_of(int(at))[0] for at in some]))
    beyond = before.shared_with(before.units[np.isin(before.atom, atoms)])
    beyond[some] = 0
    more = np.argsort(-beyond, kind="stable")[: MOST_TABLES - len(some)]
    return np.sort(np.concatenate((some, more[beyond[more] > 0])))


def in_all(file: File, like: Published, units: Ints) -> Remembered:
    """How many of these units the file has, as a table of one cell."""
    inside = np.intersect1d(file.records, units)
    return _counted(
        file, replace(like, by=(), labels=(), sums=()), _Rows(inside, np.zeros_like(inside)), inside > -np.inf
    )


def _counted(file: File, like: Published, rows: _Rows, inside: Bools) -> Remembered:
    """The table as who has the file counts it: by those of its columns that the file has, everything exactly."""
    codes, by, labels = _codes(file, like, rows.leaves[inside])
    units = rows.units[inside]
    person = np.unique(units, return_inverse=True)[1]
    made = count_by(by, labels, codes, person=person)  # each record is one unit too
    none = np.zeros(made.counts.shape, dtype=np.bool_)
    published = Published(
        rule=like.rule,
        unit=like.unit,
        by=made.by,
        labels=made.labels,
        shown=tuple(str(int(count)) for count in made.counts.ravel()),
        small=none,
        withheld=none,
        exact=~none,
        adds_up=tuple(made.adds_up(axis) for axis in range(len(by))),
    )
    leaf = np.ravel_multi_index(tuple(codes.T), tuple(map(len, labels)))
    both = np.unique(np.stack((units, leaf)), axis=1)
    return Remembered(file.id, published, Counted(both[0], both[1]))


def _codes(file: File, like: Published, leaves: Ints) -> tuple[Ints, list[str], list[tuple[str, ...]]]:
    """Of each row its place on each column that the file has too, the names of these and their labels; one place for
    all where there is none, or where the table has a hierarchy."""
    axes = [] if like.sums else [axis for axis, name in enumerate(like.by) if name in file.fields]
    if not axes:
        return np.zeros((len(leaves), 1), dtype=np.int64), ["file"], [("all",)]
    places = np.unravel_index(leaves, tuple(map(len, like.labels)))
    codes = np.stack([places[axis] for axis in axes], axis=1)
    return codes, [like.by[axis] for axis in axes], [like.labels[axis] for axis in axes]
