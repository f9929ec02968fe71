"""Figures of amounts beside those that left before: a mean with and without one person tells what that person has.

Records that stand in the same cells of every table are one atom. A printed mean says what the amounts of its atoms sum
to; a file that the recipient has tells its own. The attacker knows how many rows each atom has, so that its program is
linear: the sum of few must stay possible a tenth above what it is. Percentiles are compared two by two: of groups that
differ by few, or of one group where few stand between two, the later one is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from openhaven.disclosure.amounts import UNSURE
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.figures import NOTHING
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.linear import NEAR, Program, Relations
from openhaven.disclosure.rules import HIDDEN

MOST_GROUPS = 5_000  # groups of few that are asked for; where there are more, all means are left out
MOST_TRIES = 200
Shown = tuple[float | None, tuple[str, ...]]  # the share of a percentile (None: a mean), and what prints cell by cell
Figure = tuple[int, int, float | None, str, Bools]  # of table, cell: share, text, and the atoms of the cell


@dataclass(frozen=True)
class MeasuredTable:
    """What a table printed of one field: record `units[i]` stands in leaf cell `leaves[i]`, is of `person[i]` (0: of
    nobody known) and has `amounts[i]`; `cells` are the leaves of each printed cell, in printing order; `small` is what
    its rule calls few."""

    id: str
    field: str
    units: Ints
    leaves: Ints
    person: Ints
    amounts: Floats
    cells: Bools
    figures: tuple[Shown, ...]
    small: int

    def printing(self, *, means: bool) -> list[tuple[int, float | None, str]]:
        """Each cell with a figure that prints, its share and its text."""
        return [
            (at, share, text)
            for share, texts in self.figures
            for at, text in enumerate(texts)
            if text not in (HIDDEN, NOTHING) and (share is None) == means
        ]


@dataclass(frozen=True)
class Beside:
    """The figures of a new table as they may print, and in how many cells one was left out for what left before.
    `given_up`: all were left out, since there was too much to ask for or what left before does not fit together."""

    figures: tuple[Shown, ...]
    left_out: int = 0
    given_up: bool = False


def beside_earlier(new: MeasuredTable, earlier: Sequence[MeasuredTable], files: Sequence[Ints] = ()) -> Beside:
    """Leave out figures of the new table until none tells of few beside earlier tables of the same field, and files
    (the records of each) in which the recipient has it."""
    before = [each for each in earlier if each.field == new.field]
    if not before and not files:
        return Beside(new.figures)
    work = _Together(new, before, files)
    gone, given_up = work.means()
    gone |= work.percentiles()
    figures = tuple(
        (share, tuple(HIDDEN if (share, at) in gone and text != NOTHING else text for at, text in enumerate(texts)))
        for share, texts in new.figures
    )
    return Beside(figures, len(gone), given_up)


@dataclass(frozen=True)
class _Together:
    new: MeasuredTable
    before: Sequence[MeasuredTable]
    files: Sequence[Ints]

    @cached_property
    def tables(self) -> list[MeasuredTable]:
        return [self.new, *self.before]

    @cached_property
    def small(self) -> int:
        return max(each.small for each in self.tables)

    @cached_property
    def units(self) -> Ints:
        found: Ints = np.unique(np.concatenate([each.units for each in self.tables]))
        return found

    @cached_property
    def atom(self) -> Ints:
        """The atom of each unit."""
        codes = [np.isin(self.units, file).astype(np.int64) for file in self.files]
        for table in self.tables:
            code = np.full(len(self.units), -1, dtype=np.int64)
            code[np.searchsorted(self.units, table.units)] = table.leaves
            codes.append(code)
        found: Ints = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)[1].ravel()
        return found

    @cached_property
    def amounts(self) -> Floats:
        return self._of_units("amounts").astype(np.float64)

    @cached_property
    def person(self) -> Ints:
        """Whose each row is; one of nobody known counts as somebody's own."""
        found = self._of_units("person").astype(np.int64)
        return np.where(found == 0, -1 - np.arange(len(found)), found)

    def _of_units(self, name: str) -> Floats | Ints:
        found = np.zeros(len(self.units), dtype=getattr(self.new, name).dtype)
        for table in reversed(self.tables):
            found[np.searchsorted(self.units, table.units)] = getattr(table, name)
        return found

    @cached_property
    def rows(self) -> Ints:
        """How many rows each atom has."""
        return np.bincount(self.atom)

    @cached_property
    def known(self) -> Bools:
        """Atoms whose amounts the recipient has."""
        found = np.zeros(len(self.rows), dtype=np.bool_)
        for file in self.files:
            found[self.atom[np.isin(self.units, file)]] = True
        return found

    def atoms_of(self, table: MeasuredTable) -> Bools:
        """Which atoms make up each cell: cells x atoms."""
        found = np.zeros((len(table.cells), len(self.rows)), dtype=np.bool_)
        atom = self.atom[np.searchsorted(self.units, table.units)]
        found[:, atom] = table.cells[:, table.leaves]
        return found

    def few(self, atoms: Bools) -> bool:
        """Whether these atoms are few rows, or of few people, and not none."""
        rows = int(self.rows[atoms].sum())
        if not self.small < rows <= self.small * self.most_of_one:
            return 0 < rows <= self.small
        return len(np.unique(self.person[atoms[self.atom]])) <= self.small

    @cached_property
    def most_of_one(self) -> int:
        """How many rows somebody has at most."""
        return int(np.unique(self.person, return_counts=True)[1].max(initial=0))

    @cached_property
    def cells(self) -> list[Figure]:
        """Every figure that prints, of the new table (0) and of those before: table, cell, share, text, atoms."""
        found = []
        for number, table in enumerate(self.tables):
            atoms = self.atoms_of(table)
            for means in (True, False):
                found += [(number, at, share, text, atoms[at]) for at, share, text in table.printing(means=means)]
        return found

    # --- means --------------------------------------------------------------------------------------------------------

    def means(self) -> tuple[set[tuple[float | None, int]], bool]:
        """Cells of the new table whose mean is left out, and whether the search was given up."""
        ours = [each for each in self.cells if each[0] == 0 and each[2] is None]
        theirs = [each for each in self.cells if each[0] > 0 and each[2] is None]
        every: set[tuple[float | None, int]] = {(None, at) for _, at, *_ in ours}
        groups = self._groups([each[4] for each in ours], [each[4] for each in theirs])
        if not ours or not groups:
            return set(), False
        if len(groups) > MOST_GROUPS:
            return every, True
        asked = self._asked(theirs, groups)
        if asked is None:
            return every, True
        gone: set[tuple[float | None, int]] = set()
        for _ in range(MOST_TRIES):
            left = [each for each in ours if (None, each[1]) not in gone]
            found = self._most([*left, *theirs], asked)
            if found is None:
                return every, True
            told = [at for at, most in enumerate(found[0]) if most < self._enough(*asked[at])]
            if not told:
                return gone, False
            for at in told:
                used = [each for each, price in zip(left, found[1][at], strict=False) if abs(price) > NEAR]
                smallest = min(used or left, key=lambda each: int(self.rows[each[4]].sum()))
                gone.add((None, smallest[1]))
        return every, True

    def _asked(self, theirs: Sequence[Figure], groups: Sequence[Bools]) -> list[tuple[Bools, int]] | None:
        """Of each group that it must stay possible above its sum; where that is out of the question without the new
        table, since nobody has more, below it. None where what left before does not fit together."""
        asked: list[tuple[Bools, int]] = []
        rest = list(groups)
        for side in (1, -1):
            found = self._most(theirs, [(each, side) for each in rest])
            if found is None:
                return None
            open_ = [most >= self._enough(each, side) for each, most in zip(rest, found[0], strict=True)]
            asked += [(each, side) for each, may in zip(rest, open_, strict=True) if may]
            rest = [each for each, may in zip(rest, open_, strict=True) if not may]
        return asked

    def _groups(self, ours: Sequence[Bools], theirs: Sequence[Bools]) -> list[Bools]:
        """Who is asked for: atoms of few, what cells of two tables, or a cell and the files, differ by, and cells of
        few, whose means are hidden but may follow from other tables, which part them in other ways."""
        found: dict[bytes, Bools] = {}
        differing = self._differing(ours, [*theirs, *([self.known] if self.files else [])])
        for each in chain(differing, self._hidden() if len(theirs) or self.files else ()):
            if self.few(each):
                found.setdefault(each.tobytes(), each)
        return list(found.values())

    def _hidden(self) -> Iterator[Bools]:
        """Each cell of each table without whom the recipient knows, and the leaves of few of a table together."""
        for table in self.tables:
            atoms = self.atoms_of(table) & ~self.known
            yield from atoms
            few = [
                each for each, leaf in zip(atoms, table.cells.sum(axis=1) == 1, strict=True) if leaf and self.few(each)
            ]
            if few:
                yield np.asarray(np.any(few, axis=0), dtype=np.bool_)

    def _differing(self, ours: Sequence[Bools], theirs: Sequence[Bools]) -> Iterator[Bools]:
        here = np.any(ours, axis=0) if len(ours) else np.zeros(len(self.rows), dtype=np.bool_)
        for at in np.flatnonzero((here | np.any(theirs, axis=0)) & ~self.known) if len(theirs) else ():
            yield np.arange(len(self.rows)) == at
        for mine in ours:
            for other in theirs:
                if (mine & other).any():
                    yield mine & ~other & ~self.known
                    yield other & ~mine & ~self.known

    def _enough(self, atoms: Bools, side: int) -> float:
        """What the sum of a group (side -1: what is less than nothing by it) must stay possible up to: a tenth of the
        greatest amount of one of them beyond it."""
        inside = atoms[self.atom]
        _, who = np.unique(self.person[inside], return_inverse=True)
        greatest = float(np.bincount(who, self.amounts[inside]).max(initial=0))
        return float(side * self.amounts[inside].sum() + max(UNSURE / 100 * greatest, 1e-6))

    def _most(
        self, printed: Sequence[Figure], asked: Sequence[tuple[Bools, int]]
    ) -> tuple[list[float], list[Floats]] | None:
        """The most that each group may have together (side -1: the least, below nothing), and the price of each printed
        mean; None where nothing fits."""
        sums = np.bincount(self.atom, self.amounts)
        greatest = self.amounts.max(initial=0)
        low, high = self.rows * self.amounts.min(initial=greatest), self.rows * greatest
        low, high = np.where(self.known, sums, low), np.where(self.known, sums, high)
        program = Program(self._relations(printed), low.astype(np.float64), high.astype(np.float64))
        most, prices = [], []
        for each, side in asked:
            found = program.least(-side * each.astype(np.float64))
            if found is None:
                return None
            most.append(-found[0])
            prices.append(program.prices()[1])
        return most, prices

    def _relations(self, printed: Sequence[Figure]) -> Relations:
        low, high, index = [], [], []
        for _, _, _, text, atoms in printed:
            half, count = 0.5 * 10.0 ** -len(text.partition(".")[2]), int(self.rows[atoms].sum())
            index.append(np.flatnonzero(atoms))
            low.append(count * (float(text) - half) - NEAR)
            high.append(count * (float(text) + half) + NEAR)
        starts = np.cumsum([0, *map(len, index)])
        every = np.concatenate([np.zeros(0, dtype=np.int64), *index])
        return Relations(len(self.rows), starts, every, np.ones(len(every)), np.array(low), np.array(high))

    # --- percentiles --------------------------------------------------------------------------------------------------

    def percentiles(self) -> set[tuple[float | None, int]]:
        """Percentiles of the new table that are left out."""
        ours = [each for each in self.cells if each[0] == 0 and each[2] is not None]
        theirs = [each for each in self.cells if each[0] > 0 and each[2] is not None]
        found: set[tuple[float | None, int]] = set()
        for _, at, share, _, atoms in ours:
            if self.files and (atoms & self.known).any() and self.few(atoms & ~self.known):
                found.add((share, at))
            if any(self._near(share or 0.0, atoms, other[2] or 0.0, other[4]) for other in theirs):
                found.add((share, at))
        return found

    def _near(self, share: float, atoms: Bools, other: float, others: Bools) -> bool:
        """Whether two percentiles are of groups that differ by few, or of one group with few between them."""
        if not (atoms & others).any():
            return False
        if (atoms == others).all():
            return 0 < abs(share - other) * int(self.rows[atoms].sum()) <= self.small
        return self.few(atoms & ~others) or self.few(others & ~atoms)
