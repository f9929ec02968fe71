"""What every record is made of: a document that a person looked at, and days in their order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """Which document a person looked at, who looked, and when (CAG-08: the letter itself, not the register line)."""

    document: str
    by: str
    on: dt.date


def check_order(first: tuple[str, dt.date], then: tuple[str, dt.date | None], *, of: str) -> None:
    """That no day stands before the one that it follows, each with the words that lead to it in what a person is told.

    Raises ValueError, which names `of`."""
    if then[1] is not None and then[1] < first[1]:
        raise ValueError(f"{of}: {then[0]} {then[1]}, before {first[0]} {first[1]}")


def check_term(starts: dt.date, ends: dt.date | None, *, of: str) -> None:
    """That a term does not end before it starts. Raises ValueError."""
    check_order(("it starts on", starts), ("ends on", ends), of=of)
