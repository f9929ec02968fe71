"""Starts commands from a warm process, and breaks them: by SIGKILL after a time, or at one system call by strace.

The warm process has made a release itself, so that a fork of it neither loads nor compiles anything. Most forks leave
once the command has ended and its database is closed; every eighth takes itself down as a process of its own does,
which costs as much again as the command.

strace counts the calls of a kind that each thread makes, and fails or kills the n-th. A first, unbroken run says which
calls there are to files of the haven; the file of the trace says afterwards which of them was hit."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE_CALLS = (
    "openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "lseek", "mmap",
    "sendfile", "copy_file_range", "newfstatat", "fstat", "lstat", "stat", "statfs", "access", "faccessat2", "readlink",
    "getdents64", "rename", "renameat", "link", "unlink", "unlinkat", "mkdir", "rmdir", "chmod", "fchmod", "fchmodat",
    "flock", "fcntl", "close", "utimensat",
)  # fmt: skip
"""Every call to the file system that a release was seen to make, and those that it could."""
WHOLE_END = 8
"""Of so many commands, one ends as a process of its own does."""
_CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its status (minus the signal's number where one ended it) and what it said."""

    status: int
    out: str
    err: str
    seconds: float

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL


@dataclass(frozen=True, order=True)
class Call:
    """The n-th call of this name that a thread makes, and a file of the haven that it concerned in an unbroken run."""

    name: str
    number: int
    path: str = ""


@dataclass(frozen=True)
class Fault:
    """What happens at a call: an error by its name, or KILL."""

    call: Call
    what: str

    def __str__(self) -> str:
        how = "signal=KILL" if self.what == "KILL" else f"error={self.what}"
        return f"inject={self.call.name}:{how}:when={self.call.number}"


class Starter:
    """Holds a process that is warm; each command is a fork of it."""

    def __init__(self, said: Path) -> None:
        self.said = said
        self.said.mkdir()
        self.started = 0
        self.seconds: dict[str, float] = {}
        self.found: dict[str, list[Call]] = {}
        self.left: dict[str, int] = {}

    def __enter__(self) -> Starter:
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)

    def warm(self, arguments: list[str]) -> int:
        """Run a command in the process itself: what it loads and keeps, forks need not load. Returns its status."""
        return int(self._ask({"warm": arguments}))

    def run(self, arguments: list[str], *, kill_after: float | None = None, fault: Fault | None = None) -> Ended:
        """Run a command to its end; killed after so many seconds; or with one of its calls failing."""
        strace = ["-e", f"trace={fault.call.name}", "-e", str(fault)] if fault else None
        return self._run(arguments, kill_after=kill_after, strace=strace)

    def calls(self, arguments: list[str], *, below: Path) -> tuple[Ended, list[Call]]:
        """Run a command unbroken, and tell every call that it made to a file below a folder."""
        ended = self._run(arguments, kill_after=None, strace=["-e", f"trace={','.join(FILE_CALLS)}"])
        counted: dict[tuple[str, str], int] = {}
        found: dict[tuple[str, int], Call] = {}
        for line in self.trace.read_text("utf-8", "replace").splitlines():
            if (match := _CALL.match(line)) is None:
                continue
            thread, name, rest = match.groups()
            number = counted[thread, name] = counted.get((thread, name), 0) + 1
            if str(below) in rest:
                path = rest[rest.index(str(below)) + len(str(below)) :]
                found.setdefault((name, number), Call(name, number, re.split(r'[">]', path)[0]))
        return ended, sorted(found.values())

    def hit(self) -> str:
        """The call that the last fault struck, as strace wrote it; empty where the command never made it."""
        lines = self.trace.read_text("utf-8", "replace").splitlines()
        return next((line for line in lines if "(INJECTED" in line), "")

    @property
    def trace(self) -> Path:
        return self.said / "trace"

    def _run(self, arguments: list[str], *, kill_after: float | None, strace: list[str] | None) -> Ended:
        whole = self.started % WHOLE_END == 0
        self.started += 1
        order = {"arguments": arguments, "said": str(self.said), "hold": strace is not None, "whole": whole}
        process, begun = int(self._ask(order)), time.monotonic()
        tracer = None if strace is None else self._traced(process, strace)
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(process, signal.SIGKILL)  # still there, if only as one that ended and was not waited for
        status = int(self._ask("wait"))
        if tracer is not None:
            tracer.communicate()
        out, err = ((self.said / name).read_text("utf-8", "replace") for name in ("out", "err"))
        return Ended(status, out, err, time.monotonic() - begun)

    def _traced(self, process: int, what: list[str]) -> subprocess.Popen[bytes]:
        """Attach strace to the process, which has stopped itself, and let it go on."""
        while Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.002)
        words = ["strace", "-f", "-y", "-s", "0", "-o", str(self.trace), *what, "-p", str(process)]
        tracer = subprocess.Popen(words, stderr=subprocess.PIPE)
        assert tracer.stderr
        said = tracer.stderr.readline()
        if b"attached" not in said:
            raise RuntimeError(said.decode())
        os.kill(process, signal.SIGCONT)
        return tracer

    def _ask(self, order: Any) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().decode()


def serve() -> None:
    """In the warm process: fork, and wait, as it is told. Once nobody tells it anything, its last fork ends too."""
    process = 0
    for line in sys.stdin:
        order = json.loads(line)
        if order == "wait":
            print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
            process = 0
            continue
        if "warm" in order:
            print(_warmed(order["warm"]), flush=True)
            continue
        process = os.fork()
        if process == 0:
            _become(order)
        print(process, flush=True)
    if process:
        os.kill(process, signal.SIGKILL)


def _warmed(arguments: list[str]) -> int:
    from openhaven.cli.main import run

    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        status = run(arguments)
    _close()
    gc.collect()
    gc.freeze()
    return status


def _close() -> None:
    """Close the database: a fork must not have one that is open, and who ends closes it."""
    from django.db import connections

    connections.close_all()


def _become(order: dict[str, Any]) -> None:
    said = Path(order["said"])
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if order["hold"]:
        os.kill(os.getpid(), signal.SIGSTOP)
    sys.argv = ["haven", *order["arguments"]]
    from openhaven.cli.main import main

    if order["whole"]:
        main()
    try:
        main()
    except SystemExit as ended:
        _close()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)


if __name__ == "__main__":
    serve()
