"""What a decision demands of a release, and the evidence that it was done. No obligation without evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from .application import Condition
from .plain import to_plain
from .words import Level, Precision


class Checker(StrEnum):
    """Who can measure a line of the certificate again."""

    ANYONE = "anyone"
    RECIPIENT = "the recipient"
    CONTROLLER = "only the controller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One thing that must hold of the release. `provisions` are ids of the law; `because` is the reason in words."""

    kind: ClassVar[str]
    provisions: tuple[str, ...]
    because: str

    def as_plain(self) -> dict[str, Any]:
        """Plain data, with the kind, for decisions and certificates."""
        return {"kind": self.kind, **to_plain(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyFields(Obligation):
    """Exactly these fields leave, each no finer than the precision agreed."""

    kind: ClassVar[str] = "only-fields"
    fields: tuple[tuple[str, Precision], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyCohort(Obligation):
    """Only rows that meet every condition leave."""

    kind: ClassVar[str] = "only-cohort"
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyConsenting(Obligation):
    """Only people of the applicant's file whose consent, one by one, covers this release; keyed by study id."""

    kind: ClassVar[str] = "only-consenting"
    consent: str
    wordings: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyIdentifiers(Obligation):
    """The identifiers that the applicant sent for matching are destroyed once the release is made."""

    kind: ClassVar[str] = "destroy-identifiers"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyControllers(Obligation):
    """Rows of these controllers only; those who declined are left out and counted."""

    kind: ClassVar[str] = "only-controllers"
    controllers: tuple[str, ...]
    declined: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalOptOut(Obligation):
    """Whether the national data opt-out is applied, and if so with an answer no older than `max_age_days`.

    Not applied is an obligation too: the certificate says so, and why."""

    kind: ClassVar[str] = "national-opt-out"
    applies: bool
    max_age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLevel(Obligation):
    """What leaves is measured to be at this level of identifiability, on the very bytes."""

    kind: ClassVar[str] = "at-level"
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudonymScope(Obligation):
    """The person key and other keys leave only as pseudonyms of this scope."""

    kind: ClassVar[str] = "pseudonym-scope"
    recipient: str
    agreement: str
    epoch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KAnonymity(Obligation):
    """Every class of these quasi-identifiers holds at least k people; at most this share of rows is suppressed."""

    kind: ClassVar[str] = "k-anonymity"
    k: int
    quasi: tuple[str, ...]
    suppression: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallNumbers(Obligation):
    """Counts leave only under this rule for small numbers, audited."""

    kind: ClassVar[str] = "small-numbers"
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedCodes(Obligation):
    """Legally restricted codes are looked for in every coded column; where one stands the record is left out."""

    kind: ClassVar[str] = "restricted-codes"
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptTo(Obligation):
    """The package can be opened only with the recipient's key of record."""

    kind: ClassVar[str] = "encrypt-to"
    recipient: str
    age_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyBy(Obligation):
    """The recipient destroys the data by this day."""

    kind: ClassVar[str] = "destroy-by"
    by: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(Obligation):
    """This release replaces an earlier one in full: same pseudonyms, same recoding; the former file is destroyed."""

    kind: ClassVar[str] = "replace"
    release: str
    destroy_former_by: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Obligation):
    """The use is entered in the public register no later than the release."""

    kind: ClassVar[str] = "register"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured for one obligation. `controller_only` figures are counts that other faces protect."""

    obligation: str
    met: bool
    says: str
    measured: Mapping[str, Any]
    checker: Checker
    controller_only: Mapping[str, Any]
