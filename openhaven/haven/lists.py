"""Opt-out lists in the vault, each overwriting the last; and Type 1 lists loaded."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from openhaven.haven.place import Haven
from openhaven.haven.whole import read_text
from openhaven.identity.nhs_number import clean
from openhaven.model.errors import BadInput
from openhaven.optouts.lists import ObjectorList, Sense, Source
from openhaven.optouts.numbers import Numbers
from openhaven.optouts.type1 import Code, CodeList, Events, Means, objectors
from openhaven.records import kept, reads, writes
from openhaven.records.act import instant
from openhaven.vault.places import sync

NATIONAL = "national"


def load_type_1(haven: Haven, file: Path, *, controller: str) -> ObjectorList:
    """Take in a controller's Type 1 objectors: a list of numbers, or coded events (nhs_number, code, event_date).

    Raises BadInput, also for a controller that is not on record: its list would be applied to nobody's data."""
    if all(each.id != controller for each in reads.records_of("organisation")):
        raise BadInput(
            f"controller {controller} is not an organisation of record",
            where="--controller",
            todo="Look at its id; or record it first: haven record organisation FILE",
        )
    now = haven.clock()
    numbers = _type_1_numbers(haven, file)
    name = f"type-1-{controller}"
    record = kept.OptOutAnswer(
        f"{name}.{len(reads.optout_answers(name)) + 1}",
        name,
        Sense.OBJECTS,
        instant(now),
        instant(now),
        len(numbers),
        numbers.digest,
    )
    with kept_list(haven, name, numbers):
        writes.record_optout_answer(answer=record, act=haven.act())
    return ObjectorList(record.id, Source.TYPE_1, numbers, now, controller)


def type_1_of(haven: Haven, controller: str) -> ObjectorList | None:
    """The controller's latest Type 1 list, None where none was loaded."""
    answers = reads.optout_answers(f"type-1-{controller}")
    if not answers:
        return None
    made = dt.datetime.fromisoformat(answers[-1].as_of)
    numbers = numbers_held(haven, f"type-1-{controller}", answers[-1].digest)
    return ObjectorList(answers[-1].id, Source.TYPE_1, numbers, made, controller)


def numbers_held(haven: Haven, name: str, digest: str) -> Numbers:
    """The numbers of a list in the vault, as they are on record. Raises BadInput where these are not there."""
    path = _path(haven, name, digest)
    if path.exists():
        numbers = Numbers(np.load(path, allow_pickle=False))
        if numbers.digest == digest:
            return numbers
    raise BadInput(
        f"the list {name} in the vault is not the one on record",
        where=str(path),
        todo="Ask the national check again, or load the controller's list again.",
    )


def _type_1_numbers(haven: Haven, file: Path) -> Numbers:
    text = read_text(file)
    if "," not in text.split("\n", 1)[0].rstrip(",\r"):
        return _listed_numbers(text, file)
    rows = csv.DictReader(io.StringIO(text))
    day = next((name for name in ("event_date", "date") if name in (rows.fieldnames or ())), "")
    if missing := [name for name in ("nhs_number", "code") if name not in (rows.fieldnames or ())] or (
        [] if day else ["event_date"]
    ):
        raise BadInput(f"there is no column {', '.join(missing)}", where=str(file))
    chosen = haven.settings.optouts
    codes = CodeList(
        (
            *(Code(each, Means.DISSENT) for each in chosen.type_1_dissent),
            *(Code(each, Means.WITHDRAWAL) for each in chosen.type_1_withdrawn),
        )
    )
    wanted = {each.code for each in codes.code}
    events = [
        (row["nhs_number"].replace(" ", ""), row["code"], _day(row[day], file))
        for row in rows
        if row["code"] in wanted and row["nhs_number"]
    ]
    return objectors(Events.of(events, where=str(file)), on=haven.today(), codes=codes)


def _listed_numbers(text: str, file: Path) -> Numbers:
    """NHS numbers, one a line, with a heading or without. A mistyped one is refused: its objection is lost."""
    lines = [line.strip().rstrip(",") for line in text.splitlines()]
    if not any(lines):
        raise BadInput(
            "the file is empty", where=str(file), todo="If nobody objects, send the heading alone: nhs_number"
        )
    headed = int(lines[0].lower() == "nhs_number")
    found = []
    for place, line in enumerate(lines[headed:], start=headed + 1):
        number = clean(line)
        if number is None:
            raise BadInput(
                f"line {place} is not a valid NHS number: ten digits, of which the last checks the others",
                where=str(file),
                todo="Send NHS numbers, one a line, or coded events with the columns nhs_number, code and event_date.",
            )
        found.append(number)
    return Numbers.of(found)


def _day(text: str, file: Path) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("the day of an event is not a date as 2026-12-31", where=str(file)) from None


@contextmanager
def kept_list(haven: Haven, name: str, numbers: Numbers) -> Iterator[None]:
    """The list lies in the vault before it is recorded within, and the list before it until then: a break between
    the two leaves in use what is on record."""
    path = _path(haven, name, numbers.digest)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            np.save(file, numbers.sorted, allow_pickle=False)
        part.chmod(0o600)
        sync(part)
        part.rename(path)
        sync(path.parent)
    finally:
        part.unlink(missing_ok=True)
    yield
    for former in path.parent.iterdir():
        if former.name.split(",")[0] == name and former != path:
            former.unlink()


def _path(haven: Haven, name: str, digest: str) -> Path:
    return haven.vault.folder / "optouts" / f"{name},{digest[:16]}.npy"
