"""The service for programs: what is public, and by token what its person may do. Described at /api/openapi.json.

A token stands in `Authorization: Bearer …`, and nothing else signs in here: no cookie, so no form of another site."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Body, NinjaAPI, Path, Query, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer
from pydantic import Field

from openhaven import __version__
from openhaven.casework.states import Action
from openhaven.desk import cases, jobs, sight, tokens
from openhaven.desk.models import Case, Job, Token
from openhaven.desk.roles import Role
from openhaven.desk.tokens import Scope
from openhaven.haven.catalogue import catalogue
from openhaven.haven.deciding import decide_on
from openhaven.haven.register import register
from openhaven.law import turning
from openhaven.law.explaining import as_data
from openhaven.model.application import Application
from openhaven.model.errors import BadInput, NotVerified, Referred, Unmet
from openhaven.model.plain import from_plain
from openhaven.records import reads
from openhaven.web.as_of import as_of_now

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""
MOST = 500
"""Entries of the log in one answer."""
LONGEST = 200  # characters of an id
Id = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f/]+$")]
Number = Annotated[int, Field(ge=0, le=LARGEST)]

api = NinjaAPI(
    title="Openhaven",
    version=__version__,
    description="Catalogue, register and log for everybody; by token decisions before they are made, cases and jobs.",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
)


class Wrong(Schema):
    """What is wrong, where, and what to do."""

    what: str
    where: str = ""
    todo: str = ""


class CheckpointOut(Schema):
    """How far the log has come, as a signed note (C2SP)."""

    size: int
    checkpoint: str


class EntryOut(Schema):
    """An entry of the log: its place, and what it says."""

    index: int
    entry: dict[str, Any]


class CaseOut(Schema):
    """An application on its way."""

    id: str
    title: str
    organisation: str
    state: str
    since: dt.datetime
    opened: dt.datetime


class JobOut(Schema):
    """A release asked for."""

    number: int
    application: str
    decision: str
    state: str
    asked: dt.datetime
    ended: dt.datetime | None
    steps: list[str]
    said: str
    release: str


class JobIn(Schema):
    """Which permit on record to release under."""

    decision: Id


Refusals = {401: Wrong, 403: Wrong}


class _By(HttpBearer):
    """A token with a scope."""

    openapi_name = "token"

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """The token that was shown. Raises HttpError where it is for something else."""
        found = tokens.of(token, now=request.haven.clock())
        if found is not None and self.scope not in found.scopes:
            raise HttpError(403, f"this token is not for {self.scope}")
        return found


@api.get("/datasets", tags=["catalogue"], response=list[dict[str, Any]], summary="Every dataset")
def datasets(request: HttpRequest) -> Any:
    """What is held, with fields, where it is from and which opt-outs apply. Counts go by the rule for publication."""
    return catalogue(request.haven)


@api.get("/datasets/{id}", tags=["catalogue"], response={200: dict[str, Any], 404: Wrong}, summary="One dataset")
def dataset(request: HttpRequest, id: Path[Id]) -> Any:
    """One dataset by its id."""
    return _one(catalogue(request.haven), "id", id)


@api.get("/uses", tags=["register"], response=list[dict[str, Any]], summary="Every use of data")
def uses(request: HttpRequest) -> Any:
    """Every release in the log, the latest first, as the register has it."""
    return list(reversed(as_of_now(register, request.haven)["releases"]))


@api.get("/uses/{release}", tags=["register"], response={200: dict[str, Any], 404: Wrong}, summary="One use of data")
def use(request: HttpRequest, release: Path[Id]) -> Any:
    """One release by its id."""
    return _one(as_of_now(register, request.haven)["releases"], "release", release)


@api.get("/not-released", tags=["register"], response=list[dict[str, Any]], summary="What was not released")
def not_released(request: HttpRequest) -> Any:
    """What was refused, or referred to a person."""
    return list(reversed(as_of_now(register, request.haven)["not_released"]))


@api.get("/log", tags=["log"], response=CheckpointOut, summary="How far the log has come")
def log(request: HttpRequest) -> Any:
    """The latest checkpoint."""
    note = reads.checkpoint()
    return {"size": int(note.split("\n")[1]), "checkpoint": note}


@api.get("/log/entries", tags=["log"], response=list[EntryOut], summary="Entries of the log")
def entries(request: HttpRequest, start: Query[Number] = 0, limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> Any:
    """Entries from a place on. Entries are public; what they commit to is not."""
    return [{"index": index, "entry": json.loads(data)} for index, data in reads.entries(start, start + limit)]


@api.get("/log/entries/{index}/proof", tags=["log"], response={404: Wrong}, summary="The proof of an entry")
def proof(request: HttpRequest, index: Path[Number]) -> Any:
    """That the log holds an entry, as text (C2SP tlog-proof)."""
    size = int(reads.checkpoint().split("\n")[1])
    if index >= size:
        return api.create_response(request, {"what": f"the log of {size} entries has no entry {index}"}, status=404)
    return HttpResponse(reads.proof(index), content_type="text/plain; charset=utf-8")


@api.post(
    "/decisions",
    tags=["decisions"],
    auth=_By(Scope.DECIDE),
    response={200: dict[str, Any], **Refusals, 422: Wrong},
    summary="What would be decided today",
)
def decide(request: HttpRequest, application: Body[dict[str, Any]]) -> Any:
    """The decision on an application as its file would hold it, explained; nothing is recorded. For applicants of its
    organisation, and for staff."""
    asked = from_plain(Application, application, where="application")
    person = request.auth.person
    own = any(post.role == Role.APPLICANT and post.organisation == asked.applicant for post in person.posts.all())
    if not own and not sight.is_staff(person):
        raise HttpError(403, "you apply for another organisation")
    decided = decide_on(request.haven, asked, request.haven.today())
    return as_data(decided.decision, turning(decided.application, decided.facts, on=decided.decision.on))


@api.get("/cases", tags=["cases"], auth=_By(Scope.CASES), response={200: list[CaseOut], **Refusals}, summary="Cases")
def my_cases(request: HttpRequest) -> Any:
    """Those that the token's person may read."""
    found = cases.visible(request.haven, request.auth.person, Action.READ)
    return [_case(each) for each in found]


@api.get(
    "/cases/{id}",
    tags=["cases"],
    auth=_By(Scope.CASES),
    response={200: CaseOut, **Refusals, 404: Wrong},
    summary="One case",
)
def case(request: HttpRequest, id: Path[Id]) -> Any:
    """One case that the token's person may read."""
    found = cases.find(request.haven, id, request.auth.person)
    return _case(found) if found is not None else _none(request, id)


@api.get("/jobs", tags=["jobs"], auth=_By(Scope.JOBS), response={200: list[JobOut], **Refusals}, summary="Jobs")
def all_jobs(request: HttpRequest) -> Any:
    """Releases asked for, the latest first; for staff."""
    _check_staff(request)
    return [_job(each) for each in jobs.jobs_of()[:MOST]]


@api.get(
    "/jobs/{number}",
    tags=["jobs"],
    auth=_By(Scope.JOBS),
    response={200: JobOut, **Refusals, 404: Wrong},
    summary="How far a job is",
)
def one_job(request: HttpRequest, number: Path[Number]) -> Any:
    """One job; for staff."""
    _check_staff(request)
    found = Job.objects.filter(number=number).first()
    return _job(found) if found is not None else _none(request, number)


@api.post(
    "/jobs",
    tags=["jobs"],
    auth=_By(Scope.JOBS),
    response={201: JobOut, **Refusals, 404: Wrong, 422: Wrong},
    summary="Ask for a release",
)
def start(request: HttpRequest, asked: JobIn) -> Any:
    """Have the worker release under a permit on record; for case officers, and none of their own organisation."""
    found = next((each for each in jobs.releasable() if each.decision.id == asked.decision), None)
    if not jobs.may_start(request.auth.person, found.application if found else None):
        raise HttpError(403, "you may not start this release")
    if found is None:
        return _none(request, asked.decision)
    return 201, _job(jobs.ask(request.haven, asked.decision, by=request.auth.person))


def _case(found: Case) -> dict[str, Any]:
    return {
        "id": found.pk,
        "title": found.title,
        "organisation": found.organisation,
        "state": found.state,
        "since": found.since,
        "opened": found.opened,
    }


def _job(found: Job) -> dict[str, Any]:
    names = ("number", "application", "decision", "state", "asked", "ended", "said", "release")
    return {name: getattr(found, name) for name in names} | {"steps": [each["step"] for each in found.steps]}


def _check_staff(request: HttpRequest) -> None:
    if not sight.is_staff(request.auth.person):
        raise HttpError(403, "this is for staff of the haven")


def _one(listed: list[Mapping[str, Any]], name: str, wanted: str) -> Any:
    for each in listed:
        if each[name] == wanted:
            return each
    raise HttpError(404, f"there is no {wanted[:LONGEST]}")


def _none(request: HttpRequest, wanted: object) -> HttpResponse:
    return api.create_response(request, {"what": f"there is no {wanted}"}, status=404)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return api.create_response(request, {"what": error.message}, status=error.status_code)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    where = ".".join(str(each) for each in first.get("loc", ()))
    return api.create_response(request, {"what": first.get("msg", "it makes no sense"), "where": where}, status=422)


def _told(status: int) -> Callable[[HttpRequest, Any], HttpResponse]:
    def tell(request: HttpRequest, error: Any) -> HttpResponse:
        return api.create_response(
            request, {"what": error.what, "where": error.where, "todo": error.todo}, status=status
        )

    return tell


for kind, status in ((BadInput, 422), (Unmet, 422), (Referred, 422), (NotVerified, 409)):
    api.add_exception_handler(kind, _told(status))
