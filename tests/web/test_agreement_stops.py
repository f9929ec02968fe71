"""Given an agreement in force, when it is suspended while a release is made or waits, then nothing leaves."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("worker")
HERE = Path(__file__).parent
PATIENCE = 90  # seconds: a busy machine is no failure


@pytest.fixture
def home(small_demo, tmp_path: Path) -> Path:
    """A haven of this test's own, as the demonstration left it."""
    folder = tmp_path / "haven"
    shutil.copytree(small_demo.haven, folder)
    return folder


@pytest.fixture
def at_the_desk(home: Path, small_demo) -> Callable[..., Any]:
    """What is done at the desk, each time in a process of its own."""
    file = small_demo.folder / "applications" / "1-university.toml"

    def ask(*words: str) -> Any:
        if words[0].startswith(("in-force", "suspend")):
            command = [HERE.parent / "desk" / "agreements_script.py", home, file, *words]
        else:
            command = [HERE / "desk_script.py", home, *words]
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


@pytest.fixture
def worker(home: Path) -> Iterator[Callable[[], None]]:
    """A worker, once it is asked for; it is gone at the end."""
    started: list[subprocess.Popen[bytes]] = []
    yield lambda: started.append(subprocess.Popen([sys.executable, "-m", "openhaven.desk", str(home), "5"]))
    for each in started:
        each.kill()
        each.wait()


def row(home: Path, question: str, *given: Any) -> Any:
    """The first column of what the records answer."""
    with closing(sqlite3.connect(home / "records.sqlite3", timeout=30)) as records:
        return records.execute(question, given).fetchone()[0]


def when(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)


def released(home: Path, case: str) -> int:
    return int(row(home, "select count(*) from records_release where application = ?", case))


def test_a_suspension_stops_a_release_that_waits(home, at_the_desk, worker) -> None:
    case = at_the_desk("in-force")["case"]
    job = at_the_desk("ask", case, "olu@example.org")
    at_the_desk("suspend", case)
    worker()
    when(lambda: row(home, "select state from desk_job where number = ?", job) == "stopped")
    assert "it is refused" in row(home, "select said from desk_job where number = ?", job)
    assert released(home, case) == 0


def test_a_suspension_stops_a_release_that_is_being_made(home, at_the_desk) -> None:
    case = at_the_desk("in-force")["case"]
    found = at_the_desk("suspend-while-it-is-made", case)
    assert "cohort" in found["steps"] and found["state"] == "stopped"
    assert "the facts changed while the release was made, so nothing leaves" in found["said"]
    assert released(home, case) == 0
    assert not list(home.with_name(f"{home.name}-packages").rglob("key.age"))


def test_without_a_suspension_it_is_released(home, at_the_desk, worker) -> None:
    case = at_the_desk("in-force")["case"]
    job = at_the_desk("ask", case, "olu@example.org")
    worker()
    when(lambda: row(home, "select state from desk_job where number = ?", job) in ("stopped", "done"))
    assert row(home, "select state from desk_job where number = ?", job) == "done"
    assert released(home, case) == 1
