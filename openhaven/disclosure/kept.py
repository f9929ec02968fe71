"""What a recoding leaves of a table: each label's rows, and how strongly columns still go together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np

from openhaven.disclosure.classes import combine, group
from openhaven.disclosure.hierarchy import Hierarchy, Ints


@dataclass(frozen=True)
class Marginal:
    """`before` rows hold a value under this label; `after` rows show the label itself."""

    column: str
    level: int
    label: str
    before: int
    after: int


@dataclass(frozen=True)
class Association:
    """Cramér's V of two columns (Cramér 1946, 21.9): 0 where neither tells of the other, 1 where one settles it."""

    first: str
    second: str
    before: float
    after: float


def marginals(hierarchies: Sequence[Hierarchy], leaves: Ints, levels: Ints, rows: Ints) -> Iterator[Marginal]:
    """`leaves` and `levels` are combinations x columns, `rows` counts each combination; labels without rows are left
    out, and so are levels that part values as the level below does."""
    for at, hierarchy in enumerate(hierarchies):
        for level in hierarchy.distinct_levels():
            grouping = hierarchy.groupings[level]
            codes, size = grouping.codes[leaves[:, at]], len(grouping.labels)
            before = np.bincount(codes, rows, minlength=size)
            after = np.bincount(codes, np.where(levels[:, at] == level, rows, 0), minlength=size)
            for code in np.flatnonzero(before):
                label = grouping.labels[int(code)]
                yield Marginal(hierarchy.column, level, label, int(before[code]), int(after[code]))


def associations(hierarchies: Sequence[Hierarchy], leaves: Ints, shown: Ints, rows: Ints) -> Iterator[Association]:
    """`shown` numbers the label that each combination shows in each column, whatever its level."""
    for first, second in combinations(range(len(hierarchies)), 2):
        yield Association(
            hierarchies[first].column,
            hierarchies[second].column,
            cramers_v(leaves[:, first], leaves[:, second], rows),
            cramers_v(shown[:, first], shown[:, second], rows),
        )


def cramers_v(first: Ints, second: Ints, rows: Ints) -> float:
    """From counts of pairs; 0 where a column has one value only."""
    found = group(combine([first, second], [int(first.max()) + 1, int(second.max()) + 1]))
    pairs, members = found.sum(rows).astype(np.float64), found.members
    of_first, of_second = np.bincount(first, rows), np.bincount(second, rows)
    total, fewest = float(rows.sum()), min(np.count_nonzero(of_first), np.count_nonzero(of_second))
    if fewest < 2:
        return 0.0
    share = float((pairs**2 / (of_first[first[members]] * of_second[second[members]])).sum())
    return sqrt(max(0.0, share - 1) / (fewest - 1)) if total else 0.0
