"""The combinations of a release, counted once: of characteristics, and of the confidential values to be spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import Classes, roll_up
from openhaven.model.certificate import Bar
from openhaven.model.errors import Unmet
from openhaven.model.words import Precision

from .counting import MASK, Quasi, bars, class_table, ints, masks, sizes
from .demanded import Demanded, Values, values_of
from .ladder import Ladder, ladder
from .leave import Leaving
from .plan import Plan

Recoding = Mapping[str, Precision]
Shape = Callable[[Plan, Recoding], nw.LazyFrame]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The rows of a plan at a recoding: `all` with every column that leaves; `counted` with the quasi-identifiers and
    the confidential fields `spread` alone, and what tells each row."""

    all: Shape
    counted: Shape
    spread: tuple[Leaving, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted, one line a combination of characteristics and confidential values; equal characteristics stand
    on several lines where values are counted. `both` are the characteristics `quasi`, and after them the fields whose
    values are counted."""

    table: pa.Table
    quasi: Quasi
    both: Quasi
    ladders: tuple[Ladder, ...]
    values: Values | None

    @property
    def total(self) -> int:
        """All rows."""
        return total_of(self.table)

    def classes(self) -> Classes:
        """As the search takes them."""
        codes = np.stack([each.codes for each in self.ladders], axis=1)
        rows = ints(self.table["rows"])
        confidential = None if self.values is None else self.values.counts(np.arange(len(rows)), rows)
        return Classes(codes, rows, masks(self.table, self.quasi), confidential)


def count(plan: Plan, shapes: Shapes, quasi: Quasi, demanded: Demanded) -> Counts:
    """Count each combination once. Raises Unmet where there is no row."""
    both = replace(quasi, columns=(*quasi.columns, *shapes.spread))
    table = class_table(plan.engine, shapes.counted(plan, {}), both, k=demanded.largest_k)
    if total_of(table) == 0:
        raise Unmet("no row is left to release")
    if demanded.events or demanded.local is not None:  # which of equals goes first must not depend on the engine
        table = table.sort_by([(key, "ascending") for key in both.keys])
    ladders = tuple(ladder(each, table[key], quasi) for each, key in zip(quasi.columns, quasi.keys, strict=True))
    beside = both.keys[len(quasi.columns) :]
    columns = {each.field.name: (each, key) for each, key in zip(shapes.spread, beside, strict=True)}
    values = values_of(demanded.spread, table, columns, quasi) if demanded.spread else None
    return Counts(table, quasi, both, ladders, values)


def merged_at(counts: Counts, levels: list[int]) -> tuple[pa.Table, Classes]:
    """The classes at these levels, under the keys that rows have there; masks are ORed, people never added."""
    merged, _ = roll_up(counts.classes(), [each.hierarchy for each in counts.ladders], levels)
    columns: dict[str, Any] = {}
    for number, (key, each, level) in enumerate(zip(counts.quasi.keys, counts.ladders, levels, strict=True)):
        labels = each.hierarchy.groupings[level].labels
        behind = pa.array([each.keys[level][label] for label in labels])
        columns[key] = behind.take(pa.array(merged.codes[:, number]))
    columns["rows"] = pa.array(merged.rows)
    if merged.people is not None:
        for word, mask in enumerate(merged.people.T):
            columns[f"{MASK}{word}"] = pa.array(np.ascontiguousarray(mask).view(np.int64))
    return pa.table(columns), merged


def recoding_at(counts: Counts, levels: list[int]) -> dict[str, Precision]:
    """The precision of each characteristic at these levels."""
    every = zip(counts.quasi.columns, counts.ladders, levels, strict=True)
    return {each.field.name: ladder.steps[level] for each, ladder, level in every}


def sizes_before(counts: Counts) -> tuple[Bar, ...]:
    """The sizes of classes before anything is recoded."""
    if counts.values is None:
        return bars(sizes(counts.table, counts.quasi), ints(counts.table["rows"]))
    merged, _ = merged_at(counts, [0] * len(counts.ladders))
    return bars(sizes(merged, counts.quasi), ints(merged["rows"]))


def keys_and_rows(classes: pa.Table) -> pa.Table:
    """Keys and rows, without masks."""
    return classes.select([name for name in classes.column_names if not name.startswith(MASK)])


def total_of(classes: pa.Table) -> int:
    """How many rows stand in them."""
    return int(ints(classes["rows"]).sum())
