"""An operator's record from its TOML file to the log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from openhaven.haven.consents import taken_consents
from openhaven.haven.objections import taken_objectors
from openhaven.haven.place import Haven
from openhaven.haven.whole import read_text
from openhaven.law.coding import check_record
from openhaven.law.pointing import Known, check_pointers
from openhaven.model.errors import BadInput
from openhaven.model.plain import from_plain, read_toml
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.choices import ConsentMaterial, Objection
from openhaven.model.record.kinds import KINDS, Record
from openhaven.model.record.organisations import Organisation
from openhaven.package.sealing import check_recipient
from openhaven.records import reads, writes
from openhaven.vault.describe import datasets


@dataclass(frozen=True, slots=True)
class Recorded:
    """The record's id and the index of its entry."""

    id: str
    index: int


def record(haven: Haven, kind: str, file: Path) -> Recorded:
    """Record what a file says. Raises BadInput naming the file and what is wrong."""
    if kind not in KINDS:
        raise BadInput(f"there is no kind {kind!r}", todo=f"Kinds: {', '.join(KINDS)}.")
    noun = from_plain(KINDS[kind], read_toml(read_text(file), where=str(file)), where=str(file))
    _check(haven, noun, where=str(file))
    if isinstance(noun, Organisation) and noun.age_key:
        check_recipient(noun.age_key, where=str(file))
    if isinstance(noun, ConsentMaterial):
        with taken_consents(haven.vault, noun, file) as digest:
            position = writes.record_fact(kind=kind, record=noun, file_sha256=digest, act=haven.act())
    elif isinstance(noun, Objection):
        with taken_objectors(haven.vault, noun, file) as digest:
            position = writes.record_fact(kind=kind, record=noun, file_sha256=digest, act=haven.act())
    else:
        position = writes.record_fact(kind=kind, record=noun, act=haven.act())
    return Recorded(noun.id, position.index)


def record_noun(haven: Haven, kind: str, noun: Record, *, application: str = "") -> Recorded:
    """Record a fact that comes with no file, as a person stated it at the desk, where `application` is known though
    nothing was decided on it yet. Raises BadInput as `record` does."""
    _check(haven, noun, where=f"{kind} {noun.id}", application=application)
    return Recorded(noun.id, writes.record_fact(kind=kind, record=noun, act=haven.act()).index)


def known(haven: Haven) -> Known:
    """What a record can point to here."""
    organisations = tuple(each for each in reads.records_of("organisation") if isinstance(each, Organisation))
    agreements = tuple(each for each in reads.records_of("agreement") if isinstance(each, Agreement))
    decided = sorted({each.application_id for each in reads.decisions()})
    return Known(organisations, agreements, datasets(haven.vault), tuple(decided))


def _check(haven: Haven, noun: Record, *, where: str, application: str = "") -> None:
    if not noun.id.strip():
        raise BadInput("the id is empty, so nothing could name this record", where=where, todo="Give it an id.")
    check_record(noun, where=where)
    found = known(haven)
    if application:
        found = replace(found, applications=(*found.applications, application))
    check_pointers(noun, found, where=where)
