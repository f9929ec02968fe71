"""Whole tables near shares: what a linear program ends on is often whole but for a few cells, and then mended at once,
where a program over all whole numbers would take a thousand times as long."""

import numpy as np

from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Part, Program, block, is_whole, joined, part

MOST_NODES = 50  # of one search for a few whole numbers
MOST_CELLS = 200  # that are made whole at once; where more stand beside shares, that is no quick way
WIDER = 2  # times: the shares alone, then with what stands in a row with them
ROOM = 1_000  # how far a table that is kept near another may go from it


def mended(part_: Part, table: Floats) -> Floats | None:
    """The table in whole numbers: what is whole stays, but for what stands beside a share. None where that does not
    help."""
    relations, near = part_.relations, np.round(table)
    loose = np.abs(table - near) > NEAR
    for far in range(WIDER):
        if far:
            rows = np.bincount(relations.row, loose[relations.index], minlength=len(relations.low)) > 0
            loose[relations.index[rows[relations.row]]] = True
        cells = np.flatnonzero(loose)
        if len(cells) > MOST_CELLS:
            return None
        low = np.maximum(np.ceil(table[cells] - 1 - far + NEAR), part_.low[cells])
        high = np.minimum(np.floor(table[cells] + 1 + far - NEAR), part_.high[cells])
        program = Program(relations.over(cells, near), low, high, whole=True)
        program.set("mip_max_nodes", MOST_NODES)
        found = program.least(np.zeros(len(cells)))
        if found is not None and is_whole(found[1]):
            near[cells] = np.round(found[1])
            return near
    return None


def kept_near(part_: Part, fits: Floats, implied: Ints) -> Part | None:
    """The same part near a whole table: where it has rows somebody stays, elsewhere rows are as many as people. So
    what shares of people could break cannot be broken. `implied` pairs rows with their people."""
    there = fits[implied[:, 0]] > 0
    low, high = part_.low.copy(), np.minimum(part_.high, fits + ROOM)
    people = implied[there, 1]
    low[people] = np.maximum(low[people], 1)
    alike = block(implied[~there], [1.0, -1.0])
    relations = joined(len(fits), [part_.relations, alike])
    return part(relations, low, high, whole=part_.whole, cells=part_.cells, fits=fits)
