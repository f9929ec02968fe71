"""What sums of cells tell exactly: groups whose people are a linear combination of who is in the cells.

Cells are rows over classes of people who stand in the same of them. Where more than a few stand in one cell alone,
nothing else takes them off, so that cell helps to tell of no few; so do not, in turn, those that only it could help.
What is left is small as a rule, however many cells there were.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints

NEAR = 1e-6  # of a share that is to be 0 or 1
NONE = 1e-9  # what is left where numbers cancel out
MOST_SUMMED = 60  # reduced rows of which sums of two are tried too


@dataclass(frozen=True)
class Core:
    """Those of some cells that could help to tell of few: their numbers, who is in them (cells x classes), how many
    each class counts, and the class of each that was given, -1 where it is in none of them."""

    cells: Ints
    inside: Bools
    sizes: Ints
    of_class: Ints


def core(inside: Bools, sizes: Ints, small: int, around: Bools) -> Core:
    """Of cells x classes: what could tell of few together with a cell `around` which it is sought."""
    cells, of_class = np.arange(len(inside)), np.arange(inside.shape[1])
    while True:
        kept = _supported(inside, sizes, small)
        kept &= _reached(inside, kept, around[cells])
        if kept.all() and len(cells) < len(around):
            return Core(cells, inside, sizes, of_class)
        cells, inside = cells[kept], inside[kept]
        inside, sizes, again = _merged(inside, sizes)
        of_class = np.append(again, -1)[of_class]
        if kept.all():
            return Core(cells, inside, sizes, of_class)


def _merged(inside: Bools, sizes: Ints) -> tuple[Bools, Ints, Ints]:
    """Classes that stand in the same cells as one; and which each became, -1 where it stands in none."""
    bits = np.ascontiguousarray(np.packbits(inside, axis=0).T)
    some = np.flatnonzero(inside.any(axis=0))
    which = np.full(inside.shape[1], -1, dtype=np.int64)
    if not len(some):
        return inside[:, :0], sizes[:0], which
    kinds = bits[some].view(np.dtype((np.void, bits.shape[1]))).ravel()
    _, first, again = np.unique(kinds, return_index=True, return_inverse=True)
    which[some] = again.ravel()
    return inside[:, some[first]], np.bincount(again.ravel(), sizes[some]).astype(np.int64), which


def _supported(inside: Bools, sizes: Ints, small: int) -> Bools:
    """The cells of whom no more than a few are in no other such cell."""
    kept = np.ones(len(inside), dtype=np.bool_)
    times = inside.sum(axis=0)
    while True:
        lone = np.flatnonzero(times == 1)
        gone = kept & (inside[:, lone] @ sizes[lone] > small)
        if not gone.any():
            return kept
        kept &= ~gone
        times = times - inside[gone].sum(axis=0)


def _reached(inside: Bools, kept: Bools, around: Bools) -> Bools:
    """The cells that share somebody with one of these, or with one that does."""
    found = kept & around
    new = found
    while new.any():
        new = kept & ~found & inside[:, inside[new].any(axis=0)].any(axis=1)
        found = found | new
    return found


@dataclass(frozen=True)
class Span:
    """All sums of some rows: `reduced`, each 1 in the place of its own in `first`, where the others are 0; and `made`
    of how many of each row."""

    reduced: Floats
    first: Ints
    made: Floats

    @classmethod
    def of(cls, rows: Floats, *, told: bool = False) -> "Span":
        """Of these rows; where it is to be `told`, of which each sum is made."""
        more = np.eye(len(rows)) if told else np.zeros((len(rows), 0))
        reduced, first = _reduced(np.concatenate((rows, more), axis=1), rows.shape[1])
        return cls(reduced[:, : rows.shape[1]], first, reduced[:, rows.shape[1] :])

    def holds(self, group: Floats) -> bool:
        """Whether the group is such a sum."""
        return bool(np.abs(group[self.first] @ self.reduced - group).max(initial=0) < NEAR)

    def weights(self, group: Floats) -> Floats:
        """How many times each row is taken for a group that is such a sum."""
        found: Floats = group[self.first] @ self.made
        return found


def groups(inside: Floats, sizes: Ints, small: int) -> Iterator[Floats]:
    """Groups of 1 to `small` that sums of these rows tell: of rows reduced over the classes of few, and sums of two."""
    few = np.flatnonzero(sizes <= small)
    few = few[np.argsort(-sizes[few], kind="stable")]  # so that rows are told apart by classes that a group has not
    rows, _ = _reduced(_cancelling(inside, few), len(few))
    mixed = [row for row in rows if not _is_group(row)][:MOST_SUMMED]
    for row in chain(rows, (one + other for one, other in combinations(mixed, 2))):
        if _is_group(row) and 1 <= sizes[few][row > 0.5].sum() <= small:
            group = np.zeros(len(sizes))
            group[few] = np.round(row)
            yield group


def _is_group(row: Floats) -> bool:
    return bool((np.minimum(np.abs(row), np.abs(row - 1)) < NEAR).all())


def _cancelling(inside: Floats, few: Ints) -> Floats:
    """Sums of cells, over the classes of few, that cancel out over all other classes: those in the fewest first."""
    large = np.delete(np.arange(inside.shape[1]), few)
    large = large[np.argsort(inside[:, large].sum(axis=0), kind="stable")]
    rows = inside[:, np.concatenate((large, few))]
    for column in range(len(large)):
        some = np.flatnonzero(np.abs(rows[:, column]) > NONE)
        if not len(some):
            continue
        taken = some[np.abs(rows[some, column]).argmax()]
        others = some[some != taken]
        rows[others, column:] -= (rows[others, column] / rows[taken, column])[:, None] * rows[taken, column:]
        rows[taken] = 0
    left: Floats = rows[(np.abs(rows) > NONE).any(axis=1)][:, len(large) :]
    return left


def _reduced(rows: Floats, most: int) -> tuple[Floats, Ints]:
    """The reduced row echelon form over the first so many columns, and the column in which each row begins."""
    rows, first = rows.copy(), list[int]()
    for column in range(most):
        done = len(first)
        if done == len(rows):
            break
        best = done + int(np.abs(rows[done:, column]).argmax())
        if abs(rows[best, column]) < NEAR:
            continue
        rows[[done, best]] = rows[[best, done]]
        rows[done] /= rows[done, column]
        others = np.flatnonzero(np.abs(rows[:, column]) > NONE)
        others = others[others != done]
        rows[others] -= rows[others, column : column + 1] * rows[done]
        first.append(column)
    return rows[: len(first)], np.array(first, dtype=np.int64)
