"""Who looks at their own data: known by a sealed cookie for a quarter of an hour, and kept nowhere.

The cookie holds an NHS number under the haven's key; this side remembers nothing but, for a quarter of an hour, that a
visit is over. It has nothing to do with the accounts of people who work here."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.haven import Haven
from openhaven.outside.sign_in import Begun, Provider

IDLE = 15 * 60  # seconds without a page after which a person is asked to sign in again
WHOLE = 2 * 3600  # seconds after which they are asked in any case
AWAY = 10 * 60  # seconds that proving who they are may take
MOST_TYPED = 8_000  # characters
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
    """From now on the browser shows who the person is, for one visit."""
    _set(request, answer, "person", [nhs_number, int(time.time()), secrets.token_hex(16)], lasts=IDLE)
    forget(request, answer, "going")


def who(request: HttpRequest) -> str | None:
    """The NHS number of who looks, None where nobody signed in, too long ago, or the visit is over."""
    found = _visit(request)
    return None if found is None else str(found[0])


def over(request: HttpRequest, answer: HttpResponse) -> None:
    """The visit is over, also for whoever has a copy of the cookie: it could be made to last, so its name is kept for
    as long as one lasts."""
    if (found := _visit(request)) is not None:
        cache.set(_over(found[2]), True, timeout=IDLE + AWAY)
    forget(request, answer, "person", "going")


def _visit(request: HttpRequest) -> list[Any] | None:
    found = _get(request, "person", lasts=IDLE)
    if not isinstance(found, list) or time.time() - found[1] > WHOLE or cache.get(_over(found[2])):
        return None
    return found


def _over(name: str) -> str:
    return f"visit over {name}"


def forget(request: HttpRequest, answer: HttpResponse, *names: str) -> None:
    """Take cookies back."""
    for name in names:
        answer.delete_cookie(_named(name), samesite="Lax")


def _keep_typed(request: HttpRequest, answer: HttpResponse) -> None:
    """Keep what somebody typed when their time was up, for who signs in with that number next: under a key that their
    browser alone has."""
    was = _get(request, "person", lasts=None)
    words = request.POST["words"]
    if not isinstance(was, list) or len(words) > MOST_TYPED or cache.get(_over(was[2])):
        return
    name, key = secrets.token_hex(16), Fernet.generate_key()
    typed = Fernet(key).encrypt(json.dumps([was[0], request.path, words]).encode()).decode()
    cache.set(f"typed {name}", typed, timeout=IDLE)
    _set(request, answer, "typed", [name, key.decode()], lasts=IDLE)


def typed_before(request: HttpRequest, nhs_number: str) -> tuple[str, str] | None:
    """Where this person typed something before their time was up, and what; None where they did not."""
    found = _get(request, "typed", lasts=IDLE)
    sealed = cache.get(f"typed {found[0]}") if found else None
    if not sealed:
        return None
    number, path, words = json.loads(Fernet(found[1]).decrypt(sealed.encode()))
    return (path, words) if number == nhs_number else None


def forget_typed(request: HttpRequest) -> None:
    """It was sent, or is wanted no more."""
    if found := _get(request, "typed", lasts=IDLE):
        cache.delete(f"typed {found[0]}")


def own(view: View) -> View:
    """For the person alone: else they are asked to sign in. Kept by no browser or proxy, and the quarter of an hour
    begins anew."""

    @wraps(view)
    def shown(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        visit = _visit(request)
        if visit is None:
            answer: HttpResponse = redirect("my")
            if request.method == "POST" and request.POST.get("words"):
                _keep_typed(request, answer)
        else:
            answer = view(request, visit[0], *arguments, **named)
            _set(request, answer, "person", visit, lasts=IDLE)
        answer["Cache-Control"] = "no-store"
        return answer

    return shown


def _named(name: str) -> str:
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name


def _set(request: HttpRequest, answer: HttpResponse, name: str, value: Any, *, lasts: int) -> None:
    sealed = _seal(request.haven, name).encrypt(json.dumps(value).encode()).decode()
    secure = bool(settings.SESSION_COOKIE_SECURE)
    answer.set_cookie(_named(name), sealed, max_age=lasts, httponly=True, samesite="Lax", secure=secure)


def _get(request: HttpRequest, name: str, *, lasts: int | None) -> Any:
    try:
        return json.loads(_seal(request.haven, name).decrypt(request.COOKIES.get(_named(name), "").encode(), ttl=lasts))
    except InvalidToken:
        return None


def _seal(haven: Haven, name: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(haven.keys.service_key(f"patients, {name}")))
