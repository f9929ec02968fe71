"""Tokens for programs: made for a person, for some scopes and some days, and ended; each of it entered first."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from enum import StrEnum

from openhaven.desk.accounts import account_of
from openhaven.desk.models import Token
from openhaven.haven import Haven
from openhaven.haven.looking import look_up
from openhaven.model.errors import BadInput
from openhaven.records.kept import Looked

BEGINS = "openhaven_"
"""How every token begins, so that one that was left somewhere is found for what it is."""
LONGEST = 366  # days


class Scope(StrEnum):
    """What a token is for. What its person may not do, it may not either."""

    DECIDE = "decide"
    CASES = "cases"
    WRITE = "write"
    AGREEMENTS = "agreements"
    AGREE = "agree"
    INCIDENTS = "incidents"
    REPORT = "report"
    REQUESTS = "requests"
    ANSWER = "answer"
    ASSIST = "assist"
    SIGN = "sign"
    JOBS = "jobs"
    METRICS = "metrics"


def make(haven: Haven, email: str, *, name: str, scopes: Iterable[str], days: int) -> tuple[Token, str]:
    """A new token for a person, and the row that remembers it; the token itself is kept nowhere. Raises BadInput."""
    person, asked = account_of(email), sorted(set(scopes))
    if unknown := [each for each in asked if each not in set(Scope)]:
        raise BadInput(f"{unknown[0]!r} is no scope", todo=f"Scopes: {', '.join(Scope)}.")
    if not asked or not name.strip():
        raise BadInput("a token has a name and a scope", todo=f"Say what it is for. Scopes: {', '.join(Scope)}.")
    if not 1 <= days <= LONGEST:
        raise BadInput(f"a token lasts from 1 to {LONGEST} days", where="--days")
    look_up(haven, Looked.ACCOUNTS, of=person.email, why=f"a token made for {', '.join(asked)}")
    token, now = BEGINS + secrets.token_urlsafe(32), haven.clock()
    row = Token.objects.create(
        person=person,
        name=name.strip(),
        scopes=asked,
        sha256=_digest(token),
        made=now,
        ends=now + dt.timedelta(days=days),
    )
    return row, token


def end(haven: Haven, number: int) -> Token:
    """End a token at once. Raises BadInput where there is none."""
    found = Token.objects.select_related("person").filter(number=number).first()
    if found is None:
        raise BadInput(f"there is no token {number}", todo="haven account tokens lists them.")
    look_up(haven, Looked.ACCOUNTS, of=found.person.email, why=f"token {number} ended")
    Token.objects.filter(number=number).delete()
    return found


def listed() -> list[Token]:
    """Every token, with its person."""
    return list(Token.objects.select_related("person").order_by("number"))


def of(token: str, *, now: dt.datetime) -> Token | None:
    """The token that was shown, None where it has ended, never was, or its person was shut out."""
    if not token.startswith(BEGINS):
        return None
    live = Token.objects.select_related("person").filter(ends__gt=now, person__is_active=True)
    return live.filter(sha256=_digest(token)).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
