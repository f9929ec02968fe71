"""The attack on a choice of cells, whole or in shares, and what its prices say: a row that every safe choice keeps."""

from dataclasses import replace

import numpy as np

from openhaven.disclosure.attack import Demand
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Program, components
from openhaven.disclosure.problem import TINY, Problem

Row = tuple[Ints, Floats]  # cells and their weights: those of the hidden cells sum to at least 1


class Steps:
    """A problem in steps away from its true values: how far each cell can go when shown (`slack`), and how much farther
    when hidden (`more`), down and up."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.slack = (problem.values - problem.low, problem.high - problem.values)
        far = (problem.values - problem.far_low, problem.far_high - problem.values)
        self.more = tuple(np.maximum(wide - near, 0) for wide, near in zip(far, self.slack, strict=True))
        at = problem.relations.of(problem.values)
        self.relations = replace(
            problem.relations,
            low=np.minimum(problem.relations.low - at, 0),
            high=np.maximum(problem.relations.high - at, 0),
        )

    def row(self, weight: Floats, need: float) -> Row | None:
        """The row that says: weights of hidden cells sum to `need`. None where the forced cells do it already."""
        need -= float(weight[self.problem.forced].sum())
        cells = np.nonzero((weight > TINY) & self.problem.open())[0]
        if need <= NEAR or not len(cells):
            return None
        return cells, np.minimum(weight[cells] / need, 1.0)


class Attack:
    """The attacker's programs in steps away from the true table, over the cells that may move, part by part."""

    def __init__(self, steps: Steps, share: Floats) -> None:
        self.steps, problem = steps, steps.problem
        down, up = (near + more * share for near, more in zip(steps.slack, steps.more, strict=True))
        self.down, self.up = down, up
        free = np.nonzero(down + up > TINY)[0]
        self._label = np.full(problem.relations.cells, -1, dtype=np.int64)
        self._label[free] = components(problem.relations.over(free, problem.values))
        self._parts: dict[int, tuple[Ints, Ints, Program]] = {}

    def _part(self, label: int) -> tuple[Ints, Ints, Program]:
        """The cells of a part, the rows that touch them, and its program."""
        if label not in self._parts:
            relations = self.steps.relations
            cells = np.nonzero(self._label == label)[0]
            rows = np.unique(relations.row[self._label[relations.index] == label])
            program = Program(relations.over(cells, np.zeros(relations.cells)), -self.down[cells], self.up[cells])
            program.set("simplex_strategy", 4)
            self._parts[label] = cells, rows, program
        return self._parts[label]

    def row(self, demand: Demand) -> Row | None:
        """What every safe choice must keep for this demand, by the prices of the attack on this choice."""
        inside = self._label[list(demand.cells)]
        label = int(inside.max())
        if label < 0:
            return None
        signs = np.where(inside == label, demand.signs, 0.0)
        value = float(np.asarray(demand.signs) @ self.steps.problem.values[list(demand.cells)])
        need, ways = _asked(demand, value)
        relations, (cells, rows, program) = self.steps.relations, self._part(label)
        weight, idle = np.zeros(relations.cells), 0.0
        for way in ways:
            cost = np.zeros(relations.cells)
            np.add.at(cost, list(demand.cells), -way * np.asarray(demand.signs))
            if program.least(cost[cells]) is None:
                return None
            price = np.zeros(len(relations.low))
            price[rows] = program.prices()[1]
            price[np.abs(price) < TINY] = 0
            reduced = cost - np.bincount(relations.index, relations.sign * price[relations.row], minlength=len(cost))
            down, up = np.maximum(reduced, 0), np.maximum(-reduced, 0)
            weight += down * self.steps.more[0] + up * self.steps.more[1]
            idle += float(down @ self.steps.slack[0] + up @ self.steps.slack[1])
            idle += float(
                np.maximum(price, 0) @ -_finite(relations.low) + np.maximum(-price, 0) @ _finite(relations.high)
            )
        del signs
        return self.steps.row(weight, need - idle)


def _asked(demand: Demand, value: float) -> tuple[float, tuple[float, ...]]:
    """How far the number must be able to move, and which ways count together."""
    if demand.width:
        return demand.width, (1.0, -1.0)
    if np.isfinite(demand.above):
        return demand.above - value, (1.0,)
    return value - demand.below, (-1.0,)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0)
