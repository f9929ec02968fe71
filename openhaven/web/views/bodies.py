"""The registers of who is assured to hold data safely, and of terms that were broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from openhaven.haven import bodies_on_record as register
from openhaven.haven.as_csv import as_csv
from openhaven.web.as_of import as_of_now
from openhaven.web.pages import page
from openhaven.web.search import found_in, paged
from openhaven.web.sending import as_file


def assured(request: HttpRequest) -> HttpResponse:
    """Who is assured, those that hold every word looked for."""
    return _listed(request, "assured.html", as_of_now(register.assured, request.haven))


def assured_csv(request: HttpRequest) -> HttpResponse:
    """The same for spreadsheets."""
    return _csv(as_of_now(register.assured, request.haven), register.ASSURED_COLUMNS, "assured.csv")


def assured_json(request: HttpRequest) -> JsonResponse:
    """The same for programs."""
    return _json("assured", as_of_now(register.assured, request.haven))


def breaches(request: HttpRequest) -> HttpResponse:
    """Terms that were broken, those that hold every word looked for."""
    return _listed(request, "breaches.html", as_of_now(register.breaches, request.haven))


def breaches_csv(request: HttpRequest) -> HttpResponse:
    """The same for spreadsheets."""
    return _csv(as_of_now(register.breaches, request.haven), register.BREACH_COLUMNS, "breaches.csv")


def breaches_json(request: HttpRequest) -> JsonResponse:
    """The same for programs."""
    return _json("breaches", as_of_now(register.breaches, request.haven))


def _listed(request: HttpRequest, template: str, every: Sequence[Any]) -> HttpResponse:
    asked = request.GET.get("q", "").strip()
    return page(request, template, asked=asked, **paged(request, [each for each in every if found_in(each, asked)]))


def _csv(every: Sequence[Any], columns: Sequence[str], name: str) -> HttpResponse:
    return as_file(as_csv(every, columns), name=name, content_type="text/csv; charset=utf-8")


def _json(what: str, every: Sequence[Any]) -> JsonResponse:
    made = {"format": 1, what: list(every)}
    return JsonResponse(made, json_dumps_params={"ensure_ascii": False, "indent": 2})
