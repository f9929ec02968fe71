"""Facts of record: what the operator has seen, checked and written down. An application cannot carry one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from .application import Condition, DataProtection
from .protection import NONE, Protection
from .words import Access, Level, Precision, Purpose, Route


def _in_order(starts: dt.date, ends: dt.date | None, what: str) -> None:
    if ends is not None and ends < starts:
        raise ValueError(f"{what}: ends on {ends}, before it starts on {starts}")


def _after(first: tuple[str, dt.date], then: tuple[str, dt.date | None], what: str) -> None:
    """Two days by the names of the parts that state them."""
    if then[1] is not None and then[1] < first[1]:
        raise ValueError(f"{what}: {then[0]} is {then[1]}, before {first[0]}, {first[1]}")


MOST_DAYS = 36500
"""More days than anybody means: a hundred years."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Which document a person looked at, who looked, and when (CAG-08: the letter itself, not the register line)."""

    document: str
    by: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body of record. `age_key` receives packages (age1…); `bodies` says what it is in law, e.g. public health.

    `ods` is its ODS code, by which its security assurance is looked up. `country` is where it has data, in the law's
    words for places; while that is not stated nobody knows, and no rows go there."""

    id: str
    name: str
    bodies: tuple[str, ...] = ()
    business: tuple[str, ...] = ()
    address: str = ""
    age_key: str = ""
    ods: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """COPI regulation 2 or 5 support relied on: our copy, the HRA's register being authoritative (LAW-16, CAG-06).

    `practicability` says why consent was not practicable (LAW-03), `conditions_met` who saw that the conditions are
    met and when; `withdrawn_on` is its last day but one: from that day it supports nothing."""

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

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"support {self.id}")
        if self.regulation not in (2, 5):
            raise ValueError(f"support {self.id}: support is given under regulation 2 or 5")
        if self.national_opt_out not in ("applies", "exempt"):
            raise ValueError(f"support {self.id}: national_opt_out is 'applies' or 'exempt'")
        if self.review < self.starts:
            raise ValueError(f"support {self.id}: review is {self.review}, before it starts on {self.starts}")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A law, order or statement under COPI regulation 3 that covers a flow, as checked by a named person.

    `law` is the coded enactment (`haven law` lists them), `court` and `reference` name an order, and `serves` the
    purposes of regulation 3 in its coded words."""

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
    onward_sharing: bool = False

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"consent {self.id}")


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

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"advice {self.id}")


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
        _in_order(self.starts, self.ends, f"exemption {self.id}")


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
            _after(("received", self.received), ("decided.on", self.decided.on), f"objection {self.id}")


@dataclass(frozen=True, slots=True)
class DataProtectionDocument:
    """A document that data protection law asks of an organisation; `what` is one of the coded words of the law."""

    id: str
    organisation: str
    what: str
    purposes: tuple[Purpose, ...]
    starts: dt.date
    review: dt.date
    seen: Seen

    def __post_init__(self) -> None:
        _after(("starts", self.starts), ("review", self.review), f"data protection document {self.id}")


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
        _in_order(self.starts, self.ends, f"territory authority {self.id}")


@dataclass(frozen=True, slots=True)
class FieldAgreed:
    """A field that an agreement or a classification covers, at the finest precision allowed."""

    name: str
    precision: Precision = Precision.AS_HELD


def _each_once(fields: tuple[FieldAgreed, ...], what: str) -> None:
    """A field that stands twice says two precisions, and which is meant nobody can tell."""
    names = [each.name for each in fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{what}: fields: {', '.join(twice)} stands twice; name each field once")


@dataclass(frozen=True, slots=True)
class Classification:
    """A named person's finding that this kind of release carries no confidential patient information (LAW-18).

    It is about these fields, none finer than `fields` says, in the hands of these recipients (ids of organisations)
    and, for rows, used in one of these settings. What is not named was not looked at. `release_model` puts in words
    what the person weighed."""

    id: str
    dataset: str
    level: Level
    release_model: str
    by: str
    role: str
    on: dt.date
    review: dt.date
    reasons: str
    fields: tuple[FieldAgreed, ...] = ()
    recipients: tuple[str, ...] = ()
    settings: tuple[Access, ...] = ()

    def __post_init__(self) -> None:
        _after(("on", self.on), ("review", self.review), f"classification {self.id}")
        _each_once(self.fields, f"classification {self.id}")


@dataclass(frozen=True, slots=True)
class Benefit:
    """What health and care gain, how that is measured, and by when it is expected (DARS-06)."""

    what: str
    measure: str
    by: dt.date


@dataclass(frozen=True, slots=True)
class Agreement:
    """The signed data sharing agreement (DARS-10, DARS-11). `starts` and `ends` are both days of the term.

    `processors` and `storage` are ids of organisations, `territory` where the data may be used; what is not stated is
    not agreed. `signed` is who saw the signed paper and when; `signed_on` the day of the last signature, where known.
    `setting` says whether people go to the data or it goes to them; for an extract `why_extract` is the reason, and
    `extract_agreed` who looked at it. Empty `onward_sharing` is none. `protection` is what is agreed beyond k.
    `cohort` is whom the data may be about, and `everyone` says why it may be about everybody held, where it may.
    `why_days` says why rows without names state the very days of events, where months would usually do."""

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

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"agreement {self.id}")
        _each_once(self.fields, f"agreement {self.id}")
        if not 0 <= self.destroy_within_days <= MOST_DAYS:
            days = f"destroy_within_days is {self.destroy_within_days}; it is a number of days, from 0 to {MOST_DAYS}"
            raise ValueError(f"agreement {self.id}: {days}")
        if self.k is not None and self.k < 1:
            raise ValueError(f"agreement {self.id}: k is {self.k}; it is a number of people, 1 or more")
        if self.suppression is not None and not 0 <= self.suppression <= 1:
            raise ValueError(f"agreement {self.id}: suppression is {self.suppression}; it is a share, from 0 to 1")


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
        _in_order(self.starts, self.ends, f"accreditation {self.id}")


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
        _in_order(self.starts, self.ends, f"authority {self.id}")


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
        _in_order(self.starts, self.ends, f"hold {self.id}")


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
        _after(("on", self.on), ("closed", self.closed), f"breach {self.id}")


@dataclass(frozen=True, slots=True)
class Assessment:
    """A data protection impact assessment: who answers for it, which flows it covers, and until when (DPIA-01)."""

    id: str
    controller: str
    datasets: tuple[str, ...]
    purposes: tuple[Purpose, ...]
    recipients: tuple[str, ...]
    levels: tuple[Level, ...]
    approved: Seen
    review: dt.date
    high_residual_risk: bool

    def __post_init__(self) -> None:
        _after(("approved.on", self.approved.on), ("review", self.review), f"assessment {self.id}")


class Approves(StrEnum):
    """What a paper on research is: a committee's opinion and HRA approval are two, given by two."""

    FAVOURABLE_OPINION = "favourable opinion"
    HRA_APPROVAL = "HRA approval"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A research ethics committee's favourable opinion, or HRA approval, for the work done under some agreements.

    `what` says which; a paper that does not say counts for neither."""

    id: str
    body: str
    reference: str
    agreements: tuple[str, ...]
    starts: dt.date
    ends: dt.date
    seen: Seen
    what: Approves | None = None
    conditions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _in_order(self.starts, self.ends, f"opinion {self.id}")


class Advice(StrEnum):
    """What an adviser says of a use."""

    SUPPORTS = "supports"
    OPPOSES = "does not support"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a Caldicott Guardian, or another adviser, says on one application or on all under an agreement.

    `settles` holds, word for word, texts of the application or its agreement and names of organisations that a rule had
    left to a person: a recommendation of that one application is the answer to them, and to no others."""

    id: str
    says: Advice
    by: str
    role: str
    organisation: str
    on: dt.date
    review: dt.date
    application: str = ""
    agreement: str = ""
    conditions: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _after(("on", self.on), ("review", self.review), f"recommendation {self.id}")
        if self.settles and (self.says is Advice.OPPOSES or not self.application):
            raise ValueError(f"recommendation {self.id}: only a yes to one application settles what a rule left open")
        if not self.application and not self.agreement:
            raise ValueError(f"recommendation {self.id}: name the application or the agreement that it is about")
        if not self.by.strip():
            raise ValueError(f"recommendation {self.id}: by is empty: say who recommends")
        if not self.role.strip():
            raise ValueError(f"recommendation {self.id}: role is empty: say in which role")


@dataclass(frozen=True, slots=True)
class Principle:
    """What was found on one of the five principles of 2019, by the id of its provision: FIVE-1 to FIVE-5."""

    id: str
    met: bool
    because: str


@dataclass(frozen=True, slots=True)
class Partnership:
    """The five principles weighed for one agreement with an outside partner, and the board's approval seen."""

    id: str
    agreement: str
    principles: tuple[Principle, ...]
    by: str
    board: Seen
    review: dt.date

    def __post_init__(self) -> None:
        _after(("board.on", self.board.on), ("review", self.review), f"partnership {self.id}")
        known = ("FIVE-1", "FIVE-2", "FIVE-3", "FIVE-4", "FIVE-5")
        if sorted(each.id for each in self.principles) != sorted(known):
            raise ValueError(f"partnership {self.id}: principles are {', '.join(known)}, each once")


@dataclass(frozen=True, slots=True)
class Notice:
    """A published privacy notice: whose it is, what it tells people of, where it stands, and who read it when.

    `how_to_object`: whether it tells people how they can opt out or object (CAL-8)."""

    id: str
    organisations: tuple[str, ...]
    datasets: tuple[str, ...]
    purposes: tuple[Purpose, ...]
    where: str
    checked: Seen
    how_to_object: bool


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
    | ConsulteeAdvice
    | Exemption
    | Objection
    | DataProtectionDocument
    | TerritoryAuthority
    | Classification
    | Agreement
    | Accreditation
    | Authority
    | Hold
    | Breach
    | Assessment
    | Opinion
    | Recommendation
    | Partnership
    | Notice
    | Description
)

KINDS: dict[str, type] = {
    "organisation": Organisation,
    "support": Support,
    "requirement": Requirement,
    "consent": ConsentMaterial,
    "consultee": ConsulteeAdvice,
    "exemption": Exemption,
    "objection": Objection,
    "document": DataProtectionDocument,
    "territory": TerritoryAuthority,
    "classification": Classification,
    "agreement": Agreement,
    "accreditation": Accreditation,
    "authority": Authority,
    "hold": Hold,
    "breach": Breach,
    "assessment": Assessment,
    "opinion": Opinion,
    "recommendation": Recommendation,
    "partnership": Partnership,
    "notice": Notice,
    "dataset": Description,
}
