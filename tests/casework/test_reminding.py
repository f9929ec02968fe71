"""How often somebody is told of what falls due."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.casework.reminding import AGAIN, NEAR, REMINDED_TO, TOLD_ALREADY, Falls, tell
from openhaven.casework.states import MOVES

BY = dt.date(2026, 12, 1)


def day(number: int) -> dt.date:
    return BY + dt.timedelta(days=number)


def told(first: int, *, already: bool = False, until: int = 60) -> list[int]:
    """On which days somebody is told of what is due on day 0 and came up on day `first`."""
    found: list[int] = []
    for number in range(first, until):
        last = day(found[-1]) if found else None
        if tell(last, by=BY, on=day(number), told_already=already):
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("first", "already", "days"),
    [
        (-60, False, [-60, -7, 1, 8, 15]),
        (-8, False, [-8, -7, 1, 8, 15]),
        (-7, False, [-7, 1, 8, 15]),
        (-3, False, [-3, 1, 8, 15]),
        (0, False, [0, 1, 8, 15]),
        (5, False, [5, 12, 19]),
        (-28, True, [-7, 1, 8, 15]),
    ],
)
def test_it_is_told_when_it_comes_up_when_it_is_near_and_each_week_while_it_is_late(first, already, days) -> None:
    assert told(first, already=already)[: len(days)] == days


@given(first=st.integers(-90, 50), already=st.booleans())
def test_it_is_never_told_twice_in_a_week_but_round_the_last_day_and_never_forgotten(first: int, already: bool) -> None:
    days = told(first, already=already, until=80)
    late = [each for each in days if each > 0]
    assert all(after - before >= AGAIN.days for before, after in pairwise(late))
    assert days and days[-1] >= 80 - AGAIN.days - 1
    assert len([each for each in days if each <= 0]) <= 2


def test_each_kind_is_for_somebody_who_can_do_something_about_it() -> None:
    done = {each.action for each in MOVES}
    assert set(REMINDED_TO) == set(Falls) and all(actions and actions <= done for actions in REMINDED_TO.values())
    assert set(Falls) > TOLD_ALREADY and NEAR.days > 0
