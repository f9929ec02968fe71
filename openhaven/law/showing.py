"""A provision on one page, for a person or a machine: what it says, how sure we are, what states and what tries it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import fill
from typing import Any

from openhaven.model.plain import to_plain
from openhaven.model.words import Level, Purpose, Route

from .algebra import Code, Rule
from .numbers import NUMBERS, Number
from .plainly import day, many
from .plainly import listed as names
from .provisions import GROUPS, PROVISIONS, Confidence, Provision, earlier_texts
from .ruleset import RULESET
from .tried import Scenario, Trial, scenarios_of, trials_of

SURE = {
    Confidence.READ: "read at the source",
    Confidence.SECONDARY: "known from a secondary source",
    Confidence.TO_BE_CONFIRMED: "to be confirmed",
}
_TITLES = {each.id: group.title for group in GROUPS for each in group.provisions}
_AS_WRITTEN = {
    "opt out": "opt-out",
    "consultees": "consultee's",
    "nobodys": "nobody's",
    "england": "England",
    "wales": "Wales",
    "gp": "GP",
    "type 1": "Type 1",
    "type 2": "Type 2",
    "article 9": "Article 9",
    "schedule 1": "Schedule 1",
}
"""What a name in code cannot say: capitals, hyphens and apostrophes."""
_NAMES = re.compile(rf"\b(?:{'|'.join(_AS_WRITTEN)})\b")
_SORTS: Mapping[str, type] = {"route": Route, "purpose": Purpose, "level": Level}
_RULES = {rule.name: rule for rule in RULESET.rules}
_STATED_BY = {id: tuple(_RULES[name] for name in names) for id, names in RULESET.stated_by().items()}


@dataclass(frozen=True, slots=True)
class Page:
    """All that there is to say of one provision."""

    provision: Provision
    group: str
    earlier: tuple[Provision, ...]
    numbers: tuple[Number, ...]
    rules: tuple[Rule, ...]
    scenarios: tuple[Scenario, ...]
    trials: tuple[Trial, ...]


def page(provision: Provision) -> Page:
    """What there is to say of a provision."""
    id, rules = provision.id, _STATED_BY[provision.id]
    return Page(
        provision=provision,
        group=_TITLES[id],
        earlier=earlier_texts(id),
        numbers=numbers_of(id),
        rules=rules,
        scenarios=scenarios_of(id),
        trials=trials_of(id, (rule.name for rule in rules)),
    )


def shown(provision: Provision) -> str:
    """The provision as a page of text."""
    said = page(provision)
    head = [f"{provision.id}  {provision.title}", _filled(provision.gist)]
    lists = [("Rules", _rules(said)), ("Scenarios", _scenarios(said)), ("Tests that name it", _trials(said))]
    parts = [f"{title}:\n" + "\n".join(lines) for title, each in lists if (lines := list(each))]
    return "\n\n".join(["\n".join([*head, *map(_filled, _lines(said))]), *parts])


def listed() -> str:
    """All of them, a line each, in groups as a lawyer would read them."""
    width = max(map(len, PROVISIONS))
    parts = [
        "\n".join([group.title, *(f"  {each.id:{width}}  {each.title}" for each in group.provisions)])
        for group in GROUPS
    ]
    return "\n\n".join(parts)


def as_data(provision: Provision) -> dict[str, Any]:
    """The provision for a machine: its own keys, its group, and the rules, numbers, scenarios and tests of it."""
    said = page(provision)
    cited = {
        "group": said.group,
        "stated_by": [rule.name for rule in said.rules],
        "numbers": [to_plain(each) for each in said.numbers],
        "rules": [_rule_as_data(rule) for rule in said.rules],
        "scenarios": [to_plain(each) for each in said.scenarios],
        "tests": [{"file": each.file, "name": each.name} for each in said.trials],
    }
    own: dict[str, Any] = to_plain(provision)
    return own | cited


def numbers_of(id: str) -> tuple[Number, ...]:
    """The numbers that cite a provision."""
    return tuple(each for each in NUMBERS.values() if each.citation == id)


def called(rule: Rule) -> str:
    """A rule's name as a sentence begins: "A term begins after it is signed and not long after"."""
    words = _NAMES.sub(lambda found: _AS_WRITTEN[found[0]], rule.name.replace("_", " "))
    return words[:1].upper() + words[1:]


def about(rule: Rule) -> str:
    """Which routes, purposes and levels a rule is about, each sort by itself; empty where it is about all."""
    sorts = {name: [_bracketed(each) for each in rule.when if isinstance(each, kind)] for name, kind in _SORTS.items()}
    return "; ".join(
        f"the {many(said, name, f'{name}s')} {names(said, last='or')}" for name, said in sorts.items() if said
    )


def _bracketed(code: Code) -> str:
    """A code as one of a list: what stands after its comma in brackets."""
    first, _, rest = code.partition(", ")
    return f"{first} ({rest})" if rest else first


def term(starts: dt.date, ends: dt.date | None) -> str:
    """From the first day to the last, in words."""
    return f"from {day(starts)}" + (f" to {day(ends)}" if ends else "")


def _rule_as_data(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "question": str(rule.question),
        "gist": rule.gist,
        "starts": rule.starts.isoformat(),
        "ends": rule.ends and rule.ends.isoformat(),
        "about": list(map(str, rule.when)),
    }


def _filled(text: str, indent: str = "  ") -> str:
    return fill(text, width=100, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _rules(said: Page) -> Iterator[str]:
    for rule in said.rules:
        narrowed = f"; only about {about(rule)}" if rule.when else ""
        yield _filled(f"{rule.name} ({rule.question}; {_dates(rule)}{narrowed})")
        yield _filled(rule.gist, "    ")


def _scenarios(said: Page) -> Iterator[str]:
    for each in said.scenarios:
        yield _filled(f"{each.name} ({each.verdict}, {each.on}): {each.file}")


def _trials(said: Page) -> Iterator[str]:
    for each in said.trials:
        yield _filled(f"{each.says}: {each.file}")


def _lines(said: Page) -> Iterator[str]:
    provision = said.provision
    yield f"Group: {said.group}"
    yield f"Source: {provision.source}"
    yield f"In force: {_dates(provision)}; {SURE[provision.confidence]}"
    if provision.doubt:
        yield f"To be confirmed: {provision.doubt}"
    for each in said.earlier:
        yield f"Before: {each.id}, {_dates(each)}"
    if provision.version_of:
        yield f"Since then: {provision.version_of}"
    for number in said.numbers:
        yield from _values(number)
    if provision.settings:
        yield f"Settings: {', '.join(provision.settings)}"
    yield from _answers(said)


def _values(number: Number) -> Iterator[str]:
    for each in number.values:
        until = f" to {each.ends}" if each.ends else ""
        sure = f"{each.confidence}, last checked {each.checked}"
        chosen = f"; setting {number.setting}" if number.setting and each.open_to_choice else ""
        said = f"{number.title}: {number.said(each.value)}, from {each.starts}{until}"
        yield f"Number: {said} ({sure}{chosen})"


def _answers(said: Page) -> Iterator[str]:
    if said.provision.held_in:
        yield f"Held in: {', '.join(said.provision.held_in)}"
    if said.provision.not_modelled and not said.rules:
        yield f"No rule states it: {said.provision.not_modelled}"


def _dates(each: Provision | Rule) -> str:
    return f"from {each.starts}" + (f" to {each.ends}" if each.ends else "")
