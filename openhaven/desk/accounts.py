"""Accounts: a person is invited, sets a password by a link that works once, and may be shut out again.

Each change enters the private log before it is made."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from openhaven.desk import sign_ins
from openhaven.desk.models import Invitation, Person, Post
from openhaven.desk.roles import OF_THE_HAVEN, Role
from openhaven.haven import Haven
from openhaven.haven.looking import look_up
from openhaven.model.errors import BadInput
from openhaven.model.record.organisations import Organisation
from openhaven.records import reads
from openhaven.records.kept import Looked

LINK_LASTS = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is to come, and as what. `role` is empty for a person who is here and has lost their password."""

    email: str
    name: str
    role: Role | None = None
    organisation: str = ""

    def __post_init__(self) -> None:
        try:
            validate_email(self.email)
        except ValidationError:
            raise BadInput(f"{self.email!r} is not an e-mail address") from None
        if not self.name.strip():
            raise BadInput("an account has a name", todo="Say what the person is called.")


def invite(haven: Haven, invited: Invited) -> str:
    """Invite a person; returns the token of the link, which is kept nowhere. A later invitation ends the earlier.

    Who has an account already is given the post at once, and the token is empty. Raises BadInput where the role needs
    an organisation of record, or must have none."""
    if invited.role is not None:
        _check_organisation(invited.role, invited.organisation)
    _enter(haven, invited.email, f"invited as {invited.role}" if invited.role else "given a new link")
    with transaction.atomic():
        return _invite(invited, ends=haven.clock() + LINK_LASTS)


def _invite(invited: Invited, *, ends: dt.datetime) -> str:
    person = Person.objects.filter(email=invited.email.lower(), is_active=True).first()
    if person and invited.role:
        Post.objects.get_or_create(person=person, role=invited.role, organisation=invited.organisation)
        return ""
    token = secrets.token_urlsafe(32)
    Invitation.objects.update_or_create(
        email=invited.email.lower(),
        defaults={
            "name": invited.name.strip(),
            "role": invited.role or "",
            "organisation": invited.organisation,
            "token_sha256": _digest(token),
            "ends": ends,
        },
    )
    return token


def invitation(token: str, *, now: dt.datetime) -> Invitation | None:
    """The invitation of a link, None where it was used, has ended, or never was."""
    return Invitation.objects.filter(token_sha256=_digest(token), ends__gt=now).first()


def accept(haven: Haven, token: str, *, password: str) -> Person:
    """Set the password of who was invited; their account is made where it is new. The link works no more.

    Raises BadInput where the link does not work, ValidationError where the password would be too weak."""
    now = haven.clock()
    if (found := invitation(token, now=now)) is None:
        raise BadInput("this link works no more", todo="Ask for a new one.")
    person = Person.objects.filter(email=found.email).first()
    person = person or Person(email=found.email, name=found.name, joined=now)
    validate_password(password, person)
    _enter(haven, found.email, "set a password")
    with transaction.atomic():
        return _accept(found, person, password)


def _accept(found: Invitation, person: Person, password: str) -> Person:
    if not Invitation.objects.filter(pk=found.pk, token_sha256=found.token_sha256).delete()[0]:
        raise BadInput("this link works no more", todo="Ask for a new one.")  # somebody was quicker
    person.set_password(password)
    person.is_active = True
    person.save()
    sign_ins.end_all(person)
    if found.role:
        Post.objects.get_or_create(person=person, role=found.role, organisation=found.organisation)
    return person


def close(haven: Haven, email: str) -> Person:
    """Shut an account: who holds it can sign in no more, and is signed out. Raises BadInput where there is none."""
    person = account_of(email)
    _enter(haven, person.email, "shut out")
    with transaction.atomic():
        return _close(person)


def _close(person: Person) -> Person:
    Invitation.objects.filter(email=person.email).delete()
    person.is_active = False
    person.set_unusable_password()  # its hash is part of every session's, so all of them end
    person.save()
    sign_ins.end_all(person)
    person.posts.all().delete()
    return person


def account_of(email: str) -> Person:
    """The open account of an address. Raises BadInput where there is none."""
    if (person := Person.objects.filter(email=email.lower(), is_active=True).first()) is None:
        raise BadInput(f"there is no account of {email}")
    return person


def listed() -> list[dict[str, Any]]:
    """Everyone with an open account, by address, with their posts in words, and the number by which the service's lines
    tell of them."""
    people = Person.objects.filter(is_active=True).prefetch_related("posts").order_by("email")
    return [
        {
            "number": each.pk,
            "email": each.email,
            "name": each.name,
            "posts": [str(post) for post in each.posts.all()],
        }
        for each in people
    ]


def _enter(haven: Haven, email: str, what: str) -> None:
    look_up(haven, Looked.ACCOUNTS, of=email.lower(), why=what)


def _check_organisation(role: Role, organisation: str) -> None:
    if role in OF_THE_HAVEN:
        if organisation:
            raise BadInput(f"who is {role} serves the haven, not an organisation", todo="Leave the organisation out.")
        return
    known = [each.id for each in reads.records_of("organisation") if isinstance(each, Organisation)]
    if organisation not in known:
        raise BadInput(
            f"who is {role} serves an organisation of record, and {organisation!r} is not one",
            todo=f"Record it first, or name one of: {', '.join(known) or 'none is on record yet'}.",
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
