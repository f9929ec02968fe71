"""The reference pages are what the code says, and leave nothing out."""

from __future__ import annotations

import click
import pytest
from make_reference import pages
from making.commands import every_command
from making.markdown import words_of
from making.settings import every_setting

from openhaven.law.provisions import PROVISIONS
from openhaven.log.entries import EntryType
from openhaven.model.obligation import Obligation
from openhaven.model.record.kinds import KINDS
from openhaven.release.measure import MEASURES

from .pages import ROOT

REFERENCE = ROOT / "docs" / "reference"


def text(page: str) -> str:
    return (REFERENCE / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", sorted(pages()))
def test_the_page_is_what_the_code_says(page: str) -> None:
    assert text(page) == pages()[page], "run: python docs/make_reference.py"


def test_every_command_and_every_option_stands_in_the_reference() -> None:
    said = text("commands.md")
    commands = list(every_command())
    assert len(commands) > 20
    for path, command in commands:
        assert f"\n## {path}\n" in said
        built = "Not built" not in (command.help or "")
        here = said.split(f"\n## {path}\n", 1)[1].split("\n## ", 1)[0]
        options = [each for each in command.params if isinstance(each, click.Option)]
        assert not built or all(name in here for each in options for name in each.opts)


def test_every_setting_stands_in_the_reference() -> None:
    said = text("settings.md")
    assert all(f"| `{name}` |" in said for name, _, _ in every_setting())


def test_every_obligation_is_measured_and_described() -> None:
    kinds = {kind.kind for kind in Obligation.__subclasses__()}
    assert kinds == {kind.kind for kind in MEASURES}
    assert all(f"\n## {kind}\n" in text("obligations.md") for kind in kinds)


def test_every_record_entry_and_provision_stands_in_the_reference() -> None:
    assert all(f"\n## {kind}\n" in text("records.md") for kind in KINDS if kind != "dataset")
    assert all(f"`{each}`" in text("log.md") for each in EntryType)
    assert all(f"\n### {id}\n" in text("law.md") for id in PROVISIONS)


def test_a_setting_without_words_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"haven\.demo"):
        words_of({"format": "…"}, ["format", "haven.demo"])
