"""The covering program: choose the cheapest cells, attack the choice, add the rows that it breaks, choose again.

First over shares of cells, which bounds the cost from below; then over whole cells, until no attack is left (Fischetti
and Salazar, Management Science 2001; Benders' cuts).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from openhaven.disclosure.attack import Demand, told
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Program, Relations
from openhaven.disclosure.prices import Attack, Row, Steps
from openhaven.disclosure.problem import TINY, Problem

MOST_WORK = 12_000  # steps of the solver in search of the cheapest choice, 300 a search at least
MOST_NODES = 500  # branches of the last search
NEARLY = 0.02  # how far from the cheapest a choice may lie that may not be safe yet
NEAREST = 0.002  # a bound that rises by less than this share in a round is good enough to go on with


@dataclass
class Cover:
    """Rows that every safe choice keeps: the weights of its cells sum to at least 1."""

    problem: Problem
    rows: list[Row] = field(default_factory=list)
    proven: float = 0.0

    def __post_init__(self) -> None:
        problem = self.problem
        self._choice = Program(_no_rows(problem.relations.cells), *self._limits())
        self.steps = Steps(problem)
        self.slack, self.more = self.steps.slack, self.steps.more
        relations = problem.relations
        self._by_cell = np.argsort(relations.index, kind="stable")
        self._first = np.searchsorted(relations.index[self._by_cell], np.arange(relations.cells + 1))
        inexact = (
            np.bincount(relations.row, (self.slack[0] + self.slack[1])[relations.index], minlength=len(relations.low))
            > 0
        )
        self.need = np.where(self.more[0] + self.more[1] > 0, NEAR, 0)
        for demand in problem.demands:
            self.need[list(demand.cells)] = np.maximum(self.need[list(demand.cells)], demand.width)
        self.exact = ~inexact & (problem.relations.low == problem.relations.high)
        for row in self._of_single_rows():
            self.add(row)

    def _limits(self) -> tuple[Floats, Floats]:
        return self.problem.forced.astype(np.float64), (~self.problem.frozen).astype(np.float64)

    def add(self, row: Row) -> None:
        """One row more that every safe choice keeps."""
        self.rows.append(row)
        self._choice.add_row(*row, 1.0)

    def _of_single_rows(self) -> Iterator[Row]:
        """What each relation alone demands of the other cells in it."""
        relations = self.problem.relations
        for demand in self.problem.demands:
            if len(demand.cells) > 1 or not demand.width:
                continue
            cell = demand.cells[0]
            for entry in self.entries(cell):
                row = int(relations.row[entry])
                others = relations.index[relations.starts[row] : relations.starts[row + 1]]
                others = others[others != cell]
                weight = np.zeros(relations.cells)
                weight[others] = (self.more[0] + self.more[1])[others]
                idle = (
                    float((self.slack[0] + self.slack[1])[others].sum())
                    + self.steps.relations.high[row]
                    - self.steps.relations.low[row]
                )
                found = self.steps.row(weight, demand.width - idle)
                if found is not None:
                    yield found

    # --- shares of cells ---------------------------------------------------------------------------------------

    def ask_for_company(self) -> None:
        """A cell hidden alone in an exact relation is told by it, so that the cheapest choice can do without."""
        for cells, signs in self.company():
            self._choice.add_row(cells, signs, 0.0)

    def company(self) -> Iterator[Row]:
        """Of each cell in an exact relation in which none is hidden anyhow: the others hidden, less itself."""
        relations, open_ = self.problem.relations, self.problem.open()
        company = np.bincount(relations.row, self.problem.forced[relations.index], minlength=len(self.exact)) > 0
        for row in np.nonzero(self.exact & ~company)[0]:
            cells = relations.index[relations.starts[row] : relations.starts[row + 1]]
            for cell in cells[open_[cells]]:
                yield cells, np.where(cells == cell, -1.0, 1.0)

    def relax(self, most_rounds: int, *, enough: float = np.inf) -> float:
        """Add rows that shares of cells break. Returns a bound that no safe choice stays below: sought until it is
        `enough`."""
        bound, stale = self._cheapest()[0], 0
        for _ in range(most_rounds):
            if bound >= enough * (1 - TINY):
                break
            share = self._cheapest()[1]
            attack = Attack(self.steps, share)
            found = [row for demand in self.problem.demands if (row := attack.row(demand)) is not None]
            broken = [row for row in found if float(row[1] @ share[row[0]]) < 1 - 1e-4]
            for row in broken:
                self.add(row)
            new = self._cheapest()[0]
            stale = stale + 1 if new - bound < NEAREST * max(bound, TINY) else 0
            bound = new
            if not broken or stale > 2:
                break
        return bound

    def _cheapest(self) -> tuple[float, Floats]:
        cost = np.where(self.problem.open(), self.problem.cost, 0)
        found = self._choice.least(cost)
        assert found is not None, "everything hidden keeps every row"
        return found

    # --- whole cells ---------------------------------------------------------------------------------------------

    def whole(self) -> Bools:
        """The least cost, by whole cells: choose, attack, add the rows that the choice breaks, choose again.

        Choices need not be the cheapest until one is safe; when the work allowed is spent, the rest is greedy."""
        self._choice.whole()
        self._choice.set("mip_rel_gap", NEARLY)
        exact, spent = False, 0
        while spent < MOST_WORK:
            hidden = self._cheapest()[1] > 0.5
            self.proven = max(self.proven, self._choice.proven())
            spent += self._choice.work() + 300
            broken = self.broken(hidden)
            if not broken and (exact or self.cost(hidden) <= self.proven * (1 + TINY)):
                return hidden
            if not broken:
                exact = True
                self._choice.set("mip_rel_gap", 0.0)
                self._choice.set("mip_max_nodes", MOST_NODES)
            for row in broken:
                self.add(row)
        return self.finished(hidden)

    def cost(self, hidden: Bools) -> float:
        """What this choice costs."""
        return float(self.problem.cost[hidden & self.problem.open()].sum())

    def broken(self, hidden: Bools) -> list[Row]:
        """Rows that this choice breaks: none, if every demand is met."""
        failing = told(self.problem.known(hidden), self.problem.demands)
        if not failing:
            return []
        attack = Attack(self.steps, hidden.astype(np.float64))
        found = [attack.row(self.problem.demands[each.demand]) for each in failing]
        broken = [row for row in found if row is not None and float(row[1] @ hidden[row[0]]) < 1 - TINY]
        return broken or [self._any_near(self.problem.demands[failing[0].demand], hidden)]

    def _any_near(self, demand: Demand, hidden: Bools) -> Row:
        """Prices do not show it, but whole numbers tell it: some other cell must be hidden too, best one near it."""
        relations, others = self.problem.relations, ~hidden & self.problem.open()
        rows = np.isin(relations.row, relations.row[np.isin(relations.index, demand.cells)])
        near = np.zeros(relations.cells, dtype=np.bool_)
        near[relations.index[rows]] = True
        cells = np.nonzero(others & near if (others & near).any() else others)[0]
        return cells, np.ones(len(cells))

    def entries(self, cell: int) -> Ints:
        """Where a cell stands among the entries of the relations."""
        return self._by_cell[self._first[cell] : self._first[cell + 1]]

    def finished(self, hidden: Bools) -> Bools:
        """More cells hidden, until no demand fails."""
        while broken := self.broken(hidden):
            for row in broken:
                self.add(row)
            self.keep(hidden, broken)
        return hidden

    def keep(self, hidden: Bools, rows: Sequence[Row]) -> None:
        """Hide cells until these rows are kept."""
        number = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
        cell, weight = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
        left = np.maximum(1 - np.bincount(number, weight * hidden[cell], minlength=len(rows)), 0)
        left[left < TINY] = 0
        price = np.maximum(self.problem.cost, TINY)
        while left.any():
            help_ = np.bincount(cell, np.minimum(weight, left[number]), minlength=len(hidden)) / price
            help_[hidden | ~self.problem.open()] = 0
            best = int(help_.argmax())
            hidden[best] = True
            mine = cell == best
            left[number[mine]] -= weight[mine]
            left[left < TINY] = 0


def _no_rows(cells: int) -> Relations:
    none: Floats = np.zeros(0)
    return Relations(cells, np.zeros(1, dtype=np.int64), none.astype(np.int64), none, none, none)
