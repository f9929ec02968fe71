"""How support under the Regulations stands on a day: what a register shows, in agreement with what the rules decide."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from openhaven.model.record import Support


class Standing(StrEnum):
    """Whether support can be relied on, on a day."""

    NOT_YET = "not in force yet"
    IN_FORCE = "in force"
    LATE = "in force, and its review is late"
    LAPSED = "not relied on: its review is too long overdue"
    WITHDRAWN = "withdrawn or closed"
    ENDED = "ended"


RELIED_ON = frozenset({Standing.IN_FORCE, Standing.LATE})
OVER = frozenset({Standing.WITHDRAWN, Standing.ENDED})


def standing(support: Support, *, on: dt.date, grace_days: int) -> Standing:
    """How support stands on a day (LAW-16, CAG-07). `grace_days` after a missed review it is still relied on."""
    if support.withdrawn_on is not None and on >= support.withdrawn_on:
        return Standing.WITHDRAWN
    if on > support.ends:
        return Standing.ENDED
    if on < support.starts:
        return Standing.NOT_YET
    if on <= support.review:
        return Standing.IN_FORCE
    return Standing.LATE if on <= support.review + dt.timedelta(days=grace_days) else Standing.LAPSED
