"""Given releases asked for at the desk, when workers are killed, told to end or have to wait, then each release is made
once, and nothing is left half done."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "journeys"))

from journeys_haven import Desk

pytestmark = pytest.mark.xdist_group("worker")
SCRIPT = Path(__file__).with_name("desk_script.py")
LEASE = 2  # seconds
PATIENCE = 90  # seconds: a busy machine is no failure


@pytest.fixture
def given(permitted: Desk) -> Desk:
    """What these tests begin with."""
    return permitted


@pytest.fixture
def workers(given: Desk) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Those that a test started: all are gone at its end."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for each in started:
        each.kill()
        each.wait()


def a_worker(desk: Desk, workers: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    workers.append(subprocess.Popen([sys.executable, "-m", "openhaven.desk", str(desk.home), str(LEASE)]))
    return workers[-1]


def at_the_desk(desk: Desk, *words: str) -> Any:
    done = subprocess.run([sys.executable, SCRIPT, desk.home, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def row(desk: Desk, question: str, *given: Any) -> Any:
    """The first column of what the records answer."""
    with closing(sqlite3.connect(desk.home / "records.sqlite3", timeout=30)) as records:
        found = records.execute(question, given).fetchone()
    return found[0] if found else None


def of_job(desk: Desk, job: int, column: str) -> Any:
    return row(desk, f"select {column} from desk_job where number = ?", job)


def state(desk: Desk, job: int) -> str:
    return str(of_job(desk, job, "state"))


def when(is_so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.002)


def taken_to(desk: Desk, job: int, step: str) -> Callable[[], bool]:
    return lambda: f'"{step}"' in str(of_job(desk, job, "steps"))


def released(desk: Desk, application: str) -> int:
    return int(row(desk, "select count(*) from records_release where application = ?", application))


def assert_released_once(desk: Desk, job: int, application: str, *, before: int) -> None:
    assert released(desk, application) == before + 1
    assert of_job(desk, job, "release") == f"{application}.R{before + 1}"
    verified = desk.haven("verify", of_job(desk, job, "out"), "--trust", desk.path("trust.txt"))
    assert verified.status == 0, verified
    assert list((desk.home / "work").iterdir()) == []
    desk.assert_sound()


def test_a_job_whose_workers_are_killed_is_taken_up_by_its_lease_and_released_once(given, workers):
    before = released(given, "APP-001")
    job = at_the_desk(given, "ask", "APP-001", "olu@example.org")
    first = a_worker(given, workers)
    when(taken_to(given, job, "protect"))
    first.kill()
    assert state(given, job) == "running", "it does not know yet that its worker is gone"

    second = a_worker(given, workers)
    when(lambda: released(given, "APP-001") == before + 1)
    second.kill()
    when(lambda: second.poll() is not None)
    a_worker(given, workers)
    when(lambda: state(given, job) == "done")

    assert_released_once(given, job, "APP-001", before=before)
    assert of_job(given, job, "tries") in (2, 3), "three, unless the second ended it in the moment it was killed"


def test_a_worker_waits_while_another_command_holds_the_haven_and_says_so(given, workers):
    before = released(given, "APP-002")
    job = at_the_desk(given, "ask", "APP-002", "olu@example.org")
    with (given.home / "haven.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write("haven deliver episodes, process 1")
        lock.flush()
        a_worker(given, workers)
        when(lambda: "haven deliver" in str(of_job(given, job, "said")))
        assert state(given, job) == "waiting"
    when(lambda: state(given, job) == "done")
    assert_released_once(given, job, "APP-002", before=before)


def test_a_worker_told_to_end_gives_its_job_back_and_leaves_nothing_half_done(given, workers):
    before = released(given, "APP-001")
    job = at_the_desk(given, "ask", "APP-001", "olu@example.org")
    worker = a_worker(given, workers)
    when(taken_to(given, job, "cohort"))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    assert state(given, job) == "waiting" and released(given, "APP-001") == before
    assert list((given.home / "work").iterdir()) == []
    assert of_job(given, job, "worker") == ""

    a_worker(given, workers)
    a_worker(given, workers)
    when(lambda: state(given, job) == "done")
    assert_released_once(given, job, "APP-001", before=before)


def test_a_job_is_called_off_where_it_waits_and_before_its_next_step_where_it_runs(given, workers):
    before = released(given, "APP-001")
    job = at_the_desk(given, "ask", "APP-001", "olu@example.org")
    worker = a_worker(given, workers)
    when(taken_to(given, job, "cohort"))
    worker.send_signal(signal.SIGSTOP)  # so that it is called off in the midst, however fast the machine
    at_the_desk(given, "withdraw", str(job))
    worker.send_signal(signal.SIGCONT)
    when(lambda: state(given, job) == "withdrawn")
    assert of_job(given, job, "said") == "It was called off. Nothing was released."
    assert released(given, "APP-001") == before and list((given.home / "work").iterdir()) == []
    assert not Path(of_job(given, job, "out")).exists()
    given.assert_sound()

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    waits = at_the_desk(given, "ask", "APP-001", "olu@example.org")
    at_the_desk(given, "withdraw", str(waits))
    assert state(given, waits) == "withdrawn"


@pytest.fixture
def witness(given: Desk, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Starts a witness without which no key is given; the haven has none afterwards."""
    folder, chosen, log = tmp_path / "witness", given.home / "haven.toml", given.path("trust.txt")
    made = given.haven("witness", "init", folder, "--name", "w.example/w", "--log", log.read_text().splitlines()[1])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    before, started = chosen.read_text(), []
    one = f'url = "http://127.0.0.1:{port}"\nkey = "{made.out.strip()}"\nrun_by = "a society"\n'
    chosen.write_text(f"{before}\n[log]\nwitnesses = 1\n\n[[log.witness]]\n{one}")

    def start() -> None:
        command = [Path(sys.executable).with_name("haven"), "witness", "serve", folder, "--port", str(port)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        assert b"cosigns" in started[0].stdout.readline()

    yield start
    chosen.write_text(before)
    for each in started:
        each.kill()
        each.communicate()


def test_a_job_that_waits_for_witnesses_is_tried_again_by_itself_later_each_time(given, workers, witness):
    before = released(given, "APP-002")
    job = at_the_desk(given, "ask", "APP-002", "olu@example.org")
    a_worker(given, workers)
    when(lambda: of_job(given, job, "waits") == 1)
    assert state(given, job) == "waiting" and "waits for witnesses" in of_job(given, job, "said")
    first = row(given, "select (julianday(not_before) - julianday('now')) * 1440 from desk_job where number = ?", job)
    assert 0.5 < first < 1.01, "minutes"
    time_passes(given, job)
    when(lambda: of_job(given, job, "waits") == 2)
    second = row(given, "select (julianday(not_before) - julianday('now')) * 1440 from desk_job where number = ?", job)
    assert 1.5 < second < 2.01
    with closing(sqlite3.connect(given.home / "records.sqlite3", timeout=30)) as records:
        records.execute("update desk_job set waits = 30 where number = ?", [job])
        records.commit()
    time_passes(given, job)
    when(lambda: state(given, job) == "stopped")
    assert "waits for witnesses" in of_job(given, job, "said"), "after a day somebody is told"
    witness()
    at_the_desk(given, "again", str(job))
    when(lambda: state(given, job) == "done")
    assert_released_once(given, job, "APP-002", before=before)


def time_passes(desk: Desk, job: int) -> None:
    with closing(sqlite3.connect(desk.home / "records.sqlite3", timeout=30)) as records:
        records.execute("update desk_job set not_before = datetime('now', '-1 minutes') where number = ?", [job])
        records.commit()


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    whole = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    assert found.exists()
    return [int(each) for text in whole for each in text.split()]


def gone(process: int) -> bool:
    """Ended, also where nobody asked how yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=["told", "Ctrl-C", "killed"])
def test_the_service_has_a_worker_beside_it_as_long_as_it_runs(given, how):
    haven = Path(sys.executable).with_name("haven")
    command = [haven, "--haven", given.home, "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        try:
            assert service.stderr is not None
            when(lambda: service.stderr.readline().startswith("http://"))
            when(lambda: len(children(service.pid)) == 1)
            (worker,) = children(service.pid)
            if how is signal.SIGTERM:
                os.kill(worker, signal.SIGKILL)
                when(lambda: [each for each in children(service.pid) if each != worker] != [])
                (worker,) = children(service.pid)
            service.send_signal(how)
            when(lambda: service.poll() is not None)
            when(lambda: gone(worker))
        finally:
            service.kill()


def test_a_worker_that_ends_by_itself_ends_in_good_order_though_its_parent_still_holds_its_input(tmp_path):
    (tmp_path / "haven.toml").write_text("no settings", "utf-8")
    command = [sys.executable, "-m", "openhaven.desk", str(tmp_path)]
    told = {**os.environ, "OPENHAVEN_PARENT": str(os.getpid())}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told) as worker:
        assert worker.stderr is not None
        said = worker.stderr.read()
        assert (worker.wait(), said.count("\n"), said[:7]) == (2, 1, "haven: ")
