"""Coded words that rules compare with records: lines of business, kinds of body, who decides, which pairs fit."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from openhaven.model.plain import from_plain, read_toml
from openhaven.model.words import Purpose, Route, Setting

from .provisions import Confidence, data_text
from .reading import bare, plain


@dataclass(frozen=True, slots=True)
class Circumstance:
    """One circumstance of the Schedule to the 2002 Regulations (LAW-20), and the purposes that it is for; none: any."""

    number: int
    title: str
    purposes: tuple[Purpose, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """Evidence about an organisation that counts for a use: its statuses, its first and last day, what it has to name,
    and the number of months for which it counts, where it counts no longer than that."""

    use: str
    name: str
    statuses: tuple[str, ...]
    starts: dt.date
    confidence: Confidence
    ends: dt.date | None = None
    names: str = ""
    months: str = ""

    def __post_init__(self) -> None:
        if self.names not in ("", "ods", "scope"):
            raise ValueError(f"scheme {self.name}: names {self.names!r} is not known")


@dataclass(frozen=True, slots=True)
class Trade:
    """Words of a line of business that a rule doubts, with the provision and the first day of the doubt."""

    provision: str
    starts: dt.date
    confidence: Confidence
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRule:
    """A rule for small numbers, as far as one can be weighed against another: see words.toml."""

    name: str
    provision: str
    starts: dt.date
    small: int
    base: int
    national_exempt: bool = False
    derived_totals: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Lists of words, each explained where it stands in words.toml."""

    format: int
    insurance: tuple[str, ...]
    marketing: tuple[str, ...]
    doubtful: tuple[str, ...]
    other_ends: tuple[str, ...]
    research: tuple[str, ...]
    own_use: tuple[str, ...]
    companies: tuple[str, ...]
    innocent: tuple[str, ...]
    innocent_of_public_bodies: tuple[str, ...]
    harmful: tuple[str, ...]
    whole: tuple[str, ...]
    public_bodies: tuple[str, ...]
    public_health_bodies: tuple[str, ...]
    health_service_bodies: tuple[str, ...]
    regulators: tuple[str, ...]
    decides_research: tuple[str, ...]
    decides_other: tuple[str, ...]
    neoplasms: tuple[str, ...]
    neoplasms_in: tuple[str, ...]
    opt_out_territories: tuple[str, ...]
    regulation_territories: tuple[str, ...]
    other_territories: tuple[str, ...]
    surveillance_bodies: tuple[str, ...]
    commissioners: tuple[str, ...]
    practices: tuple[str, ...]
    shared_services: tuple[str, ...]
    arrange_care: tuple[str, ...]
    medical_purposes: tuple[Purpose, ...]
    cancer_purposes: tuple[Purpose, ...]
    safe_haven_purposes: tuple[Purpose, ...]
    for_care_or_health: tuple[Purpose, ...]
    regulation_3: tuple[str, ...]
    clinicians: tuple[str, ...]
    other_bodies: tuple[str, ...]
    lines_of_business: tuple[str, ...]
    roles: tuple[str, ...]
    classifies_nothing: tuple[str, ...]
    documents: tuple[str, ...]
    in_bad_standing: tuple[str, ...]
    support_conditions: tuple[str, ...]
    regulation_7: tuple[str, ...]
    circumstances: tuple[Circumstance, ...]
    charities: tuple[str, ...]
    havens: tuple[str, ...]
    transfer_documents: tuple[str, ...]
    ethics_committees: tuple[str, ...]
    research_authority: tuple[str, ...]
    guardians: tuple[str, ...]
    risk_owners: tuple[str, ...]
    acts_for_others: Trade
    schemes: tuple[Scheme, ...]
    table_rules: tuple[TableRule, ...]
    table_rules_wider: tuple[str, ...]
    least_threshold: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A combination of Article 6, Article 9 and Schedule 1, and the uses it fits (GDPR-01)."""

    provision: str
    article_6: str
    article_9: str
    schedule_1: str
    recipient: str
    starts: dt.date
    ends: dt.date | None = None
    purposes: tuple[Purpose, ...] = ()
    routes: tuple[Route, ...] = ()
    person: str = ""
    needs: str = ""

    def __post_init__(self) -> None:
        if self.recipient not in ("public", "not public", "regulator", "any"):
            raise ValueError(f"pair of {self.provision}: recipient {self.recipient!r} is not known")

    def __str__(self) -> str:
        if self.article_6.startswith("Schedule"):
            return f"{self.article_6} with {self.article_9} of the Data Protection Act 1998"
        schedule = f" and Schedule 1 {self.schedule_1}" if self.schedule_1 else ""
        return f"Article {self.article_6} with Article {self.article_9}{schedule}"

    def in_force(self, on: dt.date) -> bool:
        """Whether the combination is law on that day."""
        return self.starts <= on and (self.ends is None or on <= self.ends)


@dataclass(frozen=True, slots=True)
class Coded:
    """An enactment, an exemption or an exception under its code, with its first and last day.

    `requires`: an enactment that imposes a disclosure; else it only permits one. `bodies` are those who may demand it
    or rely on it, `purposes` what for, and `settings` from which records; empty: any. `demands` says what, in words."""

    code: str
    title: str
    provision: str
    starts: dt.date
    confidence: Confidence
    ends: dt.date | None = None
    requires: bool = False
    purposes: tuple[Purpose, ...] = ()
    bodies: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    demands: str = ""

    def __post_init__(self) -> None:
        if self.requires and not (self.bodies and self.demands):
            raise ValueError(f"{self.code} requires a disclosure: say what it demands, and which bodies may demand it")

    def in_force(self, on: dt.date) -> bool:
        """Whether it stands on that day; both ends belong to it."""
        return self.starts <= on and (self.ends is None or on <= self.ends)

    @property
    def unsure(self) -> tuple[str, ...]:
        """What has to be said of one that is still to be confirmed."""
        return (f"{self.title}: to be confirmed",) if self.confidence is Confidence.TO_BE_CONFIRMED else ()


@dataclass(frozen=True, slots=True)
class _Coded:
    format: int
    enactments: tuple[Coded, ...]
    exemptions: tuple[Coded, ...]
    exceptions: tuple[Coded, ...]


def by_code(listed: Iterable[Coded]) -> Mapping[str, Coded]:
    """By their codes. Raises ValueError where one stands twice."""
    every = tuple(listed)
    found = {each.code: each for each in every}
    if len(found) != len(every):
        raise ValueError("a code stands twice in coded.toml")
    return MappingProxyType(found)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which conditions of Schedule 1 go with a condition of Article 9: what theirs begin with, empty for none."""

    article_9: str
    schedule_1: str


@dataclass(frozen=True, slots=True)
class Safeguard:
    """What a condition of Article 9 is tied to beyond its combination, in words that a recipient of rows owes."""

    article_9: str
    provision: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One way to state a part of a combination: what stands before, and then one of `stated`, or a number from `first`
    to `last`."""

    part: str
    before: str
    stated: tuple[str, ...] = ()
    first: int = 1
    last: int = 0

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every reference of that kind, whole."""
        ends = self.stated or tuple(map(str, range(self.first, self.last + 1)))
        return tuple(f"{self.before}{end}" for end in ends)


@dataclass(frozen=True, slots=True)
class _Pairs:
    format: int
    references: tuple[Reference, ...]
    conditions: tuple[Condition, ...]
    safeguards: tuple[Safeguard, ...]
    pairs: tuple[Pair, ...]


WORDS = from_plain(Words, read_toml(data_text("words.toml"), where="words.toml"), where="words.toml")
_PAIRS = from_plain(_Pairs, read_toml(data_text("pairs.toml"), where="pairs.toml"), where="pairs.toml")
PAIRS = _PAIRS.pairs
REFERENCES = _PAIRS.references
"""How the parts of a combination are stated."""
CONDITIONS = MappingProxyType({each.article_9: each.schedule_1 for each in _PAIRS.conditions})
"""For each condition of Article 9 what the condition of Schedule 1 that goes with it begins with."""
SAFEGUARDS = MappingProxyType({each.article_9: each for each in _PAIRS.safeguards})
"""For conditions of Article 9, and of Schedule 3 before them, what those owe who get rows on them."""
_CODED = from_plain(_Coded, read_toml(data_text("coded.toml"), where="coded.toml"), where="coded.toml")
ENACTMENTS = by_code(_CODED.enactments)
"""Enactments that require a disclosure, and some that are often taken for such and only permit one (LAW-12)."""
EXEMPTIONS = by_code(_CODED.exemptions)
"""Flows that national policy exempts from the national data opt-out (NDO-05 to NDO-08)."""
EXCEPTIONS = by_code(_CODED.exceptions)
"""Orders under which protected information about gender recognition may be disclosed (SENS-01)."""


def tells_neoplasms(codes: str) -> bool:
    """Whether a column of this code system tells neoplasms by the beginnings of codes that are known here: in others
    the same letters mean other things."""
    return bare(codes).startswith(WORDS.neoplasms_in)


def is_one_of(bodies: Iterable[str], words: Collection[str]) -> bool:
    """Whether a body of record is, whole and in any case, one of these kinds."""
    return any(plain(body) in words for body in bodies)
