"""The first page of a person who has signed in: what they are here for, and what waits for them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from openhaven.web.pages import page


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Who the person is to this haven."""
    return page(request, "desk.html", posts=request.user.posts.all())
