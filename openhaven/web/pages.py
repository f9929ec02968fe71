"""How a page is made: the haven at hand, the templates, the words and numbers as they are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from openhaven.desk.offers import one_reading
from openhaven.haven import Haven, open_haven
from openhaven.haven.place import LONDON
from openhaven.law.plainly import day
from openhaven.law.provisions import PROVISIONS
from openhaven.web import patients

SAFE = ("GET", "HEAD")
"""Methods by which nothing is written that anybody reads here."""
Respond = Callable[[HttpRequest], HttpResponse]


@cache
def the_haven() -> Haven:
    """The haven that this process serves, opened once."""
    return open_haven(settings.OPENHAVEN_FOLDER, operator="the service")


class HavenMiddleware:
    """Puts the haven on the request, as `request.haven`."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the haven at hand."""
        request.haven = the_haven()
        with one_reading() if request.method in SAFE else nullcontext():
            return self.respond(request)


def page(request: HttpRequest, template: str, *, status: int = 200, **shown: Any) -> HttpResponse:
    """One page. `shown` is what its template is given, beside what every page has."""
    return render(request, template, shown, status=status)


def on_every_page(request: HttpRequest) -> Mapping[str, Any]:
    """What every template is given: the haven's name and contact, its data protection officer, and the nonce of this
    answer's scripts."""
    chosen = the_haven().settings
    return {
        "operator": chosen.haven.operator,
        "contact": chosen.haven.contact,
        "officer": chosen.patients.data_protection_officer,
        "cspNonce": str(request.csp_nonce),
    }


def environment(**options: Any) -> Environment:
    """Jinja as the pages have it: our templates first, then those of the design system."""
    ours = options.pop("loader")
    made = Environment(
        **{
            **options,
            "undefined": ChainableUndefined,
            "extensions": ["jinja2.ext.do"],
            "loader": ChoiceLoader([ours, PackageLoader("nhsuk_frontend_jinja")]),
        }
    )
    made.globals |= {"static": static, "url": lambda name, *arguments: reverse(name, args=arguments)}
    made.globals["patient_in"] = patients.who
    made.filters |= {
        "day": _day,
        "thousands": _thousands,
        "provision": _provision,
        "sentence": _sentence,
        "clock": _clock,
        "moment": _moment,
        "indent": _as_it_is,
    }
    return made


def _as_it_is(given: str, *_: object) -> str:
    """The design system's templates indent what they make, line by line: half the time of a page of questions, for
    spaces that nobody sees."""
    return given


def _day(given: str | dt.date) -> str:
    return day(dt.date.fromisoformat(given) if isinstance(given, str) else given)


def _clock(given: dt.datetime) -> str:
    return f"{given.astimezone(LONDON):%H:%M:%S}"


def _moment(given: dt.datetime) -> str:
    at = given.astimezone(LONDON)
    return f"{day(at.date())} at {at:%H:%M}"


def _thousands(given: str | int) -> str:
    text = str(given)
    return f"{int(text):,}" if text.isdecimal() else text


def _sentence(given: str) -> str:
    """As a sentence: a capital first, one full stop last."""
    return f"{given[:1].upper()}{given[1:].rstrip('.')}."


def _provision(id: str) -> str:
    return PROVISIONS[id].title if id in PROVISIONS else id
