"""What given levels mean for given classes: which fail what is asked, and what is lost.

Used for the recoding that the search chose, and alone at a refresh, which reuses the agreed recoding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from openhaven.disclosure.classes import Bools, Classes, Held, roll_up
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.disclosure.models import Demands
from openhaven.model.errors import BadInput


@dataclass(frozen=True)
class AtLevels:
    """`suppressed` marks the input's classes that fail once merged; `merged` is each class's merged class.

    `k` is the smallest class left (0 where none is left); `loss` lies between 0 and 1.
    """

    levels: tuple[int, ...]
    suppressed: Bools
    suppressed_rows: int
    k: int
    loss: float
    merged: Ints


def at_levels(
    classes: Classes,
    hierarchies: Sequence[Hierarchy],
    *,
    levels: Sequence[int],
    demands: Demands,
    sizes: Ints | None = None,
) -> AtLevels:
    """Apply agreed levels. `sizes` gives exact counts of people for each *merged* class where they are known."""
    for hierarchy, level in zip(hierarchies, levels, strict=True):
        if not 0 <= level <= hierarchy.top:
            raise BadInput(f"there is no level {level} in the hierarchy", where=hierarchy.column)
    merged, merged_class = roll_up(classes, hierarchies, levels)
    held = replace(merged.held, exact=sizes)
    kept = demands.passes(held, list(merged.codes.T))
    suppressed = ~kept[merged_class]
    lost = row_loss(classes, hierarchies, levels)
    lost[suppressed] = 1.0
    shown = held.sizes[kept & (held.rows > 0)]
    return AtLevels(
        levels=tuple(levels),
        suppressed=suppressed,
        suppressed_rows=int(held.rows[~kept].sum()),
        k=int(shown.min()) if len(shown) else 0,
        loss=float(lost @ classes.rows) / classes.total,
        merged=merged_class,
    )


def row_loss(classes: Classes, hierarchies: Sequence[Hierarchy], levels: Sequence[int]) -> Floats:
    """Mean cell loss of one row of each class when it is kept."""
    total: Floats = np.zeros(len(classes))
    for hierarchy, level, leaf in zip(hierarchies, levels, classes.codes.T, strict=True):
        grouping = hierarchy.groupings[level]
        total += grouping.loss[grouping.codes[leaf]]
    return total / len(hierarchies)


def loss_of_keeping(classes: Classes, hierarchies: Sequence[Hierarchy], levels: Sequence[int], kept: Ints) -> float:
    """What is lost where so many rows of each class are kept, and all others are `*` throughout."""
    lost = row_loss(classes, hierarchies, levels) @ kept
    return float(lost + (classes.rows - kept).sum()) / classes.total


def staying(held: Held, columns: Sequence[Ints], demands: Demands) -> Bools:
    """Which classes can stay together: each satisfies what is demanded, beside the whole of those that stay."""
    kept = np.ones(len(held.rows), dtype=np.bool_)
    while True:
        at = np.flatnonzero(kept)
        if not len(at):
            return kept
        still = demands.passes(_only(held, at), [column[at] for column in columns])
        if still.all():
            return kept
        kept[at[~still]] = False
        if held.confidential is None:
            return kept


def _only(held: Held, at: Ints) -> Held:
    """These classes, and of the confidential values the whole of them."""
    part = np.full(len(held.rows), -1, dtype=np.int64)
    part[at] = np.arange(len(at))
    values = held.confidential
    if values is not None:
        inside = part[values.owner] >= 0
        whole = np.bincount(values.value[inside], values.count[inside], minlength=len(values.whole)).astype(np.int64)
        values = replace(values.grouped(part), whole=whole)
    return Held(
        held.rows[at],
        None if held.people is None else held.people[at],
        values,
        exact=None if held.exact is None else held.exact[at],
    )
