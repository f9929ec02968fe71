"""Bank holidays of England stand as dated data, and are those that the Schedule of the Act of 1971 gives."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.law.holidays import BANK_HOLIDAYS, BankHolidays, is_working, working_day_from

DAY = dt.timedelta(days=1)


def easter(year: int) -> dt.date:
    """Easter Sunday of the Gregorian calendar, by the tables of the Book of Common Prayer."""
    golden, century = year % 19 + 1, year // 100 + 1
    solar, lunar = 3 * century // 4 - 12, (8 * century + 5) // 25 - 5
    epact = (11 * golden + 20 + lunar - solar) % 30
    epact += (epact == 25 and golden > 11) or epact == 24
    full = dt.date(year, 3, 1) + (44 - epact + 30 * (44 - epact < 21) - 1) * DAY
    return full + (7 - (full.weekday() + 1) % 7) * DAY


def mondays(year: int, month: int) -> list[dt.date]:
    days = (dt.date(year, month, 1) + place * DAY for place in range(31))
    return [each for each in days if each.month == month and each.weekday() == 0]


def by_the_rules(year: int) -> set[dt.date]:
    """As the Act and the yearly proclamations have it, day by day: what falls on a weekend moves to the next free
    day."""
    sunday = easter(year)
    found = {sunday - 2 * DAY, sunday + DAY, mondays(year, 5)[0], mondays(year, 5)[-1], mondays(year, 8)[-1]}
    for each in (dt.date(year, 1, 1), dt.date(year, 12, 25), dt.date(year, 12, 26)):
        while each.weekday() > 4 or each in found:
            each += DAY
        found.add(each)
    return found


@pytest.mark.parametrize("year", sorted(BANK_HOLIDAYS.years))
def test_they_are_those_of_the_rules(year: int) -> None:
    assert {each for each in BANK_HOLIDAYS.days if each.year == year} == by_the_rules(year)


def test_they_say_where_they_come_from_and_how_sure_that_is() -> None:
    assert "1971" in BANK_HOLIDAYS.source and BANK_HOLIDAYS.confidence == "to be confirmed"
    assert BANK_HOLIDAYS.checked >= dt.date(2026, 11, 22)
    assert {2026, 2027, 2028} <= BANK_HOLIDAYS.years
    with pytest.raises(ValueError, match="years"):
        BankHolidays(frozenset({dt.date(2030, 1, 1)}), frozenset(), "", "", dt.date(2026, 1, 1))


@given(st.dates(dt.date(2020, 1, 1), dt.date(2032, 1, 1)))
def test_the_next_working_day_is_the_first_that_is_one(day: dt.date) -> None:
    found = working_day_from(day)
    assert found >= day and is_working(found)
    assert not any(is_working(day + place * DAY) for place in range((found - day).days))
    if day.year not in BANK_HOLIDAYS.years:
        assert is_working(day) == (day.isoweekday() < 6)
