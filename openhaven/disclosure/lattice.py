"""Every way to choose one level a column, and what a choice costs: rows to suppress and information lost.

Two facts make the search short. Going up, a class only grows, so a suppressed row can only be rescued: the
penalty of a node is never more than the penalty of a node below it. And the loss of keeping every row is a sum
over columns, known for the whole lattice before any class is counted.

Where a model can be spoilt by what joins a class, the first fact holds of the rows that no finer recoding can keep.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from openhaven.disclosure.classes import Classes, Held, combine, group
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.models import Demands
from openhaven.model.errors import BadInput

Node = tuple[int, ...]
LARGEST_TABLE = 2_000_000  # possible classes counted in one table
CELLS_A_SET = 4_000  # a set of columns takes as long as so many cells, however few classes there are
KEPT_CELLS = 20_000_000  # merged classes remembered to merge on from, in all


@dataclass(frozen=True)
class Cost:
    """What a node costs: rows in classes that fail, and the loss (0 to 1) that suppressing them adds.

    `least_rows` and `least_penalty` bound both from below, for this node and every node below it.
    """

    suppressed_rows: int
    penalty: float
    least_rows: int
    least_penalty: float


@dataclass(frozen=True)
class Merged:
    """The classes at a node: for each, one class of the input that stands for it, and what it holds."""

    members: Ints
    held: Held

    def __len__(self) -> int:
        return len(self.members)


class Lattice:
    """The nodes of these hierarchies over these classes. A node numbers the *distinct* levels of each column."""

    def __init__(
        self, classes: Classes, hierarchies: Sequence[Hierarchy], *, demands: Demands, nothing_hidden: bool = False
    ) -> None:
        if classes.codes.shape[1] != len(hierarchies):
            raise BadInput("each quasi-identifier needs one hierarchy")
        self.classes, self.demands, self.nothing_hidden = classes, demands, nothing_hidden
        self.levels = [hierarchy.distinct_levels() for hierarchy in hierarchies]
        self.shape: Node = tuple(len(levels) for levels in self.levels)
        self._keys, self._sizes, self._losses = [], [], []
        for hierarchy, levels, leaf in zip(hierarchies, self.levels, classes.codes.T, strict=True):
            chosen = [hierarchy.groupings[level] for level in levels]
            self._keys.append([grouping.codes[leaf] for grouping in chosen])
            self._sizes.append([len(grouping.labels) for grouping in chosen])
            self._losses.append([grouping.loss[grouping.codes[leaf]] for grouping in chosen])
        self.column_loss = [[float(loss @ classes.rows) / classes.total for loss in each] for each in self._losses]
        self._fewest = demands.fewest(classes.held) if demands.only_rows(classes.held) else None
        self._weights = classes.rows.astype(np.float64)
        whole = Merged(np.arange(len(classes)), classes.held)
        self._kept: list[Merged] = [whole]
        self._kept_nodes = np.zeros((1, len(self.shape)), dtype=np.int64)
        self._kept_cells = 0
        self.work = 0  # class cells looked at so far: what a search may be bounded by, clock or no clock

    @property
    def top(self) -> Node:
        return tuple(size - 1 for size in self.shape)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        count = 1
        for size in self.shape:
            count *= size
        return count

    def loss_of_keeping(self, node: Node) -> float:
        """Mean loss of all cells when every row is kept."""
        return sum(losses[level] for losses, level in zip(self.column_loss, node, strict=True)) / len(node)

    def loss_of_keeping_all(self) -> Floats:
        """The same for every node at once, in the lattice's shape."""
        total = np.zeros(self.shape)
        for axis, losses in enumerate(self.column_loss):
            total += np.array(losses).reshape([-1 if other == axis else 1 for other in range(len(self.shape))])
        return total / len(self.shape)

    def levels_of(self, node: Node) -> tuple[int, ...]:
        """The hierarchies' own levels at this node."""
        return tuple(levels[index] for levels, index in zip(self.levels, node, strict=True))

    def cost(self, node: Node) -> Cost:
        """Count the classes at this node."""
        if self._fewest is not None and self._span(node) <= max(LARGEST_TABLE, 2 * len(self.classes)):
            return self._cost_by_table(node, self._fewest)
        merged = self._merge(node)
        columns = []
        if self.demands.subsets is not None:
            columns = [keys[level][merged.members] for keys, level in zip(self._keys, node, strict=True)]
            self.work += self.demands.subsets.sets(len(columns)) * (len(merged.members) + CELLS_A_SET)
        kept = self.demands.passes(merged.held, columns)
        suppressed, penalty = self._lost(node, merged, np.where(kept, 0, merged.held.rows))
        if not kept.all() and not self.demands.mends:
            suppressed = self.classes.total + 1
        if self.demands.joins:
            return Cost(suppressed, penalty, suppressed, penalty)
        most = self.demands.most_kept(merged.held, columns)
        least = self._lost(node, merged, merged.held.rows - most)
        never = suppressed > 0 and self.demands.merges and self.nothing_hidden
        return Cost(suppressed, penalty, suppressed if never else least[0], least[1])

    def _span(self, node: Node) -> int:
        return prod(sizes[level] for sizes, level in zip(self._sizes, node, strict=True))

    def _cost_by_table(self, node: Node, fewest: int) -> Cost:
        """Where only rows count and all possible classes fit in one table: no sorting."""
        self.work += len(self.classes) * len(node)
        keys = np.zeros(len(self.classes), dtype=np.int64)
        for codes, sizes, level in zip(self._keys, self._sizes, node, strict=True):
            keys *= sizes[level]
            keys += codes[level]
        table = np.bincount(keys, self._weights, minlength=self._span(node))
        small = np.where(table[keys] < fewest, self._weights, 0)  # whole columns: faster than choosing
        lost = [float(np.einsum("i,i", losses[level], small)) for losses, level in zip(self._losses, node, strict=True)]
        rows = float(small.sum())
        penalty = (rows - sum(lost) / len(node)) / self.classes.total
        return Cost(int(rows), penalty, int(rows), penalty)

    def _lost(self, node: Node, merged: Merged, rows: Ints) -> tuple[int, float]:
        at = np.flatnonzero(rows)
        return self._penalty(node, merged.members[at], rows[at].astype(np.float64))

    def _penalty(self, node: Node, members: Ints, rows: Floats) -> tuple[int, float]:
        """So many rows of classes like these members suppressed, and the loss that adds."""
        kept = np.zeros(len(members))
        for losses, level in zip(self._losses, node, strict=True):
            kept += losses[level][members]
        return int(rows.sum()), float(rows @ (1 - kept / len(node))) / self.classes.total

    def _merge(self, node: Node) -> Merged:
        below = self._smallest_below(node)
        self.work += len(below) * len(node)
        keys = combine(
            [keys[level][below.members] for keys, level in zip(self._keys, node, strict=True)],
            [sizes[level] for sizes, level in zip(self._sizes, node, strict=True)],
        )
        found = group(keys)
        merged = Merged(below.members[found.members], below.held.merged(found))
        self._keep(node, merged)
        return merged

    def _smallest_below(self, node: Node) -> Merged:
        usable = np.flatnonzero((self._kept_nodes <= node).all(axis=1))
        return min((self._kept[index] for index in usable), key=len)

    def _keep(self, node: Node, merged: Merged) -> None:
        if len(merged) * 2 < len(self.classes) and self._kept_cells + len(merged) < KEPT_CELLS:
            self._kept.append(merged)
            self._kept_nodes = np.vstack((self._kept_nodes, [node]))
            self._kept_cells += len(merged)
