"""Given a service that runs, when somebody watches over it, then it says how it is, and nothing of a person; and a
haven that comes back from a backup brings nobody and nothing back to life."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from by_http import Visitor

pytestmark = pytest.mark.xdist_group("worker")
HAVEN = Path(sys.executable).with_name("haven")


def test_health_tells_records_disk_worker_and_log_apart(watched):
    found = Visitor(watched.address).get("/health")
    assert found.status == 200
    assert set(found.document) == {"well", "records", "disk", "worker", "log"}
    assert found.document["records"] is found.document["disk"] is found.document["well"] is True


def test_a_disk_has_room_while_a_gibibyte_is_free_however_large_it_is(watched):
    script, gibibyte = Path(__file__).with_name("room_script.py"), 2**30
    frees = [str(free) for free in (gibibyte, gibibyte - 1, 0)]
    done = subprocess.run([sys.executable, script, watched.desk.home, *frees], capture_output=True, text=True)
    assert done.stdout.split("\n") == ["True True", "False False", "False False", ""], done.stderr


def test_metrics_are_for_staff_and_for_tokens_of_that_scope_alone(watched):
    assert Visitor(watched.address).get("/health").status == 200
    olu = watched.olu.get("/metrics")
    assert olu.status == 200 and 'openhaven_jobs{state="waiting"}' in olu.text
    assert re.search(r'openhaven_requests_total\{route="/health",method="GET",status="200"\} \d', olu.text)
    assert all(re.fullmatch(r"# TYPE \w+ \w+|\w+(\{[^}]*\})? -?[\d.e+-]+", line) for line in olu.text.splitlines())
    assert watched.ann.get("/metrics").status == Visitor(watched.address).get("/metrics").status == 403

    right, other = watched.token("olu@example.org", "metrics"), watched.token("olu@example.org", "jobs")
    nobody = Visitor(watched.address)
    assert nobody.get("/metrics", Authorization=f"Bearer {right}").status == 200
    for wrong in (other, right[:-1], "openhaven_", "x"):
        assert nobody.get("/metrics", Authorization=f"Bearer {wrong}").status == 403


def test_a_token_is_kept_as_a_digest_listed_and_ended(watched):
    token = watched.token("olu@example.org", "metrics")
    kept = b"".join(path.read_bytes() for path in watched.desk.home.glob("records.sqlite3*"))
    assert token.encode() not in kept
    listed = json.loads(watched.haven("account", "tokens", "--json").stdout)
    number = str(listed[-1]["number"])
    assert watched.haven("account", "end-token", number).returncode == 0
    assert Visitor(watched.address).get("/metrics", Authorization=f"Bearer {token}").status == 403
    again = watched.haven("account", "end-token", number)
    assert again.returncode == 2 and "there is no token" in again.stderr
    wrong = watched.haven("account", "token", "olu@example.org", "--name", "x", "--scope", "everything")
    assert wrong.returncode == 2 and "Scopes: decide, cases, write, " in wrong.stderr


def test_what_is_written_down_names_no_person_no_token_and_no_number(watched):
    nobody, number = Visitor(watched.address), "9990000018"
    for path in (
        "/join/secret-token-of-a-link",
        "/uses?q=ann@example.org",
        f"/uses/{number}",
        "/uses/ann@example.org",
        f"/desk/releases/{number}/certificate",
        "/nothing/ann@example.org",
        "/uses/APP-001.R1",
        "/desk/jobs/77",
    ):
        nobody.get(path)
        watched.ann.get(path, Authorization="Bearer openhaven_not-a-token", Referer=f"{watched.address}/{number}")
    nobody.post("/sign-in", form="/sign-in", login="someone@example.org", password="my secret words")
    found = [json.loads(line) for line in watched.lines.read_text().splitlines()]
    text = watched.lines.read_text()
    for never in ("@", "secret", number, "openhaven_", "not-a-token", watched.ann.session, "127.0.0.1"):
        assert never not in text, never
    told = [
        (each["route"], each.get("release") or each.get("number"), each["status"]) for each in found if "route" in each
    ]
    assert ("/uses/<str:release>", "APP-001.R1", 200) in told
    assert ("/desk/jobs/<int:number>", "77", 302) in told
    assert ("/join/<str:token>", None, 404) in told and ("(none)", None, 404) in told


def test_a_backup_brings_accounts_back_and_nobody_signed_in_no_link_and_no_job(watched, tmp_path):
    link = watched.haven("account", "invite", "new@example.org", "--name", "New", "--role", "case officer")
    assert link.returncode == 0
    script = Path(__file__).with_name("desk_script.py")
    command = [sys.executable, script, watched.desk.home, "ask", "APP-002", "olu@example.org"]
    assert subprocess.run(command, capture_output=True).returncode == 0
    (watched.desk.home / "uploads-of-a-case").mkdir()
    (watched.desk.home / "uploads-of-a-case" / "evidence.age").write_bytes(b"sealed")
    copy, back = tmp_path / "copy.tar", tmp_path / "back"

    assert watched.haven("backup", str(copy)).returncode == 0
    done = subprocess.run([HAVEN, "restore", copy, back], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "stopped: 1" in done.stderr
    assert (back / "uploads-of-a-case" / "evidence.age").read_bytes() == b"sealed"
    with closing(sqlite3.connect(back / "records.sqlite3")) as records:
        counts = [records.execute(f"select count(*) from {table}").fetchone()[0]
                  for table in ("desk_person", "django_session", "desk_invitation")]  # fmt: skip
        states = {state for (state,) in records.execute("select state from desk_job where application = 'APP-002'")}
    assert counts[0] >= 2 and counts[1:] == [0, 0]
    assert "waiting" not in states and "stopped" in states
    listed = subprocess.run([HAVEN, "--haven", back, "account", "list"], capture_output=True, text=True)
    assert "olu@example.org" in listed.stdout
    shutil.rmtree(watched.desk.home / "uploads-of-a-case")
    with closing(sqlite3.connect(watched.desk.home / "records.sqlite3", timeout=30)) as records:
        records.execute("update desk_job set state = 'withdrawn' where state = 'waiting'")
        records.commit()
