"""Whether a record carries the case: each fault in words, and none where it does."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from openhaven.model.dataset import Dataset
from openhaven.model.decision import Finding
from openhaven.model.precision import no_finer
from openhaven.model.record.advice import Classification
from openhaven.model.record.agreement import FieldAgreed
from openhaven.model.record.approvals import Exemption, Requirement, Support, TerritoryAuthority
from openhaven.model.record.choices import ConsentMaterial, ConsulteeAdvice
from openhaven.model.record.kinds import Record
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, Level, Precision

from .algebra import Words, forbid
from .case import Case, Register, kept, of_register
from .plainly import day, listed, many, years_after
from .studies import lacks_study
from .words import WORDS, Coded, is_one_of

Cover = Support | Requirement | ConsentMaterial | ConsulteeAdvice | Exemption | TerritoryAuthority
RELIED_ON = (Support, Requirement, ConsentMaterial, ConsulteeAdvice, Exemption, TerritoryAuthority)
"""Kinds of record that count only where the application names them in `basis`."""
R = TypeVar("R", bound=Record)

_FINEST_FIRST = (Level.IDENTIFIABLE, Level.DE_IDENTIFIED, Level.AGGREGATE)


class Weighed(NamedTuple, Generic[R]):
    """The records that carry the case, and the faults of the others, each naming its record."""

    fits: tuple[R, ...]
    faults: tuple[str, ...]

    def why(self, what: str) -> str:
        """Why none fits, as a sentence."""
        return f"No {what} on record carries this use: {'; '.join(self.faults) or 'there is none'}."


_NOTHING: Weighed[Any] = Weighed((), ())


def weigh(records: Collection[R], faults_of: Callable[[R], list[str]]) -> Weighed[R]:
    """Part the records that fit from those that do not."""
    if not records:
        return _NOTHING
    fits, faults = list[R](), list[str]()
    for record in records:
        if found := faults_of(record):
            faults.append(f"{record.id} {listed(found)}")
        else:
            fits.append(record)
    return Weighed(tuple(fits), tuple(faults))


def faults(*checks: tuple[bool, Callable[[], str]]) -> list[str]:
    """The words of the checks that found something wrong, made only then."""
    return [words() for wrong, words in checks if wrong]


def none_fits(case: Case, weighed: Weighed[Any], what: str, *, one: str = "", more: Iterable[Words] = ()) -> Finding:
    """A refusal because no record carries the case: why not, and what would; `one` is `what` with its article, where it
    has one, and `more` is what would besides."""
    ask = case.application
    there = many(ask.basis, "and that is none", "and none of them is one")
    names = f"the application names {listed(ask.basis)}, {there}" if ask.basis else "the application names none"
    return forbid(
        lambda: weighed.why(what) if weighed.faults else f"No {what} on record carries this use: {names}.",
        missing=[
            lambda: (
                f"{one or what}, on record and named in the application, in force on {day(case.on)}, "
                f"for {ask.purpose}, covering {ask.dataset}, {ask.recipient} and every field asked"
            ),
            *more,
            *lacks_study(case),
        ],
    )


def faults_of_seen(case: Register, seen: Seen) -> list[str]:
    """A document counts once a named person has looked at it (CAG-08)."""
    if was_seen(case, seen):
        return []
    if not seen.document.strip() or not seen.by.strip():
        return ["names no document that a named person has seen"]
    return [f"was not seen until {day(seen.on)}"]


def was_seen(case: Register, seen: Seen) -> bool:
    """Whether a named person had looked at a document by the day."""
    document, by = seen.document, seen.by
    return seen.on <= case.on and bool(document and by) and not (document.isspace() or by.isspace())


def covers(case: Case, record: Cover) -> bool:
    """Whether it is in force, and reaches purpose, dataset, recipient and every field."""
    ask = case.application
    return (
        record.starts <= case.on <= record.ends
        and record.purpose is ask.purpose
        and ask.dataset in record.datasets
        and ask.recipient in record.recipients
        and case.names.issubset(record.fields)
    )


def faults_of_cover(case: Case, record: Cover) -> list[str]:
    """Where support, a requirement or consent does not reach the term, purpose, dataset, recipient or fields."""
    if covers(case, record):
        return []
    ask, found = case.application, list[str]()  # as `covers`, in words
    if case.on < record.starts:
        found.append(f"starts only on {day(record.starts)}")
    if case.on > record.ends:
        found.append(f"ended on {day(record.ends)}")
    if record.purpose is not ask.purpose:
        found.append(f"is for {record.purpose}, not {ask.purpose}")
    if ask.dataset not in record.datasets:
        found.append(f"does not cover the dataset {ask.dataset}")
    if ask.recipient not in record.recipients:
        found.append(f"does not name the recipient {ask.recipient}")
    if beyond := case.names.difference(record.fields):
        found.append(f"does not cover the fields {listed(sorted(beyond))}")
    return found


def faults_of_exemption(case: Case, record: Exemption, coded: Mapping[str, Coded]) -> list[str]:
    """Where an exemption or exception relied on does not stand on the day, or not for this use and recipient."""
    known = coded[record.code]
    recipient = case.recipient
    checks = (
        (case.on < known.starts, f"rests on {known.title}, which starts only on {day(known.starts)}"),
        (known.ends is not None and case.on > known.ends, f"rests on {known.title}, which ended on {_last(known)}"),
        (
            bool(known.purposes) and case.application.purpose not in known.purposes,
            f"is about {known.title}, and the purpose is {case.application.purpose}",
        ),
        (
            bool(known.bodies) and (recipient is None or not is_one_of(recipient.bodies, known.bodies)),
            f"is only for {listed(known.bodies, last='or')}",
        ),
    )
    faults = [words for wrong, words in checks if wrong]
    return faults + faults_of_cover(case, record) + faults_of_seen(case, record.seen)


def _last(coded: Coded) -> str:
    return "" if coded.ends is None else day(coded.ends)


def territories(dataset: Dataset) -> tuple[str, ...]:
    """Where care was given, as the dataset says, in lower case and each once; the empty text where it does not say."""
    return _territories(dataset.territory)


@lru_cache(maxsize=64)
def _territories(said: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r",|;|&|/|\band\b", said.lower()))
    return tuple(dict.fromkeys(part for part in parts if part)) or ("",)


def faults_of_requirement(case: Case, record: Requirement) -> list[str]:
    """Where a law, an order or a statement does not reach this use, or a finer level is asked than it states."""
    route, level = case.application.route, case.application.level
    faults = [] if record.route is route else [f"is of record for {record.route}, not {route}"]
    if _FINEST_FIRST.index(level) < _FINEST_FIRST.index(record.level):
        faults.append(f"states the level {record.level}, and {level} is asked")
    faults += [] if record.enactment.strip() else ["does not say which law, order or statement it is"]
    return faults + faults_of_cover(case, record) + faults_of_seen(case, record.seen)


def counts_until(case: Register, found_on: dt.date, review: dt.date = dt.date.max) -> dt.date:
    """The last day on which a finding of that day counts: that of its review, and no later than so many years after,
    since what identifies nobody, or puts nobody at risk, is looked at again from time to time (ANON-05, DPIA-01)."""
    return min(review, years_after(found_on, case.number("finding-years")))


def classification(case: Case) -> Classification | None:
    """The finding, in date and by a named person, that what would leave carries no confidential data: these fields of
    this dataset, at this level, for this recipient and in this setting."""
    return _classified(case)[0]


@kept
def _classified(case: Case) -> tuple[Classification | None]:
    """As `faults_of_classification` finds none, without making any: of several the first by id."""
    ask = case.application
    if ask.level is Level.IDENTIFIABLE:
        return (None,)
    for each, covered in _classifications(case, (ask.recipient, ask.dataset)):
        if each.level is ask.level and _is_used_so(case, each) and _covers(case, covered):
            return (each,)
    return (None,)


@of_register
def _classifications(case: Register, of: tuple[str, str]) -> tuple[tuple[Classification, Mapping[str, Precision]], ...]:
    """Those in date, by a named person and with reasons, about this dataset in these hands, by id; each with the
    precision that it covers of each field."""
    recipient, dataset = of
    found = [
        each
        for each in case.facts.having(Classification, "recipients", recipient)
        if each.dataset == dataset
        and each.on <= case.on <= counts_until(case, each.on, each.review)
        and _says_who_and_why(each)
    ]
    return tuple([(each, _finest(each.fields)) for each in sorted(found, key=lambda each: each.id)])


def _says_who_and_why(each: Classification) -> bool:
    said = each.by.strip() and each.role.strip() and each.reasons.strip() and each.release_model.strip()
    return bool(said) and not is_one_of((each.role,), WORDS.classifies_nothing)


def _is_used_so(case: Case, each: Classification) -> bool:
    return each.level is Level.AGGREGATE or setting_of(case) in each.settings


def _covers(case: Case, covered: Mapping[str, Precision]) -> bool:
    """Whether each field that would leave is covered, no finer than it is."""
    for asked, _ in case.leaving:
        most = covered.get(asked.name)
        if most is None or not (asked.precision is most or case.no_finer(asked, most)):
            return False
    return True


def faults_of_classification(case: Case, each: Classification) -> list[str]:
    """Where a finding does not reach what would leave: its level, its term, who gets it, how it is used, its fields."""
    ask, found = case.application, list[str]()
    if each.level is not ask.level:
        found.append(f"is about data at the level {each.level}")
    if case.on < each.on:
        found.append(f"is of {day(each.on)}")
    if case.on > (due := counts_until(case, each.on, each.review)):
        found.append(f"was due for review on {day(due)}")
    if not each.by.strip() or not each.role.strip():
        found.append("does not say who found it, and in which role")
    if is_one_of((each.role,), WORDS.classifies_nothing):
        found.append(f"is by somebody whose role is {each.role}, who advises and does not classify")
    if not each.reasons.strip() or not each.release_model.strip():
        found.append("does not say what was weighed, and why it was found so")
    if ask.recipient not in each.recipients:
        found.append(f"is not about data in the hands of {ask.recipient}")
    if ask.level is not Level.AGGREGATE and setting_of(case) not in each.settings:
        found.append(f"is not about data used in this setting: {setting_of(case)}")
    if beyond := _unclassified(case, each):
        found.append(f"does not cover {listed(beyond)}")
    return found


def setting_of(case: Case) -> Access:
    """Where the data is used, as the agreement says; what is silent on it leaves as an extract."""
    agreement = case.agreement
    return Access.EXTRACT if agreement is None or agreement.setting is None else agreement.setting


def _unclassified(case: Case, each: Classification) -> list[str]:
    covered, beyond = _finest(each.fields), list[str]()
    for asked, field in case.leaving:
        most = covered.get(asked.name)
        if most is None:
            beyond.append(asked.name)
        elif asked.precision is not most and not no_finer(field, asked.precision, most):
            beyond.append(f"{asked.name} at {asked.precision}, finer than {most}")
    return beyond


def _finest(fields: tuple[FieldAgreed, ...]) -> Mapping[str, Precision]:
    return {each.name: each.precision for each in fields}
