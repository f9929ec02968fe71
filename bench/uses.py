"""Uses to decide: each with facts of its own, or all before the standing records of one haven.

No two share an application, its words, an agreement or a paper about it, and in no two rounds are the words the same.
They are made from the space of coded facts of the tests: uses that are permitted, and the same with one thing wrong."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import count
from typing import Any

from space import FACTORS, Stated, Vector, bases, one_thing_wrong, stated

from openhaven.law import decide
from openhaven.model.application import Application
from openhaven.model.dataset import Dataset
from openhaven.model.decision import Verdict
from openhaven.model.facts import Facts, Policy
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.data_protection import Notice
from openhaven.model.record.kinds import Record
from openhaven.model.words import Purpose

RECIPIENTS = 125
"""So many recipients of each kind of body: some 500 in all."""
OF_ONE_USE = (
    "fields", "ground", "support", "law", "exempt", "pair", "funder", "agreement", "assessment", "opinion", "guardian",
    "partnership", "setting", "cohort", "people",
)  # fmt: skip
"""What can be wrong with one use while all other records of its haven stay as they are."""
THINGS = ("stays after a fall", "admissions in winter", "waits for a scan", "deaths within a month", "visits at night")

AT_ONCE = 100
"""So many uses are made at a time, just before they are decided."""

Uses = list[Stated]
Arriving = Callable[[], Iterator[Uses]]


def permitted() -> list[Vector]:
    """Every purpose, route, level and kind of recipient that is permitted where nothing is wrong."""
    return [base for base in bases() if _verdict(base) is Verdict.PERMIT]


def a_third_permitted(found: Sequence[Vector], number: int, factors: Iterable[str] = tuple(FACTORS)) -> list[Vector]:
    """So many: a third permitted, and the others with one thing wrong, spread over all that can be wrong with them."""
    wrong = [vector for base in found for vector in one_thing_wrong(base) if not {*factors}.isdisjoint(vector)]
    return _spread(found, number // 3) + _spread(wrong, number - number // 3)


def of_their_own(vectors: Sequence[Vector], number: int) -> Arriving:
    """So many uses, each with facts of its own: made anew, to the last word of every record, whenever they are asked
    for, as if read from a file. They share the policy and the dataset, which a haven reads once."""
    made = [_own(vector, place) for place, vector in enumerate(_spread(vectors, number))]
    kept = [(pickle.dumps((each.application, each.facts.records)), _in_one_haven(each.facts), each.on) for each in made]

    def arriving() -> Iterator[Uses]:
        turn = next(_TURNS)
        for start in range(0, number, AT_ONCE):
            read = ((pickle.loads(text), facts, on) for text, facts, on in kept[start : start + AT_ONCE])
            yield [
                Stated(_in_new_words(asked, turn), replace(facts, records=_all_in_new_words(records, turn)), on)
                for (asked, records), facts, on in read
            ]

    return arriving


def of_one_haven(vectors: Sequence[Vector], number: int) -> Arriving:
    """So many uses before the records of one haven, all made anew whenever they are asked for. What is on record of
    controllers and recipients is shared; agreements, approvals, assessments and other papers are of each use."""
    made = [_own(vector, place) for place, vector in enumerate(_spread(vectors, number))]
    every = {(type(each), each.id): each for use in made for record in use.facts.records for each in _apart(record)}
    asked = [pickle.dumps(each.application) for each in made]
    records, first = pickle.dumps(tuple(every.values())), made[0]

    def arriving() -> Iterator[Uses]:
        turn = next(_TURNS)
        facts = replace(_in_one_haven(first.facts), records=_all_in_new_words(pickle.loads(records), turn))
        for start in range(0, number, AT_ONCE):
            read = map(pickle.loads, asked[start : start + AT_ONCE])
            yield [Stated(_in_new_words(each, turn), facts, first.on) for each in read]

    return arriving


def _verdict(vector: Vector) -> Verdict:
    case = stated(vector)
    return decide(case.application, case.facts, on=case.on).verdict


def _spread(vectors: Sequence[Vector], number: int) -> list[Vector]:
    """So many of them, evenly spread; where there are fewer, again from the first."""
    step = max(1, len(vectors) // number)
    return [vectors[place * step % len(vectors)] for place in range(number)]


def _own(vector: Vector, place: int) -> Stated:
    """The use of a vector under names and words of its own; its recipient is one of some hundreds."""
    case, thing = stated(vector), THINGS[place % len(THINGS)]
    body = f"{vector['body'].replace(' ', '-')}-{place % RECIPIENTS}"
    names = {
        "ask": f"ask-{place}",
        "agreement": f"agreement-{place}",
        "ground": f"ground-{place}",
        "body": body,
        "class": f"class-{place}",
    }
    asked = replace(
        _renamed(case.application, names),
        title=f"A study of {thing}, number {place}",
        purpose_text=f"Whether {thing} could be fewer, and where they are most: study {place} of the region's plan.",
    )
    records = [_worded(_renamed(each, names), thing, place) for each in case.facts.records]
    return replace(case, application=asked, facts=replace(case.facts, records=tuple(records)))


def _worded(record: Record, thing: str, place: int) -> Record:
    if not isinstance(record, Agreement):
        return record
    objective = record.objective and f"To learn from study {place} how {thing} can be made fewer."
    return replace(record, title=f"A study of {thing}, number {place}", objective=objective)


_TURNS = count(1)
"""The rounds: what the law remembers by the text would otherwise be there from the second on."""


def _in_new_words(asked: Application, turn: int) -> Application:
    return replace(asked, title=f"{asked.title}, {turn}", purpose_text=f"{asked.purpose_text} Plan {turn}.")


def _all_in_new_words(records: tuple[Record, ...], turn: int) -> tuple[Record, ...]:
    return tuple(
        replace(each, title=f"{each.title}, {turn}", objective=each.objective and f"{each.objective} Plan {turn}.")
        if isinstance(each, Agreement)
        else each
        for each in records
    )


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same with other ids: each stands alone, or ends an id such as `dspt-body`."""
    if type(value) is str:
        before, dash, last = value.rpartition("-")
        return f"{before}{dash}{names[last]}" if last in names else value
    if type(value) is tuple:
        return tuple(_renamed(each, names) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    parts = ((each.name, getattr(value, each.name)) for each in fields(value) if each.init)
    changes = {name: new for name, part in parts if (new := _renamed(part, names)) != part}
    return replace(value, **changes) if changes else value


def _apart(record: Record) -> tuple[Record, ...]:
    """A notice as a haven has it: the controllers' own, for all their purposes, and the recipient's own."""
    if not isinstance(record, Notice):
        return (record,)
    *controllers, recipient = record.organisations
    theirs = replace(record, id="notice", organisations=tuple(controllers), purposes=tuple(Purpose))
    own = replace(record, id=f"notice-{recipient}", organisations=(recipient,), purposes=tuple(Purpose))
    return theirs, own


_POLICIES: dict[Policy, Policy] = {}
_DATASETS: dict[str, Dataset] = {}


def _in_one_haven(facts: Facts) -> Facts:
    """The same facts, without records, under the very policy and dataset that others of their kind share."""
    policy = _POLICIES.setdefault(facts.policy, facts.policy)
    dataset = _DATASETS.setdefault(facts.dataset.territory, facts.dataset)
    return replace(facts, policy=policy, dataset=dataset, records=())
