"""Sessions of people: where somebody is signed in, until when, and how they are signed out there.

A session is open while its row is there, whatever its cookie says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from openhaven.desk.models import Person, SignIn
from openhaven.model.settings import Service

MOST = 10
"""Sessions of one person; one more ends the one that was used least lately."""
_SEEN_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a session lasts: without a page, and altogether."""

    idle: dt.timedelta
    whole: dt.timedelta

    @classmethod
    def of(cls, chosen: Service) -> Lasting:
        """As the settings have it."""
        return cls(dt.timedelta(minutes=chosen.idle_minutes), dt.timedelta(hours=chosen.session_hours))


def begin(person: Person, *, browser: str, now: dt.datetime) -> int:
    """A session begins; returns its number. Where there are too many, the one that was used least lately ends."""
    made = SignIn.objects.create(person=person, began=now, seen=now, browser=browser)
    too_many = list(person.sign_ins.values_list("pk", flat=True)[MOST:])
    SignIn.objects.filter(pk__in=too_many).delete()
    return int(made.pk)


def is_open(person: Person, number: object, *, now: dt.datetime, lasting: Lasting) -> bool:
    """Whether that session of a person is open still; then it was seen now."""
    found = SignIn.objects.filter(pk=number, person=person).first() if isinstance(number, int) else None
    if found is None:
        return False
    if now - found.seen > lasting.idle or now - found.began > lasting.whole:
        found.delete()
        return False
    if now - found.seen >= _SEEN_EVERY:
        SignIn.objects.filter(pk=found.pk).update(seen=now)
    return True


def of(person: Person) -> Sequence[SignIn]:
    """Where somebody is signed in, what was used last first."""
    return list(person.sign_ins.all())


def end(person: Person, number: int) -> bool:
    """End one session of a person. Whether there was one."""
    return bool(SignIn.objects.filter(pk=number, person=person).delete()[0])


def end_all(person: Person, *, but: int | None = None) -> int:
    """End every session of a person, but one. Returns how many."""
    return int(SignIn.objects.filter(person=person).exclude(pk=but).delete()[0])


def forget_old(now: dt.datetime, lasting: Lasting) -> None:
    """Forget sessions that are over."""
    SignIn.objects.filter(seen__lt=now - lasting.idle).delete()
    SignIn.objects.filter(began__lt=now - lasting.whole).delete()


def forget_all() -> None:
    """End every session there is, as after a restore."""
    SignIn.objects.all().delete()
