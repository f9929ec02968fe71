"""Files of people that an applicant or a study sends: taken in, read, and destroyed when their use ends."""

from __future__ import annotations

import csv
import datetime as dt
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openhaven.haven.place import Haven
from openhaven.haven.whole import read_text
from openhaven.model.application import Application
from openhaven.model.errors import BadInput
from openhaven.model.obligation import OnlyConsenting
from openhaven.model.plain import from_plain
from openhaven.model.record import ConsentMaterial
from openhaven.optouts.consent import Consent
from openhaven.release.cohort import Listed, read_people
from openhaven.vault.places import sync

CONSENT_COLUMNS = (
    "study_id",
    "nhs_number",
    "consented_on",
    "wording_version",
    "items",
    "valid_from",
    "valid_to",
    "withdrawn_on",
)


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
        held = haven.vault.folder / "cohorts" / f"{application.id}.csv"
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
        held.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = held.with_suffix(".part")
        shutil.copyfile(given, part)
        part.chmod(0o600)
        sync(part)
        part.rename(held)
        sync(held.parent)
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


def listed_people(people: CohortFile | None) -> tuple[Listed, ...]:
    """The lines of the people file; none where the application brings none."""
    return () if people is None else read_people(read_text(people.path), where="the people file")


def take_consents(haven: Haven, material: ConsentMaterial, source: Path) -> None:
    """Take the person-by-person consents that a consent record names into the vault, checked first."""
    if not material.people:
        return
    given = source.parent / material.people
    if not given.is_file():
        raise BadInput("there is no such file", where=str(given))
    text = read_text(given)
    read_consents(text, where=str(given))
    target = haven.vault.folder / "consents" / f"{material.id}.csv"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_text(text, encoding="utf-8", newline="")
    part.chmod(0o600)
    part.rename(target)


def consents_of(haven: Haven, obligation: object) -> Mapping[str, Consent]:
    """Each person's consent by study id, as recorded for the consent that the decision relies on."""
    if not isinstance(obligation, OnlyConsenting):
        return {}
    path = haven.vault.folder / "consents" / f"{obligation.consent}.csv"
    if not path.exists():
        raise BadInput(
            "no person-by-person consents are on record",
            where=f"consent {obligation.consent}",
            todo="Record it again with people = FILE.csv.",
        )
    return read_consents(read_text(path), where=f"consents of {obligation.consent}")


def read_consents(text: str, *, where: str) -> dict[str, Consent]:
    """Consents as CSV text, the latest of each study id. Items stand in one cell, parted by semicolons."""
    rows = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    if missing := [name for name in CONSENT_COLUMNS if name not in (rows.fieldnames or ())]:
        raise BadInput(f"there is no column {', '.join(missing)}", where=where)
    found: dict[str, Consent] = {}
    withdrawn: dict[str, dt.date] = {}
    for line, row in enumerate(rows, start=2):
        consent = from_plain(Consent, _plain(row), where=f"{where}, line {line}")
        former = found.get(consent.study_id)
        if former is None or former.consented_on <= consent.consented_on:
            found[consent.study_id] = consent
        if consent.withdrawn_on is not None:
            withdrawn[consent.study_id] = max(consent.withdrawn_on, withdrawn.get(consent.study_id, dt.date.min))
    return {study: _with_withdrawal(consent, withdrawn.get(study)) for study, consent in found.items()}


def _with_withdrawal(consent: Consent, withdrawn: dt.date | None) -> Consent:
    """A withdrawal on any line counts, unless the person consented again after it."""
    if withdrawn is None or withdrawn < consent.consented_on:
        return consent
    return replace(consent, withdrawn_on=withdrawn)


def _plain(row: Mapping[str, str]) -> dict[str, Any]:
    plain: dict[str, Any] = {name: row[name] for name in CONSENT_COLUMNS}
    plain["items"] = [item.strip() for item in row["items"].split(";") if item.strip()]
    return {name: value for name, value in plain.items() if value != ""}


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
