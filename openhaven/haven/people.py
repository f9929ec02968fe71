"""An applicant's file of people: taken in, read, and destroyed when its use ends."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openhaven.haven.place import Haven
from openhaven.haven.whole import read_text
from openhaven.model.application import Application
from openhaven.model.errors import BadInput
from openhaven.records import reads
from openhaven.release.cohort import Listed, read_people
from openhaven.vault.places import sync


@dataclass(frozen=True, slots=True)
class CohortFile:
    """An applicant's people file, in the vault until its release is made."""

    path: Path

    @classmethod
    def of(cls, haven: Haven, application: Application, source: Path) -> CohortFile | None:
        """The file that the application names, moved into the vault so that one copy is left to destroy.

        `source` is the application's own file; the name is relative to it. Raises BadInput where there is none."""
        if not application.people_file:
            return None
        held = cohort_file(haven, application.id)
        given = source.parent / application.people_file
        _end_of(given)
        if not given.exists() and held.exists():
            return cls(held)
        if not given.is_file():
            raise BadInput(
                "there is no such file",
                where=str(given),
                todo="If it was destroyed after an earlier release, ask the applicant to send it again.",
            )
        read_people(read_text(given), where=str(given))  # refused here, it stays where it is
        _keep(held, given.read_bytes())
        _overwrite(given)
        return cls(held)

    def destroy(self, release: str, *, size: int, on: dt.datetime) -> Mapping[str, Any]:
        """Overwrite and remove the file; a break may make this the second time. `size` is in bytes, as it was.

        Returns what the certificate of destruction says."""
        if self.path.exists():
            _overwrite(self.path)
        _end_of(self.path)
        return {
            "release": release,
            "what": "the applicant's file of people (study id, NHS number, date of birth)",
            "bytes": size,
            "how": "overwritten once with random bytes, then removed",
            "on": on.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "not covered": "copies that the sender keeps, and backups of this machine's disk",
        }


def check_people(content: bytes) -> None:
    """Raises BadInput, naming the line and nobody, where a file of people that was sent cannot be read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("this is not UTF-8 text", todo="Save it as UTF-8.") from None
    if not read_people(text, where="the list"):
        raise BadInput("the list names nobody")


def take_people(haven: Haven, application: str, content: bytes) -> None:
    """Take in a file of people that was sent and checked: it lies in the vault until the next release of its
    application, and one that lay there is destroyed. Only for who holds the haven alone: a release may be reading."""
    held = cohort_file(haven, application)
    _end_of(held)
    if held.exists():
        _overwrite(held)
    _keep(held, content)


def _keep(held: Path, content: bytes) -> None:
    """Whole under its name, or not at all; for nobody else to read."""
    held.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = held.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(part, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(content)
    sync(part)
    part.rename(held)
    sync(held.parent)


def cohort_file(haven: Haven, application: str) -> Path:
    """Where the file of people of an application lies in the vault."""
    return haven.vault.folder / "cohorts" / f"{application}.csv"


def waiting_files(haven: Haven) -> tuple[str, ...]:
    """The applications whose file of people lies in the vault, though no release of theirs waits to be handed over:
    theirs broke, or was refused once the file had been taken in."""
    finishing = {each.release.application for each in reads.unfinished_releases()}
    there = {each.stem for each in (haven.vault.folder / "cohorts").glob("[!.]*.csv")}
    return tuple(sorted(there - finishing))


def listed_people(people: CohortFile | None) -> tuple[Listed, ...]:
    """The lines of the people file; none where the application brings none."""
    return () if people is None else read_people(read_text(people.path), where="the people file")


def _overwrite(path: Path) -> None:
    """Under another name first, so that a file which is half destroyed is never read as the file."""
    path.rename(_dying(path))
    _end_of(path)


def _end_of(path: Path) -> None:
    """Destroy a file that an earlier command began to destroy, if there is one."""
    dying = _dying(path)
    if not dying.exists():
        return
    with dying.open("r+b") as file:
        file.write(secrets.token_bytes(dying.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    dying.unlink()


def _dying(path: Path) -> Path:
    return path.with_name(f".{path.name}.destroying")
