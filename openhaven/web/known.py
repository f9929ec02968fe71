"""Browsers in which somebody signed in before: a signed cookie says for which accounts, so that guesses which come from
elsewhere keep nobody out of theirs.

It opens nothing: who holds it has a count of wrong passwords of their own, and no more guesses than anybody."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

LASTS = 365 * 24 * 3600  # seconds
MOST = 5
"""Accounts that one browser is known for; one more is known in the place of the one that signed in least lately."""
_SALT = "openhaven known browser 1"


@dataclass(frozen=True, slots=True)
class Known:
    """What the cookie says: the browser's name for each account, and which account signed in last, 0 for none."""

    names: Mapping[str, str] = field(default_factory=dict)
    last: int = 0


def name_for(request: HttpRequest, account: int | None) -> str:
    """The name that this browser bears for an account, by which its guesses are counted; empty where it has none."""
    return _known(request).names.get(str(account), "")


def signed_in_last(request: HttpRequest) -> int | None:
    """The account that signed in last in this browser, to which a session that is forgotten belonged."""
    return _known(request).last or None


def remember(request: HttpRequest, account: int, *, signed_in: bool) -> None:
    """Have the answer make this browser known for an account, under a new name."""
    before = _known(request)
    others = [(each, name) for each, name in before.names.items() if each != str(account)]
    names = {**dict(others[-(MOST - 1) :]), str(account): secrets.token_urlsafe(16)}
    request.now_known = Known(names, account if signed_in else before.last)


def write_down(request: HttpRequest, answer: HttpResponse) -> None:
    """Give the cookie, where somebody was to be remembered."""
    if known := getattr(request, "now_known", None):
        sealed = signing.dumps(asdict(known), salt=_SALT)
        secure = settings.SESSION_COOKIE_SECURE
        answer.set_cookie(_cookie(), sealed, max_age=LASTS, secure=secure, httponly=True, samesite="Strict")


def _known(request: HttpRequest) -> Known:
    """Nothing where the cookie is none of ours, or too old."""
    try:
        return Known(**signing.loads(request.COOKIES.get(_cookie(), ""), salt=_SALT, max_age=LASTS))
    except signing.BadSignature:
        return Known()


def _cookie() -> str:
    return "__Host-known" if settings.SESSION_COOKIE_SECURE else "known"
