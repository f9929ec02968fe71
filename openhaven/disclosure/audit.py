"""The judge: what somebody can tell who holds the published tables, knows the rule, and can solve what follows
(the test of what was made in ANON-02; the motivated intruder of ANON-05).

Apart from the protector, and told nothing but what is published. The attacker is taken to know which cells were
hidden for being small, save in a line that is withheld whole: there a `*` tells nothing. A count is exposed where,
among all whole tables that agree with everything published, it has fewer values than the rule demands, or is always
all of a total. Not sought: what follows from knowing how this protector chooses which further cells to hide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.attack import Contradiction, Demand, Known, Told, told
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import Relations, Sum, block, flat, joined, lines, totals
from openhaven.disclosure.rules import HIDDEN, LARGEST, Rule
from openhaven.disclosure.tables import Cell
from openhaven.model.errors import BadInput

LARGEST_CHAIN = 100_000  # above this many possible rows, "no people, no rows" is held against each table found instead
Link = tuple[int, int]  # the places of a table of people and of the table of their rows


@dataclass(frozen=True)
class Published:
    """A table as printed: `shown` holds numbers as text and `*`; `small` marks cells that are small.

    `withheld` marks lines printed as `*` from end to end, total included, whatever they hold. `exact` marks
    national totals printed unrounded; `adds_up` says of each axis whether its totals are sums. `nobody_known`, of a
    table of people: some cell holds rows and nobody, since not every row names its person. `sums` gives each axis's
    totals and their parts, none where the last place is the total of all others. `guarded` marks cells that are not
    small and must not be seen to be all of a total. `derived` marks totals printed as the sum of what is printed.
    `untold` are sums of cells (by their number in printing order) that must stay as unsure as a small count, since
    tables released before would tell of few people beside them. `at_most`: what prints counts rows, and is read as the
    most people that there can be; somebody is where a row is. `inside`, where the rule asks for insiders: cells with
    somebody in them, who knows that there is; the judge takes them all to compare what they know.
    """

    rule: Rule
    unit: str
    by: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    shown: tuple[str, ...]
    small: Bools
    withheld: Bools
    exact: Bools
    adds_up: tuple[bool, ...]
    nobody_known: bool = False
    sums: tuple[tuple[Sum, ...], ...] = ()
    guarded: Bools | None = None
    derived: Bools | None = None
    untold: tuple[tuple[int, ...], ...] = ()
    at_most: bool = False
    inside: Bools | None = None

    @property
    def hidden(self) -> Bools:
        """Which cells print as `*`."""
        hidden: Bools = np.array([text == HIDDEN for text in self.shown], dtype=np.bool_)
        return hidden.reshape(self.small.shape)


@dataclass(frozen=True)
class Same:
    """Cells of two tables (by their number in printing order) that hold one and the same count."""

    one: int
    cells: Ints
    other: int
    others: Ints


@dataclass(frozen=True)
class Exposure:
    """A count that can be told too well: it lies between `low` and `high`."""

    table: int
    cell: Cell
    low: int
    high: int
    why: str


@dataclass(frozen=True)
class Bounds:
    """Lowest and highest count of each cell of one table that agree with all that is published."""

    low: Ints
    high: Ints


def audit(tables: Sequence[Published], *, people_of: Sequence[Link] = (), same: Sequence[Same] = ()) -> list[Exposure]:
    """Every exposed cell; an empty list is a pass.

    `people_of` pairs (people table, rows table) over the same cells: people are never more than rows. Raises
    BadInput where the tables contradict one another: then nothing that follows from them says anything.
    """
    places = places_of(tables)
    try:
        known = known_from(tables, people_of=people_of, same=same)
        asked = [each for number, table in enumerate(tables) for each in demands_of(table, known, places[number])]
        found = _still_told(known, asked, told(known, asked))
    except Contradiction as nothing:
        number = max(int(np.searchsorted(places, nothing.cell, side="right")) - 1, 0)
        where = " by ".join(tables[number].by)
        raise BadInput(f"no {tables[number].unit} fit all that the tables show", where=where) from None
    return list(_exposures(tables, places, asked, found))


def _exposures(
    tables: Sequence[Published], places: Ints, asked: Sequence[Demand], found: Sequence[Told]
) -> Iterator[Exposure]:
    seen = set()
    for each in found:
        demand = asked[each.demand]
        at = demand.cells[0]
        if at in seen:
            continue
        seen.add(at)
        number = int(np.searchsorted(places, at, side="right")) - 1
        cell = np.unravel_index(at - int(places[number]), tables[number].small.shape)
        if _of_total(demand):
            low, high, why = 1, LARGEST, "it is seen to be all of its total"
        else:
            low, high = int(each.least), int(each.greatest)
            why = f"only {high - low + 1} value(s) are possible"
        if each.given_up:
            why = "the search for tables that leave it open was given up"
        yield Exposure(number, tuple(int(place) for place in cell), low, high, why)


def _still_told(known: Known, asked: Sequence[Demand], found: Sequence[Told]) -> list[Told]:
    """Without cells that are seen to be all of a total, but of one that may be nothing at all."""
    totals_ = [asked[each.demand].cells[1] for each in found if _of_total(asked[each.demand])]
    someone = {each.demand for each in told(known, [Demand((total,), below=0) for total in totals_])}
    sure = {total for number, total in enumerate(totals_) if number in someone}
    return [each for each in found if not _of_total(asked[each.demand]) or asked[each.demand].cells[1] in sure]


def _of_total(demand: Demand) -> bool:
    """Whether it is that a cell must not be seen to be all of its total."""
    return demand.signs[0] < 0


def places_of(tables: Sequence[Published]) -> Ints:
    """The number of each table's first cell among all cells; the last entry is their count."""
    return np.cumsum([0, *(table.small.size for table in tables)])


def demands_of(table: Published, known: Known, first: int) -> Iterator[Demand]:
    """What must stay possible: of small counts so many values as the rule demands; no sight of all of a total."""
    guarded = table.small if table.guarded is None else table.small | table.guarded
    for at in np.nonzero(table.small.ravel())[0]:
        yield Demand((int(at) + first,), width=table.rule.fewest_values - 1)
    for cells in table.untold:
        yield Demand(tuple(at + first for at in cells), (1.0,) * len(cells), width=table.rule.fewest_values - 1)
    if table.rule.fewest_values < 1:
        return
    for axis, sums in enumerate(sums_of(table)):
        along = lines(table.small.shape, axis)
        for total, parts in sums:
            where, which = np.nonzero(guarded.ravel()[along[:, list(parts)]]) if len(parts) > 1 else ((), ())
            for line, part in zip(where, which, strict=True):
                part_at, total_at = int(along[line, parts[part]]) + first, int(along[line, total]) + first
                if known.high[part_at] >= known.low[total_at]:
                    yield Demand((part_at, total_at), (-1.0, 1.0), above=1)


def sums_of(table: Published) -> tuple[tuple[Sum, ...], ...]:
    """The totals of each axis and their parts."""
    return table.sums or tuple(flat(size) for size in table.small.shape)


def known_from(tables: Sequence[Published], *, people_of: Sequence[Link] = (), same: Sequence[Same] = ()) -> Known:
    """All that the tables tell, cell by cell and row by row. Raises Contradiction."""
    places = places_of(tables)
    first = [at_first(table) for table in tables]
    low, high = (np.concatenate([getattr(each, side).ravel() for each in first]) for side in ("low", "high"))
    parts = [each for number, table in enumerate(tables) for each in relations_of(table, int(places[number]))]
    for pair in same:
        both = np.stack((pair.cells + places[pair.one], pair.others + places[pair.other]), axis=1)
        parts.append(block(both, [1.0, -1.0]))
    for people, rows in people_of:
        parts.append(block(_pairs(tables, places, people, rows), [-1.0, 1.0], 0, np.inf))
    known = Known(joined(int(places[-1]), parts), low.astype(np.float64), high.astype(np.float64)).narrowed()
    pairs = [_pairs(tables, places, p, r)[:, ::-1] for p, r in people_of if not tables[p].nobody_known]
    return _people_in_rows(known, np.concatenate(pairs)) if pairs else known


def _pairs(tables: Sequence[Published], places: Ints, people: int, rows: int) -> Ints:
    at = np.arange(tables[people].small.size)
    return np.stack((at + places[people], at + places[rows]), axis=1)


def _people_in_rows(known: Known, pairs: Ints) -> Known:
    """Where there are rows there is somebody, and where there is nobody there are no rows."""
    rows, people = pairs.T
    while True:
        low, high = known.low.copy(), known.high.copy()
        low[people] = np.maximum(low[people], np.minimum(low[rows], 1))
        high[rows] = np.where(high[people] < 1, 0, high[rows])
        if (low == known.low).all() and (high == known.high).all():
            break
        known = Known(known.relations, low, high).narrowed()
    unsure = (known.low[rows] < 1) & (known.low[people] < 1) & (known.high[rows] >= 1)
    chained = unsure & (known.high[rows] <= LARGEST_CHAIN)
    rest = [block(pairs[at : at + 1], [1.0, -known.high[rows[at]]], -np.inf, 0) for at in np.nonzero(chained)[0]]
    relations = joined(known.relations.cells, [known.relations, *rest])
    return Known(relations, known.low, known.high, implied=pairs[unsure])


def relations_of(table: Published, first: int) -> list[Relations]:
    """What holds between the cells of one table, numbered from `first`."""
    shape = table.small.shape
    return [
        each
        for axis, (sums, adds_up) in enumerate(zip(sums_of(table), table.adds_up, strict=True))
        for each in totals(lines(shape, axis, first=first), sums, adds_up=adds_up)
    ]


def at_first(table: Published) -> Bounds:
    """What each cell alone tells."""
    said = {text: table.rule.possible(text) for text in set(table.shown)}
    ranges = np.array([said[text] for text in table.shown], dtype=np.int64).reshape(-1, 2)
    low, high = (ranges[:, side].reshape(table.small.shape) for side in (0, 1))
    untold = table.hidden & (table.withheld | ~table.small | table.rule.midpoint)
    if table.derived is not None:
        untold = untold | table.derived
    low[untold], high[untold] = 0, LARGEST
    if table.inside is not None:
        low[table.hidden & table.inside] = np.maximum(low[table.hidden & table.inside], 1)
    for at in np.flatnonzero(table.exact):
        low.flat[at] = high.flat[at] = int(table.shown[at])
    return Bounds(np.minimum(low, 1) if table.at_most else low, high)


def as_floats(bounds: Sequence[Bounds]) -> tuple[Floats, Floats]:
    """Of several tables, one after the other."""
    low, high = (np.concatenate([getattr(each, side).ravel() for each in bounds]) for side in ("low", "high"))
    return low.astype(np.float64), high.astype(np.float64)
