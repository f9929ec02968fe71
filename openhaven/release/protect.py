"""Protecting records: one recoding a column, then suppression, until every class holds k people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import Classes
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.recoding import recode
from openhaven.engines import Engine
from openhaven.model.certificate import Bar
from openhaven.model.errors import Unmet
from openhaven.model.obligation import KAnonymity
from openhaven.model.words import Precision

from .leave import Leaving
from .plan import PERSON, length
from .precision import Places, coarsened, coarser_steps

NOTHING = "\u2400"  # stands for "no value" in class keys, so that rows without a value form classes too
Shape = Callable[[Mapping[str, Precision]], nw.LazyFrame]


@dataclass(frozen=True, slots=True)
class Protected:
    """The frame that may leave (with `_person` beside it), how it was recoded, and what was suppressed.

    `classes` are those at the final recoding, with their rows; `small` those of them that were suppressed."""

    rows: nw.LazyFrame
    recoding: Mapping[str, Precision]
    kept_rows: int
    suppressed_rows: int
    loss: float
    before: tuple[Bar, ...]
    classes: pa.Table
    small: pa.Table


@dataclass(frozen=True, slots=True)
class Quasi:
    """The columns whose combinations k counts, and the steps each can be coarsened by."""

    columns: tuple[Leaving, ...]
    places: Places
    has_person: bool

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.columns]

    def steps(self, each: Leaving) -> tuple[Precision, ...]:
        return coarser_steps(each.field, each.precision, places=bool(self.places.rows))


def protect(
    engine: Engine, shape: Shape, quasi: Quasi, obligation: KAnonymity, *, agreed: Mapping[str, Precision] | None
) -> Protected:
    """Make every class of the quasi-identifiers hold at least k people.

    `shape` gives the rows at a recoding. `agreed` is the recoding of an earlier delivery of the agreement: it is
    used again as it stands, or the release stops. Raises Unmet when k cannot be reached within the suppression."""
    if not quasi.columns:
        return _nothing_to_protect(engine, shape({}))
    counted = _count(engine, shape({}), quasi)
    total = _total(counted)
    if total == 0:
        raise Unmet("no row is left to release")
    recoding, loss = _choose(counted, quasi, obligation, agreed)
    chosen = shape(recoding)
    classes = engine.collect(_keyed_masks(engine, chosen, quasi))
    small = _below_k(engine, chosen, quasi, classes, obligation.k)
    suppressed = _total(small)
    if suppressed > obligation.suppression * total:
        raise _too_many(suppressed, total, obligation, agreed)
    rows = _without(engine, chosen, small, quasi) if suppressed else chosen
    before = bars(_sizes(counted, quasi), _ints(counted["rows"]))
    return Protected(rows, recoding, total - suppressed, suppressed, loss, before, classes, small)


def _nothing_to_protect(engine: Engine, rows: nw.LazyFrame) -> Protected:
    """No quasi-identifier leaves, so all rows are one class."""
    empty = pa.table({"rows": pa.array([], pa.int64())})
    return Protected(rows, {}, length(engine, rows), 0, 0.0, (), empty, empty)


def _total(classes: pa.Table) -> int:
    return int(_ints(classes["rows"]).sum())


def _too_many(suppressed: int, total: int, obligation: KAnonymity, agreed: Mapping[str, Precision] | None) -> Unmet:
    under = " with the recoding agreed for this agreement" if agreed is not None else ""
    return Unmet(
        f"{suppressed:,} of {total:,} rows would have to be suppressed to reach k = {obligation.k}{under}; "
        f"{obligation.suppression:.0%} are allowed",
        todo="Agree a coarser precision, more suppression, or a new agreement.",
    )


def keyed(rows: nw.LazyFrame, quasi: Quasi) -> nw.LazyFrame:
    """The rows with one null-safe key column a quasi-identifier."""
    return rows.with_columns(*(_key(each) for each in quasi.columns))


def _key_name(each: Leaving) -> str:
    return f"_key_{each.name}"


def _key(each: Leaving) -> nw.Expr:
    return nw.col(each.name).cast(nw.String).fill_null(NOTHING).alias(_key_name(each))


def key_names(quasi: Quasi) -> list[str]:
    return [_key_name(each) for each in quasi.columns]


def _count(engine: Engine, rows: nw.LazyFrame, quasi: Quasi) -> pa.Table:
    person = PERSON if quasi.has_person else None
    return engine.collect(engine.class_masks(rows.select(*quasi.names, PERSON), by=quasi.names, person=person))


def _choose(
    counted: pa.Table, quasi: Quasi, obligation: KAnonymity, agreed: Mapping[str, Precision] | None
) -> tuple[dict[str, Precision], float]:
    if agreed is not None:
        return {each.field.name: agreed.get(each.field.name, each.precision) for each in quasi.columns}, float("nan")
    values = [counted[each.name].to_pylist() for each in quasi.columns]
    hierarchies = [hierarchy(each, column, quasi) for each, column in zip(quasi.columns, values, strict=True)]
    codes = np.stack([_encode(made, column) for made, column in zip(hierarchies, values, strict=True)], axis=1)
    chosen = recode(
        Classes(codes, _ints(counted["rows"]), _masks(counted, quasi)),
        hierarchies,
        k=obligation.k,
        suppression=obligation.suppression,
    )
    return {
        each.field.name: quasi.steps(each)[level] for each, level in zip(quasi.columns, chosen.levels, strict=True)
    }, chosen.loss


def _encode(made: Hierarchy, column: Sequence[Any]) -> np.ndarray:
    return made.encode([_text(value) for value in column])


def _text(value: Any) -> str:
    return NOTHING if value is None else str(value)


def hierarchy(each: Leaving, values: Sequence[Any], quasi: Quasi) -> Hierarchy:
    """The ladder of one column, on the values that occur, from the precision agreed upwards."""
    distinct = {_text(value): value for value in values}
    steps = quasi.steps(each)
    levels = [[_text(coarsened(value, step, places=quasi.places)) for step in steps] for value in distinct.values()]
    rows = [[text, *labels[1:]] for text, labels in zip(distinct, levels, strict=True)]
    return Hierarchy.from_rows(each.name, rows)


def _ints(column: pa.ChunkedArray) -> np.ndarray:
    return column.to_numpy().astype(np.int64)


def _masks(counted: pa.Table, quasi: Quasi) -> np.ndarray | None:
    if not quasi.has_person:
        return None
    masks = counted["mask"].to_numpy().astype(np.int64).view(np.uint64)
    return np.maximum(masks, np.uint64(1)).reshape(-1, 1)  # rows without a person key are about somebody


def _below_k(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, classes: pa.Table, k: int) -> pa.Table:
    """The classes that hold fewer than k people. A mask suspects; the people of suspects are then counted."""
    suspects = classes.filter(pa.array(_sizes(classes, quasi) < k))
    if quasi.has_person and len(suspects):
        suspects = suspects.filter(pa.array(_exact(engine, rows, quasi, suspects) < k))
    return suspects


def _keyed_masks(engine: Engine, rows: nw.LazyFrame, quasi: Quasi) -> nw.LazyFrame:
    by = key_names(quasi)
    chosen = keyed(rows, quasi).select(*by, PERSON)
    return engine.class_masks(chosen, by=by, person=PERSON if quasi.has_person else None)


def _sizes(counts: pa.Table, quasi: Quasi) -> np.ndarray:
    masks = _masks(counts, quasi)
    return _ints(counts["rows"]) if masks is None else np.bitwise_count(masks).sum(axis=1, dtype=np.int64)


def _exact(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, suspects: pa.Table) -> np.ndarray:
    """People in each suspected class, counted one by one."""
    by = key_names(quasi)
    table = engine.table(suspects.select(by))
    inside = keyed(rows, quasi).select(*by, PERSON).join(table, on=by, how="semi")
    people = inside.filter(~nw.col(PERSON).is_null()).unique().group_by(*by).agg(nw.len().alias("people"))
    found = {tuple(row[name] for name in by): row["people"] for row in engine.collect(people).to_pylist()}
    return np.array([found.get(tuple(row[name] for name in by), 1) for row in suspects.to_pylist()], dtype=np.int64)


def _without(engine: Engine, rows: nw.LazyFrame, small: pa.Table, quasi: Quasi) -> nw.LazyFrame:
    by = key_names(quasi)
    names = rows.collect_schema().names()
    return keyed(rows, quasi).join(engine.table(small.select(by)), on=by, how="anti").select(*names)


def class_sizes(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, *, k: int) -> tuple[np.ndarray, np.ndarray]:
    """People (rows, where no person is named) and rows of each class; people counted exactly where a mask shows
    fewer than k."""
    classes = engine.collect(_keyed_masks(engine, rows, quasi))
    sizes = _sizes(classes, quasi)
    few = sizes < k
    if quasi.has_person and few.any():
        sizes[few] = _exact(engine, rows, quasi, classes.filter(pa.array(few)))
    return sizes, _ints(classes["rows"])


EDGES = (1, 2, 3, 5, 10, 20, 50)


def bars(sizes: np.ndarray, rows: np.ndarray) -> tuple[Bar, ...]:
    """Class sizes in bands, for the picture: how many classes, and how many rows stand in them."""
    band = np.searchsorted(EDGES, sizes, side="right") - 1
    return tuple(
        Bar(
            low,
            EDGES[number + 1] - 1 if number + 1 < len(EDGES) else 0,
            int((band == number).sum()),
            int(rows[band == number].sum()),
        )
        for number, low in enumerate(EDGES)
        if (band == number).any()
    )
