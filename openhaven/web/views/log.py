"""The log as files, where any client of C2SP tlog-tiles looks for them, and a page that says what it is."""

from __future__ import annotations

import re
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse

from openhaven.records import reads
from openhaven.web.pages import page
from openhaven.web.sending import as_file

_TILE = re.compile(r"(entries|\d{1,2})(/x\d{3})*/\d{3}(\.p/\d{1,3})?")
"""C2SP tlog-tiles: tile/<level>/<index>[.p/<width>], tile/entries/<index>[.p/<width>]."""


def log(request: HttpRequest) -> HttpResponse:
    """What the log is, how far it has come, and how to check it."""
    return page(request, "log.html", checkpoint=reads.checkpoint(), key=str(request.haven.log_key))


def key(request: HttpRequest) -> HttpResponse:
    """The key that signs the log, as a file."""
    return as_file(f"{request.haven.log_key}\n", name="log-key.txt")


def checkpoint(request: HttpRequest) -> HttpResponse:
    """The latest signed checkpoint."""
    return HttpResponse(reads.checkpoint(), content_type="text/plain; charset=utf-8", headers=_FRESH)


def tile(request: HttpRequest, rest: str) -> FileResponse:
    """A tile of hashes, or a bundle of entries."""
    path: Path = request.haven.folder / "tiles" / "tile" / rest
    if not _TILE.fullmatch(rest) or not path.is_file():
        raise Http404(rest)
    return FileResponse(path.open("rb"), content_type="application/octet-stream")


_FRESH = {"Cache-Control": "no-cache"}
