"""Working days in England: the days of the week, but for bank holidays, which are dated data.

Where a clock of the law ends on a day that is none, it ends on the next (SAR-02). Of a year that the data does not have
only weekends are known, so that an answer is never said to be due later than it is."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from importlib.resources import files

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class BankHolidays:
    """The days, for which years they are known, where they come from, and how sure that is."""

    days: frozenset[dt.date]
    years: frozenset[int]
    source: str
    confidence: str
    checked: dt.date

    def __post_init__(self) -> None:
        if {each.year for each in self.days} != self.years:
            raise ValueError("bank holidays stand under their years")


def _read() -> BankHolidays:
    found = tomllib.loads((files("openhaven.law") / "data" / "bank_holidays.toml").read_text(encoding="utf-8"))
    days = frozenset(day for each in found["years"].values() for day in each)
    years = frozenset(int(each) for each in found["years"])
    return BankHolidays(days, years, found["source"], found["confidence"], found["checked"])


BANK_HOLIDAYS = _read()


def is_working(day: dt.date) -> bool:
    """Whether it is neither a weekend nor a bank holiday in England."""
    return day.weekday() < SATURDAY and day not in BANK_HOLIDAYS.days


def working_day_from(day: dt.date) -> dt.date:
    """The day itself, or the next working day where it is none."""
    while not is_working(day):
        day += dt.timedelta(days=1)
    return day
