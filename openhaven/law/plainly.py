"""Dates and lists in the words of a letter, without asking the machine's locale."""

import datetime as dt
from collections.abc import Collection, Iterable
from functools import lru_cache

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@lru_cache(maxsize=4096)
def day(date: dt.date) -> str:
    """A date as a letter writes it: 21 November 2026."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def listed(names: Iterable[str], *, last: str = "and") -> str:
    """Names as a sentence lists them: a, b and c."""
    *most, final = list(names) or ["none"]
    return f"{', '.join(most)} {last} {final}" if most else final


def many(names: Collection[str], one: str, more: str) -> str:
    """The verb that goes with so many names: one does, two or more do."""
    return one if len(names) == 1 else more


def counted(number: int, one: str) -> str:
    """So many of a thing: 1 year, 3 years."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


@lru_cache(maxsize=4096)
def months_after(date: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last day of that month where it has no such day."""
    years, month = divmod(date.month - 1 + months, 12)
    first = date.replace(year=date.year + years, month=month + 1, day=1)
    for back in range(4):
        try:
            return first.replace(day=date.day - back)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def years_after(date: dt.date, years: int) -> dt.date:
    """The same day so many years later; 28 February for a 29 February that is not there."""
    return months_after(date, years * 12)
