"""What was released is remembered: a file that would tell who opted out since goes on in one of three ways only, and a
table is audited together with those that left before it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from journeys_haven import Answered, Desk

from openhaven.demo.national_check import answer_question
from openhaven.disclosure.files import File
from openhaven.haven import open_haven
from openhaven.haven.ledgers import ledgers_of
from openhaven.haven.remembering import files_held
from openhaven.model.facts import Facts
from openhaven.records import reads
from openhaven.release.ledger_file import read_ledgers
from openhaven.vault.describe import dataset

AUDIT, TABLE = "2-cancer-audit", "5-commissioner"


def some_more_opt_out(desk: Desk) -> None:
    """One in thirty of the people asked about opt out; those who had before, flow again."""
    question, reply = desk.path("question-later.dat"), desk.path("reply-later.dat")
    assert desk.haven("optouts", "ask", question).status == 0
    asked = [line.split(",")[0] for line in question.read_text("ascii").splitlines()]
    answer_question(question, reply, opted_out=tuple(asked[::30]))
    assert desk.haven("optouts", "load", reply).status == 0


@pytest.fixture
def table(desk: Desk) -> Desk:
    """Where a table by area alone is asked for."""
    fields = """
[[fields]]
name = "diagnosis"
precision = "first character"
reason = "by chapter of cause"
"""
    desk.application(TABLE, ('["postcode", "diagnosis"]', '["postcode"]'), (fields, ""))
    return desk


def released(desk: Desk, name: str, out: str, *options: str) -> Answered:
    return desk.haven("release", desk.application(name), "--out", desk.path("packages", out), *options)


def kept_of(desk: Desk, release: str) -> dict[str, Any]:
    open_haven(desk.home, operator="the tests")
    found = reads.release(release)
    assert found is not None
    return reads.memory(found.index) or {}


def exposed(said: Answered) -> int:
    found = re.search(r"--accept-exposed (\d+)", said.err)
    assert found, said
    return int(found[1])


@pytest.fixture
def refreshed(desk: Desk) -> Answered:
    """A file of an audit is released, some opt out, and it is asked for again."""
    assert released(desk, AUDIT, "first").status == 0
    some_more_opt_out(desk)
    return released(desk, AUDIT, "second")


def test_a_refresh_that_tells_who_opted_out_stops_and_names_three_ways(desk: Desk, refreshed: Answered) -> None:
    ways = ("New periods only", "Full replacement", "a named person accepts")
    refreshed.refused_plainly(5, "have opted out since", *ways)
    assert "haven destroyed APP-002.R1 --certificate FILE --said-by NAME" in refreshed.err
    assert exposed(refreshed) > 0
    assert not desk.path("packages", "second").exists()


def test_it_goes_on_once_the_former_file_is_certified_as_destroyed(desk: Desk, refreshed: Answered) -> None:
    paper = desk.path("destroyed.txt")
    paper.write_text("We destroyed the file and every copy.\n", "utf-8")

    said = desk.haven("destroyed", "APP-002.R1", "--certificate", paper, "--said-by", "R. Ahmed, data manager")

    assert said.status == 0 and "is destroyed" in said.out
    assert (desk.home / "releases" / "APP-002.R1" / "destroyed.txt").read_bytes() == paper.read_bytes()
    assert released(desk, AUDIT, "second").status == 0
    again = desk.haven("destroyed", "APP-002.R1", "--certificate", paper, "--said-by", "R. Ahmed")
    again.refused_plainly(2, "certified as destroyed already")


def test_it_goes_on_when_a_named_person_accepts_the_number_that_was_measured(desk: Desk, refreshed: Answered) -> None:
    number = exposed(refreshed)
    by = ("--accepted-by", "A. Okafor, Caldicott Guardian", "--because", "The audit cannot be repeated otherwise")

    other = released(desk, AUDIT, "second", "--accept-exposed", str(number + 1), *by)
    other.refused_plainly(2, f"{number} are exposed")
    nobody = released(desk, AUDIT, "second", "--accept-exposed", str(number))
    nobody.refused_plainly(2, "nobody is named who accepts it")

    said = released(desk, AUDIT, "second", "--accept-exposed", str(number), *by)
    assert said.status == 0 and "This replaces APP-002.R1; the recipient destroys the former file by " in said.out
    memory = kept_of(desk, "APP-002.R2")
    assert memory["accepted"]["exposed"] == number and "Okafor" in memory["accepted"]["by"]
    face = json.loads((desk.home / "releases" / "APP-002.R2" / "certificate-full.json").read_text("utf-8"))
    assert any(f"of {number} people that they opted out" in line for line in face["says"])
    public = (desk.path("packages", "second") / "certificate.json").read_text("utf-8")
    assert "Okafor" not in public


def test_a_table_is_held_against_the_files_that_its_own_recipient_has(desk: Desk) -> None:
    assert released(desk, AUDIT, "first").status == 0
    haven = open_haven(desk.home, operator="the tests")
    before = ledgers_of(haven, "episodes")

    def files_of(recipient: str) -> tuple[File, ...]:
        asked = SimpleNamespace(recipient=recipient, dataset="episodes", agreement="none")
        facts = Facts(dataset(haven.vault, "episodes"), ())
        return files_held(haven, SimpleNamespace(application=asked, facts=facts), before)  # type: ignore[arg-type]

    (file,) = files_of("CANCER-AUDIT")
    assert file.id == "APP-002.R1" and "diagnosis" in file.fields and len(file.records) > 0
    assert files_of("COMMISSIONER") == ()


def test_nothing_is_accepted_where_nobody_is_exposed(desk: Desk) -> None:
    by = ("--accept-exposed", "3", "--accepted-by", "A. Okafor", "--because", "to be sure")
    released(desk, AUDIT, "first", *by).refused_plainly(2, "nobody would be exposed")


def test_the_same_file_again_tells_nothing(desk: Desk) -> None:
    assert released(desk, AUDIT, "first").status == 0
    assert released(desk, AUDIT, "second").status == 0


def test_a_table_says_with_how_many_earlier_ones_it_was_audited(table: Desk) -> None:
    desk = table
    assert released(desk, TABLE, "first").status == 0
    some_more_opt_out(desk)
    assert released(desk, TABLE, "second").status == 0

    said = small_numbers(desk.path("packages", "second"))
    assert "together with the tables of this dataset released before (1)" in said


def small_numbers(package: Path) -> str:
    face = json.loads((package / "certificate.json").read_text("utf-8"))
    return str(next(line["says"] for line in face["lines"] if line["obligation"]["kind"] == "small-numbers"))


def test_what_is_remembered_cannot_be_changed_or_erased(table: Desk) -> None:
    desk = table
    assert released(desk, TABLE, "first").status == 0
    (held,) = desk.home.glob("vault/datasets/*/memory/*.parquet")
    held.write_bytes(b"PAR1")
    released(desk, TABLE, "second").refused_plainly(6, "what is remembered of release APP-005.R1 is not what was kept")


def test_what_a_release_that_never_came_on_record_left_is_swept(table: Desk) -> None:
    desk = table
    folder = desk.home / "vault" / "datasets" / "episodes" / "memory"
    folder.mkdir(parents=True)
    (folder / "APP-009.R1.parquet").write_bytes(b"left by a break")
    assert released(desk, TABLE, "first").status == 0
    assert sorted(each.name for each in folder.iterdir()) == ["APP-005.R1.parquet", "ledger.arrow"]


@pytest.mark.parametrize("harm", ["lost", "changed", "of another day"])
def test_a_ledger_that_is_lost_or_changed_is_made_again_from_the_releases(table: Desk, harm: str) -> None:
    desk = table
    ledger = desk.home / "vault" / "datasets" / "episodes" / "memory" / "ledger.arrow"
    assert released(desk, TABLE, "first").status == 0
    former = ledger.read_bytes()
    assert released(desk, AUDIT, "between").status == 0
    kept = ledger.read_bytes()
    if harm == "lost":
        ledger.unlink()
    else:
        ledger.write_bytes(former if harm == "of another day" else kept[:-900] + bytes(900))

    said = released(desk, TABLE, "second")

    assert said.status == 0, said
    assert "released before (1)" in small_numbers(desk.path("packages", "second"))
    open_haven(desk.home, operator="the tests")
    ledgers = read_ledgers(ledger)
    assert ledgers is not None and ledgers.digest == kept_of(desk, "APP-005.R2")["ledger"]
    assert [each.id for each in ledgers.covered] == ["APP-005.R1", "APP-002.R1", "APP-005.R2"]


# a file that leaves after a table


@pytest.fixture
def audited(desk: Desk) -> Desk:
    """Everybody counted by cause, with those who opted out, fewer than twenty being few; then the audit asks for the
    records of the cancers of those who did not. It stores the table too."""
    toml, rule = desk.home / "haven.toml", 'table_rule = "threshold-20"'
    toml.write_text(toml.read_text("utf-8").replace("[policy]\n", f"[policy]\n{rule}\n"), "utf-8")
    stored = f'{rule}\nstorage = ["CANCER-AUDIT"]'
    agreed = desk.paper("records", "40-agreement-005.toml", ('table_rule = "HES-2018"', stored))
    assert desk.haven("record", "agreement", agreed).status == 0
    area = '[[fields]]\nname = "postcode"\nprecision = "area"\nreason = "services are planned by area"\n'
    desk.application(TABLE, ('["postcode", "diagnosis"]', '["diagnosis"]'), (area, ""))
    assert released(desk, TABLE, "table").status == 0
    return desk


def test_a_file_is_held_against_the_tables_that_left_before(audited: Desk) -> None:
    said = released(audited, AUDIT, "audit")
    said.refused_plainly(
        5, "beside the table of release APP-005.R1", "are counted there and are not in it", "It is safe"
    )
    assert not audited.path("packages", "audit").exists()
    audited.assert_sound()


def test_it_goes_on_when_a_named_person_accepts_how_many_are_told_of(audited: Desk) -> None:
    number = exposed(released(audited, AUDIT, "audit"))
    by = ("--accepted-by", "A. Okafor, Caldicott Guardian", "--because", "It is the same team")
    assert released(audited, AUDIT, "audit", "--accept-exposed", str(number), *by).status == 0
    memory = kept_of(audited, "APP-002.R1")
    assert [each["kind"] for each in memory["exposed"]] == ["a table that left before"]
    face = json.loads((audited.home / "releases" / "APP-002.R1" / "certificate-full.json").read_text("utf-8"))
    assert any(f"of {number} people that they are counted there and not in this" in line for line in face["says"])
