"""The judge of means and percentiles: what they tell of the counts, and of the sums of the few.

The attacker's program of the counts gets more cells: in each cell of the table the sum of its amounts, and how many of
its rows lie in each band between the printed percentiles. A printed mean says that the sum lies near so many times the
count; a printed percentile how many rows lie up to it; sums and bands add up as counts do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from openhaven.disclosure.amounts import Figure, MeasuredCell, unit_of
from openhaven.disclosure.attack import Demand, Known, told
from openhaven.disclosure.audit import Published, sums_of
from openhaven.disclosure.figures import NOTHING
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Relations, joined, lines, totals
from openhaven.disclosure.rules import HIDDEN, LARGEST
from openhaven.disclosure.tables import Table
from openhaven.model.errors import BadInput

MOST_BANDS = 2_000_000  # cells times bands; more are refused
FREE_BANDS = 4  # bands in which tables that the judge seeks may differ from the true one
Rows = tuple[Ints, Floats, float, float]  # cells, their weights, the least and greatest of the sum


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
        self.unit, self.exact = unit_of(every)
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
