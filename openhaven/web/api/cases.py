"""Applications: written, submitted, talked about and reviewed, by the same table of moves as on the pages.

What a person signs (opinions, recommendations, answers, decisions) needs a one-time code of theirs beside the token."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Path, Router, UploadedFile
from ninja.errors import HttpError

from openhaven.casework.answers import shown, standing, typed_of
from openhaven.casework.questions import Offered, Question, asked
from openhaven.casework.states import Action, State, is_in_person
from openhaven.desk import cases, documents
from openhaven.desk.models import Case
from openhaven.desk.offers import offered_to
from openhaven.desk.provisional import provisional, turned
from openhaven.desk.reach import cases_for
from openhaven.desk.tokens import Scope
from openhaven.law.explaining import as_data
from openhaven.model.errors import BadInput
from openhaven.web.acts import ACTS, acts_open, attempt, inputs_of, left_to
from openhaven.web.api.access import By, check_pace
from openhaven.web.api.reading import Counted, Limit, Read, Refused, Signed, Start, Written, check_read, typed_input
from openhaven.web.api.shapes import (
    MOST,
    ActIn,
    ActOut,
    AnswerIn,
    CaseFullOut,
    CaseIn,
    CaseOut,
    DocumentOut,
    Id,
    MessageOut,
    NotRead,
    Number,
    QuestionOut,
    TextIn,
    VersionIn,
    Wrong,
)
from openhaven.web.api.signing import Code, signing, signs
from openhaven.web.sending import document_as_file
from openhaven.web.slowing import Often

on_cases = Router(tags=["cases"])
READS, WRITES = By(Scope.CASES), By(Scope.WRITE)


@on_cases.get("/cases", auth=READS, response={200: list[CaseOut], **Refused}, summary="Cases")
def all_cases(request: HttpRequest, state: State | None = None, start: Start = 0, limit: Limit = MOST) -> Any:
    """Those that the token's person may read, what changed last first, in one state or in all."""
    found = cases_for(request.haven, request.auth.person, Action.READ).order_by("-since", "pk")
    return [_case(each) for each in (found.filter(state=state) if state else found)[start : start + limit]]


@on_cases.post("/cases", auth=WRITES, response={201: CaseFullOut, **Counted}, summary="Begin an application")
def begin(request: HttpRequest, begun: CaseIn) -> Any:
    """Begin an application for an organisation for which the token's person applies."""
    check_pace(request, Often.BEGIN)
    return 201, _full(request, cases.open_case(request.haven, request.auth.person, begun.organisation))


@on_cases.get("/cases/{id}", auth=READS, response={200: CaseFullOut, **Read}, summary="One case")
def one(request: HttpRequest, id: Path[Id]) -> Any:
    """One case that the token's person may read."""
    return _full(request, _found(request, id))


@on_cases.get("/cases/{id}/questions", auth=READS, response={200: list[QuestionOut], **Read}, summary="Its questions")
def questions(request: HttpRequest, id: Path[Id]) -> Any:
    """Every question that is asked, with its answer. An answer may bring more questions."""
    case = _found(request, id)
    offered = offered_to(request.haven, case.organisation)
    return [_question(each, offered, case) for each in asked(offered, case.answers)]


@on_cases.post(
    "/cases/{id}/answers/{question}",
    auth=WRITES,
    response={200: QuestionOut, **Written, 422: NotRead},
    summary="Answer a question",
)
def answer(request: HttpRequest, id: Path[Id], question: Path[Id], given: AnswerIn) -> Any:
    """Keep an answer, unless something is wrong with it (422), or somebody else answered meanwhile (409)."""
    case = _found(request, id)
    cases.check(request.haven, case, request.auth.person, Action.WRITE)
    offered = offered_to(request.haven, case.organisation)
    each = cases.question_of(question, offered, case)
    if each is None:
        raise HttpError(404, f"{question} is not asked here")
    saved = cases.save(request.haven, case, request.auth.person, each, typed=given.typed, seen=given.seen)
    if saved.read.wrong:
        return 422, {"what": "the answer does not fit", "where": question, "wrong": dict(saved.read.wrong)}
    if not saved.done:
        theirs = "; ".join(shown(each, saved.theirs, offered, case.answers))
        raise HttpError(409, f"{saved.by} answered meanwhile: {theirs}")
    return _question(each, offered_to(request.haven, case.organisation), case)


@on_cases.post("/cases/{id}/submit", auth=WRITES, response={200: CaseFullOut, **Written}, summary="Submit it")
def submit(request: HttpRequest, id: Path[Id], seen: VersionIn) -> Any:
    """Submit an application that is answered throughout."""
    case = _as_seen(request, id, seen)
    cases.submit(request.haven, case, request.auth.person)
    return _full(request, case)


@on_cases.get(
    "/cases/{id}/decision",
    auth=READS,
    response={200: dict[str, Any], **Read, 422: Wrong},
    summary="What would be decided today",
)
def decision(request: HttpRequest, id: Path[Id]) -> Any:
    """What the engine says of it today, explained; nothing is recorded."""
    found = provisional(request.haven, _found(request, id))
    if found.decided is None:
        waits = "; ".join(each.title for each in found.waits)
        raise BadInput(found.never or found.wrong or found.outcome, todo=f"Answer first: {waits}." if waits else "")
    return as_data(found.decided.decision, turned(found.decided))


@on_cases.get("/cases/{id}/messages", auth=READS, response={200: list[MessageOut], **Read}, summary="The thread")
def messages(request: HttpRequest, id: Path[Id]) -> Any:
    """What the applicant and the team wrote to each other."""
    return [_message(each) for each in _found(request, id).messages.select_related("person")]


@on_cases.post("/cases/{id}/messages", auth=WRITES, response={201: MessageOut, **Counted}, summary="Write a message")
def write(request: HttpRequest, id: Path[Id], words: TextIn) -> Any:
    """Write into the thread."""
    case = _found(request, id)
    check_pace(request, Often.TALK)
    cases.talk(request.haven, case, request.auth.person, words.text)
    return 201, _message(case.messages.select_related("person").last())


@on_cases.get("/cases/{id}/documents", auth=READS, response={200: list[DocumentOut], **Read}, summary="Its documents")
def all_documents(request: HttpRequest, id: Path[Id]) -> Any:
    """The documents of a case, without their content."""
    return [_document(each) for each in documents.attached(_found(request, id))]


@on_cases.get(
    "/cases/{id}/documents/{number}",
    auth=READS,
    response={200: None, **Read},
    summary="A document",
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {}}}}},
)
def document(request: HttpRequest, id: Path[Id], number: Path[Number]) -> HttpResponse:
    """The content of a document, as it was sent: whoever may read the case may have it."""
    found = _found(request, id).uploads.filter(pk=number, removal__isnull=True).first()
    if found is None:
        raise HttpError(404, f"there is no document {number}")
    return document_as_file(request.haven, found)


@on_cases.post("/cases/{id}/documents", auth=WRITES, response={201: DocumentOut, **Counted}, summary="Add a document")
def attach(request: HttpRequest, id: Path[Id], file: File[UploadedFile]) -> Any:
    """Add a document. What is not of the type that its name says is refused."""
    case = _found(request, id)
    cases.check(request.haven, case, request.auth.person, Action.ATTACH)
    check_pace(request, Often.ATTACH)
    name = file.name or ""
    return 201, _document(documents.attach(request.haven, case, request.auth.person, name=name, content=file.read()))


@on_cases.get("/cases/{id}/acts", auth=READS, response={200: list[ActOut], **Read}, summary="What can be done")
def acts(request: HttpRequest, id: Path[Id]) -> Any:
    """What the token's person can do with it by a program, and what has to be typed."""
    case = _found(request, id)
    offered, can = offered_to(request.haven, case.organisation), cases.can(request.haven, case, request.auth.person)
    return [
        {
            "name": name,
            "title": each.title,
            "signs": is_in_person(each.action, case.stands),
            "inputs": [typed_input(one, offered, case.answers) for one in inputs_of(request.haven, case, each)],
        }
        for name, each in acts_open(can, lambda: left_to(request.haven, case, request.auth.person))
        if signs(request) or not is_in_person(each.action, case.stands)
    ]


@on_cases.post(
    "/cases/{id}/acts/{name}",
    auth=WRITES,
    response={200: CaseFullOut, **Signed, 422: NotRead},
    summary="Do something with it",
)
def act(request: HttpRequest, id: Path[Id], name: Path[Id], done: ActIn, code: Code = None) -> Any:
    """Check it, ask, send it on, minute, withdraw; and with a one-time code opine, recommend, answer, decide: whatever
    the table of moves allows."""
    case = _as_seen(request, id, done)
    if (each := ACTS.get(name)) is None:
        raise HttpError(404, f"there is no {name}")
    cases.check(request.haven, case, request.auth.person, each.action)
    in_person = is_in_person(each.action, case.stands)
    with signing(request, code, where=f"/cases/{case.pk}/do/{name}", what=each.action) if in_person else nullcontext():
        check_read(attempt(request.haven, case, request.auth.person, each, done.typed), where=name)
    return _full(request, case)


# --- in plain data ----------------------------------------------------------------------------------------------------


def _found(request: HttpRequest, id: str) -> Case:
    found = cases.find(request.haven, id, request.auth.person)
    if found is None:
        raise HttpError(404, f"there is no {id}")
    return found


def _as_seen(request: HttpRequest, id: str, seen: VersionIn) -> Case:
    """The case, if it is still as the program saw it: else the step is refused."""
    case = _found(request, id)
    case.version = seen.version
    return case


def _case(found: Case) -> dict[str, Any]:
    names = ("title", "organisation", "state", "since", "opened")
    return {"id": found.pk, **{name: getattr(found, name) for name in names}}


def _full(request: HttpRequest, case: Case) -> dict[str, Any]:
    can = cases.can(request.haven, case, request.auth.person)
    return {**_case(case), "version": case.version, "can": sorted(can)}


def _question(question: Question, offered: Offered, case: Case) -> dict[str, Any]:
    return {
        "id": question.id,
        "section": question.section,
        "title": question.title,
        "hint": question.hint,
        "stands": standing(question, offered, case.answers),
        "rows": [] if question.rows is None else list(question.rows(offered, case.answers)),
        "inputs": [typed_input(each, offered, case.answers) for each in question.inputs],
        "typed": typed_of(question, case.answers.get(question.id)),
        "seen": cases.seen_as(case, question),
    }


def _message(found: Any) -> dict[str, Any]:
    return {"by": found.person.name, "role": found.role, "at": found.at, "text": found.text}


def _document(found: Any) -> dict[str, Any]:
    return {"number": found.pk, "name": found.name, "by": found.person.name, "at": found.at}
