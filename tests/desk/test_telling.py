"""Given a mail server, when a case moves, then those for whom it waits get a letter, no more than one an hour, and a
letter holds nothing of what a case is about."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from by_http import sessions
from letter_box import letter_box

SCRIPT = Path(__file__).with_name("letters_script.py")
pytestmark = pytest.mark.xdist_group("letters")


LEFT = ("left to two", "one answered", "both answered")
TO_TWO = "answer what the law leaves to two people"


@pytest.fixture(scope="module")
def found(small_demo, tmp_path_factory) -> dict[str, Any]:
    """The letters of one case, from draft to approval."""
    home = tmp_path_factory.mktemp("letters") / "haven"
    shutil.copytree(small_demo.haven, home)
    file = small_demo.folder / "applications" / "1-university.toml"
    done = subprocess.run([sys.executable, SCRIPT, home, file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("draft", set()),
        ("submitted", {"olu"}),
        ("nothing new", set()),
        ("advisers", {"una", "ula"}),
        ("talk", {"ann"}),
        ("answer", {"olu"}),
        ("soon", {"sir"}),  # who had no letter yet
        ("later", set()),
        ("approved", {"ann", "olu"}),
    ],
)
def test_who_is_waited_for_is_told_once(found, when, who):
    assert set(found[when]) == who


@pytest.mark.parametrize(
    ("when", "who", "said"),
    [
        ("submitted", "olu", "waits for you to check it."),
        ("advisers", "ula", "waits for you to give your opinion."),
        ("talk", "ann", "holds a message for you."),
        ("answer", "olu", "holds a message for you."),
        ("soon", "sir", "waits for you to decide."),
        ("approved", "ann", "is approved."),
        ("approved", "olu", "waits for you to draw up the agreement."),
    ],
)
def test_a_letter_says_which_case_and_what_is_to_be_done(found, when, who, said):
    assert f"{found['id']} {said}" in found[when][who]
    assert "https://haven.example.org" in found[when][who] and "1 case has news for you" in found[when][who]


def test_the_two_people_to_whom_words_are_left_are_told_until_each_has_answered(found):
    told = {when: {who for who, text in found[when].items() if TO_TWO in text} for when in LEFT}
    assert told == {"left to two": {"gus", "sir"}, "one answered": {"sir"}, "both answered": set()}
    assert "recommend, as Caldicott Guardian" in found["one answered"]["gus"], "which is asked for beside it"
    assert f"{found['two']} waits for you to decide." in found["both answered"]["sir"]
    assert not any(TO_TWO in text for when in ("advisers", "soon", "approved") for text in found[when].values())


def test_who_would_be_refused_because_the_data_comes_to_their_own_organisation_is_not_asked_to_answer(found):
    assert "in the hands of your own organisation" in found["in her hands"]
    assert "recommend, as Caldicott Guardian" in found["left to two"]["bea"], "she is told of what she may do"
    assert TO_TWO not in found["left to two"]["bea"]
    assert found["open to"] == ["gus"], "nor is she led to a page that would refuse her"


def test_no_letter_holds_anything_of_what_a_case_is_about(found):
    every = "\n".join(text for when in found.values() if isinstance(when, dict) for text in when.values())
    assert every.count(found["id"]) >= 6
    for never in (found["title"], "customers", "pharmac", "UNIVERSITY", "University", "begin", "spring", "Sound", "@"):
        assert never not in every, never


def test_a_server_that_is_down_loses_no_letter(found):
    assert "did not take our letters" in found["server down"] and "olu" in found["submitted"]


def test_a_reader_whom_the_server_does_not_take_is_noted_and_stops_nobody(found):
    assert found["failed"] == {"nobody@example.org": "the mail server does not take letters to this address"}
    assert found["told"]


def haven(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of its own."""
    command = [Path(sys.executable).with_name("haven"), "--haven", home, "account", *words]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_first_letter_shows_that_letters_arrive(small_demo, tmp_path):
    home = tmp_path / "haven"
    shutil.copytree(small_demo.haven, home)
    sessions(home, [{"email": "olu@example.org", "posts": [["case officer", ""]]}])
    none = haven(home, "letter", "olu@example.org")
    assert none.returncode == 2 and "no mail server is set" in none.stderr
    with letter_box() as box:
        settings = f'\n[mail]\nserver = "127.0.0.1"\nport = {box.port}\nsecured = "no"\n'
        more = 'sender = "haven@example.org"\nservice = "https://haven.example.org"\n'
        (home / "haven.toml").write_text((home / "haven.toml").read_text() + settings + more)
        sent = haven(home, "letter", "olu@example.org")
    assert sent.returncode == 0, sent.stderr
    assert [each["To"] for each in box.letters] == ["olu@example.org"]
    down = haven(home, "letter", "olu@example.org")
    assert down.returncode == 1 and "did not take our letters" in down.stderr and "Traceback" not in down.stderr
