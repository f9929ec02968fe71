"""What somebody signs by a program: a token shows a program, and a code that is good once shows its person.

Guesses at codes count with those on the pages, and a code that was used here is used there too. One with which nothing
was done is not used: who typed something wrong beside it mends that, and shows it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Header
from ninja.errors import HttpError

from openhaven.desk.tokens import Scope
from openhaven.web.api.reading import IN_PERSON
from openhaven.web.logged import tell

HEADER = "X-One-Time-Code"
LONGEST = 20  # characters
Code = Annotated[
    str | None,
    Header(
        alias=HEADER,
        max_length=LONGEST,
        description="The code that the app of the token's person shows now: for what a person signs, certifies or "
        "decides, by a token with the scope `sign`. Each code is good once.",
    ),
]


@contextmanager
def signing(request: HttpRequest, code: str | None, *, where: str, what: str) -> Iterator[None]:
    """What the token's person does themselves; a code counts as used unless it raises. `where` is the page on which it
    is done else.

    Raises HttpError: 403 without the scope, or with a code that is missing, wrong or used; 429 after many guesses."""
    factor = _shown(request, code, where=where, what=what)
    try:
        yield
    except Exception:
        cache.delete(factor._get_used_cache_key(code))
        raise


def _shown(request: HttpRequest, code: str | None, *, where: str, what: str) -> TOTP:
    token = request.auth
    if Scope.SIGN not in token.scopes:
        raise HttpError(403, IN_PERSON.format(where=where))
    if not code:
        raise HttpError(
            403, f"show in {HEADER} the code that the app of the token's person shows now, or go to {where}"
        )
    try:
        guessed_no_more = check_rate_limit(token.person)
    except ValidationError:
        tell("slowed down", account=token.person_id, token=token.number)
        raise HttpError(429, "too many wrong codes: wait for some minutes") from None
    found = Authenticator.objects.filter(user=token.person, type=Authenticator.Type.TOTP).first()
    factor = None if found is None else TOTP(found)
    if factor is None or not factor.validate_code(code):
        tell("code refused", account=token.person_id, token=token.number, what=what)
        raise HttpError(403, "this code is wrong, or was used already: wait for the next")
    guessed_no_more()
    tell("code shown", account=token.person_id, token=token.number, what=what)
    return factor


def signs(request: HttpRequest) -> bool:
    """Whether what is signed is among what the token is for."""
    return Scope.SIGN in request.auth.scopes
