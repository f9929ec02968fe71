"""`haven protect`: a ready table with totals, counts or amounts; what is wrong is said and nothing written."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from openhaven.disclosure.rules import HIDDEN
from openhaven.model.errors import BadInput, Unmet
from openhaven.tools.protect import ProtectRequest, protect

COUNTS = """area,sex,n
North,F,3
North,M,40
North,Total,43
South,F,50
South,M,60
South,Total,110
Total,F,53
Total,M,100
Total,Total,153
"""
BY = ("area", "sex")
RULE = ProtectRequest(BY, "n", rule="threshold-6")


def given(folder: Path, text: str) -> Path:
    (folder / "in.csv").write_text(text)
    return folder / "in.csv"


def test_counts_are_protected_and_written_with_their_metadata(tmp_path: Path) -> None:
    report = protect(given(tmp_path, COUNTS), tmp_path / "out.csv", RULE)
    lines = list(csv.DictReader((tmp_path / "out.csv").open()))
    assert [line["n"] for line in lines].count(HIDDEN) == report.first + report.second == 4
    assert lines[-1] == {"area": "Total", "sex": "Total", "n": "153"}
    metadata = json.loads((tmp_path / "out.csv-metadata.json").read_text())
    assert metadata["dc:conformsTo"] == "threshold-6"
    assert [each["titles"] for each in metadata["tableSchema"]["columns"]] == ["area", "sex", "n"]
    assert "no safe choice costs less" in report.as_text()


def test_the_metadata_names_file_and_columns_as_they_stand_there(tmp_path: Path) -> None:
    request = replace(RULE, by=("=area", "sex"))
    protect(given(tmp_path, COUNTS.replace("area,sex", "=area,sex")), tmp_path / "wards & areas #1.csv", request)
    metadata = json.loads((tmp_path / "wards & areas #1.csv-metadata.json").read_text())
    assert metadata["url"] == "wards%20%26%20areas%20%231.csv"
    heading = (tmp_path / "wards & areas #1.csv").read_text().splitlines()[0]
    assert ",".join(each["titles"] for each in metadata["tableSchema"]["columns"]) == heading == "'=area,sex,n"


def test_the_page_says_why_each_cell_is_hidden_and_json_too(tmp_path: Path) -> None:
    file = given(tmp_path, COUNTS.replace("North", "<b>North"))
    protect(file, tmp_path / "out.html", RULE)
    page = (tmp_path / "out.html").read_text()
    assert page.count('class="small"') == 5 and page.count('<span class="why">small or protects') == 4
    assert "<b>" not in page and "&lt;b&gt;North" in page and "threshold-6" in page
    protect(file, tmp_path / "out.json", RULE)
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["rule"] == "threshold-6" and {tuple(line["reasons"]) for line in document["lines"]} == {
        ("small or protects",),
        ("",),
    }


def test_a_hierarchy_gives_totals_between(tmp_path: Path) -> None:
    rows = ["ward,n", *(f"w{at},{count}" for at, count in enumerate([3, 40, 50, 60]))]
    text = "\n".join([*rows, "A,43", "B,110", "Total,153"])
    (tmp_path / "in_hierarchy_ward.csv").write_text("w0;A;*\nw1;A;*\nw2;B;*\nw3;B;*\n")
    request = ProtectRequest(("ward",), "n", rule="threshold-6", hierarchies=tmp_path)
    protect(given(tmp_path, text), tmp_path / "out.csv", request)
    lines = {line["ward"]: line["n"] for line in csv.DictReader((tmp_path / "out.csv").open())}
    assert lines["w0"] == lines["w1"] == HIDDEN and lines["Total"] == "153" and lines["B"] == "110"


AMOUNTS = """area,sex,cost,status,low,up
North,F,30,U,5,5
North,M,400,S,,
North,Total,430,S,,
South,F,500,S,,
South,M,600,S,,
South,Total,1100,S,,
Total,F,530,S,,
Total,M,1000,S,,
Total,Total,1530,S,,
"""
AMOUNT = ProtectRequest(BY, "cost", status="status", lower="low", upper="up")


def test_an_amount_with_an_exponent_prints_as_the_decimal_that_the_metadata_says(tmp_path: Path) -> None:
    protect(given(tmp_path, AMOUNTS.replace("M,1000,", "M,1e3,")), tmp_path / "out.csv", AMOUNT)
    lines = {(line["area"], line["sex"]): line["cost"] for line in csv.DictReader((tmp_path / "out.csv").open())}
    assert lines["Total", "M"] == "1000"


def test_amounts_are_kept_within_their_own_margins_and_shown_ones_stay(tmp_path: Path) -> None:
    report = protect(given(tmp_path, AMOUNTS), tmp_path / "out.csv", AMOUNT)
    assert report.first == 1 and report.cost == report.bound == 1500
    frozen = AMOUNTS.replace("South,M,600,S", "South,M,600,Z")
    report = protect(given(tmp_path, frozen), tmp_path / "out.csv", replace(AMOUNT, overwrite=True))
    lines = {(line["area"], line["sex"]): line["cost"] for line in csv.DictReader((tmp_path / "out.csv").open())}
    assert lines["South", "M"] == "600" and report.cost > 1500


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("Total,Total,153", "Total,Total,154", "Total and Total is 154, but its parts over area sum to 153"),
        ("South,M,60\n", "", "South and M is missing"),
        ("Total,F,53\nTotal,M,100\nTotal,Total,153\n", "", "totals over area are missing"),
        ("North,F,3\n", "North,F,-3\n", "must lie between 0"),
        ("North,F,3\n", "North,F,2.5\n", "'2.5' is not a count"),
        ("North,F,3\n", "North,F,3\nNorth,F,3\n", "North and F is given twice"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_and_nothing_written(tmp_path: Path, was: str, now: str, said: str) -> None:
    assert was in COUNTS
    with pytest.raises(BadInput, match=said.replace("(", r"\(")):
        protect(given(tmp_path, COUNTS.replace(was, now)), tmp_path / "out.csv", RULE)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in.csv"]


def test_a_hierarchy_that_misses_a_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in_hierarchy_area.csv").write_text("North;*\n")
    with pytest.raises(BadInput, match="'South' is part of"):
        protect(
            given(tmp_path, COUNTS), tmp_path / "out.csv", ProtectRequest(BY, "n", "threshold-6", hierarchies=tmp_path)
        )


def test_what_cannot_be_protected_is_named_and_nothing_written(tmp_path: Path) -> None:
    frozen = AMOUNTS.replace(",S,", ",Z,")
    with pytest.raises(Unmet, match="North and F cannot be protected"):
        protect(given(tmp_path, frozen), tmp_path / "out.csv", AMOUNT)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "change", [{"rule": None}, {"status": "n"}, {"lower": "n"}, {"by": ()}, {"by": ("area", "area")}]
)
def test_a_request_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ProtectRequest(**{"by": BY, "value": "n", "rule": "threshold-6", **change})  # type: ignore[arg-type]
