"""What a release needs beside its obligations: the national check's answer, who objected, places, restricted codes."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from openhaven.haven.deciding import Decided, deliveries_held
from openhaven.haven.lists import NATIONAL, numbers_held, type_1_of
from openhaven.haven.objections import objecting_numbers, together
from openhaven.haven.place import LONDON, Haven
from openhaven.law.objecting import ARTICLE_21, TYPE_1, upheld
from openhaven.model.errors import BadInput, Unmet
from openhaven.model.obligation import NationalOptOut
from openhaven.optouts.numbers import Numbers
from openhaven.records import kept, reads
from openhaven.release.objections import Objectors, lists_of
from openhaven.release.optouts import MayFlow
from openhaven.release.precision import Places
from openhaven.release.restricted import RestrictedList


def may_flow(haven: Haven, obligation: object) -> MayFlow | None:
    """The latest answer of the national check, where the decision applies opt-outs. Raises Unmet when it is not
    there or no longer fresh."""
    if (found := answer_in_use(haven, obligation)) is None:
        return None
    answer, age = found
    returned = numbers_held(haven, NATIONAL, answer.digest)
    return MayFlow(answer.id, pa.array(list(returned), pa.string()), age, answer.digest)


def answer_in_use(haven: Haven, obligation: object) -> tuple[kept.OptOutAnswer, int] | None:
    """The record of that answer and its age in days, without its numbers. Raises Unmet as `may_flow` does."""
    if not isinstance(obligation, NationalOptOut) or not obligation.applies:
        return None
    answers = reads.optout_answers(NATIONAL)
    if not answers:
        raise Unmet(
            "the national data opt-out has to be applied and there is no answer of the national check",
            todo="Run: haven optouts ask, send the file, then: haven optouts load",
        )
    latest = answers[-1]
    age = (haven.today() - datetime.fromisoformat(latest.as_of).astimezone(LONDON).date()).days
    if age > obligation.max_age_days:
        raise Unmet(
            f"the answer of the national check is {age} days old; {obligation.max_age_days} are allowed",
            todo="Run haven optouts ask again, send the file, and load the answer.",
        )
    return latest, age


def objectors(haven: Haven, decided: Decided) -> Objectors | None:
    """Whom the lists that a decision names leave out; None where it names none. A list that the haven does not have
    is not among `lists`, and the road then stops. Raises BadInput where a file is not the one on record."""
    wanted = lists_of(decided.decision.obligations)
    if not wanted:
        return None
    found = {name: numbers(haven, decided) for name, numbers in _LISTS.items() if name in wanted}
    every = together(list(found.values()))
    return Objectors(tuple(found), every.sorted, every.digest)


def _article_21(haven: Haven, decided: Decided) -> Numbers:
    standing = upheld(decided.application, decided.facts, on=decided.decision.on)
    return objecting_numbers(haven.vault, [each.id for each in standing])


def _type_1(haven: Haven, decided: Decided) -> Numbers:
    controllers = sorted({each.controller for each in deliveries_held(haven, decided.facts.dataset)})
    lists = {each: type_1_of(haven, each) for each in controllers}
    if missing := [each for each, listed in lists.items() if listed is None]:
        raise Unmet(
            f"no list of Type 1 objectors of {', '.join(missing)} is here",
            todo="Load it: haven optouts load --type-1 --controller ID FILE",
        )
    return together([listed.numbers for listed in lists.values() if listed is not None])


_LISTS = {ARTICLE_21: _article_21, TYPE_1: _type_1}


def places(haven: Haven) -> Places:
    """The lookup from postcode to areas that haven.toml names; empty where it names none. Raises BadInput."""
    if not haven.settings.files.places:
        return Places()
    path = haven.folder / haven.settings.files.places
    rows = _rows(path, ("postcode", "lsoa", "area", "region"))
    return Places(tuple((row[0], row[1], row[2], row[3]) for row in rows))


def restricted_lists(haven: Haven) -> tuple[RestrictedList, ...]:
    """The restricted code lists that haven.toml names, each a CSV of system and code. Raises BadInput."""
    found = []
    for name, file in haven.settings.files.restricted.items():
        rows = _rows(haven.folder / file, ("system", "code"))
        for system in sorted({row[0] for row in rows}):
            found.append(RestrictedList(name, system, tuple(row[1] for row in rows if row[0] == system)))
    return tuple(found)


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    if not path.is_file():
        raise BadInput("there is no such file", where=str(path), todo="Set [files] in haven.toml right.")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if missing := [name for name in columns if name not in (rows.fieldnames or ())]:
            raise BadInput(f"there is no column {', '.join(missing)}", where=str(path))
        return [tuple(row[name] for name in columns) for row in rows]
