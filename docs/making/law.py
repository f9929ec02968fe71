"""The page of the law: questions with their rules, numbers, provisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from making.markdown import listed, table
from openhaven.law.algebra import Question, Rule
from openhaven.law.numbers import NUMBERS
from openhaven.law.provisions import GROUPS, Confidence, Group, Provision
from openhaven.law.ruleset import RULESET, VERSION


def law_page() -> str:
    stated = RULESET.stated_by()
    questions = "\n\n".join(_question(question) for question in Question)
    provisions = "\n\n".join(_group(group, stated) for group in GROUPS)
    return f"""# The law as this version states it

Rules of version {VERSION}. A decision quotes the version and a digest of the rules' own text. For each question: a
forbid, or a rule that fails, is a no; else a rule that needs a person refers; else a permit is a yes; silence is a no.
All questions have to be met. How sure we are of a provision is said with it: {listed(Confidence)}. This page is not
legal advice.

{questions}

# Numbers

An installation may choose those that name a setting, in `haven.toml`; `haven settings` prints each.

{table(("number", "what", "value", "from", "provision", "how sure", "setting"), _numbers())}

# Provisions

{provisions}"""


def _question(question: Question) -> str:
    rules = [each for each in RULESET.rules if each.question is question]
    rows = [(f"`{each.name}`", each.gist, _cited(each), _term(each.starts, each.ends)) for each in rules]
    return f"## Question: {question.capitalize()}\n\n{table(('rule', 'what it says', 'provisions', 'in force'), rows)}"


def _cited(each: Rule) -> str:
    return ", ".join(f"[{id}](#{id.lower()})" for id in each.provisions)


def _term(starts: dt.date, ends: dt.date | None) -> str:
    return f"from {starts}" + (f" to {ends}" if ends else "")


def _numbers() -> Iterator[tuple[str, ...]]:
    for each in NUMBERS.values():
        for value in each.values:
            yield (
                f"`{each.id}`",
                each.title,
                each.said(value.value),
                _term(value.starts, value.ends),
                f"[{each.citation}](#{each.citation.lower()})",
                f"{value.confidence}, checked {value.checked}",
                f"`{each.setting}`" if each.setting else "",
            )


def _group(group: Group, stated: Mapping[str, tuple[str, ...]]) -> str:
    kept = "\n\n".join(_provision(each, stated[each.id]) for each in group.provisions)
    return f"## {group.title}\n\n{kept}"


def _provision(each: Provision, rules: tuple[str, ...]) -> str:
    stated = [f"Stated by {listed(rules)}."] if rules else []
    held = [f"Held in {listed(each.held_in)}."] if each.held_in else []
    answer = " ".join(stated + held) or f"Not stated by a rule: {each.not_modelled}"
    when = f"{_term(each.starts, each.ends)}; {each.confidence}"
    doubt = f" To be confirmed: {each.doubt}." if each.doubt else ""
    return f"### {each.id}\n\n**{each.title}.** {each.gist}\n\n{each.source} ({when}).{doubt} {answer}"
