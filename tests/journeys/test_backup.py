"""A haven copied into one file and brought back: what came back works as the haven did."""

from __future__ import annotations

from pathlib import Path

import pytest
from journeys_haven import Desk, listing, said


@pytest.fixture
def backup(desk: Desk) -> Path:
    path = desk.path("backup.tar")
    assert desk.haven("backup", path).status == 0
    return path


def test_what_came_back_holds_the_same_and_releases(desk: Desk, backup: Path) -> None:
    folder = desk.folder / "restored"
    folder.mkdir()

    restored = said(["restore", str(backup), str(folder / "haven")])

    assert restored.status == 0, restored
    back = Desk(folder)
    assert back.held().files == desk.held().files and back.entries() == desk.entries()
    back.assert_sound()
    out = desk.path("packages", "restored")
    assert back.haven("release", desk.application("4-health-protection"), "--out", out).status == 0
    assert said(["verify", str(out), "--trust", str(desk.path("trust.txt"))]).status == 0


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(desk: Desk, backup: Path) -> None:
    assert backup.stat().st_mode & 0o077 == 0
    content = backup.read_bytes()
    desk.haven("backup", backup).refused_plainly(2, "backup.tar", "is there already")
    assert backup.read_bytes() == content


def test_a_backup_is_not_restored_over_a_haven(desk: Desk, backup: Path) -> None:
    before = desk.held()
    said(["restore", str(backup), str(desk.home)]).refused_plainly(2, "is there already")
    assert desk.held() == before


@pytest.mark.parametrize("share", [0.0, 0.5, 0.98])
def test_a_backup_cut_short_leaves_nothing(desk: Desk, backup: Path, share: float) -> None:
    backup.write_bytes(backup.read_bytes()[: int(backup.stat().st_size * share)])
    before = listing(desk.folder)
    said(["restore", str(backup), str(desk.path("restored"))]).refused_plainly(2, "backup.tar", "not a backup")
    assert listing(desk.folder) == before


def test_a_file_that_is_no_backup(desk: Desk) -> None:
    before = listing(desk.folder)
    words = ["restore", str(desk.path("trust.txt")), str(desk.path("restored"))]
    said(words).refused_plainly(2, "trust.txt", "not a backup")
    assert listing(desk.folder) == before
