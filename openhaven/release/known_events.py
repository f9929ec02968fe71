"""k over any known events of a person, on the road: which rows have to go at a recoding, and which recoding to take.

Rows are held in memory here as numbers (person, class, place), some 40 bytes a row; counting sets of them is done block
by block (disclosure/events.py). Going up a level never makes more rows go, so of each chain of levels only a few
are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import Bools, Classes, Held, Masks, ValueCounts
from openhaven.disclosure.events import NOBODY, kept_under
from openhaven.disclosure.models import Demands
from openhaven.engines import Engine

from .counting import Ints, Quasi, keyed
from .demanded import Values
from .plan import DELIVERY, PERSON, ROW

MOST_LOOKS = 40  # recodings whose rows are looked at one by one
MOST_NODES = 200_000
BITS = 256

Levels = tuple[int, ...]
Looked = Callable[[Levels], Bools | None]
Passing = Callable[[Held, list[Ints], Demands], Bools]


@dataclass(frozen=True, slots=True)
class Known:
    """Every row: whose it is, its line among the combinations counted, and which delivery's row it is."""

    person: Ints
    of_class: Ints
    delivery: Ints
    row: Ints


@dataclass(frozen=True, slots=True)
class Climbed:
    """The levels taken, the rows that stay there (None where too many have to go), and what was given up."""

    levels: Levels
    kept: Bools | None
    says: tuple[str, ...]


def known_rows(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, counted: pa.Table) -> Known:
    """The rows at the precision agreed, each with its line in the table of counted combinations."""
    lines = counted.select(quasi.keys).append_column("_class", pa.array(np.arange(len(counted)), pa.int64()))
    found = keyed(rows, quasi).select(*quasi.keys, PERSON, DELIVERY, ROW)
    placed = found.join(engine.table(lines), on=quasi.keys, how="inner").select(PERSON, "_class", DELIVERY, ROW)
    table = engine.collect(placed)
    people = table[PERSON].combine_chunks()
    codes = people.dictionary_encode()
    codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    person = codes.indices.fill_null(NOBODY).to_numpy(zero_copy_only=False).astype(np.int64)
    return Known(person, *(table[name].to_numpy().astype(np.int64) for name in ("_class", DELIVERY, ROW)))


def kept_rows(
    known: Known,
    merged: Classes,
    class_of: Ints,
    demands: Demands,
    passing: Passing,
    *,
    need: Mapping[int, int],
    most: int,
    values: Values | None,
) -> Bools | None:
    """Which rows stay where `merged` are the classes and `class_of` that of each counted line; None where more than
    `most` have to go. Classes that fail go whole, rows go for known events, until neither makes any go."""
    of_class = class_of[known.of_class]
    keep = np.ones(len(of_class), dtype=np.bool_)
    while True:
        held = _held(known, keep, of_class, merged, values)
        fits = passing(held, list(merged.codes.T), demands)
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


def _held(known: Known, keep: Bools, of_class: Ints, merged: Classes, values: Values | None) -> Held:
    """What the classes hold of the rows that are kept, people counted one by one. A class without rows is empty."""
    at = np.flatnonzero(keep)
    rows = np.bincount(of_class[at], minlength=len(merged))
    counted = None if values is None else _counted(known.of_class[at], of_class[at], values)
    if merged.people is None:
        return Held(rows, None, counted)
    named = at[known.person[at] != NOBODY]
    people = int(known.person.max()) + 1
    pairs = np.unique(of_class[named] * people + known.person[named])
    exact = np.bincount(pairs // people, minlength=len(merged))
    masks = _masks(of_class[named], known.person[named], len(merged))
    return Held(rows, masks, counted, exact=np.where(rows > 0, np.maximum(exact, 1), 0))


def _masks(of_class: Ints, person: Ints, classes: int) -> Masks:
    """One bit for each person of a class, people spread over 256 bits: a sure lower bound, as everywhere."""
    pairs = np.unique(of_class * BITS + person % BITS)
    masks = np.zeros((classes, BITS // 64), dtype=np.uint64)
    bits = np.uint64(1) << (pairs % 64).astype(np.uint64)
    np.bitwise_or.at(masks, (pairs // BITS, pairs % BITS // 64), bits)
    return masks


def _counted(lines: Ints, owner: Ints, values: Values) -> ValueCounts:
    found = replace(values, codes=values.codes[lines])
    counts = found.counts(owner, np.ones(len(lines), dtype=np.int64))
    whole = np.zeros(int(values.codes.max(initial=0)) + 1, dtype=np.int64)
    whole[: len(counts.whole)] = counts.whole
    return replace(counts, whole=whole)


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
