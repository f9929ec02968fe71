"""A controller's Type 1 list as it is sent: NHS numbers, one a line, or coded events. An objection that cannot be read
is lost, so what could hide one is refused, by its line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from openhaven.identity.nhs_number import clean
from openhaven.model.errors import BadInput
from openhaven.optouts.numbers import Numbers
from openhaven.optouts.type1 import CodeList, Events, Means, objectors
from openhaven.vault.texts import csv_rows

_SPOILT = re.compile(r"\d([.,]\d*)?[eE]\+?\d+")
_FORMS = "Send NHS numbers, one a line, or coded events with the columns nhs_number, code and event_date."
_NOT_A_NUMBER = "is not a valid NHS number: ten digits, of which the last checks the others"


def type_1_numbers(text: str, *, codes: CodeList, on: dt.date, where: str) -> Numbers:
    """Who objects on that day. Raises BadInput for the first line that cannot be read."""
    if "," not in text.split("\n", 1)[0].rstrip(",\r"):
        return _listed(text, where)
    return objectors(Events.of(_events(text, codes, where), where=where), on=on, codes=codes)


def _listed(text: str, where: str) -> Numbers:
    """NHS numbers, one a line, with a heading or without. A mistyped one is refused: its objection is lost."""
    lines = [line.strip().rstrip(",").strip('"') for line in text.rstrip().splitlines()]
    if not any(lines):
        raise BadInput("the file is empty", where=where, todo="If nobody objects, send the heading alone: nhs_number")
    headed = int(lines[0].lower() == "nhs_number")
    found = []
    for place, line in enumerate(lines[headed:], start=headed + 1):
        number = clean(line)
        if number is None:
            raise BadInput(f"line {place} {_NOT_A_NUMBER}", where=where, todo=_FORMS)
        found.append(number)
    return Numbers.of(found)


def _events(text: str, codes: CodeList, where: str) -> list[tuple[str, str, dt.date | None]]:
    """Number, code and day of each event that says something of an objection. Whoever has no number is passed over."""
    rows = csv_rows(text, where=where)
    _, heading = next(rows)
    number_at, code_at, day_at = _places([name.strip().lower() for name in heading], where)
    wanted, found, seen, known = {each.code for each in codes.code}, [], 0, 0
    for line, row in rows:
        seen += 1
        number, code = row[number_at].strip(), row[code_at].strip()
        if _SPOILT.fullmatch(code):
            todo = "Its digits are lost. Ask for a file that never went through a spreadsheet."
            raise BadInput(f"line {line} has a code that Excel turned into the form 8.27E+14", where=where, todo=todo)
        if code not in wanted:
            continue
        known += 1
        if not number:
            continue
        if (ten := clean(number)) is None:
            raise BadInput(f"line {line}: its nhs_number {_NOT_A_NUMBER}", where=where)
        found.append((ten, code, _day(row[day_at].strip(), line, where)))
    if seen and not known:
        events = "1 event has" if seen == 1 else f"{seen:,} events has"
        listed = ", ".join((*codes.meaning(Means.DISSENT), *codes.meaning(Means.WITHDRAWAL)))
        todo = f"If nobody objects, send the heading alone; else ask for the file with these codes: {listed}."
        raise BadInput(f"none of its {events} a code of dissent or withdrawal", where=where, todo=todo)
    return found


def _places(heading: Sequence[str], where: str) -> tuple[int, int, int]:
    day = next((name for name in ("event_date", "date") if name in heading), "event_date")
    wanted = ("nhs_number", "code", day)
    if missing := [name for name in wanted if name not in heading]:
        raise BadInput(f"there is no column {', '.join(missing)}", where=where, todo=_FORMS)
    if twice := [name for name in wanted if heading.count(name) > 1]:
        raise BadInput(f"two columns are called {', '.join(twice)}", where=where, todo="Leave one of them out.")
    return heading.index("nhs_number"), heading.index("code"), heading.index(day)


def _day(text: str, line: int, where: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"line {line}: the day of an event is not a date as 2026-12-31", where=where) from None
