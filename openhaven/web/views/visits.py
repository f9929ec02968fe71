"""Assisted service: staff help somebody who called, wrote or came, and do for them what their own pages would do."""

from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from openhaven.casework.asking import Deed, Who
from openhaven.desk.models import Request, Visit
from openhaven.desk.patients import visits as desk
from openhaven.desk.patients.requests import DEEDS, SHORTER
from openhaven.desk.patients.visits import Channel, NewVisit, Shown
from openhaven.haven.my_uses import PAGE, TEXT, pages_of
from openhaven.model.errors import BadInput
from openhaven.web.pages import page
from openhaven.web.sending import as_file
from openhaven.web.staying import filled, signed_in, wrong_in
from openhaven.web.typed import Text
from openhaven.web.views.my import KINDS, Words
from openhaven.web.views.requests import posts_of

PRINTED = {"page": (PAGE, "text/html; charset=utf-8"), "text": (TEXT, "text/plain; charset=utf-8")}


class New(forms.Form):
    """Somebody who came."""

    channel = forms.ChoiceField(
        label="How did they come?", widget=forms.RadioSelect, choices=[(each, each.capitalize()) for each in Channel]
    )
    nhs_number = Text(label="NHS number of the person whom it is about", max_length=20)
    shown = forms.ChoiceField(
        label="What showed who they are?",
        widget=forms.RadioSelect,
        choices=[(each, each.capitalize()) for each in Shown],
    )
    words = Text(label="Is there anything else to note?", required=False, max_length=SHORTER, widget=forms.Textarea)
    proxy = forms.IntegerField(
        label="Number of the proxy", required=False, help_text="Only where they act for the person, as is on record"
    )

    def new(self) -> NewVisit:
        """What was filled in."""
        given = self.cleaned_data
        return NewVisit(**{**given, "channel": Channel(given["channel"]), "shown": Shown(given["shown"])})


@signed_in
def visits(request: HttpRequest) -> HttpResponse:
    """The visits of this member of staff. It names nobody."""
    _officer(request)
    return page(request, "visits.html", visits=desk.going_on(request.user.email))


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """Somebody came."""
    _officer(request)
    form = filled(request, New)
    if form.is_valid():
        with wrong_in(form):
            made = desk.begin(request.haven, form.new(), staff=request.user.email)
            return redirect("visit", made.pk)
    return page(request, "visit_new.html", form=form, action="Go on")


@signed_in
def one(request: HttpRequest, number: int) -> HttpResponse:
    """What can be done for them now."""
    visit = _visit(request, number)
    asks = [name for name, kind in KINDS.items() if not desk.why_not_now(request.haven, visit, DEEDS[kind])]
    sees = not desk.why_not_now(request.haven, visit, Deed.SEE_USES)
    said = not desk.why_not_now(request.haven, visit, Deed.SEE_YES)
    return page(request, "visit.html", visit=visit, asks=asks, sees=sees, said=said)


@signed_in
def uses(request: HttpRequest, number: int) -> HttpResponse:
    """What to read to them, and the folder to be printed."""
    visit = _visit(request, number)
    try:
        found = desk.uses_for(request.haven, visit, staff=request.user.email)
    except BadInput as error:
        return _refused(request, error)
    return page(request, "visit_uses.html", visit=visit, found=found)


@require_POST
@signed_in
def printed(request: HttpRequest, number: int, what: str) -> HttpResponse:
    """The folder as a page or as text, to be printed and given to them."""
    visit = _visit(request, number)
    if what not in PRINTED:
        raise Http404(what)
    try:
        found = desk.uses_for(request.haven, visit, staff=request.user.email)
    except BadInput as error:
        return _refused(request, error)
    name, media = PRINTED[what]
    answer = as_file(pages_of(request.haven, found)[name], name=name, content_type=media)
    answer["Cache-Control"] = "no-store"
    return answer


@signed_in
def choices(request: HttpRequest, number: int) -> HttpResponse:
    """What to tell them of their choices; that it was told is noted."""
    visit = _visit(request, number)
    if request.method == "POST":
        desk.explained(request.haven, visit, staff=request.user.email)
        return redirect("visit", visit.pk)
    return page(request, "visit_choices.html", visit=visit)


@signed_in
def ask(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """A request in their words."""
    visit = _visit(request, number)
    if kind not in KINDS:
        raise Http404(kind)
    form = filled(request, Words)
    form.fields["words"].label = "Their words, as they say them"
    if form.is_valid():
        with wrong_in(form):
            made = desk.ask_for(request.haven, visit, KINDS[kind], form.cleaned_data["words"], staff=request.user.email)
            return redirect("visit_asked", visit.pk, made.pk)
    return page(request, "visit_ask.html", visit=visit, form=form, kind=KINDS[kind], action="Send it for them")


@signed_in
def asked(request: HttpRequest, number: int, asked: int) -> HttpResponse:
    """What was sent for them has a number and a day."""
    visit = _visit(request, number)
    return page(request, "visit_asked.html", visit=visit, made=get_object_or_404(Request, pk=asked))


@signed_in
def yes(request: HttpRequest, number: int) -> HttpResponse:
    """What they said yes to, and a yes taken back."""
    visit, staff = _visit(request, number), request.user.email
    try:
        if request.method == "POST":
            made = desk.take_back_for(request.haven, visit, request.POST.get("consent", ""), staff=staff)
            return redirect("visit_asked", visit.pk, made.pk)
        found = desk.yes_for(request.haven, visit, staff=staff)
    except BadInput as error:
        return _refused(request, error)
    return page(request, "visit_yes.html", visit=visit, found=found)


@require_POST
@signed_in
def end(request: HttpRequest, number: int) -> HttpResponse:
    """The visit ends, and who it was is wiped."""
    desk.end(request.haven, _visit(request, number))
    return redirect("visits")


def _visit(request: HttpRequest, number: int) -> Visit:
    """A visit of this very member of staff."""
    _officer(request)
    return get_object_or_404(Visit.objects.select_related("proxy"), pk=number, by=request.user.email, ended=None)


def _officer(request: HttpRequest) -> None:
    if Who.OFFICER not in posts_of(request):
        raise PermissionDenied


def _refused(request: HttpRequest, error: BadInput) -> HttpResponse:
    return page(request, "wrong.html", status=403, title="You cannot do this now", todo=f"{error.what}.")
