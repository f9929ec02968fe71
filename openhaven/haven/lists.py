"""Opt-out lists in the vault, each overwriting the last; and Type 1 lists loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from openhaven.haven.place import Haven
from openhaven.haven.type_1_file import type_1_numbers
from openhaven.haven.whole import read_text
from openhaven.model.errors import BadInput
from openhaven.optouts.lists import ObjectorList, Sense, Source
from openhaven.optouts.numbers import Numbers
from openhaven.optouts.type1 import Code, CodeList, Means
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


def listed_before(controller: str) -> int | None:
    """How many the controller's latest Type 1 list names, None where none was loaded."""
    answers = reads.optout_answers(f"type-1-{controller}")
    return answers[-1].count if answers else None


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
    chosen = haven.settings.optouts
    codes = CodeList(
        (
            *(Code(each, Means.DISSENT) for each in chosen.type_1_dissent),
            *(Code(each, Means.WITHDRAWAL) for each in chosen.type_1_withdrawn),
        )
    )
    return type_1_numbers(read_text(file), codes=codes, on=haven.today(), where=str(file))


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
