"""Agreements: read, drawn up, changed and ended, by the same table of moves as on the pages.

What a person signs or certifies, and lifting a suspension, needs a one-time code of theirs beside the token."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.http import HttpRequest
from ninja import Path, Router
from ninja.errors import HttpError

from openhaven.casework.questions import Offered
from openhaven.casework.states import Action, State, is_in_person
from openhaven.desk import cases
from openhaven.desk.models import Case, Reminder
from openhaven.desk.plainly import agreement_in_full, agreement_in_short, version_in_full
from openhaven.desk.reach import cases_for
from openhaven.desk.tokens import Scope
from openhaven.web.agreement_acts import ACTS, acts_open, attempt, form_of
from openhaven.web.api.access import By
from openhaven.web.api.reading import Limit, Read, Refused, Signed, Start, check_read, typed_input
from openhaven.web.api.shapes import (
    MOST,
    ActOut,
    AgreementActIn,
    AgreementFullOut,
    AgreementOut,
    DueOut,
    Id,
    NotRead,
    Number,
    VersionFullOut,
)
from openhaven.web.api.signing import Code, signing, signs

on_agreements = Router(tags=["agreements"])
READS, ACTS_BY = By(Scope.AGREEMENTS), By(Scope.AGREE)
A = Action


@on_agreements.get("/agreements", auth=READS, response={200: list[AgreementOut], **Refused}, summary="Agreements")
def all_agreements(request: HttpRequest, state: State | None = None, start: Start = 0, limit: Limit = MOST) -> Any:
    """Those that the token's person may read, what changed last first, in one state or in all."""
    found = cases_for(request.haven, request.auth.person, A.READ_AGREEMENT).order_by("-since", "pk")
    part = (found.filter(state=state) if state else found)[start : start + limit]
    return [agreement_in_short(request.haven, each, request.auth.person) for each in part]


@on_agreements.get("/agreements/due", auth=READS, response={200: list[DueOut], **Refused}, summary="What falls due")
def all_due(request: HttpRequest, start: Start = 0, limit: Limit = MOST) -> Any:
    """What falls due of the agreements that the token's person may read, the first first, as looked at once a day."""
    mine = cases_for(request.haven, request.auth.person, A.READ_AGREEMENT).values("pk")
    today = request.haven.today()
    return [
        {"case": each.case_id, "kind": each.kind, "what": each.what, "by": each.due, "late": each.due < today}
        for each in Reminder.objects.filter(case__in=mine)[start : start + limit]
    ]


@on_agreements.get("/agreements/{case}", auth=READS, response={200: AgreementFullOut, **Read}, summary="One agreement")
def one(request: HttpRequest, case: Path[Id]) -> Any:
    """The agreement of a case, by the case's id: where it stands, what is in force, and what falls due."""
    return agreement_in_full(request.haven, _found(request, case), request.auth.person)


@on_agreements.get(
    "/agreements/{case}/versions/{number}",
    auth=READS,
    response={200: VersionFullOut, **Read},
    summary="One version, clause by clause",
)
def version(request: HttpRequest, case: Path[Id], number: Path[Number]) -> Any:
    """A version as it is signed."""
    found = _found(request, case).versions.filter(number=number).prefetch_related("signatures__person").first()
    if found is None:
        raise HttpError(404, f"there is no version {number}")
    return version_in_full(found)


@on_agreements.get(
    "/agreements/{case}/acts", auth=READS, response={200: list[ActOut], **Read}, summary="What can be done"
)
def acts(request: HttpRequest, case: Path[Id]) -> Any:
    """What the token's person can do with it by a program, and what has to be typed."""
    found = _found(request, case)
    can = cases.can(request.haven, found, request.auth.person)
    return [
        {
            "name": name,
            "title": each.title,
            "signs": is_in_person(each.action, found.stands),
            "inputs": _inputs(request, found, name),
        }
        for name, each in acts_open(found, can)
        if signs(request) or not is_in_person(each.action, found.stands)
    ]


@on_agreements.post(
    "/agreements/{case}/acts/{name}",
    auth=ACTS_BY,
    response={200: AgreementFullOut, **Signed, 422: NotRead},
    summary="Do something with it",
)
def act(request: HttpRequest, case: Path[Id], name: Path[Id], done: AgreementActIn, code: Code = None) -> Any:
    """Draw it up, propose a longer term, ask for an amendment, suspend it, end it, ask for the destruction, or record
    it; and with a one-time code sign it, lift a suspension, certify the destruction: whatever the table of moves
    allows."""
    found = _found(request, case)
    if (each := ACTS.get(name)) is None:
        raise HttpError(404, f"there is no {name}")
    cases.check(request.haven, found, request.auth.person, each.action)
    in_person, where = is_in_person(each.action, found.stands), f"/agreements/{found.pk}/do/{name}"
    found.version = done.version
    with signing(request, code, where=where, what=each.action) if in_person else nullcontext():
        check_read(attempt(request.haven, found, request.auth.person, name, done.typed, seen=done.sha256), where=name)
    return agreement_in_full(request.haven, found, request.auth.person)


# --- in plain data ----------------------------------------------------------------------------------------------------


def _found(request: HttpRequest, id: str) -> Case:
    """A case whose agreement the token's person may read, or may draw up."""
    person = request.auth.person
    found = cases.find(request.haven, id, person, A.READ_AGREEMENT)
    found = found or cases.find(request.haven, id, person, A.DRAW_UP)
    if found is None:
        raise HttpError(404, f"there is no {id}")
    return found


def _inputs(request: HttpRequest, case: Case, name: str) -> list[dict[str, Any]]:
    return [typed_input(each, Offered(), {}) for each in form_of(request.haven, case, name).inputs]
