"""Decisions before they are made, and releases: by token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Body, Path, Router
from ninja.errors import HttpError

from openhaven.desk import jobs, sight
from openhaven.desk.models import Job
from openhaven.desk.roles import Role
from openhaven.desk.tokens import Scope
from openhaven.haven.deciding import decide_on
from openhaven.law import turning
from openhaven.law.explaining import as_data
from openhaven.model.application import Application
from openhaven.model.plain import from_plain
from openhaven.web.api.access import By, Refusals, check_staff, none
from openhaven.web.api.shapes import MOST, JobIn, JobOut, Number, Wrong

work = Router()


@work.post(
    "/decisions",
    tags=["decisions"],
    auth=By(Scope.DECIDE),
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


@work.get("/jobs", tags=["jobs"], auth=By(Scope.JOBS), response={200: list[JobOut], **Refusals}, summary="Jobs")
def all_jobs(request: HttpRequest) -> Any:
    """Releases asked for, the latest first; for staff."""
    check_staff(request)
    return [_job(each) for each in jobs.jobs_of()[:MOST]]


@work.get(
    "/jobs/{number}",
    tags=["jobs"],
    auth=By(Scope.JOBS),
    response={200: JobOut, **Refusals, 404: Wrong},
    summary="How far a job is",
)
def one_job(request: HttpRequest, number: Path[Number]) -> Any:
    """One job; for staff."""
    check_staff(request)
    found = Job.objects.filter(number=number).first()
    return _job(found) if found is not None else none(request, number)


@work.post(
    "/jobs",
    tags=["jobs"],
    auth=By(Scope.JOBS),
    response={201: JobOut, **Refusals, 404: Wrong, 422: Wrong},
    summary="Ask for a release",
)
def start(request: HttpRequest, asked: JobIn) -> Any:
    """Have the worker release under a permit on record; for case officers, and none of their own organisation."""
    found = next((each for each in jobs.releasable() if each.decision.id == asked.decision), None)
    if not jobs.may_start(request.auth.person, found.application if found else None):
        raise HttpError(403, "you may not start this release")
    if found is None:
        return none(request, asked.decision)
    return 201, _job(jobs.ask(request.haven, asked.decision, by=request.auth.person))


@work.post(
    "/jobs/{number}/withdraw",
    tags=["jobs"],
    auth=By(Scope.JOBS),
    response={200: JobOut, **Refusals, 404: Wrong, 422: Wrong},
    summary="Call a job off",
)
def withdraw(request: HttpRequest, number: Path[Number]) -> Any:
    """Call a job off: at once where it waits, and before its next step where it runs. For case officers."""
    return _changed(request, number, lambda job: jobs.withdraw(job, now=request.haven.clock()))


@work.post(
    "/jobs/{number}/again",
    tags=["jobs"],
    auth=By(Scope.JOBS),
    response={200: JobOut, **Refusals, 404: Wrong, 422: Wrong},
    summary="Try a job again",
)
def again(request: HttpRequest, number: Path[Number]) -> Any:
    """Have a job that stopped go on. For case officers."""
    return _changed(request, number, lambda job: jobs.again(request.haven, job))


def _changed(request: HttpRequest, number: int, change: Callable[[Job], None]) -> Any:
    if not jobs.may_start(request.auth.person):
        raise HttpError(403, "you may not start releases")
    found = Job.objects.filter(number=number).first()
    if found is None:
        return none(request, number)
    change(found)
    found.refresh_from_db()
    return _job(found)


def _job(found: Job) -> dict[str, Any]:
    names = ("number", "application", "decision", "state", "asked", "ended", "said", "release")
    return {name: getattr(found, name) for name in names} | {"steps": [each["step"] for each in found.steps]}
