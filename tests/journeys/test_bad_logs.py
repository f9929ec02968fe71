"""A log cut, emptied, of another haven, or ahead of the clock: each is said plainly, and nothing leaves meanwhile."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import connections
from journeys_haven import HELD_BACK, Desk, listing

from openhaven.cli.main import run
from openhaven.haven import open_haven
from openhaven.haven.looking import look_up
from openhaven.haven.toml import first_settings
from openhaven.model.errors import BadInput
from openhaven.records.kept import Looked


def released_nowhere(desk: Desk, status: int, *words: str) -> None:
    desk.release("1-university").refused_plainly(status, *words)
    assert not desk.path("packages", "1-university").exists() and listing(desk.home / "work") == set()


def published(desk: Desk) -> Path:
    assert desk.haven("log", "tiles").status == 0
    return desk.home / "tiles"


def tile(folder: Path, what: str) -> Path:
    return sorted(path for path in folder.glob(f"tile/{what}/**/*") if path.is_file())[-1]


@pytest.mark.parametrize(
    ("what", "says"), [("0", "bytes instead of"), ("entries", "bytes instead of"), ("gone", "cannot be read")]
)
def test_a_cut_tile_stops_a_release_and_is_named(desk: Desk, what: str, says: str) -> None:
    path = tile(published(desk), "0" if what == "gone" else what)
    path.unlink() if what == "gone" else path.write_bytes(path.read_bytes()[:-7])
    desk.haven("log", "fsck").refused_plainly(6, "tile/", says, "write it again: haven log tiles")
    released_nowhere(desk, 6, "tile/", says, "haven log fsck")
    shutil.rmtree(desk.home / "tiles")
    published(desk)
    assert desk.release("1-university").status == 0, "made again from the records"


def test_a_cut_checkpoint_is_not_taken_for_none(desk: Desk) -> None:
    path = published(desk) / "checkpoint"
    path.write_bytes(path.read_bytes()[:-30])
    released_nowhere(desk, 6, "checkpoint")
    desk.haven("log", "tiles").refused_plainly(2, "checkpoint", "write it again")
    path.write_bytes(b"")
    desk.haven("log", "tiles").refused_plainly(2, "/checkpoint: this is not a checkpoint", "write it again")


@contextmanager
def records_put_back(desk: Desk) -> Iterator[None]:
    """What is done meanwhile stands in records that give way to those of before."""
    with closing(sqlite3.connect(desk.home / "records.sqlite3")) as records:
        records.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(desk.home / "records.sqlite3", desk.path("before"))
    yield
    connections.close_all()
    for journal in desk.home.glob("records.sqlite3-*"):
        journal.unlink()
    shutil.copyfile(desk.path("before"), desk.home / "records.sqlite3")


def test_records_of_an_earlier_day_in_their_place_are_given_away_by_what_was_released(desk: Desk) -> None:
    """Whole in themselves, and signed: only what the haven keeps beside them remembers."""
    with records_put_back(desk):
        assert desk.release("1-university").status == 0
    shutil.rmtree(desk.path("packages", "1-university"))
    desk.haven("log", "fsck").refused_plainly(6, "APP-001.R1 was entered", "does not hold it", "newest backup")
    released_nowhere(desk, 6, "APP-001.R1 was entered", "haven log fsck")


def test_a_delivery_that_older_records_do_not_know_is_kept_and_nothing_is_written(desk: Desk) -> None:
    with records_put_back(desk):
        id = desk.deliver(desk.episodes(HELD_BACK), "--json").document["delivery"]["id"]
    kept = desk.home / "work" / "release-APP-009.R1"
    kept.mkdir(parents=True)
    before = listing(desk.home / "vault") | listing(desk.home / "work")
    for command in (desk.delivery(desk.episodes(HELD_BACK)), ["release", str(desk.application("1-university"))]):
        out = ["--out", str(desk.path("packages", "1"))] if command[0] == "release" else []
        desk.haven(*command, *out).refused_plainly(6, f"delivery {id} was recorded", "Put the newest records back")
        assert listing(desk.home / "vault") | listing(desk.home / "work") == before


def test_a_checkpoint_of_another_log_is_not_ours(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    words = ["init", str(other), "--operator-name", "Another", "--origin", "other.example", "--contact", "there"]
    assert run([*words, "--demo"]) == 0
    assert run(["--haven", str(other), "log", "tiles"]) == 0
    shutil.copyfile(other / "tiles" / "checkpoint", published(desk) / "checkpoint")
    released_nowhere(desk, 6, "signed by an unknown key: other.example")
    desk.haven("log", "tiles").refused_plainly(2, "of another log (other.example")


def test_an_emptied_log_is_said_to_be(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.home / "records.sqlite3", isolation_level=None)) as records:
        for table in ("fact", "delivery", "optoutquestion", "optoutanswer", "node", "body", "entry"):
            records.execute(f"delete from records_{table}")
    desk.haven("log", "fsck").refused_plainly(6, "it is missing, and the log's head says")
    desk.haven("log", "prove", 0).refused_plainly(6, "missing")
    desk.haven("register", "--out", desk.path("register"))
    assert desk.release("1-university").status in (2, 6)
    assert not desk.path("packages", "1-university").exists()


def test_a_clock_set_back_enters_nothing_and_nothing_is_looked_at(desk: Desk) -> None:
    last_month = dt.datetime.now(dt.UTC) - dt.timedelta(days=40)
    haven = open_haven(desk.home, operator="the tests", clock=lambda: last_month)
    before = len(desk.entries())
    with pytest.raises(BadInput, match="the clock says"):
        look_up(haven, Looked.CONTENT, of="episodes", why="a look")
    assert len(desk.entries()) == before
    desk.assert_sound()


def test_many_who_look_at_once_are_all_entered(desk: Desk) -> None:
    words = desk.arguments("log", "looked", "--because", "all at once")
    start = [sys.executable, "-c", "from openhaven.cli.main import main; main()", *words]
    running = [subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(each.wait(120), (each.stderr or sys.stderr).read()) for each in running] == [(0, b"")] * 4
    assert desk.haven("log", "looked", "--because", "after").out.count("all at once") == 4
    desk.assert_sound()


def test_a_new_haven_has_a_log_that_is_whole_and_says_how_few_entries_there_are(tmp_path: Path, capsys) -> None:
    from openhaven.haven import init_haven

    toml = first_settings(operator="A", origin="new.example", contact="here", demo=True)
    init_haven(tmp_path / "new", toml=toml, operator="the tests")
    assert run(["--haven", str(tmp_path / "new"), "log", "fsck"]) == 0
    assert "1 entry," in capsys.readouterr().out
    assert run(["--haven", str(tmp_path / "new"), "log", "prove", "7"]) == 2
    assert "the log of 1 entries has no entry 7" in capsys.readouterr().err


def test_a_file_of_records_that_is_damaged_or_cannot_be_read_is_said_plainly(desk: Desk) -> None:
    """SQLite says the same of a disk that fails while it reads: it takes what it cannot read for damage."""
    path = desk.home / "records.sqlite3"
    with closing(sqlite3.connect(path)) as records:
        records.execute("pragma wal_checkpoint(truncate)")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    desk.haven("status").refused_plainly(1, "malformed", "disk that fails", "backup")
    released_nowhere(desk, 1, "malformed")
    path.write_bytes(bytes(range(256)) * 64)
    desk.haven("status").refused_plainly(1, "not a database", "backup")
