"""t-closeness: how far the confidential values of a class may lie from those of the whole table, by three distances."""

from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Bools, Held, group
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.models.model import SLACK, Merging, values_in
from openhaven.model.errors import BadInput

HALVINGS = 8  # of the bracket around the most rows that can be kept; its upper end is used
CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class EqualT(Merging):
    """t-closeness (Li, Li & Venkatasubramanian 2007, 4.2), every two values equally far: half the sum of |p - q|."""

    t: float

    def __post_init__(self) -> None:
        check_t(self.t)

    def passes(self, held: Held) -> Bools:
        return np.asarray(distance_equal(held) <= self.t + SLACK)

    def most_kept(self, held: Held) -> Ints:
        """m rows can be within t only if sum over values of max(0, m q - count) is at most t m: a convex condition."""
        values, rows = values_in(held), held.rows
        whole = values.whole / values.whole.sum()
        share = whole[values.value]
        missing = 1 - values.per_class(share, len(rows)) - self.t - SLACK
        low, high = np.zeros(len(rows)), rows.astype(np.float64)
        fits = self.passes(held)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            short = np.maximum(middle[values.owner] * share - values.count, 0)
            kept = values.per_class(short, len(rows)) + middle * missing <= 0
            low, high = np.where(kept, middle, low), np.where(kept, high, middle)
        return np.where(fits, rows, np.floor(high)).astype(np.int64)

    def fewest(self, held: Held) -> int:
        """Values that are not there count in full: enough of the commonest must be."""
        common = np.sort(values_in(held).whole)[::-1].cumsum() / values_in(held).whole.sum()
        return int(np.searchsorted(common, 1 - self.t - SLACK)) + 1

    def __str__(self) -> str:
        return f"t = {self.t:g} (equal distance)"


class Close(Merging):
    """Distances in which a move costs at least `cheapest`: so they are at least that share of the equal distance."""

    t: float

    def passes(self, held: Held) -> Bools:
        return np.asarray(self.distances(held) <= self.t + SLACK)

    def most_kept(self, held: Held) -> Ints:
        return EqualT(min(1.0, self.t / self.cheapest(len(values_in(held).whole)))).most_kept(held)

    def fewest(self, held: Held) -> int:
        return EqualT(min(1.0, self.t / self.cheapest(len(values_in(held).whole)))).fewest(held)

    def cheapest(self, values: int) -> float:
        """The least that moving everything from one value to another can cost."""
        raise NotImplementedError

    def distances(self, held: Held) -> Floats:
        """From each class's values to the whole table's; 0 for a class without rows."""
        values, rows = values_in(held), held.rows
        whole = values.whole / values.whole.sum()
        found = np.zeros(len(rows))
        step = max(1, CELLS_AT_ONCE // len(whole))
        for first in range(0, len(rows), step):
            last = min(first + step, len(rows))
            counts = values.dense(first, last)
            extra = counts / np.maximum(rows[first:last, None], 1) - whole
            found[first:last] = np.where(rows[first:last] > 0, self.moved(extra), 0)
        return found

    def moved(self, extra: Floats) -> Floats:
        raise NotImplementedError


@dataclass(frozen=True)
class OrderedT(Close):
    """t-closeness with ordered distance (Li et al. 2007, 4.1): 1/(m - 1) of the sum of |sums of p - q so far|.

    `rank[v]` is the place of value v in the order.
    """

    t: float
    rank: tuple[int, ...]

    def __post_init__(self) -> None:
        check_t(self.t)

    def moved(self, extra: Floats) -> Floats:
        ordered = extra[:, np.argsort(self.rank)]
        so_far: Floats = np.abs(np.cumsum(ordered, axis=1)).sum(axis=1)
        return np.asarray(so_far / max(1, extra.shape[1] - 1))

    def cheapest(self, values: int) -> float:
        return 1 / max(1, values - 1)

    def __str__(self) -> str:
        return f"t = {self.t:g} (ordered distance)"


@dataclass(frozen=True)
class HierarchicalT(Close):
    """t-closeness with hierarchical distance (Li et al. 2007, 4.3): what moves between children of a node costs its
    height over the tree's; a leaf has height 0. The hierarchy's leaves are the values, in the order of their codes."""

    t: float
    hierarchy: Hierarchy

    def __post_init__(self) -> None:
        check_t(self.t)

    def moved(self, extra: Floats) -> Floats:
        cost, height = np.zeros(len(extra)), self.hierarchy.top
        below = extra
        for level in range(1, height + 1):
            parent = self._parents(level)[: below.shape[1]]
            more, less = _added(np.maximum(below, 0), parent), _added(np.maximum(-below, 0), parent)
            cost += level / height * np.minimum(more, less).sum(axis=1)
            below = more - less
        return cost

    def cheapest(self, values: int) -> float:
        return 1 / max(1, self.hierarchy.top)

    def _parents(self, level: int) -> Ints:
        """The group at this level of each group one level below (of each leaf, at level 1)."""
        above = self.hierarchy.groupings[level].codes
        below = self.hierarchy.groupings[level - 1].codes
        parent = np.zeros(int(below.max()) + 1, dtype=np.int64)
        parent[below] = above
        return parent

    def __str__(self) -> str:
        return f"t = {self.t:g} (hierarchical distance)"


def distance_equal(held: Held) -> Floats:
    """Half the sum of |p - q| of each class; 0 for a class without rows."""
    values = values_in(held)
    share = values.count / held.rows[values.owner]
    more = np.maximum(share - values.whole[values.value] / values.whole.sum(), 0)
    return values.per_class(more, len(held.rows))


def _added(table: Floats, parent: Ints) -> Floats:
    """Columns of one parent added up; columns without a parent in use stay 0."""
    found = group(parent)
    total = np.zeros((len(table), int(parent.max()) + 1))
    total[:, parent[found.members]] = np.add.reduceat(table[:, found.order], found.starts, axis=1)
    return total


def check_t(t: float) -> None:
    if not 0 <= t <= 1:
        raise BadInput(f"t must lie between 0 and 1, not {t}")
