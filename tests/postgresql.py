"""A PostgreSQL that tests start themselves, on a free port of this machine."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def postgres_running() -> Iterator[dict[str, Any]]:
    """Its database, as a haven's settings name it; the test is skipped, saying so, where its programs are missing."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql); its records were not tested")
    folder = Path(tempfile.mkdtemp(prefix="openhaven-pg-"))
    run = functools.partial(subprocess.run, check=True, capture_output=True, cwd="/", **_not_root(folder))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pg_ctl = [str(programs / "pg_ctl"), "-D", str(folder / "data")]
    run([str(programs / "initdb"), "-D", str(folder / "data"), "-U", "haven", "-A", "trust", "-E", "UTF8", "-N"])
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{folder}' -c fsync=off"
    run([*pg_ctl, "-w", "-o", options, "-l", str(folder / "log"), "start"])
    try:
        yield {"engine": "postgresql", "name": "postgres", "host": "127.0.0.1", "port": port, "user": "haven"}
    finally:
        run([*pg_ctl, "-m", "immediate", "stop"])
        shutil.rmtree(folder)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _not_root(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: there, it runs as nobody, to whom its folder is given."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, user="nobody")
    return {"user": "nobody"}
