"""Local recoding, first half: rows climb the hierarchies, and whoever meets enough others soonest stays there.

A tuple is one group a column; its loss is the mean loss of its cells. Tuples are taken in ascending order of loss:
when the rows still climbing that share one pass what is asked, they become a class and climb no more. A node (one
level a column) is looked at, together with those due next, when its cheapest tuple may be due; what waits there can
only become fewer, so the least loss it gave last time is a sure bound on what it can give next, and a node that gave
nothing never will.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf, prod
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.classes import Bools, Classes, Held, ValueCounts
from openhaven.disclosure.evening import NEAR, evened, most_within, table
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.models import Demands, EqualT, HierarchicalT, OrderedT

Keys = npt.NDArray[np.uint64]
Number = TypeVar("Number", np.uint64, np.float32)
MOST_NODES = 20_000  # of larger lattices a part is walked
PART = 64  # combinations of levels whose keys are added up beforehand
PART_CELLS = 20_000_000
EAGER = 1.03  # tuples up to this much dearer than the cheapest due are taken along
EAGER_AND_UNEVEN = 1.4  # the same where classes are evened out: each look costs more
SOONEST = 0.5  # a node is first looked at when half its mean loss is due
COMPACT = 0.97  # keys are laid out anew once fewer than this share still climb
MOST_LOOKED, LOOKED_CELLS = 64, 100_000  # nodes looked at together for the first time, and classes in all of them


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
    walk = _Walk(classes, demands, _Tuples.of(classes, hierarchies, levels))
    nodes = _nodes([len(each) for each in levels], walk.tuples.mean_loss)
    top = [hierarchy.distinct_levels()[-1] for hierarchy in hierarchies]
    if all(each[-1] == most for each, most in zip(levels, top, strict=True)):
        nodes = nodes[~(nodes == [len(each) - 1 for each in levels]).all(axis=1)]
    walk.over(nodes, most_work)
    return Climbed(walk.class_of, len(nodes) >= prod(map(len, levels)) - 1 and not walk.tired, walk.visits)


def _nodes(shape: Sequence[int], mean_loss: Sequence[Floats]) -> Ints:
    """Every node, or of a large lattice the cheapest and an even spread of the others: nodes x columns."""
    if prod(shape) <= MOST_NODES:
        return np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, len(shape))
    spread = np.arange(MOST_NODES // 2)[:, None]
    golden = 0.6180339887498949 * np.arange(1, len(shape) + 1) ** 1.5
    raised = (spread + 1) / len(spread) > (spread * golden) % 1.0  # ever more columns raised, each time others
    height = np.floor(1 + ((spread + 7) * golden[::-1]) % 1.0 * (np.array(shape) - 1)).astype(np.int64)
    others = np.where(raised, np.minimum(height, np.array(shape) - 1), 0)
    cheapest = list(_cheapest(shape, mean_loss, MOST_NODES // 2))
    chain = _chain(shape, mean_loss)
    return np.unique(np.concatenate((np.array(cheapest), others, chain)), axis=0)


def _cheapest(shape: Sequence[int], mean_loss: Sequence[Floats], most: int) -> Iterator[tuple[int, ...]]:
    """Nodes in ascending order of mean loss."""
    begin = (0,) * len(shape)
    heap, seen = [(0.0, begin)], {begin}
    for _ in range(most):
        loss, node = heappop(heap)
        yield node
        for axis, level in enumerate(node):
            above = (*node[:axis], level + 1, *node[axis + 1 :])
            if level + 1 < shape[axis] and above not in seen:
                seen.add(above)
                heappush(heap, (loss + float(mean_loss[axis][level + 1] - mean_loss[axis][level]), above))


def _chain(shape: Sequence[int], mean_loss: Sequence[Floats]) -> Ints:
    """From all lowest to all highest levels, each time the cheapest step."""
    node, made = [0] * len(shape), [[0] * len(shape)]
    while steps := [axis for axis, level in enumerate(node) if level + 1 < shape[axis]]:
        axis = min(steps, key=lambda at: float(mean_loss[at][node[at] + 1]))
        node[axis] += 1
        made.append(list(node))
    return np.array(made)


@dataclass
class _Tuples:
    """Keys and losses of every class under each combination of levels of a part of the columns; a tuple's key is the
    sum of its parts' keys, its loss the sum of theirs. The lowest `bits` of a key are left for the class's place, so
    that sorting keys sorts places. Where tuples are too many for the bits above, keys are mixed: should two tuples
    ever share one, their class is larger than need be and nothing worse."""

    parts: list[list[int]]
    keys: list[Keys]
    losses: list[npt.NDArray[np.float32]]
    mean_loss: list[Floats]
    shape: list[int]
    bits: int

    @classmethod
    def of(cls, classes: Classes, hierarchies: Sequence[Hierarchy], levels: Sequence[Sequence[int]]) -> "_Tuples":
        keys, losses, bits = [], [], len(classes).bit_length()
        tuples = prod(len(hierarchy.leaves) for hierarchy in hierarchies)
        exact, span = tuples < 1 << (64 - bits), 1
        for column, (hierarchy, used, leaf) in enumerate(zip(hierarchies, levels, classes.codes.T, strict=True)):
            groupings = [hierarchy.groupings[level] for level in used]
            sizes = [len(each.labels) for each in groupings]
            salt = None if exact else column * 64
            above = [_numbered(size, span, salt if salt is None else salt + at) for at, size in enumerate(sizes)]
            above = [each << np.uint64(bits) for each in above]
            keys.append(np.stack([number[each.codes[leaf]] for number, each in zip(above, groupings, strict=True)]))
            span *= len(hierarchy.leaves)
            lost = np.stack([each.loss[each.codes[leaf]] for each in groupings]) / len(hierarchies)
            losses.append(lost.astype(np.float32))
        mean = [np.asarray(lost @ (classes.rows / classes.total)) for lost in losses]
        shape = [len(each) for each in levels]
        parts = _parts(shape, len(classes))
        summed_keys, summed_losses = ([_sums(lines, part) for part in parts] for lines in (keys, losses))
        return cls(parts, summed_keys, summed_losses, mean, shape, bits)

    def places(self, nodes: Ints) -> Ints:
        """The line of each part for each node: nodes x parts."""
        shapes = [[self.shape[column] for column in part] for part in self.parts]
        places = [
            np.ravel_multi_index(tuple(nodes[:, part].T), shape) for part, shape in zip(self.parts, shapes, strict=True)
        ]
        return np.stack(places, axis=1)

    def only(self, kept: Ints) -> None:
        """Forget all other classes."""
        self.keys = [keys[:, kept] for keys in self.keys]
        self.losses = [losses[:, kept] for losses in self.losses]


def _parts(shape: Sequence[int], classes: int) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    size = 1
    for column, levels in enumerate(shape):
        if parts[-1] and size * levels > min(PART, PART_CELLS // classes):
            parts.append([])
            size = 1
        parts[-1].append(column)
        size *= levels
    return parts


def _sums(lines: Sequence[npt.NDArray[Number]], part: Sequence[int]) -> npt.NDArray[Number]:
    """One line for each combination of the lines of these columns."""
    total = lines[part[0]]
    for column in part[1:]:
        total = np.add(total[:, None], lines[column][None]).reshape(-1, total.shape[1])
    return total


def _numbered(size: int, span: int, salt: int | None) -> Keys:
    """Multiples of what the columns before can add up to; with a salt, numbers that look like chance."""
    return np.arange(size, dtype=np.uint64) * np.uint64(span) if salt is None else _mixed(salt, size)


def _mixed(salt: int, size: int) -> Keys:
    """Numbers that look like chance, always the same (splitmix64, Steele et al. 2014)."""
    mixed = np.arange(size, dtype=np.uint64) + (np.uint64(salt) << np.uint64(40)) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


class _Walk:
    """`climbing` are the classes without a place yet; `open` tells them from those placed since keys were laid out."""

    def __init__(self, classes: Classes, demands: Demands, tuples: _Tuples) -> None:
        self.demands, self.tuples = demands, tuples
        self.fewest, self.plain = demands.fewest(classes.held), demands.only_rows(classes.held)
        self.class_of: Ints = np.full(len(classes), -1)
        self.climbing = np.arange(len(classes))
        self.open = np.ones(len(classes), dtype=np.bool_)
        self.held: Held = classes.held
        self.rows = classes.rows
        self.found = self.visits = self.work = 0
        self.tired = False
        self.value: Ints | None = None  # where each class holds one confidential value and nothing else counts
        counted = classes.confidential
        if counted is not None and classes.people is None and classes.population is None:
            self.whole = counted.whole
            self.share = np.maximum(counted.whole, NEAR) / counted.whole.sum()
            self.value = counted.value if len(counted.value) == len(classes) else None
        # what is within t by equal distance is so by every other distance too
        close = [model.t for model in demands.models if isinstance(model, EqualT | OrderedT | HierarchicalT)]
        self.t = min(close, default=1.0)

    def over(self, nodes: Ints, most_work: int) -> None:
        """Visit nodes in the order of what they may give, until nobody climbs."""
        lines = self.tuples.places(nodes)
        chain = {tuple(line) for line in self.tuples.places(_chain(self.tuples.shape, self.tuples.mean_loss)).tolist()}
        heap = [(due, at) for at, due in enumerate(self._first_due(nodes).tolist())]
        heapify(heap)
        looked = np.zeros(len(nodes), dtype=np.bool_)
        while heap and len(self.climbing):
            due, at = heappop(heap)
            if self.work > most_work:
                self.tired = True
                if tuple(lines[at].tolist()) not in chain:
                    continue
            if looked[at]:
                if (again := self._visit(lines[at], due)) is not None:
                    heappush(heap, (max(again, due), at))
                continue
            found = [(due, at)]
            while heap and len(found) < min(MOST_LOOKED, LOOKED_CELLS // len(self.climbing)) and not looked[heap[0][1]]:
                found.append(heappop(heap))
            some = np.array([at for _, at in found])
            looked[some] = True
            for (due, at), least in zip(found, self._look(lines[some]).tolist(), strict=True):
                if least < inf:
                    heappush(heap, (max(least, due), at))

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
        enough = np.flatnonzero(np.add.reduceat(self.rows[order], starts) >= self.fewest)
        return order, starts[enough], np.append(starts[1:], len(order))[enough]

    def _losses(self, lines: Ints, order: Ints, starts: Ints) -> Floats:
        node, some = starts // len(self.climbing), order[starts]
        loss = np.zeros(len(starts))
        for each, line in zip(self.tuples.losses, lines.T, strict=True):
            loss += each[line[node], some]
        return loss

    def _look(self, lines: Ints) -> Floats:
        """For each of some nodes the least loss of a tuple that enough rows share; infinite where there is none."""
        order, starts, _ = self._shared(lines)
        least = np.full(len(lines), np.inf)
        np.minimum.at(least, starts // len(self.climbing), self._losses(lines, order, starts))
        return least

    def _visit(self, line: Ints, due: float) -> float | None:
        """Place the tuples that are due; the loss at which the node is due again, None where it never is."""
        order, starts, ends = self._shared(line[None])
        if not len(starts):
            return None
        loss = self._losses(line[None], order, starts)
        ready = loss <= due * (EAGER if self.demands.joins else EAGER_AND_UNEVEN) + 1e-9
        waiting = float(loss[~ready].min()) if not ready.all() else None
        if ready.any():
            self._place(order, starts[ready], ends[ready])
        return waiting

    def _place(self, order: Ints, starts: Ints, ends: Ints) -> None:
        """Make a class of each run that passes."""
        length = ends - starts
        run = np.repeat(np.arange(len(starts)), length)
        members = order[np.arange(len(run)) + np.repeat(starts - (np.cumsum(length) - length), length)]
        still = self.open[members]
        run, members = run[still], members[still]
        if not self.plain and len(run):
            run, members = self._passing(run, members, len(starts))
        self.class_of[self.climbing[members]] = self.found + run
        self.found += len(starts)
        self.open[members] = False
        self.rows = np.where(self.open, self.rows, 0)
        self._compact()

    def _passing(self, run: Ints, members: Ints, runs: int) -> tuple[Ints, Ints]:
        """The runs that pass, and of those that fail by t the part that passes, if any."""
        if self.value is None:
            group_of = np.full(len(self.climbing), -1)
            group_of[members] = np.unique(run, return_inverse=True)[1]
            fits = self.demands.passes(self.held.grouped(group_of), [])[group_of[members]]
            return run[fits], members[fits]
        value, rows, shape = self.value[members], self.rows[members], (runs, len(self.whole))
        counts = table(run, value, rows, shape=shape)
        fits = self._pass(counts)
        self.work += counts.size
        most = most_within(counts, self.share, self.t)
        tried = np.flatnonzero((~fits & (most >= self.fewest - NEAR))[run])
        part = self._evened_part(run[tried], value[tried], rows[tried], counts, most)
        kept = np.concatenate((np.flatnonzero(fits[run]), tried[part]))
        return run[kept], members[kept]

    def _evened_part(self, run: Ints, value: Ints, rows: Ints, counts: Ints, most: Floats) -> Bools:
        part = evened(run, value, rows, held=counts, share=self.share, most=most)
        passes = self._pass(table(run[part], value[part], rows[part], shape=counts.shape))
        return part & passes[run]

    def _pass(self, counts: Ints) -> Bools:
        """Which lines of a table of runs and values may be shown; a line without rows may not."""
        rows = counts.sum(axis=1)
        some = np.flatnonzero(rows)
        owner, value = np.nonzero(counts[some])
        passes = np.zeros(len(rows), dtype=np.bool_)
        held = Held(rows[some], confidential=ValueCounts(owner, value, counts[some][owner, value], self.whole))
        passes[some] = self.demands.passes(held, [])
        return passes

    def _compact(self) -> None:
        kept = np.flatnonzero(self.open)
        if len(kept) < COMPACT * len(self.open):
            self.tuples.only(kept)
            self.climbing, self.rows = self.climbing[kept], self.rows[kept]
            self.value = None if self.value is None else self.value[kept]
            group_of = np.full(len(self.open), -1)
            group_of[kept] = np.arange(len(kept))
            self.held = self.held.grouped(group_of)
            self.open = np.ones(len(kept), dtype=np.bool_)
