"""All that the law may look at: records, the dataset, who delivered it, earlier releases, and the policy in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from .dataset import Dataset
from .record import Record
from .words import Precision

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
    numbers: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """The records as they stood on the day, and what is held. `controllers` are those with live deliveries."""

    dataset: Dataset
    controllers: tuple[str, ...]
    policy: Policy = field(default_factory=Policy)
    records: tuple[Record, ...] = ()
    former: tuple[FormerRelease, ...] = ()
    _by_kind: Mapping[type, tuple[Any, ...]] | None = field(default=None, init=False, repr=False, compare=False)
    _by_id: dict[type, Mapping[str, tuple[Any, ...]]] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    _by_value: dict[tuple[type, str], Mapping[str, tuple[Any, ...]]] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    def every(self, kind: type[R]) -> tuple[R, ...]:
        """All records of one kind, in their order."""
        if self._by_kind is None:
            object.__setattr__(self, "_by_kind", _parted(self.records))  # read once, however many rules ask
        return cast(Mapping[type, tuple[R, ...]], self._by_kind).get(kind, ())

    def called(self, kind: type[R], id: str) -> tuple[R, ...]:
        """All records of that kind and id: one at most, unless the records contradict each other."""
        if self._by_id is None:
            object.__setattr__(self, "_by_id", {})
        known = cast(dict[type, Mapping[str, tuple[R, ...]]], self._by_id)
        if kind not in known:
            known[kind] = _named(self.every(kind))
        return known[kind].get(id, ())

    def having(self, kind: type[R], name: str, value: str) -> tuple[R, ...]:
        """All records of that kind whose attribute `name` is `value`, or where it is several, holds it."""
        if self._by_value is None:
            object.__setattr__(self, "_by_value", {})
        known = cast(dict[tuple[type, str], Mapping[str, tuple[R, ...]]], self._by_value)
        if (kind, name) not in known:
            known[kind, name] = _valued(self.every(kind), name)
        return known[kind, name].get(value, ())

    def one(self, kind: type[R], id: str) -> R | None:
        """The record of that kind and id, if it is there."""
        return next(iter(self.called(kind, id)), None)


def _parted(records: tuple[Record, ...]) -> Mapping[type, tuple[Any, ...]]:
    parted: dict[type, list[Any]] = {}
    for record in records:
        parted.setdefault(type(record), []).append(record)
    return {kind: tuple(same) for kind, same in parted.items()}


def _named(records: tuple[R, ...]) -> Mapping[str, tuple[R, ...]]:
    named: dict[str, tuple[R, ...]] = {}
    for record in records:
        named[record.id] = (*named.get(record.id, ()), record)
    return named


def _valued(records: tuple[R, ...], name: str) -> Mapping[str, tuple[R, ...]]:
    valued: dict[str, list[R]] = {}
    for record in records:
        found = getattr(record, name)
        for value in set(found) if isinstance(found, tuple) else (found,):
            valued.setdefault(value, []).append(record)
    return {value: tuple(same) for value, same in valued.items()}
