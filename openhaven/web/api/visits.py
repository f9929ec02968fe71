"""Assisted service by programs: that somebody called, wrote or came, what they ask, and that it ended.

Where their data was used is read to them from the pages alone: a token must not turn into a way to look people up."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router
from ninja.errors import HttpError

from openhaven.casework.asking import Who
from openhaven.desk.models import Visit
from openhaven.desk.patients import visits as desk
from openhaven.desk.patients.requests import DEEDS, Kind
from openhaven.desk.patients.visits import NewVisit
from openhaven.desk.tokens import Scope
from openhaven.web.api.access import By, check_pace
from openhaven.web.api.patient_shapes import VisitAskedOut, VisitIn, VisitOut
from openhaven.web.api.reading import Counted, Read, Refused
from openhaven.web.api.shapes import Id, Number, TextIn
from openhaven.web.request_acts import answers_as
from openhaven.web.slowing import Often

on_visits = Router(tags=["assisted service"])
ASSISTS = By(Scope.ASSIST)
KINDS = {"copy": Kind.COPY, "objection": Kind.OBJECTION, "consent": Kind.CONSENT, "complaint": Kind.COMPLAINT}
"""What is asked for somebody in their words; a yes is taken back on the pages, where it is shown."""


@on_visits.get("/visits", auth=ASSISTS, response={200: list[VisitOut], **Refused}, summary="Your visits that go on")
def all_visits(request: HttpRequest) -> Any:
    """The calls, letters and visits with which the token's person helps now. It names nobody."""
    _check_officer(request)
    return [_visit(request, each) for each in desk.going_on(request.auth.person.email)]


@on_visits.post("/visits", auth=ASSISTS, response={201: VisitOut, **Counted}, summary="Somebody called, wrote or came")
def begin(request: HttpRequest, new: VisitIn) -> Any:
    """Record it, and what showed who they are; it is entered in the private log for the person first."""
    _check_officer(request)
    check_pace(request, Often.HELP)
    made = desk.begin(request.haven, NewVisit(**new.dict()), staff=request.auth.person.email)
    return 201, _visit(request, made)


@on_visits.post(
    "/visits/{number}/explained", auth=ASSISTS, response={200: VisitOut, **Read, 422: Read[404]}, summary="Choices told"
)
def explained(request: HttpRequest, number: Path[Number]) -> Any:
    """Note that their choices were explained to them."""
    found = _found(request, number)
    desk.explained(request.haven, found, staff=request.auth.person.email)
    return _visit(request, found)


@on_visits.post(
    "/visits/{number}/asked/{kind}", auth=ASSISTS, response={201: VisitAskedOut, **Counted}, summary="Ask for them"
)
def ask(request: HttpRequest, number: Path[Number], kind: Path[Id], said: TextIn) -> Any:
    """Open a request in their words: `copy`, `objection`, `consent` or `complaint`. Its clock waits where it is not
    known yet who they are."""
    found = _found(request, number)
    if kind not in KINDS:
        raise HttpError(404, f"there is no {kind}")
    check_pace(request, Often.HELP)
    made = desk.ask_for(request.haven, found, KINDS[kind], said.text, staff=request.auth.person.email)
    return 201, {"number": made.pk, "stage": made.stage, "due": made.due}


@on_visits.post("/visits/{number}/end", auth=ASSISTS, response={200: list[VisitOut], **Read}, summary="It ended")
def end(request: HttpRequest, number: Path[Number]) -> Any:
    """End it: who it was is wiped. The visits that still go on."""
    desk.end(request.haven, _found(request, number))
    return all_visits(request)


# --- in plain data ----------------------------------------------------------------------------------------------------


def _check_officer(request: HttpRequest) -> None:
    if Who.OFFICER not in answers_as(request.auth.person):
        raise HttpError(403, "you hold no post for which this is")


def _found(request: HttpRequest, number: int) -> Visit:
    """A visit of the token's very person."""
    _check_officer(request)
    own = Visit.objects.select_related("proxy").filter(pk=number, by=request.auth.person.email, ended=None)
    if (found := own.first()) is None:
        raise HttpError(404, f"there is no {number}")
    return found


def _visit(request: HttpRequest, found: Visit) -> dict[str, Any]:
    asks = [name for name, kind in KINDS.items() if not desk.why_not_now(request.haven, found, DEEDS[kind])]
    return {"number": found.pk, "channel": found.channel, "shown": found.shown, "began": found.began, "can_ask": asks}
