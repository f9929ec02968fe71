"""Consent person by person: does what this person agreed to cover this use, on this day (LAW-11)?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class NotCovered(StrEnum):
    """Why a person's consent does not cover a use, in the order in which it is looked at."""

    WITHDRAWN = "withdrawn"
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

    def __post_init__(self) -> None:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid to {self.valid_to}, before it is valid from {self.valid_from}")


def consent_covers(
    consent: Consent, *, wordings: Collection[str], items: Collection[str], on: dt.date
) -> NotCovered | None:
    """None when this consent covers all `items` under one of `wordings` on that day, else the first reason why not."""
    if consent.withdrawn_on is not None and consent.withdrawn_on <= on:
        return NotCovered.WITHDRAWN
    if max(consent.consented_on, consent.valid_from) > on:
        return NotCovered.NOT_YET
    if consent.valid_to is not None and consent.valid_to < on:
        return NotCovered.ENDED
    if consent.wording_version not in wordings:
        return NotCovered.WORDING
    if not set(items) <= set(consent.items):
        return NotCovered.ITEMS
    return None
