"""The scenarios, as a lawyer would tell them: each decided as it says, each hanging on just the facts that it names.

What `explain` lists is held against every single change of three kinds, tried here without it: each record taken away;
each code of the application (purpose, route, level, pair, who pays) made another; each statement that differs from the
start undone, and each paper of the start that is not there put back. Not proposed, and so not looked for: what a body
is or does, what is held, the settings, and a purpose or a public interest in place of one never served."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

import cedar
import pytest
from complete import kind_of
from starts import HERE, STARTS, Told
from telling import begin

from openhaven.law import RULESET, decide
from openhaven.law.moves import APPLICATION, Does
from openhaven.law.rules.purpose import NEVER
from openhaven.law.turning import Turning, turning
from openhaven.law.words import PAIRS
from openhaven.model.application import DataProtection, Funder, TableAsked
from openhaven.model.decision import Answer, Decision, Effect, Verdict
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Level, Purpose, Route

pytestmark = pytest.mark.xdist_group("scenarios")
RANK = {Verdict.REFUSE: 0, Verdict.REFER: 1, Verdict.PERMIT: 2}


@dataclass(frozen=True)
class Scenario:
    """One story. `differs`: what is otherwise than in the start; `papers_of`: the day for which the papers are made;
    `spare`: papers of a permitted use on which it does not hang. `turned_by`: single changes that help."""

    name: str
    start: str
    on: dt.date
    verdict: str
    because: str
    differs: tuple[str, ...] = ()
    papers_of: dt.date | None = None
    not_met: tuple[str, ...] = ()
    referred: tuple[str, ...] = ()
    provisions: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    turned_by: tuple[str, ...] = ()

    def told(self, *, without: str = "") -> Told:
        lines = [each for each in self.differs if each != without]
        return begin(self.start, self.papers_of or self.on, lines)


def _read() -> list[Scenario]:
    found = []
    for path in sorted(HERE.glob("*/*.toml")):
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
        usual = {key: value for key, value in whole.items() if key != "scenario"}
        for each in ({**usual, **one} for one in whole["scenario"]):
            found.append(Scenario(**{key: tuple(v) if isinstance(v, list) else v for key, v in each.items()}))
    return found


SCENARIOS = _read()


def of_all(test):
    return pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)(test)


def decided(told: Told, on: dt.date) -> Decision:
    return decide(told.application, told.facts, on=on)


@cache
def decision_of(place: int) -> Decision:
    return decided(SCENARIOS[place].told(), SCENARIOS[place].on)


@cache
def turning_of(place: int) -> Turning:
    told = SCENARIOS[place].told()
    return turning(told.application, told.facts, on=SCENARIOS[place].on)


def test_there_are_two_hundred_and_no_two_are_called_the_same(record_property):
    assert len(SCENARIOS) >= 200
    assert max(Counter(each.name for each in SCENARIOS).values()) == 1
    record_property("cases", f"scenarios: {len(SCENARIOS)}")


def test_every_start_is_told_and_permitted_as_it_stands():
    told = {each.start for each in SCENARIOS}
    assert told == set(STARTS)
    for name in STARTS:
        assert decided(begin(name, dt.date(2026, 11, 21)), dt.date(2026, 11, 21)).verdict is Verdict.PERMIT, name


@of_all
def test_is_decided_as_it_says(scenario):
    decision = decision_of(SCENARIOS.index(scenario))
    standing = {
        answer: tuple(name for name, each in decision.answers.items() if each is answer)
        for answer in (Answer.NOT_MET, Answer.REFERRED)
    }
    assert decision.verdict == scenario.verdict, standing
    assert set(standing[Answer.NOT_MET]) == set(scenario.not_met)
    assert set(standing[Answer.REFERRED]) == set(scenario.referred)
    assert set(scenario.provisions) <= _decisive_provisions(decision)
    assert scenario.provisions or not _decisive_provisions(decision)
    _demands_what_it_says(scenario)


def _decisive_provisions(decision: Decision) -> set[str]:
    worst = {
        Verdict.REFUSE: (Effect.FORBID, Effect.FAILED, Effect.REFER),
        Verdict.REFER: (Effect.REFER,),
        Verdict.PERMIT: (Effect.PERMIT,),
    }[decision.verdict]
    found = [each for settled in decision.questions for each in settled.findings if each.effect in worst]
    return {id for each in found for id in each.provisions}


def _demands_what_it_says(scenario):
    """Each obligation told: its kind, and where it matters what is demanded."""
    demanded = {each.kind: each for each in decision_of(SCENARIOS.index(scenario)).obligations}
    assert bool(demanded) is (scenario.verdict == "permit")
    for line in scenario.obligations:
        kind, _, rest = line.partition(": ")
        if kind.startswith("no "):
            assert kind.removeprefix("no ") not in demanded
            continue
        for part in filter(None, rest.split("; ")):
            name, _, said = part.partition(" ")
            assert _said(getattr(demanded[kind], name)) == said
        assert kind in demanded


def _said(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(each[0] if isinstance(each, tuple) else each) for each in value) or "nothing"
    return str(value)


@of_all
def test_hangs_on_just_what_it_names(scenario):
    """Of a permit: every paper, those that are spare apart. Of the others: the changes that help, as it tells them."""
    told, found = scenario.told(), turning_of(SCENARIOS.index(scenario))
    if scenario.verdict == "permit":
        needed = {turn.steps[0].id for turn in found.worse}
        spare = {each.replace(" ", "-") for each in scenario.spare}
        assert set(told.records) - needed == spare
        assert not scenario.turned_by
    else:
        assert {_phrase(turn) for turn in found.better if len(turn.steps) == 1} == set(scenario.turned_by)


def _phrase(turn):
    """A change in the words in which scenarios tell one, as far as they tell it: what, and of what."""
    (step,) = turn.steps
    name = step.id.replace("-", " ")
    if step.does is Does.WITHOUT:
        return f"no {name}"
    if step.does is Does.ADDS:
        return f"also {step.kind}"
    value = f" {step.value}" if step.kind == APPLICATION else ""
    return f"{name}: {step.name.replace('_', ' ')}{value}"


@of_all
def test_every_single_change_turns_just_what_is_listed(scenario):
    _records_taken_away(scenario)
    if scenario.verdict != "permit":
        _another_code(scenario)
        _undone(scenario)


def _records_taken_away(scenario):
    told, found = scenario.told(), turning_of(SCENARIOS.index(scenario))
    before = decided(told, scenario.on)
    worse, better = set(), set()
    for name in told.records:
        fewer = replace(told, records={key: each for key, each in told.records.items() if key != name})
        rank = RANK[decided(fewer, scenario.on).verdict] - RANK[before.verdict]
        (worse if rank < 0 else better if rank > 0 else set()).add(told.records[name].id)
    assert {turn.steps[0].id for turn in found.worse} == worse
    assert {turn.steps[0].id for turn in _alone(found) if turn.steps[0].does is Does.WITHOUT} == better


def _alone(found):
    return [turn for turn in found.better if len(turn.steps) == 1]


def _another_code(scenario):
    told, found = scenario.told(), turning_of(SCENARIOS.index(scenario))
    before, listed = RANK[decided(told, scenario.on).verdict], set()
    for turn in _alone(found):
        step = turn.steps[0]
        if step.kind == APPLICATION and step.name in ("purpose", "route", "level", "data_protection", "funders"):
            listed.add((step.name, step.value))
    helps = set()
    facts = told.facts
    for name, words, asked in _codes(told, scenario.on):
        application = replace(told, asked=told.asked | asked).application
        if RANK[decide(application, facts, on=scenario.on).verdict] > before:
            helps.add((name, words))
    assert listed == helps


def _codes(told, on):
    if told.asked["purpose"] not in NEVER:
        yield from (("purpose", each.value, {"purpose": each}) for each in Purpose if each not in NEVER)
    yield from (("route", each.value, {"route": each}) for each in Route if each is not Route.PUBLIC_INTEREST)
    for level in Level:
        by = told.asked.get("table") or TableAsked(tuple(each.name for each in told.asked["fields"]))
        yield "level", level.value, {"level": level, "table": by if level is Level.AGGREGATE else None}
    for pair in PAIRS:
        if pair.in_force(on):
            stated = DataProtection(pair.article_6, pair.article_9, pair.schedule_1)
            yield "data_protection", str(pair), {"data_protection": stated}
    for name in dict.fromkeys(name for each in told.records.values() for name in getattr(each, "paid_by", ())):
        others = (*told.asked.get("funders", ()), Funder(name, "(stated)"))
        yield "funders", f"{name} too", {"funders": others}
    for funder in told.asked.get("funders", ()):
        others = tuple(each for each in told.asked["funders"] if each is not funder)
        yield "funders", f"not {funder.organisation}", {"funders": others}


def _undone(scenario):
    """Whatever differs from the start and helps when it is undone alone: the same record, or part of what is asked."""
    before = RANK[decided(scenario.told(), scenario.on).verdict]
    found = _alone(turning_of(SCENARIOS.index(scenario)))
    said = {turn.steps[0].id or turn.steps[0].kind for turn in found}
    for line in scenario.differs:
        try:
            undone = decided(scenario.told(without=line), scenario.on)
        except (KeyError, ValueError):
            continue  # another line rests on this one
        if RANK[undone.verdict] > before and (names := _touched(scenario, line)):
            assert said & names, (line, said)


def _touched(scenario, line):
    """The record that a line is about, and its kind; nothing for what is not proposed to be otherwise."""
    head, _, rest = line.partition(": ")
    whole = begin(scenario.start, scenario.papers_of or scenario.on).records
    if head == APPLICATION:
        never = ("; ", "basis ", "purpose text ", *(f"purpose {each}" for each in (*NEVER, Purpose.INDIVIDUAL_CARE)))
        return set() if any(each in rest for each in never) else {APPLICATION}
    if head in ("dataset", "installation") or head.startswith(("also release", "also asked")):
        return set()
    id = head.removeprefix("no ").replace(" ", "-")
    if head.startswith("also "):
        return {head.split(" ")[2]}
    if id not in whole or (isinstance(whole[id], Organisation) and not head.startswith("no ")):
        return set()
    return {id, kind_of(whole[id])}


def test_every_rule_speaks_in_a_scenario_and_says_otherwise_or_nothing_in_another():
    spoke, effects = Counter(), {}
    for place in range(len(SCENARIOS)):
        for finding in chain.from_iterable(each.findings for each in decision_of(place).questions):
            spoke[finding.rule] += 1
            effects.setdefault(finding.rule, set()).add(finding.effect)
    names = {rule.name for rule in RULESET.rules}
    assert names - set(spoke) == set()
    always = {name for name in names if spoke[name] == len(SCENARIOS) and len(effects[name]) == 1}
    assert always == set()


def test_every_question_is_met_not_met_or_referred_somewhere():
    met = {(name, answer) for place in range(len(SCENARIOS)) for name, answer in decision_of(place).answers.items()}
    for question in {name for name, _ in met}:
        assert (question, Answer.MET) in met
        assert {(question, Answer.NOT_MET), (question, Answer.REFERRED)} & met, question


def test_cedar_comes_to_the_same_on_every_scenario(record_property):
    for place in range(len(SCENARIOS)):
        decision = decision_of(place)
        said = {each.question: [finding.effect for finding in each.findings] for each in decision.questions}
        assert cedar.answers(said) == decision.answers
        assert cedar.verdict(cedar.answers(said)) == decision.verdict
    record_property("cases", f"scenarios on which Cedar agrees: {len(SCENARIOS)}")
