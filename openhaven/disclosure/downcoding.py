"""What a local recoding gives away by being as fine as it can be: downcoding and minimality attacks.

A recoding that loses as little as it may never leaves a row in a class where a finer class would have taken it. So
whoever knows how it was made can rule values out (Cohen, "Attacks on Deidentification's Defenses", USENIX Security
2022), and where a class was kept coarse only for the sake of its confidential values, can guess those better (Wong, Fu,
Wang and Pei, "Minimality Attack in Privacy Preserving Data Publishing", VLDB 2007). Loss is measured again on the
values that cannot be ruled out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.attacks import Rate, Released, wilson
from openhaven.disclosure.classes import Bools, combine, group
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints

MOST_CLASSES, SHUFFLES = 200, 200  # of the minimality attack


@dataclass(frozen=True)
class Downcoding:
    """`cells` of all of which a value is ruled out; `right` says how often the true value is among those left, and
    `by_chance` how often it would be if the values under the label came as often as in the file's original.

    `loss` is what the file's labels leave open, `loss_left` what is open once values are ruled out (0 to 1); a row that
    is not shown loses all."""

    cells: int
    right: Rate
    by_chance: float
    loss: float
    loss_left: float

    @property
    def learned(self) -> bool:
        """Whether ruling out is right more often than chance."""
        return self.right.attempts > 0 and self.right.low > self.by_chance


def downcoding(released: Released) -> Downcoding:
    """Rules out of a class's label in one column the values that a class with the same labels elsewhere and a finer
    one here would have taken."""
    sizes = np.bincount(released.class_of)
    ruled = right = 0
    chance = before = after = 0.0
    for at, column in enumerate(released.columns):
        covered = column.covers[released.labels[:, at]]
        left = covered & ~_taken(released, at)
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
    return Downcoding(ruled, wilson(right, ruled), chance / ruled if ruled else 0.0, before / cells, after / cells)


def _taken(released: Released, at: int) -> Bools:
    """classes x leaves of this column: what finer classes with the same other labels would have taken."""
    column, width = released.columns[at], len(released.columns)
    others = [released.labels[:, other] for other in range(width) if other != at]
    sizes = [len(released.columns[other].covers) for other in range(width) if other != at]
    keys = combine(others, sizes) if others else np.zeros(len(released.labels), dtype=np.int64)
    found = group(keys)
    taken = np.zeros((len(keys), column.covers.shape[1]), dtype=np.bool_)
    ends = np.append(found.starts, len(keys))
    for first, last in zip(found.starts, ends[1:], strict=True):
        if last - first > 1:
            alike = found.order[first:last]
            taken[alike] = _finer(column.covers[released.labels[alike, at]])
    return taken


def _finer(covered: Bools) -> Bools:
    """For each of some sets of leaves: all leaves of those that lie inside it and are smaller."""
    count = covered.sum(axis=1)
    inside = (covered.astype(np.int64) @ covered.T.astype(np.int64)) == count[None, :]
    smaller = inside & (count[None, :] < count[:, None])
    return np.asarray((smaller.astype(np.int64) @ covered.astype(np.int64)) > 0)


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
