"""Incidents: reported, followed and dealt with by the same table of deeds as on the pages.

What a person decides, and what is said in public, needs a one-time code of theirs beside the token."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.http import HttpRequest
from ninja import Path, Router
from ninja.errors import HttpError

from openhaven.casework.incidents import IN_PERSON as BY_HAND
from openhaven.casework.incidents import Stage
from openhaven.casework.questions import Offered
from openhaven.casework.reading import read
from openhaven.desk import incidents as desk
from openhaven.desk.models import Incident
from openhaven.desk.plainly import incident_in_full, incident_in_short
from openhaven.desk.tokens import Scope
from openhaven.haven.place import LONDON
from openhaven.web.api.access import By, check_pace
from openhaven.web.api.reading import Counted, Limit, Read, Refused, Signed, Start, check_read, typed_input
from openhaven.web.api.shapes import MOST, ActIn, ActOut, Id, IncidentFullOut, IncidentOut, NotRead, ReportIn
from openhaven.web.api.signing import Code, signing, signs
from openhaven.web.incident_acts import ACTS, attempt, form_of, report_form, reported
from openhaven.web.slowing import Often

on_incidents = Router(tags=["incidents"])
READS, REPORTS = By(Scope.INCIDENTS), By(Scope.REPORT)


@on_incidents.get("/incidents", auth=READS, response={200: list[IncidentOut], **Refused}, summary="Incidents")
def all_incidents(request: HttpRequest, stage: Stage | None = None, start: Start = 0, limit: Limit = MOST) -> Any:
    """Those that the token's person may see, what is open first, by its clock."""
    found = desk.visible(request.haven, request.auth.person)
    return [
        incident_in_short(request.haven, each)
        for each in (found.filter(stage=stage) if stage else found)[start : start + limit]
    ]


@on_incidents.post(
    "/incidents", auth=REPORTS, response={201: IncidentFullOut, **Counted, 422: NotRead}, summary="Report an incident"
)
def report(request: HttpRequest, said: ReportIn) -> Any:
    """Report an incident at once, also where it is not sure. Whoever holds a post may; no patient is named."""
    check_pace(request, Often.REPORT)
    known = said.known.astimezone(LONDON)
    typed = {
        **{name: [getattr(said, name)] for name in ("title", "text", "about", "dataset", "agreement")},
        "known-day": [str(known.day)],
        "known-month": [str(known.month)],
        "known-year": [str(known.year)],
        "time": [f"{known:%H:%M}"],
    }
    found = read(report_form(request.haven), typed, Offered(), {})
    if found.wrong:
        return 422, {"what": "what was typed does not fit", "where": "report", "wrong": dict(found.wrong)}
    made = desk.report(request.haven, request.auth.person, reported(found.answer))
    return 201, incident_in_full(request.haven, made, request.auth.person)


@on_incidents.get("/incidents/{id}", auth=READS, response={200: IncidentFullOut, **Read}, summary="One incident")
def one(request: HttpRequest, id: Path[Id]) -> Any:
    """One incident with all that was done."""
    return incident_in_full(request.haven, _found(request, id), request.auth.person)


@on_incidents.get("/incidents/{id}/acts", auth=READS, response={200: list[ActOut], **Read}, summary="What can be done")
def acts(request: HttpRequest, id: Path[Id]) -> Any:
    """What the token's person can do about it by a program, and what has to be typed."""
    found = _found(request, id)
    can = desk.can(request.haven, found, request.auth.person) - (frozenset() if signs(request) else BY_HAND)
    return [
        {
            "name": name,
            "title": each.title,
            "signs": each.deed in BY_HAND,
            "inputs": _inputs(request, found, name),
        }
        for name, each in ACTS.items()
        if each.deed in can
    ]


@on_incidents.post(
    "/incidents/{id}/acts/{name}",
    auth=REPORTS,
    response={200: IncidentFullOut, **Signed, 422: NotRead},
    summary="Do something about it",
)
def act(request: HttpRequest, id: Path[Id], name: Path[Id], done: ActIn, code: Code = None) -> Any:
    """Add what is known, say that it is contained, record that the Commissioner or the controllers were told, write
    down the lessons; and with a one-time code freeze, decide whom to tell, take a step, close."""
    found = _found(request, id)
    if (each := ACTS.get(name)) is None:
        raise HttpError(404, f"there is no {name}")
    desk.check(request.haven, found, request.auth.person, each.deed)
    in_person, where = each.deed in BY_HAND, f"/incidents/{found.pk}/do/{name}"
    found.version = done.version
    with signing(request, code, where=where, what=each.deed) if in_person else nullcontext():
        check_read(attempt(request.haven, found, request.auth.person, name, done.typed), where=name)
    return incident_in_full(request.haven, found, request.auth.person)


# --- in plain data ----------------------------------------------------------------------------------------------------


def _found(request: HttpRequest, id: str) -> Incident:
    found = desk.find(request.haven, id, request.auth.person)
    if found is None:
        raise HttpError(404, f"there is no {id}")
    return found


def _inputs(request: HttpRequest, incident: Incident, name: str) -> list[dict[str, Any]]:
    return [typed_input(each, Offered(), {}) for each in form_of(request.haven, incident, name).inputs]
