"""What others gave or laid down that a flow may rest on: support, laws and orders, exemptions, territories, ethics."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from ..application import Condition
from ..words import Level, Purpose, Route
from .seen import Seen, check_order, check_term


@dataclass(frozen=True, slots=True)
class Support:
    """COPI regulation 2 or 5 support relied on: our copy, the HRA's register being authoritative (LAW-16, CAG-06).

    `practicability` says why consent was not practicable (LAW-03), `conditions_met` who saw that the conditions are
    met and when; `withdrawn_on` is its last day but one: from that day it supports nothing. `study_references` are all
    by which its letter names the study (IRAS, CAG, a local one), `paid_by` whoever pays, as the papers say."""

    id: str
    regulation: int
    title: str
    applicant: str
    purpose: Purpose
    decided_by: str
    starts: dt.date
    ends: dt.date
    review: dt.date
    datasets: tuple[str, ...]
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    schedule: tuple[int, ...]
    national_opt_out: str
    letter: Seen
    research: bool = False
    ethics_opinion: str = ""
    exemption: str = ""
    conditions: tuple[str, ...] = ()
    practicability: str = ""
    conditions_met: Seen | None = None
    withdrawn_on: dt.date | None = None
    study_references: tuple[str, ...] = ()
    paid_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"support {self.id}")
        if self.regulation not in (2, 5):
            raise ValueError(f"support {self.id}: support is given under regulation 2 or 5")
        if self.national_opt_out not in ("applies", "exempt"):
            raise ValueError(f"support {self.id}: national_opt_out is 'applies' or 'exempt'")
        check_order(("it starts on", self.starts), ("review is", self.review), of=f"support {self.id}")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A law, order or statement under COPI regulation 3 that covers a flow, as checked by a named person.

    `law` is the coded enactment (`haven law` lists them), `court` and `reference` name an order, and `serves` the
    purposes of regulation 3 in its coded words. `cohort` is whom it covers, or `everyone` the words by which it covers
    everybody held; `controllers` are those whose records it is about, where it names them."""

    id: str
    route: Route
    enactment: str
    requires: bool
    purpose: Purpose
    datasets: tuple[str, ...]
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    level: Level
    starts: dt.date
    ends: dt.date
    seen: Seen
    law: str = ""
    court: str = ""
    reference: str = ""
    serves: tuple[str, ...] = ()
    cohort: tuple[Condition, ...] = ()
    everyone: str = ""
    controllers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"requirement {self.id}")
        if self.cohort and self.everyone.strip():
            raise ValueError(f"requirement {self.id}: it is about everyone, or about a cohort: state one of the two")
        if self.route not in (Route.STATUTORY_DUTY, Route.COURT_ORDER, Route.COPI_3):
            raise ValueError(f"requirement {self.id}: route is a statutory duty, a court order or COPI regulation 3")


@dataclass(frozen=True, slots=True)
class Exemption:
    """A coded exception that a flow falls under, as a named person checked: `code` is one that the law lists."""

    id: str
    code: str
    purpose: Purpose
    datasets: tuple[str, ...]
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    starts: dt.date
    ends: dt.date
    seen: Seen

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"exemption {self.id}")


@dataclass(frozen=True, slots=True)
class TerritoryAuthority:
    """The authority of those who answer for confidential information of care given outside England."""

    id: str
    territory: str
    body: str
    purpose: Purpose
    datasets: tuple[str, ...]
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    starts: dt.date
    ends: dt.date
    seen: Seen

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"territory authority {self.id}")


class Approves(StrEnum):
    """What a paper on research is: a committee's opinion and HRA approval are two, given by two."""

    FAVOURABLE_OPINION = "favourable opinion"
    HRA_APPROVAL = "HRA approval"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A research ethics committee's favourable opinion, or HRA approval, for the work done under some agreements.

    `what` says which; a paper that does not say counts for neither. `study_references` are all by which it names the
    study, `paid_by` whoever pays, as it says."""

    id: str
    body: str
    reference: str
    agreements: tuple[str, ...]
    starts: dt.date
    ends: dt.date
    seen: Seen
    what: Approves | None = None
    conditions: tuple[str, ...] = ()
    study_references: tuple[str, ...] = ()
    paid_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_term(self.starts, self.ends, of=f"opinion {self.id}")
