"""Starts `haven` as a process of its own, from a process that has loaded everything: a start takes no time.

A child can be told to end itself at the n-th time that it is about to change a file, by a signal of choice: so that a
break at each single moment can be tried, and tried again the same way.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

LOADED = (
    "openhaven.cli.main",
    "openhaven.cli.deciding",
    "openhaven.cli.holding",
    "openhaven.cli.log",
    "openhaven.cli.optouts",
    "openhaven.haven.delivering",
    "openhaven.haven.lists",
    "openhaven.haven.recording",
    "openhaven.haven.handing_over",
    "openhaven.haven.releasing",
    "openhaven.haven.status",
    "openhaven.records.fsck",
    "pyarrow.parquet",
    "pyarrow.dataset",
)
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its status (minus the signal's number where one ended it) and what it said."""

    status: int
    out: str
    err: str
    changes: int  # how many times it was about to change a file below the watched folder


class Starter:
    """Holds the loaded process."""

    def __enter__(self) -> Starter:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def run(
        self,
        arguments: list[str],
        *,
        said: Path,
        watch: Path,
        at: int = 0,
        before: str = "",
        signal: int = 0,
        after: float = 0.0,
        largest_file: int = 0,
    ) -> Ended:
        """Run a command. What it says goes below `said`; no file may become larger than `largest_file`.

        It gets the signal when it is about to make its `at`-th change of a file below `watch`, or to change one
        called `before`, or `after` that many seconds."""
        said.mkdir(exist_ok=True)
        order = {
            "arguments": arguments,
            "said": str(said),
            "watch": str(watch),
            "at": at,
            "before": before,
            "signal": signal,
            "largest_file": largest_file,
        }
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        process = int(self._process.stdout.readline())
        if after:
            time.sleep(after)
            os.kill(process, signal)  # still there, if only as a process that ended and was not waited for
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        else:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        counted = said / "changes"
        return Ended(
            status,
            (said / "out").read_text("utf-8"),
            (said / "err").read_text("utf-8"),
            int(counted.stat().st_size) if counted.exists() else 0,
        )


def serve() -> None:
    """Start what is ordered, one at a time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until the command takes it in hand
    for name in LOADED:
        __import__(name)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            start(json.loads(line))
        print(process, flush=True)
        sys.stdin.readline()  # not waited for before, so that the number cannot be another's yet
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


def start(order: dict[str, Any]) -> None:
    """In the child: become the command."""
    said = Path(order["said"])
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    counted = os.open(said / "changes", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    if order["largest_file"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], order["largest_file"]))
    sys.addaudithook(watcher(order, counted))
    sys.argv = ["haven", *order["arguments"]]
    from openhaven.cli import main

    main()


def watcher(order: dict[str, Any], counted: int) -> Any:
    """Counts changes of files below the watched folder, and sends the signal before the one that was chosen."""
    watch, seen = order["watch"], 0

    def watched(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if not (event in CHANGES or (event == "open" and _to_write(arguments))):
            return
        paths = [os.fspath(each) for each in arguments[:2] if isinstance(each, str | os.PathLike)]
        if not any(each.startswith(watch) for each in paths):
            return
        seen += 1
        os.write(counted, b".")
        if seen == order["at"] or order["before"] in [os.path.basename(each) for each in paths]:
            os.kill(os.getpid(), order["signal"])

    return watched


def _to_write(arguments: tuple[Any, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    return bool(set(str(mode or "")) & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR))


if __name__ == "__main__":
    serve()
