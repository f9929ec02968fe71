"""Type 1: who objects, from the coded events of a GP register (T1-05), by the codes of T1-CODES."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from openhaven.model.errors import BadInput
from openhaven.model.plain import from_plain, read_toml

from .numbers import Numbers


class Means(StrEnum):
    """What a code says of the person in whose record it stands."""

    DISSENT = "dissent"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True)
class Code:
    """One code, what it means, and whether it was found in a published list."""

    code: str
    means: Means
    title: str = ""
    verified: str = ""


@dataclass(frozen=True, slots=True)
class CodeList:
    """The codes looked for. At least one of them must be a dissent, or nobody could object."""

    code: tuple[Code, ...]

    def __post_init__(self) -> None:
        names = [each.code for each in self.code]
        if len(set(names)) < len(names):
            raise ValueError("a code stands twice in the list")
        if not self.meaning(Means.DISSENT):
            raise ValueError("no code in the list means dissent")

    def meaning(self, means: Means) -> tuple[str, ...]:
        """The codes with that meaning."""
        return tuple(each.code for each in self.code if each.means is means)


def read_codes(text: str, *, where: str) -> CodeList:
    """A code list from TOML. Raises BadInput."""
    return from_plain(CodeList, read_toml(text, where=where), where=where)


@cache
def default_codes() -> CodeList:
    """The two SNOMED CT codes that ship, each with its state of verification."""
    return read_codes(files(__package__).joinpath("type1_codes.toml").read_text("utf-8"), where="type1_codes.toml")


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Coded events, column by column: NHS number, code, day (NaT where the record has none)."""

    number: npt.NDArray[np.int64]
    code: npt.NDArray[Any]
    day: npt.NDArray[np.datetime64]

    def __post_init__(self) -> None:
        if not len(self.number) == len(self.code) == len(self.day):
            raise ValueError("the columns of events differ in length")

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, dt.date | None]], *, where: str = "") -> Events:
        """Events from rows of number, code and day. Raises BadInput for a number that is not ten digits."""
        found = list(rows)
        for place, (number, _, _) in enumerate(found, start=1):
            if not (len(number) == 10 and number.isascii() and number.isdigit()):
                raise BadInput(f"event {place} has no NHS number of ten digits", where=where)
        return cls(
            np.array([int(row[0]) for row in found], dtype=np.int64),
            np.array([row[1] for row in found], dtype=np.str_),
            np.array([row[2] for row in found], dtype="datetime64[D]"),
        )


_NO_DAY = np.iinfo(np.int64).min


def _latest(events: Events, chosen: npt.NDArray[np.bool_], undated: int) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """The distinct numbers among the chosen events, and for each its latest day since 1970."""
    day = events.day.astype("datetime64[D]").astype(np.int64)[chosen]
    day = np.where(day == np.iinfo(np.int64).min, undated, day)  # NaT is the smallest integer
    distinct, place = np.unique(events.number[chosen], return_inverse=True)
    latest = np.full(len(distinct), _NO_DAY, dtype=np.int64)
    np.maximum.at(latest, place, day)
    return Numbers(distinct), latest


def objectors(events: Events, *, on: dt.date, codes: CodeList | None = None) -> Numbers:
    """Those whose latest event of dissent or withdrawal is a dissent.

    Doubt keeps a person out: of two on the same day the dissent wins whatever their order in the record, a dissent
    without a day or after `on` stands, and a withdrawal without a day or after `on` does not count."""
    listed = codes or default_codes()
    today = np.datetime64(on, "D")
    dissent = np.isin(events.code, listed.meaning(Means.DISSENT))
    withdrawal = np.isin(events.code, listed.meaning(Means.WITHDRAWAL)) & (events.day <= today)
    objecting, dissented = _latest(events, dissent, np.iinfo(np.int64).max)
    withdrawing, withdrew = _latest(events, withdrawal, _NO_DAY)
    if not len(withdrawing) or not len(objecting):
        return objecting
    at = np.searchsorted(withdrawing.sorted, objecting.sorted).clip(max=len(withdrawing) - 1)
    over = (withdrawing.sorted[at] == objecting.sorted) & (withdrew[at] > dissented)
    return Numbers(objecting.sorted[~over])
