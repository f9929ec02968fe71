"""A decision: permit, refuse or refer, question by question, with its reasons and obligations."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .obligation import Obligation
from .plain import to_plain


class Effect(StrEnum):
    """What one rule says."""

    PERMIT = "permit"
    FORBID = "forbid"
    REFER = "refer"
    SILENT = "silent"
    FAILED = "failed"


class Answer(StrEnum):
    """What one question of law comes to."""

    MET = "met"
    NOT_MET = "not met"
    REFERRED = "referred"


class Verdict(StrEnum):
    """What the whole comes to."""

    PERMIT = "permit"
    REFUSE = "refuse"
    REFER = "refer"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found. `used` are ids of records; `missing` says what record would help; `who` must decide."""

    rule: str
    effect: Effect
    because: str
    provisions: tuple[str, ...]
    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    who: str = ""
    obligations: tuple[Obligation, ...] = ()
    to_be_confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """One question of law with its answer and the findings that gave it."""

    question: str
    answer: Answer
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole, as at a day. Obligations are those of the findings that permit, and only where it is permitted."""

    application: str
    on: dt.date
    ruleset: str
    verdict: Verdict
    questions: tuple[Settled, ...]
    obligations: tuple[Obligation, ...]

    def as_plain(self) -> dict[str, Any]:
        """Plain data, each obligation with its kind."""
        plain: dict[str, Any] = to_plain(self)
        plain["obligations"] = [each.as_plain() for each in self.obligations]
        for settled, question in zip(plain["questions"], self.questions, strict=True):
            for finding, found in zip(settled["findings"], question.findings, strict=True):
                finding["obligations"] = [each.kind for each in found.obligations]
        return plain
