"""What falls due for one person, to be told of by mail: of agreements, of support, of requests of patients, and the
regulator's clock of incidents. Ids and days alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from openhaven.casework.reminding import REMINDED_TO, TOLD_ALREADY, Falls, tell
from openhaven.casework.states import Action
from openhaven.desk.agreements.drawing import to_sign
from openhaven.desk.incidents import unsettled
from openhaven.desk.models import Person, Reminder, Request
from openhaven.desk.models.telling import Reminded
from openhaven.desk.reach import NOTHING, cases_for
from openhaven.desk.roles import OF_THE_HAVEN, Role
from openhaven.haven import Haven
from openhaven.haven.approvals import due, due_lines
from openhaven.haven.place import LONDON
from openhaven.law.plainly import day

OF_SUPPORT = frozenset({*OF_THE_HAVEN, Role.GUARDIAN})
"""Who is told that support falls due for review."""
WHO_ANSWER = frozenset({Role.CASE_OFFICER, Role.GUARDIAN})
"""Who answers people who ask about their own data."""
KEPT = dt.timedelta(days=400)
NEVER = dt.date.max
"""By when something is due whose clock stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that falls due: how it is known again, the line of a letter, and by when it is."""

    what: str
    line: str
    by: dt.date
    told_already: bool = False


def to_be_told(haven: Haven, person: Person) -> tuple[Standing, ...]:
    """What a person is told of today, the first first; once, where there are several reasons for it."""
    today, last = haven.today(), dict(Reminded.objects.filter(person=person).values_list("what", "last"))
    found = {
        each.what: each
        for each in _standing(haven, person)
        if tell(last.get(each.what), by=each.by, on=today, told_already=each.told_already)
    }
    return tuple(sorted(found.values(), key=lambda each: (each.by, each.what)))


def note_told(haven: Haven, person: Person, told: Sequence[Standing]) -> None:
    """Note that a person was told of these today."""
    rows = [Reminded(person=person, what=each.what, last=haven.today()) for each in told]
    Reminded.objects.bulk_create(rows, update_conflicts=True, unique_fields=["person", "what"], update_fields=["last"])


def forget_old(haven: Haven) -> None:
    """Forget what people were told of long ago."""
    Reminded.objects.filter(last__lt=haven.today() - KEPT).delete()


def _standing(haven: Haven, person: Person) -> Iterator[Standing]:
    roles = {each.role for each in person.posts.all()}
    yield from _of_agreements(haven, person)
    yield from _of_incidents(haven, person)
    if roles & OF_SUPPORT:
        yield from _of_support(haven)
    if roles & WHO_ANSWER:
        yield from _of_requests()


def _of_agreements(haven: Haven, person: Person) -> Iterator[Standing]:
    for kind, actions in REMINDED_TO.items():
        for each in _reminders(haven, person, kind, actions):
            line = f"{each.case_id}: {kind}, {day(each.due)}."
            yield Standing(f"{each.case_id} {kind} {each.due}", line, each.due, kind in TOLD_ALREADY)


def _reminders(haven: Haven, person: Person, kind: Falls, actions: frozenset[Action]) -> list[Reminder]:
    mine = NOTHING
    for each in actions:
        mine |= Q(case__in=cases_for(haven, person, each).values("pk"))
    found: QuerySet[Reminder] = Reminder.objects.filter(mine, kind=kind).select_related("case")
    if kind is not Falls.SIGNATURES:
        return list(found)
    may = {each: set(cases_for(haven, person, each).values_list("pk", flat=True)) for each in actions}
    return [each for each in found if each.case_id in may.get(to_sign(each.case), ())]


def _of_incidents(haven: Haven, person: Person) -> Iterator[Standing]:
    for each in unsettled(haven, person):
        until = each.clock.until.astimezone(LONDON)
        line = f"{each.pk}: the Commissioner is told by {until:%H:%M} on {day(until.date())}, or it is decided why not."
        yield Standing(f"{each.pk} regulator", line, until.date())


def _of_support(haven: Haven) -> Iterator[Standing]:
    for each in due(haven):
        (line,) = due_lines([each])
        yield Standing(f"{each.support} {each.what} {each.on}", f"{line}.", each.on)


def _of_requests() -> Iterator[Standing]:
    for each in Request.objects.filter(answered=None).order_by("due", "pk"):
        line = f"Request {each.pk} waits: {each.stage}."
        if each.due is not None:
            line = f"Request {each.pk} is to be answered by {day(each.due)}."
        yield Standing(f"request {each.pk} {each.due or each.stage}", line, each.due or NEVER)
