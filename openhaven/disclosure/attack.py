"""An attacker's programs: whether of each number so much stays possible as is demanded, given all that is known.

First what every row alone tells (exact, and quick). Then whole tables that agree with all are sought, each moving many
numbers at once: two that lie far enough apart prove a number safe. A number that is left is asked for alone, its
least and its greatest: by a linear program, and where that ends between whole numbers and cannot be mended, by a
program over these. Such programs get so many steps in all; what they leave unsettled counts as told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Part, Relations, components, is_whole, narrowed, part
from openhaven.disclosure.whole import kept_near, mended

ROUNDS = 40  # questions about all numbers at once, before each is asked for alone
STALE = 4  # such questions one after another that each settle less than a twentieth of what is left: enough of them
MOST_NODES = 2_000  # of one search over whole numbers; given up, the number counts as told
MOST_WORK = 400_000  # steps of such searches for one part; then every number that is left counts as told
A_SEARCH = 200  # steps that a search counts at least


@dataclass(frozen=True)
class Demand:
    """What must stay possible of a number, the sum of signed `cells`: so much between its least and its greatest
    (`width`), a least of at most `below`, a greatest of at least `above`."""

    cells: tuple[int, ...]
    signs: tuple[float, ...] = (1.0,)
    width: float = 0
    below: float = np.inf
    above: float = -np.inf

    def met(self, least: float, greatest: float) -> bool:
        """Whether so much is possible; a hair's breadth does not count."""
        hair = NEAR * max(1.0, abs(least), abs(greatest))
        return greatest - least >= self.width - hair and least <= self.below + hair and greatest >= self.above - hair


@dataclass(frozen=True)
class Told:
    """A demand that is not met: the attacker knows that the number lies between these. `given_up`: it may be met, and
    the search for tables that show it was given up."""

    demand: int
    least: float
    greatest: float
    given_up: bool = False


class Contradiction(Exception):
    """No table agrees with all that is known. `cell` is one that is left with no value, -1 where none is alone."""

    def __init__(self, cell: int) -> None:
        self.cell = cell
        super().__init__(cell)


@dataclass(frozen=True)
class Known:
    """All that an attacker knows. `implied` pairs cells: where the first is above 0, so is the second."""

    relations: Relations
    low: Floats
    high: Floats
    whole: bool = True
    implied: Ints | None = None

    def narrowed(self) -> "Known":
        """With what follows row by row. Raises Contradiction."""
        low, high = narrowed(self.relations, self.low, self.high, whole=self.whole)
        if (low > high + (0 if self.whole else NEAR * np.maximum(1, np.abs(high)))).any():
            raise Contradiction(int(np.argmax(low - high)))
        return Known(self.relations, low, np.maximum(low, high), self.whole, self.implied)


def told(known: Known, demands: Sequence[Demand], *, fits: Floats | None = None) -> list[Told]:
    """Every demand that is not met. Raises Contradiction where nothing agrees with all that is known.

    `fits`: a table that agrees with all, to start from; else one is sought."""
    known = known.narrowed()
    free = np.nonzero(known.low < known.high)[0]
    inside = known.relations.over(free, known.low)
    label = np.full(known.relations.cells, -1, dtype=np.int64)
    label[free] = components(inside)
    asked: dict[int, list[int]] = {}
    found = []
    for number, demand in enumerate(demands):
        least, greatest = _outer(known, demand)
        if not demand.met(least, greatest):
            found.append(Told(number, least, greatest))
            continue
        asked.setdefault(max(label[list(demand.cells)], default=-1), []).append(number)
    for where, numbers in asked.items():
        if where >= 0:
            found += _Trial(known, np.nonzero(label == where)[0], [(n, demands[n]) for n in numbers], fits).told()
    return sorted(found, key=lambda each: each.demand)


def _outer(known: Known, demand: Demand) -> tuple[float, float]:
    """Between what the number must lie by the bounds of its cells alone."""
    cells, signs = list(demand.cells), np.asarray(demand.signs)
    one, other = signs * known.low[cells], signs * known.high[cells]
    return float(np.minimum(one, other).sum()), float(np.maximum(one, other).sum())


class _Trial:
    """The demands on one part. `seen` holds the least and greatest of each number over the tables found so far."""

    def __init__(
        self, known: Known, cells: Ints, asked: Sequence[tuple[int, Demand]], fits: Floats | None = None
    ) -> None:
        self.asked, self.whole = asked, known.whole
        place = np.full(known.relations.cells, -1, dtype=np.int64)
        place[cells] = np.arange(len(cells))
        relations = known.relations.over(cells, known.low)
        start = None if fits is None else fits[cells]
        made = part(relations, known.low[cells], known.high[cells], whole=known.whole, cells=cells, fits=start)
        if made is None:
            raise Contradiction(-1)
        self.part: Part = made
        entries = [
            (at, place[cell] if place[cell] >= 0 else len(cells), sign if place[cell] >= 0 else sign * known.low[cell])
            for at, (_, demand) in enumerate(asked)
            for cell, sign in zip(demand.cells, demand.signs, strict=True)
        ]
        self.number, self.cell = (np.array(each, dtype=np.int64) for each in list(zip(*entries, strict=True))[:2])
        self.sign = np.array([each[2] for each in entries], dtype=np.float64)
        pairs = known.implied if known.implied is not None else np.zeros((0, 2), dtype=np.int64)
        self.implied = place[pairs][(place[pairs] >= 0).all(axis=1)]
        self.seen = np.array([[np.inf], [-np.inf]]).repeat(len(asked), axis=1)
        self.work, self.settled = 0, True
        self.good: Floats | None = None
        self.see(self.part.fits)

    def see(self, table: Floats) -> None:
        """Count a table that agrees with all, if it does: whole numbers, and somebody where there are rows."""
        if self.whole and not is_whole(table):
            whole = mended(self.part, table)
            if whole is None:
                return
            table = whole
        first, second = self.implied.T
        if ((table[first] > NEAR) & (table[second] < NEAR)).any():
            return
        self.good = table if self.good is None else self.good
        values = np.bincount(self.number, self.sign * np.append(table, 1.0)[self.cell], minlength=len(self.asked))
        self.seen = np.stack((np.minimum(self.seen[0], values), np.maximum(self.seen[1], values)))

    def met(self, at: int) -> bool:
        return self.asked[at][1].met(float(self.seen[0, at]), float(self.seen[1, at]))

    def told(self) -> Iterator[Told]:
        """The demands of this part that are not met."""
        for at in self._left_by_rounds():
            if not self.met(at):
                found = self._alone(at)
                if not self.met(at):
                    yield found

    def _left_by_rounds(self) -> list[int]:
        """What questions about all numbers at once leave open."""
        left = [at for at in range(len(self.asked)) if not self.met(at)]
        stale = 0
        for round_ in range(ROUNDS):
            if len(left) < 3 or stale == STALE:
                break
            way = np.array([1.0 if at >> (round_ // 2) & 1 or round_ < 2 else -1.0 for at in left])
            self.see(self.part.extreme(self._cost(left, way * (-1) ** round_))[1])
            before, left = len(left), [at for at in left if not self.met(at)]
            stale = stale + 1 if before - len(left) < before / 20 else 0
        return left

    def _alone(self, at: int) -> Told:
        """Between what one number lies: by real tables, and if these do not settle it, by whole ones."""
        number, demand = self.asked[at]
        told = Told(number, *self._between(at, self.part))
        if not self.whole or self.met(at) or not demand.met(told.least, told.greatest):
            return told
        if (near := self._near) is not None:
            self._between(at, near)
        if self.met(at):
            return told
        if self.work > MOST_WORK:
            return replace(told, given_up=True)
        return self._by_whole_ones(told, at)

    @cached_property
    def _near(self) -> Part | None:
        """The part kept near a table that agrees with all, where people and their rows stand in it."""
        return None if self.good is None or not len(self.implied) else kept_near(self.part, self.good, self.implied)

    def _by_whole_ones(self, told: Told, at: int) -> Told:
        """The same over whole numbers, where the search comes to an end."""
        self.part.exactly().set("mip_max_nodes", MOST_NODES)
        self.settled = True
        least, greatest = self._between(at, self.part, exact=True)
        if self.settled:
            return replace(told, least=least, greatest=greatest)
        return replace(told, given_up=True)

    def _between(self, at: int, inside: Part, *, exact: bool = False) -> tuple[float, float]:
        ends = []
        constant = float(self.sign[(self.number == at) & (self.cell == len(self.part.cells))].sum())
        for way in (1.0, -1.0):
            value, table = inside.extreme(self._cost([at], np.array([way])), exact=exact)
            self.see(table)
            ends.append(way * value + constant)
            if exact:
                self.work += A_SEARCH + inside.exactly().work()
                self.settled &= inside.exactly().settled()
        return (float(np.ceil(ends[0] - NEAR)), float(np.floor(ends[1] + NEAR))) if self.whole else (ends[0], ends[1])

    def _cost(self, numbers: Sequence[int], way: Floats) -> Floats:
        weight = np.zeros(len(self.asked))
        weight[list(numbers)] = way
        inside = self.cell < len(self.part.cells)
        cost = np.bincount(self.cell[inside], (self.sign * weight[self.number])[inside], minlength=len(self.part.cells))
        return cost.astype(np.float64)
