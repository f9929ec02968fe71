"""What a class must satisfy before its rows may be shown, one small class a model, and any of them together.

Two facts about a model make a search sound. `joins`: a class that passes still passes whatever joins it; going up
the lattice then never adds a suppressed row. `merges`: two classes that pass still pass as one; going up then never
breaks a recoding that suppresses nothing. `most_kept` says how many rows of a class *any* finer recoding could keep:
the search prunes by it, so it may be too high and never too low.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil, comb, inf, log
from typing import Protocol

import numpy as np

from openhaven.disclosure.classes import Bools, Held, ValueCounts, combine, group
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.model.errors import BadInput

SLACK = 1e-9  # what a distance of floats may differ by
HALVINGS = 8  # of the bracket around the most rows that can be kept; its upper end is used
CELLS_AT_ONCE = 4_000_000


class Model(Protocol):
    """A demand on each class by itself."""

    @property
    def joins(self) -> bool:
        """Whether a class that passes still passes whatever joins it."""

    @property
    def merges(self) -> bool:
        """Whether two classes that pass always pass as one."""

    @property
    def mends(self) -> bool:
        """Whether suppressing the classes that fail is a remedy."""

    @property
    def counts_values(self) -> bool:
        """Whether the confidential values must be counted."""

    def passes(self, held: Held) -> Bools:
        """Which classes satisfy it."""

    def most_kept(self, held: Held) -> Ints:
        """At most so many rows of each class can be kept by this recoding or any finer one."""

    def fewest(self, held: Held) -> int:
        """No class with fewer rows passes."""

    def __str__(self) -> str: ...


class _AllOrNothing:
    """A class that fails cannot be mended by splitting it: so none of its rows can be kept below."""

    joins = merges = mends = True
    counts_values = False

    def passes(self, held: Held) -> Bools:
        raise NotImplementedError

    def most_kept(self, held: Held) -> Ints:
        return np.where(self.passes(held), held.rows, 0)

    def fewest(self, held: Held) -> int:
        return 1


@dataclass(frozen=True)
class K(_AllOrNothing):
    """k-anonymity (Sweeney 2002): at least k people, or rows where nobody is named."""

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadInput(f"k must be at least 1, not {self.k}")

    def passes(self, held: Held) -> Bools:
        return np.asarray(held.sizes >= self.k)

    def fewest(self, held: Held) -> int:
        return self.k

    def __str__(self) -> str:
        return f"k = {self.k}"


@dataclass(frozen=True)
class KMap(_AllOrNothing):
    """k-map (Sweeney 2001): each class has at least k rows in the table of the population."""

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadInput(f"k of the population must be at least 1, not {self.k}")

    def passes(self, held: Held) -> Bools:
        return np.asarray(_population(held) >= self.k)

    def __str__(self) -> str:
        return f"{self.k} in the population"


@dataclass(frozen=True)
class DistinctL(_AllOrNothing):
    """Distinct l-diversity (Machanavajjhala et al. 2007, 4.2): at least l different confidential values."""

    l: int  # noqa: E741 (the model's own name)
    counts_values = True

    def __post_init__(self) -> None:
        _check_l(self.l)

    def passes(self, held: Held) -> Bools:
        values = _values(held)
        return np.asarray(np.bincount(values.owner, minlength=len(held.rows)) >= self.l)

    def fewest(self, held: Held) -> int:
        return self.l

    def __str__(self) -> str:
        return f"{self.l} distinct values"


class _Merging:
    """Two classes that pass pass as one, yet a class that fails can spoil one that passes."""

    joins, merges, mends, counts_values = False, True, True, True


@dataclass(frozen=True)
class EntropyL(_Merging):
    """Entropy l-diversity (Machanavajjhala et al. 2007, definition 4.1): entropy of at least log(l)."""

    l: float  # noqa: E741

    def __post_init__(self) -> None:
        _check_l(self.l)

    def passes(self, held: Held) -> Bools:
        values = _values(held)
        share = values.count / held.rows[values.owner]
        return np.asarray(values.per_class(-share * np.log(share), len(held.rows)) >= log(self.l) - SLACK)

    def most_kept(self, held: Held) -> Ints:
        """Entropy is never more than the logarithm of the number of values."""
        distinct = np.bincount(_values(held).owner, minlength=len(held.rows))
        return np.where(distinct >= self.l - SLACK, held.rows, 0)

    def fewest(self, held: Held) -> int:
        return ceil(self.l - SLACK)

    def __str__(self) -> str:
        return f"entropy of {self.l:g} values"


@dataclass(frozen=True)
class RecursiveL(_Merging):
    """Recursive (c, l)-diversity (Machanavajjhala et al. 2007, definition 4.2).

    With counts r1 >= r2 >= ...: r1 < c (r_l + r_(l+1) + ...).
    """

    c: float
    l: int  # noqa: E741

    def __post_init__(self) -> None:
        _check_l(self.l)
        if not 0 < self.c < inf:
            raise BadInput(f"c of recursive diversity must be more than 0, not {self.c}")

    def passes(self, held: Held) -> Bools:
        most, tail = self.most_and_tail(held)
        return np.asarray(most < self.c * tail)

    def most_kept(self, held: Held) -> Ints:
        """The tail of a part is never more than the tail of the whole, so its largest count is held down by it."""
        most, tail = self.most_and_tail(held)
        cap = self.c * tail
        values = _values(held)
        capped = values.per_class(np.minimum(values.count, cap[values.owner]), len(held.rows))
        return np.where(most < cap, held.rows, np.minimum(np.ceil(capped), held.rows)).astype(np.int64)

    def fewest(self, held: Held) -> int:
        return self.l

    def most_and_tail(self, held: Held) -> tuple[Floats, Floats]:
        """Of each class r1, and r_l + r_(l+1) + ..."""
        values, classes = _values(held), len(held.rows)
        order = np.lexsort((-values.count, values.owner))
        owner, count = values.owner[order], values.count[order]
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        first = np.bincount(owner, np.where(rank == 0, count, 0), minlength=classes).astype(np.float64)
        tail = np.bincount(owner, np.where(rank >= self.l - 1, count, 0), minlength=classes)
        return first, tail.astype(np.float64)

    def __str__(self) -> str:
        return f"recursive ({self.c:g}, {self.l})-diversity"


@dataclass(frozen=True)
class EqualT(_Merging):
    """t-closeness (Li, Li & Venkatasubramanian 2007, 4.2), every two values equally far: half the sum of |p - q|."""

    t: float

    def __post_init__(self) -> None:
        _check_t(self.t)

    def passes(self, held: Held) -> Bools:
        return np.asarray(distance_equal(held) <= self.t + SLACK)

    def most_kept(self, held: Held) -> Ints:
        """m rows can be within t only if sum over values of max(0, m q - count) is at most t m: a convex condition."""
        values, rows = _values(held), held.rows
        whole = values.whole / values.whole.sum()
        share = whole[values.value]
        missing = 1 - values.per_class(share, len(rows)) - self.t - SLACK
        low, high = np.zeros(len(rows)), rows.astype(np.float64)
        fits = self.passes(held)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            short = np.maximum(middle[values.owner] * share - values.count, 0)
            kept = values.per_class(short, len(rows)) + middle * missing <= 0
            low, high = np.where(kept, middle, low), np.where(kept, high, middle)
        return np.where(fits, rows, np.floor(high)).astype(np.int64)

    def fewest(self, held: Held) -> int:
        """Values that are not there count in full: enough of the commonest must be."""
        common = np.sort(_values(held).whole)[::-1].cumsum() / _values(held).whole.sum()
        return int(np.searchsorted(common, 1 - self.t - SLACK)) + 1

    def __str__(self) -> str:
        return f"t = {self.t:g} (equal distance)"


class _Close(_Merging):
    """Distances in which a move costs at least `cheapest`: so they are at least that share of the equal distance."""

    t: float

    def passes(self, held: Held) -> Bools:
        return np.asarray(self.distances(held) <= self.t + SLACK)

    def most_kept(self, held: Held) -> Ints:
        return EqualT(min(1.0, self.t / self.cheapest(len(_values(held).whole)))).most_kept(held)

    def fewest(self, held: Held) -> int:
        return EqualT(min(1.0, self.t / self.cheapest(len(_values(held).whole)))).fewest(held)

    def cheapest(self, values: int) -> float:
        """The least that moving everything from one value to another can cost."""
        raise NotImplementedError

    def distances(self, held: Held) -> Floats:
        """From each class's values to the whole table's; 0 for a class without rows."""
        values, rows = _values(held), held.rows
        whole = values.whole / values.whole.sum()
        found = np.zeros(len(rows))
        step = max(1, CELLS_AT_ONCE // len(whole))
        for first in range(0, len(rows), step):
            last = min(first + step, len(rows))
            counts = values.dense(first, last)
            extra = counts / np.maximum(rows[first:last, None], 1) - whole
            found[first:last] = np.where(rows[first:last] > 0, self.moved(extra), 0)
        return found

    def moved(self, extra: Floats) -> Floats:
        raise NotImplementedError


@dataclass(frozen=True)
class OrderedT(_Close):
    """t-closeness with ordered distance (Li et al. 2007, 4.1): 1/(m - 1) of the sum of |sums of p - q so far|.

    `rank[v]` is the place of value v in the order.
    """

    t: float
    rank: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_t(self.t)

    def moved(self, extra: Floats) -> Floats:
        ordered = extra[:, np.argsort(self.rank)]
        so_far: Floats = np.abs(np.cumsum(ordered, axis=1)).sum(axis=1)
        return np.asarray(so_far / max(1, extra.shape[1] - 1))

    def cheapest(self, values: int) -> float:
        return 1 / max(1, values - 1)

    def __str__(self) -> str:
        return f"t = {self.t:g} (ordered distance)"


@dataclass(frozen=True)
class HierarchicalT(_Close):
    """t-closeness with hierarchical distance (Li et al. 2007, 4.3): what moves between children of a node costs its
    height over the tree's; a leaf has height 0. The hierarchy's leaves are the values, in the order of their codes."""

    t: float
    hierarchy: Hierarchy

    def __post_init__(self) -> None:
        _check_t(self.t)

    def moved(self, extra: Floats) -> Floats:
        cost, height = np.zeros(len(extra)), self.hierarchy.top
        below = extra
        for level in range(1, height + 1):
            parent = self._parents(level)[: below.shape[1]]
            more, less = _added(np.maximum(below, 0), parent), _added(np.maximum(-below, 0), parent)
            cost += level / height * np.minimum(more, less).sum(axis=1)
            below = more - less
        return cost

    def cheapest(self, values: int) -> float:
        return 1 / max(1, self.hierarchy.top)

    def _parents(self, level: int) -> Ints:
        """The group at this level of each group one level below (of each leaf, at level 1)."""
        above = self.hierarchy.groupings[level].codes
        below = self.hierarchy.groupings[level - 1].codes
        parent = np.zeros(int(below.max()) + 1, dtype=np.int64)
        parent[below] = above
        return parent

    def __str__(self) -> str:
        return f"t = {self.t:g} (hierarchical distance)"


@dataclass(frozen=True)
class DeltaPresence:
    """delta-presence (Nergiz, Atzori & Clifton 2007): of the population's rows in a class, a share within bounds is in
    the table. With a lower bound above 0 suppression is no remedy: whose class is gone is known to be rare here."""

    low: float
    high: float
    joins, merges, counts_values = False, True, False

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 1:
            raise BadInput(f"the shares of presence must be 0 <= low <= high <= 1, not {self.low} and {self.high}")

    @property
    def mends(self) -> bool:
        return self.low <= 0

    def passes(self, held: Held) -> Bools:
        share = held.rows / np.maximum(_population(held), 1)
        return np.asarray((share >= self.low - SLACK) & (share <= self.high + SLACK))

    def most_kept(self, held: Held) -> Ints:
        most = np.floor(self.high * _population(held) + SLACK).astype(np.int64)
        return np.asarray(np.minimum(held.rows, most))

    def fewest(self, held: Held) -> int:
        return 1

    def __str__(self) -> str:
        return f"presence between {self.low:g} and {self.high:g}"


@dataclass(frozen=True)
class Subsets:
    """k over every combination of m keys (Terrovitis et al. 2008): each value that m columns show together is shown
    by at least k. Weaker than k over all keys. It looks at all classes together, so it is no `Model`."""

    k: int
    m: int

    def __post_init__(self) -> None:
        if self.k < 1 or self.m < 1:
            raise BadInput(f"k and m must be at least 1, not {self.k} and {self.m}")

    def sets(self, columns: int) -> int:
        """How many sets of that many columns it looks at."""
        return comb(columns, min(self.m, columns))

    def kept(self, held: Held, columns: Sequence[Ints], kept: Bools) -> Bools:
        """Which of the classes kept so far can stay: the most there are, since what two sets need they give together.

        `columns` gives each class's code in each column. Going up, never fewer stay.
        """
        shown = [np.unique(column, return_inverse=True)[1] for column in columns]
        sizes = [int(column.max()) + 1 for column in shown]
        sets = list(combinations(range(len(columns)), min(self.m, len(columns))))
        while True:
            before = int(kept.sum())
            for chosen in sets:
                kept = self._enough(held, combine([shown[at] for at in chosen], [sizes[at] for at in chosen]), kept)
            if int(kept.sum()) == before:
                return kept

    def _enough(self, held: Held, keys: Ints, kept: Bools) -> Bools:
        at = np.flatnonzero(kept)
        if not len(at):
            return kept
        people = None if held.people is None else held.people[at]
        found = group(keys[at])
        enough = Held(held.rows[at], people).merged(found).sizes >= self.k
        still = kept.copy()
        still[at] = enough[found.of_each]
        return still

    def __str__(self) -> str:
        return f"k = {self.k} over any {self.m} of the keys"


@dataclass(frozen=True)
class EverySubset:
    """Several demands over combinations of keys, together."""

    each: tuple[Subsets, ...]

    def sets(self, columns: int) -> int:
        """As `Subsets.sets`, of all of them."""
        return sum(subsets.sets(columns) for subsets in self.each)

    def kept(self, held: Held, columns: Sequence[Ints], kept: Bools) -> Bools:
        """As `Subsets.kept`: the most classes that satisfy all of them."""
        while True:
            before = int(kept.sum())
            for subsets in self.each:
                kept = subsets.kept(held, columns, kept)
            if int(kept.sum()) == before:
                return kept

    def __str__(self) -> str:
        return ", ".join(map(str, self.each))


@dataclass(frozen=True, eq=False)
class OfPart:
    """A model of one of several confidential fields. Values stand for combinations of them: `part` gives the field's
    own value in each combination."""

    model: Model
    part: Ints

    @property
    def joins(self) -> bool:
        return self.model.joins

    @property
    def merges(self) -> bool:
        return self.model.merges

    @property
    def mends(self) -> bool:
        return self.model.mends

    @property
    def counts_values(self) -> bool:
        return self.model.counts_values

    def passes(self, held: Held) -> Bools:
        return self.model.passes(self.seen(held))

    def most_kept(self, held: Held) -> Ints:
        return self.model.most_kept(self.seen(held))

    def fewest(self, held: Held) -> int:
        return self.model.fewest(self.seen(held))

    def seen(self, held: Held) -> Held:
        """What is counted of that field alone."""
        values, size = _values(held), int(self.part.max()) + 1
        of = ValueCounts.of(values.owner, self.part[values.value], count=values.count, values=size)
        whole = np.bincount(self.part, values.whole, minlength=size).astype(np.int64)
        return replace(held, confidential=replace(of, whole=whole))

    def __str__(self) -> str:
        return str(self.model)


def worst(model: Model, held: Held) -> float:
    """What the model bounds, at the class that is worst: fewest values, least exp(entropy), the greatest of
    r1 / (r_l + r_(l+1) + ...), or the greatest distance. `inf` where no l values are there."""
    if isinstance(model, OfPart):
        return worst(model.model, model.seen(held))
    values, classes = _values(held), len(held.rows)
    if isinstance(model, DistinctL):
        return float(np.bincount(values.owner, minlength=classes).min())
    if isinstance(model, EntropyL):
        share = values.count / held.rows[values.owner]
        return float(np.exp(values.per_class(-share * np.log(share), classes).min()))
    if isinstance(model, RecursiveL):
        most, tail = model.most_and_tail(held)
        return float((most / tail).max()) if (tail > 0).all() else inf
    if isinstance(model, EqualT):
        return float(distance_equal(held).max())
    if isinstance(model, _Close):
        return float(model.distances(held).max())
    raise BadInput(f"{model} bounds no spread of values")


def distance_equal(held: Held) -> Floats:
    """Half the sum of |p - q| of each class; 0 for a class without rows."""
    values = _values(held)
    share = values.count / held.rows[values.owner]
    more = np.maximum(share - values.whole[values.value] / values.whole.sum(), 0)
    return values.per_class(more, len(held.rows))


def _added(table: Floats, parent: Ints) -> Floats:
    """Columns of one parent added up; columns without a parent in use stay 0."""
    found = group(parent)
    total = np.zeros((len(table), int(parent.max()) + 1))
    total[:, parent[found.members]] = np.add.reduceat(table[:, found.order], found.starts, axis=1)
    return total


def _values(held: Held) -> ValueCounts:
    if held.confidential is None:
        raise BadInput("the confidential values were not counted")
    return held.confidential


def _population(held: Held) -> Ints:
    if held.population is None:
        raise BadInput("the population was not counted")
    return held.population


def _check_l(l: float) -> None:  # noqa: E741
    if not 1 <= l < inf:
        raise BadInput(f"l must be at least 1, not {l}")


def _check_t(t: float) -> None:
    if not 0 <= t <= 1:
        raise BadInput(f"t must lie between 0 and 1, not {t}")


@dataclass(frozen=True)
class Demands:
    """Everything that is asked for, together."""

    models: tuple[Model, ...]
    subsets: Subsets | EverySubset | None = None

    @property
    def merges(self) -> bool:
        """Whether going up never breaks a recoding that suppresses nothing."""
        return all(model.merges for model in self.models)

    @property
    def joins(self) -> bool:
        """Whether going up never adds a suppressed row."""
        return all(model.joins for model in self.models)

    @property
    def mends(self) -> bool:
        """Whether suppressing the classes that fail is a remedy."""
        return all(model.mends for model in self.models)

    def passes(self, held: Held, columns: Sequence[Ints]) -> Bools:
        """Which classes may be shown."""
        kept = np.ones(len(held.rows), dtype=np.bool_)
        for model in self.models:
            kept &= model.passes(held)
        return kept if self.subsets is None else self.subsets.kept(held, columns, kept)

    def most_kept(self, held: Held, columns: Sequence[Ints]) -> Ints:
        """At most so many rows of each class can be shown by this recoding or any finer one."""
        most = held.rows
        for model in self.models:
            most = np.minimum(most, model.most_kept(held))
        if self.subsets is None:
            return most
        return np.where(self.subsets.kept(held, columns, most > 0), most, 0)

    def fewest(self, held: Held) -> int:
        """No class with fewer rows may be shown."""
        return max([1, *(model.fewest(held) for model in self.models)])

    def only_rows(self, held: Held) -> bool:
        """Whether a class of the fewest rows always passes: k alone, of rows."""
        return held.people is None and self.subsets is None and all(isinstance(model, K) for model in self.models)

    def __str__(self) -> str:
        return ", ".join(map(str, [*self.models, *([self.subsets] if self.subsets else [])]))
