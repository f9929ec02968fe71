"""What contributors tell of each other: each knows their own amount in every hidden cell. So a cell that stands hidden
with one other in its line is told to whoever makes up that one, though neither is told to the world (the singletons of
Hundepool et al., Statistical Disclosure Control, 2012, section 4.2.2).

Who contributes most to a hidden cell is taken for an attacker: no hidden cell lies below what they have in it, and one
that nobody else contributes to is known to them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.attack import Demand
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.dominance import AmountRule
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Program
from openhaven.disclosure.problem import TINY, Problem

Inside = tuple[Ints, Floats]  # of one cell: its contributors in order, and what each has in it


@dataclass(frozen=True)
class Contributors:
    """Of every cell of a table of amounts, in printing order. `least`: the least amount above 0 of all."""

    rule: AmountRule
    inside: Sequence[Inside]
    least: float

    def told(self, problem: Problem, hidden: Bools) -> list[Demand]:
        """What must stay possible besides, so that no contributor tells another's amount in an unsafe cell: none, if
        none does. `hidden`: the cells chosen."""
        attackers = _Attackers(problem, hidden, self.inside)
        return [
            Demand(tuple(cells.tolist()), tuple(weights.tolist()), above=above)
            for at in np.flatnonzero(problem.forced)
            for cells, weights, above in attackers.tell(int(at), self._above(attackers.people, int(at)))
            if self.rule.margin(self._together(cells[weights > 0]), least=self.least) > 0
        ]

    def _above(self, attackers: Ints, at: int) -> Floats:
        """What the cell must be able to reach, for each attacker: their own, and the greatest of the others with as
        much more as the rule asks, or where the others have nothing the least that anybody has. 0 where there is
        nobody else."""
        people, amounts = self.inside[at]
        above = np.full(len(attackers), amounts.max(initial=0) * self.rule.near or self.least)
        for number in np.flatnonzero(np.isin(attackers, people)):
            mine = people == attackers[number]
            others = float(amounts[~mine].max(initial=0)) * self.rule.near or self.least
            above[number] = 0 if mine.all() else float(amounts[mine].sum()) + others
        return above

    def _together(self, cells: Ints) -> list[float]:
        people = np.concatenate([self.inside[at][0] for at in cells.tolist()])
        amounts = np.concatenate([self.inside[at][1] for at in cells.tolist()])
        return [float(each) for each in np.bincount(np.unique(people, return_inverse=True)[1], amounts)]


class _Attackers:
    """Who has most in a hidden cell, and what each has in every one; one program for all of them."""

    def __init__(self, problem: Problem, hidden: Bools, inside: Sequence[Inside]) -> None:
        known = problem.known(hidden)
        self.values, self.known, self.program = problem.values, known, Program(known.relations, known.low, known.high)
        cells = [at for at in np.flatnonzero(hidden).tolist() if len(inside[at][0])]
        self.people = np.unique([inside[at][0][inside[at][1].argmax()] for at in cells]).astype(np.int64)
        who = np.concatenate([np.zeros(0, np.int64), *(inside[at][0] for at in cells)])
        cell = np.repeat(np.array(cells, np.int64), [len(inside[at][0]) for at in cells])
        amount = np.concatenate([np.zeros(0), *(inside[at][1] for at in cells)])
        alone = np.array([len(inside[at][0]) == 1 for at in cell.tolist()], dtype=np.bool_)
        kept = np.isin(who, self.people) & ((amount > NEAR) | alone)
        self.number = np.searchsorted(self.people, who[kept])
        self.cell, self.amount, self.alone = cell[kept], amount[kept], alone[kept]

    def tell(self, at: int, above: Floats) -> Iterator[tuple[Ints, Floats, float]]:
        """For each attacker who knows that this cell lies below `above`: cells and weights whose sum they know, and
        what it must be able to reach. All are asked about together, as if each told the others what they know, and
        apart only where that is not answered so."""
        groups = [np.flatnonzero(above > 0)]
        while groups:
            group = groups.pop()
            if not len(group) or self._reaches(at, above, group):
                continue
            if len(group) > 1:
                groups += [group[: len(group) // 2], group[len(group) // 2 :]]
            else:
                yield self._proof(at, float(above[group[0]]), self.number == group[0])

    def _reaches(self, at: int, above: Floats, group: Ints) -> bool:
        """Whether the cell can reach what it must for each of the group, where none of them loses what they have."""
        low, high, most = self.known.low.copy(), self.known.high.copy(), float(above[group].max())
        some = np.isin(self.number, group)
        np.maximum.at(low, self.cell[some], self.amount[some])
        high[self.cell[some & self.alone]] = self.amount[some & self.alone]
        high[at] = max(min(high[at], most), self.values[at])
        cost = np.zeros(len(low))
        cost[at] = -1.0
        self.program.bound(low, high)
        found = self.program.least(cost)
        return found is not None and bool(found[1][at] >= most - NEAR * max(1.0, most))

    def _proof(self, at: int, above: float, mine: Bools) -> tuple[Ints, Floats, float]:
        """By the prices of the last program: which of the attacker's own cells keep this one low, and how much."""
        cells, own = self.cell[mine], self.amount[mine]
        reduced = self.program.prices()[0][cells]
        used = ((reduced > TINY) | (reduced < -TINY) & self.alone[mine]) & (cells != at)
        return np.append(at, cells[used]), np.append(1.0, reduced[used]), above + float(reduced[used] @ own[used])
