"""What a decision demands of a release, and the evidence that it was done. No obligation without evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar

from .application import Condition
from .figure import Peopled, Word, word_of
from .plain import to_plain
from .protection import Distance, Spread
from .quick import quickly_made
from .words import Access, Level, Precision


class Checker(StrEnum):
    """Who can measure a line of the certificate again, or see that what it promises was done."""

    ANYONE = "anyone"
    RECIPIENT = "the recipient"
    CONTROLLER = "only the controller"


class Standing(StrEnum):
    """How an obligation stands when the certificate is made. What is still to be done can only be promised."""

    MEASURED = "measured"
    PROMISED = "promised"
    NOT_MET = "not met"


class Promiser(StrEnum):
    """Who promises."""

    OPERATOR = "the operator"
    RECIPIENT = "the recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One thing that must hold of the release. `provisions` are ids of the law; `because` is the reason in words."""

    kind: ClassVar[str]
    provisions: tuple[str, ...]
    because: str

    def __init_subclass__(cls) -> None:
        if "__slots__" in vars(cls):  # the class as `dataclass` leaves it: a decision makes a dozen of them
            quickly_made(cls)

    @property
    def due(self) -> dt.date | None:
        """The last day for what happens after the release, where the obligation names one."""
        return None

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
    """Only people of the applicant's file whose consent, one by one, covers this release; keyed by study id.

    From `own_from_age`, in years, a parent's consent no longer counts; a consultee's advice never does."""

    kind: ClassVar[str] = "only-consenting"
    consent: str
    wordings: tuple[str, ...]
    items: tuple[str, ...]
    own_from_age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyIdentifiers(Obligation):
    """The identifiers that the applicant sent for matching are destroyed once the release is made."""

    kind: ClassVar[str] = "destroy-identifiers"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyControllers(Obligation):
    """Rows of these controllers only; those who declined, or whom the agreement does not name, are left out and
    counted."""

    kind: ClassVar[str] = "only-controllers"
    controllers: tuple[str, ...]
    declined: tuple[str, ...]
    unnamed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalOptOut(Obligation):
    """Whether the national data opt-out is applied, and if so with an answer no older than `max_age_days`.

    Not applied is an obligation too: the certificate says so, and why."""

    kind: ClassVar[str] = "national-opt-out"
    applies: bool
    max_age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections(Obligation):
    """Whoever is named by one of these lists is left out, whole records. It says which lists, and of nobody's number.

    `lists` are "article 21" (objections that a person upheld), "type 1", and "type 2" (of history)."""

    kind: ClassVar[str] = "objections"
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditViews(Obligation):
    """Only people of open cases are seen, and each view is recorded. A file that leaves cannot keep this: none does."""

    kind: ClassVar[str] = "audit-views"


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
class LDiversity(Obligation):
    """In every class of these quasi-identifiers the values of a confidential field differ: rows are counted.

    `at` is the precision at which two values count as different, where that is coarser than what leaves."""

    kind: ClassVar[str] = "l-diversity"
    field: str
    l: float  # noqa: E741 (the model's own name)
    spread: Spread
    c: float | None
    at: Precision
    quasi: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TCloseness(Obligation):
    """In every class the values of a confidential field are spread as in the file, but for t: rows are counted."""

    kind: ClassVar[str] = "t-closeness"
    field: str
    t: float
    distance: Distance
    quasi: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KOverKeys(Obligation):
    """What any so many of these quasi-identifiers show together is shown by at least k people."""

    kind: ClassVar[str] = "k-over-keys"
    k: int
    keys: int
    quasi: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KOverEvents(Obligation):
    """Whoever knows the quasi-identifiers of any so many rows of a person finds at least k people with such rows."""

    kind: ClassVar[str] = "k-over-events"
    k: int
    events: int
    quasi: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPersonLink(Obligation):
    """No key in the file tells that two of its rows are of one person."""

    kind: ClassVar[str] = "no-person-link"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRecoding(Obligation):
    """Each class of rows is coarsened by itself; a column tells the level of each cell."""

    kind: ClassVar[str] = "local-recoding"
    quasi: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallNumbers(Obligation):
    """Counts leave only under this rule for small numbers, audited."""

    kind: ClassVar[str] = "small-numbers"
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures(Obligation):
    """Beside the counts stand these figures and no others: made from the counts as they print, or of the amounts of
    `fields`, and then attacked together with the counts, and left out where they would tell of few people."""

    kind: ClassVar[str] = "figures"
    figures: tuple[str, ...]
    fields: tuple[tuple[str, Precision], ...] = ()
    intervals: bool = False
    population: tuple[Peopled, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """What each is made of."""
        return tuple(word_of(each) for each in self.figures)


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
class UsedIn(Obligation):
    """Where people work with the data: in a secure environment, or with an extract at the recipient's."""

    kind: ClassVar[str] = "used-in"
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAt(Obligation):
    """The data lies at these places of storage and is processed by these processors, and nowhere else.

    Each by its id and its ODS code, which is empty where none is of record; no processors: the recipient alone."""

    kind: ClassVar[str] = "kept-at"
    storage: tuple[tuple[str, str], ...]
    processors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Within(Obligation):
    """The data is kept and used within these territories, and taken to no other."""

    kind: ClassVar[str] = "within"
    territories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions(Obligation):
    """What somebody set as conditions of their yes is kept. `record` is the id of theirs, `set_by` says who."""

    kind: ClassVar[str] = "conditions"
    record: str
    set_by: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Obligation):
    """A record on which the decision rests is looked at again by this day. `what` is its kind."""

    kind: ClassVar[str] = "review"
    record: str
    what: str
    by: dt.date

    @property
    def due(self) -> dt.date:
        return self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class UseUntil(Obligation):
    """The data is kept and used until this day and no longer: the last day of the agreement."""

    kind: ClassVar[str] = "use-until"
    until: dt.date

    @property
    def due(self) -> dt.date:
        return self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyBy(Obligation):
    """The recipient destroys the data by this day."""

    kind: ClassVar[str] = "destroy-by"
    by: dt.date

    @property
    def due(self) -> dt.date:
        return self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(Obligation):
    """This release replaces an earlier one in full: same pseudonyms, same recoding; the former file is destroyed."""

    kind: ClassVar[str] = "replace"
    release: str
    destroy_former_by: dt.date

    @property
    def due(self) -> dt.date:
        return self.destroy_former_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Obligation):
    """The use is entered in the public register no later than the release."""

    kind: ClassVar[str] = "register"


@dataclass(frozen=True, slots=True)
class Promise:
    """What is still to be done when the certificate is made: by whom, by when, and how it will be shown.

    `due` is the last day for it, where there is one."""

    by_whom: Promiser
    by_when: str
    shown_by: str
    due: dt.date | None = None


_HOLDING = "for as long as it holds the data"
_AUDIT = "an audit, as the agreement allows"
_DESTROYED = "a certificate of destruction from the recipient, as the agreement asks"
MAY_BE_PROMISED: Mapping[str, Promise] = {
    EncryptTo.kind: Promise(
        Promiser.OPERATOR,
        "before the package is handed over",
        "opening it: the recipient's key opens the package, and no other key does",
    ),
    Register.kind: Promise(
        Promiser.OPERATOR,
        "before the key is given",
        "the entry in the public log, which lies in the package with its proof",
    ),
    DestroyIdentifiers.kind: Promise(
        Promiser.OPERATOR,
        "as soon as the log holds the release",
        "a certificate of destruction of their own, and its entry in the log",
    ),
    UsedIn.kind: Promise(Promiser.RECIPIENT, _HOLDING, _AUDIT),
    KeptAt.kind: Promise(Promiser.RECIPIENT, _HOLDING, f"security assurance in date by ODS code, and {_AUDIT}"),
    Within.kind: Promise(Promiser.RECIPIENT, _HOLDING, _AUDIT),
    Conditions.kind: Promise(Promiser.RECIPIENT, _HOLDING, "what the recipient reports on them, and an audit"),
    Review.kind: Promise(Promiser.OPERATOR, "", "the record with a later day of review"),
    UseUntil.kind: Promise(Promiser.RECIPIENT, "", _AUDIT),
    DestroyBy.kind: Promise(Promiser.RECIPIENT, "", _DESTROYED),
    Replace.kind: Promise(Promiser.RECIPIENT, "", _DESTROYED),
}
"""The only obligations that a certificate may promise: those done after it is made. Every other is measured."""


def promise(kind: str, due: dt.date | None) -> Promise:
    """What a line of that kind promises. Raises ValueError for a kind that must be measured."""
    if (found := MAY_BE_PROMISED.get(kind)) is None:
        raise ValueError(f"{kind} must be measured on the file, and cannot be promised")
    return found if due is None else replace(found, by_when=f"by {due:%-d %B %Y}", due=due)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands beside one obligation: what was measured, or what is promised.

    `controller_only` figures are counts that other faces protect."""

    obligation: str
    standing: Standing
    says: str
    measured: Mapping[str, Any]
    checker: Checker
    controller_only: Mapping[str, Any]
    promise: Promise | None = None

    def __post_init__(self) -> None:
        if (self.standing is Standing.PROMISED) != (self.promise is not None):
            raise ValueError(f"{self.obligation}: what is promised says what, and nothing else does")
        if self.promise is not None:
            promise(self.obligation, None)
