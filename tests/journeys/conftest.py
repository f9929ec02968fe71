"""A desk for each journey: a copy of a haven that was made once."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from journeys_haven import Desk, check_again, make_haven
from journeys_starter import Starter


@pytest.fixture(scope="session")
def havens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders: `old`, where the national check was asked long ago, and `fresh`, where it was asked today."""
    folder = tmp_path_factory.mktemp("havens")
    opted_out = make_haven(folder / "old")
    shutil.copytree(folder / "old", folder / "fresh")
    check_again(folder / "fresh", opted_out)
    return folder


@pytest.fixture
def desk(havens: Path, tmp_path: Path) -> Desk:
    """A haven with the deliveries of two trusts and a fresh answer of the national check."""
    return Desk(Path(shutil.copytree(havens / "fresh", tmp_path / "desk")))


@pytest.fixture
def old_desk(havens: Path, tmp_path: Path) -> Desk:
    """The same, but the national check was asked too long ago."""
    return Desk(Path(shutil.copytree(havens / "old", tmp_path / "desk")))


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    """Starts commands as processes of their own, which can be interrupted and killed."""
    with Starter() as started:
        yield started
