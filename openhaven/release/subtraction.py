"""Two files that overlap and differ by opt-outs: whoever has both can tell who opted out. Found before the second
leaves, and how many people it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from openhaven.model.obligation import NationalOptOut

from .barred import not_returned, objecting_people
from .made import Made
from .objections import lists_of
from .plan import PERSON, one
from .units import Units

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Content:
    """What a file of records is: which fields of whom (`cohort` in words), by which route, with which opt-outs applied,
    and who may have it."""

    fields: tuple[str, ...]
    cohort: tuple[str, ...]
    route: str
    opt_outs: tuple[str, ...]
    recipient: str
    parties: tuple[str, ...]

    def may_be_combined_with(self, other: Content) -> bool:
        """Whether one recipient is, or stands under the agreement of, the other."""
        return self.recipient in other.parties or other.recipient in self.parties

    def is_held_together_with(self, other: Content, *, holders: int) -> bool:
        """Whether it is only that so many organisations process or store both."""
        return not self.may_be_combined_with(other) and len(set(self.parties) & set(other.parties)) >= holders

    def is_that_of(self, other: Content) -> bool:
        """Whether both say the same of the same people, opt-outs aside."""
        one, two = set(self.fields), set(other.fields)
        return (one <= two or two <= one) and self.cohort == other.cohort


class Kind(StrEnum):
    """What two files are to each other."""

    WITH_AND_WITHOUT = "the same content with and without opt-outs"
    TWO_BASES = "two legal bases at one recipient"
    REFRESH = "a refresh after new opt-outs"
    HELD_TOGETHER = "recipients who share who processes or stores their data"
    BESIDE_TABLE = "a table that left before"


@dataclass(frozen=True, slots=True)
class Exposed:
    """What somebody who has both files can tell: that `people` of them opted out. `records` are in both. Of a table:
    that `people` are counted there and are not in the file."""

    release: str
    kind: Kind
    people: int
    records: int


def opt_outs_applied(obligations: Sequence[Any]) -> tuple[str, ...]:
    """Which opt-outs a decision has applied, by name."""
    national = one(NationalOptOut, obligations)
    applies = isinstance(national, NationalOptOut) and national.applies
    return (*(("national data opt-out",) if applies else ()), *lists_of(obligations))


def exposed(
    now: Content, units: Units, barred: Ints, former: Mapping[str, tuple[Content, Units]], *, holders: int
) -> list[Exposed]:
    """For each former file that may be combined with this one and shares records with it. `barred` are the people in
    the cohort whom opt-outs leave out now; so many shared `holders` count as able to combine."""
    found = []
    for release, (before, held) in former.items():
        together = now.is_held_together_with(before, holders=holders)
        if not (together or now.may_be_combined_with(before)):
            continue
        shared = len(np.intersect1d(units.records, held.records, assume_unique=True))
        people = len(np.intersect1d(held.people, barred))
        if set(before.opt_outs) - set(now.opt_outs):  # who was left out then is in this file
            people += len(np.setdiff1d(units.people, held.people, assume_unique=True))
        if shared and people:
            kind = Kind.HELD_TOGETHER if together else _kind(now, before)
            found.append(Exposed(release, kind, people, shared))
    return found


def _kind(now: Content, before: Content) -> Kind:
    if set(now.opt_outs) != set(before.opt_outs) and now.is_that_of(before):
        return Kind.WITH_AND_WITHOUT
    if now.route != before.route:
        return Kind.TWO_BASES
    return Kind.REFRESH if set(now.opt_outs) == set(before.opt_outs) else Kind.WITH_AND_WITHOUT


def left_out(made: Made) -> Ints:
    """The people of the cohort whom opt-outs and objections leave out, told afresh."""
    frames = [not_returned(made)] if made.answer is not None else []
    frames += [objecting_people(made)] if made.objectors is not None else []
    if not frames:
        return np.zeros(0, dtype=np.int64)
    cohort = made.plan.rows.select(PERSON).unique()
    found = [made.plan.engine.collect(each.select(PERSON).join(cohort, on=PERSON, how="semi")) for each in frames]
    people: Ints = np.unique(np.concatenate([each[PERSON].drop_null().to_numpy().astype(np.int64) for each in found]))
    return people
