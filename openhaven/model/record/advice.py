"""What a named person judged: that a kind of release is de-identified, or that a use should be."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from ..words import Access, Level
from .agreement import FieldAgreed, check_each_once
from .seen import check_order


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
        check_order(("on,", self.on), ("review is", self.review), of=f"classification {self.id}")
        check_each_once(self.fields, of=f"classification {self.id}")


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
        check_order(("on,", self.on), ("review is", self.review), of=f"recommendation {self.id}")
        if self.settles and (self.says is Advice.OPPOSES or not self.application):
            raise ValueError(f"recommendation {self.id}: only a yes to one application settles what a rule left open")
        if not self.application and not self.agreement:
            raise ValueError(f"recommendation {self.id}: name the application or the agreement that it is about")
        if not self.by.strip():
            raise ValueError(f"recommendation {self.id}: by is empty: say who recommends")
        if not self.role.strip():
            raise ValueError(f"recommendation {self.id}: role is empty: say in which role")
