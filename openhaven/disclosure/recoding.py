"""Global recoding: one level a column, chosen so that least is lost while every row left is in a class that passes.

Loss is the mean over all quasi-identifier cells of (leaves covered - 1) / (leaves - 1); a suppressed row counts 1.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from openhaven.disclosure.classes import Bools, Classes
from openhaven.disclosure.hierarchy import Floats, Hierarchy
from openhaven.disclosure.lattice import Cost, Lattice, Node
from openhaven.disclosure.levels import AtLevels, at_levels
from openhaven.disclosure.models import Demands, K
from openhaven.model.errors import BadInput, Unmet

LARGEST_LATTICE = 4_000_000  # nodes held as one array; above it the search climbs down from the top and says so
MOST_WORK = 1_000_000_000  # class cells looked at before the search says what it gave up: well under a minute
SLACK = 1e-12  # what sums of floats may differ by
NEXT_BEST, TRADED = 5, 8  # alternatives that are told


@dataclass(frozen=True)
class Alternative:
    """A recoding that was counted and is allowed."""

    levels: tuple[int, ...]
    loss: float
    suppressed_rows: int


@dataclass(frozen=True)
class Recoding:
    """The recoding chosen. `suppressed` marks the classes given up; `k` is the smallest class that is left.

    `runner_up` is the next best allowed recoding, None where there is no other. `proven` says that nothing
    better exists; where False, the search was bounded. `counted` of `nodes` recodings had to be counted.

    Of those, `next_best` are the next in loss that are allowed too, the runner-up first; `trade` those of which no
    other loses less while suppressing no more, allowed or not, from nothing suppressed upwards.
    """

    levels: tuple[int, ...]
    loss: float
    suppressed: Bools
    suppressed_rows: int
    k: int
    runner_up: Alternative | None
    proven: bool
    counted: int
    nodes: int
    next_best: tuple[Alternative, ...] = ()
    trade: tuple[Alternative, ...] = ()


def recode(
    classes: Classes,
    hierarchies: Sequence[Hierarchy],
    *,
    k: int = 1,
    demands: Demands | None = None,
    suppression: float = 0.0,
    most_work: int = MOST_WORK,
) -> Recoding:
    """The best recoding that suppresses at most this share of rows (0 to 1); `demands` says more than k.

    Raises BadInput when k or the share make no sense, Unmet when no choice of levels satisfies what is asked.
    """
    demands = Demands((K(k),)) if demands is None else demands
    most_suppressed = check_demands(classes, demands, suppression)
    lattice = Lattice(classes, hierarchies, demands=demands, nothing_hidden=most_suppressed == 0)
    search = _Search(lattice, most_suppressed, most_work)
    search.climb_down()
    proven = search.sweep()
    if not search.best:
        raise Unmet(
            f"no recoding in these hierarchies reaches {demands}",
            todo="Allow more suppression, or give hierarchies that end in `*`.",
        )
    return _result(search, at_levels(classes, hierarchies, levels=search.best[0].levels, demands=demands), proven)


def check_demands(classes: Classes, demands: Demands, suppression: float) -> int:
    """The most rows that may be suppressed. Raises BadInput where the demands make no sense for these classes."""
    if not 0 <= suppression <= 1:
        raise BadInput(f"the share of rows to suppress must lie between 0 and 1, not {suppression}")
    for model in demands.models:
        if isinstance(model, K) and classes.people is None and model.k > classes.total:
            raise BadInput(f"k = {model.k} is more than the {classes.total} rows there are")
    return int(suppression * classes.total + 1e-9)


def _result(search: "_Search", chosen: AtLevels, proven: bool) -> Recoding:
    allowed = [each for each in search.met() if each.suppressed_rows <= search.most_suppressed]
    return Recoding(
        levels=chosen.levels,
        loss=chosen.loss,
        suppressed=chosen.suppressed,
        suppressed_rows=chosen.suppressed_rows,
        k=chosen.k,
        runner_up=search.best[1] if len(search.best) > 1 else None,
        proven=proven,
        counted=len(search.costs),
        nodes=search.lattice.nodes,
        next_best=next_best(allowed, chosen.levels),
        trade=trade(search.met()),
    )


def next_best(met: Iterable[Alternative], levels: Sequence[int]) -> tuple[Alternative, ...]:
    """Of allowed recodings those that lose least, the one chosen left out."""
    return tuple(sorted((each for each in met if each.levels != tuple(levels)), key=_order)[:NEXT_BEST])


def trade(met: Iterable[Alternative]) -> tuple[Alternative, ...]:
    """An even choice of those that no other beats in both, rows suppressed and loss."""
    unbeaten: list[Alternative] = []
    for each in sorted(met, key=lambda each: (each.suppressed_rows, *_order(each))):
        if not unbeaten or each.loss < unbeaten[-1].loss - SLACK:
            unbeaten.append(each)
    last = len(unbeaten) - 1
    told = sorted({round(last * part / (TRADED - 1)) for part in range(TRADED)})
    return tuple(unbeaten[at] for at in told)


def _order(found: Alternative) -> tuple[float, int, tuple[int, ...]]:
    return (round(found.loss, 12), found.suppressed_rows, found.levels)


class _Search:
    """Branch and bound. `best` holds the best allowed recoding and the runner-up."""

    def __init__(self, lattice: Lattice, most_suppressed: int, most_work: int) -> None:
        self.lattice, self.most_suppressed, self.most_work = lattice, most_suppressed, most_work
        self.costs: dict[Node, Cost] = {}
        self.best: list[Alternative] = []

    @property
    def cut(self) -> float:
        """A node that cannot lose less than this can be neither the best nor the runner-up."""
        return self.best[1].loss if len(self.best) > 1 else inf

    @property
    def tired(self) -> bool:
        return self.lattice.work > self.most_work

    def count(self, node: Node) -> float:
        """The node's loss, infinite where it suppresses too much."""
        if node not in self.costs:
            self.costs[node] = self.lattice.cost(node)
            if self.costs[node].suppressed_rows <= self.most_suppressed:
                self._offer(node, self.costs[node])
        cost = self.costs[node]
        allowed = cost.suppressed_rows <= self.most_suppressed
        return self.lattice.loss_of_keeping(node) + cost.penalty if allowed else inf

    def _offer(self, node: Node, cost: Cost) -> None:
        loss = self.lattice.loss_of_keeping(node) + cost.penalty
        self.best.append(Alternative(self.lattice.levels_of(node), loss, cost.suppressed_rows))
        self.best.sort(key=_order)
        del self.best[2:]

    def met(self) -> Iterator[Alternative]:
        """Every recoding that was counted; those that no suppression can mend left out."""
        for node, cost in self.costs.items():
            if cost.suppressed_rows <= self.lattice.classes.total:
                loss = self.lattice.loss_of_keeping(node) + cost.penalty
                yield Alternative(self.lattice.levels_of(node), loss, cost.suppressed_rows)

    def climb_down(self) -> None:
        """From the top, always to the best node one level lower: a good first answer, rarely the last."""
        node, loss = self.lattice.top, self.count(self.lattice.top)
        while not self.tired:
            lower = [(*node[:axis], level - 1, *node[axis + 1 :]) for axis, level in enumerate(node) if level]
            if not lower:
                return
            best_loss, best = min((self.count(below), below) for below in lower)
            if best_loss >= loss:
                return
            node, loss = best, best_loss

    def sweep(self) -> bool:
        """Visit the lattice from the lossiest node down, leaving out what the counted nodes rule out.

        Returns whether the best and the runner-up are proven.
        """
        if self.lattice.nodes > LARGEST_LATTICE:
            return False
        keeping = self.lattice.loss_of_keeping_all()
        bound = keeping.copy()
        for node, cost in self.costs.items():
            self._raise_bound(bound, keeping, node, cost)
        for flat in np.argsort(-keeping, axis=None, kind="stable"):
            if bound.flat[flat] >= self.cut - SLACK:
                continue
            node = tuple(int(index) for index in np.unravel_index(flat, bound.shape))
            if node in self.costs:
                continue
            if self.tired:
                return False
            self.count(node)
            self._raise_bound(bound, keeping, node, self.costs[node])
        return True

    def _raise_bound(self, bound: Floats, keeping: Floats, node: Node, cost: Cost) -> None:
        """No node below suppresses less than the least: so none can lose less than it keeps plus that penalty."""
        below = tuple(slice(0, level + 1) for level in node)
        if cost.least_rows > self.most_suppressed:
            bound[below] = inf
        else:
            np.maximum(bound[below], keeping[below] + cost.least_penalty, out=bound[below])
