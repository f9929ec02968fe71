"""What the desk does with a case, and what it refuses, each with a reason."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("cases_script.py")


@pytest.fixture(scope="module")
def found(small_demo, tmp_path_factory) -> dict[str, Any]:
    """What happened to one case, from its first word to the decision, in a haven of its own."""
    home = tmp_path_factory.mktemp("desk") / "haven"
    shutil.copytree(small_demo.haven, home)
    file = small_demo.folder / "applications" / "1-university.toml"
    done = subprocess.run([sys.executable, SCRIPT, home, file], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("stranger begins", "You do not apply for this organisation"),
        ("too early", "These are still to be answered: What do you call this use of data?"),
        ("officer on a draft", "You cannot check here: the case is draft"),
        ("applicant checks", "you have no post that lets you do this"),
        ("twice", "Somebody else changed this while you had it open"),
        ("routine", "Only a table with small numbers suppressed goes without advisers (DARS-12)"),
        ("no opinion", "No adviser has given an opinion yet"),
        ("patient named", "Take the NHS number out"),
        ("signs twice", "you have signed this case as independent adviser, and nobody signs in two roles"),
    ],
)
def test_what_may_not_be_done_is_refused_with_a_reason(found, what, said) -> None:
    assert said in found[what]


def test_who_comes_second_changes_nothing(found) -> None:
    assert found["state after twice"] == "checked"


def test_what_was_done_is_never_changed_or_taken_away(found) -> None:
    assert "only added to" in found["step changed"] and "only added to" in found["step deleted"]


def test_a_document_is_given_back_as_it_was_or_not_at_all(found) -> None:
    assert found["given back"] == "seen by nobody else"
    assert "is not what was sealed" in found["tampered"]


def test_nothing_is_said_of_an_application_that_asks_for_nothing_yet(found) -> None:
    assert found["waits"] == "nothing can be said yet"


def test_what_waits_for_the_agreement_alone_can_be_approved_and_is_not_called_refused(found) -> None:
    assert found["without an agreement"] == "refuse" and found["beyond the agreement"] is False
    assert found["outcome"] == "nothing is missing but an agreement, which is signed once the use is approved"
    assert found["state"] == "approved" and found["decisions entered"] == 0


def test_every_step_is_kept_in_its_order(found) -> None:
    steps = ["submit", "check", "send to advisers", "give an opinion", "minute the discussion", "approve"]
    assert found["steps"] == steps
