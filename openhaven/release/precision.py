"""Coarsening: one expression for each step of a ladder, and its slow twin on single values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from openhaven.model.dataset import Field
from openhaven.model.errors import BadInput
from openhaven.model.precision import OLDEST, TOP_AGE, ladder
from openhaven.model.words import Kind, Precision

P = Precision
NO_AGE = "not an age"  # deliveries are refused with such a value; if one is there all the same, it is not banded
_DATE_STEPS = {P.MONTH: "1mo", P.QUARTER: "1q", P.YEAR: "1y"}
_BANDS = {P.AGE_5: 5, P.AGE_10: 10, P.AGE_20: 20}
_FIRST = {P.CATEGORY: 3, P.CHAPTER: 1}
PLACES = (P.LSOA, P.AREA, P.REGION)


def place_column(field: str, precision: Precision) -> str:
    """The column that the postcode lookup adds for one field and step."""
    return f"_{field}_{precision.value}"


def expression(field: Field, precision: Precision) -> nw.Expr:
    """The field at that precision. Dates become the first day of their month, quarter or year."""
    column = nw.col(field.name)
    if precision is P.AS_HELD:
        return column
    if precision is P.ALL:
        return nw.lit("*").alias(field.name)
    if precision in _DATE_STEPS:
        return column.dt.truncate(_DATE_STEPS[precision]).cast(nw.Date)
    if precision in _BANDS:
        width = _BANDS[precision]
        band = _age_band(column, width) if field.kind is Kind.AGE else _band(column, width)
        return band.alias(field.name)
    if precision in _FIRST:
        return column.str.slice(0, _FIRST[precision])
    if precision in PLACES:
        return nw.col(place_column(field.name, precision)).alias(field.name)
    raise BadInput(f"{precision.value} cannot be applied", where=f"field {field.name}")


def _band(column: nw.Expr, width: int) -> nw.Expr:
    low = column - (column % width + width) % width  # whole numbers only: exact, and downwards below nothing too
    return nw.concat_str([low.cast(nw.String), (low + (width - 1)).cast(nw.String)], separator="-")


def _age_band(column: nw.Expr, width: int) -> nw.Expr:
    """Found by halves: with few comparisons a row that costs a third of putting each label together from numbers."""
    band = _band_between(column, list(range(0, TOP_AGE, width)), width)
    known = nw.when(column >= TOP_AGE).then(nw.lit(f"{TOP_AGE}+")).otherwise(band)
    return nw.when((column < 0) | (column > OLDEST)).then(nw.lit(NO_AGE)).otherwise(known)


def _band_between(column: nw.Expr, lows: list[int], width: int) -> nw.Expr:
    """The label of the band that begins with one of `lows`. No age is never below another: it comes to the last band,
    and stays no age."""
    if len(lows) == 1:
        end = min(lows[0] + width, TOP_AGE)  # the last band ends where the open one begins
        label = nw.lit(f"{lows[0]}-{end - 1}")
        return label if end < TOP_AGE else nw.when(column >= lows[0]).then(label)
    lower, upper = lows[: len(lows) // 2], lows[len(lows) // 2 :]
    below = _band_between(column, lower, width)
    return nw.when(column < upper[0]).then(below).otherwise(_band_between(column, upper, width))


@dataclass(frozen=True, slots=True)
class Places:
    """A lookup from postcode to larger areas: postcode, lsoa, area and region, as text."""

    rows: tuple[tuple[str, str, str, str], ...] = ()

    def named(self, precision: Precision) -> frozenset[str]:
        """All names at one step."""
        return frozenset(row[1 + PLACES.index(precision)] for row in self.rows)

    def steps(self) -> Mapping[Precision, Callable[[Any], Any]]:
        """From any place name to the place that holds it, for the twin."""
        area = {row[1]: row[2] for row in self.rows} | {row[0]: row[2] for row in self.rows}
        region = {place: row[3] for row in self.rows for place in row[:3]}
        lsoa = {row[0]: row[1] for row in self.rows}
        return {P.LSOA: lsoa.get, P.AREA: area.get, P.REGION: region.get}


def coarsened(value: Any, precision: Precision, *, field: Field, places: Places | None = None) -> Any:
    """The slow twin of `expression`, on one value that may have been coarsened before; None stays None."""
    if precision is P.ALL:
        return "*"
    if value is None or precision is P.AS_HELD:
        return value
    if precision in _DATE_STEPS:
        return _first_day(value, precision)
    if precision in _BANDS:
        low, width = low_end(value) if isinstance(value, str) else value, _BANDS[precision]
        return _age_band_of(low, width) if field.kind is Kind.AGE else _band_of(low, width)
    if precision in _FIRST:
        return value[: _FIRST[precision]]
    return (places or Places()).steps()[precision](value)


def _first_day(day: dt.date, precision: Precision) -> dt.date:
    month = {P.MONTH: day.month, P.QUARTER: (day.month - 1) // 3 * 3 + 1, P.YEAR: 1}[precision]
    return dt.date(day.year, month, 1)


def _band_of(value: int, width: int) -> str:
    low = value // width * width
    return f"{low}-{low + width - 1}"


def _age_band_of(age: int, width: int) -> str:
    if not 0 <= age <= OLDEST:
        return NO_AGE
    low = age // width * width
    return f"{TOP_AGE}+" if age >= TOP_AGE else f"{low}-{min(low + width, TOP_AGE) - 1}"


def low_end(label: str) -> int:
    """The lower end of a band's label; a number may be below nothing, as days before an event are."""
    if label == NO_AGE:
        return -1
    sign, digits = ("-", label[1:]) if label.startswith("-") else ("", label)
    return int(sign + digits.rstrip("+").split("-")[0])


def is_coarse(value: Any, precision: Precision, *, field: Field, places: Places) -> bool:
    """Whether a value already is as coarse as that: coarsening it again would change nothing."""
    if precision in PLACES:
        return value in places.named(precision)
    return bool(coarsened(value, precision, field=field) == value)


def coarser_steps(field: Field, start: Precision, *, places: bool) -> tuple[Precision, ...]:
    """The ladder from `start` upwards. A 5-year band is not refined again; without a lookup no place is known."""
    steps = ladder(field)
    above = steps[steps.index(start) :]
    if field.kind is Kind.POSTCODE and not places:
        return tuple(step for step in above if step not in PLACES or step is start)
    return above
