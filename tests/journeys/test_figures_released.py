"""A table leaves with figures beside its counts, under a rule that hides, rounds or moves them: what its recipient
gets, and what the certificate and the memory say of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from journeys_haven import Answered, Desk

from openhaven.haven import open_haven
from openhaven.records import reads

TABLE = "5-commissioner"
AGE = '[[fields]]\nname = "age_at_admission"\nreason = "to plan services for the ages that come"\n'
CHAPTER = '[[fields]]\nname = "diagnosis"\nprecision = "first character"\nreason = "by chapter of cause"\n'


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """Where a table by area asks for shares and for the mean and median age, as agreed and classified."""
    covered = '{ name = "postcode", precision = "area" },\n'
    age = '  { name = "age_at_admission" },\n'
    agreed = desk.paper("records", "40-agreement-005.toml", (f"  {covered}", f"  {covered}{age}"))
    looked = desk.paper(
        "records", "30-classification-tables.toml", ("fields = [{", 'fields = [{ name = "age_at_admission" }, {')
    )
    assert desk.haven("record", "agreement", agreed).status == 0
    assert desk.haven("record", "classification", looked).status == 0
    figures = 'figures = ["percent:postcode", "mean:age_at_admission", "median:age_at_admission"]'
    desk.application(
        TABLE, ('by = ["postcode", "diagnosis"], people = true', f'by = ["postcode"], {figures}'), (CHAPTER, AGE)
    )
    return desk


def released(desk: Desk, out: str) -> Answered:
    return desk.haven("release", desk.application(TABLE), "--out", desk.path("packages", out))


def under(desk: Desk, rule: str) -> None:
    """The installation and the agreement have this rule."""
    toml = desk.home / "haven.toml"
    toml.write_text(toml.read_text("utf-8").replace("[policy]\n", f'[policy]\ntable_rule = "{rule}"\n'), "utf-8")
    changed = desk.paper("records", "40-agreement-005.toml", ('table_rule = "HES-2018"', f'table_rule = "{rule}"'))
    assert desk.haven("record", "agreement", changed).status == 0


def opened(desk: Desk, out: str) -> list[dict[str, str]]:
    """The table as its recipient opens it; what they can check of it, they check."""
    package, folder = desk.path("packages", out), desk.path("opened", out)
    assert desk.haven("open", package, "--key", desk.path("keys", "commissioner.txt"), "--out", folder).status == 0
    checked = desk.haven("verify", package, "--trust", desk.path("trust.txt"), "--against", folder)
    assert checked.status == 0, checked
    (file,) = folder.glob("*-table.csv")
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def line_of(package: Path, kind: str) -> dict[str, Any]:
    face = json.loads((package / "certificate.json").read_text("utf-8"))
    return dict(next(line for line in face["lines"] if line["obligation"]["kind"] == kind))


@pytest.mark.parametrize("rule", ["HES-2018", "rounded-5", "cell-key-4"])
def test_figures_leave_with_a_table_and_the_certificate_says_how_they_were_made(asked: Desk, rule: str) -> None:
    if rule != "HES-2018":
        under(asked, rule)
    said = released(asked, "first")
    assert said.status == 0, said
    lines = opened(asked, "first")
    figures = ["percent of postcode", "mean of age_at_admission", "median of age_at_admission"]
    assert list(lines[0]) == ["postcode", "episodes", "people", *figures]
    assert lines[-1]["mean of age_at_admission"] not in ("*", "")
    line = line_of(asked.path("packages", "first"), "figures")
    assert "those of age_at_admission are made of the rows and attacked together with the counts" in line["says"]
    assert line["figures"]["searches given up"] == "0"
    assert f"rule {rule}" in line_of(asked.path("packages", "first"), "small-numbers")["says"]

    assert released(asked, "again").status == 0
    assert opened(asked, "again") == lines, "the same people and the same question print alike"
    assert "released before (1)" in line_of(asked.path("packages", "again"), "figures")["says"]
    asked.assert_sound()


def test_what_is_remembered_of_figures_stays_in_the_haven(asked: Desk) -> None:
    assert released(asked, "first").status == 0
    open_haven(asked.home, operator="the tests")
    found = reads.release("APP-005.R1")
    assert found is not None
    memory = reads.memory(found.index) or {}
    assert memory["measured"]["field"] == "age_at_admission"
    assert [share for share, _ in memory["measured"]["figures"]] == [None, 0.5]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"mean:age_at_admission"', '"mean:height"'), "of one column"),
        (('"percent:postcode"', '"rate"'), "rates need a population"),
        (('"percent:postcode"', '"percent:sex"'), "sex is not one of the fields counted by"),
        (('"median:age_at_admission"', '"p0:age_at_admission"'), "the least value, which never prints"),
    ],
)
def test_what_makes_no_sense_is_refused_plainly(asked: Desk, change: tuple[str, str], said: str) -> None:
    asked.application(TABLE, change)
    released(asked, "first").refused_plainly(2, said)
