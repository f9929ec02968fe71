"""Whole decisions a second, each of facts of its own, on one core and without reading the reasons; beside Cedar."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from openhaven.law import decide
from openhaven.law.changes import Affected, Change, Use, Withdrawn, affected
from openhaven.model.dataset import Dataset
from openhaven.model.decision import Decision, Verdict
from openhaven.model.facts import Facts, Policy
from openhaven.model.words import Purpose

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "law"))

import cedar
import space

FULL, SHORT = 20_000, 2_000
AGREEMENTS = 10_000
ROUNDS = 3


def decided(number: int) -> dict[str, Any]:
    """Decisions a second by CPU time, the best of three rounds: of permitted uses, and of uses with one thing wrong."""
    permitted = [base for base in space.bases() if _verdict(base) is Verdict.PERMIT]
    wrong = [vector for base in permitted for vector in space.one_thing_wrong(base)]
    mixed = _cases(_spread(wrong, number - number // 3), number - number // 3) + _cases(permitted, number // 3)
    found = {
        "decisions": number,
        "permitted uses": _rate(_decide, lambda: _cases(permitted, number)),
        "a third permitted, the others with one thing wrong": _rate(_decide, lambda: mixed),
        "the same, with the reasons in words": _rate(_explained, lambda: mixed[:: max(1, number // 2000)]),
    }
    said = [_said(_decide(case)) for case in mixed[:: max(1, number // 2000)]]
    found["Cedar, given what the rules found, and combining it alone"] = _rate(_by_cedar, lambda: said)
    return found


def studied(number: int) -> dict[str, Any]:
    """CPU seconds in which a change is tried on so many agreements, all of one haven, each with its application."""
    uses = _agreements(number)
    withdrawn = Change(1, "an authority withdrawn", space.TODAY, withdrawn=(Withdrawn("authority", "yes-south-trust"),))
    shorter = Change(1, "shorter terms", space.TODAY, numbers={"agreement-term-years": 1})
    found: dict[str, Any] = {"agreements": number}
    for change in (withdrawn, shorter):
        spent, turned = _timed(uses, change)
        assert len(turned) == number
        found[f"{change.title}, CPU seconds"] = spent
    return found


def _timed(uses: list[Use], change: Change) -> tuple[float, list[Affected]]:
    before = time.process_time()
    turned = list(affected(uses, change))
    return time.process_time() - before, turned


def _agreements(number: int) -> list[Use]:
    case = space.stated({"purpose": Purpose.CLINICAL_AUDIT, "body": "nhs body"})
    (agreement,) = (each for each in case.facts.records if each.id == "agreement")
    others = tuple(each for each in case.facts.records if each is not agreement)
    many = tuple(replace(agreement, id=f"agreement-{place}") for place in range(number))
    facts = replace(case.facts, records=(*others, *many))
    return [
        Use(replace(case.application, id=f"application-{place}", agreement=each.id), facts)
        for place, each in enumerate(many)
    ]


def as_table(found: dict[str, Any]) -> str:
    """Both measurements as lines."""
    decided, changed = found["decisions"], found["changes"]
    lines = [f"{decided['decisions']:,} decisions of distinct facts, one core, a second of CPU time"]
    lines += [f"{name:60}{rate:>9,.0f}" for name, rate in decided.items() if name != "decisions"]
    lines += [f"a change tried on {changed['agreements']:,} agreements of one haven"]
    lines += [f"{name:60}{each:>9.2f}" for name, each in changed.items() if name != "agreements"]
    return "\n".join(lines)


def _spread(vectors: list[Any], number: int) -> list[Any]:
    return vectors[:: max(1, len(vectors) // number)]


def _verdict(vector: space.Vector) -> Verdict:
    return _decide(space.stated(vector)).verdict


def _cases(vectors: list[Any], number: int) -> list[space.Stated]:
    """So many cases, each with facts of its own: no two share an application, an agreement or what is looked up."""
    return [_in_one_haven(_own(space.stated(vectors[place % len(vectors)]), place)) for place in range(number)]


_POLICIES: dict[Policy, Policy] = {}
_DATASETS: dict[str, Dataset] = {}


def _in_one_haven(case: space.Stated) -> space.Stated:
    """The same case under the very policy and dataset that others of its kind share: a haven reads those once."""
    policy = _POLICIES.setdefault(case.facts.policy, case.facts.policy)
    dataset = _DATASETS.setdefault(case.facts.dataset.territory, case.facts.dataset)
    return replace(case, facts=replace(case.facts, policy=policy, dataset=dataset))


def _own(case: space.Stated, place: int) -> space.Stated:
    name = f"agreement-{place}"
    records = tuple(
        replace(each, id=name) if getattr(each, "id", "") == "agreement" else each for each in case.facts.records
    )
    records = tuple(
        replace(each, agreement=name) if getattr(each, "agreement", "") == "agreement" else each for each in records
    )
    records = tuple(
        replace(each, agreements=(name,)) if getattr(each, "agreements", ()) == ("agreement",) else each
        for each in records
    )
    asked = case.application
    named = name if asked.agreement else ""
    application = replace(asked, id=f"application-{place}", agreement=named)
    return replace(case, application=application, facts=replace(case.facts, records=records))


def _anew(case: space.Stated) -> space.Stated:
    """The same facts made anew: their records are parted by kind when they are made, and nothing else is done yet."""
    facts = case.facts
    return replace(case, facts=Facts(facts.dataset, facts.controllers, facts.policy, facts.records, facts.former))


def _decide(case: space.Stated) -> Decision:
    return decide(case.application, case.facts, on=case.on)


def _explained(case: space.Stated) -> int:
    return sum(len(settled.findings) for settled in _decide(case).questions)


def _said(decision: Decision) -> dict[str, list[str]]:
    return {each.question: [str(finding.effect) for finding in each.findings] for each in decision.questions}


def _by_cedar(said: dict[str, list[str]]) -> str:
    return cedar.verdict(cedar.answers(said))


def _rate(act: Callable[[Any], object], make: Callable[[], Iterable[Any]]) -> float:
    """Acts a second by CPU time."""
    rates, given = [], list(make())
    for _ in range(ROUNDS):
        fresh = [_anew(each) if isinstance(each, space.Stated) else each for each in given]
        gc.collect()
        gc.freeze()
        before = time.process_time()
        for each in fresh:
            act(each)
        rates.append(len(fresh) / (time.process_time() - before))
        gc.unfreeze()
    return max(rates)
