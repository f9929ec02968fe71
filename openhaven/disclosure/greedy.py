"""A safe choice of cells for a large table, cell by cell: first what each relation alone tells, then what they tell one
after another, and last what attacks still show. Cells that turn out not to be needed are shown again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.attack import Demand
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.cover import Cover
from openhaven.disclosure.hierarchy import Floats
from openhaven.disclosure.linear import narrowed
from openhaven.disclosure.problem import TINY, Problem

MOST_TRIED = 3_000  # cells that are tried whether they need be hidden
NEW_ROW = 0.9  # how much a relation that a hidden cell would newly enter weighs against one that it helps


@dataclass(frozen=True)
class Greedy:
    """A choice that keeps what a covering program knows."""

    cover: Cover

    @property
    def problem(self) -> Problem:
        """What is asked."""
        return self.cover.problem

    def chosen(self) -> Bools:
        """A safe choice, cell by cell: that which helps most relations for its cost; then what attacks still show.

        First what each relation alone tells, then what they tell one after another, a few cells at a time."""
        hidden = self.problem.forced.copy()
        self.give_company(hidden, self.cover.more, most=self.problem.relations.cells)
        while True:
            low, high = self._left(hidden)
            failing = [each for each in self.problem.demands if not _moves(each, low, high)]
            if not failing:
                break
            left = (np.maximum(self.problem.values - low, 0), np.maximum(high - self.problem.values, 0))
            rooms = [np.where(hidden, room, more) for room, more in zip(left, self.cover.more, strict=True)]
            if not self.give_company(hidden, rooms, most=max(len(failing) // 16, 3)):
                break
        self.show_again(hidden)
        return self.cover.finished(hidden)

    def show_again(self, hidden: Bools) -> None:
        """Try each cell that was hidden to help others, those in the most relations alone with one other first: it
        shows again where what the relations tell one after another then still leaves every demand open."""
        relations = self.problem.relations
        count = np.bincount(relations.row, hidden[relations.index], minlength=len(relations.low))
        idle = np.bincount(relations.index, count[relations.row], minlength=len(hidden))
        tried = np.nonzero(hidden & ~self.problem.forced)[0]
        for cell in tried[np.lexsort((idle[tried], -self.problem.cost[tried]))][:MOST_TRIED]:
            hidden[cell] = False
            touched = relations.row[self.cover.entries(cell)]
            if self._needy(hidden, self.cover.more)[touched].any() or not self._left_open(hidden):
                hidden[cell] = True

    def _left_open(self, hidden: Bools) -> bool:
        low, high = self._left(hidden)
        return all(_moves(each, low, high) for each in self.problem.demands)

    def _left(self, hidden: Bools) -> tuple[Floats, Floats]:
        problem = self.problem
        low, high = np.where(hidden, problem.far_low, problem.low), np.where(hidden, problem.far_high, problem.high)
        return narrowed(problem.relations, low, high, whole=problem.whole)

    def give_company(self, hidden: Bools, rooms: Sequence[Floats], *, most: int) -> int:
        """Hide up to so many cells, until no relation alone gives a hidden cell away: those in it need room to move.

        `rooms`: how far each cell can go down and up. Returns how many were hidden."""
        relations, open_ = self.problem.relations, self.problem.open()
        price = np.maximum(self.problem.cost, TINY)
        price = price / price.max() / 4
        for number in range(most):
            needy = self._needy(hidden, rooms)
            used = np.bincount(relations.row, hidden[relations.index], minlength=len(needy)) > 0
            worth = np.where(needy, 1.0, np.where(~used & self.cover.exact, -NEW_ROW, 0.0))
            help_ = np.bincount(relations.index, worth[relations.row], minlength=len(hidden))
            inside = np.bincount(relations.index, needy[relations.row], minlength=len(hidden))
            help_ = np.where(open_ & ~hidden & (inside > 0), help_ - price, -np.inf)
            best = int(help_.argmax())
            if help_[best] == -np.inf:
                return number
            hidden[best] = True
        return most

    def _needy(self, hidden: Bools, rooms: Sequence[Floats]) -> Bools:
        """Exact relations in which some hidden cell has less room than it needs, by what the others in it can give."""
        relations = self.problem.relations
        row, index = relations.row, relations.index
        here = [np.where(hidden[index], room[index], 0) for room in rooms]
        down, up = (np.where(relations.sign > 0, *pair) for pair in (here, here[::-1]))
        other_down, other_up = (
            np.bincount(row, each, minlength=len(self.cover.exact))[row] - each for each in (down, up)
        )
        room = np.minimum(up, other_down) + np.minimum(down, other_up)
        short = hidden[index] & (room < self.cover.need[index])
        found: Bools = self.cover.exact & (np.bincount(row, short, minlength=len(self.cover.exact)) > 0)
        return found


def _moves(demand: Demand, low: Floats, high: Floats) -> bool:
    """Whether a demand on one cell may still be met between these bounds."""
    return len(demand.cells) > 1 or demand.met(float(low[demand.cells[0]]), float(high[demand.cells[0]]))
