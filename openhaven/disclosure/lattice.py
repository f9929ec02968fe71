"""Every way to choose one level a column, and what a choice costs: rows to suppress and information lost.

Two facts make the search short. Going up, a class only grows, so a suppressed row can only be rescued: the
penalty of a node is never more than the penalty of a node below it. And the loss of keeping every row is a sum
over columns, known for the whole lattice before any class is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Classes, Groups, Masks, bit_count, combine, group
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.model.errors import BadInput

Node = tuple[int, ...]
KEPT_CELLS = 20_000_000  # merged classes remembered to merge on from, in all


@dataclass(frozen=True)
class Cost:
    """What a node costs: rows in classes below k, and the loss (0 to 1) that suppressing them adds."""

    suppressed_rows: int
    penalty: float


@dataclass(frozen=True)
class Merged:
    """The classes at a node: for each, one class of the input that stands for it, its rows, and its people."""

    members: Ints
    rows: Ints
    people: Masks | None

    @property
    def sizes(self) -> Ints:
        return self.rows if self.people is None else bit_count(self.people)


class Lattice:
    """The nodes of these hierarchies over these classes. A node numbers the *distinct* levels of each column."""

    def __init__(self, classes: Classes, hierarchies: Sequence[Hierarchy], *, k: int) -> None:
        if classes.codes.shape[1] != len(hierarchies):
            raise BadInput("each quasi-identifier needs one hierarchy")
        self.classes, self.k = classes, k
        self.levels = [hierarchy.distinct_levels() for hierarchy in hierarchies]
        self.shape: Node = tuple(len(levels) for levels in self.levels)
        self._keys, self._sizes, self._losses = [], [], []
        for hierarchy, levels, leaf in zip(hierarchies, self.levels, classes.codes.T, strict=True):
            chosen = [hierarchy.groupings[level] for level in levels]
            self._keys.append([grouping.codes[leaf] for grouping in chosen])
            self._sizes.append([len(grouping.labels) for grouping in chosen])
            self._losses.append([grouping.loss[grouping.codes[leaf]] for grouping in chosen])
        self.column_loss = [[float(loss @ classes.rows) / classes.total for loss in each] for each in self._losses]
        whole = Merged(np.arange(len(classes)), classes.rows, classes.people)
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
        merged = self._merge(node)
        small = merged.sizes < self.k
        rows, members = merged.rows[small], merged.members[small]
        kept_loss = np.zeros(len(members))
        for losses, level in zip(self._losses, node, strict=True):
            kept_loss += losses[level][members]
        penalty = float(rows @ (1 - kept_loss / len(node))) / self.classes.total
        return Cost(int(rows.sum()), penalty)

    def _merge(self, node: Node) -> Merged:
        below = self._smallest_below(node)
        self.work += len(below.rows) * len(node)
        keys = combine(
            [keys[level][below.members] for keys, level in zip(self._keys, node, strict=True)],
            [sizes[level] for sizes, level in zip(self._sizes, node, strict=True)],
        )
        merged = _merge_equal(below, group(keys))
        self._keep(node, merged)
        return merged

    def _smallest_below(self, node: Node) -> Merged:
        usable = np.flatnonzero((self._kept_nodes <= node).all(axis=1))
        return min((self._kept[index] for index in usable), key=lambda merged: len(merged.rows))

    def _keep(self, node: Node, merged: Merged) -> None:
        if len(merged.rows) * 2 < len(self.classes) and self._kept_cells + len(merged.rows) < KEPT_CELLS:
            self._kept.append(merged)
            self._kept_nodes = np.vstack((self._kept_nodes, [node]))
            self._kept_cells += len(merged.rows)


def _merge_equal(below: Merged, found: Groups) -> Merged:
    people = below.people
    if people is not None:
        people = np.bitwise_or.reduceat(people[found.order], found.starts, axis=0)
    rows = np.add.reduceat(below.rows[found.order], found.starts)
    return Merged(below.members[found.members], rows, people)
