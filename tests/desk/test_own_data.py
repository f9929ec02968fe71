"""What the desk does with requests, copies, proxies and visits as days go by: clocks, reviews, and what is wiped."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

SCRIPT = Path(__file__).with_name("own_data_script.py")


@pytest.fixture(scope="module")
def found(small_demo, tmp_path_factory) -> dict[str, Any]:
    """What happened, in havens of these tests' own, to somebody in the cancer audit."""
    opened = next((small_demo.folder / "opened").glob("2-*/*.parquet"))
    number = max(pq.read_table(opened, columns=["nhs_number"])["nhs_number"].to_pylist())
    told: dict[str, Any] = {}
    for play in ("copies", "records", "proxies", "visits"):
        home = tmp_path_factory.mktemp("own") / "haven"
        shutil.copytree(small_demo.haven, home)
        done = subprocess.run([sys.executable, SCRIPT, home, number, play], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        told |= json.loads(done.stdout)
    return told


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("make unproven", "it stands so: who asks is to be proven"),
        ("guardian makes", "this is not yours to do"),
        ("number in words", "take the NHS number out"),
        ("too late", "had to be told of it by"),
        ("twice", "made longer already"),
        ("second", "somebody else has changed this already"),
        ("gone", "there is no copy here"),
        ("twice answered", "it stands so: answered"),
        ("answered too early", "not on record yet"),
        ("undecided", "nobody has decided on the objection"),
        ("own", "nobody is their own proxy"),
        ("grown", "it would have ended already"),
        ("nothing shown", "first it has to be known who they are"),
        ("dead", "a death is on record"),
        ("over", "the visit has ended"),
    ],
)
def test_what_may_not_be_done_is_refused_with_a_reason(found, what, said) -> None:
    assert said in found[what]


@pytest.mark.parametrize(
    ("what", "is_so"),
    [
        ("unproven", ["who asks is to be proven", True]),
        ("due from proof", True),
        ("longer", True),
        ("made", [True, False, "the copy is ready"]),
        ("sealed", True),
        ("zip", True),
        ("kept a day", [0, 1]),
        ("uncollected", [0, 1]),
        ("restored", [0, "being worked on"]),
        ("wiped", ""),
    ],
)
def test_a_copy_lies_sealed_and_is_wiped_once_it_was_collected_or_nobody_came(found, what, is_so) -> None:
    assert found[what] == is_so


def test_an_objection_that_cannot_be_recorded_now_is_recorded_by_the_worker_and_decided_by_a_person(found) -> None:
    assert found["waits"] == [False, True, False]
    recorded, id, more = found["then"]
    assert recorded and id.startswith("ART21-") and not more
    assert (found["on record"], found["decided"]) == (["open"], ["not upheld"])


def test_a_parent_acts_until_13_and_once_reviewed_until_16_and_18_ends_it(found) -> None:
    assert found["in force"] == [1, 1, 0]
    assert found["reviewed"] == [1, 1, 0]
    assert found["ended"] == [0, 1, ""]
    assert found["not the child's own"] == 0
    assert found["born is sealed"] and found["numbers are sealed"]


def test_a_claimant_asks_for_a_copy_and_sees_no_uses(found) -> None:
    assert found["claimant"] == [True, False]


def test_staff_help_and_nothing_of_who_it_was_stays(found) -> None:
    assert found["asked unknown"] == "who asks is to be proven"
    assert found["uses"] and found["objected"] == [True, "a letter"]
    assert found["sealed visit"] and found["left open"] == [0, 2] and found["visits wiped"] == []
