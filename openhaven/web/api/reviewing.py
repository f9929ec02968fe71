"""What those who review a case read of it: opinions, minutes, what the law leaves to two people, and what changed; and
the texts that are drawn up from it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Path, Router, UploadedFile
from ninja.errors import HttpError

from openhaven.casework.answers import Changed, changes, finding_changes
from openhaven.casework.states import Action
from openhaven.desk import assessing, cases, documents, people_lists, reviewing
from openhaven.desk.agreements import ending
from openhaven.desk.models import Case
from openhaven.desk.offers import offered_to
from openhaven.desk.provisional import application, decided
from openhaven.desk.tokens import Scope
from openhaven.model.errors import BadInput
from openhaven.web.acts import left_in
from openhaven.web.api.access import By, check_pace
from openhaven.web.api.reading import Counted, Read, Written
from openhaven.web.api.shapes import ChangesOut, DocumentOut, Id, ListOut, Number, ReviewOut, Wrong
from openhaven.web.slowing import Often

on_reviews = Router(tags=["cases"])
READS, WRITES, AGREEMENTS = By(Scope.CASES), By(Scope.WRITE), By(Scope.AGREEMENTS)
TEXT: dict[str, Any] = {"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}}


@on_reviews.get("/cases/{id}/review", auth=READS, response={200: ReviewOut, **Read}, summary="What was said of it")
def review(request: HttpRequest, id: Path[Id]) -> Any:
    """Opinions, minutes and decisions, and what the law leaves to two people, word for word; for those who review. An
    adviser reads the opinions of others after giving their own."""
    case = _found(request, id, Action.READ_REVIEW)
    left = left_in(request.haven, case)
    return {
        "opinions": [_said(each) for each in reviewing.opinions_for(case, request.auth.person)],
        "minutes": [{**_said(each), "conditions": each.conditions} for each in case.minutes.select_related("person")],
        "left_open": [
            {"mark": each.mark, "words": each.words, "where": each.where, "answered": list(each.answered)}
            for each in left.left
        ],
        "needed": [*left.missing, *left.who],
    }


@on_reviews.get("/cases/{id}/changes", auth=READS, response={200: ChangesOut, **Read}, summary="What changed")
def changed(request: HttpRequest, id: Path[Id]) -> Any:
    """Between its last two submissions: answers, and what the engine found; and what it finds otherwise today."""
    case = _found(request, id, Action.READ_REVIEW)
    every = list(case.submissions.order_by("-number")[:2])
    told: dict[str, Any] = {"answers": [], "findings": [], "now": []}
    if every:
        told["now"] = _told(finding_changes(every[0].decision, _decision(request, case) or every[0].decision))
    if len(every) == 2:
        offered = offered_to(request.haven, case.organisation)
        told["answers"] = _told(changes(every[1].answers, every[0].answers, offered))
        told["findings"] = _told(finding_changes(every[1].decision, every[0].decision))
    return told


@on_reviews.get(
    "/cases/{id}/impact",
    auth=READS,
    response={200: None, **Read, 422: Wrong},
    summary="A draft of the impact assessment",
    openapi_extra=TEXT,
)
def impact(request: HttpRequest, id: Path[Id]) -> HttpResponse:
    """As text, for whoever may read the case. A person has to finish it."""
    return _text(assessing.as_text(request.haven, _found(request, id)))


@on_reviews.get(
    "/agreements/{case}/destruction",
    auth=AGREEMENTS,
    response={200: None, **Read},
    summary="The certificate of destruction",
    openapi_extra=TEXT,
)
def destruction(request: HttpRequest, case: Path[Id]) -> HttpResponse:
    """The recipient's latest certificate, as text."""
    found = _found(request, case, Action.READ_AGREEMENT)
    if not found.destructions.exists():
        raise HttpError(404, "no destruction is certified")
    return _text(ending.certificate_text(request.haven, found))


@on_reviews.post(
    "/cases/{id}/documents/{number}/back",
    auth=WRITES,
    response={200: list[DocumentOut], **Written},
    summary="Take a document back",
)
def take_back(request: HttpRequest, id: Path[Id], number: Path[Number]) -> Any:
    """Take a document back while the application is written. The documents that are left."""
    case = _found(request, id)
    each = case.uploads.filter(pk=number, removal__isnull=True).first()
    if each is None:
        raise HttpError(404, f"there is no document {number}")
    each.case = case
    documents.take_back(request.haven, each, request.auth.person)
    return [
        {"number": one.pk, "name": one.name, "by": one.person.name, "at": one.at} for one in documents.attached(case)
    ]


@on_reviews.post("/cases/{id}/list", auth=WRITES, response={200: ListOut, **Counted}, summary="Send the list of people")
def send_list(request: HttpRequest, id: Path[Id], file: File[UploadedFile]) -> Any:
    """Send the list of people that an approved application asks for. It is never given back; another takes its
    place."""
    case = _found(request, id)
    cases.check(request.haven, case, request.auth.person, Action.SEND_LIST)
    check_pace(request, Often.ATTACH)
    people_lists.send_list(request.haven, case, request.auth.person, file.read())
    return {"here": people_lists.list_lies_here(request.haven, case)}


# --- in plain data ----------------------------------------------------------------------------------------------------


def _found(request: HttpRequest, id: str, action: Action = Action.READ) -> Case:
    found = cases.find(request.haven, id, request.auth.person, action)
    if found is None:
        raise HttpError(404, f"there is no {id}")
    return found


def _decision(request: HttpRequest, case: Case) -> Any:
    try:
        asked = application(case, offered_to(request.haven, case.organisation))
        return decided(request.haven, asked).decision.as_plain()
    except BadInput:
        return None


def _told(found: tuple[Changed, ...]) -> list[dict[str, Any]]:
    return [{"title": each.title, "before": list(each.before), "after": list(each.after)} for each in found]


def _said(found: Any) -> dict[str, Any]:
    return {"by": found.person.name, "says": found.says, "text": found.text, "at": found.at}


def _text(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
