"""An objection from its letter to the release that leaves its person out; nobody's number is ever in the log."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from journeys_haven import Desk

PAPER = """id = "OBJ-1"
state = "{state}"
received = {day}
people = "objectors.txt"
datasets = ["episodes"]
{decided}"""
SEEN = """
[decided]
document = "decision on objection 1"
by = "the data protection officer"
on = {day}
"""


def objected(desk: Desk, number: str, *, state: str = "upheld") -> Path:
    """Write the objection and its number beside it, and record it."""
    day = "2020-01-01"
    folder = desk.path("records")
    (folder / "objectors.txt").write_text(f"{number[:3]} {number[3:6]} {number[6:]}\n", encoding="ascii")
    decided = "" if state == "open" else SEEN.format(day=day)
    paper = folder / "60-objection-1.toml"
    paper.write_text(PAPER.format(state=state, day=day, decided=decided), encoding="utf-8")
    assert desk.haven("record", "objection", paper).status == 0
    return paper


def numbers_of(desk: Desk, package: str) -> set[str]:
    out = desk.path("opened", package)
    key = desk.path("keys", "cancer_audit.txt")
    assert desk.haven("open", desk.path("packages", package), "--key", key, "--out", out).status == 0
    (file,) = out.glob("*.parquet")
    return set(pq.read_table(file)["nhs_number"].to_pylist())


@pytest.fixture
def number(desk: Desk) -> str:
    """Somebody who would be in the cancer audit."""
    assert desk.release("2-cancer-audit").status == 0
    return sorted(numbers_of(desk, "2-cancer-audit"))[0]


def again(desk: Desk) -> Path:
    """The same application under another id, so that it is a release of its own."""
    text = desk.path("applications", "2-cancer-audit.toml").read_text("utf-8").replace("APP-002", "APP-002b")
    path = desk.path("applications", "2b-cancer-audit.toml")
    path.write_text(text, encoding="utf-8")
    return path


def test_whose_objection_was_upheld_is_left_out(desk: Desk, number: str) -> None:
    (first,) = desk.path("opened", "2-cancer-audit").glob("*.parquet")
    before = set(pq.read_table(first)["nhs_number"].to_pylist())
    objected(desk, number)
    release = ("release", again(desk), "--out", desk.path("packages", "2b-cancer-audit"))
    assert desk.haven(*release).status == 5  # with the former file it would tell who objected
    letter = desk.path("records", "destroyed.txt")
    letter.write_text("The file of APP-002.R1 was destroyed.", encoding="utf-8")
    destroyed = desk.haven("destroyed", "APP-002.R1", "--certificate", letter, "--said-by", "A. Smith, audit lead")
    assert destroyed.status == 0, destroyed
    answered = desk.haven(*release)
    assert answered.status == 0, answered
    assert numbers_of(desk, "2b-cancer-audit") == before - {number}


def test_while_it_is_open_a_person_decides(desk: Desk, number: str) -> None:
    objected(desk, number, state="open")
    assert desk.haven("decide", again(desk)).status == 4


def test_the_number_lies_in_the_vault_and_nowhere_else(desk: Desk, number: str) -> None:
    objected(desk, number)
    (held,) = (desk.home / "vault" / "objections").iterdir()
    assert held.read_text("ascii") == f"{number}\n" and held.stat().st_mode & 0o077 == 0
    assert number not in json.dumps(desk.entries())
    records = (desk.home / "records.sqlite3").read_bytes()
    assert number.encode() not in records and "objection_recorded" in json.dumps(desk.entries())
    desk.assert_sound()


def test_numbers_changed_in_the_vault_are_noticed_and_nothing_leaves(desk: Desk, number: str) -> None:
    objected(desk, number)
    (held,) = (desk.home / "vault" / "objections").iterdir()
    held.write_text("9990000018\n", encoding="ascii")
    answered = desk.haven("release", again(desk), "--out", desk.path("packages", "2b-cancer-audit"))
    answered.refused_plainly(2, "numbers in the vault are not those on record")


@pytest.mark.parametrize("text", ["", "9990000019\n", "Jo Carter\n"])
def test_a_file_that_names_nobody_is_refused_and_never_printed(desk: Desk, text: str) -> None:
    paper = objected(desk, "9990000018")
    before = desk.held()
    desk.path("records", "objectors.txt").write_text(text, encoding="ascii")
    answered = desk.haven("record", "objection", paper)
    answered.refused_plainly(2)
    assert "9990000019" not in answered.err and "Carter" not in answered.err
    assert desk.held() == before


class TestTypeOneWhereALawRequiresTheFlow:
    def words(self, desk: Desk, law: str) -> list[str]:
        (file,) = list(desk.path("incoming").glob("*/gp_events_northern.*"))[:1]
        return ["deliver", "gp_events", str(file), "--controller", "northern", "--route", "a law", "--required-by", law]

    def test_is_respected_unless_a_setting_says_otherwise(self, desk: Desk) -> None:
        desk.haven(*self.words(desk, "REG3-INFECTIONS")).refused_plainly(2, "respects Type 1 objections also where")

    def test_and_then_needs_the_law_on_record(self, desk: Desk) -> None:
        toml = desk.home / "haven.toml"
        toml.write_text(
            toml.read_text("utf-8").replace("[policy]\n", "[policy]\ntype_1_where_law_requires = false\n"), "utf-8"
        )
        for law in ("REG3-INFECTIONS", "NO-SUCH-LAW"):  # the first permits and requires nothing
            desk.haven(*self.words(desk, law)).refused_plainly(2, "a law that requires this is in force")
