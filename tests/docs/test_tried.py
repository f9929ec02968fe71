"""What the package says of scenarios and tests is how they stand, and `haven law` shows it without them."""

from __future__ import annotations

import json
from pathlib import Path

import make_tried
from click.testing import CliRunner

from openhaven.cli.main import commands, run
from openhaven.law.provisions import PROVISIONS
from openhaven.law.ruleset import RULESET
from openhaven.law.tried import tried

from .pages import ROOT


def test_scenarios_and_tests_are_gathered_as_they_stand() -> None:
    assert make_tried.TARGET.read_text(encoding="utf-8") == make_tried.gathered(), "run: python docs/make_tried.py"


def test_what_is_named_is_there() -> None:
    rules = {rule.name for rule in RULESET.rules}
    for each in (*tried().scenarios, *tried().trials):
        assert (ROOT / each.file).exists()
        assert set(each.provisions) <= set(PROVISIONS) and set(each.rules) <= rules
    for trial in tried().trials:
        assert f"def {trial.name}(" in (ROOT / trial.file).read_text(encoding="utf-8")


def test_every_rule_decides_a_scenario() -> None:
    decided = {name for each in tried().scenarios for name in each.rules}
    assert len(decided) > len(RULESET.rules) / 2


def test_the_handbook_is_woven_into_a_new_folder_whole(tmp_path: Path) -> None:
    out = tmp_path / "books" / "law"
    done = CliRunner().invoke(commands, ["law", "--all", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert sorted(said["pages"]) == sorted(each.name for each in out.iterdir())
    assert said["pages"][0] == "index.html"
    assert [each.name for each in out.parent.iterdir()] == ["law"]


def test_a_folder_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    assert run(["law", "--all", "--out", str(tmp_path)]) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_a_handbook_is_of_all_the_law_and_goes_into_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "law"
    for words in (["--all"], ["--out", str(out)], ["NDO-14", "--all", "--out", str(out)]):
        assert run(["law", *words]) == 2
    assert not out.exists()
