"""Whole decisions a second on one core: verdict, answers and obligations, without reading the reasons; beside Cedar."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cedar
import space

from bench.uses import OF_ONE_USE, Arriving, Stated, a_third_permitted, of_one_haven, of_their_own, permitted
from openhaven.law import decide
from openhaven.law.changes import Affected, Change, Use, Withdrawn, affected
from openhaven.model.decision import Answer, Decision, Verdict
from openhaven.model.obligation import Obligation

FULL, SHORT = 10_000, 1_000
GOAL, GOAL_OF_A_CHANGE = 20_000, 5
ROUNDS = 4
TURNS = 200_000
TURN = ": {:,} decided otherwise"

Outcome = tuple[Verdict, dict[str, Answer], tuple[Obligation, ...]]


@dataclass(frozen=True, slots=True)
class Rate:
    """Acts a second of CPU time, by the least of some rounds, and what a fixed loop of plain Python did beside them:
    millions of turns a second, by which a busy machine shows."""

    a_second: float
    loop: float


def decided(number: int) -> dict[str, Any]:
    """How fast so many uses are decided, each of which was not decided before."""
    fine = permitted()
    one, own = of_one_haven(fine, number), of_their_own(fine, number)
    one_mixed = of_one_haven(a_third_permitted(fine, number, OF_ONE_USE), number)
    own_mixed = of_their_own(a_third_permitted(fine, number), number)

    def few() -> Iterator[list[Stated]]:
        return (uses[:: max(1, number // 1000)] for uses in own_mixed())

    said = [_said(_decide(case)) for uses in few() for case in uses]
    rates = {
        "permitted uses, records of one haven": _rate(_whole, one),
        f"the same, {_mix(one_mixed)}": _rate(_whole, one_mixed),
        "permitted uses, each with records of its own": _rate(_whole, own),
        f"the same, {_mix(own_mixed)}": _rate(_whole, own_mixed),
        "the same, with the reasons in words": _rate(_explained, few),
        "Cedar, given what the rules found, only combining it": _rate(_by_cedar, lambda: iter([said])),
    }
    return {"uses": number, "goal": GOAL, "rates": {name: asdict(each) for name, each in rates.items()}}


def studied(number: int) -> dict[str, Any]:
    """CPU seconds in which a change is tried on so many agreements, all of one haven, each with its application."""
    made = of_one_haven(permitted(), number)
    withdrawn = Change(1, "an authority withdrawn", space.TODAY, withdrawn=(Withdrawn("authority", "yes-south-trust"),))
    shorter = Change(1, "shorter terms", space.TODAY, numbers={"agreement-term-years": 1})
    found: dict[str, Any] = {"agreements": number, "goal": GOAL_OF_A_CHANGE}
    for change in (withdrawn, shorter):
        spent, turned = _timed([Use(each.application, each.facts) for uses in made() for each in uses], change)
        found[change.title] = {"cpu": spent, "turned": len(turned)}
    return found


def as_table(found: dict[str, Any]) -> str:
    """Both measurements as lines, each with its goal."""
    decided, changed = found["decisions"], found["changes"]
    lines = [f"{decided['uses']:,} uses, each decided once, one core (goal: {decided['goal']:,} a second of CPU time)"]
    lines += [f"{'':66}{'a second':>10}{'plain loop':>12}"]
    for name, rate in decided["rates"].items():
        lines.append(f"{name:66}{rate['a_second']:10,.0f}{rate['loop']:10.1f} M")
    many = changed["agreements"]
    lines.append(f"a change tried on {many:,} agreements of one haven (goal: {changed['goal']} s for 10,000)")
    for name, each in changed.items():
        if isinstance(each, dict):
            lines.append(f"{name + TURN.format(each['turned']):66}{each['cpu']:8.2f} s")
    return "\n".join(lines)


def _timed(uses: list[Use], change: Change) -> tuple[float, list[Affected]]:
    before = time.process_time()
    turned = list(affected(uses, change))
    return time.process_time() - before, turned


def _mix(arriving: Arriving) -> str:
    """Which share of the uses is permitted, referred and refused, in words."""
    counted = Counter(_decide(each).verdict for uses in arriving() for each in uses)
    return ", ".join(f"{counted[each] / counted.total():.0%} {word}" for each, word in _MIXED.items())


_MIXED = {Verdict.PERMIT: "permitted", Verdict.REFER: "referred", Verdict.REFUSE: "refused"}


def _decide(case: Stated) -> Decision:
    return decide(case.application, case.facts, on=case.on)


def _whole(case: Stated) -> Outcome:
    decision = decide(case.application, case.facts, on=case.on)
    return decision.verdict, decision.answers, decision.obligations


def _explained(case: Stated) -> int:
    return sum(len(settled.findings) for settled in _decide(case).questions)


def _said(decision: Decision) -> dict[str, list[str]]:
    return {each.question: [str(finding.effect) for finding in each.findings] for each in decision.questions}


def _by_cedar(said: dict[str, list[str]]) -> str:
    return cedar.verdict(cedar.answers(said))


def _rate(act: Callable[[Any], object], anew: Callable[[], Iterator[Sequence[Any]]]) -> Rate:
    """What is acted on is made a handful at a time, as it would arrive, and outside the time. Of each handful the least
    time of the rounds counts, since a busy machine disturbs each round elsewhere."""
    rounds, loops = list[list[tuple[float, int]]](), [_loop()]
    for _ in range(ROUNDS):
        rounds.append([(_spent(act, some), len(some)) for some in anew()])
        loops.append(_loop())
    least = [min(times) for times in zip(*rounds, strict=True)]
    return Rate(sum(done for _, done in least) / sum(spent for spent, _ in least), sum(loops) / len(loops))


def _spent(act: Callable[[Any], object], some: Sequence[Any]) -> float:
    gc.collect(0)
    before = time.process_time()
    for each in some:
        act(each)
    return time.process_time() - before


def _loop() -> float:
    """Millions of turns a second of a loop that looks things up, compares and makes small tuples, as rules do."""
    known, found, before = {str(place): place for place in range(64)}, (), time.process_time()
    for turn in range(TURNS):
        found = (turn, known.get("7"), turn if turn > 7 else found)[:2]
    return TURNS / (time.process_time() - before) / 1e6
