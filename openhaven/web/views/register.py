"""Who used the data, and what was asked for and not released: made from the log, and from nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from openhaven.haven.as_csv import as_csv
from openhaven.haven.catalogue import titles
from openhaven.haven.data_uses import NHS_COLUMNS, REFUSED_COLUMNS, data_uses, hdruk_forms
from openhaven.haven.register import register
from openhaven.records import reads
from openhaven.web.as_of import as_of_now
from openhaven.web.pages import page
from openhaven.web.search import found_in, paged, the_one
from openhaven.web.sending import as_file

CSV = "text/csv; charset=utf-8"


def uses(request: HttpRequest) -> HttpResponse:
    """The uses of data, the latest first, those that hold every word looked for."""
    asked = request.GET.get("q", "").strip()
    shown = [each for each in reversed(_register(request)["releases"]) if found_in(each, asked)]
    return page(request, "uses.html", asked=asked, **paged(request, shown), titles=as_of_now(titles, request.haven))


def use(request: HttpRequest, release: str) -> HttpResponse:
    """One use of data in plain words."""
    return page(request, "use.html", use=_use(request, release), titles=as_of_now(titles, request.haven))


def proof(request: HttpRequest, release: str) -> HttpResponse:
    """The proof that the log holds the entry of a release, as a file."""
    index = _use(request, release)["entry"]
    return as_file(reads.proof(index), name=f"{release}.tlog-proof")


def entry(request: HttpRequest, release: str) -> HttpResponse:
    """The entry of a release as the log holds it, which its proof is of."""
    index = _use(request, release)["entry"]
    ((_, data),) = reads.entries(index, index + 1)
    return as_file(data.decode(), name=f"{release}.entry.json", content_type="application/json")


def not_released(request: HttpRequest) -> HttpResponse:
    """What was refused, or left for a person to decide: those that hold every word looked for."""
    asked = request.GET.get("q", "").strip()
    known = as_of_now(titles, request.haven)
    every = reversed(_register(request)["not_released"])
    shown = [each for each in every if found_in({**each, "data": known.get(each["dataset"], "")}, asked)]
    named = request.haven.settings.register.name_refused
    return page(request, "not_released.html", asked=asked, named=named, **paged(request, shown), titles=known)


def as_json(request: HttpRequest) -> JsonResponse:
    """The whole register for programs."""
    return JsonResponse(_register(request), json_dumps_params={"ensure_ascii": False, "indent": 2})


def csv(request: HttpRequest) -> HttpResponse:
    """The uses for spreadsheets, with the fields of the NHS register."""
    return as_file(as_csv(as_of_now(data_uses, request.haven), NHS_COLUMNS), name="uses.csv", content_type=CSV)


def hdruk_csv(request: HttpRequest) -> HttpResponse:
    """The uses under the headings of HDR UK's data use form."""
    made = hdruk_forms(as_of_now(data_uses, request.haven))
    return as_file(as_csv(made, list(made[0]) if made else ()), name="uses-hdruk.csv", content_type=CSV)


def not_released_csv(request: HttpRequest) -> HttpResponse:
    """What was refused or referred, for spreadsheets."""
    made = as_csv(_register(request)["not_released"], REFUSED_COLUMNS)
    return as_file(made, name="not-released.csv", content_type=CSV)


def feed(request: HttpRequest) -> HttpResponse:
    """The uses as an Atom feed, the latest first."""
    operator = request.haven.settings.haven.operator
    made = Atom1Feed(
        title=f"Who used the data that {operator} holds",
        link=request.build_absolute_uri(reverse("uses")),
        feed_url=request.build_absolute_uri(reverse("uses_feed")),
        description="Each release of data, from the log.",
        language="en-GB",
    )
    for each in reversed(_register(request)["releases"]):
        address = request.build_absolute_uri(reverse("use", args=[each["release"]]))
        made.add_item(
            title=each["title"],
            link=address,
            unique_id=address,
            description=f"{each['recipient']}, for {each['purpose']}",
            updateddate=dt.datetime.combine(dt.date.fromisoformat(each["entered"]), dt.time(), dt.UTC),
        )
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _register(request: HttpRequest) -> Mapping[str, Any]:
    return as_of_now(register, request.haven)


def _use(request: HttpRequest, release: str) -> Mapping[str, Any]:
    return the_one(as_of_now(data_uses, request.haven), release, by="release")
