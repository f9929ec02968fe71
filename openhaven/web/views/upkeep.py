"""Whether the service is well, and its counts for who watches over it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from openhaven.desk import jobs, sight, tokens, upkeep
from openhaven.desk.models import Job, Person
from openhaven.desk.models.jobs import State
from openhaven.model.errors import HavenError
from openhaven.records import reads
from openhaven.web.logged import COUNTED


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Whether records, disk, worker and log are well: 200 or 503, with nothing that tells of a person or a place."""
    try:
        found = upkeep.health(request.haven)
    except (DatabaseError, HavenError):
        return JsonResponse({"well": False, "records": False}, status=503)
    parts = {"records": found.records, "disk": found.disk, "worker": found.worker, "log": found.log}
    return JsonResponse({"well": found.well, **parts}, status=200 if found.well else 503)


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts, durations and the queue, in the text form of Prometheus; for staff, or by a token of that scope."""
    if not _may_watch(request):
        raise PermissionDenied
    lines = [*COUNTED.lines(), *_of_the_haven(request)]
    return HttpResponse("".join(f"{each}\n" for each in lines), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_watch(request: HttpRequest) -> bool:
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    if kind == "Bearer":
        token = tokens.of(shown.strip(), now=request.haven.clock())
        return token is not None and tokens.Scope.METRICS in token.scopes
    return isinstance(request.user, Person) and sight.is_staff(request.user)


def _of_the_haven(request: HttpRequest) -> Iterator[str]:
    now, states = request.haven.clock(), Counter(Job.objects.values_list("state", flat=True))
    yield "# TYPE openhaven_jobs gauge"
    for state in State:
        yield f'openhaven_jobs{{state="{state}"}} {states[state]}'
    waiting = Job.objects.filter(state=State.WAITING).order_by("asked").values_list("asked", flat=True).first()
    yield from _gauge("oldest_waiting_job_seconds", (now - waiting).total_seconds() if waiting else 0)
    if (seen := jobs.worker_seen()) is not None:
        yield from _gauge("worker_silent_seconds", max(0.0, (now - seen).total_seconds()))
    yield from _gauge("releases", len(reads.releases()))
    yield from _gauge("log_entries", int(reads.checkpoint().split("\n")[1]))
    yield from _gauge("disk_free_bytes", shutil.disk_usage(request.haven.folder).free)
    found = upkeep.health(request.haven)
    yield from _gauge("log_whole", {True: 1, False: 0, None: -1}[found.log])


def _gauge(name: str, value: float) -> Iterator[str]:
    yield f"# TYPE openhaven_{name} gauge"
    yield f"openhaven_{name} {value:g}" if isinstance(value, float) else f"openhaven_{name} {value}"
