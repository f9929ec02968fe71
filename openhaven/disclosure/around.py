"""A safe choice of cells for a large table made cheaper: all but the cells near one relation are kept as they are, and
of those the cheapest choice is sought that keeps every known row; what attacks then show is added, and asked again.

Near a relation: the cells of all relations that share a cell with it. Relations are taken in turn, far apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.cover import Cover
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import Program, Relations, joined
from openhaven.disclosure.prices import Row
from openhaven.disclosure.problem import TINY

MOST_WORK = 3_000_000  # cells times places that are looked at, and no more places than there are relations
SLOWER = 10  # times so much an attack is taken to cost where people stand beside their rows
MOST_NODES = 50  # branches of one search
MOST_ASKED = 6  # times that attacks may break what was found
AT_ONCE = 8  # places that are looked at between attacks
STRIDE = 0.6180339887498949  # of all relations, from one place to the next


@dataclass
class Around:
    """A covering program with all its rows, and what stands in its way."""

    cover: Cover

    def better(self, hidden: Bools, *, bound: float) -> Bools:
        """A safe choice that costs no more; sought until it costs no more than the bound."""
        problem, best = self.cover.problem, hidden.copy()
        rows = self.cover.exact.size
        self._keep(_as_relations(problem.relations.cells, [*self._alone(), *self._asked(self.cover.rows)]))
        implied = problem.known(best).implied
        slow = SLOWER if implied is not None and len(implied) else 1
        for first in range(0, min(MOST_WORK // slow // problem.relations.cells, rows), AT_ONCE):
            if self.cover.cost(best) <= bound * (1 + TINY):
                break
            places = [int((number * STRIDE) % 1 * rows) for number in range(first, first + AT_ONCE)]
            best = self._at(best, [cells for each in places if len(cells := self._near(each))])
        return best

    def _keep(self, rows: Relations) -> None:
        self._kept = rows
        self._by_cell = rows.row[np.argsort(rows.index, kind="stable")]
        self._first = np.append(0, np.cumsum(np.bincount(rows.index, minlength=rows.cells)))

    def _over(self, cells: Ints, fixed: Floats) -> Relations:
        """The rows that are kept and have one of these cells, the others standing at `fixed`."""
        kept, place = self._kept, np.full(self._kept.cells, -1, dtype=np.int64)
        place[cells] = np.arange(len(cells))
        rows = np.unique(np.concatenate([self._by_cell[self._first[at] : self._first[at + 1]] for at in cells]))
        counts = np.diff(kept.starts)[rows]
        starts = np.append(0, np.cumsum(counts))
        entries = np.arange(starts[-1]) + np.repeat(kept.starts[rows] - starts[:-1], counts)
        index, sign = kept.index[entries], kept.sign[entries]
        some = Relations(kept.cells, starts, index, sign, kept.low[rows], kept.high[rows])
        return some.over(cells, fixed)

    def _near(self, row: int) -> Ints:
        """Cells that may be shown or hidden, in the relations that share a cell with this one."""
        relations = self.cover.problem.relations
        seed = relations.index[relations.starts[row] : relations.starts[row + 1]]
        rows = np.unique(np.concatenate([relations.row[self.cover.entries(int(cell))] for cell in seed]))
        cells = np.unique(
            np.concatenate([relations.index[relations.starts[r] : relations.starts[r + 1]] for r in rows])
        )
        found: Ints = cells[self.cover.problem.open()[cells]]
        return found

    def _at(self, best: Bools, places: Sequence[Ints]) -> Bools:
        """The choice with the cells of these places chosen anew, where that is cheaper and no attack breaks it."""
        for _ in range(MOST_ASKED):
            trial = best
            for cells in places:
                found = self._cheapest(trial, cells)
                trial = trial if found is None or self.cover.cost(found) > self.cover.cost(trial) - TINY else found
            if trial is best or not (broken := self.cover.broken(trial)):
                return trial
            for row in broken:
                self.cover.add(row)
            self._keep(joined(len(best), [self._kept, _as_relations(len(best), self._asked(broken))]))
        return best

    def _cheapest(self, best: Bools, cells: Ints) -> Bools | None:
        inside = self._over(cells, best.astype(np.float64))
        least = np.bincount(inside.row, np.minimum(inside.sign, 0), minlength=len(inside.low))
        program = Program(_without_kept(inside, least >= inside.low - TINY), *_shares(len(cells)), whole=True)
        program.set("mip_max_nodes", MOST_NODES)
        found = program.least(self.cover.problem.cost[cells])
        if found is None:
            return None
        chosen = best.copy()
        chosen[cells] = found[1] > 0.5
        return chosen

    def _alone(self) -> list[tuple[Ints, Floats, float]]:
        return [(cells, signs, 0.0) for cells, signs in self.cover.company()]

    def _asked(self, rows: Sequence[Row]) -> list[tuple[Ints, Floats, float]]:
        return [(cells, weights, 1.0) for cells, weights in rows]


def _shares(cells: int) -> tuple[Floats, Floats]:
    return np.zeros(cells), np.ones(cells)


def _as_relations(cells: int, rows: Sequence[tuple[Ints, Floats, float]]) -> Relations:
    starts = np.cumsum([0, *(len(index) for index, *_ in rows)])
    index = np.concatenate([index for index, *_ in rows])
    sign = np.concatenate([sign for _, sign, _ in rows]).astype(np.float64)
    low = np.array([least for *_, least in rows])
    return Relations(cells, starts, index, sign, low, np.full(len(rows), np.inf))


def _without_kept(relations: Relations, kept: Bools) -> Relations:
    """Without the rows that are kept whatever is chosen."""
    rows, entries = np.flatnonzero(~kept), ~kept[relations.row]
    starts = np.concatenate(([0], np.cumsum(np.diff(relations.starts)[rows])))
    index, sign = relations.index[entries], relations.sign[entries]
    return Relations(relations.cells, starts, index, sign, relations.low[rows], relations.high[rows])
