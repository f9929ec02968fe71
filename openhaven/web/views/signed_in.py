"""Where somebody is signed in, and how they sign out there. Asked for their password or code again first."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from openhaven.desk import sign_ins
from openhaven.web.pages import page
from openhaven.web.signing_in import HERE
from openhaven.web.staying import signed_in


@signed_in
@reauthentication_required
def signed_in_at(request: HttpRequest) -> HttpResponse:
    """Every session of the person, by browser and time."""
    lasting = sign_ins.Lasting.of(request.haven.settings.service)
    now, here = request.haven.clock(), request.session[HERE]
    listed = [each for each in sign_ins.of(request.user) if now - each.seen <= lasting.idle]
    return page(request, "signed_in.html", listed=listed, here=here, chosen=request.haven.settings.service)


@require_POST
@signed_in
@reauthentication_required
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Signed out there."""
    sign_ins.end(request.user, number)
    return redirect("signed_in_at")


@require_POST
@signed_in
@reauthentication_required
def end_others(request: HttpRequest) -> HttpResponse:
    """Signed out everywhere but here."""
    sign_ins.end_all(request.user, but=request.session[HERE])
    return redirect("signed_in_at")
