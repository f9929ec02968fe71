"""An attacker who has one printed table as JSON, with the reason on each cell, knows the rule's text and which labels
make up which, and has nothing of the engine's code: which counts are possible, one by one (HiGHS over whole numbers).

They even know which hidden cells are small; were a reason to say that one protects another, they would know that it
holds more than that, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

HIDDEN, TOTAL, MOST, ENOUGH = "*", "Total", 1_000_000, 3
Labels = tuple[str, ...]


@dataclass(frozen=True)
class Attacker:
    """`few`: the small cells. `parents`: of each column, what each label is part of, up to `Total`. Other counts print
    to the nearest `base`."""

    printed: Mapping[str, Any]
    few: frozenset[Labels]
    parents: Sequence[Mapping[str, str]]
    small: int
    base: int = 1
    least: int = 1

    def exposed(self) -> dict[Labels, list[int]]:
        """Small cells with fewer than three possible counts, and these."""
        program = self._program()
        found = {}
        for at, line in enumerate(self.printed["lines"]):
            if self._is_few(line):
                values = [count for count in range(self.least, self.small + 1) if _fits(program, at, count)]
                program.changeColBounds(at, self.least, self.small)
                if len(values) < ENOUGH:
                    found[tuple(line["labels"])] = values
        return found

    def _program(self) -> highspy.Highs:
        """A count for each line, and for each that protects another whether there is any."""
        lines = self.printed["lines"]
        program = highspy.Highs()
        program.setOptionValue("output_flag", False)
        for line in lines:
            program.addVar(*self._ends(line))
        for at, line in enumerate(lines):
            program.addVar(0, 1)
            if line["reasons"] == ["protects another"]:
                both = np.array([at, len(lines) + at], dtype=np.int32)
                program.addRow(0, np.inf, 2, both, np.array([1.0, -self.small - 1]))
                program.addRow(-np.inf, 0, 2, both, np.array([1.0, -MOST]))
        every = np.arange(2 * len(lines), dtype=np.int32)
        program.changeColsIntegrality(len(every), every, np.full(len(every), highspy.HighsVarType.kInteger))
        for inside in self._sums():
            signs = np.array([1.0] * (len(inside) - 1) + [-1.0])
            program.addRow(0, 0, len(inside), np.array(inside, dtype=np.int32), signs)
        return program

    def _is_few(self, line: Mapping[str, Any]) -> bool:
        return tuple(line["labels"]) in self.few and line["reasons"] != ["withheld with its line"]

    def _ends(self, line: Mapping[str, Any]) -> tuple[int, int]:
        [text], [why] = line["printed"], line["reasons"]
        if self._is_few(line):
            return self.least, self.small
        if text == HIDDEN or why:  # or the sum of what is printed
            return 0, MOST
        count = int(text)
        return (max(count - self.base // 2, self.small + 1), count + (self.base - 1) // 2) if count else (0, 0)

    def _sums(self) -> list[list[int]]:
        """Parts, and their total last."""
        place = {tuple(line["labels"]): at for at, line in enumerate(self.printed["lines"])}
        found = []
        for labels, total in place.items():
            for axis, parents in enumerate(self.parents):
                parts = [label for label, above in parents.items() if above == labels[axis]]
                if parts:
                    inside = [place[(*labels[:axis], part, *labels[axis + 1 :])] for part in parts]
                    found.append([*inside, total])
        return found


def _fits(program: highspy.Highs, at: int, count: int) -> bool:
    program.changeColBounds(at, count, count)
    program.run()
    status = program.getModelStatus()
    assert status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
    return bool(status == highspy.HighsModelStatus.kOptimal)
