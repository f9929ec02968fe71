"""What the pages say is there: files, links, commands; and what they must never say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from openhaven.cli.main import commands
from openhaven.haven.toml import first_settings
from openhaven.model.dataset import dataset_from_package
from openhaven.model.plain import read_toml
from openhaven.model.settings import settings_from

from .pages import ROOT, anchors, blocks, links, named, pages, tracked

EVERY = pytest.mark.parametrize("page", pages(), ids=named)
HOSTS = re.compile(
    r"pypi\.(?:org|python)|pythonhosted|npmjs|crates\.io|deb\.debian\.org|conda\.anaconda|ghcr\.io|docker\.io"
)
OURS = re.compile(r"(?<![\w.])/(?:work|tmp|home|root)/")
SENTENCE = re.compile(r"[^.!?]*\b(?:anonymous|anonymised|lawful|lawfully)\b[^.!?]*", re.IGNORECASE)
SAID_NOT = ("never", "not ", "no key", "`haven anonymise`", "nobody")


@EVERY
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        where, _, anchor = link.partition("#")
        target = (page.parent / where).resolve() if where else page
        assert target.exists(), f"{named(page)}: {link}"
        assert not anchor or anchor in anchors(target), f"{named(page)}: {link}"


def test_every_file_that_the_map_names_is_there() -> None:
    text = (ROOT / "MAP.md").read_text(encoding="utf-8")
    files = re.findall(r"`((?:openhaven|tests)/[^`]+)`", text)
    assert len(files) > 25
    assert not [name for name in files if not (ROOT / name).exists()]


def test_the_map_names_every_room_and_no_other() -> None:
    rooms = set(re.findall(r"^\| (?:`(\w+)`)", (ROOT / "MAP.md").read_text(encoding="utf-8"), re.MULTILINE)) - {""}
    folders = {path.parent.name for path in (ROOT / "openhaven").glob("*/__init__.py")}
    assert rooms == folders


def test_the_map_says_of_functions_only_what_is_there() -> None:
    for file, name in re.findall(r"`([^`]+\.py)` \(`(\w+)`\)", (ROOT / "MAP.md").read_text(encoding="utf-8")):
        code = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^(?:def|class) {name}\b", code, re.MULTILINE), f"{file}: {name}"


def calls(page: Path) -> list[list[str]]:
    """The words of each `haven …` that stands in code: in a block, indented, or between backticks."""
    text = page.read_text(encoding="utf-8")
    code = "\n".join([*blocks(page, "sh", "console"), *re.findall(r"^ {4,}(?:\$ )?(haven .*)$", text, re.MULTILINE)])
    code += "\n" + "\n".join(re.findall(r"`(haven [^`]*)`", text))
    return [found.split() for found in re.findall(r"(?:^|[|(]\s*)haven (.*)$", code, re.MULTILINE)]


@EVERY
def test_every_command_that_a_page_shows_exists_with_its_options(page: Path) -> None:
    context = click.Context(commands)
    for words in calls(page):
        while words and words[0].startswith("--"):
            words = words[2:]
        if not words or words[0] == "COMMAND":
            continue
        command = commands.get_command(context, words[0].strip(";,"))
        assert command is not None, f"{named(page)}: haven {' '.join(words)}"
        if isinstance(command, click.Group) and len(words) > 1 and words[1].isalpha():
            assert words[1] in command.commands, f"{named(page)}: haven {' '.join(words)}"
            command = command.commands[words[1]]
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
        rest = " ".join(words).split(" | ")[0].split(" || ")[0]
        assert set(re.findall(r"(?<!\S)--[a-z0-9-]+", rest)) <= known, f"{named(page)}: haven {rest}"


def test_the_two_commands_are_in_the_makefile_and_the_readme() -> None:
    makefile, readme = ((ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "README.md"))
    for command in ("demo", "test"):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)
        assert f"    make {command} " in readme
    assert set(re.findall(r"^\s*make (\w+)", readme, re.MULTILINE)) == {"demo", "test"}


def test_the_transcript_shows_applications_of_the_demonstration() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"haven release applications/(\S+)", readme)
    assert shown
    assert all((ROOT / "openhaven/demo/papers/applications" / name).exists() for name in shown)


@EVERY
def test_no_page_calls_data_anonymous_or_a_use_lawful(page: Path) -> None:
    """Only where the page explains that we never say so, or that an applicant's word is no fact."""
    for sentence in SENTENCE.findall(page.read_text(encoding="utf-8")):
        assert any(word in sentence for word in SAID_NOT), f"{named(page)}: {sentence.strip()}"


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    checked = 0
    for path in tracked():
        if path.suffix in (".parquet", ".png") or path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        checked += 1
        assert not HOSTS.search(text), f"{named(path)} names a registry: {HOSTS.search(text)}"
        assert not OURS.search(text), f"{named(path)} names a path: {OURS.search(text)}"
    assert checked or not (ROOT / ".git").exists()


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/pictures").glob("*.svg")), ids=named)
def test_every_picture_can_be_heard(picture: Path) -> None:
    svg = ElementTree.parse(picture).getroot()
    name = "{http://www.w3.org/2000/svg}"
    labels = (svg.get("aria-labelledby") or "").split()
    assert svg.get("role") == "img" and len(labels) == 2
    for tag, id in zip(("title", "desc"), labels, strict=True):
        found = svg.find(name + tag)
        assert found is not None and found.get("id") == id and (found.text or "").strip()


def test_the_description_shown_is_one_that_is_accepted() -> None:
    (shown,) = blocks(ROOT / "docs/how-to/describe-a-dataset.md", "json")
    dataset = dataset_from_package(json.loads(shown), where="describe-a-dataset.md")
    assert dataset.person is not None and dataset.in_order


def test_the_settings_shown_are_ones_that_are_known() -> None:
    (shown,) = blocks(ROOT / "docs/how-to/postgresql.md", "toml")
    text = first_settings(operator="Haven", origin="haven.example", contact="Mill Lane", demo=False, more=shown)
    settings = settings_from(read_toml(text, where="postgresql.md"), where="postgresql.md")
    assert settings.database["engine"] == "postgresql"


def test_every_test_that_a_page_names_is_there() -> None:
    """What the log promises is held by tests by name: one that was renamed, or taken out, leaves a promise unheld."""
    text = (ROOT / "docs" / "explanation" / "what-the-log-promises.md").read_text(encoding="utf-8")
    named_tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named_tests) > 80
    for file, name in named_tests:
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), f"{file}::{name}"
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| promise", "| ---"))]
    assert rows and all("::test_" in row.split(" | ")[1] for row in rows), "no promise without a test"
