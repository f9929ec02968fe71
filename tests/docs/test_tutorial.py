"""The tutorial's commands, typed one after the other in an empty folder, do what the tutorial says."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from .pages import ROOT, blocks

TUTORIAL = ROOT / "docs" / "tutorial" / "first-release.md"


pytestmark = pytest.mark.xdist_group("tutorial")  # its many commands are run once


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder after all commands, and what they printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    script = "\n".join(blocks(TUTORIAL, "sh", "console"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENHAVEN")}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder, done.stdout


def test_what_the_tutorial_prints_is_what_the_reader_sees(typed: tuple[Path, str]) -> None:
    _, out = typed
    shown = [line.strip() for line in TUTORIAL.read_text(encoding="utf-8").splitlines() if line.startswith("    ")]
    wanted = [part.strip() for line in shown for part in line.split("…") if part.strip()]
    assert len(wanted) > 10
    assert not [part for part in wanted if part not in out]


def test_first_no_then_yes(typed: tuple[Path, str]) -> None:
    _, out = typed
    assert out.index("Refused.") < out.index("exit status 3") < out.index("Permitted, provided that")


def test_the_package_verifies_with_the_right_key_alone_and_unaltered(typed: tuple[Path, str]) -> None:
    folder, out = typed
    assert out.count("\nVerified.") == 2
    assert out.count("exit status 6") == 2
    assert "NOT verified." in (folder / "untrusted.txt").read_text(encoding="utf-8")
    assert "✗ Every file is as the manifest says" in out


def test_what_was_opened_holds_nobody_by_number_or_name(typed: tuple[Path, str]) -> None:
    folder, _ = typed
    with (folder / "episodes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {row[name] for row in rows for name in ("nhs_number", "local_patient_id", "postcode", "family_name")} - {""}
    opened = pq.read_table(next((folder / "opened").glob("*.parquet")))
    assert 0 < len(opened) < len(rows)
    values = {str(value) for column in opened.columns for value in column.to_pylist()}
    assert not values & known
