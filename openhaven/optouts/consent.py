"""Consent person by person: does what this person agreed to cover this use, on this day (LAW-11)?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class GivenBy(StrEnum):
    """Who agreed for a person. A consultee advises (Mental Capacity Act 2005, section 32): that is not consent."""

    PERSON = "the person"
    CHILD = "a child found able to decide"
    PARENT = "a parent"
    PROXY = "an attorney or deputy"
    CONSULTEE = "a consultee"


class NotCovered(StrEnum):
    """Why a person's consent does not cover a use, in the order in which it is looked at."""

    WITHDRAWN = "withdrawn"
    ADVICE = "a consultee advised, and advice is not consent"
    OUTGROWN = "a parent agreed, and the person is now old enough to decide"
    TOO_YOUNG = "given by a child who was not found able to decide"
    NOT_YET = "given or valid only later"
    ENDED = "ended"
    WORDING = "the wording they agreed to does not cover this use"
    ITEMS = "they did not agree to all these items"


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person agreed to. `valid_from` and `valid_to` are both days of the term."""

    study_id: str
    nhs_number: str
    consented_on: dt.date
    wording_version: str
    items: tuple[str, ...]
    valid_from: dt.date
    valid_to: dt.date | None = None
    withdrawn_on: dt.date | None = None
    given_by: GivenBy = GivenBy.PERSON

    def __post_init__(self) -> None:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid to {self.valid_to}, before it is valid from {self.valid_from}")


@dataclass(frozen=True, slots=True)
class Age:
    """A person's date of birth, and the age in years from which only their own consent counts."""

    born: dt.date
    own_from: int

    def old_enough(self, on: dt.date) -> bool:
        """Whether the person has reached that age; who was born on 29 February reaches it on 1 March."""
        return (on.year - self.born.year) - ((on.month, on.day) < (self.born.month, self.born.day)) >= self.own_from


def consent_covers(
    consent: Consent, *, wordings: Collection[str], items: Collection[str], on: dt.date, age: Age
) -> NotCovered | None:
    """None when this consent covers all `items` under one of `wordings` on that day, else the first reason why not."""
    if consent.withdrawn_on is not None and consent.withdrawn_on <= on:
        return NotCovered.WITHDRAWN
    if (wrong := _not_theirs_to_give(consent, age, on)) is not None:
        return wrong
    if max(consent.consented_on, consent.valid_from) > on:
        return NotCovered.NOT_YET
    if consent.valid_to is not None and consent.valid_to < on:
        return NotCovered.ENDED
    if consent.wording_version not in wordings:
        return NotCovered.WORDING
    if not set(items) <= set(consent.items):
        return NotCovered.ITEMS
    return None


def _not_theirs_to_give(consent: Consent, age: Age, on: dt.date) -> NotCovered | None:
    """A parent agrees until the person is old enough; before that, a child found able to decide may (LAW-11-AGE)."""
    match consent.given_by:
        case GivenBy.CONSULTEE:
            return NotCovered.ADVICE
        case GivenBy.PARENT:
            return NotCovered.OUTGROWN if age.old_enough(on) else None
        case GivenBy.PERSON:
            return None if age.old_enough(consent.consented_on) else NotCovered.TOO_YOUNG
        case _:
            return None
