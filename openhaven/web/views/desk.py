"""The first page of a person who has signed in: what they are here for, and what waits for them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from openhaven.desk.offers import name_of
from openhaven.desk.reminding import OF_SUPPORT
from openhaven.haven.approvals import due
from openhaven.web.pages import page
from openhaven.web.views.incidents import running_clocks


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Who the person is to this haven."""
    posts = request.user.posts.all()
    reminded = any(post.role in OF_SUPPORT for post in posts)
    return page(
        request,
        "desk.html",
        posts=posts,
        held=[
            f"{each.role}, {name_of(request.haven, each.organisation)}" if each.organisation else each.role
            for each in posts
        ],
        support_due=due(request.haven) if reminded else (),
        clocks=running_clocks(request.haven, request.user),
    )
