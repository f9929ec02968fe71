"""What changed over time: the days on which provisions, rules and numbers began or ended, year by year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from openhaven.model.plain import from_plain, read_toml

from .algebra import Rule
from .numbers import NUMBERS, Number, Value
from .provisions import PROVISIONS, Provision, data_text
from .ruleset import RULESET

FILE = "handbook/years.toml"
A_DAY = dt.timedelta(days=1)
UNRECORDED = dt.date(2013, 4, 1)
"""The first day of provisions for which nobody recorded one: the national body began on it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A day, what is in force from it, and what was in force until the day before."""

    on: dt.date
    begins: tuple[Provision, ...]
    ended: tuple[Provision, ...]
    rules_begin: tuple[Rule, ...]
    rules_ended: tuple[Rule, ...]
    numbers_begin: tuple[tuple[Number, Value], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a year in which much changed."""

    year: int
    title: str
    gist: str
    provisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """A year and its days of change; `told` where much changed."""

    year: int
    changes: tuple[Change, ...]
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    years: tuple[Told, ...] = field(default=())


TOLD = {each.year: each for each in from_plain(_File, read_toml(data_text(FILE), where=FILE), where=FILE).years}


def history() -> tuple[Year, ...]:
    """Every year in which anything began or ended, earliest first."""
    changes = [_change(on) for on in sorted(_days())]
    by_year = groupby(changes, key=lambda each: each.on.year)
    return tuple(Year(year, tuple(found), TOLD.get(year)) for year, found in by_year)


def _days() -> set[dt.date]:
    values = (value for number in NUMBERS.values() for value in number.values)
    dated: list[Provision | Rule | Value] = [*PROVISIONS.values(), *RULESET.rules, *values]
    return {each.starts for each in dated} | {each.ends + A_DAY for each in dated if each.ends}


def _change(on: dt.date) -> Change:
    pairs = ((number, value) for number in NUMBERS.values() for value in number.values)
    return Change(
        on=on,
        begins=_begun(PROVISIONS.values(), on),
        ended=_ended(PROVISIONS.values(), on),
        rules_begin=_begun(RULESET.rules, on),
        rules_ended=_ended(RULESET.rules, on),
        numbers_begin=tuple((number, value) for number, value in pairs if value.starts == on),
    )


Dated = TypeVar("Dated", Provision, Rule)


def _begun(dated: Iterable[Dated], on: dt.date) -> tuple[Dated, ...]:
    return tuple(each for each in dated if each.starts == on)


def _ended(dated: Iterable[Dated], on: dt.date) -> tuple[Dated, ...]:
    return tuple(each for each in dated if each.ends is not None and each.ends + A_DAY == on)
