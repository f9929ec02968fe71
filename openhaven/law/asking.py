"""What an application could say otherwise: each coded statement, each field and its precision, the cohort, who pays.

That data is wanted for a purpose for which it is never given is not undone by calling the purpose by another name, so
no other purpose is proposed for it; nor is an overriding public interest proposed, which people find case by case."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from openhaven.model.application import (
    Application,
    Comparison,
    Condition,
    DataProtection,
    FieldAsked,
    Funder,
    TableAsked,
)
from openhaven.model.precision import ladder
from openhaven.model.record.agreement import Agreement
from openhaven.model.words import Level, Power, Purpose, Route

from .case import Case
from .evidence import RELIED_ON
from .lacking import STATED
from .moves import APPLICATION, Does, Move, Step
from .paying import undeclared
from .plainly import listed
from .rules.purpose import NEVER
from .words import PAIRS, WORDS, tells_neoplasms


class Statement(NamedTuple):
    """What is stated otherwise, the value in words, and how it is done."""

    name: str
    words: str
    asked: Callable[[Application], Application]


def asking(case: Case) -> Iterator[Move]:
    """Each way in which one statement of the application could be otherwise."""
    for parts in (_codes, _fields, _tables, _cohorts, _names):
        for name, words, asked in parts(case):
            if asked(case.application) != case.application:
                yield Move(Step(Does.STATES, APPLICATION, case.application.id, name, words), asked=asked)


def _says(name: str, value: Any, words: str = "") -> Statement:
    return Statement(name, words or str(value), lambda ask: replace(ask, **{name: value}))


def _codes(case: Case) -> Iterator[Statement]:
    if case.application.purpose not in NEVER:
        yield from (_says("purpose", each) for each in Purpose if each not in NEVER)
    yield from (_says("route", each) for each in Route if each is not Route.PUBLIC_INTEREST)
    yield from (Statement("level", level, _at(level)) for level in Level)
    pairs = {each: DataProtection(each.article_6, each.article_9, each.schedule_1) for each in PAIRS}
    yield from (_says("data_protection", pair, str(each)) for each, pair in pairs.items() if each.in_force(case.on))
    if case.facts.policy.national_body:
        yield from (_says("power", each) for each in Power)


def _at(level: Level) -> Callable[[Application], Application]:
    def asked(ask: Application) -> Application:
        table = TableAsked(tuple(each.name for each in ask.fields))
        return replace(ask, level=level, table=(ask.table or table) if level is Level.AGGREGATE else None)

    return asked


def _fields(case: Case) -> Iterator[Statement]:
    for each in case.application.fields:
        if len(case.application.fields) > 1:
            yield Statement("fields", f"nothing of {each.name}", _leaving_out(each.name))
        measured = case.application.table is not None and each.name in case.application.table.measures
        steps = () if measured else ladder(case.facts.dataset.field(each.name))
        place = steps.index(each.precision) if each.precision in steps else -1
        for precision in steps[place + 1 :]:
            yield Statement("fields", f"{each.name} at {precision}", _field(replace(each, precision=precision)))
        if not each.reason.strip():
            yield Statement("fields", f"why {each.name} is needed", _field(replace(each, reason=STATED)))


def _tables(case: Case) -> Iterator[Statement]:
    table = case.application.table
    if table is not None and not table.people:
        yield _says("table", replace(table, people=True), f"episodes and people by {listed(table.by)}")


def _leaving_out(name: str) -> Callable[[Application], Application]:
    def asked(ask: Application) -> Application:
        left = tuple(each for each in ask.fields if each.name != name)
        return replace(ask, fields=left, table=ask.table and ask.table.without(name)) if left else ask

    return asked


def _field(now: FieldAsked) -> Callable[[Application], Application]:
    return lambda ask: replace(ask, fields=tuple(now if each.name == now.name else each for each in ask.fields))


def _cohorts(case: Case) -> Iterator[Statement]:
    ask = case.application
    for clause in ask.cohort:
        left = tuple(each for each in ask.cohort if each is not clause)
        yield _says("cohort", left, f"nothing about {clause.field}")
    if case.agreement is not None and case.agreement.cohort:
        yield _says("cohort", case.agreement.cohort, "as agreed")
    yield _says("everyone", ask.everyone.strip() or STATED, "why everybody is needed")
    file, words = ("", "none") if ask.people_file else ("people.csv", "a file of people")
    yield _says("people_file", file, words)
    if ask.route is Route.COPI_2:
        for each in case.facts.dataset:
            if tells_neoplasms(each.codes):
                clause = Condition(each.name, Comparison.STARTS, WORDS.neoplasms)
                yield _says("cohort", (*ask.cohort, clause), f"only neoplasms, by {each.name}")


def _names(case: Case) -> Iterator[Statement]:
    """Who applies and who pays, and the records and the programme that the application names."""
    ask = case.application
    yield _says("applicant", ask.recipient)
    for funder in ask.funders:
        yield _says("funders", tuple(each for each in ask.funders if each is not funder), f"not {funder.organisation}")
    for name in dict.fromkeys(each.name for each in undeclared(case)):
        yield _says("funders", (*ask.funders, Funder(name, STATED)), f"{name} too")
    named = (ref for each in case.facts.records for ref in getattr(each, "study_references", ()))
    yield from (_says("study_reference", reference) for reference in dict.fromkeys(named))
    yield _says("study_reference", "", "none")
    yield _says("programme", "", "none")
    yield from (_says("programme", each) for each in (case.agreement.programmes if case.agreement else ()))
    yield from (_says("agreement", each.id) for each in case.facts.every(Agreement))
    for each in case.facts.records:
        if isinstance(each, RELIED_ON) and each.id not in ask.basis:
            yield _says("basis", (*ask.basis, each.id), f"{each.id} too")
