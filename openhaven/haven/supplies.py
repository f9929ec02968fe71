"""What a release needs beside its obligations: the answer of the national check, places, restricted codes."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from openhaven.haven.lists import NATIONAL, numbers_held
from openhaven.haven.place import LONDON, Haven
from openhaven.model.errors import BadInput, Unmet
from openhaven.model.obligation import NationalOptOut
from openhaven.records import reads
from openhaven.release.optouts import MayFlow
from openhaven.release.precision import Places
from openhaven.release.restricted import RestrictedList


def may_flow(haven: Haven, obligation: object) -> MayFlow | None:
    """The latest answer of the national check, where the decision applies opt-outs. Raises Unmet when it is not
    there or no longer fresh."""
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
    returned = numbers_held(haven, NATIONAL, latest.digest)
    return MayFlow(latest.id, pa.array(list(returned), pa.string()), age, latest.digest)


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
