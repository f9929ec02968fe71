"""A witness of the desk's log, of its own process: named in the settings from the beginning, and at first not there."""

from __future__ import annotations

import socket
import subprocess
import sys

from crash_breaking import Breaking
from crash_checker import Witnesses

COMMAND = [sys.executable, "-c", "from openhaven.cli.main import main; main()"]
SETTINGS = """
[log]
witnesses = 1

[[log.witness]]
url = "http://127.0.0.1:{port}"
key = "{key}"
run_by = "the society of a"
"""


class Witness:
    """Within this, a release needs the witness; once it is up, it answers."""

    def __init__(self, breaking: Breaking) -> None:
        self.folder = breaking.desk / "witness"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        log = (breaking.desk / "trust.txt").read_text("utf-8").splitlines()[1]
        key = self._said("init", str(self.folder), "--name", "a.example/w", "--log", log)
        toml = breaking.desk / "haven" / "haven.toml"
        toml.write_text(toml.read_text("utf-8") + SETTINGS.format(port=self.port, key=key), "utf-8")
        breaking.witnesses = Witnesses((key,), 1)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Witness:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def up(self) -> None:
        words = [*COMMAND, "witness", "serve", str(self.folder), "--port", str(self.port)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert "cosigns for" in said, said

    def _said(self, *words: str) -> str:
        done = subprocess.run([*COMMAND, "witness", *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()
