"""The national check and Type 1 lists: an answer that cannot be right is refused, and one too old stops a release."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from journeys_haven import Desk, listing


@pytest.fixture
def reply(desk: Desk) -> Path:
    """The answer that the haven took in, as a file that could be loaded again."""
    return desk.path("reply-fresh.dat")


def _with_a_stranger(numbers: list[str]) -> list[str]:
    return [*numbers, "9999999999,"]


def _empty(numbers: list[str]) -> list[str]:
    return []


def _with_most_gone(numbers: list[str]) -> list[str]:
    return numbers[: len(numbers) // 2]


def _damaged(numbers: list[str]) -> list[str]:
    return [*numbers[:10], numbers[10][:6], *numbers[11:]]


def _an_error(numbers: list[str]) -> list[str]:
    return ["ERROR: the file is not in the right form"]


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        (_with_a_stranger, "1 of the numbers returned were never asked about"),
        (_empty, "the answer is empty although numbers were asked about"),
        (_with_most_gone, "leaves out"),
        (_damaged, "line 11 is not a number followed by a comma"),
        (_an_error, "the service refused the question"),
    ],
    ids=["not a part of what was asked", "empty", "most are gone", "damaged", "an error instead"],
)
def test_an_answer_that_cannot_be_right_leaves_the_one_in_use(
    desk: Desk, reply: Path, spoilt: Callable[[list[str]], list[str]], says: str
) -> None:
    numbers = reply.read_text("ascii").splitlines()
    reply.write_text("".join(f"{line}\n" for line in spoilt(numbers)), "ascii")
    before = desk.held()

    said = desk.haven("optouts", "load", reply)

    said.refused_plainly(2, says)
    assert not any(number.rstrip(",") in said.err for number in [*numbers, "9999999999"]), "no number is printed"
    assert desk.held() == before
    assert desk.haven("decide", desk.application("2-cancer-audit")).status == 0


def test_an_answer_to_an_earlier_question_is_an_answer_to_the_latest_only_where_it_fits(desk: Desk) -> None:
    assert desk.deliver(desk.episodes("carrowdale")).status == 0
    assert desk.haven("optouts", "ask", desk.path("question.dat")).status == 0
    before = desk.held()

    desk.haven("optouts", "load", desk.path("reply-fresh.dat")).refused_plainly(2, "leaves out")

    assert desk.held() == before


def test_an_answer_too_old_stops_the_release_with_status_5_and_nothing_is_left(old_desk: Desk) -> None:
    before = old_desk.held()

    said = old_desk.release("2-cancer-audit")

    said.refused_plainly(5, "30 days old; 21 are allowed", "haven optouts ask")
    assert not old_desk.path("packages").exists()
    assert old_desk.held().files == before.files and listing(old_desk.home / "work") == set()
    assert [each["type"] for each in old_desk.entries()][-1] == "decided", "no more than the decision is entered"
    assert old_desk.haven("release", "--resume").out == "Finished: nothing was unfinished.\n"
    old_desk.assert_sound()


def test_an_answer_too_old_is_said_by_check(old_desk: Desk) -> None:
    checked = old_desk.haven("optouts", "check")
    assert checked.status == 0 and "too old to be relied on" in checked.out


def test_a_list_changed_behind_the_records_back_is_not_relied_on(desk: Desk) -> None:
    (held,) = [path for path in (desk.home / "vault/optouts").iterdir() if path.name.startswith("national,")]
    (asked,) = [path for path in (desk.home / "vault/optouts").iterdir() if path.name.startswith("national-asked,")]
    held.write_bytes(asked.read_bytes())

    desk.release("2-cancer-audit").refused_plainly(2, "is not the one on record")

    assert not desk.path("packages").exists()


def test_the_question_is_not_written_over_a_file(desk: Desk) -> None:
    there = desk.path("trust.txt")
    content, before = there.read_bytes(), desk.held()

    desk.haven("optouts", "ask", there).refused_plainly(2, "trust.txt", "is there already")

    assert there.read_bytes() == content and desk.held() == before


def test_a_question_that_cannot_be_written_was_not_asked(desk: Desk) -> None:
    before = desk.held()
    desk.haven("optouts", "ask", desk.path("no", "such", "folder.dat")).refused_plainly(2, "No such file or directory")
    assert desk.held() == before


def test_a_type_1_list_belongs_to_a_controller(desk: Desk, reply: Path) -> None:
    before = desk.held()
    desk.haven("optouts", "load", reply, "--type-1").refused_plainly(2, "belongs to a controller", "--controller")
    assert desk.held() == before


def test_a_type_1_list_with_a_day_that_is_none(desk: Desk) -> None:
    events = next(desk.path("incoming").glob("*/gp_events_northern.csv"))
    heading, first, *_ = events.read_text("utf-8").splitlines()
    cells = dict(zip(heading.split(","), first.split(","), strict=True))
    cells |= {"code": "827241000000103", "event_date": "31/31/2020"}
    events.write_text(f"{heading}\n{','.join(cells.values())}\n", "utf-8")
    before = desk.held()

    said = desk.haven("optouts", "load", events, "--type-1", "--controller", "northern")

    said.refused_plainly(2, "gp_events_northern.csv", "is not a date")
    assert desk.held() == before
