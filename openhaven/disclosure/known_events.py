"""k over any known events, when rows are recoded: which rows have to go at given levels, and which levels to take.

Rows are held as numbers (person, line), put in order by person once; sets of them are counted block by block (events).
Going up a level never makes more rows go, so of each chain of levels only a few are looked at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush
from itertools import product
from math import floor, inf, prod

import numpy as np

from openhaven.disclosure.classes import Bools, Classes, Held, Masks, ValueCounts, different, roll_up
from openhaven.disclosure.events import NOBODY, kept_under
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.histories import arranged, by_person, small
from openhaven.disclosure.levels import loss_of_keeping, staying
from openhaven.disclosure.models import Demands, EverySubset
from openhaven.disclosure.recoding import Alternative

MOST_LOOKS, FEWEST_LOOKS = 40, 10  # recodings whose rows are looked at one by one: the fewer, the more rows there are
ROWS_LOOKED_AT = 200_000_000  # rows times looks
MOST_NODES, MOST_AHEAD = 200_000, 20_000  # of a lattice that is put in order, and looked ahead in a larger one
FEWEST_WORDS = 4
NEAR = 1e-9

Levels = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Every row: whose it is (NOBODY where that is not known), and its line among the combinations counted.

    `value` is each line's confidential value, of so many `values`; None where none is asked about. `whole` counts each
    value in the whole that classes are compared with, where that is not what stays: rows whose characteristics are
    hidden still show it."""

    person: Ints
    line: Ints
    value: Ints | None = None
    values: int = 0
    whole: Ints | None = None

    def in_order(self, order: Ints) -> "Known":
        """The same rows in another order, people numbered as they then come."""
        person = self.person[order]
        named = person != NOBODY
        number = np.cumsum(np.append(False, person[1:] != person[:-1])) - int(not named[0]) if len(person) else person
        return replace(self, person=small(np.where(named, number, NOBODY)), line=small(self.line[order]))


@dataclass(frozen=True, slots=True)
class Climbed:
    """The levels taken, the rows that stay there (None where too many have to go), what was given up, and the
    recodings met."""

    levels: Levels
    kept: Bools | None
    says: tuple[str, ...] = ()
    met: tuple[Alternative, ...] = ()


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is asked of every row of `classes`: that those who stay satisfy `demands`, and `need` for each number of
    known events, while no more than `most` go."""

    known: Known
    classes: Classes
    hierarchies: Sequence[Hierarchy]
    demands: Demands
    need: Mapping[int, int]
    most: int

    def kept(self, levels: Levels, most: int | None = None) -> Bools | None:
        """Which rows stay at these levels; None where more than `most` have to go."""
        merged, class_of = roll_up(self.classes, self.hierarchies, levels)
        most = self.most if most is None else most
        known, order = self._by_person
        found = kept_rows(known, merged, class_of, self.demands, need=self.need, most=most)
        if found is None:
            return None
        kept = np.empty(len(order), dtype=np.bool_)
        kept[order] = found
        return kept

    @cached_property
    def _by_person(self) -> tuple[Known, Ints]:
        """The rows by person, put in order once for every look, and the place of each before."""
        order = by_person(self.known.person)
        return self.known.in_order(order), order

    def met(self, levels: Levels, kept: Bools) -> Alternative:
        """What it comes to where these rows stay."""
        stays = np.bincount(self.known.line, kept, minlength=len(self.classes)).astype(np.int64)
        loss = loss_of_keeping(self.classes, self.hierarchies, levels, stays)
        return Alternative(levels, loss, int((~kept).sum()))


def kept_rows(
    known: Known, merged: Classes, class_of: Ints, demands: Demands, *, need: Mapping[int, int], most: int
) -> Bools | None:
    """Which rows stay where `merged` are the classes and `class_of` that of each line; None where more than `most`
    have to go. Classes that fail go whole, rows go for known events, until neither makes any go."""
    ranked = np.argsort(merged.rows, kind="stable")  # rarest first: what few have is looked at first
    place = np.empty(len(merged), dtype=np.int64)
    place[ranked] = np.arange(len(merged))
    of_class = small(place)[class_of][known.line]
    order = arranged(known.person, of_class)
    of_class, columns = of_class[order], list(merged.codes[ranked].T)
    rows = _Rows(known, order, of_class, known.person[order], merged.people is not None)
    keep = _kept(rows, columns, demands, need=need, most=most)
    if keep is None:
        return None
    found = np.empty(len(keep), dtype=np.bool_)
    found[order] = keep
    return found


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows by person, then class: `order` is the place of each among those `known`; `people`: whether k counts them."""

    known: Known
    order: Ints
    of_class: Ints
    person: Ints
    people: bool


def _kept(
    rows: _Rows, columns: Sequence[Ints], demands: Demands, *, need: Mapping[int, int], most: int
) -> Bools | None:
    keep, looked = np.ones(len(rows.order), dtype=np.bool_), False
    while True:
        held = _held(rows, keep, len(columns[0]), demands)
        fits = staying(held, columns, demands) if rows.known.whole is None else demands.passes(held, columns)
        fails = keep & ~fits[rows.of_class]
        if looked and not fails.any():  # what stayed for known events stays for all else
            return keep
        keep &= ~fails
        gone = int((~keep).sum())
        if gone > most:
            return None
        if gone == len(keep):
            return keep
        still = kept_under(rows.person[keep], rows.of_class[keep], need, most_given_up=most - gone)
        if still is None:
            return None
        keep[np.flatnonzero(keep)[~still]] = False
        looked = True


def _held(rows: _Rows, keep: Bools, classes: int, demands: Demands) -> Held:
    """What the classes hold of the rows that are kept, people counted one by one. A class without rows is empty."""
    known, of_class, counted = rows.known, rows.of_class[keep], None
    total = np.bincount(of_class, minlength=classes)
    if known.value is not None:
        value = known.value[known.line[rows.order[keep]]]
        counted = ValueCounts.of(of_class.astype(np.int64), value, values=known.values)
        counted = counted if known.whole is None else replace(counted, whole=known.whole)
    if not rows.people:
        return Held(total, None, counted)
    person = rows.person[keep]
    once = np.append(True, (of_class[1:] != of_class[:-1]) | (person[1:] != person[:-1]))[: len(person)]
    once &= person != NOBODY
    exact = np.bincount(of_class[once], minlength=classes)
    words = _words(demands)
    masks = _masks(of_class[once].astype(np.int64), person[once], classes, words) if words else None
    return Held(total, masks, counted, exact=np.where(total > 0, np.maximum(exact, 1), 0))


def _words(demands: Demands) -> int:
    """Of 64 bits, for people of several classes together; none where each class is counted by itself."""
    over = demands.subsets
    each = over.each if isinstance(over, EverySubset) else () if over is None else (over,)
    return max((max(FEWEST_WORDS, subsets.k // 8) for subsets in each), default=0)


def _masks(of_class: Ints, person: Ints, classes: int, words: int) -> Masks:
    """One bit for each person of a class, people spread over the bits: a sure lower bound, as everywhere."""
    bits = 64 * words
    pairs = different(of_class * bits + person % bits)
    masks = np.zeros((classes, words), dtype=np.uint64)
    bit = np.uint64(1) << (pairs % 64).astype(np.uint64)
    np.bitwise_or.at(masks, (pairs // bits, pairs % bits // 64), bit)
    return masks


def lowest(wanted: Wanted) -> Climbed:
    """The levels that lose least, rows that go counted as lost, of those at which few enough go."""
    levels = [each.distinct_levels() for each in wanted.hierarchies]
    top = tuple(each[-1] for each in levels)
    search = _Search(wanted, levels)
    if not search.look(top):
        return Climbed(top, None)
    for node in search.nodes():
        if search.tired or search.loss(node) >= search.least:
            break
        search.halve(node, top)
        search.settle(node)
    assert search.best is not None
    says = (f"only {search.most_looks} recodings were looked at row by row, so another may do",) if search.tired else ()
    if search.large:
        says = (*says, "levels between the first and the last were only tried on the way up")
    return Climbed(search.best, search.kept, says, tuple(search.met))


class _Search:
    """Going up never makes more rows go: so at least as many go at each recoding as at any looked at above it."""

    def __init__(self, wanted: Wanted, levels: Sequence[Levels]) -> None:
        self.wanted, self.levels = wanted, levels
        self.rows = wanted.classes.total
        self.most_looks = min(MOST_LOOKS, max(FEWEST_LOOKS, ROWS_LOOKED_AT // self.rows))
        self.lost = [_lost(wanted.classes, each, at) for at, each in enumerate(wanted.hierarchies)]
        self.gone: dict[Levels, int] = {}  # of each looked at, the fewest rows that go
        self.met: list[Alternative] = []
        self.best: Levels | None = None
        self.kept: Bools | None = None
        self.least = inf
        self.large = prod(map(len, levels)) > MOST_NODES

    def nodes(self) -> Iterator[Levels]:
        """Every choice of levels, those that lose least first; of a large lattice the first so many in which each
        column is whole or gone, none made before it is its turn."""
        if not self.large:
            yield from sorted(product(*self.levels), key=lambda each: (self.loss(each), each))
            return
        ends = [(each[0], each[-1]) for each in self.levels]
        more = [lost[high][0] - lost[low][0] for lost, (low, high) in zip(self.lost, ends, strict=True)]
        heap = [(0.0, tuple(low for low, _ in ends), 0)]
        for _ in range(MOST_AHEAD):
            if not heap:
                return
            loss, node, first = heappop(heap)
            yield node
            for axis in range(first, len(node)):  # columns go one after the other, so that no choice is met twice
                if ends[axis][0] != ends[axis][1]:
                    above = (*node[:axis], ends[axis][1], *node[axis + 1 :])
                    heappush(heap, (loss + more[axis], above, axis + 1))

    @property
    def tired(self) -> bool:
        return len(self.gone) >= self.most_looks

    def loss(self, node: Levels) -> float:
        """What is lost where every row stays."""
        return sum(lost[level][0] for lost, level in zip(self.lost, node, strict=True)) / len(node)

    def room(self, node: Levels) -> int:
        """How many rows may go, and it be allowed and lose less than the best: a row that goes loses all, where it
        would lose so much at the most."""
        left = 1 - sum(lost[level][1] for lost, level in zip(self.lost, node, strict=True)) / len(node)
        spare = (self.least - self.loss(node)) * self.rows
        return self.wanted.most if spare >= left * self.wanted.most else floor(spare / left - NEAR)

    def hopeless(self, node: Levels) -> bool:
        """Whether more rows go there than may."""
        return max((gone for each, gone in self.gone.items() if _below(node, each)), default=0) > self.room(node)

    def look(self, node: Levels) -> bool:
        """Look at it row by row: whether it is the best so far."""
        room = self.room(node)
        kept = self.wanted.kept(node, room) if room >= 0 else None
        self.gone[node] = max(room, -1) + 1 if kept is None else int((~kept).sum())
        if kept is None:
            return False
        self.met.append(self.wanted.met(node, kept))
        if self.met[-1].loss < self.least:
            self.best, self.kept, self.least = node, kept, self.met[-1].loss
        return True

    def halve(self, node: Levels, top: Levels) -> None:
        """The lowest that does on the chain from this node to the top, each time up where it costs least."""
        chain = [node]
        while chain[-1] != top:
            chain.append(min(self._above(chain[-1]), key=lambda each: (self.loss(each), each)))
        low, high = 0, len(chain) - 1
        while low < high and not self.tired:
            middle = (low + high) // 2
            if self._does(chain[middle]):
                high = middle
            else:
                low = middle + 1

    def settle(self, node: Levels) -> None:
        """Look at this node too, unless that was done, or cannot help: a chain passes over what loses less than the
        best though more rows go there than at the best."""
        if node not in self.gone and not self.tired and not self.hopeless(node):
            self.look(node)

    def _does(self, node: Levels) -> bool:
        """Whether few enough rows go there; what loses too much to be the best is too high up."""
        if node in self.gone:
            return self.gone[node] <= self.wanted.most
        if self.loss(node) >= self.least:
            return True
        return not self.hopeless(node) and self.look(node)

    def _above(self, node: Levels) -> Iterator[Levels]:
        for axis, (level, levels) in enumerate(zip(node, self.levels, strict=True)):
            at = levels.index(level)
            if at + 1 < len(levels):
                yield (*node[:axis], levels[at + 1], *node[axis + 1 :])


def _lost(classes: Classes, hierarchy: Hierarchy, axis: int) -> list[tuple[float, float]]:
    """What the column loses at each level: the mean over all rows, and the most of any."""
    found = []
    for grouping in hierarchy.groupings:
        cells = grouping.loss[grouping.codes[classes.codes[:, axis]]]
        found.append((float(cells @ classes.rows) / classes.total, float(cells.max())))
    return found


def _below(low: Levels, high: Levels) -> bool:
    return all(a <= b for a, b in zip(low, high, strict=True))
