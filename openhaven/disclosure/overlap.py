"""What two counted tables could tell together: groups of few that are left over when cells of one are taken from cells
of the other.

Both are seen as partitions of the records they count, with one part more, number 0, for what they do not count.
`overlap[t, e]` counts the records in part t of the new table and part e of the earlier one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.linear import Program, Relations
from openhaven.disclosure.sides import Side

MOST_NODES = 2_000  # of one search for sets of cells that leave few; given up, what was found so far stands


@dataclass(frozen=True)
class LeftOver:
    """The records in `whole`, parts of one table, and in none of `taken`, parts of the other.

    `new_is_whole`: `whole` are parts of the new table. `group` marks them, new parts x earlier parts."""

    new_is_whole: bool
    whole: Bools
    taken: Bools
    group: Bools

    @property
    def new_parts(self) -> Bools:
        """The parts of the new table that are added up."""
        return self.whole if self.new_is_whole else self.taken

    @property
    def earlier_parts(self) -> Bools:
        """Those of the earlier one."""
        return self.taken if self.new_is_whole else self.whole


def left_over(overlap: Ints, small: int, new_seeds: Bools, earlier_seeds: Bools) -> list[LeftOver]:
    """Every least group of 1 to `small` records that is a sum of parts of one table less a sum of parts of the other,
    and every part of so few that lies in such a sum.

    Seeds are the cells of each table, cells x parts without part 0: which sums are looked for first."""
    if not ((overlap > 0) & (overlap <= small)).any():  # a group left over is made of such overlaps
        return []
    found = [_turned(each, new_is_whole=True) for each in _from(overlap, small, new_seeds)]
    found += [_turned(each, new_is_whole=False) for each in _from(overlap.T, small, earlier_seeds)]
    once = {each.group.tobytes(): each for each in reversed(found)}
    return list(once.values())


def _turned(found: tuple[Bools, Bools, Bools], *, new_is_whole: bool) -> LeftOver:
    whole, taken, group = found
    return LeftOver(new_is_whole, whole, taken, group if new_is_whole else group.T)


def nested(overlap: Ints, small: int, new_cells: Bools, earlier_cells: Bools) -> list[LeftOver]:
    """The same for tables in whose cells somebody may stand more than once, so that cells do not add up: groups of 1 to
    `small` in one cell of one table and not in a cell of the other that lies within it, and a cell of so few that
    both have."""
    wholes = ((False, overlap.T, earlier_cells, new_cells), (True, overlap, new_cells, earlier_cells))
    found = [
        _turned((large[one], less[other], _group_or_all(shared, large[one], less[other])), new_is_whole=is_new)
        for is_new, shared, large, less in wholes
        for one, other in _within(shared, small, large, less)
    ]
    once = {each.group.tobytes(): each for each in found}
    return list(once.values())


def hidden_few(overlap: Ints, small: int, new: Side, earlier: Side) -> list[LeftOver]:
    """Cells of 1 to `small` of either table that hide behind another hidden cell, of which the other table may tell:
    that one then no longer stands in the way."""
    found = []
    for is_new, shared, side in ((True, overlap, new), (False, overlap.T, earlier)):
        count = side.cells @ shared[1:].sum(axis=1)
        few = (count >= 1) & (count <= small) & (side.high > side.low)
        behind = side.cells[few | (side.high - side.low > small)]
        if few.any() and len(behind) > 1:
            closed, possible = closures(shared, small, behind)
            told = _once(closed[possible])
            holds = (~side.cells).astype(np.float32) @ told.T.astype(np.float32) == 0
            found += [
                _turned(each, new_is_whole=is_new)
                for at in np.flatnonzero(few).tolist()
                for each in _behind(side.cells, at, shared, told, holds)
            ]
    return found


def _behind(cells: Bools, at: int, overlap: Ints, told: Bools, holds: Bools) -> Iterator[tuple[Bools, Bools, Bools]]:
    """The cell with those sums that the other table may tell, which share the least line with it. `holds`: which cells
    hold which of these sums."""
    free = ~(told & cells[at]).any(axis=1)
    if not free.any():
        return
    lines = (cells >= cells[at]).all(axis=1)
    sizes = np.where(holds[lines][:, free], cells[lines].sum(axis=1)[:, None], 2**31)
    together = sizes.min(axis=0, initial=2**31)
    whole = cells[at] | told[free][together == together.min()].any(axis=0)
    inside, sizes = whole @ overlap[1:, 1:], overlap[:, 1:].sum(axis=0)
    taken = (inside == sizes) & (sizes > 0) & ~((overlap[1:, 1:] > 0) & cells[at][:, None]).any(axis=0)
    if taken.any():
        yield whole, taken, _group(overlap, cells[at], np.zeros_like(taken))


def _group_or_all(overlap: Ints, whole: Bools, columns: Bools) -> Bools:
    """Who is left over, or where nobody is, all of a cell that both tables have."""
    group = _group(overlap, whole, columns)
    return group if group.any() else _group(overlap, whole, np.zeros_like(columns))


def _within(overlap: Ints, small: int, large: Bools, less: Bools) -> Iterator[tuple[int, int]]:
    """Pairs of a cell and one of the other table within it that is smaller by 1 to `small`."""
    both = large.astype(np.int64) @ overlap[1:, 1:] @ less.T.astype(np.int64)
    sizes, others = large @ overlap[1:].sum(axis=1), less @ overlap[:, 1:].sum(axis=0)
    left = sizes[:, None] - both
    within = (both == others) & (others > 0) & (left <= small)
    yield from zip(*np.nonzero(within & ((left > 0) | (others <= small))), strict=True)


def _from(overlap: Ints, small: int, seeds: Bools) -> Iterator[tuple[Bools, Bools, Bools]]:
    """Sums of rows less sums of columns."""
    inside, outside = overlap[1:, 1:], overlap[0, 1:]
    closed, possible = closures(overlap, small, seeds)
    sums = _once(closed[possible])
    if not len(sums):
        return
    sizes = inside.sum(axis=0) + outside
    taken = (sums @ inside == sizes) & (sizes > 0)  # every column that lies in the sum can be taken from it
    left = sums @ overlap[1:].sum(axis=1) - taken @ sizes
    for at in np.flatnonzero((left > 0) & taken.any(axis=1)):
        whole, columns = sums[at], taken[at]
        if left[at] > small:
            better = _searched(overlap, small, whole) if _may_shrink(overlap, small, whole, columns) else None
            if better is None:
                continue
            whole, columns = better
        yield whole, columns, _group(overlap, whole, columns)
        few = columns & (sizes <= small)
        if few.any() and left[at] + sizes[few].sum() <= small:
            yield whole, columns & ~few, _group(overlap, whole, columns & ~few)
    for column in np.flatnonzero((sizes <= small) & taken.any(axis=0)).tolist():  # too few to print, and in a sum
        first = int(np.argmin(np.where(taken[:, column], sums.sum(axis=1), len(sizes) + len(overlap))))
        columns = taken[first].copy()
        columns[column] = False
        yield sums[first], columns, _only(overlap, column)


def _once(rows: Bools) -> Bools:
    """Each row once, in order; quick for few rows."""
    at = {row.tobytes(): number for number, row in enumerate(rows)}
    return rows[np.array([at[each] for each in sorted(at)], dtype=np.int64)]


def _only(overlap: Ints, column: int) -> Bools:
    group = np.zeros(overlap.shape, dtype=np.bool_)
    group[:, column + 1] = overlap[:, column + 1] > 0
    return group


def closures(overlap: Ints, small: int, seeds: Bools) -> tuple[Bools, Bools]:
    """The least sum of rows that holds each seed and could leave few, and whether there is such a sum.

    What a row shares with a column in more than `small` records must be taken off with that column; a column can be
    taken off where all its records are in the sum."""
    inside = overlap[1:, 1:]
    needs = (inside > small).astype(np.float32)
    meets = (inside > 0).T.astype(np.float32)
    step = needs @ meets > 0
    np.fill_diagonal(step, True)
    reach = step.astype(np.float32)
    while True:
        further = (reach @ reach > 0).astype(np.float32)
        if (further == reach).all():
            break
        reach = further
    never: Bools = (needs @ (overlap[0, 1:] > 0).astype(np.float32) > 0) | (overlap[1:, 0] > small)
    closed: Bools = seeds.astype(np.float32) @ reach > 0
    return closed, np.asarray(~(closed & never).any(axis=1), dtype=np.bool_)


def _group(overlap: Ints, whole: Bools, columns: Bools) -> Bools:
    group = np.zeros(overlap.shape, dtype=np.bool_)
    group[1:, 0] = whole
    group[1:, 1:] = whole[:, None] & ~columns[None, :]
    return group & (overlap > 0)


def _may_shrink(overlap: Ints, small: int, whole: Bools, columns: Bools) -> bool:
    """Whether more columns, with the rows that they meet, could leave fewer: never what lies in no column at all."""
    takable = ~columns & (overlap[0, 1:] == 0)
    stays = overlap[1:, 0][whole].sum() + overlap[1:, 1:][whole][:, ~columns & ~takable].sum()
    return bool(stays <= small and (overlap[1:, 1:][whole][:, takable] > 0).any())


def _searched(overlap: Ints, small: int, seed: Bools) -> tuple[Bools, Bools] | None:
    """By a program over whole numbers: rows, the seed among them, and columns in them, that leave 1 to `small`."""
    rows, columns = overlap.shape[0] - 1, overlap.shape[1] - 1
    inside = overlap[1:, 1:]
    sizes = inside.sum(axis=0)
    row, column = np.nonzero(inside)
    pairs = np.stack((rows + column, row), axis=1)  # a column that is taken has all its rows
    all_ = np.arange(rows + columns)
    weight = np.concatenate((overlap[1:].sum(axis=1), -sizes)).astype(np.float64)
    index = np.concatenate((pairs.ravel(), all_))
    sign = np.concatenate((np.tile([-1.0, 1.0], len(pairs)), weight))
    starts = np.concatenate((np.arange(len(pairs) + 1) * 2, [2 * len(pairs) + len(all_)]))
    low = np.concatenate((np.zeros(len(pairs)), [1.0]))
    high = np.concatenate((np.ones(len(pairs)), [float(small)]))
    least = np.concatenate((seed.astype(np.float64), np.zeros(columns)))
    most = np.concatenate((overlap[1:, 0] <= small, overlap[0, 1:] == 0)).astype(np.float64)
    program = Program(Relations(len(all_), starts, index, sign, low, high), least, np.maximum(most, least), whole=True)
    program.set("mip_max_nodes", MOST_NODES)
    best = program.least(np.where(all_ < rows, 1.0, -0.01))
    if best is None:
        return None
    chosen = np.round(best[1]) > 0
    left = float(weight[chosen].sum())
    return (chosen[:rows], chosen[rows:]) if 0 < left <= small and chosen[rows:].any() else None
