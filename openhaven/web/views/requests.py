"""What people asked about their own data, for the staff who answer: by the day it is due, one by one, deed by deed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from openhaven.casework.asking import Deed, Who
from openhaven.casework.exemptions import EXEMPTIONS, LeftOut, Opinion
from openhaven.desk.models import Request
from openhaven.desk.patients import copies
from openhaven.desk.patients import requests as desk
from openhaven.desk.patients.requests import SHORTER, Kind
from openhaven.haven.own_records import OwnRecords
from openhaven.web.pages import page
from openhaven.web.request_acts import DOINGS, Doing, answers_as, is_open, staff_for
from openhaven.web.sending import as_bytes
from openhaven.web.staying import filled, signed_in, wrong_in
from openhaven.web.typed import Text

COPY = "copy.zip"
DAYS = ["%d %m %Y", "%d/%m/%Y", "%Y-%m-%d"]


class Words(forms.Form):
    """What staff write with a deed."""

    words = Text(max_length=SHORTER, widget=forms.Textarea, error_messages={"required": "Say what it is"})


class Omit(forms.Form):
    """What is left out of a copy, and under which exemption."""

    dataset = forms.ChoiceField(label="Of which dataset?", widget=forms.RadioSelect)
    fields_left = Text(
        label="Which fields?", required=False, help_text="Names as below, with commas. Empty: all of them."
    )
    records_left = Text(
        label="Which records?", required=False, help_text="References as below, with commas. Empty: all of them."
    )
    exemption = forms.ChoiceField(label="Under which exemption?", widget=forms.RadioSelect)
    because = Text(
        label="Why does it apply here?", help_text="This is kept sealed.", max_length=SHORTER, widget=forms.Textarea
    )
    opinion_by = Text(
        label="Which health professional found serious harm?", required=False, help_text="Only for that exemption."
    )
    opinion_on = forms.DateField(
        label="On which day?", required=False, input_formats=DAYS, help_text="For example, 27 3 2026"
    )
    silent = forms.MultipleChoiceField(
        label="Would telling the person that something is left out do the harm itself?",
        required=False,
        choices=[("silent", "Yes: say nothing of it")],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *arguments: Any, held: tuple[OwnRecords, ...], regime: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["dataset"].choices = [(each.dataset.id, each.dataset.title) for each in held]
        known = (each for each in EXEMPTIONS.values() if each.regime == regime)
        self.fields["exemption"].choices = [(each.id, f"{each.title} ({each.provision})") for each in known]

    def left_out(self) -> LeftOut:
        """What was filled in. Raises BadInput where it does not fit together."""
        given = self.cleaned_data
        opinion = None
        if given["opinion_by"] and given["opinion_on"]:
            opinion = Opinion(given["opinion_by"], given["opinion_on"])
        return LeftOut(
            dataset=given["dataset"],
            exemption=given["exemption"],
            because=given["because"],
            fields=_listed(given["fields_left"]),
            records=_listed(given["records_left"]),
            opinion=opinion,
            silent=bool(given["silent"]),
        )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


@signed_in
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for an answer. It names nobody."""
    posts_of(request)
    return page(request, "requests.html", waiting=desk.waiting(), today=request.haven.today())


@signed_in
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One request with who asked, entered before it is shown; and what can be done with it now."""
    posts_of(request)
    found = get_object_or_404(Request.objects.select_related("proxy"), pk=number)
    said = desk.opened(request.haven, found, by=request.user.email)
    doings = {name: each for name, each in DOINGS.items() if is_open(request.user, found, each)}
    return page(
        request,
        "request.html",
        found=found,
        said=said,
        doings=doings,
        steps=list(found.steps.all()),
        law=desk.regime(found),
        left_out=copies.left_out_of(request.haven, found),
        may_omit=found.kind == Kind.COPY and staff_for(request.user, found, Deed.LEAVE_OUT) is not None,
        copied=copies.has_copy(found),
    )


@signed_in
def do(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """One deed, on a page of its own."""
    posts_of(request)
    found = get_object_or_404(Request.objects.select_related("proxy"), pk=number)
    if (doing := DOINGS.get(name)) is None or found.kind not in doing.kinds:
        raise Http404(name)
    if (staff := staff_for(request.user, found, doing.deed)) is None:
        raise PermissionDenied
    form = filled(request, Words)
    if not doing.label:
        form.fields.pop("words")
    else:
        form.fields["words"].label = doing.label
    if request.method == "POST" and form.is_valid():
        with wrong_in(form):
            made = doing.does(request.haven, found, staff, form.cleaned_data.get("words", ""))
            return as_bytes(made, name=COPY) if isinstance(made, bytes) else _after(found, doing)
    return page(request, "request_do.html", found=found, doing=doing, form=form, action=doing.button)


def _after(found: Request, doing: Doing) -> HttpResponse:
    if doing.deed is Deed.ANSWER:
        return redirect("requests")
    return redirect("request", found.pk)


@signed_in
def leave_out(request: HttpRequest, number: int) -> HttpResponse:
    """What the copy would hold, entered before it is shown, and what to leave out of it."""
    posts_of(request)
    found = get_object_or_404(Request.objects.select_related("proxy"), pk=number, kind=Kind.COPY)
    if (staff := staff_for(request.user, found, Deed.LEAVE_OUT)) is None:
        raise PermissionDenied
    held = copies.look_at(request.haven, found, by=request.user.email)
    form = filled(request, Omit, held=held, regime=desk.regime(found))
    if form.is_valid():
        with wrong_in(form):
            copies.leave_out(request.haven, found, form.left_out(), staff, held=held)
            return redirect("request", found.pk)
    return page(request, "request_omit.html", found=found, held=held, form=form, action="Leave it out")


@require_POST
@signed_in
def put_back(request: HttpRequest, number: int, id: int) -> HttpResponse:
    """Something is left in after all."""
    posts_of(request)
    found = get_object_or_404(Request, pk=number)
    if (staff := staff_for(request.user, found, Deed.PUT_BACK)) is None:
        raise PermissionDenied
    copies.put_back(request.haven, found, id, staff)
    return redirect("request", found.pk)


def posts_of(request: HttpRequest) -> frozenset[Who]:
    """As what somebody answers. Raises PermissionDenied for everybody else."""
    if not (found := answers_as(request.user)):
        raise PermissionDenied
    return found
