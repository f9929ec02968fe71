"""What was agreed with a recipient: the signed agreement, and a partnership weighed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ..application import Condition
from ..protection import NONE, Protection
from ..words import Access, Level, Precision, Purpose
from .seen import Seen, check_order, check_term


@dataclass(frozen=True, slots=True)
class FieldAgreed:
    """A field that an agreement or a classification covers, at the finest precision allowed."""

    name: str
    precision: Precision = Precision.AS_HELD


def check_each_once(fields: tuple[FieldAgreed, ...], *, of: str) -> None:
    """A field that stands twice says two precisions, and which is meant nobody can tell."""
    names = [each.name for each in fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{of}: fields: {', '.join(twice)} stands twice; name each field once")


@dataclass(frozen=True, slots=True)
class Benefit:
    """What health and care gain, how that is measured, and by when it is expected (DARS-06)."""

    what: str
    measure: str
    by: dt.date


MOST_DAYS = 36500
"""More days than anybody means: a hundred years."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The signed data sharing agreement (DARS-10, DARS-11). `starts` and `ends` are both days of the term.

    `processors` and `storage` are ids of organisations, `territory` where the data may be used; what is not stated is
    not agreed. `signed` is who saw the signed paper and when; `signed_on` the day of the last signature, where known.
    `setting` says whether people go to the data or it goes to them; for an extract `why_extract` is the reason, and
    `extract_agreed` who looked at it. Empty `onward_sharing` is none. `protection` is what is agreed beyond k.
    `cohort` is whom the data may be about, and `everyone` says why it may be about everybody held, where it may.
    `why_days` says why rows without names state the very days of events, where months would usually do.
    `study_references` name the studies that it is for, where it is for some; `paid_by` is whoever pays, as it says."""

    id: str
    title: str
    recipient: str
    controllers: tuple[str, ...]
    purpose: Purpose
    dataset: str
    level: Level
    fields: tuple[FieldAgreed, ...]
    starts: dt.date
    ends: dt.date
    destroy_within_days: int
    epoch: str
    signed: Seen
    k: int | None = None
    suppression: float | None = None
    table_rule: str = ""
    penalties: str = ""
    one_pseudonym_per_delivery: bool = False
    sensitive: tuple[str, ...] = ()
    sensitive_approved: Seen | None = None
    processors: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    setting: Access | None = None
    why_extract: str = ""
    extract_agreed: Seen | None = None
    onward_sharing: str = ""
    commercial: bool = False
    archiving: bool = False
    objective: str = ""
    benefits: tuple[Benefit, ...] = ()
    signed_on: dt.date | None = None
    cohort: tuple[Condition, ...] = ()
    everyone: str = ""
    protection: Protection = NONE
    why_days: str = ""
    study_references: tuple[str, ...] = ()
    paid_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"agreement {self.id}")
        check_each_once(self.fields, of=f"agreement {self.id}")
        if not 0 <= self.destroy_within_days <= MOST_DAYS:
            days = f"destroy_within_days is {self.destroy_within_days}; it is a number of days, from 0 to {MOST_DAYS}"
            raise ValueError(f"agreement {self.id}: {days}")
        if self.k is not None and self.k < 1:
            raise ValueError(f"agreement {self.id}: k is {self.k}; it is a number of people, 1 or more")
        if self.suppression is not None and not 0 <= self.suppression <= 1:
            raise ValueError(f"agreement {self.id}: suppression is {self.suppression}; it is a share, from 0 to 1")


@dataclass(frozen=True, slots=True)
class Principle:
    """What was found on one of the five principles of 2019, by the id of its provision: FIVE-1 to FIVE-5."""

    id: str
    met: bool
    because: str


@dataclass(frozen=True, slots=True)
class Partnership:
    """The five principles weighed for one agreement with an outside partner, and the board's approval seen.

    `paid_by` is whoever pays, as what was weighed says."""

    id: str
    agreement: str
    principles: tuple[Principle, ...]
    by: str
    board: Seen
    review: dt.date
    paid_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_order(("board.on,", self.board.on), ("review is", self.review), of=f"partnership {self.id}")
        known = ("FIVE-1", "FIVE-2", "FIVE-3", "FIVE-4", "FIVE-5")
        if sorted(each.id for each in self.principles) != sorted(known):
            raise ValueError(f"partnership {self.id}: principles are {', '.join(known)}, each once")
