"""Tables that a test makes of their cells, and what follows of each cell from those that are published."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openhaven.disclosure.audit import Bounds, Link, Published, known_from, places_of
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.tables import Table


def from_parts(unit: str, by: Sequence[str], labels: Sequence[Sequence[str]], parts: Ints) -> Table:
    """A table of things each of which lies in one cell: the totals are the sums."""
    counts = np.array(parts, dtype=np.int64)
    for axis in range(counts.ndim):
        counts = np.concatenate((counts, counts.sum(axis=axis, keepdims=True)), axis=axis)
    return Table(unit, tuple(by), tuple(tuple(each) for each in labels), counts)


def infer(tables: Sequence[Published], *, people_of: Sequence[Link] = ()) -> list[Bounds]:
    """Bounds on every cell that follow row by row from all tables together; the programs may narrow them further."""
    places = places_of(tables)
    known = known_from(tables, people_of=people_of)
    ends = [np.split(np.asarray(side).astype(np.int64), places[1:-1]) for side in (known.low, known.high)]
    return [
        Bounds(low.reshape(table.small.shape), high.reshape(table.small.shape))
        for table, low, high in zip(tables, *ends, strict=True)
    ]
