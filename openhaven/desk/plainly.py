"""Agreements and incidents as plain data, for programs and commands: what the pages show of them."""

from __future__ import annotations

from typing import Any

from openhaven.casework.incidents import SETTLES, Need, Stage
from openhaven.desk import cases, incidents
from openhaven.desk.agreements import drawing, ending, falling_due
from openhaven.desk.models import AgreementVersion, Case, Incident, Person
from openhaven.haven import Haven
from openhaven.model.plain import to_plain


def agreement_in_short(haven: Haven, case: Case, person: Person) -> dict[str, Any]:
    """A line of a list: `ends` is the last day in force, `waits` whether it waits for the person's signature."""
    now, can = drawing.agreed(case), cases.can(haven, case, person)
    return {
        "case": case.pk,
        "id": drawing.agreement_id(case),
        "title": case.title,
        "organisation": case.organisation,
        "state": case.state,
        "since": case.since,
        "ends": now.ends if now else None,
        "waits": (to_sign := drawing.to_sign(case)) is not None and to_sign in can,
    }


def agreement_in_full(haven: Haven, case: Case, person: Person) -> dict[str, Any]:
    """One agreement: terms in force, versions, what falls due, and what of a destruction is not certified."""
    now, today = drawing.agreed(case), haven.today()
    versions = case.versions.select_related("person").prefetch_related("signatures__person")
    return {
        **agreement_in_short(haven, case, person),
        "version": case.version,
        "can": sorted(cases.can(haven, case, person)),
        "terms": to_plain(now) if now else None,
        "versions": [version_in_short(each) for each in versions],
        "due": [
            {"case": case.pk, "kind": each.kind, "what": each.what, "by": each.by, "late": each.by < today}
            for each in falling_due.due(haven, case)
        ],
        "still_there": list(ending.still_there(case)) if case.destructions.exists() else [],
        "amends": case.amends_id or "",
        "amendments": list(drawing.amendments_for(haven, case, person).values_list("pk", flat=True)),
    }


def version_in_short(found: AgreementVersion) -> dict[str, Any]:
    """One version, with who signed it."""
    names = ("number", "why", "at", "sha256", "cut")
    signed = [
        {"side": each.side, "role": each.role, "by": each.person.name, "at": each.at} for each in found.signatures.all()
    ]
    return {**{name: getattr(found, name) for name in names}, "by": found.person.name, "signatures": signed}


def version_in_full(found: AgreementVersion) -> dict[str, Any]:
    """One version with its terms and words."""
    words = [{"heading": each.heading, "paragraphs": list(each.paragraphs)} for each in found.worded]
    return {**version_in_short(found), "terms": found.terms, "clauses": words}


def incident_in_short(haven: Haven, found: Incident) -> dict[str, Any]:
    """A line of a list, with the regulator's clock."""
    names = ("title", "stage", "about", "dataset", "agreement", "known", "reported")
    settled = bool(incidents.done(found) & frozenset(SETTLES[Need.REGULATOR]))
    return {
        "id": found.pk,
        **{name: getattr(found, name) for name in names},
        "until": found.clock.until,
        "settled": settled,
        "late": found.clock.late(haven.clock()) and not settled,
    }


def incident_in_full(haven: Haven, found: Incident, person: Person) -> dict[str, Any]:
    """One incident: all that was done, what is missing before it can be closed, and what is frozen for it."""
    steps = [
        {**{name: getattr(each, name) for name in ("deed", "what", "text", "role", "at")}, "by": each.person.name}
        for each in found.steps.select_related("person")
    ]
    return {
        **incident_in_short(haven, found),
        "version": found.version,
        "can": sorted(incidents.can(haven, found, person)),
        "steps": steps,
        "missing": list(incidents.missing(found)) if found.stands is not Stage.CLOSED else [],
        "frozen": list(incidents.frozen(found)),
    }
