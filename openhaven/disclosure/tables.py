"""A table of counts by one or more columns, with every total: of episodes (rows), or of people.

Totals of people are counted afresh, never added: one person may be in several cells.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from openhaven.disclosure.classes import count_people
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.linear import Sum, flat
from openhaven.disclosure.rules import checked_count
from openhaven.model.errors import BadInput

MOST_CELLS = 2_000_000
TOTAL = "Total"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so
Cell = tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """`counts` has one axis a column, in `labels` order; the last place of each axis is the total over it.

    `sums` gives the totals within each axis and their parts where it has a hierarchy; empty, the last place of each
    axis is the total of all others.
    """

    unit: str
    by: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    counts: Ints
    sums: tuple[tuple[Sum, ...], ...] = ()

    def __post_init__(self) -> None:
        if not self.by or len(self.by) != len(self.labels):
            raise BadInput("a table needs at least one column to count by")
        if not all(self.labels):
            raise BadInput("there are no rows to count", where=" by ".join(self.by))
        if self.counts.shape != tuple(len(labels) + 1 for labels in self.labels):
            raise BadInput("the counts do not fit the table's labels and totals")
        checked_count(int(self.counts.min()))
        checked_count(int(self.counts.max()))
        self._check_totals()

    def _check_totals(self) -> None:
        for axis, name in enumerate(self.by):
            for inner, total in self.lines(axis):
                if (total > inner.sum(axis=0)).any() or (total < inner.max(axis=0)).any():
                    raise BadInput(f"the {self.unit} totals over {name} do not fit their cells")

    def sums_of(self) -> tuple[tuple[Sum, ...], ...]:
        """The totals of each axis and their parts."""
        return self.sums or tuple(flat(size) for size in self.counts.shape)

    def lines(self, axis: int) -> Iterator[tuple[Ints, Ints]]:
        """For each total of this axis: the cells that make it up, this axis first, and the total."""
        places = np.moveaxis(self.counts, axis, 0)
        for total, parts in self.sums_of()[axis]:
            yield places[list(parts)], places[total]

    def adds_up(self, axis: int) -> bool:
        """Whether totals over this axis are sums: always so for rows; for people, where nobody is in two cells."""
        return all(bool((inner.sum(axis=0) == total).all()) for inner, total in self.lines(axis))

    def name(self, cell: Cell) -> tuple[str, ...]:
        """The cell's labels, `Total` on an axis that it sums over."""
        return tuple((*labels, TOTAL)[place] for labels, place in zip(self.labels, cell, strict=True))


def from_cells(
    unit: str, by: Sequence[str], cells: Mapping[tuple[str | None, ...], int], *, labels: Sequence[Sequence[str]] = ()
) -> Table:
    """A table from counted groups, as an engine's CUBE gives them: None stands for the total over a column.

    Groups that are not given count 0. `labels` fixes the order and adds empty categories; else sorted.
    """
    if not labels:
        labels = [sorted({label for key in cells if (label := key[axis]) is not None}) for axis in range(len(by))]
    _check_size(int(np.prod([len(each) + 1 for each in labels])))
    place = [{**{label: at for at, label in enumerate(each)}, None: len(each)} for each in labels]
    counts = np.zeros([len(each) + 1 for each in labels], dtype=np.int64)
    for key, count in cells.items():
        unknown = [label for label, places in zip(key, place, strict=True) if label not in places]
        if unknown:
            raise BadInput(f"there is no category {unknown[0]!r}", where=" by ".join(by))
        counts[tuple(places[label] for label, places in zip(key, place, strict=True))] = checked_count(count)
    return Table(unit, tuple(by), tuple(tuple(each) for each in labels), counts)


def _check_size(cells: int) -> None:
    if cells > MOST_CELLS:
        raise BadInput(f"the table would have {cells:,} cells", todo="Count by fewer or coarser columns.")


def count_by(by: Sequence[str], labels: Sequence[Sequence[str]], codes: Ints, *, person: Ints | None = None) -> Table:
    """Count rows, or people where `person` gives the person's code of each row. codes: rows x columns."""
    sizes = [len(each) for each in labels]
    _check_size(int(np.prod([size + 1 for size in sizes])))
    counts = np.zeros([size + 1 for size in sizes], dtype=np.int64)
    for kept in (axes for count in range(len(by) + 1) for axes in combinations(range(len(by)), count)):
        keys = np.zeros(len(codes), dtype=np.int64)
        for axis in kept:
            keys = keys * sizes[axis] + codes[:, axis]
        groups = int(np.prod([sizes[axis] for axis in kept]))
        found = np.bincount(keys, minlength=groups) if person is None else count_people(keys, person, classes=groups)
        place = tuple(slice(0, -1) if axis in kept else -1 for axis in range(len(by)))
        counts[place] = found.reshape([sizes[axis] for axis in kept])
    unit = "rows" if person is None else "people"
    return Table(unit, tuple(by), tuple(tuple(each) for each in labels), counts)


def escaped(label: str) -> str:
    """The label with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{label}" if label.startswith(FORMULA) else label


def written_alike(labels: Collection[str]) -> tuple[str, str] | None:
    """Two labels that `escaped` writes alike, if there are such."""
    plain = set(labels)
    return next(((label, escaped(label)) for label in sorted(plain) if escaped(label) in plain - {label}), None)


def cells_of(table: Table) -> list[Cell]:
    """Every cell, totals included, in printing order."""
    return list(product(*(range(size) for size in table.counts.shape)))
