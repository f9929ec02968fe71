"""What a program asks of the service, with one token; and tokens for many people at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from by_http import Answer, Visitor

SCRIPT = Path(__file__).with_name("tokens_script.py")


class Program:
    """Asks with one token."""

    def __init__(self, address: str, token: str) -> None:
        self.visitor, self.token = Visitor(address), token

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}"}
        return self.visitor._ask(method, f"/api{path}", headers=sent, body=None if body is None else json.dumps(body))

    def attach(self, path: str, name: str, content: str) -> Answer:
        """Sends a file, as a form does."""
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = f"--x\r\n{head}{content}\r\n--x--\r\n"
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "multipart/form-data; boundary=x"}
        return self.visitor._ask("POST", f"/api{path}", headers=sent, body=body)


def tokens(haven: Path, emails: Sequence[str], *scopes: str) -> dict[str, str]:
    """A token for each of these people, made in one process."""
    done = subprocess.run(
        [sys.executable, SCRIPT, haven, ",".join(emails), *scopes], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
