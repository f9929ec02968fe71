"""By when a person is answered who asks about their own data, or about somebody who has died."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from openhaven.model.errors import BadInput

from .holidays import working_day_from
from .numbers import NONE_CHOSEN, NUMBERS, number
from .plainly import months_after


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which the clock stood, from the day on which something was asked to the day of the answer; None while
    there is none yet."""

    since: dt.date
    until: dt.date | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.since:
            raise BadInput(f"the answer of {self.until} came before it was asked for on {self.since}")


@dataclass(frozen=True, slots=True)
class Received:
    """A request as its clock sees it. `proven` is the day on which who asks was proven, None while that is awaited:
    the month runs from there (SAR-02). `stops` are for what was asked of the person (SAR-06)."""

    on: dt.date
    proven: dt.date | None
    stops: tuple[Stop, ...] = ()
    extended: bool = False

    def __post_init__(self) -> None:
        if self.proven is not None and self.proven < self.on:
            raise BadInput(f"who asked was proven on {self.proven}, before the request of {self.on}")

    @property
    def stands(self) -> bool:
        """Whether the clock stands, since something is awaited from the person."""
        return self.proven is None or any(each.until is None for each in self.stops)


def due(received: Received) -> dt.date | None:
    """The last day for an answer; None while the clock stands. It is the same day of the next month, or that month's
    last; where it is no working day in England, the next (SAR-02). A complex request has two months more (SAR-03), and
    each day on which the clock stood is added (SAR-06)."""
    if received.proven is None or received.stands:
        return None
    months = NUMBERS["access-months"].at(received.proven).value
    if received.extended:
        months += NUMBERS["access-extension-months"].at(received.proven).value
    stood = sum((each.until - each.since for each in received.stops if each.until), dt.timedelta())
    return working_day_from(months_after(received.proven, months) + stood)


def tell_extension_by(received: Received) -> dt.date | None:
    """The last day on which the person can be told that it takes longer: the end of the first month (SAR-03)."""
    return due(Received(received.on, received.proven, received.stops))


def answer_for_the_dead_by(
    received: Received, *, recent: bool, chosen: Mapping[str, int] = NONE_CHOSEN
) -> dt.date | None:
    """The last day on which the record of somebody who has died is shown; `recent` where part of it is, which gives
    less time (SAR-07). None while who asks, and by which right, is not proven."""
    if received.proven is None or received.stands:
        return None
    id = "access-deceased-days-recent" if recent else "access-deceased-days"
    return received.proven + dt.timedelta(days=number(id, on=received.proven, chosen=chosen))


def opinion_counts_until(given: dt.date, *, chosen: Mapping[str, int] = NONE_CHOSEN) -> dt.date:
    """The last day on which a health professional's opinion on serious harm counts (SAR-05)."""
    return months_after(given, number("access-opinion-months", on=given, chosen=chosen))
