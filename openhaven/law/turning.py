"""What would change the answer: the smallest changes of facts that turn a verdict, each tried by deciding again.

Tried are: each record taken away; each statement of the application and of a record made otherwise, in coded words;
each record that is not there and could be. Two together only where no one alone helps."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import combinations
from typing import Any, TypeVar

from openhaven.model.application import Application
from openhaven.model.decision import Answer, Decision, Effect, Verdict
from openhaven.model.facts import Facts
from openhaven.model.plain import to_plain
from openhaven.model.record import Agreement, Record

from .asking import RELIED_ON, asking
from .case import Case
from .deciding import decide
from .lacking import lacking
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
    gone = [(each, trial.decide(each)) for each in _without(near)]
    worse = [Turn((move.step,), each.verdict) for move, each in gone if _RANK[each.verdict] < _RANK[before.verdict]]
    better = [] if before.verdict is Verdict.PERMIT else _better(trial, before, gone)
    return Turning(before.verdict, tuple(sorted(better, key=_order)), tuple(sorted(worse, key=_order)))


@dataclass(frozen=True)
class _Trial:
    """One case, decided with some of its facts changed."""

    case: Case
    ruleset: Ruleset

    def decide(self, *moves: Move) -> Decision:
        application, records = self.case.application, {id(each): each for each in self.case.facts.records}
        for place, move in enumerate(moves):
            if move.asked is not None:
                application = move.asked(application)
            if move.record is not None and move.made is not None and id(move.record) in records:
                now = move.made(records.pop(id(move.record)))
                records |= {} if now is None else {id(move.record): now}
            if move.added is not None:
                records[-1 - place] = move.added
        facts = replace(self.case.facts, records=tuple(records.values()))
        return decide(application, facts, on=self.case.on, ruleset=self.ruleset)


Tried = tuple[Move, Decision]


def _better(trial: _Trial, before: Decision, gone: list[Tried]) -> list[Turn]:
    """Every one change that helps; where none does, every two of those that take something out of the way."""
    tried = [*gone, *((each, trial.decide(each)) for each in _moves(trial.case))]
    alone = [Turn((move.step,), each.verdict) for move, each in tried if _RANK[each.verdict] > _RANK[before.verdict]]
    if alone:
        return alone
    useful = _useful(before, tried)[:MANY]
    both = ((pair, _tried(trial, *pair)) for pair in combinations(useful, 2))
    return [
        Turn(tuple(move.step for move in pair), each.verdict)
        for pair, each in both
        if each is not None and _RANK[each.verdict] > _RANK[before.verdict]
    ]


def _useful(before: Decision, tried: list[Tried]) -> list[Move]:
    """The changes that take something out of the way, those first that put least in it."""
    standing = _standing(before)
    after = [(move, _standing(each)) for move, each in tried]
    useful = [(len(stands - standing), place, move) for place, (move, stands) in enumerate(after) if standing - stands]
    return [move for _, _, move in sorted(useful, key=lambda each: each[:2])]


def _standing(decision: Decision) -> set[tuple[str, str]]:
    """What stands in the way: each rule that says no or asks a person, and each question that nothing answers."""
    found = set[tuple[str, str]]()
    for settled in decision.questions:
        if settled.answer is not Answer.MET:
            rules = {each.rule for each in settled.findings if each.effect is not Effect.PERMIT}
            found |= {(settled.question, rule) for rule in rules or {""}}
    return found


def _tried(trial: _Trial, *moves: Move) -> Decision | None:
    """The decision, or nothing where the changes do not go together."""
    try:
        return trial.decide(*moves)
    except ValueError:
        return None


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
