"""The register of support under section 251 that is relied on: a page for each, and all of them for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from openhaven.haven import approvals as register
from openhaven.haven.as_csv import as_csv
from openhaven.records import reads
from openhaven.web.as_of import as_of_now
from openhaven.web.pages import page
from openhaven.web.search import found_in, paged, the_one
from openhaven.web.sending import as_file


def approvals(request: HttpRequest) -> HttpResponse:
    """Every support on record, those that hold every word looked for."""
    asked = request.GET.get("q", "").strip()
    shown = [each for each in _all(request) if found_in(each, asked)]
    return page(request, "approvals.html", asked=asked, **paged(request, shown), says=register.AUTHORITATIVE)


def approval(request: HttpRequest, id: str) -> HttpResponse:
    """One of them, with the particulars that regulation 6 asks for."""
    return page(request, "approval.html", approval=_one(request, id), says=register.AUTHORITATIVE)


def proof(request: HttpRequest, id: str) -> HttpResponse:
    """The proof that the log holds the entry of the record."""
    return as_file(reads.proof(_one(request, id)["entry"]), name=f"{id.replace('/', '-')}.tlog-proof")


def as_json(request: HttpRequest) -> JsonResponse:
    """All of them for programs."""
    made = {"format": 1, "says": register.AUTHORITATIVE, "approvals": _all(request)}
    return JsonResponse(made, json_dumps_params={"ensure_ascii": False, "indent": 2})


def csv(request: HttpRequest) -> HttpResponse:
    """All of them for spreadsheets."""
    made = as_csv(_all(request), register.COLUMNS)
    return as_file(made, name="approvals.csv", content_type="text/csv; charset=utf-8")


def _all(request: HttpRequest) -> list[dict[str, Any]]:
    return as_of_now(register.approvals, request.haven)


def _one(request: HttpRequest, id: str) -> Mapping[str, Any]:
    return the_one(_all(request), id)
