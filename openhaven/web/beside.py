"""A worker beside the service: started with it, started again when it was killed, and ended with it, always."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TO_END = 20  # seconds that a worker may take to leave what it does in order; then it is killed, which harms nothing
TO_REST, LONGEST_REST = 1.0, 60.0  # seconds before one that ended is started again: at first, and at most


@contextmanager
def a_worker(folder: Path) -> Iterator[None]:
    """While this is open there is a worker of the haven in a folder. It ends too where this process is killed."""
    kept = _Kept(folder)
    thread = threading.Thread(target=kept.keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        kept.end()
        thread.join()


def rest_after(rest: float, lived: float) -> float:
    """Seconds to wait after a worker that lived so long, before which there was so long a `rest`: twice as long each
    time that one ends soon, as they all do where the haven's folder cannot be reached."""
    return TO_REST if lived > LONGEST_REST else min(max(2 * rest, TO_REST), LONGEST_REST)


class _Kept:
    """One worker after the other, until the end."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "openhaven.desk", str(folder)]
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start a worker, and another whenever it ended unbidden."""
        rest = 0.0
        while (process := self._start()) is not None:
            begun = time.monotonic()
            process.wait()
            rest = rest_after(rest, time.monotonic() - begun)
            self._over.wait(rest)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._over.is_set():
                return None
            told = {**os.environ, "OPENHAVEN_PARENT": str(os.getpid())}
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=told)
            return self._process

    def end(self) -> None:
        """Tell it to end, and see to it."""
        with self._lock:
            self._over.set()
            process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
