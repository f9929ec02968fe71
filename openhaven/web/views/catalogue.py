"""What is held: each dataset with its fields, where it comes from, which opt-outs apply, what it takes to get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from openhaven.haven import catalogue, for_catalogues
from openhaven.web.as_of import as_of_now
from openhaven.web.pages import page
from openhaven.web.search import found_in, paged, the_one


def datasets(request: HttpRequest) -> HttpResponse:
    """The datasets, those that hold every word looked for in title, description or fields."""
    asked = request.GET.get("q", "").strip()
    shown = [each for each in _all(request) if found_in(each, asked)]
    return page(request, "datasets.html", asked=asked, **paged(request, shown))


def dataset(request: HttpRequest, id: str) -> HttpResponse:
    """One dataset."""
    return page(request, "dataset.html", dataset=_dataset(request, id))


def as_jsonld(request: HttpRequest) -> JsonResponse:
    """The catalogue for other catalogues, as DCAT-AP."""
    made = for_catalogues.as_dcat(_all(request), _publisher(request))
    return JsonResponse(made, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False})


def as_hdruk(request: HttpRequest, id: str) -> JsonResponse:
    """One dataset under HDR UK's schema."""
    made = for_catalogues.as_hdruk(_dataset(request, id), _publisher(request))
    return JsonResponse(made, json_dumps_params={"ensure_ascii": False, "indent": 2})


def _publisher(request: HttpRequest) -> for_catalogues.Publisher:
    haven = request.haven.settings.haven
    at = request.build_absolute_uri(reverse("datasets"))
    return for_catalogues.Publisher(haven.operator, haven.contact, haven.origin, at)


def _all(request: HttpRequest) -> list[dict[str, Any]]:
    return as_of_now(catalogue.catalogue, request.haven)


def _dataset(request: HttpRequest, id: str) -> Mapping[str, Any]:
    return the_one(_all(request), id)
