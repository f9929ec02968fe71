"""What would change the answer: the smallest changes of facts that turn a verdict, each tried by deciding again.

Tried are: each record taken away; each statement of the application and of a record made otherwise, in coded words;
each record that is not there and could be. Two together only where no one alone helps."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import combinations
from typing import Any, NamedTuple, TypeVar

from openhaven.model.application import Application
from openhaven.model.decision import Answer, Decision, Effect, Finding, Verdict
from openhaven.model.facts import Facts
from openhaven.model.plain import to_plain
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.kinds import Record

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

MANY = 64
"""Changes of which every two are tried together, at most."""
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
    gone = list(_without(near))
    worse = (
        []
        if before.verdict is Verdict.REFUSE
        else [
            Turn((each.step,), verdict) for each in gone if _is_worse(verdict := _verdict(trial, each), before.verdict)
        ]
    )
    better: list[Turn] = []
    if before.verdict is not Verdict.PERMIT:
        better = _search(trial, before).better([*gone, *_moves(trial.case)])
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


class _Standing(NamedTuple):
    """What still stands in the way in some questions: their answers, and the rules that say no or ask a person."""

    answers: frozenset[Answer]
    rules: frozenset[tuple[Question, str]]


@dataclass(frozen=True)
class _Search:
    """Looks for what helps. Only the questions that stood in the way are asked again first: unless a change takes
    something out of the way there, it cannot help, and the whole need not be decided."""

    trial: _Trial
    before: Verdict
    asked: tuple[tuple[Question, tuple[Rule, ...]], ...]

    def better(self, moves: list[Move]) -> list[Turn]:
        """Every one change that helps; where none does, every two of those that take something out of the way."""
        tried = [(move, self.trial.changed(move)) for move in moves]
        left = [(move, case, self.standing(case)) for move, case in tried]
        alone = [turn for move, case, standing in left if (turn := self._turn((move,), case, standing))]
        if alone:
            return alone
        first = self.standing(self.trial.case).rules
        useful = [(len(each.rules), place) for place, (_, _, each) in enumerate(left) if first - each.rules]
        return list(self._pairs([left[place][0] for _, place in sorted(useful)[:MANY]]))

    def standing(self, case: Case) -> _Standing:
        """What stands in the way of the case in the questions that stood in the way at first."""
        answers, rules = set[Answer](), set[tuple[Question, str]]()
        for question, every in self.asked:
            said = [(each, found) for each in every if (found := _heard(each, case)) is not None]
            settled = answer([found.effect for _, found in said])
            answers.add(settled)
            if settled is not Answer.MET:
                grave = {(question, each.name) for each, found in said if found.effect is not Effect.PERMIT}
                rules |= grave or {(question, "")}
        return _Standing(frozenset(answers), frozenset(rules))

    def _pairs(self, moves: list[Move]) -> Iterator[Turn]:
        for pair in combinations(moves, 2):
            try:
                case = self.trial.changed(*pair)
            except ValueError:  # they do not go together
                continue
            if turn := self._turn(pair, case, self.standing(case)):
                yield turn

    def _turn(self, moves: tuple[Move, ...], case: Case, standing: _Standing) -> Turn | None:
        if Answer.NOT_MET in standing.answers or (self.before is Verdict.REFER and Answer.REFERRED in standing.answers):
            return None
        verdict = self.trial.decide(case)
        return Turn(tuple(each.step for each in moves), verdict) if _RANK[verdict] > _RANK[self.before] else None


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


def _moves(case: Case) -> Iterator[Move]:
    """Every change to be tried. Where records contradict each other, what rests on them cannot be stated otherwise."""
    yield from _known(asking(case))
    for record in case.facts.records:
        yield from _known(restating(case, record))
    for name, record in _known(lacking(case)):
        yield _added(case, name, record)


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
