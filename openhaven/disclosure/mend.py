"""Partitions of combinations into classes: what each loses, whether it may be shown, what joining a class costs; and
how who found no class joins one. Moves between classes are in moves.py."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.classes import Bools, Classes, different, group
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.models import Demands, EqualT

Singles = npt.NDArray[np.float32]
MOST_PAIRS = 16_000_000  # combinations x classes compared in a round
AT_ONCE = 2_000_000  # of these
NEVER = np.float32(1e9)
LEAST_COST = 1e-9  # of a class that loses nothing by being called in
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


@dataclass
class _Lines:
    """A table of so many rows that is filled up group by group, made once it is known how wide it is."""

    rows: int
    width: int = 0
    cells: list[tuple[Ints, Ints, Singles]] = field(default_factory=list)

    def add(self, rows: Ints, places: Ints, weight: Singles) -> None:
        """Where the place is -1 nothing is written."""
        at = np.flatnonzero(places >= 0)
        self.cells.append((rows[at], places[at] + self.width, weight[at]))

    def table(self) -> Singles:
        made = np.zeros((self.rows, self.width), dtype=np.float32)
        for rows, places, weight in self.cells:
            made[rows, places] = weight
        return made


def _places(these: Ints, those: Ints) -> Ints:
    """A place for each number that is among both, -1 for others up to the greatest."""
    size = max(int(these.max(initial=0)), int(those.max(initial=0))) + 1
    both = (np.bincount(these, minlength=size) > 0) & (np.bincount(those, minlength=size) > 0)
    return np.where(both, np.cumsum(both) - 1, -1)


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
        shared = (np.bincount(codes) > 1 for levels in self.codes for codes in levels[:-1])
        self.features = sum(int(each.sum()) for each in shared)  # groups of more combinations than one

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

    def shared_lines(self, at: Ints, levels: Ints, single: Ints) -> tuple[Singles, Singles]:
        """A line for each class (one combination `at` of it, its `levels`), and a line for each single combination:
        the product of two is 1 minus the loss of the class that would hold both. Only groups that occur on both sides
        have a place, since of a column with thousands of values most are nobody else's."""
        lines, own = _Lines(len(at)), _Lines(len(single))
        for column, (codes, lost) in enumerate(zip(self.codes, self.lost, strict=True)):
            for level in range(len(codes) - 1):
                there, here = codes[level][at], codes[level][single]
                rows = np.flatnonzero(levels[:, column] <= level)
                places = _places(there[rows], here)
                weight = np.sqrt(lost[level + 1] - lost[level]).astype(np.float32)
                lines.add(rows, places[there[rows]], weight[at[rows]])
                own.add(np.arange(len(single)), places[here], weight[single])
                lines.width = own.width = lines.width + int(places.max()) + 1
        return lines.table(), own.table()

    def best_targets(self, made: Parted, candidates: Ints, targets: Ints) -> tuple[Ints, Floats]:
        """For each candidate the class among targets that it costs least to join, and that cost (in rows)."""
        lines, own = self.shared_lines(made.order[made.starts][targets], made.levels[targets], candidates)
        lines = np.ascontiguousarray(lines.T)
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
        target, cost = self.best_targets(made, some, targets)
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

        def passes(count: int) -> bool:
            return self._passes_as_one(np.isin(class_of, order[:count]) | (class_of == new))

        fails, count = -1, 0
        while count < len(others) and not passes(count):
            fails, count = count, min(len(others), max(count + 1, count * 9 // 8))
        while count - fails > 1:  # as few of them as it takes
            between = (fails + count) // 2
            fails, count = (fails, between) if passes(between) else (between, count)
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
        t = [model.t for model in self.demands.models if isinstance(model, EqualT)]
        if not t:
            made = self.parted(class_of)
            first = np.array([int(np.flatnonzero(class_of == other)[0]) for other in others], dtype=np.int64)
            return np.argsort(-made.loss[made.class_of[first]], kind="stable")
        numbers = np.append(others, new)
        place = np.full(int(class_of.max()) + 1, -1)
        place[numbers] = np.arange(len(numbers))
        counted = self.classes.held.grouped(place[class_of]).confidential
        assert counted is not None
        spent = self._spent(class_of, numbers)[:-1]
        return _closest_first(
            counted.dense(0, len(numbers)), counted.whole / counted.whole.sum(), t=min(t), spent=spent
        )

    def _spent(self, class_of: Ints, numbers: Ints) -> Floats:
        """What a row of each of these classes would lose more, were they all one."""
        member = group(class_of).members[np.searchsorted(different(class_of), numbers)]
        apart, as_one = self.parted(class_of), self.parted(np.where(np.isin(class_of, numbers), 0, 1))
        return np.asarray((as_one.loss[as_one.class_of] - apart.loss[apart.class_of])[member])


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


def _closest_first(counts: Ints, share: Floats, *, t: float, spent: Floats) -> Ints:
    """The last line calls in the others one by one, each time the one that brings it nearest to being within t of
    `share` for what is spent: so much loss by each row of it. Once it is within t, the rest comes the cheapest
    first."""
    mine, others, order = counts[-1], counts[:-1], list[int]()
    cost = np.maximum(others.sum(axis=1) * spent, LEAST_COST)
    free = np.ones(len(others), dtype=np.bool_)
    while free.any() and (far := _beyond(mine[None], share, t)[0]) > 0:
        nearer = far - _beyond(mine + others, share, t)
        at = int(np.where(free, nearer / cost, -np.inf).argmax())
        order.append(at)
        free[at] = False
        mine = mine + others[at]
    cheapest = np.argsort(cost, kind="stable")
    return np.array([*order, *cheapest[free[cheapest]]], dtype=np.int64)


def _beyond(counts: Ints, share: Floats, t: float) -> Floats:
    """By how many rows each line of a table is too far from these shares, below 0 where it is within t."""
    rows = counts.sum(axis=1)
    return np.asarray(np.maximum(counts - rows[:, None] * share, 0).sum(axis=1) - t * rows)
