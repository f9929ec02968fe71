"""Tells people by mail that something waits for them or falls due: at most one letter an hour each, with ids and what
is to be done, and nothing of what it is about. What was told is noted once it was sent, so a letter may come twice and
is never lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Max

from openhaven.casework.awaited import AFTER, AGAIN, AWAITED, NEWS, ONCE, TO_DO, WRITTEN
from openhaven.casework.policy import Relation, relation
from openhaven.casework.roles import Role
from openhaven.casework.states import Action
from openhaven.desk.cases import can, parties, someone
from openhaven.desk.models import Case, Person, Step, Told
from openhaven.desk.reminding import Standing, forget_old, note_told, to_be_told
from openhaven.desk.settling import awaits
from openhaven.haven import Haven
from openhaven.law.plainly import listed
from openhaven.model.errors import BadInput
from openhaven.outside.mail import Letter, Send, posting

EVERY = dt.timedelta(minutes=1)
"""So often somebody looks whether there is news."""
APART = dt.timedelta(hours=1)
"""So long after a letter the next one goes to the same person: our choice."""
REMINDS_EVERY = dt.timedelta(hours=1)
"""So often somebody looks what falls due."""
MOST_LINES = 20
"""Lines of one letter; how many more there are is said."""
OWN = (Relation.AUTHOR, Relation.MEMBER)


@dataclass
class Pace:
    """When somebody looks again whether there is news."""

    every: dt.timedelta = EVERY
    next: dt.datetime | None = None

    def is_time(self, now: dt.datetime) -> bool:
        """Whether it is time; then not again for a while."""
        if self.next is not None and now < self.next:
            return False
        self.next = now + self.every
        return True


@dataclass(frozen=True, slots=True)
class News:
    """What one person is told: a line for each case, and what falls due."""

    cases: tuple[str, ...]
    due: tuple[Standing, ...]

    @property
    def subject(self) -> str:
        """What a letter is about, in numbers."""
        cases, due = len(self.cases), len(self.due)
        said = [f"{cases} {'case has' if cases == 1 else 'cases have'} news for you"] if cases else []
        said += [f"{due} {'thing falls' if due == 1 else 'things fall'} due"] if due else []
        return ", ".join(said)

    @property
    def lines(self) -> tuple[str, ...]:
        """What a letter says, cut where it would be too long."""
        every = (*self.cases, *(each.line for each in self.due))
        more = len(every) - MOST_LINES
        return (*every[:MOST_LINES], f"And {more:,} more.") if more > 0 else every


def tell_by_mail(haven: Haven, *, remind: bool = True) -> int:
    """Send a letter to whoever has news, or, where it is time to `remind`, for whom something falls due; how many went.
    Raises HavenError where the server takes none."""
    latest = Step.objects.aggregate(last=Max("pk"))["last"] or 0
    if remind:
        forget_old(haven)
    asked = [(person, _all_news(haven, person, remind=remind)) for person in _to_be_told(haven, latest, remind=remind)]
    waiting = [(person, found) for person, found in asked if found.lines]
    _pass_over(haven, [person for person, found in asked if not found.lines], latest)
    if not waiting:
        return 0
    with posting(haven.settings.mail, haven.folder) as send:
        return sum(_told(haven, send, person, found, latest) for person, found in waiting if _taken(haven, person))


def _all_news(haven: Haven, person: Person, *, remind: bool) -> News:
    return News(news(haven, person), to_be_told(haven, person) if remind else ())


def send_first(haven: Haven, person: Person) -> None:
    """Send a letter that says that letters arrive. Raises BadInput where no server is set, or it does not take letters
    to this person."""
    if not haven.settings.mail.server:
        raise BadInput("no mail server is set", where="mail.server", todo="Write [mail] into haven.toml.")
    with posting(haven.settings.mail, haven.folder) as send:
        send(_letter(haven, person, "Letters arrive", ["Letters from our service arrive here."]))


def news(haven: Haven, person: Person) -> tuple[str, ...]:
    """What is new to a person, a line for each case: what waits for them, how it stands, that somebody wrote."""
    since = person.told.step if hasattr(person, "told") else 0
    new = Step.objects.filter(pk__gt=since).exclude(person=person).select_related("case").order_by("pk")
    by_case: dict[str, list[Step]] = {}
    for each in new:
        by_case.setdefault(each.case_id, []).append(each)
    return tuple(line for steps in by_case.values() if (line := _line(haven, person, steps)))


def _line(haven: Haven, person: Person, new: Sequence[Step]) -> str:
    case, moved = new[0].case, any(each.before != each.after for each in new)
    of_applicant = _is_of_applicant(haven, case, person)
    to_do = _awaited(case, person, new) & can(haven, case, person)
    if Action.SETTLE in to_do and not awaits(haven, case, person):
        to_do -= {Action.SETTLE}
    said = [f"waits for you to {TO_DO[each]}" for each in sorted(to_do)]
    if of_applicant and moved and case.stands in NEWS:
        said.insert(0, f"is {case.stands}")
    if any(_is_for(person, each, of_applicant=of_applicant) for each in new if each.action in WRITTEN):
        said.append("holds a message for you")
    return f"{case.pk} {listed(said)}." if said else ""


def _awaited(case: Case, person: Person, new: Sequence[Step]) -> set[Action]:
    """What the case has begun to wait for, without what this person has done already."""
    own = case.steps.filter(person=person, action__in=sorted(ONCE)).values_list("action", flat=True)
    moved, done = any(each.before != each.after for each in new), {each.action for each in new}
    asked = AWAITED[case.stands] - {Action(each) for each in own}
    new_ones = {
        each for each in asked if (moved if (first := AFTER.get((case.stands, each))) is None else first in done)
    }
    return new_ones | {AGAIN[each] for each in done & set(AGAIN) if AGAIN[each] in asked}


def _is_for(person: Person, written: Step, *, of_applicant: bool) -> bool:
    """Whether what was written is for this person: what the applicant writes is for the case officers, and the rest for
    the applicant."""
    by_applicant = written.role == Role.APPLICANT
    return person.holds(Role.CASE_OFFICER) and not of_applicant if by_applicant else of_applicant


def _is_of_applicant(haven: Haven, case: Case, person: Person) -> bool:
    return relation(someone(person), parties(haven, case)) in OWN


def _to_be_told(haven: Haven, latest: int, *, remind: bool) -> Iterator[Person]:
    """Those who may sign in, hold a post, were not told lately, and were not told of the last step yet, or are looked
    at for what falls due."""
    lately = haven.clock() - APART
    for person in Person.objects.filter(is_active=True, posts__isnull=False).distinct().select_related("told"):
        told = getattr(person, "told", None)
        if told is None or ((remind or told.step < latest) and told.at <= lately):
            yield person


def _pass_over(haven: Haven, people: Sequence[Person], latest: int) -> None:
    """Note that what happened is no news to them; the next news may come at once."""
    for person in people:
        first = {"step": latest, "at": haven.clock() - APART}
        Told.objects.update_or_create(person=person, defaults={"step": latest}, create_defaults=first)


def _taken(haven: Haven, person: Person) -> bool:
    """Whether it is ours to tell this person now: False where another worker was quicker."""
    if (told := getattr(person, "told", None)) is not None:
        return bool(Told.objects.filter(pk=told.pk, at=told.at).update(at=haven.clock()))
    return Told.objects.get_or_create(person=person, defaults={"step": 0, "at": haven.clock()})[1]


def _told(haven: Haven, send: Send, person: Person, found: News, latest: int) -> bool:
    """Send one letter and note it. What the server does not take for this reader is noted too, and not tried again."""
    failed = ""
    try:
        send(_letter(haven, person, found.subject, found.lines))
    except BadInput as problem:
        failed = problem.what
    Told.objects.filter(person=person).update(step=latest, at=haven.clock(), failed=failed)
    note_told(haven, person, found.due)
    return not failed


def _letter(haven: Haven, person: Person, what: str, lines: Sequence[str]) -> Letter:
    text = "\n\n".join((
        f"Dear {person.name},",
        *lines,
        f"Sign in to read more: {haven.settings.mail.service}",
        "We send nothing of what it is about by mail, and never ask for your password.",
        haven.settings.haven.operator,
    ))  # fmt: skip
    return Letter(person.email, what, f"{text}\n", haven.clock())
