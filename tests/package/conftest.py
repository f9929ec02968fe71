"""The made-up release of story.py, built once; tests that alter a package work on a copy."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest


def _story():
    spec = importlib.util.spec_from_file_location("package_story", Path(__file__).with_name("story.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["package_story"] = module
    spec.loader.exec_module(module)
    return module


_story()


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A finished package that nobody alters."""
    return sys.modules["package_story"].make(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="session")
def other(tmp_path_factory):
    """Another finished package for the same recipient, of other data."""
    story = sys.modules["package_story"]
    return story.make(tmp_path_factory.mktemp("other"), made=story.table(people=72))


@pytest.fixture
def copy(whole, tmp_path):
    """A copy of the package that a test may spoil."""
    return Path(shutil.copytree(whole.package, tmp_path / "package"))
