"""A haven made once, with an application for each road, and copied for each that is broken."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

for room in ("crash", "journeys"):
    sys.path.insert(0, str(Path(__file__).parents[1] / room))

from crash_breaking import LISTED, Breaking  # noqa: E402
from crash_starter import Starter  # noqa: E402
from journeys_haven import check_again, make_haven  # noqa: E402


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk from which each road begins: deliveries, papers, and the national check asked today."""
    desk = tmp_path_factory.mktemp("crash") / "desk"
    check_again(desk, make_haven(desk))
    (desk / "packages").mkdir()
    return desk


@pytest.fixture(scope="session")
def starter(given: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    folder = tmp_path_factory.mktemp("starter")
    with Starter(folder / "said") as started:
        warming = Breaking(given, started, folder / "desk")
        warming.afresh()
        assert started.warm(warming.begin(LISTED)) == 0
        yield started


@pytest.fixture
def breaking(given: Path, starter: Starter, tmp_path: Path) -> Iterator[Breaking]:
    """A fresh desk for every road, removed when it is no longer needed."""
    made = Breaking(given, starter, tmp_path / "desk")
    yield made
    shutil.rmtree(tmp_path / "desk", ignore_errors=True)
