"""The draft of a data protection impact assessment (UK GDPR, Article 35(7)), from what was asked and what was decided.

It says what is known, and plainly what a person still has to judge. No draft is an assessment: one counts once somebody
has finished and approved it, and it is on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from openhaven.law.algebra import Question
from openhaven.law.cohorts import in_words as clause_in_words
from openhaven.law.explaining import ASKS, in_words, reason
from openhaven.law.plainly import day, listed
from openhaven.model.application import Application
from openhaven.model.decision import Answer, Decision
from openhaven.model.words import Level, Precision

from .questions import Answers, said
from .wording import Clause

DRAFT = (
    "This is a draft, made by a machine from the application and the decision. It is no assessment. A person has to "
    "finish it, the data protection officer has to advise on it, and the controller has to approve it."
)
TO_DO = "To be finished by a person: "
"""How every gap begins."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a draft is made of. `names` are organisations by id, `dataset` the title of the data; `whose` its
    controllers. `conditions` are those that people set."""

    application: Application
    answers: Answers
    decision: Decision
    names: Mapping[str, str]
    dataset: str
    whose: Sequence[str]
    conditions: tuple[str, ...] = ()


def draft(made: Drafted) -> tuple[Clause, ...]:
    """The draft, section by section, as Article 35(7) asks."""
    sections = (
        ("Why an assessment is needed", _need(made)),
        ("What is to be done with the data", _processing(made)),
        ("Who was asked", _consulted()),
        ("Whether it is necessary, and in proportion", _necessity(made)),
        ("What could happen to people", _risks(made)),
        ("What is done against it", _measures(made)),
        ("What remains, and who approves", _rest()),
    )
    return tuple(Clause(heading, tuple(lines)) for heading, lines in sections)


def _name(made: Drafted, id: str) -> str:
    return made.names.get(id, id)


def _told(made: Drafted, question: str, input: str, *, silent: str = "(not said yet)") -> str:
    """What was answered, days and lists in words."""
    found = said(made.answers, question, input) or silent
    if input in ("starts", "ends") and found != silent:
        return day(dt.date.fromisoformat(found))
    return found if isinstance(found, str) else listed(found)


def _need(made: Drafted) -> Iterator[str]:
    ask = made.application
    if ask.level is Level.AGGREGATE:
        yield "Only a table of counts leaves. An assessment may still be needed for how it is made."
    else:
        yield (
            f"Health data of many people is processed at the level {ask.level}, which is a special category on a "
            "large scale (Article 35(3)(b))."
        )
    yield f"The purpose is {ask.purpose}: {ask.purpose_text}"
    yield f"{TO_DO}whether something new is done with the data, and whether people would expect it."


def _processing(made: Drafted) -> Iterator[str]:
    ask = made.application
    yield f"The data is of {made.dataset}, of {listed(_name(made, each) for each in made.whose)}."
    yield f"{_name(made, ask.applicant)} applies, and {_name(made, ask.recipient)} receives the data."
    for each in ask.fields:
        precision = "in full" if each.precision is Precision.AS_HELD else f"as {each.precision}"
        yield f"Field {each.name}, {precision}: {each.reason}"
    if ask.cohort:
        yield f"People: rows where {listed(map(clause_in_words, ask.cohort))}."
    else:
        yield f"People: {'a list that the applicant sends' if ask.people_file else 'everybody in the data'}."
    yield f"Kept by {_told(made, 'storage', 'storage')}, within {_told(made, 'storage', 'territory')}."
    yield f"Processors: {_told(made, 'processors', 'processors', silent='none')}."
    yield f"From {_told(made, 'period', 'starts')} to {_told(made, 'period', 'ends')}."
    yield f"{TO_DO}how many people it is about, and how the data travels."


def _consulted() -> Iterator[str]:
    yield f"{TO_DO}the advice of the data protection officer (Article 35(2)), and whether it was followed."
    yield f"{TO_DO}the views of patients or those who speak for them (Article 35(9)), or why they were not sought."


def _necessity(made: Drafted) -> Iterator[str]:
    ask = made.application
    yield f"Grounds of data protection: {ask.data_protection}. The way round the duty of confidence: {ask.route}."
    wanted = (Question.PURPOSE, Question.CONFIDENTIALITY, Question.DATA_PROTECTION, Question.MINIMUM)
    for settled in made.decision.questions:
        if settled.question in wanted:
            told = " ".join(reason(each) for each in settled.findings)
            yield f"{ASKS[Question(settled.question)]} {_answer(settled.answer)} {told}"
    yield f"What health and care gain: {_told(made, 'benefit', 'what')}."
    yield f"{TO_DO}whether less data, or none, would serve as well, and how people are told."


def _answer(answer: Answer) -> str:
    return {Answer.MET: "Yes.", Answer.NOT_MET: "No.", Answer.REFERRED: "A person has to say."}[answer]


RISKS = (
    "Somebody is recognised in the data, and what they told in confidence is known.",
    "The data is used for something that people did not expect, or is passed on.",
    "The data is lost, stolen, or seen by those who have no business with it.",
    "What is published tells of few people.",
    "A choice to opt out is not respected, or can be told from the data.",
    "The data is kept longer than it is needed.",
)


def _risks(made: Drafted) -> Iterator[str]:
    for each in RISKS:
        yield f"{each} {TO_DO}how likely it is, and how severe."
    if made.application.level is Level.IDENTIFIABLE:
        yield f"The data names people, so whoever sees it knows whom it is about. {TO_DO}how severe that is."
    if made.application.funders:
        paid = listed(f"{each.organisation} ({each.business})" for each in made.application.funders)
        yield f"Others pay: {paid}. {TO_DO}whether they could press for another use."


def _measures(made: Drafted) -> Iterator[str]:
    if made.decision.obligations:
        yield from (in_words(each) for each in made.decision.obligations)
    else:
        yield f"As of {day(made.decision.on)} the decision demands nothing, since it is to {made.decision.verdict}."
    yield from (f"Condition set by people: {each}" for each in made.conditions)
    yield f"{TO_DO}which risk each measure lessens, and what else is done."


def _rest() -> Iterator[str]:
    yield f"{TO_DO}which risk remains, and whether it is high: then the Commissioner is asked first (Article 36)."
    yield f"{TO_DO}the approval: who, in which role, on which day, and by when it is reviewed."
    yield "Once it is approved, record it, so that the engine can read it: haven record assessment FILE.toml."
