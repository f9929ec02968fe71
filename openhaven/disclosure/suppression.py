"""Which further cells to hide so that what is asked stays possible: at least cost where the table is small.

A covering program chooses cells; an attacker's program says which demands fail; its prices give a row that every safe
choice keeps and this one breaks (Fischetti and Salazar, Management Science 2001; Benders' cuts). First over shares of
cells, which bounds the cost from below; then over whole cells, until no attack is left. A large table is covered by
the same rows, chosen greedily, and cells that turn out not to be needed are shown again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from openhaven.disclosure.attack import Demand, Known, told
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Program, Relations, components, narrowed

TINY = 1e-7
MOST_ROUNDS = 200
ROUNDS_OF_LARGE = 8  # of attacks on shares of cells, which raise the bound of a large table
SMALL_TABLE = 1_500  # cells; up to here the least cost is sought
Row = tuple[Ints, Floats]  # cells and their weights
MOST_WORK = 12_000  # steps of the solver in search of the cheapest choice, 300 a search at least
MOST_NODES = 500  # branches of the last search
MOST_TRIED = 3_000  # cells of a large table that are tried whether they need be hidden
NEARLY = 0.02  # how far from the cheapest a choice may lie that may not be safe yet
NEW_ROW = 0.9  # how much a relation that a hidden cell would newly enter weighs against one that it helps
NEAREST = 0.002  # a bound that rises by less than this share in a round is good enough to go on with


@dataclass(frozen=True)
class Problem:
    """Cells with their true `values`. Shown, a cell is known to lie between `low` and `high`; hidden, between
    `far_low` and `far_high`. `forced` cells are hidden in any case, `frozen` ones in none. `cost` is of hiding."""

    relations: Relations
    values: Floats
    low: Floats
    high: Floats
    far_low: Floats
    far_high: Floats
    cost: Floats
    forced: Bools
    frozen: Bools
    demands: Sequence[Demand]
    whole: bool = True
    told_by: Callable[[Bools], Known] | None = None  # where more is told than bounds and relations say

    def known(self, hidden: Bools) -> Known:
        """What an attacker knows when these are hidden."""
        if self.told_by is not None:
            return self.told_by(hidden)
        low, high = np.where(hidden, self.far_low, self.low), np.where(hidden, self.far_high, self.high)
        return Known(self.relations, low, high, self.whole)

    def open(self) -> Bools:
        """Cells that may be shown or hidden."""
        return ~(self.forced | self.frozen)


@dataclass(frozen=True)
class Suppressed:
    """What to hide, `forced` cells among it, at which cost of the others; no safe choice costs less than `bound`."""

    hidden: Bools
    cost: float
    bound: float

    @property
    def proven(self) -> bool:
        """Whether no safe choice costs less."""
        return self.cost <= self.bound * (1 + TINY) + TINY


class Unprotectable(Exception):
    """A demand that fails even with every cell hidden that may be."""

    def __init__(self, demands: Sequence[int]) -> None:
        self.demands = tuple(demands)
        super().__init__(demands)


def suppress(problem: Problem, *, small_table: int = SMALL_TABLE) -> Suppressed:
    """The cells to hide. Raises Unprotectable, and Contradiction where the values break the relations."""
    if failing := told(problem.known(~problem.frozen), problem.demands):
        raise Unprotectable([each.demand for each in failing])
    if not told(problem.known(problem.forced), problem.demands):
        return Suppressed(problem.forced.copy(), 0.0, 0.0)
    cover = Cover(problem)
    if problem.relations.cells > small_table:
        hidden = cover.greedy()
        cover.ask_for_company()
        bound = cover.relax(ROUNDS_OF_LARGE)
    else:
        cover.ask_for_company()
        bound, hidden = cover.relax(MOST_ROUNDS), cover.whole()
    return Suppressed(hidden, cover.cost(hidden), max(bound, cover.proven))


@dataclass
class Cover:
    """Rows that every safe choice keeps: the weights of its cells sum to at least 1."""

    problem: Problem
    rows: list[Row] = field(default_factory=list)
    proven: float = 0.0

    def __post_init__(self) -> None:
        problem = self.problem
        self._choice = Program(_no_rows(problem.relations.cells), *self._limits())
        self.slack = (problem.values - problem.low, problem.high - problem.values)
        far = (problem.values - problem.far_low, problem.far_high - problem.values)
        self.more = tuple(np.maximum(wide - near, 0) for wide, near in zip(far, self.slack, strict=True))
        at = problem.relations.of(problem.values)
        self.steps = replace(
            problem.relations,
            low=np.minimum(problem.relations.low - at, 0),
            high=np.maximum(problem.relations.high - at, 0),
        )
        relations = problem.relations
        self._by_cell = np.argsort(relations.index, kind="stable")
        self._first = np.searchsorted(relations.index[self._by_cell], np.arange(relations.cells + 1))
        inexact = np.bincount(relations.row, (self.slack[0] + self.slack[1])[relations.index], minlength=len(at)) > 0
        self._need = np.where(self.more[0] + self.more[1] > 0, NEAR, 0)
        for demand in problem.demands:
            self._need[list(demand.cells)] = np.maximum(self._need[list(demand.cells)], demand.width)
        self.exact = ~inexact & (problem.relations.low == problem.relations.high)
        for row in self._of_single_rows():
            self._add(row)

    def _limits(self) -> tuple[Floats, Floats]:
        return self.problem.forced.astype(np.float64), (~self.problem.frozen).astype(np.float64)

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        self._choice.add_row(*row, 1.0)

    def row(self, weight: Floats, need: float) -> Row | None:
        """The row that says: weights of hidden cells sum to `need`. None where the forced cells do it already."""
        need -= float(weight[self.problem.forced].sum())
        cells = np.nonzero((weight > TINY) & self.problem.open())[0]
        if need <= NEAR or not len(cells):
            return None
        return cells, np.minimum(weight[cells] / need, 1.0)

    def _of_single_rows(self) -> Iterator[Row]:
        """What each relation alone demands of the other cells in it."""
        relations = self.problem.relations
        for demand in self.problem.demands:
            if len(demand.cells) > 1 or not demand.width:
                continue
            cell = demand.cells[0]
            for entry in self._entries(cell):
                row = int(relations.row[entry])
                others = relations.index[relations.starts[row] : relations.starts[row + 1]]
                others = others[others != cell]
                weight = np.zeros(relations.cells)
                weight[others] = (self.more[0] + self.more[1])[others]
                idle = float((self.slack[0] + self.slack[1])[others].sum()) + self.steps.high[row] - self.steps.low[row]
                found = self.row(weight, demand.width - idle)
                if found is not None:
                    yield found

    # --- shares of cells ---------------------------------------------------------------------------------------

    def ask_for_company(self) -> None:
        """A cell hidden alone in an exact relation is told by it, so that the cheapest choice can do without."""
        relations = self.problem.relations
        company = np.bincount(relations.row, self.problem.forced[relations.index], minlength=len(self.exact)) > 0
        for row in np.nonzero(self.exact & ~company)[0]:
            cells = relations.index[relations.starts[row] : relations.starts[row + 1]]
            for cell in cells[self.problem.open()[cells]]:
                self._choice.add_row(cells, np.where(cells == cell, -1.0, 1.0), 0.0)

    def relax(self, most_rounds: int) -> float:
        """Add rows that shares of cells break. Returns a bound that no safe choice stays below."""
        bound, stale = self._cheapest()[0], 0
        for _ in range(most_rounds):
            share = self._cheapest()[1]
            attack = _Attack(self, share)
            found = [row for demand in self.problem.demands if (row := attack.row(demand)) is not None]
            broken = [row for row in found if float(row[1] @ share[row[0]]) < 1 - 1e-4]
            for row in broken:
                self._add(row)
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
                self._add(row)
        return self.finished(hidden)

    def cost(self, hidden: Bools) -> float:
        """What this choice costs."""
        return float(self.problem.cost[hidden & self.problem.open()].sum())

    def broken(self, hidden: Bools) -> list[Row]:
        """Rows that this choice breaks: none, if every demand is met."""
        failing = told(self.problem.known(hidden), self.problem.demands)
        if not failing:
            return []
        attack = _Attack(self, hidden.astype(np.float64))
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

    # --- large tables --------------------------------------------------------------------------------------------

    def greedy(self) -> Bools:
        """A safe choice, cell by cell: that which helps most relations for its cost; then what attacks still show.

        First what each relation alone tells, then what they tell one after another, a few cells at a time."""
        hidden = self.problem.forced.copy()
        self.give_company(hidden, self.more, most=self.problem.relations.cells)
        while True:
            low, high = self._left(hidden)
            failing = [each for each in self.problem.demands if not _moves(each, low, high)]
            if not failing:
                break
            left = (np.maximum(self.problem.values - low, 0), np.maximum(high - self.problem.values, 0))
            rooms = [np.where(hidden, room, more) for room, more in zip(left, self.more, strict=True)]
            if not self.give_company(hidden, rooms, most=max(len(failing) // 16, 3)):
                break
        self.show_again(hidden)
        return self.finished(hidden)

    def show_again(self, hidden: Bools) -> None:
        """Try each cell that was hidden to help others, those in the most relations alone with one other first: it
        shows again where what the relations tell one after another then still leaves every demand open."""
        relations = self.problem.relations
        count = np.bincount(relations.row, hidden[relations.index], minlength=len(relations.low))
        idle = np.bincount(relations.index, count[relations.row], minlength=len(hidden))
        tried = np.nonzero(hidden & ~self.problem.forced)[0]
        for cell in tried[np.lexsort((idle[tried], -self.problem.cost[tried]))][:MOST_TRIED]:
            hidden[cell] = False
            if self._needy(hidden, self.more)[relations.row[self._entries(cell)]].any() or not self._left_open(hidden):
                hidden[cell] = True

    def _left_open(self, hidden: Bools) -> bool:
        low, high = self._left(hidden)
        return all(_moves(each, low, high) for each in self.problem.demands)

    def _left(self, hidden: Bools) -> tuple[Floats, Floats]:
        problem = self.problem
        low, high = np.where(hidden, problem.far_low, problem.low), np.where(hidden, problem.far_high, problem.high)
        return narrowed(problem.relations, low, high, whole=problem.whole)

    def finished(self, hidden: Bools) -> Bools:
        """More cells hidden, until no demand fails."""
        while broken := self.broken(hidden):
            for row in broken:
                self._add(row)
            self.keep(hidden, broken)
        return hidden

    def give_company(self, hidden: Bools, rooms: Sequence[Floats], *, most: int) -> int:
        """Hide up to so many cells, until no relation alone gives a hidden cell away: those in it need room to move.

        `rooms`: how far each cell can go down and up. Returns how many were hidden."""
        relations, open_ = self.problem.relations, self.problem.open()
        price = np.maximum(self.problem.cost, TINY)
        price = price / price.max() / 4
        for number in range(most):
            needy = self._needy(hidden, rooms)
            used = np.bincount(relations.row, hidden[relations.index], minlength=len(needy)) > 0
            worth = np.where(needy, 1.0, np.where(~used & self.exact, -NEW_ROW, 0.0))
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
        other_down, other_up = (np.bincount(row, each, minlength=len(self.exact))[row] - each for each in (down, up))
        room = np.minimum(up, other_down) + np.minimum(down, other_up)
        short = hidden[index] & (room < self._need[index])
        found: Bools = self.exact & (np.bincount(row, short, minlength=len(self.exact)) > 0)
        return found

    def _entries(self, cell: int) -> Ints:
        return self._by_cell[self._first[cell] : self._first[cell + 1]]

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


def _moves(demand: Demand, low: Floats, high: Floats) -> bool:
    """Whether a demand on one cell may still be met between these bounds."""
    return len(demand.cells) > 1 or demand.met(float(low[demand.cells[0]]), float(high[demand.cells[0]]))


class _Attack:
    """The attacker's programs in steps away from the true table, over the cells that may move, part by part."""

    def __init__(self, cover: "Cover", share: Floats) -> None:
        self.cover, problem = cover, cover.problem
        down, up = (near + more * share for near, more in zip(cover.slack, cover.more, strict=True))
        self.down, self.up = down, up
        free = np.nonzero(down + up > TINY)[0]
        self._label = np.full(problem.relations.cells, -1, dtype=np.int64)
        self._label[free] = components(problem.relations.over(free, problem.values))
        self._parts: dict[int, tuple[Ints, Ints, Program]] = {}

    def _part(self, label: int) -> tuple[Ints, Ints, Program]:
        """The cells of a part, the rows that touch them, and its program."""
        if label not in self._parts:
            relations = self.cover.steps
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
        value = float(np.asarray(demand.signs) @ self.cover.problem.values[list(demand.cells)])
        need, ways = _asked(demand, value)
        relations, (cells, rows, program) = self.cover.steps, self._part(label)
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
            weight += down * self.cover.more[0] + up * self.cover.more[1]
            idle += float(down @ self.cover.slack[0] + up @ self.cover.slack[1])
            idle += float(
                np.maximum(price, 0) @ -_finite(relations.low) + np.maximum(-price, 0) @ _finite(relations.high)
            )
        del signs
        return self.cover.row(weight, need - idle)


def _asked(demand: Demand, value: float) -> tuple[float, tuple[float, ...]]:
    """How far the number must be able to move, and which ways count together."""
    if demand.width:
        return demand.width, (1.0, -1.0)
    if np.isfinite(demand.above):
        return demand.above - value, (1.0,)
    return value - demand.below, (-1.0,)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0)


def _no_rows(cells: int) -> Relations:
    none: Floats = np.zeros(0)
    return Relations(cells, np.zeros(1, dtype=np.int64), none.astype(np.int64), none, none, none)
