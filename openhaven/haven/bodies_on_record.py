"""Registers of those who are let near the data: who is assured, until when; and which breaches of terms are on record.

Made from records in the log, and from nothing else; who looked at a paper is named to staff alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from openhaven.haven.place import Haven
from openhaven.model.record.organisations import Accreditation, Breach, Organisation
from openhaven.records import reads

ASSURED_COLUMNS = (
    "id",
    "organisation",
    "ods",
    "scheme",
    "status",
    "scope",
    "starts",
    "ends",
    "standing",
    "evidence",
    "entry",
)
BREACH_COLUMNS = ("id", "organisation", "what", "on", "closed", "standing", "entry")  # fmt: skip


def assured(haven: Haven) -> list[dict[str, Any]]:
    """Every accreditation on record, by organisation: safe havens, security assurance, the data protection fee."""
    names, today = _names(), haven.today()
    found = [each for each in reads.records_of("accreditation") if isinstance(each, Accreditation)]
    return sorted(
        (
            {
                "id": each.id,
                "organisation": names.get(each.organisation, each.organisation),
                "ods": each.ods,
                "scheme": each.scheme,
                "status": each.status,
                "scope": each.scope,
                "starts": each.starts.isoformat(),
                "ends": each.ends.isoformat(),
                "standing": _in_date(each.starts, each.ends, today),
                "evidence": each.seen.document,
                "entry": _entry("accreditation", each.id),
            }
            for each in found
        ),
        key=lambda each: (each["organisation"], each["scheme"], each["starts"]),
    )


def breaches(haven: Haven) -> list[dict[str, Any]]:
    """Every breach of terms on record, the latest first, open or closed."""
    names = _names()
    found = [each for each in reads.records_of("breach") if isinstance(each, Breach)]
    return [
        {
            "id": each.id,
            "organisation": names.get(each.organisation, each.organisation),
            "what": each.what,
            "on": each.on.isoformat(),
            "closed": each.closed.isoformat() if each.closed else "",
            "standing": "closed" if each.closed else "open",
            "entry": _entry("breach", each.id),
        }
        for each in sorted(found, key=lambda each: (each.on, each.id), reverse=True)
    ]


def _in_date(starts: dt.date, ends: dt.date, today: dt.date) -> str:
    return "not yet" if today < starts else "over" if today > ends else "in date"


def _names() -> Mapping[str, str]:
    return {each.id: each.name for each in reads.records_of("organisation") if isinstance(each, Organisation)}


def _entry(kind: str, id: str) -> int:
    return reads.fact_versions(kind=kind, id=id)[-1].index
