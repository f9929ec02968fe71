"""Classes on the road: combinations of quasi-identifiers, counted by the engine, told apart null-safely."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from openhaven.engines import Engine
from openhaven.model.certificate import Bar
from openhaven.model.words import Precision

from .leave import Leaving
from .plan import PERSON
from .precision import Places, coarser_steps

NO_TEXT, NO_DAY, NO_INSTANT, NO_NUMBER = "\u2400", dt.date(9998, 7, 13), dt.datetime(9998, 7, 13, 3, 14, 15), -(2**62)
"""What stands for "no value" in a class key, so that rows without a value form classes too. A day on which nothing
was or will be recorded; Spark cannot be given one before the year 1000."""

ONE_WORD = 20  # the largest k for which one word of 64 bits is enough
WORDS, MASK, QUARTER = 4, "mask_", 2**62

FEW_VALUES = 200  # values by which rows are looked for before they are joined

Ints = npt.NDArray[np.int64]
Masks = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Quasi:
    """The columns whose combinations k counts, and whether people can be told apart."""

    columns: tuple[Leaving, ...]
    places: Places
    has_person: bool

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.columns]

    @property
    def keys(self) -> list[str]:
        """The names of the null-safe class keys: by number, since a dot in a name would break grouping."""
        return [f"_key_{number}" for number in range(len(self.columns))]

    def steps(self, each: Leaving) -> tuple[Precision, ...]:
        return coarser_steps(each.field, each.precision, places=bool(self.places.rows))


def absent(value: Any) -> bool:
    """Whether a class key stands for "no value"."""
    return value in (NO_TEXT, NO_DAY, NO_INSTANT, NO_NUMBER)


def keyed(rows: nw.LazyFrame, quasi: Quasi) -> nw.LazyFrame:
    """The rows with a class key beside each quasi-identifier."""
    schema = rows.collect_schema()
    return rows.with_columns(
        *(_key(nw.col(name), schema[name]).alias(key) for name, key in zip(quasi.names, quasi.keys, strict=True))
    )


def _key(column: nw.Expr, kind: nw.dtypes.DType) -> nw.Expr:
    if kind == nw.Date:
        return column.fill_null(NO_DAY)
    if kind == nw.Datetime:
        return column.fill_null(NO_INSTANT)
    if kind.is_integer():
        return column.cast(nw.Int64).fill_null(NO_NUMBER)
    return (column if kind == nw.String else column.cast(nw.String)).fill_null(NO_TEXT)


def class_table(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, *, k: int) -> pa.Table:
    """One line a class: its keys, `rows` and, where people are known, their mask.

    64 bits tell up to about twenty people apart surely enough; for a larger k there are four words of 64."""
    by = quasi.keys
    chosen = keyed(rows, quasi).select(*by, PERSON)
    if not quasi.has_person or k <= ONE_WORD or chosen.collect_schema()[PERSON] == nw.String:
        counted = engine.collect(engine.class_masks(chosen, by=by, person=PERSON if quasi.has_person else None))
        return counted.rename_columns({"mask": f"{MASK}0"}) if quasi.has_person else counted
    worded = chosen.with_columns(_word(nw.col(PERSON)).alias("_word"))
    return _side_by_side(engine.collect(engine.class_masks(worded, by=[*by, "_word"], person=PERSON)), by)


def _word(person: nw.Expr) -> nw.Expr:
    """Which quarter of all 64-bit numbers the person's id lies in: ids are keyed, so people spread evenly."""
    upper = nw.when(person < nw.lit(QUARTER)).then(nw.lit(2)).otherwise(nw.lit(3))
    lower = nw.when(person < nw.lit(-QUARTER)).then(nw.lit(0)).otherwise(nw.lit(1))
    return nw.when(person < nw.lit(0)).then(lower).otherwise(upper)


def _side_by_side(counted: pa.Table, by: Sequence[str]) -> pa.Table:
    """The words of each class in one line: a class has each word at most once, so that sums only move them."""
    word, mask = ints(counted["_word"]), ints(counted["mask"])
    for number in range(WORDS):
        counted = counted.append_column(f"{MASK}{number}", pa.array(np.where(word == number, mask, 0)))
    names = ["rows", *(f"{MASK}{number}" for number in range(WORDS))]
    merged = counted.group_by(list(by)).aggregate([(name, "sum") for name in names])
    return merged.rename_columns({f"{name}_sum": name for name in names})


def ints(column: pa.ChunkedArray) -> Ints:
    return column.to_numpy().astype(np.int64)


def masks(classes: pa.Table, quasi: Quasi) -> Masks | None:
    """The people mask of each class (classes x words), None where no person is known."""
    if not quasi.has_person:
        return None
    words = [name for name in classes.column_names if name.startswith(MASK)]
    return np.stack([ints(classes[name]).view(np.uint64) for name in words], axis=1)


def sizes(classes: pa.Table, quasi: Quasi) -> Ints:
    """People by their mask (a sure lower bound), or rows where no person is known."""
    found = masks(classes, quasi)
    if found is None:
        return ints(classes["rows"])
    people = np.bitwise_count(found).sum(axis=1, dtype=np.int64)
    return np.maximum(people, 1)  # rows without a person key are about somebody, at the least one


def exact_people(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, suspects: pa.Table) -> Ints:
    """People in each of these classes, counted one by one."""
    by = quasi.keys
    inside = _narrowed(keyed(rows, quasi).select(*by, PERSON), suspects, by).join(
        engine.table(suspects.select(by)), on=by, how="semi"
    )
    people = inside.filter(~nw.col(PERSON).is_null()).unique().group_by(*by).agg(nw.len().alias("people"))
    found = {tuple(row[name] for name in by): row["people"] for row in engine.collect(people).to_pylist()}
    return np.array([found.get(tuple(row[name] for name in by), 1) for row in suspects.to_pylist()], dtype=np.int64)


def _narrowed(rows: nw.LazyFrame, suspects: pa.Table, by: Sequence[str]) -> nw.LazyFrame:
    """Only rows that a key with few values puts among the suspects: an engine reads little of a file for these."""
    values = {key: suspects[key].unique().to_pylist() for key in by}
    few = [key for key in by if len(values[key]) <= FEW_VALUES]
    return rows.filter(*(nw.col(key).is_in(values[key]) for key in few)) if few else rows


def class_sizes(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, *, k: int) -> tuple[Ints, Ints]:
    """People (else rows) and rows of each class; people counted one by one where a mask shows fewer than twice k, so
    that the smallest class is known exactly."""
    classes = class_table(engine, rows, quasi, k=k)
    found = sizes(classes, quasi)
    few = found < 2 * k
    if quasi.has_person and few.any():
        found[few] = exact_people(engine, rows, quasi, classes.filter(pa.array(few)))
    return found, ints(classes["rows"])


EDGES = (1, 2, 3, 5, 10, 20, 50)


def bars(found: Ints, rows: Ints) -> tuple[Bar, ...]:
    """Class sizes in bands, for the picture: how many classes, and how many rows stand in them."""
    band = np.searchsorted(EDGES, found, side="right") - 1
    return tuple(
        Bar(low, _last(number), int((band == number).sum()), int(rows[band == number].sum()))
        for number, low in enumerate(EDGES)
        if (band == number).any()
    )


def _last(number: int) -> int:
    return EDGES[number + 1] - 1 if number + 1 < len(EDGES) else 1 << 31


def codes_of(values: Sequence[Any]) -> tuple[dict[Any, int], Ints]:
    """Each distinct value numbered in order of appearance, and the number of each value."""
    numbers: dict[Any, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return numbers, np.array(codes, dtype=np.int64)
