"""What is held: each dataset with its fields, where it comes from, which opt-outs apply, what it takes to get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from openhaven.haven import catalogue
from openhaven.web.pages import page
from openhaven.web.search import found_in, paged


def datasets(request: HttpRequest) -> HttpResponse:
    """The datasets, those that hold every word looked for in title, description or fields."""
    asked = request.GET.get("q", "").strip()
    shown = [each for each in catalogue.catalogue(request.haven) if found_in(each, asked)]
    return page(request, "datasets.html", asked=asked, **paged(request, shown))


def dataset(request: HttpRequest, id: str) -> HttpResponse:
    """One dataset."""
    return page(request, "dataset.html", dataset=_dataset(request, id))


def as_jsonld(request: HttpRequest) -> JsonResponse:
    """The catalogue for other catalogues."""
    haven = request.haven.settings.haven
    made = catalogue.as_dcat(
        catalogue.catalogue(request.haven),
        operator=haven.operator,
        contact=haven.contact,
        at=request.build_absolute_uri(reverse("datasets")),
    )
    return JsonResponse(made, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False})


def _dataset(request: HttpRequest, id: str) -> Mapping[str, Any]:
    for each in catalogue.catalogue(request.haven):
        if each["id"] == id:
            return each
    raise Http404(id)
