"""Controlled rounding: every cell to a multiple of the base next to it, and every total still the sum of its parts.

A table by two columns always has one; with hierarchies or more columns there may be none within one step, and cells
may then move by a step more (Cox, Journal of the American Statistical Association 1987).
"""

import numpy as np

from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.linear import Program, Relations, joined, lines, totals
from openhaven.disclosure.tables import Table
from openhaven.model.errors import BadInput, Unmet

MOST_STEPS = 3


def controlled(table: Table, base: int) -> Ints:
    """The counts rounded, with least change in all, additive exactly. Multiples of the base stay where they can.

    Raises BadInput for people in several cells (their totals do not add), Unmet where no such table is found.
    """
    if base < 2:
        raise BadInput(f"counts cannot be rounded to the base {base}")
    if not all(table.adds_up(axis) for axis in range(len(table.by))):
        raise BadInput(f"the totals of {table.unit} are not sums, so that they cannot stay sums when rounded")
    counts = table.counts.ravel()
    shape = table.counts.shape
    parts = (each for at, sums in enumerate(table.sums_of()) for each in totals(lines(shape, at), sums))
    relations = joined(counts.size, parts)
    for steps in range(1, MOST_STEPS + 1):
        found = _rounded(counts, relations, base, steps)
        if found is not None:
            return found.reshape(shape)
    raise Unmet(f"no table rounded to {base} adds up exactly within {MOST_STEPS} steps of every cell")


def _rounded(counts: Ints, relations: Relations, base: int, steps: int) -> Ints | None:
    """In units of the base: each cell its floor and so many steps beside; the cost is how far it moves, twice told."""
    floor, rest = counts // base, counts % base
    lowest = np.maximum(floor - steps + 1, 0)
    highest = floor + np.where(rest > 0, steps, steps - 1)
    cells = counts.size
    at = np.arange(cells)
    size = np.concatenate((at, at + cells)).reshape(2, -1).T
    starts, index = np.arange(cells + 1) * 2, size.ravel()
    target = counts / base
    moves = [
        Relations(2 * cells, starts, index, np.tile([-1.0, 1.0], cells), -target, np.full(cells, np.inf)),
        Relations(2 * cells, starts, index, np.tile([1.0, 1.0], cells), target, np.full(cells, np.inf)),
    ]
    whole = Relations(2 * cells, relations.starts, relations.index, relations.sign, relations.low, relations.high)
    low, high = np.concatenate((lowest, np.zeros(cells))), np.concatenate((highest, np.full(cells, float(steps + 1))))
    program = Program(joined(2 * cells, [whole, *moves]), low.astype(np.float64), high.astype(np.float64))
    program.whole(at)
    program.set("mip_max_nodes", 2_000)
    program.set("mip_rel_gap", 0.01)
    found = program.least(np.concatenate((np.zeros(cells), np.ones(cells))))
    return None if found is None else np.round(found[1][:cells]).astype(np.int64) * base
