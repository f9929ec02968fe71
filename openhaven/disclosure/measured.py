"""Means and percentiles beside counts: what may print of them.

Figures are left out until no count, and no sum of few, is told more closely than without any of them.

Whether there are rows enough for a figure is asked of the fewest that would print so, never of the true count: that a
figure prints tells nothing then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from openhaven.disclosure.amounts import UNSURE, Amounts, Figure, MeasuredCell, cells_of_rows, unit_of
from openhaven.disclosure.attack import Demand
from openhaven.disclosure.audit import Link, Published, demands_of, known_from, places_of
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.figures import NOTHING, place_of
from openhaven.disclosure.figures_attack import Asked, Attack
from openhaven.disclosure.linear import lines
from openhaven.disclosure.rules import HIDDEN
from openhaven.disclosure.tables import Table

MOST_TRIES = 30  # rounds in which figures are left out one by one; then all are


@dataclass(frozen=True)
class FiguresMade:
    """The text of each figure in each cell; `given_up`: all were left out, since leaving them out one by one did not
    come to an end."""

    texts: tuple[tuple[str, ...], ...]
    given_up: bool = False


def figures_beside(
    tables: Sequence[Table],
    published: Sequence[Published],
    amounts: Amounts,
    figures: Sequence[Figure],
    *,
    people_of: Sequence[Link] = (),
) -> FiguresMade:
    """Each figure as it may print in each cell of the first table: `*` where few stand behind it, their count is
    hidden, or it would tell of others.

    Raises BadInput where so many different percentiles would print that they cannot be attacked together."""
    work = _Beside(tables, published, cells_of_rows(tables[0], amounts), figures, people_of)
    given_up = work.leave_out()
    return FiguresMade(tuple(tuple(each) for each in work.texts), given_up)


def told_by_figures(
    tables: Sequence[Table],
    published: Sequence[Published],
    amounts: Amounts,
    printed: Sequence[tuple[Figure, Sequence[str]]],
    *,
    people_of: Sequence[Link] = (),
) -> int:
    """How many small counts, and sums of few, these printed figures tell more closely than the counts alone."""
    figures = [figure for figure, _ in printed]
    work = _Beside(tables, published, cells_of_rows(tables[0], amounts), figures, people_of)
    return work.told_by([list(texts) for _, texts in printed])


@dataclass
class _Beside:
    tables: Sequence[Table]
    published: Sequence[Published]
    cells: Sequence[MeasuredCell]
    figures: Sequence[Figure]
    people_of: Sequence[Link]
    texts: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.small = self.published[0].rule.small
        self.known = known_from(self.published, people_of=self.people_of)
        every = np.concatenate([each.ordered for each in self.cells])
        self.unit, self.least = unit_of(every)[0], float(every.min(initial=every.max(initial=0)))
        self.kept = self._enough()
        self.shares = [self._shares(at) for at in range(len(self.cells))]
        self.rooms = [self._room(at) for at in range(len(self.cells))]
        self.texts = [[self._text(figure, at) for at in range(len(self.cells))] for figure in self.figures]

    def _enough(self) -> Bools:
        """Cells whose counts print and cannot be small, by what prints, of rows and of people."""
        found = np.ones(len(self.cells), dtype=np.bool_)
        for first, table in zip(places_of(self.published), self.published, strict=False):
            sure = self.known.low[first : first + len(self.cells)] > self.small
            found &= sure & ~(table.hidden | table.withheld).ravel()
        return found

    def _shares(self, at: int) -> list[float]:
        """Which percentiles may print in a cell, the first asked for first: where no fewer rows than the rule calls
        small lie beside each and between two, and as many people beside each."""
        ordered, fewest, found = self.cells[at].ordered, int(self.known.low[at]), list[float]()
        for share in (figure.share for figure in self.figures if self.kept[at]):
            if share is None or share in found:
                continue
            place = place_of(share, fewest)
            apart = [abs(Fraction(str(share)) - Fraction(str(other))) * fewest for other in found]
            beside = min(place, fewest - 1 - place, self.cells[at].beside(place_of(share, len(ordered))))
            if beside >= self.small and min(map(int, apart), default=fewest) > self.small:
                found.append(share)
        return found

    def _room(self, at: int) -> float:
        """How far above its value the sum of a cell must stay possible: where few stand in it, or one gives so much
        that who gives second most could tell it within `UNSURE` percent, from the sum and the percentiles."""
        cell = self.cells[at]
        if not len(cell.ordered):
            return 0.0
        if self._few(at) or (self.published[0].rule.all_in_one and cell.ordered[0] == cell.ordered[-1]):
            return self._of_few([at])
        floors = np.full(len(cell.ordered), self.least)
        for share in self.shares[at]:
            place = place_of(share, len(cell.ordered))
            floors[place:] = np.maximum(floors[place:], cell.ordered[place])
        return max(cell.slack(floors), 0.0)

    def _few(self, at: int) -> bool:
        """Whether few rows or people stand in it."""
        return 0 < len(self.cells[at].ordered) <= self.small or any(t.small.ravel()[at] for t in self.published)

    def _of_few(self, cells: Sequence[int]) -> float:
        """How far above its value the sum of few must stay possible, one unit at least: that all have nothing is told
        by less."""
        return max(UNSURE / 100 * max(float(self.cells[at].ordered.max(initial=0)) for at in cells), self.unit)

    def _text(self, figure: Figure, at: int) -> str:
        ordered = self.cells[at].ordered
        if not len(ordered) and self.published[0].shown[at] == "0":
            return NOTHING
        if figure.share is None:
            fits = self.kept[at] and self.rooms[at] == 0
            return f"{ordered.sum() / len(ordered):.{figure.decimals}f}" if fits else HIDDEN
        return f"{ordered[place_of(figure.share, len(ordered))]:.15g}" if figure.share in self.shares[at] else HIDDEN

    def leave_out(self) -> bool:
        """Leave out figures, nearest to what is told first, until nothing is told. Whether that did not come to an end,
        and all were left out."""
        asked = self._asked()
        for _ in range(MOST_TRIES):
            found = self._told(asked)
            if not found:
                return False
            for at in found:
                self._leave_out_near(at)
        self._leave_out(range(len(self.cells)))
        return True

    def told_by(self, texts: list[list[str]]) -> int:
        """How much these texts tell that the counts alone do not."""
        self.texts = texts
        return len(self._told(self._asked()))

    def _told(self, asked: Sequence[Asked]) -> list[Asked]:
        if not any(text not in (HIDDEN, NOTHING) for each in self.texts for text in each):
            return []
        attack = self._attack(list(zip(self.figures, self.texts, strict=True)))
        return [asked[at] for at in attack.told(asked)]

    def _attack(self, printed: Sequence[tuple[Figure, Sequence[str]]]) -> Attack:
        return Attack(self.known, self.tables, self.published[0], self.cells, printed)

    def _asked(self) -> list[Asked]:
        """Demands that the counts alone meet."""
        places, size = places_of(self.published), len(self.cells)
        asked = [
            Asked(each, each.cells[0] % size)
            for number, table in enumerate(self.published)
            for each in demands_of(table, self.known, int(places[number]))
        ]
        for at, room in enumerate(self.rooms):
            if room > 0:
                asked.append(self._of_sum([at], room))
        asked += [self._of_sum(each, self._of_few(each)) for each in self._few_together()]
        before = set(self._attack([]).told(asked))
        return [each for at, each in enumerate(asked) if at not in before]

    def _of_sum(self, cells: Sequence[int], room: float) -> Asked:
        above = sum(self.cells[at].sum for at in cells) + room
        return Asked(Demand(tuple(cells), (1.0,) * len(cells), above=above), cells[0], of_sum=True)

    def _few_together(self) -> Iterator[list[int]]:
        """Cells of few in one line that are few together: the total less the others is their sum."""
        shape = self.tables[0].counts.shape
        for axis in range(len(shape)):
            for line in lines(shape, axis)[:, :-1].tolist():
                group = [at for at in line if self._few(at)]
                if len(group) > 1 and sum(len(self.cells[at].ordered) for at in group) <= self.small:
                    yield group

    def _leave_out_near(self, asked: Asked) -> None:
        """Of the smallest cell in line with this one that still prints a figure; of all where there is none."""
        shape = self.tables[0].counts.shape
        near = np.zeros(len(self.cells), dtype=np.bool_)
        for axis in range(len(shape)):
            along = lines(shape, axis)
            near[along[(along == asked.at).any(axis=1)]] = True
        shown = [
            at for at in np.nonzero(near)[0].tolist() if any(each[at] not in (HIDDEN, NOTHING) for each in self.texts)
        ]
        counts = self.tables[0].counts.ravel()
        self._leave_out([min(shown, key=lambda at: int(counts[at]))] if shown else range(len(self.cells)))

    def _leave_out(self, cells: Sequence[int] | range) -> None:
        for each in self.texts:
            for at in cells:
                each[at] = each[at] if each[at] == NOTHING else HIDDEN
