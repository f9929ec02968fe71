"""A provision shown to a person or a machine: what it says, where it stands, how sure we are, and what states it."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill
from typing import Any

from openhaven.model.plain import to_plain

from .numbers import NUMBERS, Number
from .provisions import GROUPS, PROVISIONS, Confidence, Provision, earlier_texts
from .ruleset import RULESET

_SURE = {
    Confidence.READ: "read at the source",
    Confidence.SECONDARY: "known from a secondary source",
    Confidence.TO_BE_CONFIRMED: "to be confirmed",
}
_TITLES = {each.id: group.title for group in GROUPS for each in group.provisions}


def shown(provision: Provision) -> str:
    """The provision as a few lines of text."""
    head = [f"{provision.id}  {provision.title}", _filled(provision.gist)]
    return "\n".join([*head, *map(_filled, _lines(provision))])


def listed() -> str:
    """All of them, a line each, in groups as a lawyer would read them."""
    width = max(map(len, PROVISIONS))
    parts = [
        "\n".join([group.title, *(f"  {each.id:{width}}  {each.title}" for each in group.provisions)])
        for group in GROUPS
    ]
    return "\n\n".join(parts)


def as_data(provision: Provision) -> dict[str, Any]:
    """The provision for a machine: its own keys, its group, and the rules and numbers that cite it."""
    cited = {
        "group": _TITLES[provision.id],
        "stated_by": list(RULESET.stated_by()[provision.id]),
        "numbers": [to_plain(each) for each in numbers_of(provision.id)],
    }
    own: dict[str, Any] = to_plain(provision)
    return own | cited


def numbers_of(id: str) -> tuple[Number, ...]:
    """The numbers that cite a provision."""
    return tuple(each for each in NUMBERS.values() if each.citation == id)


def _filled(text: str) -> str:
    return fill(text, width=100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _lines(provision: Provision) -> Iterator[str]:
    yield f"Group: {_TITLES[provision.id]}"
    yield f"Source: {provision.source}"
    yield f"In force: {_term(provision)}; {_SURE[provision.confidence]}"
    if provision.doubt:
        yield f"To be confirmed: {provision.doubt}"
    for each in earlier_texts(provision.id):
        yield f"Before: {each.id}, {_term(each)}"
    if provision.version_of:
        yield f"Since then: {provision.version_of}"
    for number in numbers_of(provision.id):
        yield from _values(number)
    if provision.settings:
        yield f"Settings: {', '.join(provision.settings)}"
    yield from _answers(provision)


def _values(number: Number) -> Iterator[str]:
    for each in number.values:
        until = f" to {each.ends}" if each.ends else ""
        sure = f"{each.confidence}, last checked {each.checked}"
        chosen = f"; setting {number.setting}" if number.setting else ""
        said = f"{number.title}: {number.said(each.value)}, from {each.starts}{until}"
        yield f"Number: {said} ({sure}{chosen})"


def _answers(provision: Provision) -> Iterator[str]:
    rules = RULESET.stated_by()[provision.id]
    if rules:
        yield f"Stated by: {', '.join(rules)}"
    if provision.held_in:
        yield f"Held in: {', '.join(provision.held_in)}"
    if provision.not_modelled and not rules:
        yield f"No rule states it: {provision.not_modelled}"


def _term(provision: Provision) -> str:
    return f"from {provision.starts}" + (f" to {provision.ends}" if provision.ends else "")
