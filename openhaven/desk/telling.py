"""Tells people by mail that something waits for them: at most one letter an hour each, with ids of cases and what is to
be done, and nothing of what a case holds. What was told is noted once it was sent, so a letter may come twice and is
never lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Max

from openhaven.casework.awaited import AFTER, AWAITED, NEWS, ONCE, TO_DO, WRITTEN
from openhaven.casework.policy import Relation, relation
from openhaven.casework.roles import Role
from openhaven.casework.states import Action
from openhaven.desk.cases import can, parties, someone
from openhaven.desk.models import Case, Person, Step, Told
from openhaven.haven import Haven
from openhaven.law.plainly import listed
from openhaven.model.errors import BadInput
from openhaven.outside.mail import Letter, Send, posting

EVERY = dt.timedelta(minutes=1)
"""So often somebody looks whether there is news."""
APART = dt.timedelta(hours=1)
"""So long after a letter the next one goes to the same person: our choice."""
OWN = (Relation.AUTHOR, Relation.MEMBER)


@dataclass
class Pace:
    """When somebody looks again whether there is news."""

    next: dt.datetime | None = None

    def is_time(self, now: dt.datetime) -> bool:
        """Whether it is time; then not again for a while."""
        if self.next is not None and now < self.next:
            return False
        self.next = now + EVERY
        return True


def tell_by_mail(haven: Haven) -> int:
    """Send a letter to whoever has news; how many went. Raises HavenError where the server takes none."""
    latest = Step.objects.aggregate(last=Max("pk"))["last"] or 0
    asked = [(person, news(haven, person)) for person in _to_be_told(haven, latest)]
    waiting = [(person, lines) for person, lines in asked if lines]
    _pass_over(haven, [person for person, lines in asked if not lines], latest)
    if not waiting:
        return 0
    with posting(haven.settings.mail, haven.folder) as send:
        return sum(_told(haven, send, person, lines, latest) for person, lines in waiting if _taken(haven, person))


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
    return {each for each in asked if (moved if (first := AFTER.get((case.stands, each))) is None else first in done)}


def _is_for(person: Person, written: Step, *, of_applicant: bool) -> bool:
    """Whether what was written is for this person: what the applicant writes is for the case officers, and the rest for
    the applicant."""
    by_applicant = written.role == Role.APPLICANT
    return person.holds(Role.CASE_OFFICER) and not of_applicant if by_applicant else of_applicant


def _is_of_applicant(haven: Haven, case: Case, person: Person) -> bool:
    return relation(someone(person), parties(haven, case)) in OWN


def _to_be_told(haven: Haven, latest: int) -> Iterator[Person]:
    """Those who may sign in, hold a post, were not told lately, and were not told of the last step yet."""
    lately = haven.clock() - APART
    for person in Person.objects.filter(is_active=True, posts__isnull=False).distinct().select_related("told"):
        told = getattr(person, "told", None)
        if told is None or (told.step < latest and told.at <= lately):
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


def _told(haven: Haven, send: Send, person: Person, lines: Sequence[str], latest: int) -> bool:
    """Send one letter and note it. What the server does not take for this reader is noted too, and not tried again."""
    failed = ""
    try:
        what = "1 case has news for you" if len(lines) == 1 else f"{len(lines)} cases have news for you"
        send(_letter(haven, person, what, lines))
    except BadInput as problem:
        failed = problem.what
    Told.objects.filter(person=person).update(step=latest, at=haven.clock(), failed=failed)
    return not failed


def _letter(haven: Haven, person: Person, what: str, lines: Sequence[str]) -> Letter:
    text = "\n\n".join((
        f"Dear {person.name},",
        *lines,
        f"Sign in to read more: {haven.settings.mail.service}",
        "We send nothing of a case by mail, and never ask for your password.",
        haven.settings.haven.operator,
    ))  # fmt: skip
    return Letter(person.email, what, f"{text}\n", haven.clock())
