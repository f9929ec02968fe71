"""Attacks on a recoded file, given the original to mark them: singling out, linkage, linkability, inference.

The three questions are those of the Article 29 Working Party (Opinion 05/2014); that success is set against a control
and given with an interval follows anonymeter (Giomi et al., Proceedings on Privacy Enhancing Technologies 2023(2)).
The attacker knows the quasi-identifiers of some people as they are in the original, the hierarchies, and the file that
left; the control is the same attack on the file without those people's rows. Chance comes in as a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt

import numpy as np

from openhaven.disclosure.classes import Bools, combine, count_people, group
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.model.errors import BadInput

Z = 1.959964  # of a 95% interval
AT_ONCE = 8_000_000  # cells of a table of targets x classes
SURE = 12  # places of a sum of shares


@dataclass(frozen=True)
class Rate:
    """`successes` of `attempts`, with its 95% interval; a fraction where what is left to chance was averaged."""

    successes: float
    attempts: int
    rate: float
    low: float
    high: float


def wilson(successes: float, attempts: int) -> Rate:
    """The interval of Wilson (Journal of the American Statistical Association 22, 1927); 0 to 1 without attempts."""
    if attempts == 0:
        return Rate(0, 0, 0.0, 0.0, 1.0)
    share, square = successes / attempts, Z * Z / attempts
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / attempts + square / (4 * attempts)) / (1 + square)
    return Rate(successes, attempts, share, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class Attack:
    """`advantage` is (attack - control) / (1 - control), not below 0. `bound` is the rate that the measured risk of the
    file allows, None where it says nothing of this attack; `says` is the bound in words."""

    name: str
    attack: Rate
    control: Rate
    advantage: float
    bound: float | None
    says: str

    @property
    def beats(self) -> bool:
        """Whether the attack does surely better than the measured risk says it can."""
        return self.bound is not None and self.attack.low > self.bound + 1e-9


@dataclass(frozen=True)
class Column:
    """`original` is the leaf of each row of the file, `shown` its label there; `covers` (labels x leaves) what a label
    may be; `dropped` the leaves of the original's rows that the file does not show."""

    name: str
    original: Ints
    shown: Ints
    covers: Bools
    dropped: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if self.original.shape != self.shown.shape:
            raise BadInput("the original and the file have not the same rows", where=self.name)
        if not self.covers[self.shown, self.original].all():
            raise BadInput("a label does not cover the value it stands for", where=self.name)


@dataclass(frozen=True)
class Released:
    """The quasi-identifiers of a file and of its original, row by row; `secret` is the confidential value of each row
    (the same in both). `person` numbers whose each row is, and `dropped_person` whose those are that are not shown:
    attacks then count people, else rows."""

    columns: tuple[Column, ...]
    secret: Ints | None = None
    person: Ints | None = None
    dropped_person: Ints | None = None

    def __post_init__(self) -> None:
        if not self.columns or not len(self.columns[0].original):
            raise BadInput("there are no rows to attack")
        if (self.person is None) != (self.dropped_person is None):
            raise BadInput("people are named in all rows or in none")

    @property
    def rows(self) -> int:
        return len(self.columns[0].original)

    @cached_property
    def whose(self) -> Ints:
        """Whose each row is; a number of its own where nobody is named."""
        return np.arange(self.rows) if self.person is None else self.person

    @cached_property
    def class_people(self) -> Ints:
        """How many people (rows, where nobody is named) each class holds."""
        return count_people(self.class_of, self.whose, classes=len(self.labels))

    @cached_property
    def own(self) -> Ints:
        """How many rows of its class are of the person of each row."""
        people = int(self.whose.max()) + 1
        found = group(self.class_of * people + self.whose)
        return np.diff(found.starts, append=self.rows)[found.of_each]

    @cached_property
    def weight(self) -> Floats:
        """How likely each row is to be attacked: people alike, and each row of a person alike."""
        held = np.bincount(self.whose)
        return np.asarray(1 / held[self.whose] / np.count_nonzero(held), dtype=np.float64)

    @cached_property
    def best_guess(self) -> float | None:
        """How often at the most a guess by class gets the confidential value right, people counting alike."""
        if self.secret is None:
            return None
        table = np.zeros((len(self.labels), int(self.secret.max()) + 1))
        np.add.at(table, (self.class_of, self.secret), self.weight)
        return round(float(table.max(axis=1).sum()), SURE)

    def without(self, targets: Ints) -> Bools:
        """The rows of the file that are of nobody among these targets."""
        return ~np.isin(self.whose, self.whose[targets])

    @cached_property
    def class_of(self) -> Ints:
        """The class of each row: equal labels."""
        return group(combine([c.shown for c in self.columns], [len(c.covers) for c in self.columns])).of_each

    @cached_property
    def labels(self) -> Ints:
        """classes x columns: the labels of each class."""
        first = np.unique(self.class_of, return_index=True)[1]
        return np.stack([column.shown[first] for column in self.columns], axis=1)

    @cached_property
    def class_loss(self) -> Floats:
        """How much each class leaves open: its mean share of leaves covered. The finest class is the likeliest."""
        shares = [column.covers.mean(axis=1)[self.labels[:, at]] for at, column in enumerate(self.columns)]
        return np.asarray(np.mean(shares, axis=0), dtype=np.float64)

    def fits(self, targets: Ints, columns: Sequence[int] | None = None) -> Bools:
        """targets x classes: whether a class may hold the target, by these columns (else by all)."""
        found = np.ones((len(targets), len(self.labels)), dtype=np.bool_)
        for at in range(len(self.columns)) if columns is None else columns:
            column = self.columns[at]
            found &= column.covers[self.labels[:, at]].T[column.original[targets]]
        return found


def targets_of(released: Released, attempts: int, rng: np.random.Generator) -> Ints:
    """Whom to attack, by one row each: at most a tenth of the people, so that the control has a file to work with, but
    at least one."""
    rows = rng.permutation(released.rows)
    rows = rows[np.sort(np.unique(released.whose[rows], return_index=True)[1])]
    most = max(1, min(attempts, len(rows) // 10, AT_ONCE // len(released.labels)))
    return np.sort(rows[:most])


def attack(released: Released, *, attempts: int, seed: int, best_guess: float | None = None) -> tuple[Attack, ...]:
    """Every attack. `best_guess` is the share that the commonest value of a class gets right, where measured."""
    if attempts < 1:
        raise BadInput(f"attacks need at least one attempt, not {attempts}")
    rng = np.random.default_rng(seed)
    found = [singling_out(released, attempts, rng), linkage(released, attempts, rng)]
    if len(released.columns) > 1:
        found.append(linkability(released, attempts, rng))
    if released.secret is not None:
        found.append(inference(released, attempts, rng, best_guess))
    return tuple(found)


def judged(name: str, hits: Bools | Floats, control: Bools | Floats, bound: float | None, says: str) -> Attack:
    main, other = wilson(hits.sum().item(), len(hits)), wilson(control.sum().item(), len(control))
    advantage = max(0.0, (main.rate - other.rate) / (1 - other.rate)) if other.rate < 1 else 0.0
    return Attack(name, main, other, advantage, bound, says)


def singling_out(released: Released, attempts: int, rng: np.random.Generator) -> Attack:
    """Claims that exactly one person of the original fits a description, made from the rarest labels of the file.

    Descriptions are labels of random rows in random columns; those that fit fewest rows of the file are claimed. The
    control claims random labels of the same columns, as often as the file has them, without looking at rows."""
    width = len(released.columns)
    counted = np.bincount(released.class_of)[released.class_of]
    row = rng.choice(released.rows, size=attempts, p=(1 / counted) / (1 / counted).sum())
    mixed = rng.integers(released.rows, size=(attempts, width))
    chosen = rng.random((attempts, width)) < rng.uniform(0.3, 1.0, size=(attempts, 1))
    chosen[np.arange(attempts), rng.integers(width, size=attempts)] = True
    held = np.array([_held(released, chosen[at], np.full(width, row[at])) for at in range(attempts)])
    claimed = np.flatnonzero(held == held.min())
    hits = np.array([_fits_one(released, chosen[at], np.full(width, row[at])) for at in claimed])
    control = np.array([_fits_one(released, chosen[at], mixed[at]) for at in claimed])
    bound = 0.0 if released.class_people.min() > 1 else None
    says = "classes of one are there"
    if bound == 0:
        says = "no description by labels that are shown fits one person alone, since no class holds one"
    return judged("singling out", hits, control, bound, says)


def _held(released: Released, chosen: Bools, rows: Ints) -> int:
    """How many rows of the file show the labels of these rows in the chosen columns."""
    of_class = np.ones(len(released.labels), dtype=np.bool_)
    for at in np.flatnonzero(chosen):
        of_class &= released.labels[:, at] == released.columns[at].shown[rows[at]]
    return int(of_class[released.class_of].sum())


def _fits_one(released: Released, chosen: Bools, rows: Ints) -> bool:
    """Whether these labels fit exactly one person of the original."""
    columns = zip(released.columns, chosen.tolist(), rows.tolist(), strict=True)
    return fits_one(released, [column.covers[column.shown[row]] if taken else None for column, taken, row in columns])


def fits_one(released: Released, sets: Sequence[Bools | None]) -> bool:
    """Whether just one person of the original, rows that are not shown included, has one of these leaves in each
    column; None is any."""
    shown = np.ones(released.rows, dtype=np.bool_)
    dropped = np.ones(len(released.columns[0].dropped), dtype=np.bool_)
    for column, covered in zip(released.columns, sets, strict=True):
        if covered is None:
            continue
        shown &= covered[column.original]
        dropped &= covered[column.dropped]
    if released.dropped_person is None:
        return int(shown.sum() + dropped.sum()) == 1
    fitting = np.concatenate((released.whose[shown], released.dropped_person[dropped]))
    return len(fitting) > 0 and int(fitting.min()) == int(fitting.max())


def linkage(released: Released, attempts: int, rng: np.random.Generator) -> Attack:
    """Picks the row of a person whose quasi-identifiers are known: any row of the finest class that fits. How often
    that is right is averaged over the rows of the class: drawing one would add chance and tell nothing.

    Rows of a class look alike, so whichever is picked, it is one person's, and right only when that person is attacked
    by a row that stands there. So the most that any attacker with this knowledge can reach is, over all classes, how
    likely whoever is likeliest there is to be attacked there (one row of all, where nobody is named)."""
    targets = targets_of(released, attempts, rng)
    picked = _finest(released, released.fits(targets), rng)
    sizes = np.bincount(released.class_of)
    hits = np.where(picked == released.class_of[targets], released.own[targets] / sizes[picked], 0.0)
    control = np.bincount(released.whose)[released.whose[targets]] / released.rows
    most = np.zeros(len(released.labels))
    np.maximum.at(most, released.class_of, released.own * released.weight)
    says = "the mean risk of a row" if released.person is None else "whoever is likeliest in each class"
    return judged("linkage", hits, control, round(float(most.sum()), SURE), says)


def _finest(released: Released, fits: Bools, rng: np.random.Generator) -> Ints:
    """The class that fits and leaves least open; among equals by chance; -1 where none fits."""
    open_left = np.where(fits, released.class_loss + rng.random(fits.shape) * 1e-9, np.inf)
    best = open_left.argmin(axis=1)
    return np.where(fits.any(axis=1), best, -1)


def linkability(released: Released, attempts: int, rng: np.random.Generator) -> Attack:
    """Two lists of the same people, each with half of the columns: which of the second list is the one of the first?

    Chosen is whoever is likeliest to share a row of the file with them; equals by chance."""
    targets = targets_of(released, attempts, rng)
    order = rng.permutation(len(released.columns)).tolist()
    half = len(order) // 2
    first, second = (released.fits(targets, part).astype(np.float64) for part in (order[:half], order[half:]))
    sizes = np.bincount(released.class_of).astype(np.float64)
    without = np.bincount(released.class_of[released.without(targets)], minlength=len(sizes)).astype(np.float64)
    hits = _linked(first, second, sizes, rng)
    bound, says = None, "the measured risk says nothing of it; the advantage is what counts"
    return judged("linkability", hits, _linked(first, second, without, rng), bound, says)


def _linked(first: Floats, second: Floats, rows: Floats, rng: np.random.Generator) -> Bools:
    together = (first * rows) @ second.T
    alone = np.maximum(second @ rows, 1e-12)
    score = together / alone + rng.random(together.shape) * 1e-9
    return np.asarray(score.argmax(axis=1) == np.arange(len(first)))


def inference(released: Released, attempts: int, rng: np.random.Generator, best_guess: float | None = None) -> Attack:
    """Guesses the confidential value of a person whose quasi-identifiers are known: the commonest of the finest class
    that fits; the control does so in the file without them, or takes the commonest of all where no class is left."""
    if released.secret is None:
        raise BadInput("there is no confidential column to guess")
    targets = targets_of(released, attempts, rng)
    table = np.zeros((len(released.labels), int(released.secret.max()) + 1))
    np.add.at(table, (released.class_of, released.secret), 1.0)
    others = released.without(targets)
    without = np.zeros_like(table)
    np.add.at(without, (released.class_of[others], released.secret[others]), 1.0)
    fits = released.fits(targets)
    truth = released.secret[targets]
    hits = _guess(table, _finest(released, fits, rng), rng) == truth
    left = fits & (without.sum(axis=1) > 0)
    control = _guess(without, _finest(released, left, rng), rng) == truth
    return judged("inference", hits, control, best_guess, "the best guess by class")


def _guess(table: Floats, picked: Ints, rng: np.random.Generator) -> Ints:
    counts = np.where(picked[:, None] >= 0, table[picked], table.sum(axis=0))
    return np.asarray((counts + rng.random(counts.shape) * 1e-6).argmax(axis=1))
