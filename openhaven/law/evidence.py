"""Whether a record carries the case: each fault in words, and none where it does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from openhaven.model.record import Classification, ConsentMaterial, Record, Requirement, Seen, Support
from openhaven.model.words import Level

from .case import Case
from .plainly import day, listed

Cover = Support | Requirement | ConsentMaterial
R = TypeVar("R", bound=Record)

_FINEST_FIRST = (Level.IDENTIFIABLE, Level.DE_IDENTIFIED, Level.AGGREGATE)


@dataclass(frozen=True, slots=True)
class Weighed(Generic[R]):
    """The records that carry the case, and the faults of the others, each naming its record."""

    fits: tuple[R, ...]
    faults: tuple[str, ...]

    def why(self, what: str) -> str:
        """Why none fits, as a sentence."""
        return f"No {what} on record carries this use: {'; '.join(self.faults) or 'the application names none'}."


def weigh(records: Iterable[R], faults_of: Callable[[R], list[str]]) -> Weighed[R]:
    """Part the records that fit from those that do not."""
    judged = [(record, faults_of(record)) for record in records]
    return Weighed(
        fits=tuple(record for record, faults in judged if not faults),
        faults=tuple(f"{record.id} {listed(faults)}" for record, faults in judged if faults),
    )


def faults_of_seen(case: Case, seen: Seen) -> list[str]:
    """A document counts once a named person has looked at it (CAG-08)."""
    if not seen.document.strip() or not seen.by.strip():
        return ["names no document that a named person has seen"]
    return [f"was not seen until {day(seen.on)}"] if seen.on > case.on else []


def faults_of_cover(case: Case, record: Cover) -> list[str]:
    """Where support, a requirement or consent does not reach the term, purpose, dataset, recipient or fields."""
    ask = case.application
    beyond = sorted({asked.name for asked in ask.fields} - set(record.fields))
    checks = (
        (case.on < record.starts, f"starts only on {day(record.starts)}"),
        (case.on > record.ends, f"ended on {day(record.ends)}"),
        (record.purpose is not ask.purpose, f"is for {record.purpose}, not {ask.purpose}"),
        (ask.dataset not in record.datasets, f"does not cover the dataset {ask.dataset}"),
        (ask.recipient not in record.recipients, f"does not name the recipient {ask.recipient}"),
        (bool(beyond), f"does not cover the fields {listed(beyond)}"),
    )
    return [words for wrong, words in checks if wrong]


def faults_of_requirement(case: Case, record: Requirement) -> list[str]:
    """Where a law, an order or a statement does not reach this use, or a finer level is asked than it states."""
    route, level = case.application.route, case.application.level
    faults = [] if record.route is route else [f"is of record for {record.route}, not {route}"]
    if _FINEST_FIRST.index(level) < _FINEST_FIRST.index(record.level):
        faults.append(f"states the level {record.level}, and {level} is asked")
    return faults + faults_of_cover(case, record) + faults_of_seen(case, record.seen)


def classification(case: Case) -> Classification | None:
    """The finding, in date and by a named person, that this dataset at this level carries no confidential data."""
    ask = case.application
    found = [
        each
        for each in case.facts.every(Classification)
        if each.dataset == ask.dataset
        and each.level is ask.level
        and each.level is not Level.IDENTIFIABLE
        and case.in_force(each.on, each.review)
        and each.by.strip()
        and each.role.strip()
    ]
    return min(found, key=lambda each: each.id, default=None)
