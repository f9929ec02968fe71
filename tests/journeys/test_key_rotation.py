"""The keys of log and packages rotated: what left before still verifies, what is made up with an old key does not, and
a break at any moment leaves a rotation that is finished, or none."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from journeys_haven import Desk

from openhaven.haven import open_haven
from openhaven.keys import Signing
from openhaven.log import EntryType, parse_entry
from openhaven.log.rotation import parse_trusted, read_announcement
from openhaven.model.errors import BadInput, HavenError
from openhaven.package.verify import verify
from openhaven.records import reads
from openhaven.records.fsck import check_records

RELEASED = "2-cancer-audit"


def rotate(desk: Desk, key: str) -> str:
    """The announcement of a rotation."""
    done = desk.haven("keys", "rotate", key, "--because", "once a year", "--json")
    assert done.status == 0, done
    return str(json.loads(done.out)["announcement"])


def trust(desk: Desk) -> list[str]:
    return (desk.home / "trust.txt").read_text(encoding="utf-8").splitlines()


def test_what_left_before_verifies_with_old_and_new_keys_and_the_log_is_whole(desk: Desk) -> None:
    before = trust(desk)
    out = desk.path("packages", RELEASED)
    assert desk.haven("release", desk.application(RELEASED), "--out", out).status == 0
    desk.haven("log", "tiles")
    announced = [rotate(desk, "log"), rotate(desk, "packages"), rotate(desk, "log")]
    after = trust(desk)
    assert len(after) == 5 and [" until " in line for line in after] == [False, False, True, True, True]
    assert verify(out, trust=before).verified and verify(out, trust=after).verified
    assert desk.haven("log", "fsck").status == 0  # the tiles are of the first key
    said = " ".join(map(str, verify(out, trust=after).checks))
    assert "when test.openhaven.example, test.openhaven.example/packages was in use" in said
    path = desk.path("announced.txt")
    path.write_text(desk.haven("keys", "announced").out, encoding="utf-8")
    assert path.read_text(encoding="utf-8").count("time ") == 3 == len(announced)
    followed = desk.haven("keys", "follow", desk.path("trust.txt"), path)
    assert sorted(followed.out.splitlines()) == sorted(after)
    release = reads.releases()[-1]
    desk.haven("log", "correct", release.index, "--now", "Its rows were in it twice.", "--because", "a test")
    again = desk.haven("log", "reissue", release.release.id, "--out", desk.path("again"), "--because", "asked for")
    assert again.status == 0, again
    assert verify(desk.path("again"), trust=after).verified and not verify(desk.path("again"), trust=before).verified


def test_what_is_signed_by_a_retired_key_counts_only_for_what_was_entered_before(desk: Desk) -> None:
    out = desk.path("packages", RELEASED)
    assert desk.haven("release", desk.application(RELEASED), "--out", out).status == 0
    retired = "2020-01-01T00:00:00Z"
    for key in (0, 1):
        lines = trust(desk)
        lines[key] = f"{lines[key]} until {retired}"
        report = verify(out, trust=lines)
        assert not report.verified
        assert any(retired in str(check) for check in report.checks)


def test_the_entry_says_which_key_and_why_and_both_signed(desk: Desk) -> None:
    announcement = read_announcement(rotate(desk, "packages"))
    haven = open_haven(desk.home)
    index, note = reads.rotations()[-1]
    entry = parse_entry(dict(reads.entries(index, index + 1))[index])
    assert entry.type is EntryType.KEY_ROTATED and entry.ids["key"] == "packages"
    assert read_announcement(note) == announcement
    assert announcement.new == haven.signing_key and announcement.time <= entry.time
    assert not (haven.keys.folder / "signing.key").exists()


BREAKS = {
    "the new key is made, and nothing is announced": ("openhaven.haven.rotating", "announce", False),
    "the entry is half made": ("openhaven.records.logstore.OpenLog", "_sign", False),
    "the entry is there, and nothing else": ("openhaven.haven.rotating", "write_trust", True),
    "trust.txt is written, and the key not taken": ("openhaven.keys.folder.Keys", "keep", True),
    "the key is taken, and the old one still there": ("openhaven.keys.files.FileKeys", "destroy", True),
}
KILLED = """
import importlib, os, signal, sys
import openhaven.haven.rotating
from openhaven.cli.main import run
where, name = sys.argv[1:3]
try:
    place = importlib.import_module(where)
except ImportError:
    module, _, kind = where.rpartition(".")
    place = getattr(importlib.import_module(module), kind)
setattr(place, name, lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
run(sys.argv[3:])
"""


@pytest.mark.parametrize("key", ["log", "packages"])
@pytest.mark.parametrize("moment", BREAKS)
def test_a_rotation_killed_at_any_moment_is_finished_or_not_begun(desk: Desk, key: str, moment: str) -> None:
    where, name, entered = BREAKS[moment]
    had = open_haven(desk.home)
    before = {"log": had.log_key, "packages": had.signing_key}
    words = desk.arguments("keys", "rotate", key, "--because", "a test")
    done = subprocess.run([sys.executable, "-c", KILLED, where, name, *words], env=os.environ, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert desk.haven("log", "fsck").status == 0  # reads alone, and works under the key that the log names
    assert desk.haven("keys", "list").status == 0
    assert desk.haven("log", "private-head").status == 0  # the next command that writes
    haven = open_haven(desk.home)
    now = {"log": haven.log_key, "packages": haven.signing_key}
    assert (now[key] != before[key]) is entered
    assert len(reads.rotations()) == entered
    stem = Signing.LOG if key == "log" else Signing.PACKAGES
    files = {path.name for path in haven.keys.folder.glob(f"{stem}*.key")}
    assert files == ({f"{stem}.2.key"} if entered else {f"{stem}.key"})
    assert len(trust(desk)) == 2 + entered
    check_records(trusted=(haven.log_key,))
    rotate(desk, key)
    assert desk.haven("log", "fsck").status == 0


def test_who_opened_the_haven_before_enters_nothing_under_the_old_key(desk: Desk) -> None:
    """A service that runs on, say: its head would part the log from all that readers trust."""
    service = open_haven(desk.home, operator="the service")
    size = sum(1 for _ in reads.entries())
    rotate(desk, "log")
    with pytest.raises(HavenError, match="not the one that signed the log so far"):
        rotated_twice(service)
    assert sum(1 for _ in reads.entries()) == size + 1
    assert desk.haven("log", "fsck").status == 0


def rotated_twice(haven) -> None:
    from openhaven.haven.looking import look_up
    from openhaven.records.kept import Looked

    look_up(haven, Looked.EVERYTHING, of="x", why="a test")


def test_the_key_of_another_haven_is_found_before_anything_is_signed(desk: Desk) -> None:
    haven = open_haven(desk.home)
    haven.keys.make_next(Signing.LOG)
    folder = haven.keys.folder
    os.replace(folder / "log.2.key", folder / "log.key")
    refused = desk.haven("status")
    assert refused.status == 1 and "not the one that this haven had" in refused.err
    (folder / "keys.json").unlink()  # as an earlier version left it, which knew no better
    refused = desk.haven("log", "private-head")
    assert refused.status == 1 and "not the one that signed the log so far" in refused.err


@pytest.mark.parametrize("key", ["pseudonyms", "tags", "vault", "service"])
def test_what_a_new_master_would_spoil_is_refused_and_the_way_said(desk: Desk, key: str) -> None:
    refused = desk.haven("keys", "rotate", key, "--because", "a test")
    refused.refused_plainly(2, f"the key of {key} is not rotated")
    if key == "pseudonyms":
        assert "new epoch" in refused.err


def test_no_rotation_without_a_reason_or_under_an_unfinished_release(desk: Desk, monkeypatch) -> None:
    desk.haven("keys", "rotate", "log").refused_plainly(2, "nothing says why")
    from openhaven.haven import rotating

    class Unfinished:
        class release:
            id = "APP-1.R1"

    monkeypatch.setattr(rotating.reads, "unfinished_releases", lambda: [Unfinished])
    with pytest.raises(BadInput, match=r"APP-1\.R1 is unfinished"):
        rotating.rotate(open_haven(desk.home), "log", because="a test")
    assert not reads.rotations()


def test_a_forged_announcement_is_no_rotation(desk: Desk) -> None:
    note = rotate(desk, "log")
    path, other = desk.path("note.txt"), note.replace("time 20", "time 19")
    path.write_text(other, encoding="utf-8")
    desk.haven("keys", "follow", desk.path("trust.txt"), path).refused_plainly(6, "did not sign")
    old = parse_trusted(trust(desk)[2])
    assert old.until == read_announcement(note).time
    assert dt.datetime.fromisoformat(old.until).tzinfo and replace(old, until="").key == read_announcement(note).old
