"""Who looked at what is in the private log before they saw it; its head is in the public one, and tells no number."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from journeys_haven import Desk

import openhaven
from openhaven.haven import Haven, open_haven
from openhaven.haven.looking import look_up
from openhaven.haven.periods import latest_time
from openhaven.model.settings import Log
from openhaven.records.kept import Looked
from openhaven.records.logstore import begin_log

BECAUSE = ("--because", "the Caldicott Guardian asked")


def looked(desk: Desk, *more: str) -> list[dict[str, Any]]:
    found = desk.haven("log", "looked", *BECAUSE, *more, "--json")
    assert found.status == 0, found
    return list(found.document)


def person(desk: Desk) -> str:
    return desk.path("question-fresh.dat").read_text("utf-8").split(",")[0].splitlines()[0].strip()


def private(desk: Desk, words: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(desk.home / "records.sqlite3", isolation_level=None)) as records:
        return list(records.execute(words))


def test_each_access_is_in_the_private_log_with_who_what_and_why(desk: Desk) -> None:
    assert desk.release("1-university").status == 0
    assert desk.haven("optouts", "ask", desk.path("question.dat")).status == 0
    assert desk.haven("backup", desk.path("copy.tar")).status == 0

    found = looked(desk)

    said = [(each["look_up"]["what"], each["look_up"]["of"], each["look_up"]["why"]) for each in found]
    assert said[-4:] == [
        ("content of the vault", "episodes", "release APP-001.R1"),
        ("every NHS number held", "national", "to ask the national check"),
        ("the whole haven, copied", "copy.tar", "haven backup"),
        ("who looked at what", "look-ups", "the Caldicott Guardian asked"),
    ]
    assert {each["operator"] for each in found} == {"the tests"}
    text = desk.haven("log", "looked", *BECAUSE).out
    assert "the tests: content of the vault, episodes: release APP-001.R1" in text
    desk.assert_sound()


def test_a_file_of_people_is_looked_at(desk: Desk) -> None:
    assert desk.release("6-trial").status == 0
    assert [each["look_up"]["of"] for each in looked(desk) if each["look_up"]["what"] == "a file of people"] == [
        "application APP-006"
    ]


def test_who_looked_at_one_person_is_found_by_their_number_which_is_nowhere(desk: Desk) -> None:
    number, other = person(desk), "9990000018"
    haven = open_haven(desk.home, operator="a receptionist")
    look_up(haven, Looked.PERSON, of="my-uses", why="they asked", nhs_number=number)

    found = looked(desk, "--person", number)

    assert (found[0]["operator"], found[0]["look_up"]["why"]) == ("a receptionist", "they asked")
    assert len(found) == 2, "and this look-up itself"
    assert len(looked(desk, "--person", other)) == 1
    assert number.encode() not in (desk.home / "records.sqlite3").read_bytes()
    desk.haven("log", "looked", *BECAUSE, "--person", "9990000000").refused_plainly(2, "not a valid NHS number")
    desk.haven("log", "looked").refused_plainly(2, "nothing says why")
    desk.haven("log", "looked", "--because", f"{number} asked").refused_plainly(2, "NHS number, which stands nowhere")


def test_nothing_is_looked_at_that_cannot_be_entered(desk: Desk) -> None:
    private(desk, "create trigger no_more before insert on records_privateentry begin select raise(abort, 'full'); end")
    for status, words in (
        (6, ["release", desk.application("1-university"), "--out", desk.path("packages", "1")]),  # it sees the trigger
        (1, ["optouts", "ask", desk.path("question.dat")]),
        (1, ["backup", desk.path("copy.tar")]),
    ):
        assert desk.haven(*words).status == status
    assert not any(desk.path(*each).exists() for each in (("packages", "1"), ("question.dat",), ("copy.tar",)))


def at_day(desk: Desk, now: dt.datetime) -> Haven:
    """The haven on another day."""
    return open_haven(desk.home, operator="the tests", clock=lambda: now)


def test_its_head_is_entered_at_the_fixed_time_and_filled_up_so_that_no_number_shows(desk: Desk) -> None:
    today = dt.datetime.now(dt.UTC).replace(hour=12)  # so that an hour and more of look-ups stays within the day
    at_day(desk, today + dt.timedelta(days=1)).act()
    for day, count in enumerate((0, 5, 63, 64), start=1):
        begun = private(desk, "select size from records_head where id = 2")[0][0]
        for n in range(count):
            haven = at_day(desk, today + dt.timedelta(days=day, minutes=n))
            look_up(haven, Looked.CONTENT, of="episodes", why=f"look-up {n}")
        at_day(desk, today + dt.timedelta(days=day + 1)).act()
        size = private(desk, "select size from records_head where id = 2")[0][0]
        assert size % 64 == 0 and size - begun == (128 if count == 64 else 64)
        entries = private(desk, f'select type, time, length(data) from records_privateentry where "index" >= {begun}')
        assert len(set(entries)) == 1, "those that only fill cannot be told from the others"
        last = "select data from records_body where name = 'private_head' order by entry_id desc limit 1"
        assert json.loads(private(desk, last)[0][0])["size"] == size
    desk.assert_sound()


def test_the_public_log_says_nothing_of_it_but_a_salted_commitment(desk: Desk) -> None:
    at_day(desk, dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).act()
    entry = desk.entries()[-1]
    assert entry["type"] == "private_head"
    assert entry["ids"] == {} and set(entry["commitments"]) == {"private_head", "operator"}


def test_the_command_for_a_timer_enters_it_once(desk: Desk) -> None:
    desk.haven("optouts", "ask", desk.path("q.dat"))
    before = len(desk.entries())
    assert desk.haven("log", "private-head", "--json").document == {"entered": False}
    assert len(desk.entries()) == before


CHANGES = {
    "a look-up edited": "update records_privatebody set data = x'7b7d' where entry_id = 0 and name = 'look_up'",
    "an entry": 'update records_privateentry set data = leaf where "index" = 1',
    "a node": 'update records_privatenode set hash = zeroblob(32) where level = 0 and "index" = 1',
    "the head": "update records_head set size = size - 1 where id = 2",
    "all of it": "delete from records_privatebody; delete from records_privatenode; delete from records_privateentry",
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_in_it_is_found(desk: Desk, change: str) -> None:
    looked(desk)
    desk.assert_sound()
    for each in CHANGES[change].split("; "):
        private(desk, "pragma foreign_keys = off")
        private(desk, each)
    desk.haven("log", "fsck").refused_plainly(6, "the private log")


def test_one_made_anew_and_signed_anew_does_not_begin_as_the_public_log_says(desk: Desk) -> None:
    """Even the operator's own key makes no other history of it."""
    assert "private_head" in {each["type"] for each in desk.entries()}
    for table in ("privatebody", "privatenode", "privateentry"):
        private(desk, f"delete from records_{table}")
    private(desk, "delete from records_head where id = 2")
    haven = open_haven(desk.home, operator="the tests")
    with begin_log(act=haven.bare_act(), origin=haven.settings.haven.origin):
        pass
    for n in range(70):
        look_up(haven, Looked.CONTENT, of="episodes", why=f"harmless {n}")
    desk.haven("log", "fsck").refused_plainly(6, "the private log", "these are not there")


READS = ("haven.engine(", "vault.delivery(", "numbers_held(", "objecting_numbers(", "consents_of(", "listed_people(",
         "recorded_consents(", "own_records(", "yes_of(", "no_of(", "deliveries_held(")  # fmt: skip
ENTERED = {
    "releasing.py": "enters the look-up before the engine is opened",
    "my_uses.py": "enters the look-up of the person first",
    "own_records.py": "for a copy, which is entered first",
    "own_choices.py": "for a copy or for the person's own page, which is entered first",
    "copying.py": "enters the look-up of the person first",
    "my.py": "enters the look-up of the person first",
    "national.py": "enters that the numbers held are read; the reply is an act of its own",
    "lists.py": "where the lists lie; who reads them is one of these",
    "supplies.py": "for a release, which was entered",
    "standing.py": "digests only, for a release",
    "deciding.py": "where deliveries lie, not what they hold",
    "consents.py": "where they lie; read for a release",
    "objections.py": "where they lie; read for a release",
    "people.py": "where a file of people lies; read for a release",
}


def test_no_other_module_reads_records_of_people() -> None:
    """Whoever opens another way to them must say how it is entered."""
    folder = Path(openhaven.__file__).parent
    modules = [path for room in ("haven", "cli", "web") for path in (folder / room).rglob("*.py")]
    found = {path.name for path in modules if any(each in path.read_text("utf-8") for each in READS)}
    assert found <= set(ENTERED)


@pytest.mark.parametrize(
    ("times", "at", "found"),
    [
        (("00:00",), "2026-11-22T12:00:00+00:00", "2026-11-22T00:00:00+00:00"),
        (("00:00",), "2026-07-01T23:30:00+00:00", "2026-07-01T23:00:00+00:00"),  # midnight in London, in summer
        (("06:00", "18:00"), "2026-11-22T05:59:00+00:00", "2026-11-21T18:00:00+00:00"),
        (("06:00", "18:00"), "2026-11-22T18:00:00+00:00", "2026-11-22T18:00:00+00:00"),
    ],
)
def test_the_fixed_times_are_civil_times_in_london(times: tuple[str, ...], at: str, found: str) -> None:
    assert latest_time(Log(private_at=times), dt.datetime.fromisoformat(at)) == dt.datetime.fromisoformat(found)


def test_what_was_said_of_a_look_up_can_be_erased_and_who_did_it_and_why_stays(desk: Desk) -> None:
    index = looked(desk)[-1]["index"]
    erase = ("log", "erase", str(index), "--private")
    desk.haven(*erase, "--body", "look_up").refused_plainly(2, "say why")
    desk.haven(*erase, "--body", "record", "--because", "x").refused_plainly(2, "look_up, operator")
    number = person(desk)
    desk.haven(*erase, "--body", "look_up", "--because", f"it named {number}").refused_plainly(2, "NHS number")
    desk.haven("log", "erase", "999", "--private", "--body", "look_up", "--because", "x").refused_plainly(2, "no body")

    said = desk.haven(*erase, "--body", "look_up", "--because", "it named a person", "--json")

    assert said.status == 0, said
    assert [each["index"] for each in looked(desk) if each["look_up"] is None] == [index]
    assert "(erased)" in desk.haven("log", "looked", *BECAUSE).out
    desk.haven(*erase, "--body", "look_up", "--because", "again").refused_plainly(2, "erased already")
    by = str(said.document["by"])
    desk.haven("log", "erase", by, "--private", "--body", "operator", "--because", "hide it").refused_plainly(
        2, "stays"
    )
    ((reason,),) = private(desk, f"select data from records_privatebody where entry_id = {by} and name = 'erasure'")
    assert json.loads(reason) == {"reason": "it named a person"}
    assert private(
        desk, f"select data, salt from records_privatebody where entry_id = {index} and name = 'look_up'"
    ) == [(b"", b"")]
    fsck = desk.haven("log", "fsck", "--json").document
    assert fsck["private"]["erased"] == 1 and fsck["erased"] == 0
    desk.assert_sound()
