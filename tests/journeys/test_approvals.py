"""Given support on record, when its days pass, then the register tells how it stands and somebody is reminded."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from journeys_haven import Desk

from openhaven.haven import open_haven
from openhaven.haven.approvals import AUTHORITATIVE, COLUMNS, approvals, due
from openhaven.haven.as_csv import as_csv

PAPER = "50-support-cancer-audit.toml"
TODAY = dt.datetime.now(dt.UTC).date()


def record_again(desk: Desk, name: str, on: dt.date) -> None:
    """The support on record once more, with another day."""
    path = desk.path("records", PAPER)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = [f'{name} = "{on}"' if line.startswith(f"{name} =") else line for line in lines]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert desk.haven("record", "support", path).status == 0


def test_the_particulars_of_regulation_6_are_there_and_no_person_is_named(desk: Desk) -> None:
    (found,) = approvals(open_haven(desk.home))
    assert found["applicant"] == found["recipients"][0] != {"name": "CANCER-AUDIT", "address": ""}
    assert len(found["sources"]) == 2 and all(each["name"] for each in found["sources"])
    assert found["purpose"] == "clinical audit" and found["information"][0]["fields"]
    assert [each[0] for each in found["circumstances"]] == ["4", "5"]
    assert found["national_opt_out"] == "applies" and found["conditions"] and found["letter"]
    assert "Caldicott Guardian" not in str(found) and "data access team" not in str(found)


def test_a_use_is_shown_with_the_support_that_it_rests_on(desk: Desk) -> None:
    assert desk.release("2-cancer-audit").status == 0
    assert desk.release("1-university").status == 0
    assert [each["uses"] for each in approvals(open_haven(desk.home))] == [["APP-002.R1"]]


@pytest.mark.parametrize(
    ("ahead", "said", "standing"),
    [(61, "", "in force"), (60, "is due on", "in force"), (-1, "was due on", "in force, and its review is late")],
)
def test_a_review_is_called_to_mind_sixty_days_before(desk: Desk, ahead: int, said: str, standing: str) -> None:
    record_again(desk, "review", TODAY + dt.timedelta(days=ahead))
    lines = [line for line in desk.haven("status").out.splitlines() if "26-CAG-0101" in line and "yearly" in line]
    assert [said in line for line in lines] == ([True] if said else [])
    (found,) = approvals(open_haven(desk.home))
    assert found["id"] == "26-CAG-0101" and found["standing"] == standing and found["version"] == 2


def test_what_has_ended_stays_on_the_register_and_falls_due_no_more(desk: Desk) -> None:
    record_again(desk, "ends", TODAY - dt.timedelta(days=1))
    haven = open_haven(desk.home)
    assert [each["standing"] for each in approvals(haven)] == ["ended"] and due(haven) == ()


def test_the_register_as_csv_holds_all_of_it_and_runs_nothing(desk: Desk) -> None:
    desk.paper("records", PAPER, ('title = "Cancer', 'title = "=Cancer'))
    assert desk.haven("record", "support", desk.path("records", PAPER)).status == 0
    found = approvals(open_haven(desk.home))
    assert set(COLUMNS) == set(found[0])
    (row,) = csv.DictReader(io.StringIO(as_csv(found, COLUMNS)))
    assert row["title"].startswith("'=Cancer") and row["conditions"].count(";") == len(found[0]["conditions"]) - 1


def test_it_says_whose_register_counts() -> None:
    assert "Health Research Authority" in AUTHORITATIVE and "copy" in AUTHORITATIVE
