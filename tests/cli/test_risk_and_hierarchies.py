"""`haven risk` and `haven hierarchy` as they are called."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from openhaven.cli.main import commands, run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "in.csv").write_text("age,sex,ill\n30,f,a\n31,f,a\n30,m,b\n41,m,a\n")
    return tmp_path / "in.csv"


def said(*arguments: object) -> dict:
    found = CliRunner().invoke(commands, [str(each) for each in arguments])
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_one_document_with_the_figures_that_others_rely_on(table: Path) -> None:
    found = said("risk", table, "--qi", "age,sex", "--person", "ill", "--json")
    assert {"rows", "classes", "k", "uniques", "people", "attackers", "special_uniques"} <= set(found)
    found = said("risk", table, "--qi", "age,sex", "--confidential", "ill", "--sampling-fraction", "0.1", "--json")
    assert {"l", "t", "attribute_disclosure", "population_uniqueness"} <= set(found)


def test_a_hierarchy_that_is_made_serves_risk_and_attacks(table: Path) -> None:
    made = said("hierarchy", "make", "age", "age", table, "--out", table.parent / "h", "--widths", "10,20", "--json")
    assert made["groups"] == [3, 2, 2, 1]
    folder, out = table.parent / "h", table.parent / "out.csv"
    said("anonymise", table, out, "--qi", "age,sex", "--k", "2", "--hierarchies", folder, "--json")
    levels = said("risk", table, "--qi", "age,sex", "--hierarchies", folder, "--json")["levels"]
    assert [point["column"] for point in levels["one_column"]] == ["age", "age", "sex"]
    tried = said("risk", out, "--qi", "age,sex", "--hierarchies", folder, "--attack", table, "--json")
    assert [each["beats"] for each in tried["attacks"]] == [False] * 4


def test_the_page_is_written_beside_the_answer(table: Path) -> None:
    page = table.parent / "risk.html"
    assert said("risk", table, "--qi", "age,sex", "--html", page, "--json")["rows"] == 4
    assert page.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "arguments",
    [
        ["hierarchy", "make", "sex", "age", "{}"],
        ["hierarchy", "make", "height", "age", "{}"],
        ["hierarchy", "make", "age", "age", "{}", "--widths", "ten"],
        ["hierarchy", "make", "age", "colour", "{}"],
        ["risk", "{}", "--qi", "age", "--sampling-fraction", "5"],
        ["risk", "{}", "--qi", "age", "--html", "nowhere/page.html"],
        ["risk", "{}", "--qi", "age", "--population", "nowhere.csv"],
    ],
)
def test_bad_usage_is_one_message_and_status_2(table: Path, arguments: list[str], capsys) -> None:  # type: ignore[no-untyped-def]
    assert run([each.format(table) for each in arguments]) == 2
    shown = capsys.readouterr()
    assert not shown.out and shown.err.startswith("haven: ") and shown.err.count("\n") == 1
    assert [each.name for each in table.parent.iterdir()] == ["in.csv"]
