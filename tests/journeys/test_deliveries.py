"""Files that cannot be taken in: one plain message says what is wrong, where, and what to do; nothing changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from journeys_haven import HELD_BACK, Desk

CSV_TRUST = "aldermoor"  # delivers CSV, carrowdale NDJSON, brackenfield Parquet


@pytest.fixture
def sheet(desk: Desk) -> Path:
    """A CSV file that could be delivered: a few episodes with new numbers, of the trust that is held back."""
    lines = desk.episodes(CSV_TRUST).read_text("utf-8").splitlines()[:40]
    path = desk.path("incoming", "sheet.csv")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def put(sheet: Path, *, column: str, row: int, value: str) -> None:
    """Write a value into a cell; rows count from 1 after the heading."""
    lines = [line.split(",") for line in sheet.read_text("utf-8").splitlines()]
    lines[row][lines[0].index(column)] = value
    sheet.write_text("\n".join(",".join(line) for line in lines) + "\n", "utf-8")


def refused(desk: Desk, file: Path, *words: str) -> None:
    """The delivery is refused with these words, and the haven is as before."""
    before = desk.held()
    desk.deliver(file).refused_plainly(2, *words)
    assert desk.held() == before
    desk.assert_sound()


def test_an_unknown_column(desk: Desk, sheet: Path) -> None:
    heading, *rows = sheet.read_text("utf-8").splitlines()
    sheet.write_text("\n".join([f"{heading},shoe_size", *(f"{row},9" for row in rows)]) + "\n", "utf-8")
    refused(desk, sheet, "sheet.csv", "shoe_size", "nothing undescribed is taken in")


def test_a_missing_column(desk: Desk, sheet: Path) -> None:
    rows = [line.rsplit(",", 1)[0] for line in sheet.read_text("utf-8").splitlines()]
    sheet.write_text("\n".join(rows) + "\n", "utf-8")
    refused(desk, sheet, "sheet.csv", "missing column: age_at_admission")


def test_a_value_of_the_wrong_type(desk: Desk, sheet: Path) -> None:
    put(sheet, column="age_at_admission", row=7, value="forty")
    refused(desk, sheet, "sheet.csv", "row 7", "age_at_admission", "not of type integer", "--quarantine")


def test_a_day_that_is_no_day(desk: Desk, sheet: Path) -> None:
    put(sheet, column="admission_date", row=3, value="2026-02-30")
    refused(desk, sheet, "sheet.csv", "row 3", "admission_date", "YYYY-MM-DD")


def test_an_nhs_number_whose_check_digit_is_wrong_is_named_by_its_row_and_not_printed(desk: Desk, sheet: Path) -> None:
    put(sheet, column="nhs_number", row=5, value="9990000001")
    refused(desk, sheet, "sheet.csv", "row 5", "nhs_number", "not a valid NHS number")
    assert "9990000001" not in desk.deliver(sheet).err


def test_an_nhs_number_that_excel_spoilt(desk: Desk, sheet: Path) -> None:
    put(sheet, column="nhs_number", row=2, value="9.99E+09")
    refused(desk, sheet, "row 2", "Excel")


def test_a_nul_byte(desk: Desk, sheet: Path) -> None:
    whole = sheet.read_bytes()
    sheet.write_bytes(whole[:900] + b"\0" + whole[901:])
    refused(desk, sheet, "sheet.csv", f"line {1 + whole[:900].count(10)}", "NUL")


def test_windows_1252_is_refused_with_the_command_that_converts(desk: Desk, sheet: Path) -> None:
    put(sheet, column="family_name", row=4, value="Müller")
    sheet.write_bytes(sheet.read_text("utf-8").encode("cp1252"))
    refused(desk, sheet, "sheet.csv", "line 5", "iconv -f WINDOWS-1252 -t UTF-8 'sheet.csv' > 'sheet-utf8.csv'")


@pytest.mark.parametrize(
    ("trust", "words"),
    [(CSV_TRUST, ("cut short",)), ("carrowdale", ("line",)), ("brackenfield", ("Parquet",))],
    ids=["csv", "ndjson", "parquet"],
)
def test_a_file_cut_short(desk: Desk, trust: str, words: tuple[str, ...]) -> None:
    file = desk.episodes(trust)
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    refused(desk, file, file.name, *words)


def _emptied(file: Path) -> Path:
    file.write_bytes(b"")
    return file


def _heading_alone(file: Path) -> Path:
    file.write_text(file.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    return file


def _another_ending(file: Path) -> Path:
    return file.rename(file.with_suffix(".xlsx"))


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [(_emptied, "is empty"), (_heading_alone, "no file has any row"), (_another_ending, "'.xlsx' is not known")],
    ids=["empty", "no rows", "spreadsheet"],
)
def test_nothing_to_read(desk: Desk, sheet: Path, spoilt: Callable[[Path], Path], words: str) -> None:
    refused(desk, spoilt(sheet), words)


def test_a_file_that_is_not_there(desk: Desk) -> None:
    refused(desk, desk.path("incoming", "nowhere.csv"), "nowhere.csv", "does not exist")


def test_dates_in_the_wrong_order(desk: Desk, sheet: Path) -> None:
    description = json.loads((desk.home / "vault/datasets/episodes/datapackage.json").read_text("utf-8"))
    description["openhaven"] |= {"dataset": "stays", "in_order": [["admission_date", "discharge_date"]]}
    package = desk.path("stays.json")
    package.write_text(json.dumps(description), "utf-8")
    assert desk.haven("dataset", package).status == 0
    put(sheet, column="admission_date", row=6, value="2024-05-02")
    put(sheet, column="discharge_date", row=6, value="2024-05-01")
    before = desk.held()

    said = desk.deliver(sheet, dataset="stays")

    said.refused_plainly(2, "sheet.csv, row 6", "discharge_date", "is before admission_date")
    assert desk.held() == before


def test_many_wrong_values_are_counted_and_a_few_are_told(desk: Desk, sheet: Path) -> None:
    for row in range(1, 21):
        put(sheet, column="sex", row=row, value="?")
    refused(desk, sheet, "20 values cannot be accepted", "row 1, field sex", "and 15 more")


def test_bad_rows_are_set_aside_where_that_is_asked_and_counted(desk: Desk, sheet: Path) -> None:
    put(sheet, column="sex", row=8, value="?")

    said = desk.deliver(sheet, "--quarantine", "--json")

    assert said.status == 0 and said.document["delivery"]["quarantined"] == 1
    assert said.document["delivery"]["rows"] == 38
    desk.assert_sound()


def test_an_unknown_dataset_names_those_there_are(desk: Desk, sheet: Path) -> None:
    before = desk.held()
    desk.deliver(sheet, dataset="xrays").refused_plainly(2, "'xrays'", "episodes", "gp_events")
    assert desk.held() == before


def test_gp_data_without_word_of_type_1_opt_outs(desk: Desk) -> None:
    events = next(desk.path("incoming").glob("*/gp_events_northern.csv"))
    before = desk.held()
    desk.deliver(events, controller="northern", dataset="gp_events").refused_plainly(2, "Type 1", "screen and resend")
    assert desk.held() == before


def test_a_delivery_cannot_replace_another_trusts(desk: Desk, sheet: Path) -> None:
    before = desk.held()
    desk.deliver(sheet, "--replaces", "episodes.aldermoor.0001").refused_plainly(2, "episodes.aldermoor.0001")
    assert desk.held() == before


def test_the_same_bytes_again_change_nothing_and_say_so(desk: Desk) -> None:
    file = desk.episodes(HELD_BACK)
    first = desk.deliver(file, "--json").document["delivery"]["id"]
    before = desk.held()

    again = desk.deliver(file)
    renamed = desk.deliver(file.rename(file.with_name("another_name.ndjson")), "--json")

    assert again.status == 0 and first in again.out and "Nothing changed" in again.out
    assert renamed.status == 0 and renamed.document["again"] is True
    assert desk.held() == before


def test_without_a_controller_the_usage_is_told(desk: Desk, sheet: Path) -> None:
    before = desk.held()
    desk.haven("deliver", "episodes", sheet, "--route", "section 254").refused_plainly(2, "--controller")
    assert desk.held() == before
