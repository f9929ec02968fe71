"""What the print of tables that share records tells of a group: the attacker's program over the pieces of their common
partition. A piece is what one part of the new table and one of the earlier tables have in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.attack import Demand, Known, told
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import Relations
from openhaven.disclosure.overlap import LeftOver
from openhaven.disclosure.sides import Side


@dataclass(frozen=True)
class Shared:
    """Two sides and their overlap: new parts x earlier parts, number 0 for who is in none."""

    overlap: Ints
    new: Side
    earlier: Side


def telling(shared: Shared, groups: Sequence[LeftOver], *, fewest: int) -> Iterator[tuple[LeftOver, int, int]]:
    """The groups whose count has fewer than `fewest` possible values, and between what it lies."""
    if not groups:
        return
    part, other = np.nonzero(shared.overlap)
    place = np.full(shared.overlap.shape, -1, dtype=np.int64)
    place[part, other] = np.arange(len(part))
    known = _known(shared, part, other)
    demands = [_demand(place[each.group], fewest - 1) for each in groups]
    for each in told(known, demands):
        yield groups[each.demand], int(each.least), int(each.greatest)


def _demand(pieces: Ints, width: int) -> Demand:
    return Demand(tuple(int(each) for each in pieces), (1.0,) * len(pieces), width=width)


def _known(shared: Shared, part: Ints, other: Ints) -> Known:
    """Each printed cell is the sum of its pieces."""
    inside = np.concatenate((_made_of(shared.new.cells, part), _made_of(shared.earlier.cells, other)))
    low = np.concatenate((shared.new.low, shared.earlier.low))
    high = np.concatenate((shared.new.high, shared.earlier.high))
    some = inside.any(axis=1)
    row, index = np.nonzero(inside[some])
    starts = np.searchsorted(row, np.arange(int(some.sum()) + 1))
    pieces = Relations(len(part), starts, index, np.ones(len(index)), low[some], high[some])
    return Known(pieces, np.zeros(len(part)), _most(inside, high))


def _made_of(cells: Bools, part: Ints) -> Bools:
    """Cells x pieces: part 0 is in no cell."""
    wider: Bools = np.concatenate((np.zeros((len(cells), 1), dtype=np.bool_), cells), axis=1)
    return wider[:, part]


def _most(inside: Bools, high: Floats) -> Floats:
    """No piece is more than the least cell that it lies in."""
    found: Floats = np.where(inside, high[:, None], np.inf).min(axis=0)
    return found
