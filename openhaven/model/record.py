"""Facts of record: what the operator has seen, checked and written down. An application cannot carry one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from .words import Level, Precision, Purpose, Route


def _in_order(starts: dt.date, ends: dt.date | None, what: str) -> None:
    if ends is not None and ends < starts:
        raise ValueError(f"{what}: ends on {ends}, before it starts on {starts}")


@dataclass(frozen=True, slots=True)
class Seen:
    """Which document a person looked at, who looked, and when (CAG-08: the letter itself, not the register line)."""

    document: str
    by: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body of record. `age_key` receives packages (age1…); `bodies` says what it is in law, e.g. public health."""

    id: str
    name: str
    bodies: tuple[str, ...] = ()
    business: tuple[str, ...] = ()
    address: str = ""
    age_key: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """COPI regulation 2 or 5 support relied on: our copy, the HRA's register being authoritative (LAW-16, CAG-06)."""

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

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"support {self.id}")
        if self.regulation not in (2, 5):
            raise ValueError(f"support {self.id}: support is given under regulation 2 or 5")
        if self.national_opt_out not in ("applies", "exempt"):
            raise ValueError(f"support {self.id}: national_opt_out is 'applies' or 'exempt'")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A law, order or statement under COPI regulation 3 that covers a flow, as checked by a named person."""

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

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"requirement {self.id}")
        if self.route not in (Route.STATUTORY_DUTY, Route.COURT_ORDER, Route.COPI_3):
            raise ValueError(f"requirement {self.id}: route is a statutory duty, a court order or COPI regulation 3")


@dataclass(frozen=True, slots=True)
class ConsentMaterial:
    """What people were asked: the wordings that cover this purpose, recipient and these items, and until when.

    `people` names the file of consents person by person (study_id, nhs_number, consented_on, wording_version,
    items, valid_from, valid_to, withdrawn_on); the haven takes it into the vault when it is recorded."""

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

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"consent {self.id}")


@dataclass(frozen=True, slots=True)
class Classification:
    """A named person's finding that this kind of release carries no confidential patient information (LAW-18)."""

    id: str
    dataset: str
    level: Level
    release_model: str
    by: str
    role: str
    on: dt.date
    review: dt.date
    reasons: str

    def __post_init__(self) -> None:
        _in_order(self.on, self.review, f"classification {self.id}")


@dataclass(frozen=True, slots=True)
class FieldAgreed:
    """A field that an agreement covers, at the finest precision allowed."""

    name: str
    precision: Precision = Precision.AS_HELD


@dataclass(frozen=True, slots=True)
class Agreement:
    """The signed data sharing agreement (DARS-10, DARS-11). `starts` and `ends` are both days of the term."""

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

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"agreement {self.id}")
        if self.destroy_within_days < 0:
            raise ValueError(f"agreement {self.id}: destroy_within_days cannot be negative")


@dataclass(frozen=True, slots=True)
class Accreditation:
    """Assurance about an organisation (a DSPT status, an accredited safe haven), in force between two dates."""

    id: str
    organisation: str
    scheme: str
    status: str
    starts: dt.date
    ends: dt.date
    seen: Seen

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"accreditation {self.id}")


class Say(StrEnum):
    """What a controller says of a release of its data."""

    YES = "yes"
    DECLINES = "declines"


@dataclass(frozen=True, slots=True)
class Authority:
    """A controller's authority, standing (no application named) or for one application (LAW-31)."""

    id: str
    controller: str
    dataset: str
    says: Say
    starts: dt.date
    ends: dt.date
    seen: Seen
    purposes: tuple[Purpose, ...] = ()
    application: str = ""

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"authority {self.id}")


@dataclass(frozen=True, slots=True)
class Hold:
    """A programme put on hold: nothing is released while it stands (COM-01). Empty scope holds everything."""

    id: str
    reason: str
    by: str
    starts: dt.date
    ends: dt.date | None = None
    programme: str = ""
    dataset: str = ""

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"hold {self.id}")


@dataclass(frozen=True, slots=True)
class Breach:
    """An organisation's breach of terms, open until a person closes it (DARS-14)."""

    id: str
    organisation: str
    what: str
    on: dt.date
    closed: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """That a dataset was described, and how: the SHA-256 of its data package, and its fields with their roles."""

    id: str
    sha256: str
    fields: tuple[tuple[str, str], ...]


Record = (
    Organisation
    | Support
    | Requirement
    | ConsentMaterial
    | Classification
    | Agreement
    | Accreditation
    | Authority
    | Hold
    | Breach
    | Description
)

KINDS: dict[str, type] = {
    "organisation": Organisation,
    "support": Support,
    "requirement": Requirement,
    "consent": ConsentMaterial,
    "classification": Classification,
    "agreement": Agreement,
    "accreditation": Accreditation,
    "authority": Authority,
    "hold": Hold,
    "breach": Breach,
    "dataset": Description,
}
