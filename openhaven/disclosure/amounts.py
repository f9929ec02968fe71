"""The amounts behind the cells of a table: whose each is, in which units they are, and the figures asked of them."""

from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR
from openhaven.disclosure.tables import Table

LARGEST_SUM = 1e7  # in units of the amounts; above it amounts are attacked as if they were of any size
UNSURE = 10.0  # percent: how far above its value the sum of few amounts must stay possible


@dataclass(frozen=True)
class Amounts:
    """The amount of each row, the row's code in each column of the table, and whose it is (None: each its own)."""

    of: Floats
    codes: Ints
    people: Ints | None = None


@dataclass(frozen=True)
class Figure:
    """A mean (`share` None), printed with so many decimals, or the percentile of a share between 0 and 1, printed as
    it stands."""

    name: str
    share: float | None = None
    decimals: int = 1


@dataclass(frozen=True)
class MeasuredCell:
    """The amounts of one cell, in order, and whose each is."""

    ordered: Floats
    people: Ints

    @property
    def sum(self) -> float:
        """Of all."""
        return float(self.ordered.sum())

    def beside(self, place: int) -> int:
        """How many people have rows below the place, or above it: the fewer of both."""
        return min(len(np.unique(each)) for each in (self.people[:place], self.people[place + 1 :]))

    def slack(self, floors: Floats) -> float:
        """Of the greatest amount of one person, `UNSURE` percent, less what is unsure to who has the second: how far
        the others may lie above what is known of their rows at least."""
        _, who = np.unique(self.people, return_inverse=True)
        each, above = np.bincount(who, self.ordered), np.bincount(who, self.ordered - floors)
        order = np.argsort(-each, kind="stable")
        return float(UNSURE / 100 * each[order[0]] - above[order[2:]].sum())


def cells_of_rows(table: Table, amounts: Amounts) -> list[MeasuredCell]:
    """Each cell and total of the table, in printing order."""
    people = np.arange(len(amounts.of)) if amounts.people is None else amounts.people
    found = []
    for cell in np.ndindex(*table.counts.shape):
        inside = np.ones(len(amounts.of), dtype=np.bool_)
        for axis, place in enumerate(cell):
            if place < table.counts.shape[axis] - 1:
                inside &= amounts.codes[:, axis] == place
        order = np.argsort(amounts.of[inside], kind="stable")
        found.append(MeasuredCell(amounts.of[inside][order], people[inside][order]))
    return found


def unit_of(amounts: Floats) -> tuple[float, bool]:
    """What amounts are whole multiples of (1, 0.1, 0.01 and so on), and whether they are: sums too large for that are
    taken in coarser units."""
    total = float(np.abs(amounts).sum())
    for decimals in range(7):
        unit = 10.0**-decimals
        if total / unit > LARGEST_SUM:
            break
        if (np.abs(amounts / unit - np.round(amounts / unit)) < NEAR).all():
            return unit, True
    return max(total, 1.0) / LARGEST_SUM, False
