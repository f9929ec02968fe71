"""The service for programs: what is public, and by token what its person may do. Described at /api/openapi.json.

A token stands in `Authorization: Bearer …`, and nothing else signs in here: no cookie, so no form of another site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from openhaven import __version__
from openhaven.desk.cases import NotAllowed, Stale
from openhaven.model.errors import BadInput, NotVerified, Referred, Unmet
from openhaven.web.api.agreements import on_agreements
from openhaven.web.api.cases import on_cases
from openhaven.web.api.falling import falling
from openhaven.web.api.incidents import on_incidents
from openhaven.web.api.public import public
from openhaven.web.api.reading import Misread
from openhaven.web.api.requests import on_requests
from openhaven.web.api.reviewing import on_reviews
from openhaven.web.api.visits import on_visits
from openhaven.web.api.work import work

api = NinjaAPI(
    title="Openhaven",
    version=__version__,
    description="Catalogue, register and log for everybody; by token decisions before they are made, cases, "
    "agreements, incidents, requests of patients, visits, what falls due, and jobs; what a person signs with a "
    "one-time code.",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
)
for router in (public, work, on_cases, on_reviews, on_agreements, on_incidents, on_requests, on_visits, falling):
    api.add_router("", router)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return api.create_response(request, {"what": error.message}, status=error.status_code)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    where = ".".join(str(each) for each in first.get("loc", ()))
    return api.create_response(request, {"what": first.get("msg", "it makes no sense"), "where": where}, status=422)


@api.exception_handler(Misread)
def _misread(request: HttpRequest, error: Misread) -> HttpResponse:
    return api.create_response(request, error.told, status=422)


def _told(status: int) -> Callable[[HttpRequest, Any], HttpResponse]:
    def tell(request: HttpRequest, error: Any) -> HttpResponse:
        return api.create_response(
            request, {"what": error.what, "where": error.where, "todo": error.todo}, status=status
        )

    return tell


STATUS = {BadInput: 422, Unmet: 422, Referred: 422, NotVerified: 409, NotAllowed: 403, Stale: 409}
for kind, status in STATUS.items():
    api.add_exception_handler(kind, _told(status))
