"""Local recoding, second half: who found no class joins one, and moves that lose less are made while there are any.

A move takes one combination to another class, or parts a whole class among others. All moves of a round touch
different classes; after the round every class touched is held to what is asked, and a move that broke one is undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.classes import Bools, Classes, different, group
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.models import Demands, EqualT

Singles = npt.NDArray[np.float32]
MOST_PAIRS = 16_000_000  # combinations x classes compared in a round
MOST_CELLS = 40_000_000  # of the table of what classes share
AT_ONCE = 2_000_000  # of these
NEVER = np.float32(1e9)
LEAST_GAIN = 1e-6
ALL_LOST = 1 - 1e-5  # loss of a row that is `*` throughout, as sums of single floats come to it


@dataclass(frozen=True)
class Parted:
    """A partition of the input classes: `order` by class, `starts`; of each class its rows, the level (index of
    distinct levels) of each column, and its mean loss."""

    class_of: Ints
    order: Ints
    starts: Ints
    rows: Ints
    levels: Ints
    loss: Floats


class Mender:
    """Works on partitions of these classes. With `confined_to`, the class of each in a global recoding, no class
    reaches over two of those."""

    def __init__(self, classes: Classes, hierarchies: Sequence[Hierarchy], demands: Demands) -> None:
        self.classes, self.demands = classes, demands
        self.confined_to: Ints | None = None
        self.codes: list[list[Ints]] = []  # by column and distinct level: each class's group
        self.lost: list[list[Floats]] = []  # and that group's loss, over the number of columns
        for hierarchy, leaf in zip(hierarchies, classes.codes.T, strict=True):
            chosen = [hierarchy.groupings[level] for level in hierarchy.distinct_levels()]
            self.codes.append([each.codes[leaf] for each in chosen])
            self.lost.append([each.loss[each.codes[leaf]] / len(hierarchies) for each in chosen])
        self.features = sum(len(different(codes)) for levels in self.codes for codes in levels[:-1])

    def labels(self, members: Ints) -> list[Ints]:
        """By column: levels x members, a number for each label; the same where a level up says no less."""
        labels = []
        for levels, lost in zip(self.codes, self.lost, strict=True):
            numbers, first = [levels[0][members]], max(int(codes.max()) for codes in levels) + 1
            for at in range(1, len(levels)):
                same = lost[at][members] == lost[at - 1][members]
                numbers.append(np.where(same, numbers[-1], levels[at][members] + at * first))
            labels.append(np.stack(numbers))
        return labels

    def parted(self, class_of: Ints) -> Parted:
        """The partition with each class at the lowest levels that all of it share. Numbers need not be dense."""
        found = group(class_of)
        levels = np.zeros((len(found.starts), len(self.codes)), dtype=np.int64)
        loss = np.zeros(len(found.starts))
        for column, (codes, lost) in enumerate(zip(self.codes, self.lost, strict=True)):
            for level in range(len(codes) - 1):
                ordered = codes[level][found.order]
                differ = np.minimum.reduceat(ordered, found.starts) != np.maximum.reduceat(ordered, found.starts)
                levels[differ, column] = level + 1
            loss += np.stack(lost)[levels[:, column], found.members]
        return Parted(found.of_each, found.order, found.starts, found.sum(self.classes.rows), levels, loss)

    def total_loss(self, made: Parted) -> float:
        """Mean over all cells."""
        return float(made.loss @ made.rows) / self.classes.total

    def passing(self, made: Parted) -> Bools:
        """Which classes of the partition may be shown; of those without rows nothing is."""
        return np.asarray(self.demands.passes(self.classes.held.grouped(made.class_of), []) | (made.rows == 0))

    # -- what joining costs ---------------------------------------------------------------------------------------

    def _shared(self, at: Ints, levels: Ints) -> Singles:
        """A line each, such that the product of two lines is 1 minus the loss of the class that would hold both."""
        table = np.zeros((len(at), self.features), dtype=np.float32)
        first, line = 0, np.arange(len(at))
        for column, (codes, lost) in enumerate(zip(self.codes, self.lost, strict=True)):
            for level in range(len(codes) - 1):
                used, place = np.unique(codes[level], return_inverse=True)
                weight = np.sqrt(lost[level + 1][at] - lost[level][at])
                table[line, first + place[at]] = np.where(levels[:, column] <= level, weight, 0)
                first += len(used)
        return table

    def _best_targets(self, made: Parted, candidates: Ints, targets: Ints) -> tuple[Ints, Floats]:
        """For each candidate the class among targets that it costs least to join, and that cost (in rows)."""
        lines = self._shared(made.order[made.starts][targets], made.levels[targets])
        own = self._shared(candidates, np.zeros((len(candidates), len(self.codes)), dtype=np.int64))
        used = lines.any(axis=0)
        lines, own = np.ascontiguousarray(lines[:, used].T), own[:, used]
        rows = made.rows[targets].astype(np.float32)
        held = rows - (made.loss * made.rows)[targets].astype(np.float32)
        joining = self.classes.rows[candidates].astype(np.float32)
        closed = _Closed(self, made, targets)
        best, saved = np.zeros(len(candidates), dtype=np.int64), np.zeros(len(candidates), dtype=np.float32)
        step = max(1, AT_ONCE // len(targets))
        for some in np.split(np.arange(len(candidates)), range(step, len(candidates), step)):
            shared = own[some] @ lines
            saves = shared * (rows + joining[some, None])
            saves -= held
            closed.to(candidates[some], saves)
            best[some] = saves.argmax(axis=1)
            if (lost := shared[np.arange(len(some)), best[some]] < 1 - ALL_LOST).any():
                saves[lost] = np.where(shared[lost] < 1 - ALL_LOST, -NEVER, saves[lost])
                best[some] = saves.argmax(axis=1)
            saved[some] = saves[np.arange(len(some)), best[some]]
        return targets[best], np.where(saved > -NEVER / 2, joining - saved, np.inf)

    @property
    def value(self) -> Ints:
        """The one confidential value of each input class; 0 where nobody of the file is in it."""
        assert self.classes.confidential is not None
        value = np.zeros(len(self.classes), dtype=np.int64)
        value[self.classes.confidential.owner] = self.classes.confidential.value
        return value

    # -- joining --------------------------------------------------------------------------------------------------

    def join(self, class_of: Ints, *, rounds: int) -> Ints:
        """Those in class -1 join others where all is still satisfied; who cannot stays in -1. Combinations that only
        the population has need no class: one of their own, not shown, will do."""
        alone = (class_of < 0) & (self.classes.rows == 0)
        class_of = np.where(alone, int(class_of.max()) + 1 + np.arange(len(class_of)), class_of)
        for _ in range(rounds):
            left = np.flatnonzero(class_of < 0)
            if not len(left) or len(left) == len(class_of):
                break
            joined = self._join_round(class_of, left)
            if (joined == class_of).all():
                break
            class_of = joined
        return class_of

    def _join_round(self, class_of: Ints, left: Ints) -> Ints:
        own = np.where(class_of < 0, int(class_of.max()) + 1 + np.arange(len(class_of)), class_of)
        made = self.parted(own)
        targets = different(made.class_of[class_of >= 0])
        some = left[: max(1, MOST_PAIRS // len(targets))]
        target, cost = self._best_targets(made, some, targets)
        possible = np.flatnonzero(np.isfinite(cost))
        if not self.demands.joins:  # one a class and round, the cheapest first
            possible = possible[np.argsort(cost[possible], kind="stable")]
            possible = possible[np.unique(target[possible], return_index=True)[1]]
        moved = made.class_of.copy()
        moved[some[possible]] = target[possible]
        fits = self.passing(self.parted(moved))[group(moved).of_each]
        return np.where((class_of < 0) & ~(fits & (moved != made.class_of)), -1, moved)

    def unite(self, class_of: Ints, *, inside: Ints) -> Ints:
        """Who is still in -1 is put together, with as many classes that lie inside the same as it takes to pass."""
        for number in different(inside[class_of < 0]).tolist():
            class_of = self._united(class_of, inside == number)
        return class_of

    def _united(self, class_of: Ints, inside: Bools) -> Ints:
        class_of, new = class_of.copy(), int(class_of.max()) + 1
        class_of[inside & (class_of < 0)] = new
        others = np.setdiff1d(class_of[inside & (class_of != new)], class_of[~inside])
        order = others[self._most_wanted(class_of, others, new)]
        count = 0
        while count < len(others) and not self._passes_as_one(np.isin(class_of, order[:count]) | (class_of == new)):
            count = max(count + 1, count * 9 // 8)
        class_of[np.isin(class_of, order[:count])] = new
        return class_of

    def good(self, class_of: Ints) -> bool:
        """Whether every class may be shown and none is `*` throughout, unless every hierarchy says nothing else."""
        made = self.parted(class_of)
        return bool(self.passing(made).all()) and (
            (made.rows > 0).sum() == 1 or bool((made.loss[made.rows > 0] <= ALL_LOST).all())
        )

    def _passes_as_one(self, members: Bools) -> bool:
        return bool(self.demands.passes(self.classes.held.grouped(np.where(members, 0, -1)), [])[0])

    def _most_wanted(self, class_of: Ints, others: Ints, new: int) -> Ints:
        """Others in the order in which they should be called in: who brings the values that are missing, else who
        loses most."""
        if not any(isinstance(model, EqualT) for model in self.demands.models):
            made = self.parted(class_of)
            first = np.array([int(np.flatnonzero(class_of == other)[0]) for other in others], dtype=np.int64)
            return np.argsort(-made.loss[made.class_of[first]], kind="stable")
        numbers = np.append(others, new)
        place = np.full(int(class_of.max()) + 1, -1)
        place[numbers] = np.arange(len(numbers))
        counted = self.classes.held.grouped(place[class_of]).confidential
        assert counted is not None
        return _closest_first(counted.dense(0, len(numbers)), counted.whole / counted.whole.sum())

    # -- moving ---------------------------------------------------------------------------------------------------

    def improve(self, class_of: Ints, *, rounds: int) -> Ints:
        """Rounds of moves, until one gains next to nothing."""
        made = self.parted(class_of)
        if self.features * len(made.rows) > MOST_CELLS:
            return made.class_of
        for _ in range(rounds):
            better = self._move_round(made)
            gained = self.total_loss(made) - self.total_loss(better)
            made = better if gained > 0 else made
            if gained < 5e-4 * self.total_loss(made):
                break
        return made.class_of

    def _move_round(self, made: Parted) -> Parted:
        candidates = self._worst(made)
        target, cost = self._best_targets(made, candidates, np.arange(len(made.rows)))
        leaving = self._gain_of_leaving(made)
        ended = np.full(len(made.class_of), np.inf)
        ended[candidates] = cost
        parting = made.loss * made.rows - np.add.reduceat(ended[made.order], made.starts)
        single = leaving[candidates] - cost
        moves = [(float(single[at]), int(at), -1) for at in np.flatnonzero(single > LEAST_GAIN)]
        moves += [(float(parting[at]), -1, int(at)) for at in np.flatnonzero(parting > LEAST_GAIN)]
        where = np.full(len(made.class_of), -1)
        where[candidates] = target
        return self._made(made, sorted(moves, reverse=True), candidates, where)

    def _worst(self, made: Parted) -> Ints:
        loss = made.loss[made.class_of]
        order = np.argsort(-loss, kind="stable")[: max(1, MOST_PAIRS // len(made.rows))]
        return order[loss[order] > 0]

    def _made(self, made: Parted, moves: list[tuple[float, int, int]], candidates: Ints, where: Ints) -> Parted:
        """The moves that touch no class twice, best first; those that break a class are undone."""
        touched = np.full(len(made.rows), -1)
        moved = made.class_of.copy()
        changes: list[Ints] = []
        for _, single, parted in moves:
            members = candidates[[single]] if single >= 0 else made.order[self._span(made, parted)]
            classes = np.append(where[members], made.class_of[members[0]])
            if (touched[classes] >= 0).any():
                continue
            touched[classes] = len(changes)
            moved[members] = where[members]
            changes.append(members)
        fails = ~self.passing(self.parted(moved))[group(moved).of_each]
        blamed = different(touched[moved[fails]])  # -1: the class failed before, and nothing here touched it
        for change in blamed[blamed >= 0].tolist():
            moved[changes[change]] = made.class_of[changes[change]]
        return self.parted(moved)

    def _span(self, made: Parted, number: int) -> slice:
        end = made.starts[number + 1] if number + 1 < len(made.starts) else len(made.order)
        return slice(int(made.starts[number]), int(end))

    def _gain_of_leaving(self, made: Parted) -> Floats:
        """What the others of its class gain when one leaves and they are recoded afresh, and its own loss."""
        size = np.diff(made.starts, append=len(made.order))
        of_place = np.repeat(np.arange(len(size)), size)
        without = np.zeros(len(made.order))
        for codes, lost in zip(self.codes, self.lost, strict=True):
            level = np.zeros(len(made.order), dtype=np.int64)
            for at in range(len(codes) - 1):
                level[~_same_without(codes[at][made.order], made.starts, of_place)] = at + 1
            other = made.order[made.starts[of_place]]
            first = made.starts[of_place] == np.arange(len(of_place))
            other[first] = made.order[np.minimum(made.starts + 1, len(made.order) - 1)]
            without += np.stack(lost)[level, other]
        rows = self.classes.rows[made.order]
        gain = np.empty(len(made.order))
        stays = made.rows[of_place] - rows
        gain[made.order] = made.loss[of_place] * made.rows[of_place] - without * stays
        gain[made.order[stays == 0]] = -np.inf
        return gain


class _Closed:
    """Which classes a combination cannot join: its own, those outside what it is confined to, and under t with equal
    distance those that have enough of its value."""

    def __init__(self, mender: Mender, made: Parted, targets: Ints) -> None:
        self.mender, self.own = mender, np.full(len(made.rows), -1)
        self.own[targets] = np.arange(len(targets))
        self.class_of, self.outside = made.class_of, mender.confined_to
        if self.outside is not None:
            self.target_outside = self.outside[made.order[made.starts]][targets]
        self.enough = None
        if any(isinstance(model, EqualT) for model in mender.demands.models):
            values = mender.classes.held.grouped(made.class_of).confidential
            assert values is not None
            counts = values.dense(0, len(made.rows))[targets]
            self.enough = (counts >= (made.rows[targets] + 1)[:, None] * (values.whole / values.whole.sum())).T

    def to(self, some: Ints, saves: Singles) -> None:
        """Marks them in what each of some combinations saves by joining each target."""
        own = self.own[self.class_of[some]]
        saves[own >= 0, own[own >= 0]] = -NEVER
        if self.outside is not None:
            saves[self.outside[some, None] != self.target_outside] = -NEVER
        if self.enough is not None:
            saves[self.enough[self.mender.value[some]]] = -NEVER


def _same_without(ordered: Ints, starts: Ints, of_place: Ints) -> Bools:
    """Whether, without this one, all of its class have the same code."""
    low, high = np.minimum.reduceat(ordered, starts)[of_place], np.maximum.reduceat(ordered, starts)[of_place]
    lows = np.add.reduceat((ordered == low).astype(np.int64), starts)[of_place]
    highs = np.add.reduceat((ordered == high).astype(np.int64), starts)[of_place]
    size = np.diff(starts, append=len(ordered))[of_place]
    alone_low = (ordered == low) & (lows == 1) & (highs == size - 1)
    alone_high = (ordered == high) & (highs == 1) & (lows == size - 1)
    same: Any = (low == high) | alone_low | alone_high
    return np.asarray(same)


def _closest_first(counts: Ints, share: Floats) -> Ints:
    """The last line calls in the others one by one, each time the one with which it comes closest to `share`."""
    mine, others, order = counts[-1], counts[:-1], []
    free = np.ones(len(others), dtype=np.bool_)
    for _ in range(len(others)):
        together = mine + others
        total = together.sum(axis=1)
        far = np.maximum(together - total[:, None] * share, 0).sum(axis=1) / total
        at = int(np.where(free, far, np.inf).argmin())
        order.append(at)
        free[at] = False
        mine = mine + others[at]
    return np.array(order, dtype=np.int64)
