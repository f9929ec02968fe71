"""A command as a process of its own: what it said, and what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any


def run_apart(command: Sequence[str]) -> tuple[dict[str, Any], dict[str, float]]:
    """The document on its standard output; and CPU and wall seconds, and its peak memory in MB. Raises RuntimeError
    where it fails. Who asks must be small: a child's peak memory starts from that of the process it came from."""
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    wall, peak = time.perf_counter() - begun, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return json.loads(text), {"cpu": used.ru_utime + used.ru_stime, "wall": wall, "peak_mb": peak}
