"""Who has a printed table of one or two columns and a file of some of its records, and none of the engine's code: how
many of each cell are not in the file, as whole numbers that fit all that prints (HiGHS)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np

HIDDEN, MOST, FEWEST = "*", 200, 3


@dataclass(frozen=True)
class Seen:
    """What is known: the texts of the table (inner cells and totals, of shape + 1 each way), the cells hidden for being
    small, up to how many that is, and how many records of each inner cell the file has."""

    shown: np.ndarray
    small: np.ndarray
    few: int
    in_file: np.ndarray
    base: int = 1

    @cached_property
    def sums(self) -> list[tuple[np.ndarray, str, bool]]:
        """Each printed cell as the inner cells in it, with its text and whether it is known to be small."""
        found = []
        for place in np.ndindex(*self.shown.shape):
            inside = np.ones(self.in_file.shape, dtype=bool)
            for axis, (at, size) in enumerate(zip(place, self.in_file.shape, strict=True)):
                if at < size:
                    inside &= (np.arange(size) == at).reshape([-1 if a == axis else 1 for a in range(inside.ndim)])
            found.append((inside, str(self.shown[place]), bool(self.small[place])))
        return found

    def ends(self, text: str, *, small: bool) -> tuple[int, int]:
        """Between what a count lies, by its own print."""
        if text == HIDDEN:
            return (1, self.few) if small else (0, MOST)
        value = int(text)
        return (0, 0) if value == 0 else (max(value - self.base // 2, self.few + 1), value + (self.base - 1) // 2)

    def between(self, group: np.ndarray) -> tuple[int, int]:
        """The least and the most of these inner cells that are not in the file."""
        found = []
        for sign in (1.0, -1.0):
            program = highspy.Highs()
            program.setOptionValue("output_flag", False)
            size = self.in_file.size
            for at in range(size):
                program.addVar(0, MOST)
                program.changeColCost(at, sign * float(group.ravel()[at]))
            kinds = np.full(size, highspy.HighsVarType.kInteger)
            program.changeColsIntegrality(size, np.arange(size, dtype=np.int32), kinds)
            for inside, text, small in self.sums:
                low, high = self.ends(text, small=small)
                used, has = np.flatnonzero(inside).astype(np.int32), int(self.in_file[inside].sum())
                program.addRow(float(low - has), float(high - has), len(used), used, np.ones(len(used)))
            program.run()
            assert program.getModelStatus() == highspy.HighsModelStatus.kOptimal, "the true table prints so"
            found.append(round(sign * program.getInfo().objective_function_value))
        return found[0], found[1]

    def told(self, truth: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
        """Cells and lines of which few are not in the file, and how many is known to fewer than three values."""
        for inside, _, _ in self.sums:
            out = int((truth - self.in_file)[inside].sum())
            if 1 <= out <= self.few and self.in_file[inside].sum():
                low, high = self.between(inside)
                assert low <= out <= high
                if high - low + 1 < FEWEST:
                    yield inside, out


def crossed(codes: Sequence[np.ndarray], sizes: Sequence[int]) -> np.ndarray:
    """How many rows stand in each inner cell."""
    found = np.zeros(tuple(sizes), dtype=int)
    np.add.at(found, tuple(codes), 1)
    return found
