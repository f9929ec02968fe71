"""One side of what is held together: a table, or several over the same columns that have nobody in common, as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from openhaven.disclosure.audit import Bounds, Published
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints


@dataclass(frozen=True)
class Side:
    """Which parts make up each printed cell (cells x parts, without part 0), and between what the count of each lies
    by its own print."""

    cells: Bools
    low: Floats
    high: Floats

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return int(self.cells.shape[1])

    @cached_property
    def sums(self) -> Bools:
        """The cells, and what is hidden in each that prints exactly: together that is known too."""
        exact, one = self.low == self.high, self.cells.sum(axis=1) == 1
        hidden = self.cells[exact & ~one] & ~self.cells[exact & one].any(axis=0)
        return np.concatenate((self.cells, np.unique(hidden[hidden.any(axis=1)], axis=0)))


def alone(bounds: Bounds, cells: Bools) -> Side:
    """One table."""
    return Side(cells, bounds.low.ravel().astype(np.float64), bounds.high.ravel().astype(np.float64))


def as_one(tables: Sequence[Published], bounds: Sequence[Bounds]) -> tuple[Side, list[Ints]]:
    """Tables over the same columns, cells of the same labels added up: a label that one does not have counts 0 there.
    Also the place of each table's leaf cells among those of the whole."""
    kinds: dict[tuple[tuple[str, ...], ...], list[Bounds]] = {}
    for table, own in zip(tables, bounds, strict=True):
        kinds.setdefault(table.labels, []).append(own)
    labels = [sorted(set().union(*(each[axis] for each in kinds))) for axis in range(len(tables[0].by))]
    shape, inner = tuple(len(each) + 1 for each in labels), tuple(len(each) for each in labels)
    low, high = np.zeros(shape), np.zeros(shape)
    places = {}
    for kind, alike in kinds.items():
        at = [np.array([each.index(label) for label in there]) for each, there in zip(labels, kind, strict=True)]
        printed = np.ix_(*(np.append(each, size) for each, size in zip(at, inner, strict=True)))
        low[printed] += np.sum([each.low for each in alike], axis=0)
        high[printed] += np.sum([each.high for each in alike], axis=0)
        places[kind] = np.ravel_multi_index(np.ix_(*at), inner).ravel()
    return Side(_flat_cells(inner), low.ravel(), high.ravel()), [places[each.labels] for each in tables]


def _flat_cells(inner: tuple[int, ...]) -> Bools:
    """Which leaves make up each cell where the last place of each axis is the total over it."""
    leaves = np.stack(np.unravel_index(np.arange(int(np.prod(inner))), inner))
    cells = np.array(list(product(*(range(size + 1) for size in inner))))
    fits = (cells[:, :, None] == leaves[None]) | (cells == np.array(inner))[:, :, None]
    found: Bools = fits.all(axis=1)
    return found
