"""What data protection law asks to have: documents, impact assessments, privacy notices."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ..words import Level, Purpose
from .seen import Seen, check_order


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
        check_order(("starts,", self.starts), ("review is", self.review), of=f"data protection document {self.id}")


@dataclass(frozen=True, slots=True)
class Assessment:
    """A data protection impact assessment: who answers for it, which flows it covers, and until when (DPIA-01).

    `study_references` name the studies that it is about, where it is about some alone."""

    id: str
    controller: str
    datasets: tuple[str, ...]
    purposes: tuple[Purpose, ...]
    recipients: tuple[str, ...]
    levels: tuple[Level, ...]
    approved: Seen
    review: dt.date
    high_residual_risk: bool
    study_references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_order(("approved.on,", self.approved.on), ("review is", self.review), of=f"assessment {self.id}")


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
