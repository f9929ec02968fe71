"""What the certificates of past releases promise, and what the haven's own records say of each promise."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from openhaven.law.supports import looked_at_again
from openhaven.model.obligation import DestroyBy, DestroyIdentifiers, Promiser, Replace, Review
from openhaven.package.promised import Promised, promised
from openhaven.records import kept, reads


class Kept(StrEnum):
    """What the haven knows of one promise. Of what recipients do it records that they certified a file as destroyed."""

    KEPT = "kept"
    OPEN = "open"
    PAST = "its day has passed"


@dataclass(frozen=True, slots=True)
class PromiseOf:
    """One promise of one release. `due` is its last day, where it has one."""

    release: str
    required: str
    by_whom: str
    by_when: str
    shown_by: str
    due: dt.date | None
    standing: Kept


def promises(on: dt.date, chosen: Mapping[str, int]) -> tuple[PromiseOf, ...]:
    """Every promise of every release that was not given up, in the order of the releases, as it stands that day by the
    numbers of the law that this installation chose.

    A certificate whose body was erased from the records promises nothing that can still be read."""
    releases = (each for each in reads.releases() if each.state is not kept.ReleaseState.ABANDONED)
    return tuple(_of(each, made, _standing(each, made, on, chosen)) for each in releases for made in _promised(each))


def _promised(each: kept.ReleaseKept) -> tuple[Promised, ...]:
    sealed = reads.bodies(each.index)["certificate"]
    return () if sealed is None else promised(json.loads(sealed.body))


def _of(each: kept.ReleaseKept, made: Promised, standing: Kept) -> PromiseOf:
    promise = made.promise
    return PromiseOf(
        each.release.id,
        made.required,
        str(promise.by_whom),
        promise.by_when,
        promise.shown_by,
        promise.due,
        standing,
    )


def _standing(each: kept.ReleaseKept, made: Promised, on: dt.date, chosen: Mapping[str, int]) -> Kept:
    if made.promise.by_whom is Promiser.RECIPIENT:
        if _destroyed(each, made):
            return Kept.KEPT
        return Kept.PAST if made.promise.due is not None and made.promise.due < on else Kept.OPEN
    if made.kind == Review.kind:
        return _reviewed(made, on, chosen)
    if made.kind == DestroyIdentifiers.kind:
        done = reads.identifiers_destroyed(each.release.id)
    else:
        done = each.state is kept.ReleaseState.FINISHED  # entered in the log, and its key sealed and handed over
    return Kept.KEPT if done else Kept.OPEN


def _destroyed(each: kept.ReleaseKept, made: Promised) -> bool:
    """Whether the recipient certified that the file is destroyed: this one, or the former that it replaces."""
    files = {DestroyBy.kind: each.release.id, Replace.kind: str(made.obligation.get("release", ""))}
    return made.kind in files and files[made.kind] in reads.files_destroyed()


def _reviewed(made: Promised, on: dt.date, chosen: Mapping[str, int]) -> Kept:
    """Whether the record now has a later day of review than the one promised."""
    due, about = made.promise.due, made.obligation
    assert due is not None
    now = next((each for each in reads.records_of(str(about["what"])) if each.id == about["record"]), None)
    if now is not None and (looked_at_again(now, on=on, chosen=chosen) or due) > due:
        return Kept.KEPT
    return Kept.PAST if due < on else Kept.OPEN


FEW = 5
"""So many promises of one day by one side are told one by one; more are counted."""


def promise_lines(found: Sequence[PromiseOf]) -> Iterator[str]:
    """What is not known to be kept, for a person to read: each whose day has passed, and then day by day; of many that
    fall on one day, how many and of which releases."""
    waiting = [each for each in found if each.standing is not Kept.KEPT]
    if not waiting:
        return
    yield f"Promised and not known to be kept: {len(waiting)} (each of them: haven status --json)"
    late = [each for each in waiting if each.standing is Kept.PAST]
    for each in sorted(late, key=lambda each: each.due or dt.date.max):
        ask = "ask the recipient" if each.by_whom == Promiser.RECIPIENT else "it is ours to do"
        yield f"  {_in_full(each)} Its day has passed: {ask}."
    for same in _by_day([each for each in waiting if each.standing is not Kept.PAST]):
        yield from (f"  {_in_full(each)}" for each in same[:FEW]) if len(same) <= FEW else (f"  {_counted(same)}",)


def _by_day(waiting: Sequence[PromiseOf]) -> list[list[PromiseOf]]:
    """Those of one day by one side together, the nearest first, those without a day last."""
    groups: dict[tuple[dt.date, str, str], list[PromiseOf]] = {}
    for each in waiting:
        groups.setdefault((each.due or dt.date.max, each.by_whom, each.by_when), []).append(each)
    return [groups[key] for key in sorted(groups)]


def _in_full(each: PromiseOf) -> str:
    return f"{each.release}: {each.required} Promised by {each.by_whom}, {each.by_when}."


def _counted(same: Sequence[PromiseOf]) -> str:
    releases = sorted({each.release for each in same})
    shown = f"{', '.join(releases[:FEW])}{f' and {len(releases) - FEW} more' if len(releases) > FEW else ''}"
    return f"{len(same)} promises by {same[0].by_whom}, {same[0].by_when}: {shown}."
