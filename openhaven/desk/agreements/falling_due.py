"""What falls due of agreements: ends, evidence that runs out, signatures that are awaited, and destructions, which are
chased each day until the certificate is there. The worker looks once a day; pages show what it found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from openhaven.casework.agreeing import Chosen, destroy_by
from openhaven.casework.reminding import Falls
from openhaven.casework.states import State
from openhaven.desk.agreements.drawing import agreed, propose, waiting, without_agreement
from openhaven.desk.agreements.ending import still_there, undestroyed
from openhaven.desk.models import Case, Reminder
from openhaven.haven import Haven
from openhaven.haven.place import LONDON
from openhaven.model.errors import BadInput

AHEAD = dt.timedelta(days=60)
"""So long before an end somebody is reminded: our choice, to leave time for what has to be decided afresh."""
SIGNED_WITHIN = dt.timedelta(days=28)
"""So long a version may wait for its signatures before somebody is reminded: our choice."""
WATCHED = (State.AGREEMENT, State.IN_FORCE, State.SUSPENDED, State.ENDED)


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due, by its kind and in words, and by when."""

    kind: Falls
    what: str
    by: dt.date


def due(haven: Haven, case: Case) -> tuple[Due, ...]:
    """All that falls due of a case's agreement, the first first."""
    return tuple(sorted(_due(haven, case), key=lambda each: (each.by, each.what)))


def _due(haven: Haven, case: Case) -> Iterator[Due]:
    today, now = haven.today(), agreed(case)
    yield from _signatures(case)
    if now is None:
        return
    over = case.stands is State.ENDED or now.ends < today
    if over:
        yield from _destruction(case, destroy_by(now))
        if case.stands is not State.ENDED:
            yield Due(Falls.OVER, "the term is over: end it here", now.ends)
        return
    if case.stands in (State.IN_FORCE, State.SUSPENDED):
        if now.ends - today <= AHEAD:
            yield Due(Falls.TERM, "the term ends", now.ends)
        yield from (each for each in _evidence(haven, case, now.ends) if each.by - today <= AHEAD)


def _signatures(case: Case) -> Iterator[Due]:
    version = waiting(case)
    if version is not None and case.stands in (State.AGREEMENT, State.IN_FORCE):
        by = version.at.astimezone(LONDON).date() + SIGNED_WITHIN
        yield Due(Falls.SIGNATURES, f"version {version.number} is signed by both sides", by)


def _destruction(case: Case, by: dt.date) -> Iterator[Due]:
    if not still_there(case):
        yield Due(Falls.CERTIFICATE, "the certificate of destruction is there: look at it and record it", by)
        return
    what = "the recipient certifies the destruction, backups and processors too"
    if not undestroyed(case):
        what = "nothing was released, or all of it is destroyed: the recipient certifies that it holds nothing"
    yield Due(Falls.DESTRUCTION, what, by)


def _evidence(haven: Haven, case: Case, ends: dt.date) -> Iterator[Due]:
    """What the decision rests on and ends before the term does."""
    try:
        found = propose(haven, without_agreement(case), Chosen()).limits
    except BadInput:
        return
    short = (each for each in found if each.last < ends)
    yield from (Due(Falls.EVIDENCE, f"what it rests on runs out: {each.because}", each.last) for each in short)


def remind(haven: Haven) -> int:
    """The day's reminders: what is new is told, what is still open once more, what is done no more. How many stand."""
    today, standing = haven.today(), 0
    for case in Case.objects.filter(state__in=WATCHED):
        found = due(haven, case)
        _forget(case, found)
        for each in found:
            first = {"since": today, "last": today}
            made, new = Reminder.objects.get_or_create(
                case=case, kind=each.kind, what=each.what, due=each.by, defaults=first
            )
            if not new:
                made.told_again(today)
            standing += 1
    Reminder.objects.exclude(case__state__in=WATCHED).delete()
    return standing


def _forget(case: Case, found: Iterable[Due]) -> None:
    open_ones = {(each.kind, each.what, each.by) for each in found}
    gone = [each.pk for each in case.reminders.all() if (each.kind, each.what, each.due) not in open_ones]
    Reminder.objects.filter(pk__in=gone).delete()
