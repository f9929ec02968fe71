"""A service without a worker, what it writes down, and people who are signed in at it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from by_http import Visitor, sessions
from journeys_haven import Desk

HAVEN = Path(sys.executable).with_name("haven")


@dataclass(frozen=True)
class Watched:
    """A service without a worker, what it writes down, and people who are signed in."""

    desk: Desk
    address: str
    lines: Path
    olu: Visitor
    ann: Visitor

    def haven(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of its own."""
        return subprocess.run([HAVEN, "--haven", self.desk.home, *words], capture_output=True, text=True)

    def token(self, email: str, *scopes: str) -> str:
        """A token, as the command prints it."""
        scoped = [word for each in scopes for word in ("--scope", each)]
        made = self.haven("account", "token", email, "--name", "a test", *scoped, "--json")
        assert made.returncode == 0, made.stderr
        return str(json.loads(made.stdout)["token"])


@contextmanager
def watching(desk: Desk, lines: Path) -> Iterator[Watched]:
    """The service of a haven, its lines in a file."""
    command = [HAVEN, "--haven", desk.home, "serve", "--port", "0", "--no-worker"]
    with lines.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = process.stderr.readline().strip()
            people = [
                {"email": "olu@example.org", "posts": [["case officer", ""]]},
                {"email": "ann@example.org", "posts": [["applicant", "UNIVERSITY"]]},
            ]
            found = sessions(desk.home, people)
            olu, ann = (Visitor(address, found[str(each["email"])]) for each in people)
            yield Watched(desk, address, lines, olu, ann)
        finally:
            process.terminate()
