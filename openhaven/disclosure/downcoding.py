"""What a local recoding gives away by being as fine as it can be: downcoding and minimality attacks.

A recoding that loses as little as it may hardly ever leaves a row in a class where a finer class would have taken it.
So whoever knows how it was made can rule values out (Cohen, "Attacks on Deidentification's Defenses", USENIX Security
2022), mostly rightly; and where a class was kept coarse only for the sake of its confidential values, can guess those
better (Wong, Fu, Wang and Pei, "Minimality Attack in Privacy Preserving Data Publishing", VLDB 2007). Loss is measured
again on the values that the attack leaves, and on those that nobody can rule out (interchange.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from openhaven.disclosure.attacks import Rate, Released, wilson
from openhaven.disclosure.classes import Bools, combine
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.interchange import loss_for_sure

MOST_CLASSES, SHUFFLES = 200, 200  # of the minimality attack
AT_ONCE = 8_000_000  # pairs of classes
MOST_WORK = 20_000  # classes looked at to rule out one value
NEAR = 1e-9


@dataclass(frozen=True)
class Downcoding:
    """`cells` of all of which a value is ruled out; `right` says how often the true value is among those left, and
    `by_chance` how often it would be if the values under the label came as often as in the file's original.

    `loss` is what the file's labels leave open, `loss_left` what is open once values are ruled out (0 to 1); a row that
    is not shown loses all. `loss_for_sure` is what nobody can rule out, who has the file and knows how it was made (see
    interchange.py), if it was made without regard to the order of rows. `given_up` values were left open because to
    look at all that bears on them took too long."""

    cells: int
    right: Rate
    by_chance: float
    loss: float
    loss_left: float
    loss_for_sure: float
    given_up: int = 0

    @property
    def learned(self) -> bool:
        """Whether ruling out is right more often than chance."""
        return self.right.attempts > 0 and self.right.low > self.by_chance


def downcoding(released: Released, hierarchies: Sequence[Hierarchy], *, most_work: int = MOST_WORK) -> Downcoding:
    """Rules out of a class's label in one column each value with which, whatever stands in the other columns, a row
    would have fitted a class that leaves less open: all such classes are looked at together."""
    sizes = np.bincount(released.class_of)
    every, given_up = _left(released, most_work)
    ruled = right = 0
    chance = before = after = 0.0
    for at, (column, left) in enumerate(zip(released.columns, every, strict=True)):
        covered = column.covers[released.labels[:, at]]
        left[~left.any(axis=1)] = covered[~left.any(axis=1)]
        narrowed = left.sum(axis=1) < covered.sum(axis=1)
        rows = narrowed[released.class_of]
        ruled += int(rows.sum())
        right += int(left[released.class_of[rows], column.original[rows]].sum())
        share = np.bincount(column.original, minlength=covered.shape[1]).astype(np.float64)
        chance += float((sizes * np.where(narrowed, (left @ share) / np.maximum(covered @ share, 1), 0)).sum())
        leaves = max(1, covered.shape[1] - 1)
        before += float(sizes @ (covered.sum(axis=1) - 1)) / leaves + len(column.dropped)
        after += float(sizes @ (left.sum(axis=1) - 1)) / leaves + len(column.dropped)
    cells = (released.rows + len(released.columns[0].dropped)) * len(released.columns)
    by_chance, sure = chance / ruled if ruled else 0.0, _for_sure(released, hierarchies)
    return Downcoding(ruled, wilson(right, ruled), by_chance, before / cells, after / cells, sure, given_up)


def _for_sure(released: Released, hierarchies: Sequence[Hierarchy]) -> float:
    """Rows that show the same change places, with a confidential value only where that is the same, and with a person
    only among that person's own: who shares a bit of a mask may have decided something. Rows that are not shown among
    themselves."""
    shown = combine([released.class_of, *_known(released)], _sizes([released.class_of, *_known(released)]))
    gone = len(released.columns[0].dropped)
    unseen = np.zeros(gone, dtype=np.int64) if released.dropped_person is None else released.dropped_person
    alike = np.concatenate((shown, int(shown.max()) + 1 + unseen))
    leaves = np.stack([np.concatenate((each.original, each.dropped)) for each in released.columns], axis=1)
    return loss_for_sure(leaves, alike, np.ones(len(alike), dtype=np.int64), hierarchies)


def _known(released: Released) -> list[Ints]:
    return [each for each in (released.secret, released.person) if each is not None]


def _sizes(columns: Sequence[Ints]) -> list[int]:
    return [int(each.max()) + 1 for each in columns]


def _left(released: Released, most_work: int) -> tuple[list[Bools], int]:
    """By column, classes x leaves: what is left of each label. A class is held against all others that may hold a
    row of it and leave less open, first by how much of it they could cover, then exactly where that is enough."""
    covered = [column.covers[released.labels[:, at]] for at, column in enumerate(released.columns)]
    left = [each.copy() for each in covered]
    meets = [_meeting(column.covers) for column in released.columns]
    losses = sum((each.sum(axis=1) - 1) / max(1, each.shape[1] - 1) for each in covered)
    boxes = _Boxes(released)
    given_up = 0
    step = max(1, AT_ONCE // len(released.labels))
    for begin in range(0, len(released.labels), step):
        some = np.arange(begin, min(begin + step, len(released.labels)))
        finer = losses[None, :] < losses[some, None] - NEAR
        for at, meeting in enumerate(meets):
            finer &= meeting[released.labels[some, at]][:, released.labels[:, at]] > 0
        for of_class in some[finer.any(axis=1)].tolist():
            others = np.flatnonzero(finer[of_class - begin])
            share = [each[released.labels[of_class, at], released.labels[others, at]] for at, each in enumerate(meets)]
            for at, leaf in _suspects(covered, of_class, others, share):
                found = boxes.covered(of_class, others, at=at, leaf=leaf, most_work=most_work)
                given_up += found is None
                left[at][of_class, leaf] = found is not True
    return left, given_up


def _meeting(covers: Bools) -> Floats:
    """labels x labels: the share of the first that the second covers too."""
    both = covers.astype(np.float32) @ covers.T.astype(np.float32)
    return np.asarray(both / covers.sum(axis=1)[:, None], dtype=np.float64)


def _suspects(
    covered: Sequence[Bools], of_class: int, others: Ints, share: Sequence[Floats]
) -> Iterator[tuple[int, int]]:
    """Column and leaf of each value for which the others could cover all combinations, if they did not overlap."""
    for at in range(len(covered)):
        elsewhere = np.prod([each for other, each in enumerate(share) if other != at], axis=0) * np.ones(len(others))
        enough = elsewhere @ covered[at][others] >= 1 - NEAR
        for leaf in np.flatnonzero(enough & covered[at][of_class]).tolist():
            yield at, leaf


class _Boxes:
    """Labels of classes as sets of leaves in bits."""

    def __init__(self, released: Released) -> None:
        self.labels = released.labels
        self.covers = [column.covers for column in released.columns]
        self.bits = [
            [int.from_bytes(np.packbits(each, bitorder="little").tobytes(), "little") for each in covers]
            for covers in self.covers
        ]

    def covered(self, of_class: int, others: Ints, *, at: int, leaf: int, most_work: int) -> bool | None:
        """Whether each combination of this class with this leaf lies in one of the others; None where that took too
        long to say."""
        holding = others[self.covers[at][self.labels[others, at], leaf]]
        space = [*self._of(of_class)]
        space[at] = 1 << leaf
        return _covered(space, [self._of(each) for each in holding.tolist()], _Work(most_work))

    def _of(self, number: int) -> list[int]:
        return [bits[label] for bits, label in zip(self.bits, self.labels[number].tolist(), strict=True)]


@dataclass
class _Work:
    left: int


def _covered(space: list[int], boxes: Sequence[Sequence[int]], work: _Work) -> bool | None:
    """Whether the boxes together hold all of this space: what lies outside the largest, side by side, is looked at
    in turn."""
    clipped = [[mine & theirs for mine, theirs in zip(space, box, strict=True)] for box in boxes]
    clipped = [box for box in clipped if all(box)]
    work.left -= len(boxes) + 1
    if work.left < 0:
        return None
    volume = [_volume(box) for box in clipped]
    if sum(volume) < (whole := _volume(space)):
        return False
    largest = clipped[int(np.argmax([part / whole for part in volume]))]
    rest = list(space)
    for at, part in enumerate(largest):
        if outside := rest[at] & ~part:
            found = _covered([*rest[:at], outside, *rest[at + 1 :]], clipped, work)
            if found is not True:
                return found
        rest[at] = part
    return True


def _volume(box: Sequence[int]) -> int:
    return prod(each.bit_count() for each in box)


@dataclass(frozen=True)
class Minimality:
    """Guesses of the confidential value in `classes` that stayed coarse for its sake; `plain` guesses the commonest
    value of the class."""

    classes: int
    guess: Rate
    plain: Rate

    @property
    def learned(self) -> bool:
        """Whether the guess is surely better than the plain one."""
        return self.guess.low > self.plain.high


def minimality(released: Released, hierarchies: Sequence[Hierarchy], *, k: int, l: int, seed: int) -> Minimality:  # noqa: E741
    """The attacker knows everybody's quasi-identifiers, k, l (distinct values) and that no class could be finer.

    A column that could be lowered a level with k rows in each part must have a part with fewer than l values. The
    class's values are dealt out anew many times, and only deals that obey this are counted."""
    if released.secret is None or l < 2:
        return Minimality(0, wilson(0, 0), wilson(0, 0))
    rng = np.random.default_rng(seed)
    order = np.argsort(released.class_of, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(released.class_of))[:-1])
    guessed = plain = tried = classes = 0
    for number in rng.permutation(len(parts)).tolist():
        rows = parts[number]
        splits = _splits(released, hierarchies, number, rows, k)
        if not splits or classes == MOST_CLASSES:
            continue
        classes += 1
        secret = released.secret[rows]
        tried += len(rows)
        guessed += int((_dealt(secret, splits, l, rng) == secret).sum())
        plain += int(np.bincount(secret).max())
    return Minimality(classes, wilson(guessed, tried), wilson(plain, tried))


def _splits(released: Released, hierarchies: Sequence[Hierarchy], number: int, rows: Ints, k: int) -> list[Ints]:
    """For each column that could be a level finer with k rows in each part: the part of each row."""
    found = []
    for at, (column, hierarchy) in enumerate(zip(released.columns, hierarchies, strict=True)):
        leaves = column.original[rows]
        covered = int(column.covers[released.labels[number, at]].sum())
        for level in reversed(hierarchy.distinct_levels()):
            groups = np.unique(hierarchy.groupings[level].codes[leaves], return_inverse=True)[1].ravel()
            if np.bincount(hierarchy.groupings[level].codes)[hierarchy.groupings[level].codes[leaves[0]]] < covered:
                break
        else:
            continue
        if groups.max() > 0 and np.bincount(groups).min() >= k:
            found.append(groups)
    return found


def _dealt(secret: Ints, splits: list[Ints], l: int, rng: np.random.Generator) -> Ints:  # noqa: E741
    """The commonest value of each row over the deals that obey; rows in the same parts share their counts."""
    values, coded = np.unique(secret, return_inverse=True)
    coded = coded.ravel()
    same = np.unique(np.stack(splits), axis=1, return_inverse=True)[1].ravel()
    counts: Floats = np.zeros((int(same.max()) + 1, len(values)))
    for _ in range(SHUFFLES):
        deal = rng.permutation(coded)
        if all(_too_few(deal, split, l, len(values)) for split in splits):
            np.add.at(counts, (same, deal), 1.0)
    counts += np.bincount(coded, minlength=len(values)) * 1e-6
    commonest: Ints = values[counts.argmax(axis=1)]
    return commonest[same]


def _too_few(deal: Ints, split: Ints, l: int, values: int) -> bool:  # noqa: E741
    """Whether a part has fewer than l values."""
    pairs = np.unique(split * values + deal)
    return int(np.bincount(pairs // values).min()) < l
