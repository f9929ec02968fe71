"""Incidents: reported by whoever signs in, dealt with by the team under the regulator's clock, each deed on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.casework.incidents import IN_PERSON, Deed, Stage
from openhaven.casework.questions import Offered, Question
from openhaven.casework.reading import read
from openhaven.desk import cases
from openhaven.desk import incidents as desk
from openhaven.desk.models import Incident, Person
from openhaven.desk.offers import name_of
from openhaven.haven import Haven
from openhaven.haven.place import LONDON
from openhaven.model.errors import BadInput
from openhaven.web.incident_acts import ACTS, Act, attempt, form_of, report_form, reported
from openhaven.web.pages import page
from openhaven.web.search import ROWS, chosen_of, paged
from openhaven.web.signing_in import second_factor_first
from openhaven.web.slowing import Often, as_often
from openhaven.web.staying import given_back, or_404, signed_in, typed_in

D = Deed


@signed_in
def incidents(request: HttpRequest) -> HttpResponse:
    """The incidents that a person may see, what is open first, each with its clock."""
    haven, state = request.haven, chosen_of(request, Stage)
    found = desk.visible(haven, request.user)
    part = paged(request, found.filter(stage=state) if state else found, each=ROWS)
    listed = [{"incident": each, **_clock(haven, each)} for each in part["shown"]]
    return page(request, "incidents.html", listed=listed, states=tuple(Stage), state=state, **part)


def running_clocks(haven: Haven, person: Person) -> list[dict[str, Any]]:
    """The incidents of which it is not settled yet whether the Commissioner is told, for those who deal with them: what
    is late first."""
    return [{"incident": each, **_clock(haven, each)} for each in desk.unsettled(haven, person)[:ROWS]]


def _clock(haven: Haven, incident: Incident) -> dict[str, Any]:
    now, clock = haven.clock(), incident.clock
    settled = bool(desk.done(incident) & {D.TELL_REGULATOR, D.NOT_TELL})
    return {
        "until": clock.until.astimezone(LONDON),
        "left": clock.hours_left(now),
        "late": clock.late(now) and not settled,
        "settled": settled,
    }


@signed_in
@as_often(Often.REPORT)
def report(request: HttpRequest) -> HttpResponse:
    """Report one."""
    form = report_form(request.haven)
    made: dict[str, Any] = {"typed": given_back(request) or {}, "wrong": {}, "problem": ""}
    if request.method == "POST":
        typed = typed_in(request)
        found = read(form, typed, Offered(), {})
        made = {"typed": typed, "wrong": dict(found.wrong), "problem": ""}
        if not found.wrong:
            try:
                incident = desk.report(request.haven, request.user, reported(found.answer))
                return redirect("incident", incident.pk)
            except BadInput as stopped:
                made["problem"] = f"{stopped.what}."
    act = Act(D.ADD, form.title, "Report it", hint=form.hint)
    return page(request, "incident_act.html", status=422 if made["wrong"] or made["problem"] else 200, act=act,
                crumbs=_crumbs(), **_form(form), **made)  # fmt: skip


def _crumbs() -> list[dict[str, str]]:
    return [
        {"href": reverse("desk"), "text": "Your desk"},
        {"href": reverse("incidents"), "text": "Incidents"},
    ]


def _form(form: Question) -> dict[str, Any]:
    choices = {one.name: one.choices(Offered(), {}) for one in form.inputs if one.choices}
    return {"question": form, "rows": [("", "")], "choices": choices}


@signed_in
def incident(request: HttpRequest, id: str) -> HttpResponse:
    """One incident: its clock, what is missing, everything that was done, and what can be done."""
    found: Incident = or_404(desk.find(request.haven, id, request.user))
    can = desk.can(request.haven, found, request.user)
    return page(
        request,
        "incident.html",
        incident=found,
        crumbs=_crumbs(),
        acts=[(name, act) for name, act in ACTS.items() if act.deed in can],
        missing=desk.missing(found) if found.stage != "closed" else (),
        frozen=desk.frozen(found),
        about=name_of(request.haven, found.about) if found.about else "",
        whose=[name_of(request.haven, each) for each in desk.whose(request.haven, found)],
        steps=found.steps.select_related("person"),
        **_clock(request.haven, found),
    )


@signed_in
def act(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """One deed, asked for and done."""
    found: Incident = or_404(desk.find(request.haven, id, request.user))
    each: Act = or_404(ACTS.get(name))
    desk.check(request.haven, found, request.user, each.deed)
    if each.deed in IN_PERSON and (asked_for_code := second_factor_first(request)):
        return asked_for_code
    form = form_of(request.haven, found, name)
    made: dict[str, Any] = {"typed": given_back(request) or {}, "wrong": {}, "problem": ""}
    if request.method == "POST":
        made = _sent(request, found, name)
        if not made["wrong"] and not made["problem"]:
            return redirect("incident", found.pk)
    crumbs = [*_crumbs(), {"href": reverse("incident", args=[found.pk]), "text": found.title}]
    return page(request, "incident_act.html", status=422 if made["wrong"] or made["problem"] else 200, act=each,
                incident=found, crumbs=crumbs, **_form(form), **made)  # fmt: skip


def _sent(request: HttpRequest, incident: Incident, name: str) -> dict[str, Any]:
    typed, seen = typed_in(request), request.POST.get("version", "")
    incident.version = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else -1
    wrong: Mapping[str, str] = {}
    problem = ""
    try:
        wrong = attempt(request.haven, incident, request.user, name, typed)
    except (BadInput, cases.Stale) as stopped:
        problem = f"{stopped.what}."
    incident.refresh_from_db()
    return {"typed": typed, "wrong": dict(wrong), "problem": problem}
