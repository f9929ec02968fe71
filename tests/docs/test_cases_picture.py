"""The picture of a case's states is the one that the table draws."""

import importlib.util

from .pages import ROOT


def test_the_picture_is_drawn_from_the_table() -> None:
    spec = importlib.util.spec_from_file_location("make_cases", ROOT / "docs" / "make_cases.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.PICTURE.read_text(encoding="utf-8") == made.picture(), "run: python docs/make_reference.py"
