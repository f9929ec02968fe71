"""Hide small counts, then hide further cells until the judge finds nothing exposed.

A simple, sound search: each exposed cell gets company in the line that tells most, the smallest counts first; a
line that tells too much though all of it is hidden (seven counts, each at least 1, in at most 7) is withheld;
cells that turn out not to be needed are shown again. What it hides is not proven to be the least possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from openhaven.disclosure.audit import Exposure, Published, audit, infer
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.rules import HIDDEN, Rule
from openhaven.disclosure.tables import Cell, Table, cells_of
from openhaven.model.errors import BadInput, Unmet

MOST_SECOND_THOUGHTS = 300  # cells tried for showing again


@dataclass(frozen=True)
class Protected:
    """The tables as they may leave. `second` counts cells hidden to protect others, in each table."""

    tables: tuple[Published, ...]
    small: tuple[int, ...]
    second: tuple[int, ...]


def protect(
    tables: Sequence[Table], rule: Rule, *, people_of: Sequence[tuple[int, int]] = (), national: bool = False
) -> Protected:
    """Apply the rule to tables that leave together.

    `people_of` pairs (people table, rows table) over the same cells. `national`: the table covers the nation,
    so that its grand total is a national one. Raises Unmet, naming a cell, where nothing protects it.
    """
    work = _Work(tables, rule, people_of, national)
    work.hide_until_safe()
    work.show_what_need_not_hide()
    published = work.publish()
    return Protected(
        published,
        tuple(int(table.small.sum()) for table in published),
        tuple(int((table.hidden & ~table.small).sum()) for table in published),
    )


def publish(table: Table, rule: Rule, *, second: Bools | None = None, national: bool = False) -> Published:
    """The table as printed under the rule, with these further cells hidden."""
    exact = np.zeros(table.counts.shape, dtype=np.bool_)
    exact[(-1,) * exact.ndim] = national and rule.national_exempt
    small = (table.counts >= 1) & (table.counts <= rule.small) & ~exact
    hidden = small if second is None else small | second
    shown = [
        HIDDEN if hide else rule.show(int(count), exact=bool(whole))
        for count, hide, whole in zip(table.counts.flat, hidden.flat, exact.flat, strict=True)
    ]
    adds_up = tuple(table.adds_up(axis) for axis in range(len(table.by)))
    return Published(
        rule=rule,
        unit=table.unit,
        by=table.by,
        labels=table.labels,
        shown=tuple(shown),
        small=small,
        withheld=np.zeros(small.shape, dtype=np.bool_),
        exact=exact & ~hidden,
        adds_up=adds_up,
    )


class _Work:
    """Tables under protection, and the cells hidden so far."""

    def __init__(
        self, tables: Sequence[Table], rule: Rule, people_of: Sequence[tuple[int, int]], national: bool
    ) -> None:
        self.tables, self.rule, self.people_of, self.national = tables, rule, people_of, national
        self.second = [np.zeros(table.counts.shape, dtype=np.bool_) for table in tables]
        self.withheld = [np.zeros(table.counts.shape, dtype=np.bool_) for table in tables]
        self._plain = [publish(table, rule, national=national) for table in tables]
        for people, rows in people_of:
            nobody_known = _nobody_known(tables[people], tables[rows])
            self._plain[people] = replace(self._plain[people], nobody_known=nobody_known)

    def publish(self) -> tuple[Published, ...]:
        return tuple(self._as_printed(number) for number in range(len(self.tables)))

    def _as_printed(self, number: int) -> Published:
        table, second = self._plain[number], self.second[number]
        shown = [HIDDEN if hide else text for hide, text in zip(second.flat, table.shown, strict=True)]
        return replace(table, shown=tuple(shown), exact=table.exact & ~second, withheld=self.withheld[number].copy())

    def exposures(self) -> list[Exposure]:
        return audit(self.publish(), people_of=self.people_of)

    def hide_until_safe(self) -> None:
        while exposed := self.exposures():
            treated: set[tuple[int, int, Cell]] = set()
            for exposure in exposed:
                lines = {(exposure.table, axis, _without(exposure.cell, axis)) for axis in range(len(exposure.cell))}
                if not lines & treated:
                    self._give_company(exposure)
                    treated |= lines

    def _give_company(self, exposure: Exposure) -> None:
        for axis in self._most_telling_first(exposure):
            line = self._line(exposure, axis)
            if self._hide_cheapest(exposure.table, line) or self._withhold(exposure.table, line):
                return
        for number in [exposure.table, *(other for other in range(len(self.tables)) if other != exposure.table)]:
            if self._hide_cheapest(number, cells_of(self.tables[number])):
                return
        name = " and ".join(self.tables[exposure.table].name(exposure.cell))
        raise Unmet(
            f"the count of {name} cannot be protected: {exposure.why} even with every other cell hidden",
            todo="Count by coarser categories. Nothing is written.",
        )

    def _most_telling_first(self, exposure: Exposure) -> list[int]:
        """The axes, the one whose line leaves the fewest possibilities first."""
        bound = infer(self.publish(), people_of=self.people_of)[exposure.table]
        room = {}
        for axis in range(len(exposure.cell)):
            others = [cell for cell in self._line(exposure, axis) if cell != exposure.cell]
            room[axis] = sum(int(bound.high[cell] - bound.low[cell]) for cell in others)
        return sorted(room, key=lambda axis: (room[axis], axis))

    def _line(self, exposure: Exposure, axis: int) -> list[Cell]:
        size = self.tables[exposure.table].counts.shape[axis]
        return [(*exposure.cell[:axis], place, *exposure.cell[axis + 1 :]) for place in range(size)]

    def _hide_cheapest(self, number: int, cells: Sequence[Cell]) -> bool:
        """Hide one cell more: small counts before large, cells before zeros, totals last. False: none is left."""
        hidden = self.second[number] | self._plain[number].small
        open_cells = [cell for cell in cells if not hidden[cell]]
        if not open_cells:
            return False
        self.second[number][min(open_cells, key=lambda cell: self._price(number, cell))] = True
        return True

    def _withhold(self, number: int, line: Sequence[Cell]) -> bool:
        """Call a line that is hidden from end to end withheld. False: it was."""
        if all(self.withheld[number][cell] for cell in line):
            return False
        for cell in line:
            self.withheld[number][cell] = True
        return True

    def _price(self, number: int, cell: Cell) -> tuple[int, bool, int]:
        counts = self.tables[number].counts
        totals = sum(place == size - 1 for place, size in zip(cell, counts.shape, strict=True))
        return totals, counts[cell] == 0, int(counts[cell])

    def show_what_need_not_hide(self) -> None:
        tried = [(number, cell) for number, table in enumerate(self.tables) for cell in cells_of(table)]
        tried = [
            (number, cell) for number, cell in tried if self.second[number][cell] and not self.withheld[number][cell]
        ]
        tried.sort(key=lambda each: self._price(*each), reverse=True)
        for number, cell in tried[:MOST_SECOND_THOUGHTS]:
            self.second[number][cell] = False
            if self.exposures():
                self.second[number][cell] = True


def _nobody_known(people: Table, rows: Table) -> bool:
    """Whether some cell holds rows and nobody. Raises BadInput where the two are not counts of the same cells."""
    if people.by != rows.by or people.labels != rows.labels:
        raise BadInput(f"{people.unit} and {rows.unit} are not counted over the same cells")
    if (people.counts > rows.counts).any():
        raise BadInput(f"a cell holds more {people.unit} than {rows.unit}", where=" by ".join(rows.by))
    return bool(((people.counts == 0) & (rows.counts > 0)).any())


def _without(cell: Cell, axis: int) -> Cell:
    return (*cell[:axis], *cell[axis + 1 :])
