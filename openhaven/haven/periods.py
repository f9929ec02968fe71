"""The periods of the private log: at fixed times of day its head is entered in the public one."""

from __future__ import annotations

import datetime as dt

from openhaven.model.errors import BadInput
from openhaven.model.settings import Log
from openhaven.records import reads, writes
from openhaven.records.act import Act, instant
from openhaven.records.logstore import CLOCK_SLACK
from openhaven.records.reads import LONDON


def latest_time(chosen: Log, at: dt.datetime) -> dt.datetime:
    """The latest of the fixed times that is not after `at`."""
    day = at.astimezone(LONDON).date()
    times = [dt.time.fromisoformat(each) for each in chosen.private_at]
    days = (day - dt.timedelta(days=back) for back in range(3))
    every = (dt.datetime.combine(each, time, LONDON).astimezone(dt.UTC) for each in days for time in times)
    return max(each for each in every if each <= at)


def period_of(chosen: Log, now: dt.datetime) -> dt.datetime:
    """When the period began that is not closed yet: at the fixed time before the last head was entered. Raises
    BadInput where the clock was set back to before it."""
    last = reads.private_head_entered() or now
    if now < last - CLOCK_SLACK:
        raise BadInput(
            f"the clock says {instant(now)}, but the head of the private log was entered at {instant(last)}",
            todo="Nothing is looked at under an earlier time. Set the clock right.",
        )
    return latest_time(chosen, last)


def enter_due_head(chosen: Log, act: Act) -> None:
    """Close the period, where a fixed time has come since the last one was."""
    last = reads.private_head_entered()
    if last is not None and last < latest_time(chosen, act.now):
        writes.enter_private_head(act=act, period=latest_time(chosen, last), filling=chosen.private_filling)
