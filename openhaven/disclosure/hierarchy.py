"""A hierarchy says how one column's values become coarser, level by level, until nothing is left of them.

Level 0 is the value itself. Each level is coarser than the one before: values that share a label stay together.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from openhaven.model.errors import BadInput

ALL = "*"
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grouping:
    """One level: `codes` gives each leaf its group, `labels` and `loss` each group's label and loss (0 to 1)."""

    codes: Ints
    labels: tuple[str, ...]
    loss: Floats


@dataclass(frozen=True)
class Hierarchy:
    """`levels[j][i]` is the label of leaf i at level j. Raises BadInput where it is not a tree."""

    column: str
    levels: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if not self.levels or not self.levels[0]:
            raise BadInput("the hierarchy is empty", where=self.column)
        self._check_shape()
        for level in range(1, len(self.levels)):
            self._check_nested(level)

    def _check_shape(self) -> None:
        for level, labels in enumerate(self.levels):
            if len(labels) != len(self.levels[0]):
                raise BadInput(f"level {level} of the hierarchy does not cover every value", where=self.column)
        seen: set[str] = set()
        for leaf in self.levels[0]:
            if leaf in seen:
                raise BadInput(f"the hierarchy has {leaf!r} twice", where=self.column, todo="Keep one line.")
            seen.add(leaf)

    def _check_nested(self, level: int) -> None:
        parents: dict[str, str] = {}
        for below, above in zip(self.levels[level - 1], self.levels[level], strict=True):
            if parents.setdefault(below, above) != above:
                raise BadInput(
                    f"the hierarchy is not a tree: {below!r} at level {level - 1} becomes both "
                    f"{parents[below]!r} and {above!r} at level {level}",
                    where=self.column,
                )

    @classmethod
    def from_rows(cls, column: str, rows: Iterable[Sequence[str]]) -> "Hierarchy":
        """One row a leaf, its labels from level 0 upwards."""
        table = [tuple(row) for row in rows]
        if not table:
            raise BadInput("the hierarchy is empty", where=column)
        for number, row in enumerate(table, start=1):
            if len(row) != len(table[0]):
                raise BadInput(
                    f"line {number} has {len(row)} levels, line 1 has {len(table[0])}",
                    where=f"hierarchy of {column}",
                )
        return cls(column, tuple(zip(*table, strict=True)))

    @classmethod
    def from_text(cls, column: str, text: str, *, separator: str = ";") -> "Hierarchy":
        """The text of a hierarchy file as ARX writes it: one leaf a line, level 0 first, no header."""
        lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator, strict=True)
        try:
            return cls.from_rows(column, [row for row in lines if row])
        except csv.Error as error:
            raise BadInput(f"not readable as CSV ({error})", where=f"hierarchy of {column}") from error

    @property
    def leaves(self) -> tuple[str, ...]:
        """The values at level 0."""
        return self.levels[0]

    @property
    def top(self) -> int:
        """The highest level."""
        return len(self.levels) - 1

    def topped(self) -> "Hierarchy":
        """The same, with a last level `*` where the highest level still tells values apart."""
        if len(set(self.levels[-1])) == 1 and (self.top > 0 or self.leaves == (ALL,)):
            return self
        return Hierarchy(self.column, (*self.levels, (ALL,) * len(self.leaves)))

    @cached_property
    def groupings(self) -> tuple[Grouping, ...]:
        """Each level as arrays. Loss of a group is (leaves covered - 1) / (leaves - 1)."""
        return tuple(self._grouping(level) for level in range(len(self.levels)))

    def _grouping(self, level: int) -> Grouping:
        first_seen: dict[str, int] = {}
        codes = [first_seen.setdefault(label, len(first_seen)) for label in self.levels[level]]
        leaf_to_group = np.array(codes, dtype=np.int64)
        covered = np.bincount(leaf_to_group).astype(np.float64)
        if len(self.leaves) > 1:
            loss = (covered - 1) / (len(self.leaves) - 1)
        else:  # one value only: it is either shown or lost
            loss = np.array([0.0 if self.levels[level] == self.leaves else 1.0])
        return Grouping(leaf_to_group, tuple(first_seen), loss)

    def distinct_levels(self) -> tuple[int, ...]:
        """The levels that part the leaves differently, the lowest of each kind: the only ones worth trying."""
        chosen = [0]
        for level in range(1, len(self.levels)):
            coarser = len(self.groupings[level].labels) < len(self.groupings[chosen[-1]].labels)
            if coarser or (len(self.leaves) == 1 and level == self.top):
                chosen.append(level)
        return tuple(chosen)

    def encode(self, values: Sequence[str]) -> Ints:
        """Each value's leaf number. Raises BadInput naming values that the hierarchy misses."""
        number = {leaf: index for index, leaf in enumerate(self.leaves)}
        missing = [value for value in values if value not in number]
        if missing:
            shown = ", ".join(repr(value) for value in dict.fromkeys(missing[:3]))
            raise BadInput(
                f"the hierarchy misses {len(set(missing))} value(s) of the column, such as {shown}",
                where=self.column,
                todo="Add a line for each.",
            )
        return np.array([number[value] for value in values], dtype=np.int64)


def suppress_only(column: str, values: Iterable[str]) -> Hierarchy:
    """Shown or `*`: for a column that nobody made a hierarchy for. Leaves in ascending order, whatever is met first."""
    leaves = tuple(sorted(set(values)))
    return Hierarchy(column, (leaves, (ALL,) * len(leaves)))
