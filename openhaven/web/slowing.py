"""What nobody needs to do very often, and a program might: begun, sent and asked so often in an hour, and no more.

Signing in is slowed down by itself. Reading is not: that is for the web server in front."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from openhaven.web.pages import page

HOUR = 3600  # seconds
CSRF = "csrfmiddlewaretoken"
View = Callable[..., HttpResponse]


class Often(StrEnum):
    """What an account does so often in an hour, on the pages and by programs together."""

    BEGIN = "applications begun"
    ATTACH = "documents sent"
    TALK = "messages written"
    REPORT = "incidents reported"
    HELP = "visits recorded and requests opened for others"


MOST = {Often.BEGIN: 200, Often.ATTACH: 100, Often.TALK: 200, Often.REPORT: 50, Often.HELP: 60}


def an_hour(most: int) -> Callable[[View], View]:
    """So many forms of this kind in an hour by one person about their own data."""
    return _slowed(lambda view, number: _counted(f"{view.__module__}.{view.__name__}", number) > most)


def as_often(what: Often) -> Callable[[View], View]:
    """So many forms of this kind in an hour by one account."""
    return _slowed(lambda view, account: too_often(what, account))


def too_often(what: Often, account: object) -> bool:
    """Count one more by an account. Whether it is too many in this hour."""
    return _counted(what, account) > MOST[what]


def _slowed(is_too_many: Callable[[View, object], bool]) -> Callable[[View], View]:
    def slowed(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            if request.method == "POST":
                who = request.user.pk if request.user.is_authenticated else arguments[0]
                if is_too_many(view, who):
                    return page(request, "429.html", status=429, typed=_typed(request), files=bool(request.FILES))
            return view(request, *arguments, **named)

        return guarded

    return slowed


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, for the page to hold until it is sent again: nothing of it is kept here."""
    return [(name, each) for name, values in request.POST.lists() if name != CSRF for each in values]


def _counted(what: str, who: object) -> int:
    """How often that was in this hour, this time too. Two at the same moment may count as one."""
    name = f"{what} {who} {int(time.time()) // HOUR}"
    many = int(cache.get(name, 0)) + 1
    cache.set(name, many, timeout=HOUR)
    return many
