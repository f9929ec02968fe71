"""Lists are made by asking the database; what it finds is what the tables allow, asked one by one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("reach_script.py")
pytestmark = pytest.mark.xdist_group("letters")


@pytest.fixture(scope="module")
def found(small_demo, tmp_path_factory) -> dict[str, Any]:
    """Twelve people, 60 cases and 40 incidents at random."""
    home = tmp_path_factory.mktemp("reach") / "haven"
    shutil.copytree(small_demo.haven, home)
    done = subprocess.run([sys.executable, SCRIPT, home, "7"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_list_of_cases_holds_just_those_with_which_a_person_may_do_it(found) -> None:
    assert found["cases"]["differ"] == [] and found["cases"]["allowed"] > 500


def test_a_list_of_incidents_holds_just_those_with_which_a_person_may_do_it(found) -> None:
    assert found["incidents"]["differ"] == [] and found["incidents"]["allowed"] > 200


def test_a_queue_cut_into_pages_is_the_whole_queue_by_what_is_due_first(found) -> None:
    assert found["queue"] == {"same": True, "ordered": True, "count": [60, 60]}
