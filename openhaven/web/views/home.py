"""The first page, the pages for what went wrong, and whether the service is well."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from openhaven.haven import Haven
from openhaven.records import reads
from openhaven.web.as_of import as_of_now
from openhaven.web.pages import page


def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the ways in."""
    return page(request, "home.html", **as_of_now(_held, request.haven))


def _held(haven: Haven) -> dict[str, int]:
    return {"uses": len(reads.releases()), "datasets": len(reads.records_of("dataset"))}


def accessibility(request: HttpRequest) -> HttpResponse:
    """What was done so that everybody can use the pages, and whom to tell where it falls short."""
    return page(request, "accessibility.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request made no sense."""
    return _wrong(request, 400, "We did not understand that request", "Go back and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The person may not see this."""
    return _wrong(request, 403, "You cannot see this page", "If you think that you should, ask us.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is nothing at this address."""
    todo = "If you typed the address, check that it is right. If you pasted it, check that you copied all of it."
    return _wrong(request, 404, "Page not found", todo)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or was not ours."""
    todo = "Go back, load the page again, and send the form again. What you typed is still in it."
    return _wrong(request, 403, "That form has been open for too long", todo)


def broken(request: HttpRequest) -> HttpResponse:
    """The fault is ours."""
    return _wrong(request, 500, "Sorry, there is a problem with the service", "Try again later. Nothing was lost.")


def _wrong(request: HttpRequest, status: int, title: str, todo: str) -> HttpResponse:
    return page(request, "wrong.html", status=status, title=title, todo=todo)
