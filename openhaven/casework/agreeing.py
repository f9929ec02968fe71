"""An agreement drawn up from what was asked and what was decided: its terms, and until when it may run.

Nothing here is chosen by who draws it up but the term within its limits, the days left for the destruction, and what
the work costs. The words that people sign are made of the terms by `wording.py`."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openhaven.law.case import Case
from openhaven.law.plainly import counted, day, years_after
from openhaven.law.rules.agreement import longest
from openhaven.model.application import Application
from openhaven.model.errors import BadInput
from openhaven.model.record.agreement import Agreement, Benefit, FieldAgreed
from openhaven.model.record.approvals import Opinion, Support
from openhaven.model.record.controllers import Authority
from openhaven.model.record.data_protection import Assessment, DataProtectionDocument
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Accreditation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, Precision

from .questions import YES, Answers, said

DESTROY_DAYS = 30
"""Days left for the destruction where nobody says otherwise: our own choice."""
EPOCH = "1"
NOT_SIGNED = "nobody yet"
"""Who saw the signed paper, while there is none. A record with it is never entered."""
LADDER = (
    "a plan to put things right, by a day that the haven sets",
    "suspension: no data leaves under this agreement, and what is held is not used",
    "the end of this agreement, and the destruction of the data with its copies",
    "exclusion: no data for this organisation under any agreement",
    "a report to the Information Commissioner and to the bodies that oversee the organisation",
    "damages, and an order of a court",
)
"""What follows a breach, step by step (DARS-14)."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the case officer says: a last day within the limits (none: as asked), the days left to destroy, and in
    pounds what the work costs, with what for. A charge covers work; data has no price (DARS-15)."""

    ends: dt.date | None = None
    destroy_within_days: int = DESTROY_DAYS
    charge: int = 0
    charge_for: str = ""

    def __post_init__(self) -> None:
        if self.charge and not self.charge_for.strip():
            raise BadInput("A charge says for which work it is: data has no price (DARS-15)")


@dataclass(frozen=True, slots=True)
class Basis:
    """What an agreement is made of: its id, what was asked with every answer, whose data it is, the day, and who
    approved it. `ids` finds an organisation's id by the name that an applicant writes; `dates` are fields with days."""

    id: str
    application: Application
    answers: Answers
    controllers: tuple[str, ...]
    today: dt.date
    approved: Seen
    ids: Mapping[str, str]
    dates: frozenset[str] = frozenset()


def terms(basis: Basis, chosen: Chosen) -> Agreement:
    """The agreement as it was asked for, not signed yet. Raises BadInput where an organisation is not on record, or the
    term asked for is over."""
    ask, answers = basis.application, basis.answers
    starts = max(dt.date.fromisoformat(said(answers, "period", "starts")), basis.today)
    ends = chosen.ends or dt.date.fromisoformat(said(answers, "period", "ends"))
    if ends < starts:
        raise BadInput(f"The term would end on {day(ends)}, before it begins on {day(starts)}")
    return Agreement(
        id=basis.id,
        title=ask.title,
        recipient=ask.recipient,
        controllers=basis.controllers,
        purpose=ask.purpose,
        dataset=ask.dataset,
        level=ask.level,
        fields=tuple(FieldAgreed(each.name, each.precision) for each in ask.fields),
        starts=starts,
        ends=ends,
        destroy_within_days=chosen.destroy_within_days,
        epoch=EPOCH,
        signed=Seen(basis.id, NOT_SIGNED, basis.today),
        penalties=f"In this order, or at once where it is grave: {'; '.join(LADDER)}.",
        objective=ask.purpose_text,
        cohort=ask.cohort,
        everyone=ask.everyone,
        why_days=_why_days(basis),
        study_references=tuple(filter(None, [ask.study_reference])),
        paid_by=tuple(dict.fromkeys(each.organisation for each in ask.funders)),
        **_answered(answers, basis),
    )


def _answered(answers: Answers, basis: Basis) -> dict[str, Any]:
    """The terms that the applicant answered for the agreement alone."""
    setting = Access(said(answers, "setting", "setting"))
    extract = setting is Access.EXTRACT
    programmes = (said(answers, "programme", "programme"), basis.application.programme)
    return {
        "processors": _organisations(said(answers, "processors", "processors") or (), basis.ids, "processes the data"),
        "storage": _organisations(said(answers, "storage", "storage") or (), basis.ids, "keeps the data"),
        "territory": tuple(each for part in said(answers, "storage", "territory").split(",") if (each := part.strip())),
        "programmes": tuple(dict.fromkeys(filter(None, programmes))),
        "setting": setting,
        "why_extract": said(answers, "setting", "why") if extract else "",
        "extract_agreed": basis.approved if extract else None,
        "commercial": said(answers, "commercial", "gains") == YES,
        "benefits": (_benefit(answers),),
    }


def _benefit(answers: Answers) -> Benefit:
    found = {part: said(answers, "benefit", part) for part in ("what", "measure", "by")}
    return Benefit(found["what"], found["measure"], dt.date.fromisoformat(found["by"]))


def _why_days(basis: Basis) -> str:
    """Why the very days of events are stated, in the applicant's words for each such field."""
    asked = [each for each in basis.application.fields if each.name in basis.dates]
    return "; ".join(f"{each.name}: {each.reason}" for each in asked if each.precision is Precision.AS_HELD)


def plainly(name: str) -> str:
    """A name as names are compared: in any case, with single spaces."""
    return " ".join(name.casefold().split())


def _organisations(names: Iterable[str], ids: Mapping[str, str], does: str) -> tuple[str, ...]:
    found = dict.fromkeys(ids.get(plainly(each), "") for each in names)
    if missing := [each for each in names if plainly(each) not in ids]:
        raise BadInput(f"{', '.join(missing)}, which {does}, is not on record: record it as an organisation first")
    return tuple(found)


# --- until when -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """The last day to which an agreement may run, and why."""

    last: dt.date
    because: str


def limits(case: Case, agreement: Agreement, used: Iterable[str]) -> tuple[Limit, ...]:
    """What the term cannot outlive, the shortest first: the longest term of its kind, and whatever the decision rests
    on (`used`: ids of records) that ends, with the review of the impact assessment (DARS-08)."""
    kind, years = longest(case, agreement)
    most = years_after(agreement.starts, years) - dt.timedelta(days=1)
    found = [Limit(most, f"the longest {kind} term is {counted(years, 'year')}")]
    found += [Limit(last, f"{id} ends then") for last, id in _evidence(case.facts.records, frozenset(used))]
    return tuple(sorted(found, key=lambda each: (each.last, each.because)))


def _evidence(records: Sequence[Record], used: frozenset[str]) -> list[tuple[dt.date, str]]:
    """The last day and the id of each thing that the decision rests on; of several of one sort the longest."""
    sorts: dict[tuple[Any, ...], tuple[dt.date, str]] = {}
    for each in records:
        last = _last_day(each)
        if each.id in used and last is not None:
            sort = _sort(each)
            sorts[sort] = max(sorts.get(sort, (dt.date.min, "")), (last, each.id))
    return list(sorts.values())


def _last_day(record: Record) -> dt.date | None:
    if isinstance(record, Agreement):
        return None
    if isinstance(record, Support) and record.withdrawn_on is not None:
        return min(record.ends, record.withdrawn_on - dt.timedelta(days=1))
    if isinstance(record, Assessment):
        return record.review
    ends: dt.date | None = getattr(record, "ends", None)
    return ends


def _sort(record: Record) -> tuple[Any, ...]:
    """What can stand in for each other: two assurances of one organisation by one scheme, two opinions of one kind."""
    if isinstance(record, Accreditation):
        return (Accreditation, record.organisation, record.scheme)
    if isinstance(record, Authority):
        return (Authority, record.controller)
    if isinstance(record, Opinion):
        return (Opinion, record.what)
    if isinstance(record, DataProtectionDocument):
        return (DataProtectionDocument, record.organisation, record.what)
    return (type(record),)


def within(agreement: Agreement, found: Sequence[Limit]) -> tuple[Agreement, str]:
    """The agreement with its term cut to the shortest limit, and why it was; empty where it was not.

    Raises BadInput where nothing of the term is left."""
    first = found[0]
    if agreement.ends <= first.last:
        return agreement, ""
    if first.last < agreement.starts:
        raise BadInput(f"No term is left: {first.because}, on {day(first.last)}")
    return replace(agreement, ends=first.last), f"It ends on {day(first.last)}, since {first.because}."


def destroy_by(agreement: Agreement) -> dt.date:
    """The day by which everything is destroyed."""
    return agreement.ends + dt.timedelta(days=agreement.destroy_within_days)


def signed(agreement: Agreement, *, version: int, digest: str, by: str, on: dt.date) -> Agreement:
    """The agreement as it is entered: signed by both sides, its first day no earlier than the last signature."""
    paper = f"{agreement.id}, version {version}, signed in the service by both sides; SHA-256 {digest}"
    starts = max(agreement.starts, on)
    if agreement.ends < starts:
        raise BadInput(f"The term ended on {day(agreement.ends)}, before everybody had signed")
    return replace(agreement, starts=starts, signed=Seen(paper, by, on), signed_on=on)
