"""By when a person is answered: the same day of the next month, as the regulator counts it."""

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.law.answering import answer_by


@pytest.mark.parametrize(
    ("received", "said"),
    [
        (dt.date(2026, 9, 3), dt.date(2026, 10, 5)),  # the 3rd is a Saturday
        (dt.date(2026, 3, 31), dt.date(2026, 4, 30)),
        (dt.date(2026, 1, 31), dt.date(2026, 3, 2)),  # 28 February is a Saturday
        (dt.date(2028, 1, 31), dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 31), dt.date(2027, 2, 1)),  # 31 January is a Sunday
    ],
)
def test_days_as_a_calendar_has_them(received, said):
    assert answer_by(received) == said


@given(st.dates(dt.date(2019, 1, 1), dt.date(2040, 1, 1)))
def test_it_is_a_working_day_of_the_next_month_or_just_after(received):
    year, month = received.year + received.month // 12, received.month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    expected = dt.date(year, month, min(received.day, last))
    while expected.isoweekday() > 5:
        expected += dt.timedelta(days=1)
    assert answer_by(received) == expected
