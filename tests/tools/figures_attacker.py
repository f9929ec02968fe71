"""An attacker who has one printed table with figures beside its counts, the rule's text and the columns' ranges, and
nothing of the engine's code. Every file of whole amounts that would print so is thought of at once: how many rows of
each amount lie in each cell are the unknowns, and what prints is an inequality of them (HiGHS over whole numbers)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import ceil

import highspy
import numpy as np

HIDDEN, TOTAL, MOST = "*", "Total", 60
Labels = tuple[str, ...]
Row = tuple[np.ndarray, float, float]


@dataclass(frozen=True)
class Cell:
    """What prints of one cell or total. `small`: it is known to be hidden for being small. `figures`: texts by word."""

    count: str
    small: bool
    figures: Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """Counts from 1 to `small` hide; others print to the nearest `base`, or with `moved` as the multiple of it below or
    above, and then nothing hides. `derived`: totals are the sums of what prints, and tell nothing."""

    small: int
    base: int = 1
    derived: bool = False
    moved: bool = False

    def ends(self, cell: Cell, *, total: bool) -> tuple[float, float]:
        """Between what the count lies, by its own print."""
        if total and self.derived:
            return 0, MOST
        if self.moved:
            return max(int(cell.count) - self.base + 1, 0), int(cell.count) + self.base - 1
        if cell.count == HIDDEN:
            return (1, self.small) if cell.small else (0, MOST)
        value = int(cell.count)
        return (0, 0) if value == 0 else (max(value - self.base // 2, self.small + 1), value + (self.base - 1) // 2)


@dataclass(frozen=True)
class Attacker:
    """`printed` by labels, totals among them; `amounts` are all that a row may have."""

    printed: Mapping[Labels, Cell]
    rule: Rule
    amounts: tuple[int, ...]

    @cached_property
    def inner(self) -> list[Labels]:
        """Cells that are no totals."""
        return [labels for labels in self.printed if TOTAL not in labels]

    def inside(self, labels: Labels) -> np.ndarray:
        """1 for each unknown that counts rows of this cell or total."""
        found = np.zeros((len(self.inner), len(self.amounts)))
        for at, cell in enumerate(self.inner):
            found[at] = all(mine in (TOTAL, theirs) for mine, theirs in zip(labels, cell, strict=True))
        return found.ravel()

    @cached_property
    def worth(self) -> np.ndarray:
        """The amount of each unknown."""
        return np.tile(np.array(self.amounts, dtype=float), len(self.inner))

    def rows(self, *, figures: bool) -> list[Row]:
        """All that the print says."""
        found: list[Row] = []
        for labels, cell in self.printed.items():
            inside = self.inside(labels)
            found.append((inside, *self.rule.ends(cell, total=TOTAL in labels)))
            for word, text in cell.figures.items() if figures else ():
                if text not in (HIDDEN, ""):
                    found += self._mean(inside, text) if word == "mean" else self._percentile(inside, text, word)
        return found

    def _mean(self, inside: np.ndarray, text: str) -> list[Row]:
        half = 0.5 * 10.0 ** -len(text.partition(".")[2]) + 1e-9
        value = float(text)
        return [
            (inside * (self.worth - value + half), 0, np.inf),
            (inside * (self.worth - value - half), -np.inf, 0),
            (inside, self.rule.small + 1, np.inf),
        ]

    def _percentile(self, inside: np.ndarray, text: str, word: str) -> list[Row]:
        share = Fraction(1, 2) if word == "median" else Fraction(int(word[1:]), 100)
        up_to, below = inside * (self.worth <= float(text)), inside * (self.worth < float(text))
        enough = next(n for n in range(1, 10_000) if min(ceil(share * n) - 1, n - ceil(share * n)) >= self.rule.small)
        top, bottom = float(share.numerator), float(share.denominator)
        return [
            (bottom * up_to - top * inside, 0, np.inf),
            (bottom * below - top * inside, -np.inf, -1),
            (inside, enough, np.inf),
        ]

    def most(self, weight: np.ndarray, *, figures: bool = True, more: Sequence[Row] = ()) -> float | None:
        """The greatest that the weighted sum of the unknowns may be; None where nothing fits."""
        rows = [*self.rows(figures=figures), *more]
        program = highspy.Highs()
        program.setOptionValue("output_flag", False)
        program.changeObjectiveSense(highspy.ObjSense.kMaximize)
        for value in weight:
            program.addVar(0, MOST)
            program.changeColCost(program.getNumCol() - 1, float(value))
        program.changeColsIntegrality(
            len(weight), np.arange(len(weight), dtype=np.int32), np.full(len(weight), highspy.HighsVarType.kInteger)
        )
        for held, low, high in rows:
            used = np.flatnonzero(held).astype(np.int32)
            program.addRow(low, high, len(used), used, held[used])
        program.run()
        if program.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None
        assert program.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return float(program.getInfo().objective_function_value)

    def count(self, labels: Labels, *, figures: bool) -> tuple[int, int]:
        """Between what the count of the cell lies."""
        inside = self.inside(labels)
        low, high = self.most(-inside, figures=figures), self.most(inside, figures=figures)
        assert low is not None and high is not None, "the true file prints so"
        return round(-low), round(high)

    def sum_of(self, cells: Sequence[Labels], *, figures: bool) -> int:
        """The greatest that the sum of the amounts of these cells may be."""
        found = self.most(np.max([self.inside(labels) for labels in cells], axis=0) * self.worth, figures=figures)
        assert found is not None, "the true file prints so"
        return round(found)

    def someone_has(self, labels: Labels, least: float, *, figures: bool, besides: int) -> bool:
        """Whether some row of the cell may have this much, for one who knows that a row of it has `besides`."""
        inside = self.inside(labels)
        more = [(inside * (self.worth >= least), 1.0, np.inf), (inside * (self.worth == besides), 1.0, np.inf)]
        return self.most(np.zeros(len(inside)), figures=figures, more=more) is not None

    def lines(self) -> list[list[Labels]]:
        """The cells that one total is the sum of, for each total over one column."""
        found = []
        axes = [sorted({labels[at] for labels in self.printed} - {TOTAL}) for at in range(len(self.inner[0]))]
        for at, axis in enumerate(axes):
            others = [[*each, TOTAL] for each in (*axes[:at], *axes[at + 1 :])]
            found += [[(*rest[:at], label, *rest[at:]) for label in axis] for rest in product(*others)]
        return found
