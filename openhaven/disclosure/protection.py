"""Hide small counts, then hide further cells until the judge finds nothing exposed.

Tables that leave together are protected together: people and their rows, and tables with cells in common. Which
cells are hidden beyond the small ones is chosen in `suppression`; the judge sees only what would be printed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.attack import Demand, Known
from openhaven.disclosure.audit import (
    Published,
    Same,
    as_floats,
    at_first,
    audit,
    demands_of,
    known_from,
    places_of,
    relations_of,
    sums_of,
)
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import Relations, Sum, block, joined, lines
from openhaven.disclosure.problem import Problem, Unprotectable
from openhaven.disclosure.rules import HIDDEN, LARGEST, Rule
from openhaven.disclosure.suppression import suppress
from openhaven.disclosure.tables import Cell, Table
from openhaven.model.errors import BadInput, Unmet

ROOM = 1_000  # how far beyond its true count a hidden cell is taken to reach: more never matters
ONE_TOTAL, ONE_ZERO = 1.0, 0.25  # what hiding a total over one axis, or a 0, costs beside hiding a cell


@dataclass(frozen=True)
class Protected:
    """The tables as they may leave. `second` counts cells hidden to protect others, in each table.

    `cost` and `bound`: what they cost, and what no safe choice is below, where one was sought. `given_up`: counts whose
    lines were withheld because the search for tables that leave them open was given up.
    """

    tables: tuple[Published, ...]
    small: tuple[int, ...]
    second: tuple[int, ...]
    cost: float = 0.0
    bound: float = 0.0
    given_up: int = 0


def protect(
    tables: Sequence[Table],
    rule: Rule,
    *,
    people_of: Sequence[tuple[int, int]] = (),
    national: bool = False,
    same: Sequence[Same] = (),
    untold: Sequence[Sequence[tuple[int, ...]]] = (),
) -> Protected:
    """Apply the rule to tables that leave together.

    `people_of` pairs (people table, rows table) over the same cells; `same` says which cells of two tables hold one
    count. `national`: the table covers the nation, so that its grand total is a national one. `untold`, of each table:
    sums of cells that must stay as unsure as a small count. Raises Unmet, naming a cell, where nothing protects it.
    """
    plain = [publish(table, rule, national=national) for table in tables]
    plain = [replace(each, untold=tuple(sums)) for each, sums in zip(plain, untold or [()] * len(plain), strict=True)]
    work = _Work(plain, tables, people_of, same)
    for people, rows in people_of:
        work.nobody_known(people, rows)
        work.plain[rows] = _with_rows_of_few(work.plain[rows], work.plain[people], tables[people])
    chosen = work.choose()
    published = work.published(chosen.hidden)
    for exposure in audit(published, people_of=people_of, same=same):
        raise Unmet(f"the audit still finds {_named(tables[exposure.table], exposure.cell)} exposed: {exposure.why}")
    return Protected(
        published,
        tuple(int(table.small.sum()) for table in published),
        tuple(int((table.hidden & ~table.small).sum()) for table in published),
        chosen.cost,
        chosen.bound,
        len(work.given_up),
    )


def publish(table: Table, rule: Rule, *, second: Bools | None = None, national: bool = False) -> Published:
    """The table as printed under the rule, with these further cells hidden."""
    exact = np.zeros(table.counts.shape, dtype=np.bool_)
    exact[(-1,) * exact.ndim] = national and rule.national_exempt
    small = rule.small_among(table.counts) & ~exact
    hidden = np.zeros_like(small) if second is None else second
    values, which = np.unique(table.counts, return_inverse=True)
    texts = np.array([rule.show(int(value)) for value in values], dtype=object)[which.ravel()]
    texts[hidden.ravel()] = HIDDEN
    shown_exactly = exact & ~hidden
    texts[shown_exactly.ravel()] = [str(int(count)) for count in table.counts[shown_exactly]]
    adds_up = tuple(table.adds_up(axis) for axis in range(len(table.by)))
    derived = _totals_of(table) & ~exact if rule.derived_totals and all(adds_up) else np.zeros_like(exact)
    small = small & ~derived
    return Published(
        rule=rule,
        unit=table.unit,
        by=table.by,
        labels=table.labels,
        shown=_summed(texts, table.sums_of(), derived),
        small=small,
        withheld=np.zeros(small.shape, dtype=np.bool_),
        exact=shown_exactly,
        adds_up=adds_up,
        sums=table.sums,
        guarded=_all_in_one(table) & ~exact & ~small if rule.all_in_one else None,
        derived=derived if derived.any() else None,
        inside=table.counts > 0 if rule.insider else None,
    )


def _with_rows_of_few(rows: Published, people: Published, counted: Table) -> Published:
    """Rows of few people are hidden as these are, however many they are: twelve episodes may be of one person. Not
    where a rule hides nothing of people, nor where it prints exactly."""
    few = people.small & people.hidden & (counted.counts > 0) & ~rows.small & ~rows.exact
    if rows.derived is not None:
        few &= ~rows.derived
    if not few.any():
        return rows
    guarded = few if rows.guarded is None else rows.guarded | few
    return replace(rows, guarded=guarded, untold=(*rows.untold, *((int(at),) for at in np.flatnonzero(few))))


def _totals_of(table: Table) -> Bools:
    """Cells that are a total over some axis."""
    found = np.zeros(table.counts.shape, dtype=np.bool_)
    for axis, sums in enumerate(table.sums_of()):
        np.moveaxis(found, axis, 0)[[total for total, _ in sums]] = True
    return found


def _summed(texts: npt.NDArray[np.object_], sums: Sequence[Sequence[Sum]], derived: Bools) -> tuple[str, ...]:
    """What prints, totals that are derived being the sums of what prints; `*` where that is nothing but `*` and 0."""
    if not derived.any():
        return tuple(texts)
    numbers = np.array([np.nan if text == HIDDEN else float(text) for text in texts]).reshape(derived.shape)
    for axis, each in enumerate(sums):
        lines_ = np.moveaxis(numbers, axis, 0)
        for total, parts in each:
            inside = lines_[list(parts)]
            found = np.nansum(inside, axis=0)
            lines_[total] = np.where(np.isnan(inside).any(axis=0) & (found == 0), np.nan, found)
    sums_ = [HIDDEN if np.isnan(value) else str(int(value)) for value in numbers.ravel()]
    return tuple(np.where(derived.ravel(), np.array(sums_, dtype=object), texts))


def _all_in_one(table: Table) -> Bools:
    """Cells that are all of a total above 0: their whole group is alike."""
    found = np.zeros(table.counts.size, dtype=np.bool_)
    for axis, sums in enumerate(table.sums_of()):
        along = lines(table.counts.shape, axis)
        for total, parts in sums:
            inside = along[:, list(parts)]
            counts = table.counts.ravel()
            alike = (counts[inside] == counts[along[:, [total]]]) & (counts[inside] > 0) & (len(parts) > 1)
            found[inside[alike]] = True
    return found.reshape(table.counts.shape)


@dataclass
class _Chosen:
    hidden: Bools
    cost: float
    bound: float


class _Work:
    """Tables under protection, as one row of cells."""

    def __init__(
        self,
        plain: Sequence[Published],
        tables: Sequence[Table],
        people_of: Sequence[tuple[int, int]],
        same: Sequence[Same],
    ) -> None:
        self.plain, self.tables, self.people_of, self.same = list(plain), tables, people_of, same
        self.places = places_of(plain)
        self.withheld = np.zeros(int(self.places[-1]), dtype=np.bool_)
        self.given_up: set[int] = set()

    def nobody_known(self, people: int, rows: int) -> None:
        """Whether some cell holds rows and nobody: then rows do not mean people."""
        nobody = _nobody_known(self.tables[people], self.tables[rows])
        self.plain[people] = replace(self.plain[people], nobody_known=nobody)

    def published(self, hidden: Bools) -> tuple[Published, ...]:
        """The tables as they print with these hidden."""
        found = []
        for plain, first in zip(self.plain, self.places[:-1], strict=True):
            here = slice(int(first), int(first) + plain.small.size)
            texts = np.where(hidden[here], HIDDEN, np.array(plain.shown, dtype=object))
            derived = plain.derived if plain.derived is not None else np.zeros_like(plain.small)
            shape = plain.small.shape
            exact = plain.exact & ~hidden[here].reshape(shape)
            withheld = self.withheld[here].reshape(shape)
            shown = _summed(texts, sums_of(plain), derived)
            found.append(replace(plain, shown=shown, exact=exact, withheld=withheld))
        return tuple(found)

    def choose(self) -> _Chosen:
        """What to hide; lines that tell too much even so are withheld from end to end."""
        while True:
            problem = self._problem()
            if not problem.demands:
                return _Chosen(problem.forced, 0.0, 0.0)
            try:
                found = suppress(problem)
                return _Chosen(found.hidden, found.cost, found.bound)
            except Unprotectable as failing:
                self.given_up |= {problem.demands[number].cells[0] for number in failing.given_up}
                self._withhold([problem.demands[number] for number in failing.demands])

    def _problem(self) -> Problem:
        small = np.concatenate([plain.small.ravel() for plain in self.plain])
        guarded = [np.zeros_like(plain.small) if plain.guarded is None else plain.guarded for plain in self.plain]
        forced = small & self._starred() | np.concatenate([each.ravel() for each in guarded]) | self.withheld
        values = np.concatenate([table.counts.ravel() for table in self.tables]).astype(np.float64)
        low, high = as_floats([at_first(plain) for plain in self.plain])
        untold = ~small | self.withheld | ~self._starred()
        first = self._told_by(forced)
        asked = [
            each
            for number, table in enumerate(self.published(forced))
            for each in demands_of(table, first, int(self.places[number]))
        ]
        return Problem(
            relations=self._relations(),
            values=values,
            low=low,
            high=high,
            far_low=np.where(untold, self._least(), low),
            far_high=np.where(untold, np.minimum(values + ROOM, LARGEST), high),
            cost=self._cost(values),
            forced=forced,
            frozen=np.zeros(len(values), dtype=np.bool_),
            demands=asked,
            told_by=self._told_by,
        )

    def _least(self) -> Floats:
        """What who is inside knows of a cell that is hidden: that somebody is."""
        inside = [np.zeros(each.small.size) if each.inside is None else each.inside.ravel() for each in self.plain]
        return np.concatenate(inside).astype(np.float64)

    def _starred(self) -> Bools:
        """Cells that print as `*` before any other is hidden."""
        return np.concatenate([plain.hidden.ravel() for plain in self.plain])

    def _told_by(self, hidden: Bools) -> Known:
        return known_from(self.published(hidden), people_of=self.people_of, same=self.same)

    def _relations(self) -> Relations:
        parts = [
            each for number, table in enumerate(self.plain) for each in relations_of(table, int(self.places[number]))
        ]
        for pair in self.same:
            both = np.stack((pair.cells + self.places[pair.one], pair.others + self.places[pair.other]), axis=1)
            parts.append(block(both, [1.0, -1.0]))
        for people, rows in self.people_of:
            at = np.arange(self.plain[people].small.size)
            pairs = np.stack((at + self.places[people], at + self.places[rows]), axis=1)
            parts.append(block(pairs, [-1.0, 1.0], 0, np.inf))
        return joined(int(self.places[-1]), parts)

    def _cost(self, values: Floats) -> Floats:
        """Few cells, rather parts than totals, rather counts than zeros, rather small than large."""
        above = []
        for plain in self.plain:
            over = np.zeros(plain.small.shape)
            for axis, sums in enumerate(sums_of(plain)):
                line = np.zeros(plain.small.shape[axis])
                line[[total for total, _ in sums]] = 1
                over += line.reshape([-1 if at == axis else 1 for at in range(over.ndim)])
            above.append(over.ravel())
        size = values / max(float(values.max()), 1.0) / 100
        cost: Floats = 1 + ONE_TOTAL * np.concatenate(above) + ONE_ZERO * (values == 0) + size
        return cost

    def _withhold(self, failing: Sequence[Demand]) -> None:
        """Print the cheapest line through each such cell as `*` from end to end. Raises Unmet where all are."""
        cost = self._cost(np.concatenate([table.counts.ravel() for table in self.tables]).astype(np.float64))
        done = np.zeros_like(self.withheld)
        for demand in failing:
            at = demand.cells[0]
            if done[at]:
                continue
            number = int(np.searchsorted(self.places, at, side="right")) - 1
            open_ = next((lines_ for lines_ in self._wider(number, at) if lines_), None)
            if open_ is None:
                cell = np.unravel_index(at - int(self.places[number]), self.plain[number].small.shape)
                name = _named(self.tables[number], tuple(int(place) for place in cell))
                raise Unmet(
                    f"the count of {name} cannot be protected even with every other cell hidden",
                    todo="Count by coarser categories. Nothing is written.",
                )
            line = min(open_, key=lambda each: float(cost[each].sum()))
            done[line] = self.withheld[line] = True

    def _wider(self, number: int, at: int) -> Iterator[list[Ints]]:
        """Lines that may be withheld for a cell: through it, then through it in tables linked to its own, then whole
        tables."""
        linked = [number, *(other for pair in self.people_of if number in pair for other in pair if other != number)]
        for other in linked:
            place = at - int(self.places[number]) + int(self.places[other])
            yield [line for line in self._lines_through(other, place) if not self.withheld[line].all()]
        for other in linked:
            whole = np.arange(self.places[other], self.places[other + 1])
            yield [] if self.withheld[whole].all() else [whole]

    def _lines_through(self, number: int, at: int) -> list[Ints]:
        shape, first = self.plain[number].small.shape, int(self.places[number])
        through = (lines(shape, axis, first=first) for axis in range(len(shape)))
        return [along[(along == at).any(axis=1)][0] for along in through]


def _named(table: Table, cell: Cell) -> str:
    return " and ".join(table.name(cell))


def _nobody_known(people: Table, rows: Table) -> bool:
    """Whether some cell holds rows and nobody. Raises BadInput where the two are not counts of the same cells."""
    if people.by != rows.by or people.labels != rows.labels:
        raise BadInput(f"{people.unit} and {rows.unit} are not counted over the same cells")
    if (people.counts > rows.counts).any():
        raise BadInput(f"a cell holds more {people.unit} than {rows.unit}", where=" by ".join(rows.by))
    return bool(((people.counts == 0) & (rows.counts > 0)).any())
