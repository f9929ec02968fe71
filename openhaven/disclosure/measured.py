"""Means and percentiles beside counts: what they tell of the counts, and of the sums of the few.

The attacker's program of the counts gets more cells: in each cell of the table the sum of its amounts, and how many of
its rows lie in each band between the printed percentiles. A printed mean says that the sum lies near so many times the
count; a printed percentile how many rows lie up to it; sums and bands add up as counts do. Figures are left out until
no count, and no sum of few, is told more closely than without any of them.

Whether there are rows enough for a figure is asked of the fewest that would print so, never of the true count: that a
figure prints tells nothing then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from openhaven.disclosure.attack import Demand, Known, told
from openhaven.disclosure.audit import Link, Published, demands_of, known_from, places_of, sums_of
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.figures import NOTHING, place_of
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Relations, joined, lines, totals
from openhaven.disclosure.rules import HIDDEN, LARGEST
from openhaven.disclosure.tables import Table
from openhaven.model.errors import BadInput

MOST_BANDS = 2_000_000  # cells times bands; more are refused
FREE_BANDS = 4  # bands in which tables that the judge seeks may differ from the true one
LARGEST_SUM = 1e7  # in units of the amounts; above it amounts are attacked as if they were of any size
UNSURE = 10.0  # percent: how far above its value the sum of few amounts must stay possible
MOST_TRIES = 30  # rounds in which figures are left out one by one; then all are
Rows = tuple[Ints, Floats, float, float]  # cells, their weights, the least and greatest of the sum


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
        self.unit, self.least = _unit(every)[0], float(every.min(initial=every.max(initial=0)))
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

    def _told(self, asked: Sequence["Asked"]) -> list["Asked"]:
        if not any(text not in (HIDDEN, NOTHING) for each in self.texts for text in each):
            return []
        attack = self._attack(list(zip(self.figures, self.texts, strict=True)))
        return [asked[at] for at in attack.told(asked)]

    def _attack(self, printed: Sequence[tuple[Figure, Sequence[str]]]) -> "Attack":
        return Attack(self.known, self.tables, self.published[0], self.cells, printed)

    def _asked(self) -> list["Asked"]:
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

    def _of_sum(self, cells: Sequence[int], room: float) -> "Asked":
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

    def _leave_out_near(self, asked: "Asked") -> None:
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


@dataclass(frozen=True)
class Asked:
    """A demand on counts, or `of_sum` on the sum of amounts of their cells; `at` is one of them."""

    demand: Demand
    at: int
    of_sum: bool = False


class Attack:
    """The judge of figures: what is known of the counts, with sums and bands and what printed figures say of them.

    Two tables that agree with all that is printed prove a count unsure. They are sought among those that differ from
    the true one in a few bands only, those in which most of the few stand: what is found is proven, and what is not
    found counts as told."""

    def __init__(
        self,
        known: Known,
        tables: Sequence[Table],
        published: Published,
        cells: Sequence[MeasuredCell],
        printed: Sequence[tuple[Figure, Sequence[str]]],
    ) -> None:
        self.known, self.tables, self.published, self.printed = known, tables, published, printed
        self.first, self.size = known.relations.cells, len(cells)
        every = np.concatenate([each.ordered for each in cells])
        self.unit, self.exact = _unit(every)
        self.off = 0.0 if self.exact else 0.5  # how far an amount lies from the whole units it is taken for
        self.ends = tuple(
            float(np.round(end / self.unit)) for end in (every.min(initial=every.max(initial=0)), every.max(initial=0))
        )
        self.edges = sorted({float(text) for figure, texts in printed if figure.share is not None
                             for text in texts if text not in (HIDDEN, NOTHING)})  # fmt: skip
        self.bands = 2 * len(self.edges) + 1 if self.edges else 0
        if self.size * self.bands > MOST_BANDS:
            raise BadInput(
                f"{len(self.edges)} different percentiles in {self.size} cells are too many to be attacked together",
                todo="Ask for fewer percentiles or means alone, count by fewer columns, or round the amounts.",
            )
        self.sums = np.array([np.round(each.ordered / self.unit).sum() for each in cells])
        self.held = np.array([self._held(each.ordered) for each in cells]).reshape(self.size, self.bands)
        few = (published.hidden | published.small).ravel()
        self.free = np.sort(np.argsort(-self.held[few].sum(axis=0), kind="stable")[:FREE_BANDS])
        self._free_at = {int(band): at for at, band in enumerate(self.free)}

    def _held(self, ordered: Floats) -> Ints:
        """How many rows lie in each band: 2k + 1 is edge k itself, 2k below it and above the edge before."""
        edges = np.array(self.edges)
        band = np.searchsorted(edges, ordered, side="left") + np.searchsorted(edges, ordered, side="right")
        return np.bincount(band, minlength=self.bands) if self.bands else np.zeros(0, dtype=np.int64)

    def told(self, asked: Sequence[Asked]) -> list[int]:
        """The numbers of the demands that are not met."""
        demands = [
            replace(
                each.demand,
                cells=tuple(self.first + at for at in each.demand.cells),
                above=float(np.ceil(each.demand.above / self.unit - NEAR)),
            )
            if each.of_sum
            else each.demand
            for each in asked
        ]
        return [each.demand for each in told(self.all_known(), demands, fits=self.truth())]

    def truth(self) -> Floats:
        """The true table: counts, sums in units, rows in the bands that may differ."""
        counts = [table.counts.ravel() for table in self.tables]
        return np.concatenate((*counts, self.sums, *self.held[:, self.free].T)).astype(np.float64)

    def all_known(self) -> Known:
        """Counts, sums and bands, and all that is printed of them."""
        cells = self.first + self.size * (len(self.free) + 1)
        most = np.minimum(self.known.high[: self.size], LARGEST)
        low = np.concatenate((self.known.low, np.zeros(cells - self.first)))
        high = np.concatenate((self.known.high, np.ceil(most * self.ends[1]), np.tile(most, len(self.free))))
        least, greatest = self._of_bands()
        for band, at in self._free_at.items():
            if least[band] > greatest[band] + NEAR:
                high[self.first + self.size * (1 + at) :][: self.size] = 0
        relations = Relations(cells, *[getattr(self.known.relations, name) for name in _FIELDS])
        rows = _of_rows(cells, [*self._by_cell(), *self._of_figures()])
        return Known(joined(cells, [relations, *self._additive(), rows]), low, high, True, self.known.implied)

    def _additive(self) -> Iterator[Relations]:
        shape = self.published.small.shape
        for layer in range(len(self.free) + 1):
            for axis, sums in enumerate(sums_of(self.published)):
                yield from totals(lines(shape, axis, first=self.first + self.size * layer), sums)

    def _of_bands(self) -> tuple[Floats, Floats]:
        """The least and greatest amount in each band, in units."""
        if not self.bands:
            return np.array([self.ends[0]]), np.array([self.ends[1]])
        edges = np.array(self.edges) / self.unit
        beside = 1.0 if self.exact else -self.off
        low = np.concatenate(([self.ends[0]], np.stack((edges - self.off, edges + beside), axis=1).ravel()))
        high = np.concatenate((np.stack((edges - beside, edges + self.off), axis=1).ravel(), [self.ends[1]]))
        return low, high

    def _row(self, at: int, weight: Floats, more: Sequence[tuple[int, float]], ends: tuple[float, float]) -> Rows:
        """`weight` of each band of a cell and `more` cells with theirs; bands that stand as they are go to the ends."""
        fixed = float(self.held[at] @ weight - self.held[at, self.free] @ weight[self.free])
        bands = [self.first + self.size * (1 + place) + at for place in range(len(self.free))]
        cells = np.array([*bands, *(cell for cell, _ in more)], dtype=np.int64)
        weights = np.array([*weight[self.free], *(each for _, each in more)])
        return cells, weights, ends[0] - fixed, ends[1] - fixed

    def _by_cell(self) -> Iterator[Rows]:
        """A count is the sum of its bands, and a sum of amounts lies between what its bands allow."""
        least, greatest = self._of_bands()
        for at in range(self.size):
            total = (self.first + at, 1.0)
            if not self.bands:
                yield np.array([at, total[0]]), np.array([-least[0], 1.0]), 0.0, np.inf
                yield np.array([at, total[0]]), np.array([-greatest[0], 1.0]), -np.inf, 0.0
                continue
            yield self._row(at, np.ones(self.bands), [(at, -1.0)], (0.0, 0.0))
            yield self._row(at, -least, [total], (0.0, np.inf))
            yield self._row(at, -greatest, [total], (-np.inf, 0.0))

    def _of_figures(self) -> Iterator[Rows]:
        for figure, texts in self.printed:
            for at, text in enumerate(texts):
                if text in (HIDDEN, NOTHING):
                    continue
                yield from self._of_mean(at, text) if figure.share is None else self._of_share(at, text, figure.share)

    def _of_mean(self, at: int, text: str) -> Iterator[Rows]:
        """The sum lies within half a step of the last decimal of so many times the count."""
        half = 0.5 * 10.0 ** -len(text.partition(".")[2]) / self.unit + self.off
        pair, value = np.array([at, self.first + at]), float(text) / self.unit
        yield pair, np.array([-(value - half), 1.0]), -NEAR, np.inf
        yield pair, np.array([-(value + half), 1.0]), -np.inf, NEAR

    def _of_share(self, at: int, text: str, share: float) -> Iterator[Rows]:
        """At or below a percentile lie as many rows as its share says, and below it fewer."""
        part, edge = Fraction(str(share)), self.edges.index(float(text))
        for last, ends in ((2 * edge + 1, (0.0, np.inf)), (2 * edge, (-np.inf, -1.0))):
            weight = np.where(np.arange(self.bands) <= last, float(part.denominator), 0.0)
            yield self._row(at, weight, [(at, -float(part.numerator))], ends)


_FIELDS = ("starts", "index", "sign", "low", "high")


def _unit(amounts: Floats) -> tuple[float, bool]:
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


def _of_rows(cells: int, rows: Sequence[Rows]) -> Relations:
    used = [(index[weight != 0], weight[weight != 0], low, high) for index, weight, low, high in rows]
    used = [row for row in used if len(row[0])]
    starts = np.cumsum([0, *(len(row[0]) for row in used)])
    empty: Floats = np.zeros(0)
    return Relations(
        cells,
        starts.astype(np.int64),
        np.concatenate([empty.astype(np.int64), *(row[0] for row in used)]),
        np.concatenate([empty, *(row[1] for row in used)]),
        np.array([row[2] for row in used], dtype=np.float64),
        np.array([row[3] for row in used], dtype=np.float64),
    )
