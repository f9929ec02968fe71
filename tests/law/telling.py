"""What differs from a start, in the few words in which scenarios tell it.

no classification                             the record is not there
agreement: ends 2026-11-20; setting extract   what a record says, part by part
application: / dataset: / installation:       what is asked, what is held, and the settings
also hold h1: programme care.data             one more record, with what is needed to stand
also asked first: university                  the same was asked for before, for this recipient, and somebody said no"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields, replace
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from starts import STARTS, Told, cover_of, start

from openhaven.model.application import (
    Application,
    Comparison,
    Condition,
    DataProtection,
    FieldAsked,
    Funder,
    TableAsked,
)
from openhaven.model.dataset import Dataset
from openhaven.model.facts import FormerApplication, FormerRelease, Policy
from openhaven.model.plain import from_plain
from openhaven.model.protection import Protection
from openhaven.model.record.agreement import Benefit, FieldAgreed, Principle
from openhaven.model.record.kinds import KINDS
from openhaven.model.record.seen import Seen
from openhaven.model.words import Precision


def begin(name: str, papers_of: dt.date, differs: Iterable[str] = ()) -> Told:
    """The start of that name with its own papers, and then what differs."""
    told = start(name, papers_of)
    for line in (*STARTS[name].get("papers", ()), *differs):
        tell(told, line)
    return told


def tell(told: Told, line: str) -> None:
    """Change the case as the line says. Raises ValueError for words that mean nothing."""
    if line.startswith("no "):
        _gone(told, line.removeprefix("no "))
        return
    head, _, rest = line.partition(": ")
    if head.startswith("also release "):
        told.former += (FormerRelease(head.split()[-1], "earlier", "agreement", _day(rest)),)
    elif head.startswith("also asked "):
        ask = told.application
        told.refused += (FormerApplication(head.split()[-1], ask.applicant, rest, ask.purpose, ask.dataset, ask.level),)
    elif head.startswith("also "):
        _, kind, id = head.split(" ")
        told.records[id] = KINDS[kind](**_whole(told, kind, id, _parts(KINDS[kind], rest)))
    elif head == "application":
        told.asked |= _parts(Application, rest)
    elif head == "dataset":
        told.dataset = replace(told.dataset, **_parts(Dataset, rest))
    elif head == "installation":
        told.policy |= _parts(Policy, rest)
    else:
        told.records[_id(told, head)] = replace(told.records[_id(told, head)], **_parts_of(told, head, rest))


def _gone(told: Told, name: str) -> None:
    if name == "delivery":
        told.controllers = ()
    elif name == "lists of codes":
        told.policy["restricted_lists"] = ()
    else:
        del told.records[_id(told, name)]


def _id(told: Told, name: str) -> str:
    id = name.replace(" ", "-")
    if id not in told.records:
        raise ValueError(f"no paper is called {name!r}; there are {', '.join(sorted(told.records))}")
    return id


def _parts_of(told: Told, name: str, rest: str) -> dict[str, Any]:
    record = told.records[_id(told, name)]
    found = _parts(type(record), rest)
    return {key: _seen_at(told, value) if isinstance(value, str) and "Seen" in _kind_name(record, key) else value
            for key, value in found.items()}  # fmt: skip


def _kind_name(record: object, name: str) -> str:
    return str(get_type_hints(type(record))[name])


def _seen_at(told: Told, value: str) -> Seen | None:
    """Who saw it: nobody, a person on a day; or that there is no such document."""
    if value == "nothing":
        return None
    if value == "nobody":
        return replace(told.seen, by="")
    return replace(told.seen, on=_day(value))


def _parts(kind: type, text: str) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return dict(_part(kind, hints, part) for part in text.split("; "))


def _part(kind: type, hints: dict[str, Any], text: str) -> tuple[str, Any]:
    names = [each.name for each in fields(kind) if (text + " ").startswith(each.name.replace("_", " ") + " ")]
    if not names:
        raise ValueError(f"{text!r} is nothing that {kind.__name__} says")
    name = max(names, key=len)
    return name, value(kind, name, hints[name], text[len(name) :].strip())


def value(kind: type, name: str, hint: Any, text: str) -> Any:
    """The words as a value of that type."""
    if (kind, name) in _SPECIAL:
        return _SPECIAL[kind, name](text)
    if get_origin(hint) in (Union, UnionType):
        if text == "nothing":
            return "nothing" if Seen in get_args(hint) else None
        hint = next(each for each in get_args(hint) if each is not type(None))
    if get_origin(hint) is tuple:
        inner, *_ = get_args(hint)
        parts = [] if text == "nothing" else text.split(", ")
        return tuple(_simple(inner, each) for each in parts)
    return _simple(hint, text)


def _simple(hint: Any, text: str) -> Any:
    if hint is Benefit:
        return Benefit("care is safer", "deaths within 30 days", _day(text))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(text)
    simple: dict[Any, Callable[[str], Any]] = {
        bool: lambda said: {"yes": True, "no": False}[said],
        int: int,
        float: float,
        dt.date: _day,
        Seen: str,
        str: lambda said: "" if said == "nothing" else said,
    }
    return simple[hint](text)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _fields_asked(text: str) -> tuple[FieldAsked, ...]:
    return tuple(_asked(each) for each in text.split(", "))


def _asked(text: str) -> FieldAsked:
    bare = text.removesuffix(" without a reason")
    name, _, precision = bare.partition(" at ")
    reason = " " if bare != text else "the purpose needs it"
    return FieldAsked(name, reason, Precision(precision) if precision else Precision.AS_HELD)


def _fields_agreed(text: str) -> tuple[FieldAgreed, ...]:
    return tuple(FieldAgreed(each.name, each.precision) for each in _fields_asked(text))


def _table(text: str) -> TableAsked:
    by = text.removesuffix(" of episodes alone")
    return TableAsked(tuple(by.split(", ")), people=by == text)


def _cohort(text: str) -> tuple[Condition, ...]:
    if text == "nothing":
        return ()
    clauses = (each.split(" ", 2) for each in text.split(" and "))
    return tuple(Condition(name, Comparison(test), tuple(values.split(" or "))) for name, test, values in clauses)


def _funders(text: str) -> tuple[Funder, ...]:
    found = re.findall(r"([^,(]+) \(([^)]*)\)", text)
    return tuple(Funder(name.strip(), business) for name, business in found)


def _principles(text: str) -> tuple[Principle, ...]:
    unmet, because = text.removesuffix(" unmet"), "" if text == "without reasons" else "as the board found"
    return tuple(Principle(f"FIVE-{n}", f"FIVE-{n}" != unmet, because) for n in range(1, 6))


_SPECIAL: dict[tuple[type, str], Callable[[str], Any]] = {
    (Application, "fields"): _fields_asked,
    (Application, "cohort"): _cohort,
    (Application, "funders"): _funders,
    (Application, "table"): lambda text: None if text == "nothing" else _table(text),
    (Application, "data_protection"): lambda text: DataProtection(*(part.strip() for part in text.split("+"))),
    (Policy, "numbers"): lambda text: {name: int(n) for name, _, n in (e.rpartition(" ") for e in text.split(", "))},
    (KINDS["agreement"], "fields"): _fields_agreed,
    (KINDS["agreement"], "cohort"): _cohort,
    (KINDS["requirement"], "cohort"): _cohort,
    (KINDS["classification"], "fields"): _fields_agreed,
    (KINDS["agreement"], "protection"): lambda text: from_plain(
        Protection, tomllib.loads(f"x = {{{text}}}")["x"], where=""
    ),
    (KINDS["partnership"], "principles"): _principles,
}


def _whole(told: Told, kind: str, id: str, parts: dict[str, Any]) -> dict[str, Any]:
    """A further record with all that it needs, besides what is said of it."""
    hints = get_type_hints(KINDS[kind])
    known = cover_of(told) | {"id": id, "review": told.end, "on": told.start, "received": told.start}
    known |= {"by": "the board", "reason": "paused", "what": "an open share", "people": "people.txt", "name": id}
    known |= {"organisation": told.asked["recipient"], "purposes": (told.asked["purpose"],)}
    known |= {"dataset": told.asked["dataset"], "title": id, "agreement": told.asked["agreement"], "role": "adviser"}
    known |= {"where": "https://privacy.example/", "checked": told.seen, "how_to_object": True, "body": "the board"}
    known |= {"organisations": (told.asked["recipient"],), "level": told.asked["level"], "says": "yes"}
    needed = [each.name for each in fields(KINDS[kind]) if each.default is MISSING and each.name not in parts]
    made = {name: known[name] for name in needed} | parts
    return {
        name: _seen_at(told, each) if isinstance(each, str) and "Seen" in str(hints[name]) else each
        for name, each in made.items()
    }
