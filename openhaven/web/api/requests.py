"""What people asked about their own data, for the programs of those who answer: clocks and deeds, and who it is only to
somebody who shows that they are there.

A copy of a person's records goes through no program, and none looks at them: that is for the pages alone."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.http import HttpRequest
from ninja import Path, Router
from ninja.errors import HttpError

from openhaven.casework.asking import IN_PERSON, ON_PAGES, Deed
from openhaven.casework.exemptions import LeftOut, Opinion
from openhaven.desk.models import Request
from openhaven.desk.patients import copies
from openhaven.desk.patients import requests as desk
from openhaven.desk.patients.requests import Kind, Staff
from openhaven.desk.tokens import Scope
from openhaven.web.api.access import By
from openhaven.web.api.patient_shapes import LeftOutIn, RequestActIn, RequestFullOut, RequestOut, SaidOut, StageIn
from openhaven.web.api.reading import Limit, Read, Refused, Signed, Start
from openhaven.web.api.shapes import MOST, Id, Number
from openhaven.web.api.signing import Code, signing, signs
from openhaven.web.request_acts import DOINGS, Doing, answers_as, is_open, staff_for

on_requests = Router(tags=["requests of patients"])
READS, ANSWERS = By(Scope.REQUESTS), By(Scope.ANSWER)
D = Deed


@on_requests.get("/requests", auth=READS, response={200: list[RequestOut], **Refused}, summary="Requests of patients")
def all_requests(request: HttpRequest, start: Start = 0, limit: Limit = MOST) -> Any:
    """What is not answered yet, by the day on which it is due: never by whom, nor what they wrote. For those who
    answer."""
    _check_answers(request)
    return [_short(request, each) for each in desk.waiting()[start : start + limit]]


@on_requests.get("/requests/{number}", auth=READS, response={200: RequestFullOut, **Read}, summary="One request")
def one(request: HttpRequest, number: Path[Number]) -> Any:
    """How far it is, what was done, and what the token's person can do with it: never whose it is."""
    return _full(request, _found(request, number))


@on_requests.post(
    "/requests/{number}/read",
    auth=ANSWERS,
    response={200: SaidOut, **Signed},
    summary="Take it: who asks, and in which words",
)
def read(request: HttpRequest, number: Path[Number], code: Code = None) -> Any:
    """Who it is and what they wrote, entered in the private log first; with a one-time code, each time."""
    found = _found(request, number)
    _staff(request, found, D.READ)
    with signing(request, code, where=f"/requests/{found.pk}", what=D.READ):
        said = desk.opened(request.haven, found, by=request.auth.person.email)
        if said is None:
            raise HttpError(404, "it was answered, and who asked is wiped")
    return {"nhs_number": said.nhs_number, "words": said.words}


@on_requests.post(
    "/requests/{number}/acts/{name}", auth=ANSWERS, response={200: RequestFullOut, **Signed}, summary="Do something"
)
def act(request: HttpRequest, number: Path[Number], name: Path[Id], done: RequestActIn, code: Code = None) -> Any:
    """Record who asks, ask the person back, record their answer, take longer, have the copy made; and with a one-time
    code decide on an objection, and answer."""
    found = _as_seen(request, number, done)
    doing = DOINGS.get(name)
    if doing is None or found.kind not in doing.kinds:
        raise HttpError(404, f"there is no {name}")
    staff = _staff(request, found, doing.deed)
    if doing.deed in ON_PAGES:
        raise HttpError(403, f"this is for the pages alone: /requests/{found.pk}/do/{name}")
    in_person, where = doing.deed in IN_PERSON, f"/requests/{found.pk}/do/{name}"
    with signing(request, code, where=where, what=doing.deed) if in_person else nullcontext():
        doing.does(request.haven, found, staff, done.words)
    return _full(request, Request.objects.select_related("proxy").get(pk=found.pk))


@on_requests.post(
    "/requests/{number}/left-out",
    auth=ANSWERS,
    response={200: RequestFullOut, **Signed},
    summary="Leave something out, under an exemption",
)
def leave_out(request: HttpRequest, number: Path[Number], left: LeftOutIn, code: Code = None) -> Any:
    """Record what is left out of a copy, and under which exemption. What the copy holds is seen on the pages."""
    found = _as_seen(request, number, left)
    if found.kind != Kind.COPY:
        raise HttpError(404, "nothing is left out of what is no copy")
    staff = _staff(request, found, D.LEAVE_OUT)
    with signing(request, code, where=f"/requests/{found.pk}/leave-out", what=D.LEAVE_OUT):
        _leave_out(request, found, left, staff)
    return _full(request, found)


@on_requests.post(
    "/requests/{number}/left-out/{id}/back",
    auth=ANSWERS,
    response={200: RequestFullOut, **Signed},
    summary="Leave it in after all",
)
def put_back(request: HttpRequest, number: Path[Number], id: Path[Number], seen: StageIn, code: Code = None) -> Any:
    """What was left out is in the copy again."""
    found = _as_seen(request, number, seen)
    staff = _staff(request, found, D.PUT_BACK)
    with signing(request, code, where=f"/requests/{found.pk}", what=D.PUT_BACK):
        copies.put_back(request.haven, found, id, staff)
    return _full(request, found)


# --- in plain data ----------------------------------------------------------------------------------------------------


def _leave_out(request: HttpRequest, found: Request, left: LeftOutIn, staff: Staff) -> None:
    held = copies.look_at(request.haven, found, by=staff.by)
    opinion = Opinion(left.opinion_by, left.opinion_on) if left.opinion_by and left.opinion_on else None
    kept = LeftOut(
        dataset=left.dataset,
        exemption=left.exemption,
        because=left.because,
        fields=tuple(left.fields),
        records=tuple(left.records),
        opinion=opinion,
        silent=left.silent,
    )
    copies.leave_out(request.haven, found, kept, staff, held=held)


def _check_answers(request: HttpRequest) -> None:
    if not answers_as(request.auth.person):
        raise HttpError(403, "you hold no post for which this is")


def _found(request: HttpRequest, number: int) -> Request:
    _check_answers(request)
    found: Request | None = Request.objects.select_related("proxy").filter(pk=number).first()
    if found is None:
        raise HttpError(404, f"there is no {number}")
    return found


def _as_seen(request: HttpRequest, number: int, seen: StageIn) -> Request:
    """The request, if it still stands where the program saw it."""
    found = _found(request, number)
    if found.stage != seen.stage:
        raise HttpError(409, f"it stands otherwise by now: {found.stage}")
    return found


def _staff(request: HttpRequest, found: Request, deed: Deed) -> Staff:
    if (staff := staff_for(request.auth.person, found, deed)) is None:
        raise HttpError(403, f"you cannot {deed} here")
    return staff


def _short(request: HttpRequest, found: Request) -> dict[str, Any]:
    late = found.due is not None and found.due < request.haven.today()
    return {"number": found.pk, "stage": found.stage, "received": found.received, "due": found.due, "late": late}


def _full(request: HttpRequest, found: Request) -> dict[str, Any]:
    person = request.auth.person
    return {
        **_short(request, found),
        "kind": found.kind,
        "channel": found.channel,
        "proxy": found.proxy_id,
        "law": desk.regime(found),
        "answered": found.answered,
        "steps": [{"deed": each.deed, "by": each.by, "at": each.at} for each in found.steps.all()],
        "left_out": [_left(each) for each in copies.left_out_of(request.haven, found)],
        "can": [_can(name, each) for name, each in DOINGS.items() if _is_open(request, found, each)],
        "may_leave_out": found.kind == Kind.COPY and staff_for(person, found, D.LEAVE_OUT) is not None,
    }


def _is_open(request: HttpRequest, found: Request, doing: Doing) -> bool:
    by_program = doing.deed not in ON_PAGES and (signs(request) or doing.deed not in IN_PERSON)
    return by_program and is_open(request.auth.person, found, doing)


def _can(name: str, doing: Doing) -> dict[str, Any]:
    return {"name": name, "title": doing.title, "asks": doing.label, "signs": doing.deed in IN_PERSON}


def _left(each: copies.OmissionKept) -> dict[str, Any]:
    return {"id": each.id, "dataset": each.left.dataset, "exemption": each.left.exemption}
