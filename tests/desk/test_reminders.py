"""Given what falls due, when days go by, then just those who can do something about it are told by mail: when it comes
up, when it is near, each week once it is late; by ids and days alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("reminders_script.py")
pytestmark = pytest.mark.xdist_group("letters")


@pytest.fixture(scope="module")
def found(small_demo, tmp_path_factory) -> dict[str, Any]:
    """The letters of six weeks."""
    home = tmp_path_factory.mktemp("reminders") / "haven"
    shutil.copytree(small_demo.haven, home)
    done = subprocess.run([sys.executable, SCRIPT, home], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def told_of(found: dict[str, Any], when: str, words: str) -> set[str]:
    """Who was told of something."""
    return {who for who, letter in found[when].items() if words in letter}


@pytest.mark.parametrize(
    ("when", "case", "who"),
    [
        ("first", "CASE-ENDED", {"sig"}),
        ("first", "CASE-TERM", {"ann", "olu"}),
        ("first", "CASE-SIGN", set()),  # a letter of the case itself told of it
        ("near", "CASE-ENDED", {"sig"}),
        ("near", "CASE-SIGN", {"sig"}),
        ("near", "CASE-TERM", set()),
        ("next day", "CASE-", set()),
        ("late", "CASE-ENDED", {"sig"}),
        ("still late", "CASE-ENDED", set()),
        ("a week late", "CASE-ENDED", {"sig"}),
    ],
)
def test_who_can_do_something_about_an_agreement_is_told_when_it_comes_up_is_near_or_late(found, when, case, who):
    assert told_of(found, when, case) == who


def test_those_who_answer_are_told_of_a_request_and_its_clock(found):
    assert told_of(found, "first", f"{found['request']}is to be answered by") == {"olu", "gua"}
    assert told_of(found, "near", found["request"]) == {"olu", "gua"}


def test_those_who_deal_with_an_incident_are_told_of_its_hours(found):
    assert told_of(found, "first", f"{found['incident']}: the Commissioner is told by") == {"olu", "sir"}
    assert told_of(found, "near", found["incident"]) == {"olu", "sir"}, "it is late"


def test_nobody_gets_two_letters_within_an_hour_nor_twice_the_same_on_a_day(found):
    assert found["at once"] == {} and found["an hour later"] == {}


def test_a_letter_holds_ids_and_days_and_nothing_else(found):
    every = "\n".join(text for when in found.values() if isinstance(when, dict) for text in when.values())
    assert every.count("CASE-ENDED: the destruction is to be certified, ") == 4
    assert "fall due" in every or "falls due" in every
    for never in ("secret", "laptop", "train", "9990000018", "March", "copy", "UNIVERSITY", "Thornby", "aldermoor"):
        assert never not in every, never


def test_what_runs_out_on_one_day_for_two_reasons_is_told_of_once(found):
    """Else PostgreSQL would not note the letter, and it would go out again each hour."""
    assert found["first"]["ann"].count("CASE-REST: what it rests on runs out, ") == 1
