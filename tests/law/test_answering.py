"""By when a person is answered: the same day of the next month, as the regulator counts it."""

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.law.answering import (
    Received,
    Stop,
    answer_for_the_dead_by,
    due,
    tell_extension_by,
)
from openhaven.law.holidays import BANK_HOLIDAYS
from openhaven.model.errors import BadInput


@pytest.mark.parametrize(
    ("received", "said"),
    [
        (dt.date(2026, 9, 3), dt.date(2026, 10, 5)),  # the 3rd is a Saturday
        (dt.date(2026, 3, 31), dt.date(2026, 4, 30)),
        (dt.date(2026, 1, 31), dt.date(2026, 3, 2)),  # 28 February is a Saturday
        (dt.date(2028, 1, 31), dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 31), dt.date(2027, 2, 1)),  # 31 January is a Sunday
        (dt.date(2026, 11, 25), dt.date(2026, 12, 29)),  # Christmas Day, a weekend, and its Monday
        (dt.date(2027, 2, 26), dt.date(2027, 3, 30)),  # Good Friday to Easter Monday
    ],
)
def test_days_as_a_calendar_has_them(received, said):
    assert due(Received(received, received)) == said


@given(st.dates(dt.date(2019, 1, 1), dt.date(2040, 1, 1)))
def test_it_is_a_working_day_of_the_next_month_or_just_after(received):
    year, month = received.year + received.month // 12, received.month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    expected = dt.date(year, month, min(received.day, last))
    while expected.isoweekday() > 5 or expected in BANK_HOLIDAYS.days:
        expected += dt.timedelta(days=1)
    assert due(Received(received, received)) == expected


DAY = dt.date(2026, 9, 1)


def test_the_month_runs_from_the_day_on_which_who_asks_is_proven():
    assert due(Received(DAY, None)) is None
    assert due(Received(DAY, dt.date(2026, 9, 10))) == dt.date(2026, 10, 12)  # the 10th is a Saturday
    with pytest.raises(BadInput):
        Received(DAY, DAY - dt.timedelta(days=1))


def test_the_clock_stands_while_something_is_asked_of_the_person():
    asked = Stop(dt.date(2026, 9, 5))
    assert due(Received(DAY, DAY, (asked,))) is None
    assert due(Received(DAY, DAY, (Stop(asked.since, dt.date(2026, 9, 12)),))) == dt.date(2026, 10, 8)
    with pytest.raises(BadInput):
        Stop(DAY, DAY - dt.timedelta(days=1))


def test_two_months_more_where_it_is_complex_and_told_within_the_first():
    assert due(Received(DAY, DAY, extended=True)) == dt.date(2026, 12, 1)
    assert tell_extension_by(Received(DAY, DAY, extended=True)) == dt.date(2026, 10, 1)


@given(st.dates(dt.date(2019, 1, 1), dt.date(2040, 1, 1)), st.integers(0, 400), st.booleans())
def test_no_stop_and_no_extension_ever_gives_less_time(day, stood, extended):
    plain = due(Received(day, day))
    stop = Stop(day, day + dt.timedelta(days=stood))
    assert plain <= due(Received(day, day, (stop,), extended=extended))


def test_for_the_dead_it_is_days_and_fewer_where_part_of_it_is_recent():
    received = Received(DAY, DAY)
    assert answer_for_the_dead_by(received, recent=True) == DAY + dt.timedelta(days=21)
    assert answer_for_the_dead_by(received, recent=False) == DAY + dt.timedelta(days=40)
    assert answer_for_the_dead_by(received, recent=False, chosen={"access-deceased-days": 30}) == dt.date(2026, 10, 1)
    assert answer_for_the_dead_by(Received(DAY, None), recent=True) is None
