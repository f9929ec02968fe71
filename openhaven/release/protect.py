"""Protecting records: one recoding a column, then suppression, until every class holds k people.

Classes are counted once, on the quasi-identifiers alone; the search and the suppression work on their counts; the
rows are then streamed once, without the classes that stay too small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import Classes, roll_up
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.recoding import recode
from openhaven.engines import Engine
from openhaven.model.certificate import Bar
from openhaven.model.dataset import Field
from openhaven.model.errors import Unmet
from openhaven.model.obligation import KAnonymity
from openhaven.model.words import Precision

from .counting import (
    MASK,
    NO_DAY,
    NO_INSTANT,
    NO_NUMBER,
    NO_TEXT,
    Quasi,
    absent,
    bars,
    class_table,
    codes_of,
    exact_people,
    ints,
    keyed,
    masks,
    sizes,
)
from .leave import Leaving
from .plan import length
from .precision import coarsened

Recoding = Mapping[str, Precision]
Shape = Callable[[Recoding], nw.LazyFrame]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The rows at a recoding: `all` with every column that leaves, `counted` with the quasi-identifiers alone."""

    all: Shape
    counted: Shape


@dataclass(frozen=True, slots=True)
class Protected:
    """The frame that may leave (with `_person` beside it), how it was recoded, and what was suppressed.

    `classes` are those at the final recoding, with their rows; `small` those of them that were suppressed."""

    rows: nw.LazyFrame
    recoding: Mapping[str, Precision]
    kept_rows: int
    suppressed_rows: int
    loss: float | None
    before: tuple[Bar, ...]
    classes: pa.Table
    small: pa.Table


@dataclass(frozen=True, slots=True)
class _Ladder:
    """One column's ladder on the values that occur: a tree of labels, and the class key behind each label."""

    hierarchy: Hierarchy
    steps: tuple[Precision, ...]
    keys: tuple[Mapping[str, Any], ...]
    codes: np.ndarray


def protect(
    engine: Engine,
    shapes: Shapes,
    quasi: Quasi,
    obligation: KAnonymity,
    *,
    agreed: Mapping[str, Precision] | None,
) -> Protected:
    """Make every class of the quasi-identifiers hold at least k people.

    `agreed` is the recoding of an earlier delivery of the agreement: it is
    used again as it stands, or the release stops. Raises Unmet when k cannot be reached within the suppression."""
    if agreed is not None:
        _check_same_fields(quasi, agreed)
    if not quasi.columns:
        return _nothing_to_protect(engine, shapes.all({}))
    counted = class_table(engine, shapes.counted({}), quasi, k=obligation.k)
    total = _total(counted)
    if total == 0:
        raise Unmet("no row is left to release")
    ladders = [_ladder(each, counted[key], quasi) for each, key in zip(quasi.columns, quasi.keys, strict=True)]
    levels, loss = _choose(counted, ladders, quasi, obligation, agreed)
    recoding = {
        each.field.name: ladder.steps[level] for each, ladder, level in zip(quasi.columns, ladders, levels, strict=True)
    }
    classes, chosen = _merged(counted, ladders, levels, quasi), shapes.all(recoding)
    small = _below_k(engine, shapes.counted(recoding), quasi, classes, obligation.k)
    suppressed = _total(small)
    if suppressed > obligation.suppression * total:
        raise _too_many(suppressed, total, obligation, agreed)
    rows = _without(engine, chosen, small, quasi) if suppressed else chosen
    before = bars(sizes(counted, quasi), ints(counted["rows"]))
    return Protected(rows, recoding, total - suppressed, suppressed, loss, before, classes, small)


def _nothing_to_protect(engine: Engine, rows: nw.LazyFrame) -> Protected:
    """No quasi-identifier leaves, so all rows are one class."""
    empty = pa.table({"rows": pa.array([], pa.int64())})
    return Protected(rows, {}, length(engine, rows), 0, 0.0, (), empty, empty)


def _total(classes: pa.Table) -> int:
    return int(ints(classes["rows"]).sum())


def _too_many(suppressed: int, total: int, obligation: KAnonymity, agreed: Mapping[str, Precision] | None) -> Unmet:
    under = " with the recoding agreed for this agreement" if agreed is not None else ""
    return Unmet(
        f"{suppressed:,} of {total:,} rows would have to be suppressed to reach k = {obligation.k}{under}; "
        f"{obligation.suppression:.0%} are allowed",
        todo="Agree a coarser precision, more suppression, or a new agreement.",
    )


def _ladder(each: Leaving, keys: pa.ChunkedArray, quasi: Quasi) -> _Ladder:
    """The ladder of one column from the precision agreed upwards. "No value" stays apart until `*`."""
    numbers, codes = codes_of(keys.to_pylist())
    steps = quasi.steps(each)
    table = [[value, *(_coarser(value, step, quasi, each.field) for step in steps[1:])] for value in numbers]
    hierarchy = Hierarchy.from_rows(each.name, [[_label(value) for value in row] for row in table])
    behind = tuple({_label(row[level]): row[level] for row in table} for level in range(len(steps)))
    return _Ladder(hierarchy, steps, behind, codes)


def _coarser(key: Any, step: Precision, quasi: Quasi, field: Field) -> Any:
    if step is Precision.ALL or not absent(key):
        return coarsened(key, step, field=field, places=quasi.places)
    if step is Precision.AS_HELD:
        return key
    return {NO_INSTANT: NO_DAY, NO_NUMBER: NO_TEXT}.get(key, key)  # instants are coarsened to days, numbers to labels


def _label(key: Any) -> str:
    return str(key)


def _choose(
    counted: pa.Table,
    ladders: list[_Ladder],
    quasi: Quasi,
    obligation: KAnonymity,
    agreed: Mapping[str, Precision] | None,
) -> tuple[list[int], float | None]:
    """The level of each column, and what is lost; the levels agreed where there are such."""
    if agreed is not None:
        return [_agreed_level(each, ladder, agreed) for each, ladder in zip(quasi.columns, ladders, strict=True)], None
    hierarchies = [ladder.hierarchy for ladder in ladders]
    chosen = recode(_classes(counted, ladders, quasi), hierarchies, k=obligation.k, suppression=obligation.suppression)
    return list(chosen.levels), chosen.loss


def _check_same_fields(quasi: Quasi, agreed: Mapping[str, Precision]) -> None:
    """Deliveries under one agreement share pseudonyms: other characteristics beside the former ones would be joined."""
    now, before = {each.field.name for each in quasi.columns}, set(agreed)
    if now != before:
        raise Unmet(
            f"the delivery before had {', '.join(sorted(before)) or 'no characteristics'}, and this one has "
            f"{', '.join(sorted(now)) or 'none'}: joined by their pseudonyms they would part people further",
            todo="Ask for the same fields, or make a new agreement with pseudonyms of its own.",
        )


def _agreed_level(each: Leaving, ladder: _Ladder, agreed: Mapping[str, Precision]) -> int:
    step = agreed.get(each.field.name, each.precision)
    if step not in ladder.steps:
        raise Unmet(
            f"{each.field.name} left at {step} before, which is finer than what is decided now ({each.precision})",
            todo="Make a new agreement: a refresh keeps the recoding of the delivery before.",
        )
    return ladder.steps.index(step)


def _classes(counted: pa.Table, ladders: list[_Ladder], quasi: Quasi) -> Classes:
    codes = np.stack([ladder.codes for ladder in ladders], axis=1)
    return Classes(codes, ints(counted["rows"]), masks(counted, quasi))


def _merged(counted: pa.Table, ladders: list[_Ladder], levels: list[int], quasi: Quasi) -> pa.Table:
    """The classes at these levels, under the keys that rows have there; masks are ORed, people never added."""
    merged, _ = roll_up(_classes(counted, ladders, quasi), [ladder.hierarchy for ladder in ladders], levels)
    columns: dict[str, Any] = {}
    for number, (key, ladder, level) in enumerate(zip(quasi.keys, ladders, levels, strict=True)):
        labels = ladder.hierarchy.groupings[level].labels
        behind = pa.array([ladder.keys[level][label] for label in labels])
        columns[key] = behind.take(pa.array(merged.codes[:, number]))
    columns["rows"] = pa.array(merged.rows)
    if merged.people is not None:
        for word, mask in enumerate(merged.people.T):
            columns[f"{MASK}{word}"] = pa.array(np.ascontiguousarray(mask).view(np.int64))
    return pa.table(columns)


def _below_k(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, classes: pa.Table, k: int) -> pa.Table:
    """The classes that hold fewer than k people. A mask suspects; few rows are few people, and where rows are more the
    people of suspects are counted."""
    suspects = classes.filter(pa.array(sizes(classes, quasi) < k))
    small = ints(suspects["rows"]) < k
    if quasi.has_person and not small.all():
        small[~small] = exact_people(engine, rows, quasi, suspects.filter(pa.array(~small))) < k
    return suspects.filter(pa.array(small))


def _without(engine: Engine, rows: nw.LazyFrame, small: pa.Table, quasi: Quasi) -> nw.LazyFrame:
    names = rows.collect_schema().names()
    return keyed(rows, quasi).join(engine.table(small.select(quasi.keys)), on=quasi.keys, how="anti").select(*names)
