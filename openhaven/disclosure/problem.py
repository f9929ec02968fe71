"""What is asked of whoever hides cells: which must stay how unsure, which may be hidden, and at what cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.attack import Demand, Known
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats
from openhaven.disclosure.linear import Relations

TINY = 1e-7


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
    """Demands that fail even with every cell hidden that may be. `given_up`: those of them that may hold, but the
    search was given up."""

    def __init__(self, demands: Sequence[int], given_up: Sequence[int] = ()) -> None:
        self.demands, self.given_up = tuple(demands), tuple(given_up)
        super().__init__(demands)
