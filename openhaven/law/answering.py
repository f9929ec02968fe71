"""By when a person is answered who asks about their own data."""

from __future__ import annotations

import datetime as dt

from .numbers import NUMBERS
from .plainly import months_after

SATURDAY = 5


def answer_by(received: dt.date) -> dt.date:
    """The last day for an answer: the same day of the next month, or that month's last; where it falls on a weekend,
    the Monday after (SAR-02). Bank holidays are not known here: they would give a day more."""
    day = months_after(received, NUMBERS["access-months"].at(received).value)
    return day + dt.timedelta(days=7 - day.weekday()) if day.weekday() >= SATURDAY else day
