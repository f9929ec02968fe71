"""What a person said yes to, and what they objected to, as it is on record; and a yes taken back (UK GDPR, Articles 7
and 21).

What was used before a yes was taken back stays used; from then on no release has the person in it for that study."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from dataclasses import dataclass

from openhaven.haven.consents import CONSENT_COLUMNS, put_private, read_consents, recorded_consents, sweep_consents
from openhaven.haven.consents import path_of as path_of_consents
from openhaven.haven.objections import objecting_numbers, path_of, sweep_objectors
from openhaven.haven.place import Haven
from openhaven.identity.nhs_number import clean
from openhaven.model.errors import BadInput
from openhaven.model.record.choices import ConsentMaterial, Heard, Objection
from openhaven.model.record.seen import Seen
from openhaven.optouts.consent import Consent
from openhaven.records import reads, writes


@dataclass(frozen=True, slots=True)
class Yes:
    """One consent of one person."""

    consent: str
    study: str
    given: dt.date
    until: dt.date | None
    taken_back: dt.date | None


def yes_of(haven: Haven, number: str) -> tuple[Yes, ...]:
    """What the person with this NHS number said yes to, as the studies told. Who calls this has entered the look-up."""
    materials = [each for each in reads.records_of("consent") if isinstance(each, ConsentMaterial) and each.people]
    found = ((each, _consent(haven, each.id, number)) for each in materials)
    return tuple(
        Yes(each.id, each.study, own.consented_on, own.valid_to, own.withdrawn_on)
        for each, own in found
        if own is not None
    )


def _consent(haven: Haven, id: str, number: str) -> Consent | None:
    held = read_consents(recorded_consents(haven.vault, id), where=f"consent {id}").values()
    mine = [each for each in held if clean(each.nhs_number) == number]
    return max(mine, key=lambda each: each.consented_on, default=None)


def take_back(haven: Haven, id: str, number: str) -> int:
    """Record that this person took their yes back today: the study's consents are on record anew. Only for who holds
    the haven. Returns the place of the entry. Raises BadInput where there is no such yes, or it was taken back."""
    material = next((each for each in reads.records_of("consent") if each.id == id), None)
    own = _consent(haven, id, number) if isinstance(material, ConsentMaterial) and material.people else None
    if not isinstance(material, ConsentMaterial) or own is None:
        raise BadInput("no such yes of this person is on record", where=f"consent {id}")
    if own.withdrawn_on is not None and own.withdrawn_on <= haven.today():
        raise BadInput(f"it was taken back on {own.withdrawn_on} already", where=f"consent {id}")
    content = _with_withdrawal(recorded_consents(haven.vault, id), number, haven.today()).encode()
    digest = hashlib.sha256(content).hexdigest()
    put_private(path_of_consents(haven.vault, id, digest), content)
    position = writes.record_fact(kind="consent", record=material, file_sha256=digest, act=haven.act())
    sweep_consents(haven.vault)
    return position.index


def _with_withdrawal(text: str, number: str, on: dt.date) -> str:
    rows = list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))
    names = list(dict.fromkeys([*CONSENT_COLUMNS, *(rows[0] if rows else ())]))
    for row in rows:
        if clean(row["nhs_number"]) == number:
            row["withdrawn_on"] = on.isoformat()
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def no_of(haven: Haven, number: str) -> tuple[Objection, ...]:
    """The objections on record that name this person. Who calls this has entered the look-up."""
    every = [each for each in reads.records_of("objection") if isinstance(each, Objection)]
    return tuple(each for each in every if number in objecting_numbers(haven.vault, [each.id]))


def object_to(haven: Haven, id: str, number: str) -> int:
    """Record that this person objects to every use, from today on, open until somebody decides (Article 21). Only for
    who holds the haven. Returns the place of the entry."""
    return _record(haven, Objection(id, Heard.OPEN, haven.today(), f"{id}.txt"), number)


def settle(haven: Haven, id: str, number: str, *, upheld: bool, seen: Seen) -> int:
    """Record what a person decided on an objection. Only for who holds the haven. Raises BadInput where there is none,
    or it was decided before."""
    found = next((each for each in reads.records_of("objection") if each.id == id), None)
    if not isinstance(found, Objection) or found.state is not Heard.OPEN:
        raise BadInput("there is no open objection of that name", where=id)
    state = Heard.UPHELD if upheld else Heard.NOT_UPHELD
    return _record(haven, Objection(id, state, found.received, found.people, decided=seen), number)


def _record(haven: Haven, objection: Objection, number: str) -> int:
    content = f"{number}\n".encode()
    digest = hashlib.sha256(content).hexdigest()
    put_private(path_of(haven.vault, objection.id, digest), content)
    position = writes.record_fact(kind="objection", record=objection, file_sha256=digest, act=haven.act())
    sweep_objectors(haven.vault)
    return position.index
