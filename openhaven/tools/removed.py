"""Whom suppression removed from a file: by columns that the user names, and whether it falls unevenly on them."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.package.uneven import RULE, uneven

MOST_VALUES = 40  # of one column; where there are more, those with most rows, and all others together
OTHERS, NOT_RECORDED = "all others", "not recorded"
YARDSTICK = (
    "Judged by the four-fifths rule (29 CFR 1607.4 D): a group is named where less than four fifths as large a share "
    "of its rows stays as of the group that keeps most."
)


@dataclass(frozen=True)
class Removed:
    """Of the rows with this value in this column so many were suppressed, of so many."""

    by: str
    value: str
    removed: int
    of: int


@dataclass(frozen=True)
class WhomRemoved:
    """The figures, and what has to be said of them."""

    figures: tuple[Removed, ...]
    says: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """For a person to read."""
        yield "whom suppression removed:"
        for each in self.figures:
            if each.removed:
                yield f"  {each.by} {each.value}: {each.removed:,} of {each.of:,} rows ({each.removed / each.of:.1%})"
        yield from self.says


def whom_removed(columns: Mapping[str, tuple[tuple[str, ...], Ints]], rows: Ints, suppressed: Bools) -> WhomRemoved:
    """`columns` gives values and, for each thing, the number of its value; `rows` counts each thing's rows."""
    figures = tuple(
        each for name, (values, codes) in columns.items() for each in _by(name, values, codes, rows, suppressed)
    )
    if not suppressed.any():
        return WhomRemoved(figures, ("Nothing was suppressed.",))
    told = uneven([asdict(each) | {"group": each.by} for each in figures])
    return WhomRemoved(figures, tuple(YARDSTICK if each == RULE else each for each in told))


def coarse(hierarchy: Hierarchy, leaves: Ints) -> tuple[tuple[str, ...], Ints]:
    """A column at its finest level with few enough values, else as it is."""
    for grouping in hierarchy.groupings:
        if 1 < len(grouping.labels) <= MOST_VALUES:
            return tuple(grouping.labels), grouping.codes[leaves]
    return tuple(hierarchy.leaves), leaves


def _by(name: str, values: tuple[str, ...], codes: Ints, rows: Ints, suppressed: Bools) -> Iterator[Removed]:
    of = np.bincount(codes, rows, minlength=len(values)).astype(np.int64)
    gone = np.bincount(codes, np.where(suppressed, rows, 0), minlength=len(values)).astype(np.int64)
    there = [at for at in np.argsort(-of, kind="stable").tolist() if of[at]]
    shown = there if len(there) <= MOST_VALUES else there[: MOST_VALUES - 1]
    for at in sorted(shown, key=lambda at: values[at]):
        yield Removed(name, values[at] or NOT_RECORDED, int(gone[at]), int(of[at]))
    if rest := there[len(shown) :]:
        yield Removed(name, OTHERS, int(gone[rest].sum()), int(of[rest].sum()))
