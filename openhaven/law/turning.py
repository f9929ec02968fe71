"""What would change the answer: the smallest changes of facts that turn a verdict, each tried by deciding again.

Tried are: each record taken away; each statement of the application and of a record made otherwise, in coded words;
each record that is not there and could be. Two together only where no one alone helps."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import combinations, islice
from typing import Any, TypeVar

from openhaven.model.application import Application
from openhaven.model.decision import Answer, Decision, Effect, Finding, Verdict
from openhaven.model.facts import Facts
from openhaven.model.plain import to_plain
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Organisation

from .algebra import Question, Rule, answer
from .asking import asking
from .case import Case
from .deciding import decide
from .evidence import RELIED_ON
from .lacking import ID, lacking
from .moves import Does, Move, Step, kind_of
from .restating import restating
from .ruleset import RULESET, Ruleset

T = TypeVar("T")

MANY = 10_000
"""Pairs of changes that are tried, at most; most cases have some hundreds."""
_GRAVE = {Answer.NOT_MET: (Effect.FORBID, Effect.FAILED), Answer.REFERRED: (Effect.REFER,), Answer.MET: ()}
"""What gives an answer that stands in the way."""
_RANK = {Verdict.REFUSE: 0, Verdict.REFER: 1, Verdict.PERMIT: 2}
_THEN = {
    Verdict.PERMIT: "it would be permitted",
    Verdict.REFER: "a person would decide",
    Verdict.REFUSE: "it would be refused",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """Changes that together turn the verdict, and what it would be."""

    steps: tuple[Step, ...]
    verdict: Verdict

    @property
    def words(self) -> str:
        """The whole as a sentence."""
        clauses = " and ".join(each.words for each in self.steps)
        return f"{clauses[:1].upper()}{clauses[1:]}, {_THEN[self.verdict]}."


@dataclass(frozen=True, slots=True)
class Turning:
    """What turns a verdict. `better`: one change each, or two where no one alone helps; best first.
    `worse`: each record without which the verdict would be worse."""

    verdict: Verdict
    better: tuple[Turn, ...]
    worse: tuple[Turn, ...]

    def as_plain(self) -> dict[str, Any]:
        """Plain data for JSON, each turn with its sentence."""
        return {
            name: [{**to_plain(each), "words": each.words} for each in turns]
            for name, turns in (("better", self.better), ("worse", self.worse))
        }


def turning(application: Application, facts: Facts, *, on: dt.date, ruleset: Ruleset = RULESET) -> Turning:
    """What would turn the decision of that day. Raises BadInput as `decide` does."""
    before = decide(application, facts, on=on, ruleset=ruleset)
    near = replace(facts, records=tuple(_near(application, facts)))
    if decide(application, near, on=on, ruleset=ruleset).answers != before.answers:
        near = facts  # something that names nothing of the case bears on it: then everything is tried
    trial = _Trial(Case(application, near, on, ruleset.numbers), ruleset)
    worse = (
        []
        if before.verdict is Verdict.REFUSE
        else [
            Turn((each.step,), verdict)
            for each in _without(near)
            if _is_worse(verdict := _verdict(trial, each), before.verdict)
        ]
    )
    better: list[Turn] = []
    if before.verdict is not Verdict.PERMIT:
        better = _search(trial, before).better(moves(trial.case))
    return Turning(before.verdict, tuple(sorted(better, key=_order)), tuple(sorted(worse, key=_order)))


@dataclass(frozen=True)
class _Trial:
    """One case, decided with some of its facts changed."""

    case: Case
    ruleset: Ruleset

    def changed(self, *moves: Move) -> Case:
        """The case with these changes. Raises ValueError where they do not go together."""
        application, records = self.case.application, {id(each): each for each in self.case.facts.records}
        for place, move in enumerate(moves):
            if move.asked is not None:
                application = move.asked(application)
            if move.record is not None and move.made is not None and id(move.record) in records:
                now = move.made(records.pop(id(move.record)))
                records |= {} if now is None else {id(move.record): now}
            if move.added is not None:
                records[-1 - place] = move.added
        facts = self.case.facts
        if any(move.record is not None or move.added is not None for move in moves):
            facts = replace(facts, records=tuple(records.values()))
        return Case(application, facts, self.case.on, self.case.numbers)

    def decide(self, case: Case) -> Verdict:
        return decide(case.application, case.facts, on=case.on, ruleset=self.ruleset).verdict


Said = tuple[Question, str, str]
"""What stands in the way: of which question, by which rule, and in which words; no rule where nothing was said."""


@dataclass(frozen=True)
class _Search:
    """Looks for what helps. Only the questions that stood in the way are asked again first: unless a change takes
    something out of the way there, it cannot help, and the whole need not be decided."""

    trial: _Trial
    before: Verdict
    asked: tuple[tuple[Question, tuple[Rule, ...]], ...]

    def better(self, every: list[Move]) -> list[Turn]:
        """Every one change that helps; where none does, every two that do together."""
        alone = [turn for move in every if (turn := self._turn((move,)))]
        if alone:
            return alone
        first = self.standing(self.trial.case)
        left = [self.standing(self.trial.changed(move)) for move in every]
        return [
            turn for one, other in islice(_pairs(first, left), MANY) if (turn := self._turn((every[one], every[other])))
        ]

    def standing(self, case: Case) -> frozenset[Said]:
        """What stands in the way of the case in the questions that stood in the way at first."""
        found = set[Said]()
        for question, every in self.asked:
            heard = [(each, said) for each in every if (said := _heard(each, case)) is not None]
            grave = self._grave([said.effect for _, said in heard])
            loud = [each.in_words(said) for each, said in heard if said.effect in grave]
            found.update((question, each.rule, each.because) for each in loud)
            if grave and not loud:
                found.add((question, "", ""))
        return frozenset(found)

    def _grave(self, effects: list[Effect]) -> tuple[Effect, ...]:
        """The effects that give an answer as bad as the whole was; none where the answer is better."""
        settled = answer(effects)
        return () if settled is Answer.REFERRED and self.before is Verdict.REFUSE else _GRAVE[settled]

    def _turn(self, moves: tuple[Move, ...]) -> Turn | None:
        try:
            case = self.trial.changed(*moves)
        except ValueError:  # they do not go together
            return None
        for _, every in self.asked:
            if self._grave([said.effect for each in every if (said := _heard(each, case)) is not None]):
                return None
        verdict = self.trial.decide(case)
        return Turn(tuple(each.step for each in moves), verdict) if _RANK[verdict] > _RANK[self.before] else None


def _pairs(first: frozenset[Said], left: list[frozenset[Said]]) -> Iterator[tuple[int, int]]:
    """The places of every two changes worth trying, by what stood in the way at first and what each leaves there.

    Each takes something out of the way or alters it; or one puts something else there, which the other, whatever it is,
    may take away. What both leave as it was would still stand in the way."""
    rules = {said[:2] for said in first}
    untouched = [first & said for said in left]
    stirs = [bool(first - said) for said in left]
    anew = [any(each[:2] not in rules for each in said) for said in left]
    for one, other in combinations(range(len(left)), 2):
        both = (stirs[one] and stirs[other]) or (stirs[one] and anew[one]) or (stirs[other] and anew[other])
        if both and not untouched[one] & untouched[other]:
            yield one, other


def _heard(rule: Rule, case: Case) -> Finding | None:
    return rule.hear(case) if rule.concerns(case.outline) else None


def _search(trial: _Trial, before: Decision) -> _Search:
    """The questions that stand in the way of the decision, those that are not met before those that are referred."""
    worst = Answer.NOT_MET if before.verdict is Verdict.REFUSE else Answer.REFERRED
    standing = [question for question in Question if before.answers[question] is worst]
    asked = tuple((each, trial.ruleset.of(each, on=trial.case.on)) for each in standing)
    return _Search(trial, before.verdict, asked)


def _verdict(trial: _Trial, move: Move) -> Verdict:
    return trial.decide(trial.changed(move))


def _is_worse(verdict: Verdict, before: Verdict) -> bool:
    return _RANK[verdict] < _RANK[before]


def _order(turn: Turn) -> tuple[int, tuple[tuple[str, ...], ...]]:
    return -_RANK[turn.verdict], tuple((each.kind, each.id, each.does, each.name, each.value) for each in turn.steps)


def _without(facts: Facts) -> Iterator[Move]:
    for record in facts.records:
        yield Move(Step(Does.WITHOUT, kind_of(record), record.id), record=record, made=lambda _: None)


def moves(case: Case) -> list[Move]:
    """Every change to be tried. Where records contradict each other, what rests on them cannot be stated otherwise."""
    found = [*_without(case.facts), *_known(asking(case))]
    for record in case.facts.records:
        found += _known(restating(case, record))
    return found + [_added(case, name, record) for name, record in _known(lacking(case))]


def _known(found: Iterator[T]) -> Iterator[T]:
    """What can be said before two records of one id are met."""
    try:
        yield from found
    except ValueError:
        return


def _added(case: Case, name: str, record: Record) -> Move:
    """A record added, and named in the application where only such a one counts."""
    step = Step(Does.ADDS, kind_of(record), "", name)
    if record.id == ID and not isinstance(record, Agreement):  # which others name by its id
        record = replace(record, id=f"{ID} {name}".strip())  # two that are added are not one
    if isinstance(record, RELIED_ON):
        return Move(step, asked=lambda ask: replace(ask, basis=(*ask.basis, record.id)), added=record)
    if isinstance(record, Agreement) and not case.application.agreement:
        return Move(step, asked=lambda ask: replace(ask, agreement=record.id), added=record)
    return Move(step, added=record)


def _near(application: Application, facts: Facts) -> Iterator[Record]:
    """The records that name what the case names, and those that name no dataset (a hold on everything)."""
    agreed = next(iter(facts.called(Agreement, application.agreement)), None)
    named = {application.id, application.applicant, application.recipient, application.dataset, application.agreement}
    named |= {*application.basis, *facts.controllers, *(each.organisation for each in application.funders)}
    named |= set() if agreed is None else {*agreed.processors, *agreed.storage}
    named |= {name for each in facts.records for name in getattr(each, "paid_by", ())}
    bodies = facts.every(Organisation)
    for _ in bodies:  # owners of owners too, each looked for until no more are found
        more = {id for each in bodies if each.id in named for id in (*each.owners, *each.acts_for)} - named
        if not more:
            break
        named |= more
    for record in facts.records:
        everything = not getattr(record, "datasets", True) or not getattr(record, "dataset", True)
        if everything or named & _texts(record):
            yield record


def _texts(record: Record) -> set[str]:
    found = set[str]()
    for each in fields(record):
        value = getattr(record, each.name)
        found.update(each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, str))
    return found
