"""The decision: every question settled alone, and all of them needed. Pure, total, deterministic."""

import datetime as dt
from collections.abc import Iterable

from openhaven.model import obligation as o
from openhaven.model.application import Application
from openhaven.model.decision import Answer, Decision, Effect, Settled, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.facts import Facts
from openhaven.model.obligation import Obligation

from .algebra import Question, overall, settle
from .case import Case
from .ruleset import RULESET, Ruleset

ROAD = (
    o.OnlyControllers,
    o.OnlyCohort,
    o.OnlyConsenting,
    o.NationalOptOut,
    o.RestrictedCodes,
    o.OnlyFields,
    o.PseudonymScope,
    o.KAnonymity,
    o.SmallNumbers,
    o.AtLevel,
    o.EncryptTo,
    o.Register,
    o.Replace,
    o.DestroyIdentifiers,
    o.DestroyBy,
)
"""The order of the road, in which a decision lists its obligations."""


def decide(application: Application, facts: Facts, *, on: dt.date, ruleset: Ruleset = RULESET) -> Decision:
    """Decide as at a day. Raises BadInput where the application names another dataset or a field it does not have."""
    _check(application, facts)
    case = Case(application, facts, on)
    questions = tuple(settle(question, ruleset.of(question, on=on), case) for question in Question)
    verdict = overall(settled.answer for settled in questions)
    obligations = _collected(questions) if verdict is Verdict.PERMIT else ()
    return Decision(application.id, on, ruleset.name, verdict, questions, obligations)


def _collected(questions: Iterable[Settled]) -> tuple[Obligation, ...]:
    """The obligations of the findings that permit, each once, in the order of the road."""
    every = {
        obligation
        for settled in questions
        if settled.answer is Answer.MET
        for finding in settled.findings
        if finding.effect is Effect.PERMIT
        for obligation in finding.obligations
    }
    return tuple(sorted(every, key=lambda each: (ROAD.index(type(each)), repr(each))))


def _check(application: Application, facts: Facts) -> None:
    dataset = facts.dataset
    if application.dataset != dataset.id:
        raise BadInput(
            f"the application asks for {application.dataset!r}, and these are the facts of {dataset.id!r}",
            where=f"application {application.id}",
        )
    for name in (*(asked.name for asked in application.fields), *(clause.field for clause in application.cohort)):
        dataset.field(name)
