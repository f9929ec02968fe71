"""How what is asked again and again is put in plain data: forms, what is wrong in them, acts, parts of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from ninja import Query

from openhaven.casework.questions import Answers, Input, Offered
from openhaven.web.api.access import Refusals
from openhaven.web.api.shapes import LARGEST, MOST, Wrong

Refused = Refusals
Read = {**Refused, 404: Wrong}
Written = {**Read, 409: Wrong, 422: Wrong}
Counted = {**Written, 429: Wrong}
"""What somebody does so often in an hour, and no more."""
Start = Annotated[int, Query(ge=0, le=LARGEST, description="From which place of the list on.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Signed = {**Written, 429: Wrong}
IN_PERSON = (
    "this is done on the pages, by who has just shown their second factor: {where}; by a program only with a token "
    "for sign and a one-time code"
)


class Misread(Exception):
    """What was typed for an act does not fit: told by input."""

    def __init__(self, wrong: Mapping[str, str], *, where: str) -> None:
        super().__init__(where)
        self.told = {"what": "what was typed does not fit", "where": where, "wrong": dict(wrong)}


def check_read(wrong: Mapping[str, str], *, where: str) -> None:
    """Raises Misread where something is wrong."""
    if wrong:
        raise Misread(wrong, where=where)


def typed_input(each: Input, offered: Offered, answers: Answers) -> dict[str, Any]:
    """One thing to type or choose, with its choices."""
    choices = each.choices(offered, answers) if each.choices else ()
    names = ("name", "label", "kind", "optional", "most")
    told = [{"value": choice.value, "text": choice.text} for choice in choices]
    return {**{name: getattr(each, name) for name in names}, "choices": told}
