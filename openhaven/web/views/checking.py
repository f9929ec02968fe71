"""The page and the program that check what the log proves: served as they are, so that anyone can take them away."""

from __future__ import annotations

import re
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from openhaven.web.sending import as_file

_INSTALLED = Path(__file__).parents[1] / "verifier"
FOLDER = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[3] / "verifier"
_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')


def check(request: HttpRequest) -> HttpResponse:
    """The page. Its own policy is sent with it: its one script, its one style, and no network at all."""
    text = (FOLDER / "check.html").read_text(encoding="utf-8")
    found = _POLICY.search(text)
    assert found is not None, "the page that checks says which script it may run"
    answer = HttpResponse(text)
    answer["Content-Security-Policy"] = f"{found[1]}; frame-ancestors 'none'"
    return answer


def script(request: HttpRequest) -> HttpResponse:
    """The program, for a command line with Python."""
    return as_file((FOLDER / "verify.py").read_text(encoding="utf-8"), name="verify.py")
