"""All that the law may look at: records, the dataset, who delivered it, earlier releases, and the policy in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from .dataset import Dataset
from .protection import NONE, Protection
from .ranges import check_range
from .record.advice import Advice, Classification, Recommendation
from .record.agreement import Agreement, Partnership
from .record.approvals import Opinion, Support
from .record.controllers import Authority, Say
from .record.data_protection import Assessment, DataProtectionDocument, Notice
from .record.kinds import Record
from .record.organisations import Accreditation, Breach, Organisation
from .words import Level, Precision, Purpose

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class FormerRelease:
    """A release already made under an agreement, with the recoding that a refresh must use again."""

    id: str
    application: str
    agreement: str
    on: dt.date
    recoding: tuple[tuple[str, Precision], ...] = ()
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class FormerApplication:
    """An application of before to which somebody said no: who asked for what, so that a no to it is found where the
    same is asked for anew."""

    id: str
    applicant: str
    recipient: str
    purpose: Purpose
    dataset: str
    level: Level


@dataclass(frozen=True, slots=True)
class Policy:
    """Choices of this installation that the law leaves open; each is a setting and named so in what it produces.

    `numbers`: values chosen for numbers of the law that are open to choice, by the number's id."""

    optout_max_age_days: int = 21
    optout_wider: bool = False
    support_review_grace_days: int = 90
    k_limited: int = 5
    suppression: float = 0.05
    table_rule: str = "HES-2018"
    restricted_lists: tuple[str, ...] = ()
    gender_recognition_lists: tuple[str, ...] = ()
    sensitive_lists: tuple[str, ...] = ()
    sensitive_table_rule: str = "threshold-10"
    national_body: bool = False
    optout_exemptions: tuple[str, ...] = ("non-contracted activity", "prescription charges", "patient survey")
    type_1_where_law_requires: bool = True
    case_managers: bool = False
    safe_havens: bool = False
    protection: Protection = NONE
    numbers: Mapping[str, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in ("optout_max_age_days", "support_review_grace_days", "k_limited", "suppression"):
            check_range(f"policy.{name}", getattr(self, name))


LOOKED_UP: Mapping[type, tuple[str, ...]] = {
    Accreditation: ("organisation",),
    Assessment: ("recipients",),
    Authority: ("controller", "application"),
    Breach: ("organisation",),
    DataProtectionDocument: ("organisation",),
    Classification: ("dataset", "recipients"),
    Notice: ("organisations",),
    Opinion: ("agreements",),
    Organisation: ("name",),
    Partnership: ("agreement",),
    Recommendation: ("application", "agreement"),
}
"""By which attributes, beside their id, records of a kind are looked up."""


class Mark:
    """Among the kinds of records: what some of them say. Where none does, much need not be asked."""


class SaidNo(Mark):
    """Some recommendation or authority says no."""


class PaidBy(Mark):
    """Some paper says who pays."""


class ActsFor(Mark):
    """Some organisation acts for another, by its own record."""


class _Read(NamedTuple):
    """The records as they are looked up: by kind, and by the value of an attribute. `kinds` are those that are there,
    and marks, one and the same object for the same ones."""

    kinds: frozenset[type]
    by_kind: dict[type, tuple[Any, ...]]
    by_id: dict[type, dict[str, tuple[Any, ...]]]
    by_value: dict[tuple[type, str], dict[str, tuple[Any, ...]]]
    twice: tuple[tuple[type, str], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """The records as they stood on the day, and what is held. `controllers` are those with live deliveries.
    `refused` are the applications to which somebody on record said no.

    `remembered` is for the law: what it read of these records, so that thousands of decisions before them read it once.
    It holds nothing that is not found again from the records."""

    dataset: Dataset
    controllers: tuple[str, ...]
    policy: Policy = field(default_factory=Policy)
    records: tuple[Record, ...] = ()
    former: tuple[FormerRelease, ...] = ()
    refused: tuple[FormerApplication, ...] = ()
    _read: _Read = field(init=False, repr=False, compare=False)
    remembered: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_read", _read(self.records))

    @property
    def kinds(self) -> frozenset[type]:
        """The kinds of which there are records, and a mark for some of what they say."""
        return self._read.kinds

    @property
    def twice(self) -> tuple[tuple[type, str], ...]:
        """Kinds and ids that more than one record has: these contradict each other, and nothing is decided on them."""
        return self._read.twice

    def every(self, kind: type[R]) -> tuple[R, ...]:
        """All records of one kind, in their order."""
        return self._read.by_kind.get(kind, ())

    def called(self, kind: type[R], id: str) -> tuple[R, ...]:
        """All records of that kind and id: one at most, unless the records contradict each other."""
        return self._read.by_id.get(kind, _NONE).get(id, ())

    def having(self, kind: type[R], name: str, value: str) -> tuple[R, ...]:
        """All records of that kind whose attribute `name` is `value`, or where it is several, holds it."""
        by_value = self._read.by_value.get((kind, name))
        if by_value is None:
            by_value = self._read.by_value[kind, name] = _valued(self.every(kind), name)
        return by_value.get(value, ())

    def one(self, kind: type[R], id: str) -> R | None:
        """The record of that kind and id, if it is there."""
        return next(iter(self.called(kind, id)), None)


_NONE: Mapping[str, tuple[Any, ...]] = MappingProxyType({})
_KINDS: dict[frozenset[type], frozenset[type]] = {}


def _read(records: tuple[Record, ...]) -> _Read:
    """The records parted by kind and by what they are looked up by, once, however many decisions and rules ask."""
    parted: dict[type, list[Any]] = {}
    for record in records:
        parted.setdefault(type(record), []).append(record)
    by_kind = {kind: tuple(same) for kind, same in parted.items()}
    by_id = {kind: _valued(same, "id") for kind, same in by_kind.items()}
    looked_up = {(kind, name): _valued(by_kind[kind], name) for kind in by_kind for name in LOOKED_UP.get(kind, ())}
    kinds = frozenset((*by_kind, *_marks(by_kind)))
    twice = tuple((kind, id) for kind, ids in by_id.items() if len(ids) < len(by_kind[kind]) for id in _shared(ids))
    return _Read(_KINDS.setdefault(kinds, kinds), by_kind, by_id, looked_up, twice)


def _marks(by_kind: Mapping[type, tuple[Any, ...]]) -> Iterator[type[Mark]]:
    noes = (Recommendation, Advice.OPPOSES), (Authority, Say.DECLINES)
    if any(no in [each.says for each in by_kind.get(kind, ())] for kind, no in noes):
        yield SaidNo
    if any(each.paid_by for kind in (Agreement, Partnership, Opinion, Support) for each in by_kind.get(kind, ())):
        yield PaidBy
    if any(each.acts_for for each in by_kind.get(Organisation, ())):
        yield ActsFor


def _shared(ids: Mapping[str, tuple[Any, ...]]) -> list[str]:
    return [id for id, same in ids.items() if len(same) > 1]


def _valued(records: tuple[R, ...], name: str) -> dict[str, tuple[R, ...]]:
    valued: dict[str, list[R]] = {}
    for record in records:
        found = getattr(record, name)
        for value in set(found) if type(found) is tuple else (found,):
            valued.setdefault(value, []).append(record)
    return {value: tuple(same) for value, same in valued.items()}
