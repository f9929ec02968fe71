"""What a class gives away of a confidential value though nobody in it is found: all share it, or most do.

A class of two rows or more that holds one value tells it of everybody in it (attribute disclosure; rules of small
numbers call it a full cell). The best guess is the commonest value of the class.
"""

from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Held, ValueCounts
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.models import distance_equal
from openhaven.model.errors import BadInput


@dataclass(frozen=True)
class Shared:
    """A value (by its number) that whole classes share, and how many classes and rows do."""

    value: int
    classes: int
    rows: int


@dataclass(frozen=True)
class Attributes:
    """`l` is the fewest values in a class, `t` the greatest distance of a class from the whole (equal distance).

    `sharing` marks the classes of two rows or more that hold one value, `classes` and `rows` count them; `alone` rows
    stand in classes of one. `best_guess` is the share of rows that the commonest value of the class gets right,
    `baseline` the share that the commonest value of the whole file gets right without looking at classes."""

    l: int  # noqa: E741 (the model's own name)
    t: float
    sharing: Ints
    classes: int
    rows: int
    alone: int
    best_guess: float
    baseline: float
    shared: tuple[Shared, ...]


def attributes(rows: Ints, values: ValueCounts) -> Attributes:
    """`rows` of each class and the confidential values in it; their `whole` may hold rows that are in no class."""
    if len(rows) == 0:
        raise BadInput("there are no rows", todo="Give a file that holds at least one row.")
    total = int(rows.sum())
    distinct = np.bincount(values.owner, minlength=len(rows))
    sharing = (distinct == 1) & (rows > 1)
    commonest = np.zeros(len(rows), dtype=np.int64)
    np.maximum.at(commonest, values.owner, values.count)
    held = Held(rows, confidential=values)
    return Attributes(
        l=int(distinct.min()),
        t=float(distance_equal(held).max()),
        sharing=np.flatnonzero(sharing),
        classes=int(sharing.sum()),
        rows=int(rows[sharing].sum()),
        alone=int((rows == 1).sum()),
        best_guess=int(commonest.sum()) / total,
        baseline=int(values.whole.max()) / int(values.whole.sum()),
        shared=_shared(values, sharing, rows),
    )


def _shared(values: ValueCounts, sharing: np.ndarray, rows: Ints) -> tuple[Shared, ...]:
    """Which values they are, most rows first."""
    inside = sharing[values.owner]
    value, owner = values.value[inside], values.owner[inside]
    classes = np.bincount(value, minlength=len(values.whole))
    of_rows = np.bincount(value, rows[owner], minlength=len(values.whole)).astype(np.int64)
    found = np.flatnonzero(classes)
    order = found[np.argsort(-of_rows[found], kind="stable")]
    return tuple(Shared(int(each), int(classes[each]), int(of_rows[each])) for each in order)
