"""Consents person by person, as a study sends them: each file lies in the vault under its digest, which is recorded.

The file is in its place before the record that names it is written, and the one before it until then: a break between
the two leaves in use what is on record, and a file that was changed is not read."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from openhaven.haven.whole import read_text
from openhaven.model.errors import BadInput
from openhaven.model.obligation import OnlyConsenting
from openhaven.model.plain import from_plain
from openhaven.model.record.choices import ConsentMaterial
from openhaven.optouts.consent import Consent
from openhaven.records import reads
from openhaven.vault.places import Vault, check_id, private_folder, sync

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


@contextmanager
def taken_consents(vault: Vault, material: ConsentMaterial, source: Path) -> Iterator[str]:
    """The consents that a record names, checked and in the vault; gives their SHA-256, empty where it names none.

    The record is written within; then the file before is removed. `source` is the record's own file."""
    digest = ""
    if material.people:
        given = source.parent / material.people
        if Path(material.people).name != material.people:
            raise BadInput("people: name a file that lies beside the record, not a path", where=str(source))
        if not given.is_file():
            raise BadInput("there is no such file", where=str(given))
        text = read_text(given)
        read_consents(text, where=str(given))
        content = text.encode()
        digest = hashlib.sha256(content).hexdigest()
        put_private(path_of(vault, material.id, digest), content)
    yield digest
    sweep_consents(vault)


def put_private(path: Path, content: bytes) -> None:
    """A file of the vault that its owner alone can read, in its place whole or not at all."""
    private_folder(path.parent)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    sync(part)
    part.rename(path)
    sync(path.parent)


def sweep_consents(vault: Vault) -> None:
    """Remove every file of consents that no record names: of a record that was replaced, or never came to be."""
    folder = vault.folder / "consents"
    if not folder.is_dir():
        return
    named = {path_of(vault, id, digest) for id, digest in reads.files_of("consent").items()}
    for path in folder.iterdir():
        if path not in named:
            path.unlink()


def consents_of(vault: Vault, obligation: object) -> Mapping[str, Consent]:
    """Each person's consent by study id, as recorded for the consent that the decision relies on. Raises BadInput
    where none is on record, or the file is not the one that is."""
    if not isinstance(obligation, OnlyConsenting):
        return {}
    return read_consents(recorded_consents(vault, obligation.consent), where=f"consent {obligation.consent}")


def recorded_consents(vault: Vault, id: str) -> str:
    """The person-by-person consents on record, as CSV. Raises BadInput where none are, or the file is another."""
    where = f"consent {id}"
    if not (digest := reads.files_of("consent").get(id)):
        raise BadInput(
            "no person-by-person consents are on record",
            where=where,
            todo="Record it again with people = FILE.csv.",
        )
    path = path_of(vault, id, digest)
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise BadInput(
            "the person-by-person consents in the vault are not those on record",
            where=where,
            todo="Find out who changed them, then record it again with people = FILE.csv.",
        )
    return read_text(path)


def consents_digest(obligation: object) -> str:
    """The SHA-256 of the consents on record for the consent that the decision relies on; empty where it needs none."""
    if not isinstance(obligation, OnlyConsenting):
        return ""
    return reads.files_of("consent").get(obligation.consent, "")


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
    plain: dict[str, Any] = {name: row[name] for name in CONSENT_COLUMNS} | {"given_by": row.get("given_by") or ""}
    plain["items"] = [item.strip() for item in row["items"].split(";") if item.strip()]
    return {name: value for name, value in plain.items() if value != ""}


def path_of(vault: Vault, id: str, digest: str) -> Path:
    """Where the consents of that digest lie."""
    return vault.folder / "consents" / f"{check_id(id, what='consent')},{digest[:16]}.csv"
