"""Requests of people about their own data: taken in, found by staff by the day they are due, answered, and wiped.

Who looks at one is entered in the private log first. Nothing of the person stays once it is answered."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.fernet import Fernet
from django.db import transaction

from openhaven.desk.models import Request
from openhaven.haven import Haven
from openhaven.haven.looking import look_up
from openhaven.law.answering import answer_by
from openhaven.model.errors import BadInput
from openhaven.records.kept import Looked

LONGEST = 4000  # characters


class Kind(StrEnum):
    """What can be asked."""

    COPY = "a copy of my data"
    OBJECTION = "stop using my data"
    CONSENT = "say yes to a study"
    WITHDRAWAL = "take back my yes"
    COMPLAINT = "a complaint"


@dataclass(frozen=True, slots=True)
class Said:
    """What a person asked, and who they are by their NHS number."""

    nhs_number: str
    words: str


def ask(haven: Haven, kind: Kind, said: Said) -> Request:
    """Take a request in, due by the law's month (SAR-02). Raises BadInput where it says nothing, or too much."""
    if not said.words.strip() or len(said.words) > LONGEST:
        raise BadInput(f"say it in your own words, in {LONGEST:,} letters or fewer")
    _enter(haven, said.nhs_number, of="request", why=f"the person asked for: {kind}")
    today = haven.today()
    sealed = _seal(haven).encrypt(json.dumps([said.nhs_number, said.words.strip()]).encode()).decode()
    return Request.objects.create(
        kind=kind, received=today, due=answer_by(today), mark=mark(haven, said.nhs_number), sealed=sealed
    )


def asked_by(haven: Haven, nhs_number: str) -> Sequence[Request]:
    """A person's own requests, the latest first."""
    return list(Request.objects.filter(mark=mark(haven, nhs_number)).order_by("-id"))


def waiting() -> Sequence[Request]:
    """What is not answered yet, by the day on which it is due."""
    return list(Request.objects.filter(answered=None).order_by("due", "id"))


def opened(haven: Haven, request: Request, *, by: str) -> Said | None:
    """What was asked, once it is entered that somebody looks; None where it was answered and wiped."""
    if not request.sealed:
        return None
    number, words = json.loads(_seal(haven).decrypt(request.sealed.encode()))
    _enter(haven, number, of=f"request {request.pk}", why=f"{by} reads it, to answer it")
    return Said(number, words)


def answer(haven: Haven, request: Request, *, outcome: str, by: str) -> None:
    """Record what came of it; who asked and their words are wiped. Raises BadInput where it was answered before."""
    if not outcome.strip():
        raise BadInput("say what you did")
    look_up(haven, Looked.ACCOUNTS, of=f"request {request.pk}", why=f"{by} answered it")
    with transaction.atomic():
        changed = Request.objects.filter(pk=request.pk, answered=None).update(
            answered=haven.today(), outcome=outcome.strip(), sealed=""
        )
    if not changed:
        raise BadInput("somebody has answered this already", todo="Load the page again.")


def mark(haven: Haven, nhs_number: str) -> str:
    """A keyed code of a person: the same each time, and without the key of the service it tells nothing."""
    return hmac.digest(haven.keys.service_key("requests, marks"), nhs_number.encode(), "sha256").hex()


def _enter(haven: Haven, nhs_number: str, *, of: str, why: str) -> None:
    look_up(haven, Looked.PERSON, of=of, why=why, nhs_number=nhs_number)


def _seal(haven: Haven) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(haven.keys.service_key("requests")))
