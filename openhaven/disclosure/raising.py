"""Local recoding for k over any m of the keys: cells are made coarser, one level at a time, until no m columns
together show anything that too few rows (or people) show; then cells go back down where that breaks nothing.

Units are combinations, or classes where something is asked of classes too: a unit stays together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from openhaven.disclosure.classes import Bools, Groups, Held, combine, different, group
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.models import Subsets

HOPELESS = 10.0  # added to the cost of a step that does not suffice by itself
SLACK = 1e-12
LOWERINGS = 3  # rounds of going back down


@dataclass(frozen=True)
class Units:
    """`labels` and `lost`, by column: levels x units, a number for each label whatever its level, and its loss.

    `lowest` is units x columns: the level where each begins."""

    held: Held
    labels: Sequence[Ints]
    lost: Sequence[Floats]
    lowest: Ints


def raised(units: Units, subsets: Sequence[Subsets], *, most_work: int) -> Ints | None:
    """The level of each unit in each column; None where it would take too long, or leave units that are `*`
    throughout."""
    found = _Raising(units, subsets, units.lowest)
    while found.round():
        if found.work > most_work or found.lost:
            return None
    return found.lowered(most_work)


def lowered(units: Units, subsets: Sequence[Subsets], levels: Ints, *, most_work: int) -> Ints:
    """From levels that satisfy what is asked down to lower ones that do."""
    return _Raising(units, subsets, levels).lowered(most_work)


class _Raising:
    """`work` counts cells looked at; `lost` says that there are rows for which no others could be found."""

    def __init__(self, units: Units, subsets: Sequence[Subsets], levels: Ints) -> None:
        self.units, self.levels, self.work, self.lost = units, levels.copy(), 0, False
        self.columns = len(units.labels)
        self.tops = np.array([len(each) - 1 for each in units.labels])
        self.sizes = [int(each.max()) + 1 for each in units.labels]
        columns = range(self.columns)
        self.sets = [
            (chosen, each.k) for each in subsets for chosen in combinations(columns, min(each.m, len(columns)))
        ]
        self.line = np.arange(len(self.levels))

    def _label(self, column: int, levels: Ints) -> Ints:
        return self.units.labels[column][levels, self.line]

    def _shown(
        self, chosen: Sequence[int], changed: int | None = None, levels: Ints | None = None
    ) -> tuple[Groups, Ints]:
        """Units by what they show in the chosen columns (in `changed`, at these levels), and how many show each."""
        self.work += len(self.line) * len(chosen)
        at = {column: self.levels[:, column] for column in chosen}
        if changed is not None and levels is not None:
            at[changed] = levels
        keys = combine([self._label(column, at[column]) for column in chosen], [self.sizes[c] for c in chosen])
        found = group(keys)
        return found, Held(self.units.held.rows, self.units.held.people).merged(found).sizes

    def round(self) -> bool:
        """Whether anything was too rare, and was raised."""
        raised = [self._raise(chosen, k) for chosen, k in self.sets]
        return any(raised)

    def _raise(self, chosen: Sequence[int], k: int) -> bool:
        found, sizes = self._shown(chosen)
        rare = (sizes < k)[found.of_each]
        if not rare.any():
            return False
        best, step = np.full(len(self.line), np.inf), np.full(len(self.line), -1)
        for column, cost in self._steps(chosen, rare, k):
            step, best = np.where(cost < best, column, step), np.minimum(cost, best)
        moved = np.flatnonzero(step >= 0)
        self.levels[moved, step[moved]] += 1
        for number in different(found.of_each[rare & (step < 0)]).tolist():
            self._recruit(chosen, np.flatnonzero((found.of_each == number) & rare & (step < 0)), k)
        return True

    def _steps(self, chosen: Sequence[int], rare: Bools, k: int) -> Iterator[tuple[int, Floats]]:
        """For each column what one level more costs the rare units; infinite where there is none, or nothing would be
        left of the unit."""
        below = (self.levels < self.tops).sum(axis=1)
        for column in chosen:
            now = self.levels[:, column]
            can = rare & (now < self.tops[column]) & ((below > 1) | (now + 1 < self.tops[column]))
            above = np.where(can, now + 1, now)
            found, sizes = self._shown(chosen, column, above)
            lost = self.units.lost[column]
            cost = lost[above, self.line] - lost[now, self.line] + SLACK
            cost = cost + np.where((sizes >= k)[found.of_each], 0, HOPELESS)
            yield column, np.where(can, cost, np.inf)

    def _recruit(self, chosen: Sequence[int], stuck: Ints, k: int) -> None:
        """These show the same and can go no higher: others, who lose least by it, come to show it too."""
        node, cost = self.levels[stuck[0]], np.zeros(len(self.line))
        for column in chosen:
            labels, lost, now = self.units.labels[column], self.units.lost[column], self.levels[:, column]
            can = (now <= node[column]) & (labels[node[column]] == labels[node[column], stuck[0]])
            cost += np.where(can, lost[node[column]] - lost[now, self.line], np.inf)
        others = [column for column in range(self.columns) if column not in chosen]
        if (node[list(chosen)] == self.tops[list(chosen)]).all():  # nobody may become `*` throughout
            cost[(self.levels[:, others] == self.tops[others]).all(axis=1)] = np.inf
        cost[stuck] = np.inf
        order = np.argsort(cost, kind="stable")
        needed = k - int(self.units.held.rows[stuck].sum())
        enough = max(1, int(np.searchsorted(self.units.held.rows[order].cumsum(), needed)) + 1)
        order = order[:enough]
        self.lost |= bool(np.isinf(cost[order]).any())
        for column in chosen:
            self.levels[order[np.isfinite(cost[order])], column] = node[column]

    def lowered(self, most_work: int) -> Ints:
        """Back down, while it gains something."""
        for _ in range(LOWERINGS):
            if self.work > most_work or not self.lower():
                break
        return self.levels

    def lower(self) -> bool:
        """Units go down a level of a column where the label there is common enough, and the one they leave stays so."""
        lowered = [self._lower(column) for column in range(self.columns)]
        return any(lowered)

    def _lower(self, column: int) -> bool:
        now = self.levels[:, column].copy()
        down = now > self.units.lowest[:, column]
        lost = self.units.lost[column]
        below = np.where(down, now - 1, now)
        gain = (lost[now, self.line] - lost[below, self.line]) * self.units.held.rows
        order = np.argsort(-gain, kind="stable")
        for chosen, k in self.sets:
            if column in chosen and down.any():
                going = order[down[order]]
                down &= self._leaves_enough(chosen, going, k) & self._common(chosen, column, below, k)
        self.levels[:, column] = np.where(down, below, now)
        if down.any() and self._broken(column):
            self.levels[:, column] = now
            return False
        return bool((gain * down).sum() > 0)

    def _leaves_enough(self, chosen: Sequence[int], going: Ints, k: int) -> Bools:
        """Who of those going can go, the first first, while k still show what each leaves."""
        rows = self.units.held.rows[going]
        old, sizes = self._shown(chosen)
        of_group = old.of_each[going]
        sort = np.argsort(of_group, kind="stable")
        gone = rows[sort].cumsum()
        first = np.concatenate(([True], of_group[sort][1:] != of_group[sort][:-1]))
        before = (gone - rows[sort])[np.maximum.accumulate(np.where(first, np.arange(len(sort)), 0))]
        free = np.zeros(len(self.line), dtype=np.bool_)
        free[going[sort]] = gone - before <= (sizes - k)[of_group[sort]]
        return free

    def _common(self, chosen: Sequence[int], column: int, below: Ints, k: int) -> Bools:
        """Whether what each unit would show with these levels of the column is shown by k already."""
        self.work += 2 * len(self.line) * len(chosen)
        labels = [self._label(each, self.levels[:, each]) for each in chosen]
        wanted = [
            self._label(each, below) if each == column else label for each, label in zip(chosen, labels, strict=True)
        ]
        both = [np.concatenate(pair) for pair in zip(labels, wanted, strict=True)]
        of_each = group(combine(both, [self.sizes[each] for each in chosen])).of_each
        here, there = np.split(of_each, 2)
        held = Held(self.units.held.rows, self.units.held.people)
        found = group(here)
        enough = np.zeros(int(of_each.max()) + 1, dtype=np.bool_)
        enough[here[found.members]] = held.merged(found).sizes >= k
        return enough[there]

    def _broken(self, column: int) -> bool:
        return any((self._shown(chosen)[1] < k).any() for chosen, k in self.sets if column in chosen)
