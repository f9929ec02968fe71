"""Who acts for another, for the staff who look at the evidence: recorded, looked at again, and ended."""

from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from openhaven.casework.asking import PROXIES, Deed, Tie, Who
from openhaven.casework.proxies import EVIDENCE, deeds_of
from openhaven.desk.models import Proxy
from openhaven.desk.patients import proxies as desk
from openhaven.desk.patients.requests import SHORTER
from openhaven.haven.looking import look_up, seen_by
from openhaven.records.kept import Looked
from openhaven.web.pages import page
from openhaven.web.staying import filled, signed_in, wrong_in
from openhaven.web.typed import Text
from openhaven.web.views.requests import DAYS, posts_of

GIVEN = [(each.value, each.capitalize()) for each in sorted(deeds_of(Who.CHOSEN))]


def _day(label: str, hint: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, help_text=hint, required=required, input_formats=DAYS)


class New(forms.Form):
    """A proxy to be recorded."""

    who = forms.ChoiceField(
        label="As what do they act?",
        widget=forms.RadioSelect,
        choices=[(each.value, f"{each.capitalize()}: {EVIDENCE[each]}") for each in sorted(PROXIES)],
    )
    of = Text(label="NHS number of whom they act for", max_length=20)
    name = Text(label="What do they call them?", max_length=100, help_text="The proxy sees this.")
    by = Text(
        label="NHS number of who acts",
        required=False,
        max_length=20,
        help_text="Leave it empty if they will not sign in",
    )
    evidence = Text(
        label="What did you see?",
        max_length=SHORTER,
        widget=forms.Textarea,
        help_text="Do not write an NHS number here.",
    )
    until = _day("Last day of the evidence", "For example, 27 3 2028. Where it has none, a day to look at it again")
    born = _day("Day of birth of the child", "For a parent only", required=False)
    died = _day("Day of the death", "For who acts for somebody who has died", required=False)
    deeds = forms.MultipleChoiceField(
        label="What does the person let them do?",
        help_text="For somebody they chose only",
        required=False,
        choices=GIVEN,
        widget=forms.CheckboxSelectMultiple,
    )

    def new(self) -> desk.NewProxy:
        """What was filled in."""
        given = self.cleaned_data
        deeds = frozenset(map(Deed, given["deeds"]))
        return desk.NewProxy(**{**given, "who": Who(given["who"]), "deeds": deeds})


class Review(forms.Form):
    """A proxy is looked at again."""

    evidence = Text(
        label="What did you see, and what does the young person say themselves?",
        max_length=SHORTER,
        widget=forms.Textarea,
    )
    until = _day("Last day of the evidence", "For example, 27 3 2028")


class End(forms.Form):
    """A proxy ends."""

    why = Text(label="Why does it end?", max_length=SHORTER, widget=forms.Textarea)


@signed_in
def proxies(request: HttpRequest) -> HttpResponse:
    """Every proxy, by its end. It names nobody."""
    posts_of(request)
    haven = request.haven
    listed = [(each, desk.tie(haven, each), None if each.ended else desk.review_due(haven, each))
              for each in desk.on_record()]  # fmt: skip
    return page(request, "proxies.html", listed=listed, acts=Tie.ACTS)


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """A proxy is recorded, on evidence that was seen."""
    _officer(request)
    form = filled(request, New)
    if form.is_valid():
        with wrong_in(form):
            made = desk.record(request.haven, form.new(), staff=request.user.email)
            return redirect("proxy", made.pk)
    return page(request, "proxy_new.html", form=form, action="Record it")


@signed_in
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One proxy; that who it is about was looked at is entered first."""
    posts_of(request)
    row, haven = get_object_or_404(Proxy, pk=number), request.haven
    of, name = desk.person_of(haven, row) if row.sealed else ("", "")
    if of:
        who = seen_by(haven, request.user.email)
        look_up(who, Looked.PERSON, of=f"proxy {row.pk}", why="it is read", nhs_number=of)
    due = desk.review_due(haven, row) if row.sealed else None
    return page(
        request,
        "proxy.html",
        row=row,
        of=of,
        name=name,
        due=due,
        tie=desk.tie(haven, row),
        may=desk.noun_of(haven, row).may,
    )


@signed_in
def review(request: HttpRequest, number: int) -> HttpResponse:
    """A proxy is looked at again."""
    return _change(request, number, filled(request, Review), "Look at it again")


@signed_in
def end(request: HttpRequest, number: int) -> HttpResponse:
    """A proxy is ended."""
    return _change(request, number, filled(request, End), "End it")


def _change(request: HttpRequest, number: int, form: forms.Form, title: str) -> HttpResponse:
    _officer(request)
    row = get_object_or_404(Proxy, pk=number)
    if form.is_valid():
        with wrong_in(form):
            if isinstance(form, End):
                desk.end(request.haven, row, why=form.cleaned_data["why"], by=request.user.email)
            else:
                desk.review(request.haven, row, **form.cleaned_data, staff=request.user.email)
            return redirect("proxy", row.pk)
    return page(request, "proxy_change.html", row=row, form=form, title=title, action=title)


def _officer(request: HttpRequest) -> None:
    if Who.OFFICER not in posts_of(request):
        raise PermissionDenied
