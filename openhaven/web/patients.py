"""Who looks at their own data: known by a sealed cookie for a quarter of an hour, and kept nowhere.

The cookie holds an NHS number under the haven's key; this side remembers nothing. It has nothing to do with the
accounts of people who work here."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.haven import Haven
from openhaven.outside.sign_in import Begun, Provider

IDLE = 15 * 60  # seconds without a page after which a person is asked to sign in again
AWAY = 10 * 60  # seconds that proving who they are may take
View = Callable[..., HttpResponse]


def provider(request: HttpRequest) -> Provider | None:
    """Who proves identities, by the settings; None where they name nobody, or our key there is not here."""
    chosen, folder = request.haven.settings.patients, request.haven.folder
    key = folder / chosen.key_file
    if not chosen.issuer or not key.is_file():
        return None
    return Provider(
        issuer=chosen.issuer,
        client_id=chosen.client_id,
        key=key.read_bytes(),
        back=request.build_absolute_uri(reverse("my_back")),
        level=chosen.level,
        level_claim=chosen.level_claim,
        number_claim=chosen.number_claim,
        trust=chosen.trust,
    )


def remember_begun(request: HttpRequest, answer: HttpResponse, begun: Begun) -> None:
    """Let the browser keep what it needs when it comes back."""
    _set(request, answer, "going", [begun.state, begun.nonce, begun.verifier], lasts=AWAY)


def begun_by(request: HttpRequest) -> Begun | None:
    """What this browser went away with."""
    found = _get(request, "going", lasts=AWAY)
    return None if found is None else Begun(*found)


def let_in(request: HttpRequest, answer: HttpResponse, nhs_number: str) -> None:
    """From now on the browser shows who the person is."""
    _set(request, answer, "person", nhs_number, lasts=IDLE)
    forget(request, answer, "going")


def who(request: HttpRequest) -> str | None:
    """The NHS number of who looks, None where nobody signed in or too long ago."""
    return _get(request, "person", lasts=IDLE)


def forget(request: HttpRequest, answer: HttpResponse, *names: str) -> None:
    """Take cookies back."""
    for name in names:
        answer.delete_cookie(_named(name), samesite="Lax")


def own(view: View) -> View:
    """For the person alone: else they are asked to sign in. Kept by no browser or proxy, and the quarter of an hour
    begins anew."""

    @wraps(view)
    def shown(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        number = who(request)
        if number is None:
            answer: HttpResponse = redirect("my")
        else:
            answer = view(request, number, *arguments, **named)
            _set(request, answer, "person", number, lasts=IDLE)
        answer["Cache-Control"] = "no-store"
        return answer

    return shown


def _named(name: str) -> str:
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name


def _set(request: HttpRequest, answer: HttpResponse, name: str, value: Any, *, lasts: int) -> None:
    sealed = _seal(request.haven, name).encrypt(json.dumps(value).encode()).decode()
    secure = bool(settings.SESSION_COOKIE_SECURE)
    answer.set_cookie(_named(name), sealed, max_age=lasts, httponly=True, samesite="Lax", secure=secure)


def _get(request: HttpRequest, name: str, *, lasts: int) -> Any:
    try:
        return json.loads(_seal(request.haven, name).decrypt(request.COOKIES.get(_named(name), "").encode(), ttl=lasts))
    except InvalidToken:
        return None


def _seal(haven: Haven, name: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(haven.keys.service_key(f"patients, {name}")))
