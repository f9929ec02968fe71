"""What people asked about their own data, for the staff who answer: by the day it is due, one by one."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache

from openhaven.desk import requests as desk
from openhaven.desk.models import Request
from openhaven.desk.roles import Role
from openhaven.model.errors import BadInput
from openhaven.web.pages import page

ANSWERS = frozenset({Role.CASE_OFFICER, Role.GUARDIAN})


class Outcome(forms.Form):
    """What came of a request."""

    outcome = forms.CharField(
        label="What you did, and what you told the person",
        help_text="They read this. Do not write who they are: that is wiped when you send this.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say what you did"},
    )


@login_required
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for an answer. It names nobody."""
    _allowed(request)
    return page(request, "requests.html", waiting=desk.waiting(), today=request.haven.today())


@never_cache
@login_required
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One request with who asked, entered before it is shown; and the form that answers it."""
    _allowed(request)
    found = get_object_or_404(Request, pk=number)
    form = Outcome(request.POST or None)
    if form.is_valid():
        try:
            desk.answer(request.haven, found, outcome=form.cleaned_data["outcome"], by=request.user.email)
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            return redirect("requests")
    said = desk.opened(request.haven, found, by=request.user.email)
    return page(request, "request.html", found=found, said=said, form=form, action="Answer it")


def _allowed(request: HttpRequest) -> None:
    if not any(post.role in ANSWERS for post in request.user.posts.all()):
        raise PermissionDenied
