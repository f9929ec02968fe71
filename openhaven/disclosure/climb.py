"""Local recoding, first half: rows climb the hierarchies, and whoever meets enough others soonest stays there.

A tuple is one group a column; its loss is the mean loss of its cells. Tuples are taken in ascending order of loss:
when the rows still climbing that share one pass what is asked, they become a class and climb no more. A node (one
level a column) is looked at, together with those due next, when its cheapest tuple may be due; what waits there can
only become fewer, so the least loss it gave last time is a sure bound on what it can give next, and a node that gave
nothing never will. All tuples that are due at these nodes are held to what is asked at once, and again where another
took some of their rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf, prod
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.classes import Bools, Classes, Held, ValueCounts
from openhaven.disclosure.evening import NEAR, evened, most_within, table, within
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.models import Demands, EqualT, HierarchicalT, OrderedT

Keys = npt.NDArray[np.uint64]
Number = TypeVar("Number", np.uint64, np.float32)
MOST_NODES = 20_000  # of larger lattices a part is walked
PART = 64  # combinations of levels whose keys are added up beforehand
PART_CELLS = 20_000_000
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
    walk = _Walk(classes, demands, _Tuples.of(classes, hierarchies, levels))
    nodes = _nodes([len(each) for each in levels], walk.tuples.mean_loss)
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
        self.keys = [keys.take(kept, axis=1) for keys in self.keys]
        self.losses = [losses.take(kept, axis=1) for losses in self.losses]


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
        self.eager = EAGER if demands.joins else EAGER_AND_UNEVEN
        self.class_of: Ints = np.full(len(classes), -1)
        self.climbing = np.arange(len(classes))
        self.open = np.ones(len(classes), dtype=np.bool_)
        self.judge = _Judge(classes, demands)
        self.found = self.visits = self.work = 0
        self.tired = False

    def over(self, nodes: Ints, most_work: int) -> None:
        """Visit nodes in the order of what they may give, until nobody climbs."""
        lines = self.tuples.places(nodes)
        chain = {tuple(line) for line in self.tuples.places(_chain(self.tuples.shape, self.tuples.mean_loss)).tolist()}
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


class _Judge:
    """Which runs of the classes that still climb may be shown, or a part of them. Where each class holds one
    confidential value and nothing else counts, values are counted in one table."""

    def __init__(self, classes: Classes, demands: Demands) -> None:
        self.demands, self.held, self.rows = demands, classes.held, classes.rows.copy()
        self.fewest, self.plain = demands.fewest(classes.held), demands.only_rows(classes.held)
        self.value: Ints | None = None
        counted = classes.confidential
        if counted is not None and classes.people is None and classes.population is None:
            self.whole = counted.whole
            self.share = np.maximum(counted.whole, NEAR) / counted.whole.sum()
            self.value = counted.value if len(counted.value) == len(classes) else None
        # what is within t by equal distance is so by every other distance too, but not the other way round
        close = [model.t for model in demands.models if isinstance(model, EqualT | OrderedT | HierarchicalT)]
        self.t = min(close, default=1.0)
        self.equal = min((model.t for model in demands.models if isinstance(model, EqualT)), default=1.0)

    def only(self, kept: Ints) -> None:
        """Forget all other classes."""
        if self.value is None:
            group_of = np.full(len(self.rows), -1)
            group_of[kept] = np.arange(len(kept))
            self.held = self.held.grouped(group_of)
        else:
            self.value = self.value[kept]
        self.rows = self.rows[kept]

    def hopeful(self, run: Ints, members: Ints) -> tuple[Ints, Ints]:
        """The runs that may hold a part that passes: no others do, nor ever will. By other distances than the equal
        one that is not known before they are looked at."""
        rows = self.rows[members]
        hopeful = np.bincount(run, rows) >= self.fewest
        if self.value is not None and self.equal < 1:
            counts = table(run, self.value[members], rows, shape=(len(hopeful), len(self.whole)))
            hopeful &= within(counts, self.share, self.equal, self.fewest)
        kept = hopeful[run]
        return run[kept], members[kept]

    def passing(self, run: Ints, members: Ints) -> tuple[Ints, Ints]:
        """The runs that pass, and of those that fail by t the part that passes, if any."""
        run, members = self.hopeful(run, members)
        if self.plain or not len(run):
            return run, members
        number: Ints = np.cumsum(np.diff(run, prepend=run[0]) > 0, dtype=np.int64)
        if self.value is not None:
            kept = self._by_table(number, members)
        else:
            kept = self.demands.passes(self.held.picked(members).grouped(number), [])[number]
        return run[kept], members[kept]

    def _by_table(self, run: Ints, members: Ints) -> Bools:
        """The same where values are counted in a table: who is taken. Runs are numbered without gaps."""
        assert self.value is not None
        value, rows = self.value[members], self.rows[members]
        counts = table(run, value, rows, shape=(int(run[-1]) + 1, len(self.whole)))
        fits = self._pass(counts)
        taken, tried = fits[run], np.flatnonzero(~fits[run])
        part = self._evened_part((np.cumsum(~fits) - 1)[run[tried]], value[tried], rows[tried], counts[~fits])
        taken[tried] = part
        return taken

    def _evened_part(self, run: Ints, value: Ints, rows: Ints, counts: Ints) -> Bools:
        if not len(run) or self.t >= 1:
            return np.zeros(len(run), dtype=np.bool_)
        most = most_within(counts, self.share, self.t)
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
