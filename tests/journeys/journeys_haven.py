"""A small haven made once, and copied for each journey; what an operator says to it, and what it answers."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import pyrage

from openhaven.cli.main import run
from openhaven.demo.national_check import answer_question
from openhaven.demo.population import Population, dataset_description, make_population
from openhaven.haven import Haven, init_haven, open_haven
from openhaven.haven.delivering import Sent, deliver
from openhaven.haven.describing import describe
from openhaven.haven.national import ask, load_answer
from openhaven.haven.recording import record
from openhaven.haven.toml import first_settings

PAPERS = files("openhaven.demo").joinpath("papers")
PEOPLE, EPISODES, SEED = 1_000, 2_000, 11
LONG_AGO = dt.timedelta(days=30)  # more than an answer of the national check may be old
HELD_BACK = "carrowdale"  # the trust whose delivery is left to the journeys
MORE = """
[policy]
restricted_lists = ["example"]

[files]
places = "postcode_areas.csv"
restricted = { example = "restricted_example.csv" }
"""


def make_haven(folder: Path, *, people: int = PEOPLE, episodes: int = EPISODES, more: str = MORE) -> tuple[str, ...]:
    """A haven of a month ago in `folder`, with papers, keys and files beside it. Returns who has opted out."""
    now = dt.datetime.now(dt.UTC)
    month = (now.date().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    made = make_population(folder / "incoming", people=people, episodes=episodes, seed=SEED, month=month)
    toml = first_settings(
        operator="Test Haven", origin="test.openhaven.example", contact="1 Mill Lane", demo=True, more=more
    )
    haven = init_haven(folder / "haven", toml=toml, operator="the tests", clock=lambda: now - LONG_AGO)
    shutil.copyfile(made.postcode_areas, haven.folder / "postcode_areas.csv")
    (haven.folder / "restricted_example.csv").write_bytes(PAPERS.joinpath("restricted_example.csv").read_bytes())
    (folder / "trust.txt").write_text(f"{haven.signing_key}\n{haven.log_key}\n", encoding="utf-8")
    _papers(folder, made, today=now.date())
    for path in sorted((folder / "records").glob("*.toml")):
        record(haven, path.stem.split("-")[1], path)
    _first_deliveries(haven, made)
    _national_check(haven, folder, made.opted_out, name="old")
    return made.opted_out


def check_again(folder: Path, opted_out: Iterable[str]) -> None:
    """Ask the national check today."""
    _national_check(open_haven(folder / "haven", operator="the tests"), folder, opted_out, name="fresh")


def _papers(folder: Path, people: Population, *, today: dt.date) -> None:
    ahead = {"starts": -60, "year": 300, "ends": 600}
    days = {name: today + dt.timedelta(days=many) for name, many in ahead.items()}
    words = {name: day.isoformat() for name, day in days.items()} | _keys(folder / "keys")
    for kind in ("records", "applications"):
        (folder / kind).mkdir()
        for paper in PAPERS.joinpath(kind).iterdir():
            text = Template(paper.read_text(encoding="utf-8")).substitute(words)
            (folder / kind / paper.name).write_text(text, encoding="utf-8")
    shutil.copyfile(people.trial_consents, folder / "records" / "trial_consents.csv")
    shutil.copyfile(people.trial_cohort, folder / "applications" / "trial_cohort.csv")


def _keys(folder: Path) -> dict[str, str]:
    folder.mkdir()
    found = {}
    for paper in PAPERS.joinpath("records").iterdir():
        for word in Template(paper.read_text(encoding="utf-8")).get_identifiers():
            if word.startswith("key_"):
                identity = pyrage.x25519.Identity.generate()
                (folder / f"{word.removeprefix('key_')}.txt").write_text(f"{identity}\n", encoding="utf-8")
                found[word] = str(identity.to_public())
    return found


def _first_deliveries(haven: Haven, people: Population) -> None:
    for dataset in ("episodes", "gp_events"):
        describe(haven, dataset_description(dataset))
    for each in people.of("episodes"):
        if each.controller != HELD_BACK:
            deliver(haven, "episodes", [each.file], sent=Sent(each.controller, "section 254", (), "the sender"))


def _national_check(haven: Haven, folder: Path, opted_out: Iterable[str], *, name: str) -> None:
    question, reply = folder / f"question-{name}.dat", folder / f"reply-{name}.dat"
    ask(haven, question)
    answer_question(question, reply, opted_out=opted_out)
    load_answer(haven, reply)


@dataclass(frozen=True)
class Answered:
    """What a command left: its status, its answer, and what it said beside the answer."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as one JSON document, and nothing else."""
        return json.loads(self.out)

    def refused_plainly(self, status: int, *words: str) -> None:
        """One plain message with these words on standard error, nothing on standard output, no traceback."""
        assert self.status == status, self
        assert self.out == "", self
        assert self.err.startswith("haven: ") and self.err.count("\n") == 1, self
        assert "Traceback" not in self.err and "our fault" not in self.err, self
        for word in words:
            assert word in self.err, (word, self.err)


@dataclass(frozen=True)
class Desk:
    """An operator's desk: the haven in `folder`/haven, and beside it papers, keys and incoming files."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "haven"

    def path(self, *parts: str) -> Path:
        return self.folder.joinpath(*parts)

    def arguments(self, *words: object) -> list[str]:
        """The command line after `haven`."""
        return ["--haven", str(self.home), "--operator", "the tests", *map(str, words)]

    def haven(self, *words: object) -> Answered:
        """Say `haven …` and wait for the answer."""
        return said(self.arguments(*words))

    def episodes(self, controller: str) -> Path:
        """The first file of a trust."""
        return next(self.path("incoming").glob(f"*/episodes_{controller}.*"))

    def delivery(self, file: Path, *more: str, controller: str = HELD_BACK, dataset: str = "episodes") -> list[str]:
        """The words of a delivery."""
        return ["deliver", dataset, str(file), "--controller", controller, "--route", "section 254", *more]

    def deliver(self, file: Path, *more: str, controller: str = HELD_BACK, dataset: str = "episodes") -> Answered:
        """Deliver a file."""
        return self.haven(*self.delivery(file, *more, controller=controller, dataset=dataset))

    def paper(self, kind: str, name: str, *changes: tuple[str, str]) -> Path:
        """A paper of the desk with words changed in it; each must stand there."""
        path = self.path(kind, name)
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return path

    def application(self, name: str, *changes: tuple[str, str]) -> Path:
        """An application, with words changed in it."""
        return self.paper("applications", f"{name}.toml", *changes)

    def release(self, name: str, *changes: tuple[str, str]) -> Answered:
        """Release under an application into packages/<its name>."""
        return self.haven("release", self.application(name, *changes), "--out", self.path("packages", name))

    def entries(self) -> list[dict[str, Any]]:
        """The log, entry by entry."""
        return list(self.haven("log", "show", "--json").document)

    def held(self) -> Held:
        """All that the haven holds now."""
        return Held.of(self.home)

    def assert_sound(self) -> None:
        """Every entry, node and body of the log is whole, and every delivery on record lies in the vault."""
        checked = self.haven("log", "fsck")
        assert checked.status == 0, checked
        folders = {path.parent.name for path in self.home.glob("vault/datasets/*/deliveries/*/content.parquet")}
        recorded = {each["ids"]["delivery"] for each in self.entries() if each["type"].startswith("delivery")}
        assert recorded <= folders


def said(arguments: list[str]) -> Answered:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run(arguments)
    return Answered(status, out.getvalue(), err.getvalue())


_LOOKED = ('INSERT INTO "records_private', 'INSERT INTO "records_head" VALUES(2,')


@dataclass(frozen=True)
class Held:
    """The vault, releases and staging file by file, and the records row by row, each by its hash; without who looked
    at what, which is entered before a command can know whether it will be refused."""

    files: frozenset[tuple[str, str]]
    rows: tuple[str, ...]

    @classmethod
    def of(cls, home: Path) -> Held:
        files = [
            (str(path.relative_to(home)), hashlib.sha256(path.read_bytes()).hexdigest())
            for part in ("vault", "releases", "work", "tiles")
            for path in (home / part).rglob("*")
            if path.is_file() and "locks" not in path.parts
        ]
        with closing(sqlite3.connect(home / "records.sqlite3")) as records:
            rows = (row for row in records.iterdump() if not row.startswith(_LOOKED))
            return cls(frozenset(files), tuple(rows))

    @property
    def paths(self) -> set[str]:
        return {path for path, _ in self.files}


def listing(folder: Path) -> set[str]:
    """Every file and folder below, hidden ones too."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
