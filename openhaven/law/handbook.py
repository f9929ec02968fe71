"""The handbook of the law: its pages, woven from provisions, rules and numbers as HTML that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from .algebra import Question, Rule
from .explaining import ASKS
from .history import UNRECORDED, history
from .indexing import index, sources
from .numbers import NUMBERS
from .plainly import day
from .provisions import GROUPS, PROVISIONS, Confidence, Group, Provision, data_text
from .ruleset import RULESET
from .showing import SURE, about, called, page, term
from .tried import scenarios_by, trials_by, tried

_PAGES = Environment(
    loader=PackageLoader("openhaven.law", "templates/handbook"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters["begin"] = lambda text: text[:1].upper() + text[1:]
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page: its file, its title, the line above the title, its template and what that is filled with."""

    file: str
    title: str
    above: str
    template: str
    filled: Mapping[str, Any]


def handbook() -> dict[str, str]:
    """Every page by its file name; `index.html` comes first."""
    leaves = [*_opening(), *map(_of_question, Question), *map(_of_group, GROUPS), *_end()]
    cover = _PAGES.get_template("cover.html").render(_COMMON, questions=_questions(), groups=GROUPS, title="")
    made = {"index.html": cover}
    for before, leaf, after in zip([None, *leaves], leaves, [*leaves[1:], None], strict=False):
        beside = {"title": leaf.title, "above": leaf.above, "before": before, "after": after}
        made[leaf.file] = _PAGES.get_template(leaf.template).render(_COMMON, **beside, **leaf.filled)
    return {name: _tidy(text) for name, text in made.items()}


def _opening() -> Iterator[Leaf]:
    rules = len(RULESET.rules)
    yield Leaf("decision.html", "How a decision is made", "Part 1", "decision.html", {"rules": rules})


def _of_question(question: Question) -> Leaf:
    rules = [each for each in RULESET.rules if each.question is question]
    place = f"Part 2 · Question {_number(question)} of {len(Question)} · {question.capitalize()}"
    return Leaf(question_file(question), ASKS[question], place, "question.html", {"stated": rules})


def _of_group(group: Group) -> Leaf:
    pages = [page(each) for each in group.provisions]
    return Leaf(group_file(group), group.title, f"Part 3 · Chapter {group.place}", "group.html", {"pages": pages})


def _end() -> Iterator[Leaf]:
    yield Leaf("changes.html", "What changed over time", "Part 4", "changes.html", {"years": history()})
    yield Leaf("numbers.html", "Numbers and settings", "Part 4", "numbers.html", {"numbers": NUMBERS.values()})
    yield Leaf("unsure.html", "What is to be confirmed", "Part 4", "unsure.html", {"unsure": _unsure()})
    yield Leaf("not-modelled.html", "What no rule states, and why", "Part 4", "not_modelled.html", {"left": _left()})
    yield Leaf("elsewhere.html", "Kept elsewhere in the software", "Part 4", "elsewhere.html", {"held": _held()})
    if tried().scenarios:
        yield Leaf("scenarios.html", "Scenarios", "Part 4", "scenarios.html", {"scenarios": tried().scenarios})
    enacted, other = sources()
    yield Leaf("sources.html", "Table of sources", "Part 4", "sources.html", {"enacted": enacted, "other": other})
    yield Leaf("a-z.html", "Index", "Part 4", "a_z.html", {"subjects": index()})


def _unsure() -> list[tuple[Group, list[Provision]]]:
    return [
        (group, found)
        for group in GROUPS
        if (found := [each for each in group.provisions if each.confidence is Confidence.TO_BE_CONFIRMED])
    ]


def _left() -> list[tuple[Group, list[Provision]]]:
    return [(group, found) for group in GROUPS if (found := [each for each in group.provisions if each.not_modelled])]


def _held() -> list[tuple[str, list[Provision]]]:
    modules = sorted({module for each in PROVISIONS.values() for module in each.held_in})
    return [(module, [each for each in PROVISIONS.values() if module in each.held_in]) for module in modules]


def _questions() -> list[tuple[Question, int]]:
    return [(question, sum(each.question is question for each in RULESET.rules)) for question in Question]


def _number(question: Question) -> int:
    return list(Question).index(question) + 1


def question_file(question: Question) -> str:
    """The file of a question's page."""
    return f"question-{_number(question):02}-{_plain(question)}.html"


def group_file(group: Group) -> str:
    """The file of a group's page."""
    return f"law-{group.place:02}-{_plain(group.title.partition(':')[0])}.html"


def _plain(text: str) -> str:
    """The text as a name in an address."""
    return _NOT_IN_A_NAME.sub("-", text.lower()).strip("-")


_PAGES.filters["slug"] = _plain
_GROUP_OF = {each.id: group for group in GROUPS for each in group.provisions}


def to_provision(id: str) -> str:
    """Where a provision stands."""
    return f"{group_file(_GROUP_OF[id])}#{id.lower()}"


def to_rule(rule: Rule) -> str:
    """Where a rule stands."""
    return f"{question_file(rule.question)}#{rule.name}"


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


_COMMON: Mapping[str, Any] = {
    "about": about,
    "asks": ASKS,
    "called": called,
    "day": day,
    "group_file": group_file,
    "page": page,
    "provisions": PROVISIONS,
    "question_file": question_file,
    "question_count": len(Question),
    "has_scenarios": bool(tried().scenarios),
    "ruleset": RULESET.name,
    "scenarios_by": scenarios_by,
    "style": data_text("handbook/handbook.css"),
    "sure": SURE,
    "term": term,
    "to_provision": to_provision,
    "to_rule": to_rule,
    "trials_by": trials_by,
    "unrecorded": UNRECORDED,
}
