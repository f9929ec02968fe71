"""What was typed, checked; and answers kept, shown again, compared, and made into an application.

Nothing typed is ever lost here: what is wrong is said beside it, and it stays as it was typed."""

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from openhaven.identity.nhs_number import numbers_within
from openhaven.law.plainly import day
from openhaven.model.application import Application, Comparison
from openhaven.model.errors import BadInput
from openhaven.model.figure import measures_of, word_of
from openhaven.model.plain import from_plain
from openhaven.model.words import Level, Precision

from .questions import (
    BY_ID,
    EVERYBODY,
    FILE,
    PAIR_SEPARATOR,
    QUESTIONS,
    RULE,
    YES,
    Answers,
    Choice,
    Input,
    Kind,
    Offered,
    Question,
    asked,
    fields_chosen,
    fields_of,
    said,
)

Typed = Mapping[str, Sequence[str]]
"""What a form sent: each name with every value sent under it."""
Answer = Any
_TURNING = {
    ord(each): None for each in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff"
}
"""Invisible marks that turn the direction of writing: text can seem to say what it does not."""
DAY, MONTH, YEAR = "day", "month", "year"
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Read:
    """What a form said: the answer, and what is wrong by the name of the form's field."""

    answer: Answer
    wrong: Mapping[str, str]


def name_of(input: Input, row: str = "") -> str:
    """The name of an input in its form."""
    return f"{row}.{input.name}" if row else input.name


def read(question: Question, typed: Typed, offered: Offered, answers: Answers) -> Read:
    """Read what was typed on a page, in the light of what was answered before."""
    wrong: dict[str, str] = {}
    if question.rows is None:
        answer: Answer = _read_row(question, "", typed, offered, answers, wrong)
    else:
        rows = question.rows(offered, answers)
        each = {row: _read_row(question, row, typed, offered, answers, wrong) for row in rows}
        answer = [{"row": row, **values} for row, values in each.items() if row not in _left_empty(question, each)]
    if not wrong and question.id in _CHECKS:
        wrong.update(_CHECKS[question.id](answer, offered, answers))
    return Read(answer, MappingProxyType(wrong))


def _left_empty(question: Question, rows: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The numbered rows in which nothing was typed."""
    return {row for row, values in rows.items() if question.numbered and not any(values.values())}


def _read_row(
    question: Question, row: str, typed: Typed, offered: Offered, answers: Answers, wrong: dict[str, str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in question.inputs:
        name = name_of(each, row)
        try:
            found[each.name] = _READS[each.kind](
                each, name, typed, each.choices(offered, answers) if each.choices else ()
            )
        except BadInput as problem:
            wrong[name] = problem.what
            found[each.name] = _last(typed, name)
    return found


def tidy(text: str) -> str:
    """Text as it is kept: one form for each letter, plain line ends, no marks that hide or turn writing."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_TURNING)
    return "".join(each for each in plain if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs")).strip()


def check_text(text: str, *, most: int) -> None:
    """Raises BadInput where a text is too long, or names a person by an NHS number."""
    if len(text) > most:
        raise BadInput(f"Use {most:,} characters or fewer; this has {len(text):,}")
    if numbers_within([text]):
        raise BadInput("Take the NHS number out: name no person here")


def _last(typed: Typed, name: str) -> str:
    values = typed.get(name, ())
    return values[-1] if values else ""


def _one(input: Input, name: str, typed: Typed) -> str:
    values = {tidy(each) for each in typed.get(name, ())} - {""}
    if len(values) > 1:
        raise BadInput("Give one answer, not several")
    text = next(iter(values), "")
    if not text and not input.optional:
        raise BadInput(
            "Choose an answer" if input.choices else f"Fill this in: {input.label[:1].lower()}{input.label[1:]}"
        )
    check_text(text, most=input.most)
    return text


def _line(input: Input, name: str, typed: Typed, choices: Sequence[Choice]) -> str:
    return " ".join(_one(input, name, typed).split())


def _long(input: Input, name: str, typed: Typed, choices: Sequence[Choice]) -> str:
    return _one(input, name, typed)


def _lines(input: Input, name: str, typed: Typed, choices: Sequence[Choice]) -> list[str]:
    found = [" ".join(each.split()) for each in _one(input, name, typed).split("\n")]
    lines = list(dict.fromkeys(each for each in found if each))
    if len(lines) > MOST_LINES:
        raise BadInput(f"Use {MOST_LINES} lines or fewer")
    return lines


def _choice(input: Input, name: str, typed: Typed, choices: Sequence[Choice]) -> str:
    if input.optional and not any(typed.get(name, ())):
        return ""
    text = _one(input, name, typed)
    if text not in {each.value for each in choices}:
        raise BadInput("Choose one of the answers")
    return text


def _choices(input: Input, name: str, typed: Typed, choices: Sequence[Choice]) -> list[str]:
    known, found = [each.value for each in choices], set(typed.get(name, ())) - {""}
    if not found <= set(known):
        raise BadInput("Choose from the answers on this page")
    if not found and not input.optional:
        raise BadInput("Choose at least one")
    return [each for each in known if each in found]


def _date(input: Input, name: str, typed: Typed, choices: Sequence[Choice]) -> str:
    parts = [_last(typed, f"{name}-{part}").strip() for part in (YEAR, MONTH, DAY)]
    if input.optional and not any(parts):
        return ""
    try:
        year, month, day_ = (int(each) for each in parts if each.isascii() and each.isdecimal() and len(each) <= 4)
        if not 2013 <= year <= 2099:
            raise ValueError
        return dt.date(year, month, day_).isoformat()
    except ValueError:
        raise BadInput("Give a real date, such as 27 3 2027") from None


_READS: Mapping[Kind, Callable[[Input, str, Typed, Sequence[Choice]], Any]] = {
    Kind.LINE: _line,
    Kind.LONG: _long,
    Kind.LINES: _lines,
    Kind.CHOICE: _choice,
    Kind.PICK: _choice,
    Kind.CHOICES: _choices,
    Kind.DATE: _date,
}

Wrong = dict[str, str]
Check = Callable[[Answer, Offered, Answers], Wrong]


def _why_if(choice: str, value: str, why: str) -> Check:
    def check(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
        return {why: "Say more: you answered that this is so"} if answer[choice] == value and not answer[why] else {}

    return check


def _check_period(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    return {"ends": "The last day cannot be before the first"} if answer["ends"] < answer["starts"] else {}


def _check_reasons(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    steps = {each.name: each.precisions for each in fields_of(offered, answers)}
    return {
        f"{each['row']}.precision": f"This field can be given as: {', '.join(steps[each['row']])}"
        for each in answer
        if each["precision"] not in steps[each["row"]]
    }


def _check_table(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    words = [word_of(each) for each in answer.get("figures") or ()]
    measured = measures_of(words)
    if set(measured) & set(answer["by"]):
        return {"by": "A field of which you ask a mean cannot be counted by"}
    if len(measured) > 1:
        return {"figures": "Choose means and medians of one field"}
    if any(word.counted_by not in answer["by"] for word in words if not word.of_amounts):
        return {"figures": "Choose shares by fields that you count by"}
    reasons = answers.get("reasons") or ()
    if any(each["row"] in measured and each["precision"] != Precision.AS_HELD for each in reasons):
        return {"figures": "Ask for this field as it is held: only its figures are given"}
    return {}


def _check_cohort(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    if not answer:
        return {"1.field": "Give at least one part of the rule"}
    wrong: Wrong = {}
    for each in answer:
        for part in ("field", "test", "values"):
            if not each[part]:
                wrong[f"{each['row']}.{part}"] = "Fill in all three parts"
        if each["test"] in (Comparison.IS, Comparison.FROM, Comparison.TO) and len(_values(each["values"])) != 1:
            wrong[f"{each['row']}.values"] = "Give one value here"
    return wrong


def _check_funders(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    return {
        f"{each['row']}.{part}": "Give the organisation and its line of business"
        for each in answer
        for part in ("organisation", "business")
        if not each[part]
    }


def _check_list(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    odd = set(answer["file"]) & set("/\\") or answer["file"].startswith(".")
    return {"file": "Give the name of the file alone"} if odd else {}


_CHECKS: Mapping[str, Check] = {
    "commercial": _why_if("gains", YES, "how"),
    "opt-outs": _why_if("left_in", YES, "why"),
    "setting": _why_if("setting", "extract", "why"),
    "period": _check_period,
    "reasons": _check_reasons,
    "table": _check_table,
    "cohort": _check_cohort,
    "funding": _check_funders,
    "list": _check_list,
}


# --- kept answers shown again -----------------------------------------------------------------------------------------


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


# --- the application --------------------------------------------------------------------------------------------------

DECIDING = ("purpose", "dataset", "level", "fields", "reasons", "route", "grounds")
"""Before these are answered there is nothing that the law could be asked about."""


def waits_for(offered: Offered, answers: Answers) -> tuple[Question, ...]:
    """The questions without whose answer nothing can be decided, not even provisionally."""
    still_open = {each.id for each in open_questions(offered, answers)}
    return tuple(BY_ID[id] for id in DECIDING if id in still_open or id not in answers)


def application_of(answers: Answers, offered: Offered, *, id: str, applicant: str) -> Application:
    """The application that the answers make. What has not been said yet is as silent as an application can be.

    Raises BadInput where they make none."""
    current = {each.id: answers[each.id] for each in asked(offered, answers) if each.id in answers}
    plain = {name: fill(current, offered) for name, fill in FILLS.items()}
    plain["recipient"] = plain["recipient"] or applicant
    made = {"format": 1, "id": id, "applicant": applicant, **plain}
    return from_plain(Application, {name: value for name, value in made.items() if value is not None}, where="answers")


Fill = Callable[[Answers, Offered], Any]


def _from(question: str, input: str, *, silent: str = "") -> Fill:
    return lambda answers, offered: said(answers, question, input) or silent


def _data_protection(answers: Answers, offered: Offered) -> dict[str, str]:
    pair = said(answers, "grounds", "pair") or PAIR_SEPARATOR * 2
    return dict(zip(("article_6", "article_9", "schedule_1"), pair.split(PAIR_SEPARATOR), strict=True))


def _fields(answers: Answers, offered: Offered) -> list[dict[str, str]]:
    chosen = fields_chosen(offered, answers)
    rows = {each["row"]: each for each in answers.get("reasons", ())}
    return [
        {"name": name, "reason": rows[name]["reason"], "precision": rows[name]["precision"]}
        for name in chosen
        if name in rows
    ]


def _funders(answers: Answers, offered: Offered) -> list[dict[str, str]]:
    return [{"organisation": each["organisation"], "business": each["business"]} for each in answers.get("funding", ())]


def _cohort(answers: Answers, offered: Offered) -> list[dict[str, Any]]:
    if said(answers, "whom", "whom") != RULE:
        return []
    return [
        {"field": each["field"], "test": each["test"], "values": _values(each["values"])}
        for each in answers.get("cohort", ())
    ]


def _values(text: str) -> list[str]:
    return [each for part in text.split(",") if (each := part.strip())]


def _table(answers: Answers, offered: Offered) -> dict[str, Any] | None:
    if said(answers, "level", "level") != Level.AGGREGATE:
        return None
    names = fields_chosen(offered, answers)
    words = [(text, word_of(text)) for text in said(answers, "table", "figures") or ()]
    measured = next((each for each in measures_of([word for _, word in words]) if each in names), "")
    by = [each for each in said(answers, "table", "by") or names if each in names and each != measured]
    figures = [text for text, word in words if (word.of == measured if word.of_amounts else word.counted_by in by)]
    return {"by": by, "people": said(answers, "table", "people") == YES, "figures": figures}


def _only_where(whom: str, question: str, input: str) -> Fill:
    return lambda answers, offered: said(answers, question, input) if said(answers, "whom", "whom") == whom else ""


FILLS: Mapping[str, Fill] = MappingProxyType(
    {
        "title": _from("title", "title", silent="(no title yet)"),
        "recipient": _from("recipient", "recipient"),
        "purpose": _from("purpose", "purpose"),
        "purpose_text": _from("why", "text", silent="(not said yet)"),
        "route": _from("route", "route"),
        "dataset": _from("dataset", "dataset"),
        "level": _from("level", "level"),
        "data_protection": _data_protection,
        "fields": _fields,
        "agreement": _from("agreement", "agreement"),
        "basis": lambda answers, offered: said(answers, "basis", "papers") or [],
        "programme": _from("programme", "programme"),
        "funders": _funders,
        "cohort": _cohort,
        "people_file": _only_where(FILE, "list", "file"),
        "table": _table,
        "power": lambda answers, offered: said(answers, "power", "power") or None,
        "everyone": _only_where(EVERYBODY, "everyone", "why"),
    }
)
"""How each part of the application is made from the answers."""


# --- what changed -----------------------------------------------------------------------------------------------------


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
