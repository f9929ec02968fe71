"""An applicant's own file of people: matched by NHS number and date of birth, consent checked one by one."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from openhaven.identity import nhs_number
from openhaven.model.errors import BadInput, Unmet
from openhaven.model.obligation import OnlyConsenting
from openhaven.model.words import Kind
from openhaven.optouts.consent import Age, Consent, NotCovered, consent_covers

from .plan import PERSON, PSEUDONYM, Plan

COLUMNS = ("study_id", "nhs_number", "date_of_birth")
MATCHED = "matched, and consent covers this release"


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the applicant's file. `line` counts from 2, the header being line 1."""

    line: int
    study_id: str
    nhs_number: str
    date_of_birth: dt.date


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line: matched, or why not. Holds no identifier but the study's own."""

    line: int
    study_id: str
    says: str


def read_people(text: str, *, where: str) -> tuple[Listed, ...]:
    """The applicant's file as CSV text: study_id, nhs_number, date_of_birth (ISO). Raises BadInput with the line."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise BadInput(f"there is no column {', '.join(missing)}", where=where, todo=f"It needs {', '.join(COLUMNS)}.")
    found = []
    for line, row in enumerate(rows, start=2):
        if not row["study_id"]:
            raise BadInput("study_id is empty", where=f"{where}, line {line}")
        if nhs_number.numbers_within([row["study_id"]]):
            raise BadInput(
                "study_id is an NHS number, or holds one",
                where=f"{where}, line {line}",
                todo="Give the study's own id.",
            )
        try:
            born = dt.date.fromisoformat(row["date_of_birth"] or "")
        except ValueError:
            raise BadInput("date_of_birth is not a date as 1980-12-31", where=f"{where}, line {line}") from None
        found.append(Listed(line, row["study_id"], row["nhs_number"] or "", born))
    return tuple(found)


def match(
    plan: Plan, listed: Sequence[Listed], *, obligation: OnlyConsenting, consents: Mapping[str, Consent], on: dt.date
) -> tuple[Plan, tuple[Outcome, ...]]:
    """Keep only matched people whose own consent covers this release; they leave under their study id.

    Raises Unmet when nobody is left."""
    matching = _Matching(_held(plan, listed), obligation, consents, on)
    outcomes = []
    for each in listed:
        says, person = _outcome(each, matching)
        if person is not None:
            matching.studies[each.study_id] = person
            matching.people.add(person)
        outcomes.append(Outcome(each.line, each.study_id, says))
    if not matching.studies:
        raise Unmet("nobody in the people file is held with a consent that covers this release")
    found = matching.studies
    study = pa.table({PERSON: pa.array(found.values(), pa.int64()), PSEUDONYM: list(found)})
    people = plan.engine.materialise(plan.people.join(plan.engine.table(study), on=PERSON, how="inner"))
    for says, count in sorted(Counter(each.says for each in outcomes).items()):
        plan = plan.counted(f"people file: {says}", count)
    return replace(plan, people=people, whole=False), tuple(outcomes)


def _held(plan: Plan, listed: Sequence[Listed]) -> dict[str, tuple[int, set[dt.date]]]:
    """For each NHS number asked about and held: the person, and the dates of birth on record."""
    if (born := next((each for each in plan.dataset if each.kind is Kind.DATE_OF_BIRTH), None)) is None:
        raise BadInput("people cannot be matched without a date of birth", where=f"dataset {plan.dataset.id}")
    asked = plan.engine.table(
        pa.table({"nhs_number": sorted({nhs_number.clean(each.nhs_number) or "" for each in listed})})
    )
    people = plan.engine.materialise(plan.people.join(asked, on="nhs_number", how="semi").select(PERSON, "nhs_number"))
    identifiers = plan.engine.scan([each.folder / "identifiers.parquet" for each in plan.held])
    dates = identifiers.select(PERSON, born.name).join(people, on=PERSON, how="inner").unique()
    found: dict[str, tuple[int, set[dt.date]]] = {}
    for row in plan.engine.collect(dates).to_pylist():
        found.setdefault(row["nhs_number"], (row[PERSON], set()))[1].add(row[born.name])
    return found


@dataclass(frozen=True, slots=True)
class _Matching:
    """What each line is held against: who is held, whose consent covers what, that day; and who was matched so far."""

    held: Mapping[str, tuple[int, set[dt.date]]]
    obligation: OnlyConsenting
    consents: Mapping[str, Consent]
    on: dt.date
    studies: dict[str, int] = field(default_factory=dict)
    people: set[int] = field(default_factory=set)


def _outcome(each: Listed, matching: _Matching) -> tuple[str, int | None]:
    number = nhs_number.clean(each.nhs_number)
    if number is None:
        return "the NHS number is not valid", None
    if number not in matching.held:
        return "not held", None
    person, born = matching.held[number]
    if each.date_of_birth not in born:
        return "the date of birth differs", None
    if person in matching.people or each.study_id in matching.studies:
        return "listed more than once", None
    consent = matching.consents.get(each.study_id)
    if consent is None or nhs_number.clean(consent.nhs_number) != number:
        return "no consent on record", None
    refused = _refused(consent, each, matching)
    return (refused, None) if refused else (MATCHED, person)


def _refused(consent: Consent, each: Listed, matching: _Matching) -> NotCovered | None:
    asked, age = matching.obligation, Age(each.date_of_birth, matching.obligation.own_from_age)
    return consent_covers(consent, wordings=asked.wordings, items=asked.items, on=matching.on, age=age)


def report(outcomes: Sequence[Outcome]) -> str:
    """The match report as CSV: line, study id and outcome; no other identifier."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("line", "study_id", "outcome"))
    writer.writerows((each.line, each.study_id, each.says) for each in outcomes)
    return out.getvalue()
