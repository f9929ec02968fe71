"""k over any known events, when rows are recoded: which rows have to go at given levels, and which levels to take.

Rows are held as numbers (person, line), some 40 bytes a row; counting sets of them is done block by block (events.py).
Going up a level never makes more rows go, so of each chain of levels only a few are looked at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from openhaven.disclosure.classes import Bools, Classes, Held, Masks, ValueCounts
from openhaven.disclosure.events import NOBODY, kept_under
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.levels import staying
from openhaven.disclosure.models import Demands, EverySubset

MOST_LOOKS = 40  # recodings whose rows are looked at one by one
MOST_NODES = 200_000
FEWEST_WORDS = 4

Levels = tuple[int, ...]
Looked = Callable[[Levels], Bools | None]


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


@dataclass(frozen=True, slots=True)
class Climbed:
    """The levels taken, the rows that stay there (None where too many have to go), and what was given up."""

    levels: Levels
    kept: Bools | None
    says: tuple[str, ...]


def kept_rows(
    known: Known, merged: Classes, class_of: Ints, demands: Demands, *, need: Mapping[int, int], most: int
) -> Bools | None:
    """Which rows stay where `merged` are the classes and `class_of` that of each line; None where more than `most`
    have to go. Classes that fail go whole, rows go for known events, until neither makes any go."""
    of_class = class_of[known.line]
    keep = np.ones(len(of_class), dtype=np.bool_)
    while True:
        held, columns = _held(known, keep, of_class, merged, demands), list(merged.codes.T)
        fits = staying(held, columns, demands) if known.whole is None else demands.passes(held, columns)
        keep &= fits[of_class]
        if int((~keep).sum()) > most:
            return None
        at = np.flatnonzero(keep)
        if not len(at):
            return keep
        still = kept_under(known.person[at], of_class[at], need, most_given_up=most - (len(keep) - len(at)))
        if still is None:
            return None
        if still.all():
            return keep
        keep[at[~still]] = False


def _held(known: Known, keep: Bools, of_class: Ints, merged: Classes, demands: Demands) -> Held:
    """What the classes hold of the rows that are kept, people counted one by one. A class without rows is empty."""
    at = np.flatnonzero(keep)
    rows = np.bincount(of_class[at], minlength=len(merged))
    counted = None
    if known.value is not None:
        counted = ValueCounts.of(of_class[at], known.value[known.line[at]], values=known.values)
        counted = counted if known.whole is None else replace(counted, whole=known.whole)
    if merged.people is None:
        return Held(rows, None, counted)
    named = at[known.person[at] != NOBODY]
    people = int(known.person.max(initial=0)) + 1
    pairs = np.unique(of_class[named] * people + known.person[named])
    exact = np.bincount(pairs // people, minlength=len(merged))
    words = _words(demands)
    masks = _masks(of_class[named], known.person[named], len(merged), words) if words else None
    return Held(rows, masks, counted, exact=np.where(rows > 0, np.maximum(exact, 1), 0))


def _words(demands: Demands) -> int:
    """Of 64 bits, for people of several classes together; none where each class is counted by itself."""
    over = demands.subsets
    each = over.each if isinstance(over, EverySubset) else () if over is None else (over,)
    return max((max(FEWEST_WORDS, subsets.k // 8) for subsets in each), default=0)


def _masks(of_class: Ints, person: Ints, classes: int, words: int) -> Masks:
    """One bit for each person of a class, people spread over the bits: a sure lower bound, as everywhere."""
    bits = 64 * words
    pairs = np.unique(of_class * bits + person % bits)
    masks = np.zeros((classes, words), dtype=np.uint64)
    bit = np.uint64(1) << (pairs % 64).astype(np.uint64)
    np.bitwise_or.at(masks, (pairs // bits, pairs % bits // 64), bit)
    return masks


def lowest(levels: Sequence[Levels], look: Looked, loss: Callable[[Levels], float]) -> Climbed:
    """The levels that lose least of those at which few enough rows go. `levels` are those worth trying, by column."""
    nodes = _nodes(levels)
    top = tuple(each[-1] for each in levels)
    search = _Search(levels, look, loss)
    if not search.fits(top):
        return Climbed(top, None, ())
    for node in sorted(nodes, key=lambda each: (loss(each), each)):
        if loss(node) >= search.least:
            break
        if search.known(node) is None:
            search.halve(node, top)
    assert search.best is not None
    says = (f"only {MOST_LOOKS} recodings were looked at row by row, so a finer one may do",) if search.tired else ()
    return Climbed(search.best, search.kept, says)


def _nodes(levels: Sequence[Levels]) -> Iterator[Levels]:
    count = 1
    for each in levels:
        count *= len(each)
    if count <= MOST_NODES:
        return product(*levels)
    return product(*((each[0], each[-1]) for each in levels))  # each column whole or gone


class _Search:
    """Going up never makes more rows go: what fits fits above it, what does not fit does not below it."""

    def __init__(self, levels: Sequence[Levels], look: Looked, loss: Callable[[Levels], float]) -> None:
        self.levels, self.look, self.loss = levels, look, loss
        self.fit: list[Levels] = []
        self.unfit: list[Levels] = []
        self.best: Levels | None = None
        self.kept: Bools | None = None
        self.least = float("inf")

    @property
    def tired(self) -> bool:
        return len(self.fit) + len(self.unfit) >= MOST_LOOKS

    def known(self, node: Levels) -> bool | None:
        """Whether it fits, where that follows from what was looked at; a search that is tired looks no further."""
        if any(_below(node, each) for each in self.unfit):
            return False
        if any(_below(each, node) for each in self.fit):
            return True
        return False if self.tired else None

    def fits(self, node: Levels) -> bool:
        """Look at it row by row."""
        kept = self.look(node)
        (self.unfit if kept is None else self.fit).append(node)
        if kept is not None and self.loss(node) < self.least:
            self.best, self.kept, self.least = node, kept, self.loss(node)
        return kept is not None

    def halve(self, node: Levels, top: Levels) -> None:
        """The lowest that fits on the chain from this node to the top, each time up where it costs least."""
        chain = [node]
        while chain[-1] != top:
            chain.append(min(self._above(chain[-1]), key=lambda each: (self.loss(each), each)))
        low, high = 0, len(chain) - 1
        while low < high:
            middle = (low + high) // 2
            known = self.known(chain[middle])
            if self.fits(chain[middle]) if known is None else known:
                high = middle
            else:
                low = middle + 1

    def _above(self, node: Levels) -> Iterator[Levels]:
        for axis, (level, levels) in enumerate(zip(node, self.levels, strict=True)):
            at = levels.index(level)
            if at + 1 < len(levels):
                yield (*node[:axis], levels[at + 1], *node[axis + 1 :])


def _below(low: Levels, high: Levels) -> bool:
    return all(a <= b for a, b in zip(low, high, strict=True))
