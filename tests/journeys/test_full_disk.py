"""A disk that fills up: said plainly, nothing half written, nothing lost, and it goes on once there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from journeys_haven import HELD_BACK, Desk, listing
from journeys_starter import Ended, Starter

LISTED = "6-trial"
Room = Callable[[int], None]  # leave that many KiB free
Start = Callable[[Desk, list[str]], Ended]


class SmallDisk:
    """A file system of its own in memory, whose size can be set."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        _mount("-t", "tmpfs", "-o", "size=64m", "none", str(folder))

    def leave(self, kib: int) -> None:
        """Make it just large enough for what it holds and that much more."""
        told = os.statvfs(self.folder)
        used = (told.f_blocks - told.f_bfree) * told.f_frsize // 1024
        _mount("-o", f"remount,size={used + kib}k", str(self.folder))

    def end(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


def _mount(*options: str) -> None:
    done = subprocess.run(["mount", *options], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount a small file system")
    made = SmallDisk(tmp_path / "disk")
    yield made
    made.end()


@pytest.fixture
def full_desk(disk: SmallDisk, havens: Path) -> Desk:
    """A desk on the small disk."""
    return Desk(Path(shutil.copytree(havens / "fresh", disk.folder / "desk")))


@pytest.fixture
def start(starter: Starter, tmp_path: Path) -> Callable[..., Ended]:
    """Starts a command in a process of its own."""

    def started(desk: Desk, words: list[str], *, largest_file: int = 0) -> Ended:
        arguments = desk.arguments(*words)
        return starter.run(arguments, said=tmp_path / "said", watch=desk.folder, largest_file=largest_file)

    return started


def then_said_plainly(ended: Ended) -> None:
    assert ended.status == 1, ended
    assert ended.out == "" and ended.err.startswith("haven: ") and ended.err.count("\n") == 1, ended
    assert "Traceback" not in ended.err and "our fault" not in ended.err, ended
    assert any(word in ended.err for word in ("space", "room", "disk", "too large")), ended


def releasing(desk: Desk) -> list[str]:
    return ["release", str(desk.application(LISTED)), "--out", str(desk.path("packages", LISTED))]


def then_handed_over(desk: Desk) -> None:
    desk.assert_sound()
    package = desk.path("packages", LISTED)
    assert desk.haven("verify", package, "--trust", desk.path("trust.txt")).status == 0
    assert desk.haven("status", "--json").document["unfinished"] == []
    assert listing(desk.home / "work") == set()
    assert listing(desk.path("packages")) == {LISTED} | {f"{LISTED}/{each}" for each in listing(package)}


@pytest.mark.parametrize("kib", [0, 60, 140])
def test_a_delivery_when_the_disk_fills_up(
    disk: SmallDisk, full_desk: Desk, start: Callable[..., Ended], kib: int
) -> None:
    before = full_desk.held()
    disk.leave(kib)

    ended = start(full_desk, full_desk.delivery(full_desk.episodes(HELD_BACK)))

    then_said_plainly(ended)
    disk.leave(40_000)
    assert full_desk.held() == before
    full_desk.assert_sound()
    assert full_desk.deliver(full_desk.episodes(HELD_BACK)).status == 0
    full_desk.assert_sound()


@pytest.mark.parametrize("kib", [0, 40, 140, 200])
def test_a_release_when_the_disk_fills_up(
    disk: SmallDisk, full_desk: Desk, start: Callable[..., Ended], kib: int
) -> None:
    disk.leave(kib)

    ended = start(full_desk, releasing(full_desk))

    then_said_plainly(ended)
    disk.leave(40_000)
    full_desk.assert_sound()
    entered = [each["type"] for each in full_desk.entries()].count("released")
    assert ("--resume" in ended.err) is bool(entered), ended
    if entered:
        assert full_desk.haven("release", "--resume").status == 0
    else:
        assert not full_desk.path("packages", LISTED).exists() and listing(full_desk.home / "work") == set()
        assert full_desk.release(LISTED).status == 0
    then_handed_over(full_desk)


def test_the_disk_for_the_package_is_full_when_it_is_handed_over(
    disk: SmallDisk, desk: Desk, start: Callable[..., Ended]
) -> None:
    disk.leave(8)
    words = ["release", str(desk.application(LISTED)), "--out", str(disk.folder / "package")]

    ended = start(desk, words)

    then_said_plainly(ended)
    assert "APP-006.R1 is in the log" in ended.err and "haven release --resume" in ended.err
    assert listing(disk.folder) == set(), "nothing half written lies there"
    assert start(desk, ["release", "--resume"]).status == 1, "still no room"
    disk.leave(4_000)
    assert desk.haven("release", "--resume").status == 0
    assert desk.haven("verify", disk.folder / "package", "--trust", desk.path("trust.txt")).status == 0
    desk.assert_sound()


def test_the_disk_for_a_letter_is_full(disk: SmallDisk, desk: Desk, start: Callable[..., Ended]) -> None:
    disk.leave(4)

    ended = start(desk, ["release", str(desk.application("3-insurer")), "--out", str(disk.folder / "letter")])

    then_said_plainly(ended)
    assert listing(disk.folder) == set(), "no half letter"


@pytest.mark.parametrize("largest_file", [2_000, 60_000])
def test_a_delivery_when_no_file_may_grow_further(desk: Desk, start: Callable[..., Ended], largest_file: int) -> None:
    before = desk.held()

    ended = start(desk, desk.delivery(desk.episodes(HELD_BACK)), largest_file=largest_file)

    then_said_plainly(ended)
    assert desk.held() == before
    desk.assert_sound()


@pytest.mark.parametrize("largest_file", [2_000, 60_000])
def test_a_release_when_no_file_may_grow_further(desk: Desk, start: Callable[..., Ended], largest_file: int) -> None:
    ended = start(desk, releasing(desk), largest_file=largest_file)

    then_said_plainly(ended)
    desk.assert_sound()
    entered = [each["type"] for each in desk.entries()].count("released")
    assert ("--resume" in ended.err) is bool(entered), ended
    assert not desk.path("packages", LISTED).exists()
    assert entered or listing(desk.home / "work") == set()
