"""All that the law may look at: records, the dataset, who delivered it, earlier releases, and the policy in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

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


class _Read(NamedTuple):
    """The records as they are looked up: by kind, and where there are many of a kind by the value of an attribute."""

    by_kind: dict[type, tuple[Any, ...]]
    by_value: dict[tuple[type, str], Mapping[str, tuple[Any, ...]]]


_FEW = 8  # records of a kind that are looked through one by one


@dataclass(frozen=True, slots=True)
class Facts:
    """The records as they stood on the day, and what is held. `controllers` are those with live deliveries."""

    dataset: Dataset
    controllers: tuple[str, ...]
    policy: Policy = field(default_factory=Policy)
    records: tuple[Record, ...] = ()
    former: tuple[FormerRelease, ...] = ()
    _read: _Read | None = field(default=None, init=False, repr=False, compare=False)

    def every(self, kind: type[R]) -> tuple[R, ...]:
        """All records of one kind, in their order."""
        return (self._read or self._first_read()).by_kind.get(kind, ())

    def called(self, kind: type[R], id: str) -> tuple[R, ...]:
        """All records of that kind and id: one at most, unless the records contradict each other."""
        records = (self._read or self._first_read()).by_kind.get(kind, ())
        if len(records) < _FEW:
            return tuple([each for each in records if each.id == id])
        return self.having(kind, "id", id)

    def having(self, kind: type[R], name: str, value: str) -> tuple[R, ...]:
        """All records of that kind whose attribute `name` is `value`, or where it is several, holds it."""
        read = self._read or self._first_read()
        records = read.by_kind.get(kind, ())
        if len(records) < _FEW:
            return tuple([each for each in records if _is(getattr(each, name), value)])
        if (kind, name) not in read.by_value:
            read.by_value[kind, name] = _valued(records, name)
        return read.by_value[kind, name].get(value, ())

    def _first_read(self) -> _Read:
        """The records parted by kind, once, however many rules ask."""
        parted: dict[type, list[Any]] = {}
        for record in self.records:
            parted.setdefault(type(record), []).append(record)
        read = _Read({kind: tuple(same) for kind, same in parted.items()}, {})
        object.__setattr__(self, "_read", read)
        return read

    def one(self, kind: type[R], id: str) -> R | None:
        """The record of that kind and id, if it is there."""
        return next(iter(self.called(kind, id)), None)


def _is(found: object, value: str) -> bool:
    return found == value or (type(found) is tuple and value in found)


def _valued(records: tuple[R, ...], name: str) -> Mapping[str, tuple[R, ...]]:
    valued: dict[str, list[R]] = {}
    for record in records:
        found = getattr(record, name)
        for value in set(found) if isinstance(found, tuple) else (found,):
            valued.setdefault(value, []).append(record)
    return {value: tuple(same) for value, same in valued.items()}
