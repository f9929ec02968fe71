"""A certificate: for each obligation the evidence, measured on the very file that leaves, or promised for later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .obligation import Evidence, Obligation, Standing


@dataclass(frozen=True, slots=True)
class Line:
    """One obligation and its evidence. Every obligation of the decision has exactly one line."""

    obligation: Obligation
    evidence: Evidence

    def __post_init__(self) -> None:
        if self.obligation.kind != self.evidence.obligation:
            raise ValueError(f"evidence for {self.evidence.obligation} stands beside {self.obligation.kind}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the output: where it came from and how far it was coarsened.

    `role` is a Role by its value; "person" marks the pseudonym by which people are counted."""

    name: str
    type: str
    source: str
    precision: str
    title: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """The file that leaves, before encryption: rows, columns, bytes and SHA-256 of those bytes."""

    name: str
    rows: int
    size: int
    sha256: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the class-size picture: classes holding `low` to `high` people, and the rows in them."""

    low: int
    high: int
    classes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Removed:
    """Whom suppression removed: rows removed of rows held, for one value of one characteristic.

    `group` is age, sex, ethnicity or area where it is one of these; `leaves` is false where no column of the file
    tells it."""

    by: str
    value: str
    removed: int
    of: int
    group: str = ""
    leaves: bool = True


@dataclass(frozen=True, slots=True)
class Certificate:
    """The full face. `singled_out` gives shares of people (0 to 1) told apart by 1, 2, 3 and all of their rows.

    `counts` are steps of the road in order: (what was counted, how many), controller only."""

    format: int
    release: str
    application: str
    title: str
    agreement: str
    recipient: str
    controllers: tuple[str, ...]
    decided_on: dt.date
    made_on: dt.date
    ruleset: str
    level: str
    says: tuple[str, ...]
    lines: tuple[Line, ...]
    output: Output
    before: tuple[Bar, ...] = ()
    after: tuple[Bar, ...] = ()
    singled_out: Mapping[str, float | None] | None = None
    removed: tuple[Removed, ...] = ()
    removed_says: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    policy: tuple[str, ...] = ()
    to_be_confirmed: tuple[str, ...] = ()
    decision: Mapping[str, Any] | None = None
    witness: str = "not witnessed"
    purpose: str = ""

    def __post_init__(self) -> None:
        missed = [line.obligation.kind for line in self.lines if line.evidence.standing is Standing.NOT_MET]
        if missed:
            raise ValueError(f"no certificate while these are not met: {', '.join(missed)}")
