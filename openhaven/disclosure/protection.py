"""Hide small counts, then hide further cells until the judge finds nothing exposed.

A sound search, not proven to hide the least possible: first every line that alone tells too much gets a cell more,
one for several lines where they cross; then what all lines together tell is parted; cells that turn out not to be
needed are shown again. All of it stands under the judge, who sees only what would be printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from openhaven.disclosure.audit import Bounds, Published, all_of_a_total, audit, narrow_people, narrowed, too_few
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.company import Hiding, Together, Wish, grant, relieve, wishes
from openhaven.disclosure.rules import HIDDEN, Rule
from openhaven.disclosure.tables import Cell, Table
from openhaven.model.errors import BadInput, Unmet

MOST_WORK = 3_000_000  # cells looked at again while trying which hidden ones may show


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
    work.hide_until_safe()
    published = work.publish()
    for exposure in audit(published, people_of=people_of):
        raise Unmet(f"the audit still finds {_named(tables[exposure.table], exposure.cell)} exposed: {exposure.why}")
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
    """Tables under protection."""

    def __init__(
        self, tables: Sequence[Table], rule: Rule, people_of: Sequence[tuple[int, int]], national: bool
    ) -> None:
        self.people_of = people_of
        self.hidings = [Hiding(table, publish(table, rule, national=national)) for table in tables]
        self._links: dict[int, list[int]] = {}
        for people, rows in people_of:
            nobody_known = _nobody_known(tables[people], tables[rows])
            self.hidings[people].plain = replace(self.hidings[people].plain, nobody_known=nobody_known)
            repeated = (
                tables[rows].counts - tables[people].counts
            )  # all that people leave open of rows, or rows of them
            for one, other in ((people, rows), (rows, people)):
                self._links.setdefault(one, []).append(other)
                self.hidings[one].of_little_use(repeated < rule.small)

    def publish(self) -> tuple[Published, ...]:
        return tuple(hiding.published() for hiding in self.hidings)

    def start(self) -> list[Bounds]:
        """What each cell alone tells, and people and rows of each other."""
        bounds = [hiding.start() for hiding in self.hidings]
        for people, rows in self.people_of:
            narrow_people(bounds[people], bounds[rows], nobody_known=self.hidings[people].plain.nobody_known)
        return bounds

    def narrowed(self, bounds: Sequence[Bounds]) -> list[Bounds]:
        return narrowed([hiding.plain for hiding in self.hidings], bounds, people_of=self.people_of)

    def hide_until_safe(self) -> None:
        """First relieve single lines, then what all lines together tell, until nothing is exposed."""
        while True:
            relieved = [relieve(*each) for each in zip(self.hidings, self.start(), strict=True)]
            if any(relieved):
                continue
            bounds = self.narrowed(self.start())
            wanted = wishes(self.hidings, bounds, links=self._links)
            if not wanted:
                return
            if not grant(self.hidings, bounds, wanted):
                self._hide_any(wanted[0])

    def _hide_any(self, wish: Wish) -> None:
        """Every line through the cell is withheld, and still it is told. Raises Unmet where all is hidden."""
        for hiding in (self.hidings[wish.table], *self.hidings):
            cell = hiding.best(np.ones(hiding.second.shape, dtype=np.int64), hiding.start())
            if cell is not None:
                hiding.second[cell] = True
                return
        name = _named(self.hidings[wish.table].table, wish.cell)
        raise Unmet(
            f"the count of {name} cannot be protected even with every other cell hidden",
            todo="Count by coarser categories. Nothing is written.",
        )

    def show_what_need_not_hide(self) -> None:
        """Try each cell that is hidden to protect others, the dearest first, from what is known already."""
        bounds = self.narrowed(self.start())
        together = [Together(*each) for each in zip(self.hidings, bounds, strict=True)]
        tried = [(number, cell) for number, hiding in enumerate(self.hidings) for cell in hiding.dearest_first()]
        for number, cell in tried[: MOST_WORK // sum(hiding.second.size for hiding in self.hidings)]:
            low, high = self.hidings[number].told_if_shown(cell)
            shown = [Bounds(bound.low.copy(), bound.high.copy()) for bound in bounds]
            shown[number].low[cell] = max(low, shown[number].low[cell])
            shown[number].high[cell] = min(high, shown[number].high[cell])
            shown = self.narrowed(shown)
            told = together[number].told_if_known(cell) if low == high else together[number].told()
            if (told & self.hidings[number].plain.small).any() or self._tell_too_much(shown):
                continue
            bounds, self.hidings[number].second[cell] = shown, False
            if low == high:
                together[number].now_known(cell)

    def _tell_too_much(self, bounds: Sequence[Bounds]) -> bool:
        return any(
            (hiding.plain.small & (too_few(hiding.plain, bound) | all_of_a_total(bound))).any()
            for hiding, bound in zip(self.hidings, bounds, strict=True)
        )


def _named(table: Table, cell: Cell) -> str:
    return " and ".join(table.name(cell))


def _nobody_known(people: Table, rows: Table) -> bool:
    """Whether some cell holds rows and nobody. Raises BadInput where the two are not counts of the same cells."""
    if people.by != rows.by or people.labels != rows.labels:
        raise BadInput(f"{people.unit} and {rows.unit} are not counted over the same cells")
    if (people.counts > rows.counts).any():
        raise BadInput(f"a cell holds more {people.unit} than {rows.unit}", where=" by ".join(rows.by))
    return bool(((people.counts == 0) & (rows.counts > 0)).any())
