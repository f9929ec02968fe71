"""A decision: permit, refuse or refer, question by question, with its reasons and obligations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, overload

from .obligation import Obligation
from .plain import to_plain
from .quick import quickly_made


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


class Finding(NamedTuple):
    """What one rule found. `used` are ids of records; `missing` says what record would help; `who` must decide.

    A tuple with names, because thousands of decisions a second are made of these."""

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


class Heard(Protocol):
    """What was found, from which answers and reasons can be made."""

    def answers(self) -> dict[str, Answer]:
        """The answer to each question."""

    def in_words(self) -> tuple[Settled, ...]:
        """Every question with its reasons."""

    def spoke(self) -> frozenset[str]:
        """The names of the rules that found something."""


class Questions(Sequence[Settled]):
    """The questions of a decision, put in words when somebody reads them; equal to the tuple of them."""

    __slots__ = ("_heard", "_made")

    def __init__(self, heard: Heard) -> None:
        self._heard, self._made = heard, None

    _heard: Heard
    _made: tuple[Settled, ...] | None

    def answers(self) -> dict[str, Answer]:
        """The answer to each question, without the reasons."""
        return self._heard.answers()

    def spoke(self) -> frozenset[str]:
        """The names of the rules that found something, without what they found."""
        return self._heard.spoke()

    def read(self) -> tuple[Settled, ...]:
        """All of them, in words."""
        if self._made is None:
            self._made = self._heard.in_words()
        return self._made

    @overload
    def __getitem__(self, place: int) -> Settled: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Settled, ...]: ...
    def __getitem__(self, place: int | slice) -> Settled | tuple[Settled, ...]:
        return self.read()[place]

    def __len__(self) -> int:
        return len(self.read())

    def __iter__(self) -> Iterator[Settled]:
        return iter(self.read())

    def __eq__(self, other: object) -> bool:
        return self.read() == (other.read() if isinstance(other, Questions) else other)

    def __hash__(self) -> int:
        return hash(self.read())

    def __repr__(self) -> str:
        return repr(self.read())

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (self.read(),)


@quickly_made
@dataclass(frozen=True, slots=True)
class Decision:
    """The whole, as at a day. Obligations are those of the findings that permit, and only where it is permitted."""

    application: str
    on: dt.date
    ruleset: str
    verdict: Verdict
    questions: Sequence[Settled]
    obligations: tuple[Obligation, ...]

    @property
    def answers(self) -> dict[str, Answer]:
        """The answer to each question, without the reasons."""
        if isinstance(self.questions, Questions):
            return self.questions.answers()
        return {settled.question: settled.answer for settled in self.questions}

    @property
    def spoke(self) -> frozenset[str]:
        """The names of the rules that found something, without what they found."""
        if isinstance(self.questions, Questions):
            return self.questions.spoke()
        return frozenset(finding.rule for settled in self.questions for finding in settled.findings)

    def as_plain(self) -> dict[str, Any]:
        """Plain data, each obligation with its kind."""
        plain: dict[str, Any] = to_plain(self)
        plain["obligations"] = [each.as_plain() for each in self.obligations]
        for settled, question in zip(plain["questions"], self.questions, strict=True):
            for finding, found in zip(settled["findings"], question.findings, strict=True):
                finding["obligations"] = [each.kind for each in found.obligations]
        return plain
