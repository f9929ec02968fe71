"""What the engine says of an application as it is written so far. It decides nothing: people do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from openhaven.casework.filling import application_of, waits_for
from openhaven.casework.questions import Offered, Question, said
from openhaven.desk.models import Case
from openhaven.desk.offers import as_it_stands, offered_to
from openhaven.haven import Haven
from openhaven.haven.deciding import Decided, Gathered, decide_on, gathered
from openhaven.law import Turning, decide, turning
from openhaven.law.algebra import Question as Asked
from openhaven.law.case import Case as LawCase
from openhaven.law.explaining import decisive, reason, unsettled, what_would_change_it
from openhaven.law.lacking import lacking
from openhaven.law.ruleset import RULESET
from openhaven.model.application import Application
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Provisional:
    """What can be said so far: `waits` are questions that have to be answered first; `never` says why nothing that is
    answered there would help; `wrong` what makes no sense; `agreed` what the law would say with a signed agreement,
    where it refuses without one."""

    waits: tuple[Question, ...] = ()
    decided: Decided | None = None
    agreed: Verdict | None = None
    never: str = ""
    wrong: str = ""

    @property
    def outcome(self) -> str:
        """In a few words."""
        if self.never:
            return "it would be refused"
        if self.decided is None:
            return "nothing can be said yet"
        return ONCE_AGREED.get(self.agreed) or IN_WORDS[self.decided.decision.verdict]

    @property
    def missing(self) -> tuple[str, ...]:
        """What would help."""
        return () if self.decided is None else what_would_change_it(self.decided.decision)


IN_WORDS = {
    Verdict.PERMIT: "it could be released, with conditions",
    Verdict.REFUSE: "it would be refused",
    Verdict.REFER: "a person would have to decide",
}
ONCE_AGREED: Mapping[Verdict | None, str] = {
    Verdict.PERMIT: "nothing is missing but an agreement, which is signed once the use is approved",
    Verdict.REFER: "a person would have to decide; an agreement is signed after that",
}
"""Where the law refuses only until an agreement is signed."""


def application(case: Case, offered: Offered) -> Application:
    """The application as it is written so far. Raises BadInput where it makes none."""
    return application_of(case.answers, offered, id=case.pk, applicant=case.organisation)


def decided(haven: Haven, asked: Application) -> Decided:
    """What the engine says of it today, from the facts of record."""
    return decide_on(haven, asked, haven.today())


_read: dict[Path, tuple[tuple[str, dt.date], dict[str, Gathered]]] = {}


def said_so_far(haven: Haven, asked: Application) -> Decided:
    """The same to be shown on a page, and never to be recorded: from the facts as they were read last, and read anew
    once the log has grown or the day is another. Every record and delivery is an entry, so older ones are never used;
    what was changed behind the log's back is seen where something is decided."""
    now = as_it_stands(haven)
    found = _read.get(haven.folder)
    if found is None or found[0] != now:
        found = _read[haven.folder] = (now, {})
    known = found[1]
    if asked.dataset not in known:
        known[asked.dataset] = gathered(haven, asked.dataset, now[1])
    return decide_on(haven, asked, now[1], before=known[asked.dataset])


def provisional(haven: Haven, case: Case) -> Provisional:
    """What can be said of a case as it stands."""
    offered = offered_to(haven, case.organisation)
    waits = waits_for(offered, case.answers)
    try:
        if waits:
            return Provisional(waits, never=_never(haven, case, offered))
        found = said_so_far(haven, application(case, offered))
        return Provisional(decided=found, agreed=once_agreed(found))
    except BadInput as problem:
        return Provisional(waits, wrong=str(problem))


def _never(haven: Haven, case: Case, offered: Offered) -> str:
    """Why the purpose alone is refused, whatever else is answered; empty where it is not. What has not been said yet is
    supposed: none of it bears on the question of purpose."""
    dataset = said(case.answers, "dataset", "dataset") or next(iter(offered.datasets), "")
    if not said(case.answers, "purpose", "purpose") or not offered.fields.get(dataset):
        return ""
    field, pair = offered.fields[dataset][0], offered.pairs[0]
    supposed = {
        "title": case.answers.get("title"),
        "purpose": case.answers["purpose"],
        "why": case.answers.get("why"),
        "dataset": {"dataset": dataset},
        "level": {"level": "de-identified"},
        "fields": {"names": [field.name]},
        "reasons": [{"row": field.name, "precision": field.precisions[0], "reason": "(not said yet)"}],
        "route": {"route": "no confidential patient information"},
        "grounds": {"pair": pair},
    }
    asked = application_of({name: each for name, each in supposed.items() if each}, offered, id=case.pk,
                           applicant=case.organisation)  # fmt: skip
    found = [each for each in unsettled(said_so_far(haven, asked).decision) if each.question == Asked.PURPOSE]
    hopeless = [one for each in found for one in decisive(each) if not one.missing]
    return reason(hopeless[0]) if hopeless else ""


def turned(found: Decided) -> Turning:
    """Which single changes would turn it, each tried."""
    return turning(found.application, found.facts, on=found.decision.on)


def once_agreed(found: Decided) -> Verdict | None:
    """What the law would say if the agreement were signed for which alone, or among other things, it refuses: signed
    as the application asks, after the decision of people. None where it does not refuse, or no agreement is lacking.
    Nothing supposed is ever recorded."""
    asked, facts, on = found.application, found.facts, found.decision.on
    if found.decision.verdict is not Verdict.REFUSE or asked.agreement:
        return None
    for _, each in lacking(LawCase(asked, facts, on, RULESET.numbers)):
        if isinstance(each, Agreement):
            supposed = replace(facts, records=(*facts.records, each))
            return decide(replace(asked, agreement=each.id), supposed, on=on).verdict
    return None


def refused_beyond_agreement(found: Decided) -> bool:
    """Whether the law refuses for more than want of an agreement."""
    return found.decision.verdict is Verdict.REFUSE and once_agreed(found) in (None, Verdict.REFUSE)
