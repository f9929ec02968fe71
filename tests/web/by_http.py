"""A person's requests without a browser: by a session that is there already, following no redirection."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

SCRIPT = Path(__file__).with_name("web_script.py")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Visitor:
    """Somebody with a session, or nobody."""

    address: str
    session: str = ""
    token: str = ""

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, headers={name.replace("_", "-"): each for name, each in headers.items()})

    def post(self, path: str, *, form: str = "", **fields: str) -> Answer:
        """Send a form with the token of the page `form`, or without one."""
        page = self.get(form) if form else None
        if page is not None:
            found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert found, page.text
            fields["csrfmiddlewaretoken"] = found[1]
            self.token = page.headers.get("set-cookie", f"csrf={self.token}").partition("csrf=")[2].split(";")[0]
        return self._ask("POST", path, body=urlencode(fields), headers={"Referer": self.address + (form or path)})

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str], body: str | None = None) -> Answer:
        parts = urlsplit(self.address)
        cookies = [f"session={self.session}"] * bool(self.session) + [f"csrf={self.token}"] * bool(self.token)
        sent = {**headers, "Cookie": "; ".join(cookies)}
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            got = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, got, answer.read())
        finally:
            connection.close()


def sessions(haven: Path, people: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The session of each person, by their address."""
    done = subprocess.run(
        [sys.executable, SCRIPT, haven], input=json.dumps(people), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
