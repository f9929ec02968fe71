"""All that the law may look at: records, the dataset, who delivered it, earlier releases, and the policy in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TypeVar

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
    """Choices of this installation that the law leaves open; each is a setting and named so in what it produces."""

    optout_max_age_days: int = 21
    optout_wider: bool = False
    support_review_grace_days: int = 90
    k_limited: int = 5
    suppression: float = 0.05
    table_rule: str = "HES-2018"
    restricted_lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The records as they stood on the day, and what is held. `controllers` are those with live deliveries."""

    dataset: Dataset
    controllers: tuple[str, ...]
    policy: Policy = field(default_factory=Policy)
    records: tuple[Record, ...] = ()
    former: tuple[FormerRelease, ...] = ()

    def every(self, kind: type[R]) -> tuple[R, ...]:
        """All records of one kind."""
        return tuple(record for record in self.records if isinstance(record, kind))

    def one(self, kind: type[R], id: str) -> R | None:
        """The record of that kind and id, if it is there."""
        return next((record for record in self.every(kind) if record.id == id), None)
