"""What people said of the use of their own records, or those who were asked for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from ..words import Purpose
from .seen import Seen, check_order, check_term


@dataclass(frozen=True, slots=True)
class ConsentMaterial:
    """What people were asked: the wordings that cover this purpose, recipient and these items, and until when.

    `people` names the file of consents person by person (study_id, nhs_number, consented_on, wording_version,
    items, valid_from, valid_to, withdrawn_on); the haven takes it into the vault when it is recorded. `study` is what
    the study is called, `study_references` are all by which its papers name it (IRAS, a local one)."""

    id: str
    study: str
    purpose: Purpose
    recipients: tuple[str, ...]
    datasets: tuple[str, ...]
    fields: tuple[str, ...]
    wordings: tuple[str, ...]
    items: tuple[str, ...]
    starts: dt.date
    ends: dt.date
    seen: Seen
    people: str = ""
    onward_sharing: bool = False
    study_references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"consent {self.id}")


@dataclass(frozen=True, slots=True)
class ConsulteeAdvice:
    """What consultees advised about adults who cannot decide (Mental Capacity Act 2005, ss30-34). It is not consent.

    `approved` is the approval of the research by an appropriate body, as a named person saw it."""

    id: str
    study: str
    purpose: Purpose
    recipients: tuple[str, ...]
    datasets: tuple[str, ...]
    fields: tuple[str, ...]
    starts: dt.date
    ends: dt.date
    seen: Seen
    approved: Seen | None = None
    study_references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"advice {self.id}")


class Heard(StrEnum):
    """What became of an objection (UK GDPR, Article 21)."""

    OPEN = "open"
    UPHELD = "upheld"
    NOT_UPHELD = "not upheld"


@dataclass(frozen=True, slots=True)
class Objection:
    """An Article 21 objection, from its receipt on. It names nobody: `people` is a file of NHS numbers, one a line,
    which the haven takes into the vault when this is recorded. No datasets or purposes means all.

    `decided` says who saw what was decided, and when; until then the objection is open."""

    id: str
    state: Heard
    received: dt.date
    people: str
    datasets: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    decided: Seen | None = None

    def __post_init__(self) -> None:
        if not self.people.strip() or set(self.people) & set("/\\"):
            raise ValueError(f"objection {self.id}: people names a file beside this one, of NHS numbers")
        if (self.state is Heard.OPEN) != (self.decided is None):
            raise ValueError(f"objection {self.id}: one that is decided says who decided it, and only such a one does")
        if self.decided is not None:
            check_order(("received,", self.received), ("decided.on is", self.decided.on), of=f"objection {self.id}")
