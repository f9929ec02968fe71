"""The national check and Type 1 lists: an answer that cannot be right is refused, and one too old stops a release."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from journeys_haven import Desk, listing

from openhaven.demo.national_check import answer_question
from openhaven.haven import open_haven
from openhaven.haven.delivering import Sent, deliver
from openhaven.model.errors import BadInput


def ask(desk: Desk, name: str, *, opted_out: tuple[str, ...] = ()) -> Path:
    """Ask the national check, and have the service write its reply with its control file. Returns the reply."""
    question, reply = desk.path(f"question-{name}.dat"), desk.path(f"reply-{name}.dat")
    assert desk.haven("optouts", "ask", question).status == 0
    answer_question(question, reply, opted_out=opted_out)
    return reply


@pytest.fixture
def reply(desk: Desk) -> Path:
    """The reply to a question that is open."""
    return ask(desk, "open")


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


def test_an_old_reply_is_not_the_answer_to_a_newer_question_though_its_numbers_fit(desk: Desk) -> None:
    """Somebody opts out between two questions about the same people: with the old reply they would still flow."""
    old = ask(desk, "earlier")
    new = ask(desk, "later", opted_out=(old.read_text("ascii").splitlines()[0].rstrip(","),))
    before = desk.held()

    desk.haven("optouts", "load", old).refused_plainly(2, "it answers question NDO-0003", "NDO-0004 was asked after it")

    assert desk.held() == before
    assert desk.haven("optouts", "load", new).status == 0


def test_nor_is_an_old_reply_whose_control_file_was_lost(desk: Desk) -> None:
    old = ask(desk, "earlier")
    old.with_suffix(".ctl").unlink()
    ask(desk, "later")
    before = desk.held()

    desk.haven("optouts", "load", old).refused_plainly(2, "nothing says that this is the reply to question NDO-0004")

    assert desk.held() == before


def test_a_question_is_answered_once(desk: Desk, reply: Path) -> None:
    assert desk.haven("optouts", "load", reply).status == 0
    before = desk.held()

    desk.haven("optouts", "load", reply).refused_plainly(2, "NDO-0003", "was answered already", "haven optouts ask")

    assert desk.held() == before


def test_a_reply_may_be_named_as_the_message_was(desk: Desk, reply: Path) -> None:
    """As the pages of MESH name what they give back."""
    local_id = desk.path("question-open.ctl").read_text("utf-8").split("<LocalId>")[1].split("<")[0]
    named = desk.path(f"{local_id}.dat")
    reply.rename(named)
    reply.with_suffix(".ctl").unlink()

    assert desk.haven("optouts", "load", named).status == 0


def test_without_a_control_file_the_operator_says_which_question_it_answers(desk: Desk, reply: Path) -> None:
    reply.with_suffix(".ctl").unlink()
    before = desk.held()
    desk.haven("optouts", "load", reply).refused_plainly(2, "reply-open.ctl", "--question NDO-0003")
    desk.haven("optouts", "load", reply, "--question", "NDO-0001").refused_plainly(2, "NDO-0001 is not open")
    assert desk.held() == before

    assert desk.haven("optouts", "load", reply, "--question", "NDO-0003").status == 0


def test_the_operators_word_does_not_make_an_old_reply_a_new_one(desk: Desk, reply: Path) -> None:
    bare = desk.path("again.dat")
    shutil.copyfile(desk.path("reply-fresh.dat"), bare)
    before = desk.held()

    said = desk.haven("optouts", "load", bare, "--question", "NDO-0003")

    said.refused_plainly(2, "the very same numbers were loaded before, as the reply to NDO-0002")
    assert desk.held() == before


@pytest.mark.parametrize(
    ("control", "says"),
    [
        ("<DTSControl><LocalId>another haven's</LocalId></DTSControl>", "names no question of this haven"),
        ("not a control file", "this is not a control file of MESH"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><DTSControl><LocalId>&b;</LocalId></DTSControl>', "declares a document type"),
    ],
    ids=["of another", "not XML", "with entities"],
)
def test_a_control_file_that_says_something_else_is_not_overruled(
    desk: Desk, reply: Path, control: str, says: str
) -> None:
    reply.with_suffix(".ctl").write_text(control, "utf-8")
    before = desk.held()

    desk.haven("optouts", "load", reply, "--question", "NDO-0003").refused_plainly(2, says)

    assert desk.held() == before


def test_the_question_and_its_control_file_are_for_their_owner_alone(desk: Desk) -> None:
    reply = ask(desk, "private")
    for path in (desk.path("question-private.dat"), desk.path("question-private.ctl")):
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert reply.exists()


def test_into_a_folder_the_question_goes_under_the_name_that_the_service_advises(desk: Desk) -> None:
    out = desk.path("outbox")
    out.mkdir()
    desk.haven("optouts", "ask", out).refused_plainly(2, "outbox", "is a folder", "optouts.mailbox")
    toml = desk.home / "haven.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[optouts]\nmailbox = "X26OT001"\n', "utf-8")

    assert desk.haven("optouts", "ask", out).status == 0

    data, control = sorted(out.iterdir(), reverse=True)
    assert data.name.startswith("X26OT001-") and data.name.endswith("-0003.dat") and control.stem == data.stem
    assert "<From_DTS>X26OT001</From_DTS>" in control.read_text("utf-8")


def test_an_answer_too_old_stops_the_release_with_status_5_and_nothing_is_left(old_desk: Desk) -> None:
    before = old_desk.held()

    said = old_desk.release("2-cancer-audit")

    said.refused_plainly(5, "days old; 21 are allowed", "haven optouts ask")
    assert not old_desk.path("packages").exists()
    assert old_desk.held().files == before.files and listing(old_desk.home / "work") == set()
    assert [each["type"] for each in old_desk.entries()][-1] == "decided", "no more than the decision is entered"
    assert old_desk.haven("release", "--resume").out == "Finished: nothing was unfinished.\n"
    old_desk.assert_sound()


def test_an_answer_too_old_is_said_by_check(old_desk: Desk) -> None:
    checked = old_desk.haven("optouts", "check")
    assert "national (may flow): " in checked.out
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
    desk.haven("optouts", "ask", desk.path("no", "such", "folder.dat")).refused_plainly(2, "there is no such folder")
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


def test_a_type_1_list_of_plain_numbers(desk: Desk) -> None:
    """With a heading, or numbers as people write them; a mistyped one would leave its person's objection unheard."""
    listed = desk.path("objectors.txt")
    load = ("optouts", "load", listed, "--type-1", "--controller", "northern")
    for text, objecting in (("nhs_number\n999 000 0018\n9990001235\n", 2), ("9990000018,\n", 1), ("nhs_number\n", 0)):
        listed.write_text(text, "utf-8")
        assert f"{objecting} p" in desk.haven(*load).out
    listed.write_text("9990000018\n9990001235\n", "utf-8")
    desk.haven(*load)
    listed.write_text("9990000018\n", "utf-8")
    assert "1 person objects. It replaces the list before, of 2." in desk.haven(*load).out
    before = desk.held()
    for text, says in (
        ("9990000018\n999 000 1234\n", "line 2 is not a valid NHS number"),
        ("999 000 1234\n", "line 1 is not a valid NHS number"),
        ("", "the file is empty"),
    ):
        listed.write_text(text, "utf-8")
        said = desk.haven(*load)
        said.refused_plainly(2, says)
        assert "1234" not in said.err
    assert desk.held() == before


def test_gp_data_is_not_taken_in_under_an_old_list_of_type_1_objectors(desk: Desk) -> None:
    """Who objected since the list was loaded would be taken in."""
    events = next(desk.path("incoming").glob("*/gp_events_northern.csv"))
    assert desk.haven("optouts", "load", events, "--type-1", "--controller", "northern").status == 0
    sent = Sent("northern", "direction", ("type 1",), "the practices")
    before = desk.held()

    in_three_weeks = dt.datetime.now(dt.UTC) + dt.timedelta(days=22)
    haven = open_haven(desk.home, operator="the tests", clock=lambda: in_three_weeks)
    with pytest.raises(BadInput, match=r"22 days old .* relied on for 21.* made anew"):
        deliver(haven, "gp_events", [events], sent=sent)

    assert desk.held() == before
    screened = ("--screened", "type 1", "--screened-by", "the practices")
    assert desk.deliver(events, *screened, controller="northern", dataset="gp_events").status == 0


def test_a_type_1_list_of_nobody_on_record_is_refused(desk: Desk, tmp_path: Path) -> None:
    """Its objectors would be looked for under a name that no delivery has, and found nowhere."""
    listed = tmp_path / "objectors.csv"
    listed.write_text("nhs_number\n9990000018\n", "utf-8")
    before = desk.held()
    said = desk.haven("optouts", "load", listed, "--type-1", "--controller", "aldermoor-surgery-misspelt")
    said.refused_plainly(2, "aldermoor-surgery-misspelt is not an organisation of record")
    assert desk.held() == before
