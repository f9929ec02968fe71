"""The application that the answers make, as far as they go."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from openhaven.model.application import Application
from openhaven.model.figure import measures_of, word_of
from openhaven.model.plain import from_plain
from openhaven.model.words import Level

from .answers import open_questions
from .fitting import values_in
from .questions import (
    BY_ID,
    EVERYBODY,
    FILE,
    PAIR_SEPARATOR,
    RULE,
    YES,
    Answers,
    Offered,
    Question,
    asked,
    fields_chosen,
    said,
)

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
        {"field": each["field"], "test": each["test"], "values": values_in(each["values"])}
        for each in answers.get("cohort", ())
    ]


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
        "study_reference": _from("basis", "study"),
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
