"""Figures that may stand beside counts, as words: `percent:sex`, `rate`, `mean:cost`. What each is made of, and which
of them go together; how they are made and attacked is for `disclosure`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import BadInput

OF_COUNTS = ("percent", "ratio", "rate", "standardised", "classes")
OF_PEOPLE = ("rate", "standardised")
OF_AMOUNTS = ("mean", "median", "least", "greatest")
KINDS = "percent:COLUMN, ratio:COLUMN=A/B, rate, standardised:COLUMN, classes:4, mean:COLUMN, median:COLUMN, p90:COLUMN"


@dataclass(frozen=True)
class Word:
    """A figure asked for: its kind, and the column or number that it is of."""

    kind: str
    of: str = ""

    @property
    def share(self) -> float | None:
        """Of a percentile, between 0 and 1."""
        return (
            0.5 if self.kind == "median" else int(self.kind[1:]) / 100 if re.fullmatch(r"p\d{1,2}", self.kind) else None
        )

    @property
    def of_amounts(self) -> bool:
        """Whether it is of a column of amounts."""
        return self.kind in OF_AMOUNTS or self.share is not None

    @property
    def counted_by(self) -> str:
        """The column of the table that it sets values of against each other or adds up over; empty where there is
        none."""
        return self.of.partition("=")[0] if self.kind in ("percent", "ratio", "standardised") else ""


def word_of(text: str) -> Word:
    """The figure that the word asks for. Raises BadInput where there is none such."""
    kind, _, of = text.partition(":")
    word = Word(kind, of)
    if kind in OF_COUNTS or word.of_amounts:
        if (kind == "rate") == bool(of):
            raise BadInput(f"{text!r} names {'a column' if of else 'no column or number'}", todo=f"Ask for {KINDS}.")
    else:
        raise BadInput(f"there is no figure {text!r}", todo=f"Ask for {KINDS}.")
    if word.share == 0:
        raise BadInput(f"{text!r} is the least value, which never prints", todo="Ask for p1 to p99.")
    if kind == "classes" and not re.fullmatch(r"[2-9]", of):
        raise BadInput(f"a map has 2 to 9 classes, not {of!r}", todo="For example classes:4.")
    if kind == "ratio" and not re.fullmatch(r"[^=]+=[^/]+/[^/]+", of):
        raise BadInput(f"{text!r} does not say which values are set against each other", todo="ratio:sex=F/M.")
    return word


def measures_of(words: Sequence[Word]) -> tuple[str, ...]:
    """The columns of amounts, each once."""
    return tuple(dict.fromkeys(word.of for word in words if word.of_amounts))


def check_together(words: Sequence[Word], *, population: bool, intervals: bool) -> None:
    """Raises BadInput where figures lack what they need, or cannot be attacked together."""
    if any(word.kind in OF_PEOPLE for word in words) != population:
        raise BadInput("rates need a population, and nothing else does", todo="Give both or neither.")
    if intervals and not any(word.kind in ("rate", "percent") for word in words):
        raise BadInput("intervals are of percentages and rates", todo="Ask for one of these too.")
    if len(measures := measures_of(words)) > 1:
        raise BadInput(
            f"means and percentiles are of one column, not of {' and '.join(measures)}",
            todo="Two columns would tell more together than they are attacked for.",
        )


@dataclass(frozen=True)
class Peopled:
    """How many people stand behind one cell that is no total, by its labels in the order of the columns; `standard`:
    how many of a standard population, 0 where none is said."""

    labels: tuple[str, ...]
    people: float
    standard: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.people < float("inf") or not 0 <= self.standard < float("inf"):
            raise ValueError(f"the population of {' and '.join(self.labels)} is not a number of people")
