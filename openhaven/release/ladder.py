"""One column's ladder on the values that occur: a tree of labels, and the class key behind each label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.model.dataset import Field
from openhaven.model.words import Precision

from .counting import NO_DAY, NO_INSTANT, NO_NUMBER, NO_TEXT, Quasi, absent, codes_of
from .leave import Leaving
from .precision import coarsened


@dataclass(frozen=True, slots=True)
class Ladder:
    """A tree of labels from the precision agreed upwards; `codes` is each line's leaf."""

    hierarchy: Hierarchy
    steps: tuple[Precision, ...]
    keys: tuple[Mapping[str, Any], ...]
    codes: np.ndarray


def ladder(each: Leaving, keys: pa.ChunkedArray, quasi: Quasi) -> Ladder:
    """The ladder of one column from the precision agreed upwards. "No value" stays apart until `*`."""
    numbers, codes = codes_of(keys.to_pylist())
    return ladder_of(each, numbers, quasi, codes)


def ladder_of(each: Leaving, values: Iterable[Any], quasi: Quasi, codes: np.ndarray | None = None) -> Ladder:
    """The same of distinct values; a leaf for each, in their order."""
    steps = quasi.steps(each)
    table = [[value, *(_coarser(value, step, quasi, each.field) for step in steps[1:])] for value in values]
    hierarchy = Hierarchy.from_rows(each.name, [[_label(value) for value in row] for row in table])
    behind = tuple({_label(row[level]): row[level] for row in table} for level in range(len(steps)))
    return Ladder(hierarchy, steps, behind, np.arange(len(table)) if codes is None else codes)


def _coarser(key: Any, step: Precision, quasi: Quasi, field: Field) -> Any:
    if step is Precision.ALL or not absent(key):
        return coarsened(key, step, field=field, places=quasi.places)
    if step is Precision.AS_HELD:
        return key
    return {NO_INSTANT: NO_DAY, NO_NUMBER: NO_TEXT}.get(key, key)  # instants are coarsened to days, numbers to labels


def _label(key: Any) -> str:
    return str(key)
