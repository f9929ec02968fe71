"""What the service writes down of its own work: a line of JSON for each request, and for what went wrong.

Nobody is named: an address is written as its route, with the ids of things alone, and a message without what was put
into it. Who signs in, or is refused, is told by the number of their account, which the records alone turn into a
person. Counts and durations by route are kept in memory, for /metrics."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from openhaven.identity.nhs_number import numbers_within

REQUESTS = "openhaven.requests"
ACCOUNTS = "openhaven.accounts"
REFUSED = frozenset({401, 403, 429})
"""What is answered where somebody may not, or too often: with the number of their account."""
BOUNDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Upper bounds of the histogram of durations, in seconds; 0.3 is what 19 requests of 20 shall stay under."""
IDS = frozenset({"id", "number", "release", "decision"})
"""Names of the parts of an address that are ids of things: of a release, a case, a job."""
_ID = re.compile(r"[A-Z0-9][A-Za-z0-9.-]{0,40}")


class LoggedMiddleware:
    """Writes down each request once it is answered."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and write down how that went."""
        begun = time.perf_counter()
        answer = self.respond(request)
        seconds = time.perf_counter() - begun
        route, ids = _route(request)
        COUNTED.count(route, request.method or "", answer.status_code, seconds)
        what = {"method": request.method, "route": route, **ids, "status": answer.status_code}
        if answer.status_code in REFUSED and (account := getattr(request, "account", None)) is not None:
            what["account"] = account
        logging.getLogger(REQUESTS).info("request", extra={"fields": {**what, "ms": round(seconds * 1000, 1)}})
        return answer


def tell(event: str, *, account: int | None, **more: Any) -> None:
    """Write down what was done with an account, by its number; None where there is no such account."""
    logging.getLogger(ACCOUNTS).info(event, extra={"fields": {"event": event, "account": account, **more}})


class Counted:
    """How many requests there were by route, method and status, and how long they took. Of this process alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self._durations: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = defaultdict(float)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """One more. A method that is none is counted as `other`, so that nobody fills the memory with names."""
        known = method if method in ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE") else "other"
        with self._lock:
            self._requests[route, known, status] += 1
            within = self._durations.setdefault(route, [0] * (len(BOUNDS) + 1))
            within[next((place for place, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))] += 1
            self._seconds[route] += seconds

    def lines(self) -> Iterator[str]:
        """In the text form of Prometheus."""
        with self._lock:
            requests, durations = dict(self._requests), {route: list(each) for route, each in self._durations.items()}
            seconds = dict(self._seconds)
        yield "# TYPE openhaven_requests_total counter"
        for (route, method, status), many in sorted(requests.items()):
            yield f'openhaven_requests_total{{route="{route}",method="{method}",status="{status}"}} {many}'
        yield "# TYPE openhaven_request_seconds histogram"
        for route, within in sorted(durations.items()):
            sum_so_far = 0
            for bound, many in zip((*map(str, BOUNDS), "+Inf"), within, strict=True):
                sum_so_far += many
                yield f'openhaven_request_seconds_bucket{{route="{route}",le="{bound}"}} {sum_so_far}'
            yield f'openhaven_request_seconds_sum{{route="{route}"}} {seconds[route]:.6f}'
            yield f'openhaven_request_seconds_count{{route="{route}"}} {sum_so_far}'


COUNTED = Counted()


class JsonLines(logging.Formatter):
    """One line of JSON for each record. Of an error: its kind and the places in our code, never its words, which may
    repeat what a person sent."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **getattr(record, "fields", {"what": _without_values(record)}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["places"] = [f"{each.filename.rpartition('/')[2]}:{each.lineno}" for each in frames[-8:]]
        return json.dumps(line, ensure_ascii=False)


def logging_settings() -> dict[str, Any]:
    """For Django's LOGGING: everything as lines of JSON on standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "openhaven.web.logged.JsonLines"}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            REQUESTS: {"level": "INFO"},
            ACCOUNTS: {"level": "INFO"},
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"level": "ERROR"},  # 4xx stand in the line of the request
        },
    }


def _without_values(record: logging.LogRecord) -> str:
    """The message as it stands in the code. One that was put together there is given by its place alone."""
    return record.msg if record.args and isinstance(record.msg, str) else f"{record.module}:{record.lineno}"


def _route(request: HttpRequest) -> tuple[str, Mapping[str, str]]:
    """The pattern of the address, and the ids in it; an address that fits none is not written down at all."""
    found = getattr(request, "resolver_match", None)
    if found is None:
        return "(static)" if request.path.startswith("/static/") else "(none)", {}
    ids = {name: str(value) for name, value in found.kwargs.items() if name in IDS}
    return f"/{found.route}", {
        name: value for name, value in ids.items() if _ID.fullmatch(value) and not _of_a_person(value)
    }


def _of_a_person(value: str) -> bool:
    return "@" in value or bool(numbers_within([value]))
