"""Answers that are kept: shown again, looked at for how far they are, and compared."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openhaven.law.plainly import day

from .fitting import Answer
from .questions import QUESTIONS, Answers, Input, Kind, Offered, Question, asked, fields_of
from .reading import DAY, MONTH, YEAR, name_of, read


def typed_of(question: Question, answer: Answer) -> dict[str, list[str]]:
    """An answer as its form would send it."""
    if answer is None:
        return {}
    if question.rows is None:
        return _typed_row(question, "", answer)
    return {name: values for each in answer for name, values in _typed_row(question, each["row"], each).items()}


def _typed_row(question: Question, row: str, values: Mapping[str, Any]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for each in question.inputs:
        name, value = name_of(each, row), values.get(each.name, "")
        if each.kind is Kind.DATE:
            parts = value.split("-") if value.count("-") == 2 else ("", "", "")
            for part, text in zip((YEAR, MONTH, DAY), parts, strict=True):
                made[f"{name}-{part}"] = [text.lstrip("0")]
        elif each.kind is Kind.LINES:
            made[name] = ["\n".join(value)]
        else:
            made[name] = list(value) if isinstance(value, list) else [value]
    return made


def shown(question: Question, answer: Answer, offered: Offered, answers: Answers) -> tuple[str, ...]:
    """An answer as lines to read."""
    if answer is None:
        return ()
    rows = [answer] if question.rows is None else answer
    titles = {each.name: each.title for each in fields_of(offered, answers)}
    return tuple(line for row in rows for line in _shown_row(question, row, titles, offered, answers))


def _shown_row(
    question: Question, row: Mapping[str, Any], titles: Mapping[str, str], offered: Offered, answers: Answers
) -> Iterator[str]:
    parts = list[str]()
    for each in question.inputs:
        words: dict[str, str] = {one.value: one.text for one in each.choices(offered, answers)} if each.choices else {}
        value = row.get(each.name, "")
        values: list[str] = value if isinstance(value, list) else [value]
        parts += [_told(each, one, words) for one in values if one or one in words]
    if question.rows is None:
        yield from parts
    else:
        name = "" if question.numbered else f"{titles.get(row['row'], row['row'])}: "
        yield name + ", ".join(parts)


def _told(input: Input, value: str, words: Mapping[str, str]) -> str:
    if input.kind is Kind.DATE and value.count("-") == 2:
        return day(dt.date.fromisoformat(value))
    return words.get(value, value)


class Standing:
    """How far a question is."""

    DONE, TO_DO, AGAIN, LEFT = "answered", "to do", "look at this again", "left empty"


def standing(question: Question, offered: Offered, answers: Answers) -> str:
    """Whether a question is answered. An answer that fits no more, since another changed, is to be looked at again."""
    if question.id not in answers:
        return Standing.TO_DO
    answer = answers[question.id]
    if read(question, typed_of(question, answer), offered, answers).wrong:
        return Standing.AGAIN
    empty = not shown(question, answer, offered, answers)
    return Standing.LEFT if empty and question.optional else Standing.DONE


def open_questions(offered: Offered, answers: Answers) -> tuple[Question, ...]:
    """What still has to be answered before the application can be submitted."""
    return tuple(
        each for each in asked(offered, answers) if standing(each, offered, answers) in (Standing.TO_DO, Standing.AGAIN)
    )


@dataclass(frozen=True, slots=True)
class Changed:
    """One question whose answer is another one now: its title, what was said, and what is said."""

    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def changes(before: Answers, after: Answers, offered: Offered) -> tuple[Changed, ...]:
    """Which answers differ, in the order of the questions."""
    found = []
    for each in QUESTIONS:
        one = shown(each, before.get(each.id), offered, before) if each.asked(offered, before) else ()
        other = shown(each, after.get(each.id), offered, after) if each.asked(offered, after) else ()
        if one != other:
            found.append(Changed(each.title, one, other))
    return tuple(found)


def finding_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Changed, ...]:
    """Which findings differ between two decisions, given as plain data: by question of law."""
    one, other = _findings(before), _findings(after)
    names = dict.fromkeys([*one, *other])
    return tuple(
        Changed(name, one.get(name, ()), other.get(name, ())) for name in names if one.get(name) != other.get(name)
    )


def _findings(decision: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        each["question"]: (each["answer"], *(found["because"] for found in each["findings"]))
        for each in decision.get("questions", ())
    }
