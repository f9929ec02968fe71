"""The register of section 251 support that is relied on: a copy for anyone to read, with what falls due.

Made from records in the log, and from nothing else (LAW-25: COPI regulation 6; CAG-06). The register of the Health
Research Authority is the authoritative one. People who saw a letter are named to staff alone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openhaven.haven.catalogue import titles
from openhaven.haven.describing import dataset_on_record
from openhaven.haven.place import Haven
from openhaven.law.plainly import day
from openhaven.law.supports import OVER, review_due, standing
from openhaven.law.words import WORDS
from openhaven.model.errors import BadInput
from openhaven.model.record.approvals import Support
from openhaven.model.record.organisations import Organisation
from openhaven.model.record.seen import Seen
from openhaven.records import reads

REMIND = dt.timedelta(days=60)
"""So long before a review or an end somebody is reminded: our choice, to leave time for the yearly report."""
AUTHORITATIVE = (
    "This is our copy of the approvals that we rely on. The register of the Health Research Authority is the "
    "authoritative one."
)
COLUMNS = (
    "id", "title", "standing", "research", "regulation", "applicant", "purpose", "decided_by", "starts", "ends",
    "review", "withdrawn", "sources", "recipients", "datasets", "information", "circumstances", "practicability",
    "conditions", "conditions_seen", "national_opt_out", "exemption", "ethics_opinion", "letter", "letter_seen", "uses",
    "entry", "recorded", "version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due on support, and when. `late`: its day has passed."""

    support: str
    title: str
    what: str
    on: dt.date
    late: bool


def due(haven: Haven) -> tuple[Due, ...]:
    """Reviews and ends of support within sixty days, and reviews that are late; the first first."""
    grace, today = haven.settings.policy.support_review_grace_days, haven.today()
    found = [
        each
        for support in _supports()
        if standing(support, on=today, grace_days=grace) not in OVER
        for each in _due(support, today)
    ]
    return tuple(sorted(found, key=lambda each: (each.on, each.support)))


def _due(support: Support, today: dt.date) -> Iterator[Due]:
    for what, on in (("yearly review", review_due(support, on=today)), ("end", support.ends)):
        if on - today <= REMIND:
            yield Due(support.id, support.title, what, on, on < today)


def due_lines(found: Sequence[Due]) -> Iterator[str]:
    """What falls due, for a person to read."""
    for each in found:
        words = "was due" if each.late else "is due" if each.what != "end" else "is"
        yield f"Support {each.support}: its {each.what} {words} on {day(each.on)}"


def approvals(haven: Haven) -> list[dict[str, Any]]:
    """Every support on record as it stands, by its reference; what ended stays (LAW-30). Raises BadInput where a
    record was erased, since what it allowed would be forgotten."""
    bodies = {each.id: each for each in reads.records_of("organisation") if isinstance(each, Organisation)}
    named, uses = titles(haven), _uses()
    return [_approval(haven, each, bodies, named, uses) for each in _supports()]


def _supports() -> list[Support]:
    return [each for each in reads.records_of("support") if isinstance(each, Support)]


def _approval(
    haven: Haven,
    each: Support,
    bodies: Mapping[str, Organisation],
    named: Mapping[str, str],
    uses: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    versions = reads.fact_versions(kind="support", id=each.id)
    grace = haven.settings.policy.support_review_grace_days
    return {
        "id": each.id,
        "title": each.title,
        "standing": str(standing(each, on=haven.today(), grace_days=grace)),
        **_particulars(each, bodies, named),
        "sources": [_body(id, bodies) for id in _sources(each)],
        "information": [_information(haven, id, each.fields) for id in each.datasets],
        "uses": list(uses.get(each.id, ())),
        "entry": versions[-1].index,
        "recorded": versions[-1].recorded_at.date().isoformat(),
        "version": versions[-1].version,
    }


def _particulars(each: Support, bodies: Mapping[str, Organisation], named: Mapping[str, str]) -> dict[str, Any]:
    """What the record itself says, without the names of people."""
    return {
        "research": each.research,
        "regulation": each.regulation,
        "applicant": _body(each.applicant, bodies),
        "purpose": str(each.purpose),
        "decided_by": each.decided_by,
        "starts": each.starts.isoformat(),
        "ends": each.ends.isoformat(),
        "review": each.review.isoformat(),
        "withdrawn": each.withdrawn_on.isoformat() if each.withdrawn_on else "",
        "recipients": [_body(id, bodies) for id in each.recipients],
        "datasets": [named.get(id, id) for id in each.datasets],
        "circumstances": [_circumstance(number) for number in each.schedule],
        "practicability": each.practicability,
        "conditions": list(each.conditions),
        "conditions_seen": _seen(each.conditions_met),
        "national_opt_out": each.national_opt_out,
        "exemption": each.exemption,
        "ethics_opinion": each.ethics_opinion,
        "letter": each.letter.document,
        "letter_seen": each.letter.on.isoformat(),
    }


def _body(id: str, bodies: Mapping[str, Organisation]) -> dict[str, str]:
    """Name and address, which regulation 6 asks for of each person between whom information passes."""
    found = bodies.get(id)
    return {"name": found.name if found else id, "address": found.address if found else ""}


def _sources(each: Support) -> list[str]:
    return sorted({held.controller for id in each.datasets for held in reads.live_deliveries(id)})


def _information(haven: Haven, dataset: str, fields: Sequence[str]) -> dict[str, Any]:
    """What information on patients is covered, by the names that people use for it."""
    try:
        known = {each.name: each.title or each.name for each in dataset_on_record(haven, dataset)}
    except BadInput:  # support may name what is not held here
        known = {}
    return {"dataset": dataset, "fields": [known.get(name, name) for name in fields if not known or name in known]}


def _circumstance(number: int) -> str:
    title = next((each.title for each in WORDS.circumstances if each.number == number), "")
    return f"{number}: {title}" if title else str(number)


def _seen(seen: Seen | None) -> str:
    return f"{seen.document}, seen on {day(seen.on)}" if seen else ""


def _uses() -> dict[str, list[str]]:
    """The releases that rest on each record, by what their certificates say was used."""
    found: dict[str, list[str]] = {}
    for each in reads.releases():
        sealed = reads.bodies(each.index)["certificate"]
        questions = () if sealed is None else json.loads(sealed.body)["decision"]
        used = {id for question in questions for finding in question["findings"] for id in finding.get("used", ())}
        for id in used:
            found.setdefault(id, []).append(each.release.id)
    return found
