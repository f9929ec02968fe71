"""Organisations, and how they stand: assurance about them, and breaches of terms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .seen import Seen, check_order, check_term


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body of record. `age_key` receives packages (age1…); `bodies` says what it is in law, e.g. public health.

    `ods` is its ODS code, by which its security assurance is looked up. `country` is where it has data, in the law's
    words for places; while that is not stated nobody knows, and no rows go there. `owners` are the ids of those who own
    or control it, `acts_for` of those for whom it acts, whatever it does itself."""

    id: str
    name: str
    bodies: tuple[str, ...] = ()
    business: tuple[str, ...] = ()
    address: str = ""
    age_key: str = ""
    ods: str = ""
    country: str = ""
    owners: tuple[str, ...] = ()
    acts_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accreditation:
    """Assurance about an organisation (a DSPT status, the data protection fee), in force between two dates.

    `starts` is the day on which it was published or given. `ods` is the code of the organisation that the evidence
    names, `scope` what it covers, where the scheme has one. Which schemes and statuses count is in the law's words."""

    id: str
    organisation: str
    scheme: str
    status: str
    starts: dt.date
    ends: dt.date
    seen: Seen
    ods: str = ""
    scope: str = ""

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"accreditation {self.id}")


@dataclass(frozen=True, slots=True)
class Breach:
    """An organisation's breach of terms, open until a person closes it (DARS-14).

    `organisation` is its id, its name or its ODS code; `ods` the code, where it may be on record under another id."""

    id: str
    organisation: str
    what: str
    on: dt.date
    closed: dt.date | None = None
    ods: str = ""

    def __post_init__(self) -> None:
        check_order(("on,", self.on), ("closed is", self.closed), of=f"breach {self.id}")
