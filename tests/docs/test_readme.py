"""The transcript in the README is what the small demonstration prints, and what it leaves says the same.

Figures move with the day on which it is played, so they are compared as figures: that there is one, not which."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .pages import ROOT

README = ROOT / "README.md"
SIGNS = re.compile(r"\x1b\[[0-9;]*m")
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
VERDICTS = {
    "1-university": "PERMIT",
    "2-cancer-audit": "PERMIT",
    "3-insurer": "REFUSE",
    "3b-consultancy": "REFER",
    "4-health-protection": "PERMIT",
    "5-commissioner": "PERMIT",
    "6-trial": "PERMIT",
    "7-university-refresh": "PERMIT",
}


def plain(text: str) -> str:
    """One line, without signs for the terminal, each figure as a mark."""
    return FIGURE.sub("#", " ".join(SIGNS.sub("", text).split()))


def shown() -> list[str]:
    """What the README shows of the demonstration, part by part where lines are left out."""
    text = README.read_text(encoding="utf-8")
    section = text.split("## What it looks like", 1)[1].split("\n## ", 1)[0]
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    return [part for each in "\n".join(lines).split("…") if (part := plain(each))]


def told(said: str) -> dict[str, str]:
    """What was said of each application, by its name."""
    found = re.split(r"haven release applications/([\w-]+)\.toml --out", SIGNS.sub("", said))
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_every_part_of_the_transcript_is_printed_and_in_that_order(small_demo) -> None:
    printed, at = plain(small_demo.said), 0
    parts = shown()
    assert len(parts) > 8
    for part in parts:
        found = printed.find(part, at)
        assert found >= 0, part
        at = found + len(part)


def test_the_verdicts_are_those_that_the_readme_and_the_index_tell(small_demo) -> None:
    said = told(small_demo.said)
    assert {name: re.search(r"PERMIT|REFUSE|REFER", text)[0] for name, text in said.items()} == VERDICTS
    for name, verdict in VERDICTS.items():
        folder: Path = small_demo.folder / "packages" / name
        assert (folder / "certificate.json").exists() is (verdict == "PERMIT")
        assert (folder / "letter.html").exists()


def test_the_readme_shows_one_of_each_kind_that_it_speaks_of(small_demo) -> None:
    parts = " ".join(shown())
    assert "PERMIT. # rows leave" in parts and "REFUSE (exit status #)" in parts and parts.endswith("Verified.")


def test_k_protects_classes_and_yet_people_can_be_told_apart_as_the_readme_says(small_demo) -> None:
    text = told(small_demo.said)["1-university"]
    smallest = int(re.search(r"holds at least (\d+) people", text)[1])
    assert smallest == 10
    by_all = float(re.search(r"([\d.]+)% by all", text)[1])
    assert by_all > 100 / 3, "the README says that more than a third of the people can be told apart"


def test_the_register_and_the_page_tell_of_the_releases_that_were_made(small_demo) -> None:
    made = sorted(name for name, verdict in VERDICTS.items() if verdict == "PERMIT")
    register = json.loads((small_demo.folder / "register" / "register.json").read_text(encoding="utf-8"))
    assert len(register["releases"]) == len(made)
    page = (small_demo.folder / "index.html").read_text(encoding="utf-8")
    for name in VERDICTS:
        assert f"packages/{name}" in page


@pytest.mark.parametrize("command", ["haven verify", "haven release"])
def test_commands_in_the_transcript_are_those_of_the_demonstration(small_demo, command) -> None:
    assert any(command in part for part in shown()) and command in small_demo.said
