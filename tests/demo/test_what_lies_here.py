"""The page at the top of the demo's folder says of each application how it ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openhaven.demo.what_lies_here import write_index
from openhaven.demo.words import TITLES

ENDS = {"refuse": "Refused: nothing left the haven", "refer": "Referred to a person: nothing left the haven"}


@pytest.mark.parametrize("verdict", ENDS)
def test_it_tells_refused_from_referred_from_released(tmp_path: Path, verdict: str) -> None:
    first, *others = TITLES
    for name in TITLES:
        (tmp_path / "packages" / name).mkdir(parents=True)
    for name in others:
        (tmp_path / "packages" / name / "key.age").touch()
    (tmp_path / "packages" / first / "decision.json").write_text(json.dumps({"verdict": verdict}), "utf-8")

    write_index(tmp_path)

    page = (tmp_path / "index.html").read_text("utf-8")
    assert page.count(ENDS[verdict]) == page.count("nothing left the haven") == 1
    assert page.count(">Released<") == len(others)
