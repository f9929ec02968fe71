"""The decision: every question settled alone, and all of them needed. Pure, total, deterministic.

Only answers and obligations are worked out at once; the reasons are put in words when somebody reads them."""

import datetime as dt
from collections.abc import Iterable
from functools import partial

from openhaven.model import obligation as o
from openhaven.model.application import Application
from openhaven.model.decision import Answer, Decision, Effect, Finding, Questions, Settled, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.facts import Facts
from openhaven.model.obligation import Obligation

from .algebra import Question, Rule, answer, codes_of, overall, settled
from .case import Case
from .ruleset import RULESET, Ruleset

ROAD = (
    o.OnlyControllers,
    o.OnlyCohort,
    o.OnlyConsenting,
    o.NationalOptOut,
    o.Objections,
    o.AuditViews,
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


_PLACE = {kind: place for place, kind in enumerate(ROAD)}

Heard = tuple[Question, list[tuple[Rule, Finding]]]
"""One question, and each rule that spoke to it with what it said."""


def decide(application: Application, facts: Facts, *, on: dt.date, ruleset: Ruleset = RULESET) -> Decision:
    """Decide as at a day. Raises BadInput where the application names another dataset or a field it does not have."""
    _check(application, facts)
    case = Case(application, facts, on, ruleset.numbers)
    heard, answers = list[Heard](), list[tuple[str, Answer]]()
    for question, rules in ruleset.agenda(on, *codes_of(application)):
        found = _hear(rules, case)
        heard.append((question, found))
        answers.append((question, _ALONE[found[0][1].effect] if len(found) == 1 else _answer(found)))
    verdict = overall([answer for _, answer in answers])
    obligations = _collected(heard) if verdict is Verdict.PERMIT else ()
    questions = Questions(tuple(answers), partial(_in_words, heard))
    return Decision(application.id, on, ruleset.name, verdict, questions, obligations)


def _hear(rules: tuple[Rule, ...], case: Case) -> list[tuple[Rule, Finding]]:
    """`Rule.hear` for each rule, written out because a decision asks some seventy of them."""
    found = []
    for rule in rules:
        try:
            said = rule.says(case)
        except Exception as error:
            found.append((rule, rule.failed(error)))
        else:
            if said is not None:
                found.append((rule, rule.checked(said)))
    return found


def _answer(found: list[tuple[Rule, Finding]]) -> Answer:
    return answer([said.effect for _, said in found])


_ALONE = {effect: answer([effect]) for effect in Effect}


def _in_words(heard: list[Heard]) -> tuple[Settled, ...]:
    return tuple(settled(question, (rule.in_words(said) for rule, said in found)) for question, found in heard)


def _collected(heard: Iterable[Heard]) -> tuple[Obligation, ...]:
    """The obligations of the findings that permit, each once, in the order of the road.

    Asked only of a permitted use, in which every question is met."""
    every = [
        each for _, found in heard for _, said in found if said.effect is Effect.PERMIT for each in said.obligations
    ]
    if len({type(each) for each in every}) < len(every):  # some stand twice, or differ
        every = sorted(set(every), key=repr)
    return tuple(sorted(every, key=_place))


def _place(obligation: Obligation) -> int:
    return _PLACE[type(obligation)]


def _check(application: Application, facts: Facts) -> None:
    dataset = facts.dataset
    if application.dataset != dataset.id:
        raise BadInput(
            f"the application asks for {application.dataset!r}, and these are the facts of {dataset.id!r}",
            where=f"application {application.id}",
        )
    for asked in application.fields:
        dataset.field(asked.name)
    for clause in application.cohort:
        dataset.field(clause.field)
