"""What is sent as a file, to be kept by who asked for it."""

from __future__ import annotations

from django.http import HttpResponse


def as_file(text: str, *, name: str, content_type: str = "text/plain; charset=utf-8") -> HttpResponse:
    """The text as a download of that name."""
    answer = HttpResponse(text, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def as_bytes(content: bytes, *, name: str, content_type: str = "application/zip") -> HttpResponse:
    """The bytes as a download of that name, kept by no browser or proxy."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
