"""What nobody needs to do very often, and a program might: begun, sent and asked so often in an hour, and no more.

Signing in is slowed down by itself. Reading is not: that is for the web server in front."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from openhaven.web.pages import page

HOUR = 3600  # seconds
View = Callable[..., HttpResponse]


def an_hour(most: int) -> Callable[[View], View]:
    """So many forms of this kind in an hour by one account, or by one person about their own data."""

    def slowed(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            if request.method == "POST":
                who = request.user.pk if request.user.is_authenticated else arguments[0]
                if _counted(f"{view.__module__}.{view.__name__} {who} {int(time.time()) // HOUR}") > most:
                    return page(request, "429.html", status=429)
            return view(request, *arguments, **named)

        return guarded

    return slowed


def _counted(name: str) -> int:
    """How often that was, this time too. Two at the same moment may count as one."""
    many = int(cache.get(name, 0)) + 1
    cache.set(name, many, timeout=HOUR)
    return many
