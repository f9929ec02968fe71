"""Local recoding, first half: rows climb the hierarchies, and whoever meets enough others soonest stays there.

A tuple is one group a column; its loss is the mean loss of its cells. Tuples are taken in ascending order of loss:
when the rows still climbing that share one pass what is asked, they become a class and climb no more. A node (one
level a column) is looked at, together with those due next, when its cheapest tuple may be due; what waits there can
only become fewer, so the least loss it gave last time is a sure bound on what it can give next, and a node that gave
nothing never will. All tuples that are due at these nodes are held to what is asked at once, and again where another
took some of their rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf, prod

import numpy as np

from openhaven.disclosure.classes import Classes
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.judge import Judge
from openhaven.disclosure.models import Demands
from openhaven.disclosure.nodes import chain_of, nodes_of
from openhaven.disclosure.tuples import Tuples

EAGER = 1.03  # tuples up to this much dearer than the cheapest due are taken along
EAGER_AND_UNEVEN = 1.2  # the same where classes are evened out: each look costs more
SOONEST = 0.5  # a node is first looked at when half its mean loss is due
COMPACT = 0.9  # keys are laid out anew once fewer than this share still climb
TOGETHER = 1.02  # nodes due at up to this much more are looked at together
MOST_LOOKED, LOOKED_CELLS = 64, 100_000  # nodes looked at together, and classes in all of them


@dataclass(frozen=True)
class Climbed:
    """`class_of` numbers the class each input class ended in, -1 where it ended in none; `whole` says that every
    node was open to the walk; `visits` counts the nodes looked at."""

    class_of: Ints
    whole: bool
    visits: int


def climb(
    classes: Classes,
    hierarchies: Sequence[Hierarchy],
    demands: Demands,
    *,
    highest: Sequence[int],
    most_work: int,
) -> Climbed:
    """Gather classes under nodes that are nowhere above the levels in `highest`, the node of all last levels left out.

    `most_work` bounds the cells looked at; above it only a chain of nodes from bottom to top is walked on.
    """
    levels = [
        [level for level in hierarchy.distinct_levels() if level <= most]
        for hierarchy, most in zip(hierarchies, highest, strict=True)
    ]
    classes, place = _by_value(classes)
    walk = _Walk(classes, demands, Tuples.of(classes, hierarchies, levels))
    nodes = nodes_of([len(each) for each in levels], walk.tuples.mean_loss)
    top = [hierarchy.distinct_levels()[-1] for hierarchy in hierarchies]
    if all(each[-1] == most for each, most in zip(levels, top, strict=True)):
        nodes = nodes[~(nodes == [len(each) - 1 for each in levels]).all(axis=1)]
    walk.over(nodes, most_work)
    return Climbed(walk.class_of[place], len(nodes) >= prod(map(len, levels)) - 1 and not walk.tired, walk.visits)


def _by_value(classes: Classes) -> tuple[Classes, Ints]:
    """Where each class holds one confidential value, in the order of values, so that a tuple's classes come in that
    order too; and the place of each class there."""
    counted, place = classes.confidential, np.arange(len(classes))
    if (
        counted is None
        or len(counted.value) < len(classes)
        or classes.people is not None
        or classes.population is not None
    ):
        return classes, place
    order = np.argsort(counted.value, kind="stable")
    place[order] = np.arange(len(order))
    return Classes(classes.codes[order], classes.rows[order], confidential=counted.merged(place)), place


class _Walk:
    """`climbing` are the classes without a place yet; `open` tells them from those placed since keys were laid out."""

    def __init__(self, classes: Classes, demands: Demands, tuples: Tuples) -> None:
        self.demands, self.tuples = demands, tuples
        self.eager = EAGER if demands.joins else EAGER_AND_UNEVEN
        self.class_of: Ints = np.full(len(classes), -1)
        self.climbing = np.arange(len(classes))
        self.open = np.ones(len(classes), dtype=np.bool_)
        self.judge = Judge(classes, demands)
        self.found = self.visits = self.work = 0
        self.tired = False

    def over(self, nodes: Ints, most_work: int) -> None:
        """Visit nodes in the order of what they may give, until nobody climbs."""
        lines = self.tuples.places(nodes)
        chain_nodes = chain_of(self.tuples.shape, self.tuples.mean_loss)
        chain = {tuple(line) for line in self.tuples.places(chain_nodes).tolist()}
        heap = [(due, at) for at, due in enumerate(self._first_due(nodes).tolist())]
        heapify(heap)
        reached = np.full(len(nodes), -1.0)
        while heap and len(self.climbing):
            self.tired = self.tired or self.work > most_work
            due, some = self._next(heap)
            if self.tired:
                kept = [at for at, line in enumerate(lines[some].tolist()) if tuple(line) in chain]
                due, some = due[kept], some[kept]
            if not len(some):
                continue
            upto = due * self.eager + 1e-9
            again = self._visit(lines[some], reached[some], upto)
            reached[some] = upto
            for least, before, at in zip(again.tolist(), due.tolist(), some.tolist(), strict=True):
                if least < inf:
                    heappush(heap, (max(least, before), at))

    def _next(self, heap: list[tuple[float, int]]) -> tuple[Floats, Ints]:
        """The nodes that are due next, as many as can be looked at together."""
        taken = [heappop(heap)]
        most, last = min(MOST_LOOKED, LOOKED_CELLS // len(self.climbing)), taken[0][0] * TOGETHER
        while heap and len(taken) < most and heap[0][0] <= last:
            taken.append(heappop(heap))
        return np.array([due for due, _ in taken]), np.array([at for _, at in taken])

    def _first_due(self, nodes: Ints) -> Floats:
        least = [losses.min(axis=1) for losses in self.tuples.losses]
        places = self.tuples.places(nodes)
        surely = sum(each[place] for each, place in zip(least, places.T, strict=True))
        mean = sum(each[level] for each, level in zip(self.tuples.mean_loss, nodes.T, strict=True))
        return np.asarray(np.maximum(surely, SOONEST * mean))

    def _shared(self, lines: Ints) -> tuple[Ints, Ints, Ints]:
        """The tuples of some nodes that enough rows share: `order` gives, node by node, the places of classes by
        tuple, then where in it each tuple begins and ends."""
        self.visits += len(lines)
        self.work += len(self.climbing) * lines.size
        keys = self.tuples.keys[0][lines[:, 0]]
        for each, line in zip(self.tuples.keys[1:], lines.T[1:], strict=True):
            keys += each[line]
        keys |= np.arange(len(self.climbing), dtype=np.uint64)
        keys.sort(axis=1)
        place = np.uint64((1 << self.tuples.bits) - 1)
        begins = np.ones(keys.shape, dtype=np.bool_)
        np.greater(keys[:, 1:] ^ keys[:, :-1], place, out=begins[:, 1:])
        keys &= place
        order, starts = keys.view(np.int64).ravel(), np.flatnonzero(begins)
        enough = np.flatnonzero(np.add.reduceat(self.judge.rows[order], starts) >= self.judge.fewest)
        return order, starts[enough], np.append(starts[1:], len(order))[enough]

    def _losses(self, lines: Ints, order: Ints, starts: Ints) -> Floats:
        node, some = starts // len(self.climbing), order[starts]
        loss = np.zeros(len(starts))
        for each, line in zip(self.tuples.losses, lines.T, strict=True):
            loss += each[line[node], some]
        return loss

    def _visit(self, lines: Ints, reached: Floats, upto: Floats) -> Floats:
        """Place the tuples that lose more than what each node has `reached`, up to so much; the loss at which each is
        due again, infinite where it never is. Who loses less was looked at, and can only have become fewer."""
        order, starts, ends = self._shared(lines)
        loss = self._losses(lines, order, starts)
        node = starts // len(self.climbing)
        ready = loss <= upto[node]
        again = np.full(len(lines), inf)
        np.minimum.at(again, node[~ready], loss[~ready])
        ready &= loss > reached[node]
        if ready.any():
            self._place(order, starts[ready], ends[ready])
        return again

    def _place(self, order: Ints, starts: Ints, ends: Ints) -> None:
        """Make a class of each run that passes; where an earlier one takes some of it, what is left is tried anew."""
        length = ends - starts
        run = np.repeat(np.arange(len(starts)), length)
        members = order[np.arange(len(run)) + np.repeat(starts - (np.cumsum(length) - length), length)]
        still = self.open[members]
        run, members = self.judge.hopeful(run[still], members[still])
        first = np.empty(len(self.open), dtype=np.int64)
        while len(run):
            self.work += len(members)
            part, taken = self.judge.passing(run, members)
            first[taken[::-1]] = part[::-1]
            waits = np.bincount(part, first[taken] != part, minlength=len(starts)) > 0
            self._settle(part[~waits[part]], taken[~waits[part]])
            gone = ~self.open[members]
            again = np.bincount(run, gone, minlength=len(starts)) > 0
            left = again[run] & ~gone
            run, members = run[left], members[left]
        self._compact()

    def _settle(self, run: Ints, members: Ints) -> None:
        self.class_of[self.climbing[members]] = self.found + run
        self.found += int(run.max(initial=-1)) + 1
        self.open[members] = False
        self.judge.rows[members] = 0

    def _compact(self) -> None:
        kept = np.flatnonzero(self.open)
        if len(kept) < COMPACT * len(self.open):
            self.tuples.only(kept)
            self.judge.only(kept)
            self.climbing, self.open = self.climbing[kept], np.ones(len(kept), dtype=np.bool_)
