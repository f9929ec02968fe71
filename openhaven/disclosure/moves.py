"""Local recoding, third part: moves between classes that lose less are made while there are any.

A move takes one combination to another class, parts a whole class among others, or takes one out of a class that would
then be too small and another in. All moves of a round touch different classes; after the round every class touched is
held to what is asked, and a move that broke one is undone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from openhaven.disclosure.classes import Bools, different, group
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.mend import AT_ONCE, MOST_PAIRS, NEVER, Mender, Parted, Singles

MOST_CELLS = 40_000_000  # of the table of what classes share
MOST_SWAPS = 8_000_000  # who would leave x who could come in, compared in a round
LEAST_GAIN = 1e-6  # in rows
PASSES = 4  # over the moves of a round
ENOUGH = 1e-3  # a round that gains less, as a share of the loss, is the last


@dataclass(frozen=True)
class Move:
    """Combinations, and the class that each goes to; `gain` in rows wholly lost. It `touches` these classes."""

    gain: float
    members: Ints
    to: Ints
    touches: frozenset[int]


@dataclass(frozen=True)
class Leaving:
    """What each combination leaves behind where it goes: `gain` in rows, its own loss with it; of the others their mean
    `loss`, their `levels`, and one of them."""

    gain: Floats
    loss: Floats
    levels: Ints
    other: Ints


def improve(mender: Mender, class_of: Ints, *, rounds: int) -> Ints:
    """Rounds of moves, until one gains next to nothing."""
    made = mender.parted(class_of)
    if mender.features * len(made.rows) > MOST_CELLS:
        return made.class_of
    for _ in range(rounds):
        better = _Round(mender, made).made()
        gained = mender.total_loss(made) - mender.total_loss(better)
        made = better if gained > 0 else made
        if gained < ENOUGH * mender.total_loss(made):
            break
    return made.class_of


class _Round:
    """The moves from one partition. `target` is the class that each candidate joins at least `cost`, in rows."""

    def __init__(self, mender: Mender, made: Parted) -> None:
        self.mender, self.start, self.rows = mender, made, mender.classes.rows
        self.fewest = mender.demands.fewest(mender.classes.held)
        self.leaving = _leaving(mender, made)
        self.candidates = self._worst()
        self.target, self.cost = mender.best_targets(made, self.candidates, np.arange(len(made.rows)))
        self.single = self.leaving.gain[self.candidates] - self.cost

    def made(self) -> Parted:
        """The moves that touch no class twice, best first; those that break a class are left out, and the rest chosen
        anew."""
        moves = sorted(self._moves(), key=lambda each: -each.gain)
        for _ in range(PASSES):
            done = self._apart(moves)
            refused = self._refused(done)
            if not refused:
                break
            moves = [each for each in moves if id(each) not in refused]
        return self.mender.parted(self._moved([each for each in done if id(each) not in refused]))

    def _apart(self, moves: Sequence[Move]) -> list[Move]:
        """The first, and each further one that touches none of the classes touched so far."""
        touched, done = set[int](), []
        for move in moves:
            if touched.isdisjoint(move.touches):
                touched.update(move.touches)
                done.append(move)
        return done

    def _moved(self, done: Sequence[Move]) -> Ints:
        moved = self.start.class_of.copy()
        for move in done:
            moved[move.members] = move.to
        return moved

    def _refused(self, done: Sequence[Move]) -> set[int]:
        """Those of these moves that leave a class which may not be shown."""
        by = np.full(len(self.start.rows), -1)
        for number, move in enumerate(done):
            by[list(move.touches)] = number
        moved = self._moved(done)
        fails = ~self.mender.passing(self.mender.parted(moved))[group(moved).of_each]
        blamed = different(by[moved[fails]])  # -1: the class failed before, and nothing here touched it
        return {id(done[number]) for number in blamed[blamed >= 0].tolist()}

    def _moves(self) -> Iterator[Move]:
        left = (self.start.rows[self.start.class_of] - self.rows)[self.candidates]
        for at in np.flatnonzero((self.single > LEAST_GAIN) & (left >= self.fewest)):
            yield self._move(self.single[at], self.candidates[[at]], self.target[[at]])
        yield from self._partings()
        yield from self._swaps()

    def _move(self, gain: float, members: Ints, to: Ints) -> Move:
        return Move(float(gain), members, to, frozenset(self.start.class_of[members].tolist()).union(to.tolist()))

    def _worst(self) -> Ints:
        loss = self.start.loss[self.start.class_of]
        order = np.argsort(-loss, kind="stable")[: max(1, MOST_PAIRS // len(self.start.rows))]
        return order[loss[order] > 0]

    def _partings(self) -> Iterator[Move]:
        """Every combination of a class goes where it costs least."""
        made = self.start
        ended, where = np.full(len(made.class_of), np.inf), np.full(len(made.class_of), -1)
        ended[self.candidates], where[self.candidates] = self.cost, self.target
        gain = made.loss * made.rows - np.add.reduceat(ended[made.order], made.starts)
        ends = np.append(made.starts[1:], len(made.order))
        for number in np.flatnonzero(gain > LEAST_GAIN).tolist():
            members = made.order[made.starts[number] : ends[number]]
            yield self._move(gain[number], members, where[members])

    def _swaps(self) -> Iterator[Move]:
        """One leaves a class that would then be too small; another, whose class can spare it, takes the place."""
        made, fewest = self.start, self.fewest
        stays = made.rows[made.class_of] - self.rows
        spare = np.flatnonzero((stays >= fewest) & (self.rows > 0))
        left = stays[self.candidates]
        short = np.flatnonzero((self.single > LEAST_GAIN) & (left > 0) & (left < fewest))
        short = short[np.argsort(-self.single[short], kind="stable")][: MOST_SWAPS // max(1, len(spare))]
        if not len(short) or not len(spare):
            return
        leavers = self.candidates[short]
        taken, more = self._best_to_take(leavers, spare, fewest)
        gain = self.single[short] + more
        for at in np.flatnonzero(gain > LEAST_GAIN).tolist():
            if self.target[short[at]] != made.class_of[taken[at]]:
                members = np.array([leavers[at], taken[at]])
                to = np.array([self.target[short[at]], made.class_of[leavers[at]]])
                yield self._move(gain[at], members, to)

    def _best_to_take(self, leavers: Ints, spare: Ints, fewest: int) -> tuple[Ints, Floats]:
        """For the class of each leaver the combination that it gains most (or loses least) by taking, and that gain."""
        made, leaving = self.start, self.leaving
        stays = (made.rows[made.class_of] - self.rows)[leavers]
        lines, own = self.mender.shared_lines(leaving.other[leavers], leaving.levels[leavers], spare)
        own = np.ascontiguousarray(own.T)
        rows = self.rows[spare].astype(np.float32)
        base = (leaving.gain[spare] - self.rows[spare]).astype(np.float32)
        taken, gain = np.zeros(len(leavers), dtype=np.int64), np.zeros(len(leavers))
        step = max(1, AT_ONCE // len(spare))
        for some in np.split(np.arange(len(leavers)), range(step, len(leavers), step)):
            saves: Singles = lines[some] @ own
            saves *= stays[some, None].astype(np.float32) + rows
            saves += base
            self._close(saves, leavers[some], spare, fewest - stays[some])
            best = saves.argmax(axis=1)
            taken[some] = spare[best]
            held = stays[some] * (1 - leaving.loss[leavers[some]])
            gain[some] = saves[np.arange(len(some)), best] - held
        return taken, gain

    def _close(self, saves: Singles, leavers: Ints, spare: Ints, needed: Ints) -> None:
        """Nobody comes from the class itself, brings too few rows, or comes from outside what it is confined to."""
        class_of, outside = self.start.class_of, self.mender.confined_to
        closed = class_of[leavers, None] == class_of[spare]
        closed |= self.rows[spare] < needed[:, None]
        if outside is not None:
            closed |= outside[leavers, None] != outside[spare]
        saves[closed] = -NEVER


def _leaving(mender: Mender, made: Parted) -> Leaving:
    """What is left where each goes, and is recoded afresh."""
    size = np.diff(made.starts, append=len(made.order))
    of_place = np.repeat(np.arange(len(size)), size)
    other = made.order[made.starts[of_place]]
    first = made.starts[of_place] == np.arange(len(of_place))
    other[first] = made.order[np.minimum(made.starts + 1, len(made.order) - 1)]
    without, levels = np.zeros(len(made.order)), np.zeros((len(made.order), len(mender.codes)), dtype=np.int64)
    for column, (codes, lost) in enumerate(zip(mender.codes, mender.lost, strict=True)):
        for at in range(len(codes) - 1):
            levels[~_same_without(codes[at][made.order], made.starts, of_place), column] = at + 1
        without += np.stack(lost)[levels[:, column], other]
    rows = mender.classes.rows[made.order]
    stays = made.rows[of_place] - rows
    gain = made.loss[of_place] * made.rows[of_place] - without * stays
    gain[stays == 0] = -np.inf
    place = np.empty(len(made.order), dtype=np.int64)
    place[made.order] = np.arange(len(made.order))
    return Leaving(gain[place], without[place], levels[place], other[place])


def _same_without(ordered: Ints, starts: Ints, of_place: Ints) -> Bools:
    """Whether, without this one, all of its class have the same code."""
    low, high = np.minimum.reduceat(ordered, starts)[of_place], np.maximum.reduceat(ordered, starts)[of_place]
    lows = np.add.reduceat((ordered == low).astype(np.int64), starts)[of_place]
    highs = np.add.reduceat((ordered == high).astype(np.int64), starts)[of_place]
    size = np.diff(starts, append=len(ordered))[of_place]
    alone_low = (ordered == low) & (lows == 1) & (highs == size - 1)
    alone_high = (ordered == high) & (highs == 1) & (lows == size - 1)
    same: Any = (low == high) | alone_low | alone_high
    return np.asarray(same)
