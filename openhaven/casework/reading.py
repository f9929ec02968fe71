"""What was typed, checked. Nothing typed is ever lost here: what is wrong is said beside it, and it stays as it was
typed."""

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from openhaven.identity.nhs_number import numbers_within
from openhaven.model.errors import BadInput

from .fitting import CHECKS, Answer
from .questions import Answers, Choice, Input, Kind, Offered, Question

Typed = Mapping[str, Sequence[str]]
"""What a form sent: each name with every value sent under it."""
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
    rows = ("",) if question.rows is None else question.rows(offered, answers)
    found = {row: _read_row(question, row, typed, offered, answers) for row in rows}
    wrong = {name: why for each in found.values() for name, why in each.wrong.items()}
    values = {row: each.answer for row, each in found.items()}
    if question.rows is None:
        answer: Answer = values[""]
    else:
        empty = _left_empty(question, values)
        answer = [{"row": row, **given} for row, given in values.items() if row not in empty]
    if not wrong and question.id in CHECKS:
        wrong = CHECKS[question.id](answer, offered, answers)
    return Read(answer, MappingProxyType(wrong))


def _left_empty(question: Question, rows: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The numbered rows in which nothing was typed."""
    return {row for row, values in rows.items() if question.numbered and not any(values.values())}


def _read_row(question: Question, row: str, typed: Typed, offered: Offered, answers: Answers) -> Read:
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for each in question.inputs:
        name = name_of(each, row)
        choices = each.choices(offered, answers) if each.choices else ()
        try:
            found[each.name] = _READS[each.kind](each, name, typed, choices)
        except BadInput as problem:
            wrong[name] = problem.what
            found[each.name] = _last(typed, name)
    return Read(found, wrong)


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
