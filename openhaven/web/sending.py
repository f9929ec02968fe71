"""What is sent as a file, to be kept by who asked for it."""

from __future__ import annotations

from django.http import HttpResponse

from openhaven.desk import documents
from openhaven.desk.models import Upload
from openhaven.haven import Haven


def as_file(text: str, *, name: str, content_type: str = "text/plain; charset=utf-8") -> HttpResponse:
    """The text as a download of that name."""
    answer = HttpResponse(text, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def document_as_file(haven: Haven, document: Upload) -> HttpResponse:
    """A document of a case, to be saved and never shown in a browser, under a name that is none of its sender's."""
    ending = document.name.rpartition(".")[2]
    name = f"document-{document.pk}.{ending}"
    return as_bytes(documents.content_of(haven, document), name=name, content_type="application/octet-stream")


def as_bytes(content: bytes, *, name: str, content_type: str = "application/zip") -> HttpResponse:
    """The bytes as a download of that name, kept by no browser or proxy."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
