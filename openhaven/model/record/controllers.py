"""What those who answer for the data say of releases: their authority, and a hold."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from ..application import DataProtection
from ..words import Purpose
from .seen import Seen, check_term


class Say(StrEnum):
    """What a controller says of a release of its data."""

    YES = "yes"
    DECLINES = "declines"


@dataclass(frozen=True, slots=True)
class Authority:
    """A controller's authority, standing (no application named) or for one application (LAW-31).

    A yes is for the purposes that it names and for no other; a no that names none is for all. `grounds` are the
    combinations of Article 6, Article 9 and Schedule 1 on which the controller gives its data out, each for the
    purposes that it fits (GDPR-01)."""

    id: str
    controller: str
    dataset: str
    says: Say
    starts: dt.date
    ends: dt.date
    seen: Seen
    purposes: tuple[Purpose, ...] = ()
    application: str = ""
    grounds: tuple[DataProtection, ...] = ()

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"authority {self.id}")


@dataclass(frozen=True, slots=True)
class Hold:
    """A programme, a dataset or an agreement put on hold: nothing is released while it stands (COM-01). Empty scope
    holds everything."""

    id: str
    reason: str
    by: str
    starts: dt.date
    ends: dt.date | None = None
    programme: str = ""
    dataset: str = ""
    agreement: str = ""

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"hold {self.id}")
