"""How support under the Regulations stands on a day: what a register shows, in agreement with what the rules decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from openhaven.model.record.advice import Classification
from openhaven.model.record.approvals import Support
from openhaven.model.record.data_protection import Assessment
from openhaven.model.record.kinds import Record
from openhaven.model.record.seen import Seen

from .numbers import NONE_CHOSEN, number
from .plainly import months_after, years_after


class Standing(StrEnum):
    """Whether support can be relied on, on a day."""

    NOT_YET = "not in force yet"
    IN_FORCE = "in force"
    LATE = "in force, and its review is late"
    LAPSED = "not relied on: its review is too long overdue"
    WITHDRAWN = "withdrawn or closed"
    ENDED = "ended"


REPORTS = "support-report-months"
"""The number of the law: months between yearly reports on support."""
RELIED_ON = frozenset({Standing.IN_FORCE, Standing.LATE})
OVER = frozenset({Standing.WITHDRAWN, Standing.ENDED})


def review_due(support: Support, *, on: dt.date, months: int | None = None) -> dt.date:
    """When its review is due: the day on record, and no later than so many `months` after somebody last saw its letter
    or its conditions met, or it began (LAW-29). A day further ahead puts the yearly review off for nobody."""
    most = number(REPORTS, on=on) if months is None else months
    if support.review <= months_after(support.starts, most):
        return support.review
    seen = [each.on for each in (support.letter, support.conditions_met) if each is not None and _counts(each, on)]
    return min(support.review, months_after(max([support.starts, *seen]), most))


def looked_at_again(record: Record, *, on: dt.date, chosen: Mapping[str, int] = NONE_CHOSEN) -> dt.date | None:
    """The day by which a record of review is to be looked at again: the one that it states, or before that the last on
    which it counts by the numbers of the law, as the installation chose them; None for one that states none."""
    if isinstance(record, Support):
        return review_due(record, on=on)
    review: dt.date | None = getattr(record, "review", None)
    if review is None or not isinstance(record, Classification | Assessment):
        return review
    found_on = record.on if isinstance(record, Classification) else record.approved.on
    return min(review, years_after(found_on, number("finding-years", on=on, chosen=chosen)))


def _counts(seen: Seen, on: dt.date) -> bool:
    return seen.on <= on and bool(seen.document.strip() and seen.by.strip())


def standing(support: Support, *, on: dt.date, grace_days: int) -> Standing:
    """How support stands on a day (LAW-16, CAG-07). `grace_days` after a missed review it is still relied on."""
    if support.withdrawn_on is not None and on >= support.withdrawn_on:
        return Standing.WITHDRAWN
    if on > support.ends:
        return Standing.ENDED
    if on < support.starts:
        return Standing.NOT_YET
    due = review_due(support, on=on)
    if on <= due:
        return Standing.IN_FORCE
    return Standing.LATE if on <= due + dt.timedelta(days=grace_days) else Standing.LAPSED
