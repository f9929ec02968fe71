"""A page that says what programs can ask for, made from the description that programs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from openhaven.web.api import api
from openhaven.web.pages import page


def programs(request: HttpRequest) -> HttpResponse:
    """Each address with what it takes and gives, by subject."""
    schema = api.get_openapi_schema()
    return page(request, "programs.html", subjects=_subjects(schema), version=schema["info"]["version"])


def _subjects(schema: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            names = ", ".join(each["name"] for each in told.get("parameters", ()))
            found.setdefault(told["tags"][0], []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": told["summary"],
                    "more": told.get("description", ""),
                    "takes": names,
                    "token": bool(told.get("security")),
                }
            )
    return found
