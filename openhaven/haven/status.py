"""What is held, how fresh the lists are, what is unfinished, and what is promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openhaven.haven.approvals import Due, due, due_lines
from openhaven.haven.lists import NATIONAL
from openhaven.haven.people import waiting_files
from openhaven.haven.place import LONDON, Haven
from openhaven.haven.promises import PromiseOf, promise_lines, promises
from openhaven.haven.refusals import refusals
from openhaven.haven.witnesses import waiting
from openhaven.records import reads
from openhaven.vault.describe import datasets


@dataclass(frozen=True, slots=True)
class Held:
    """One dataset: its live deliveries, and the rows in them."""

    dataset: str
    deliveries: int
    controllers: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class ListAge:
    """One opt-out list: how many numbers, how old in days, and for how many days it may be relied on."""

    list: str
    sense: str
    numbers: int
    age_days: int
    may_be_days: int

    @property
    def fresh(self) -> bool:
        return self.age_days <= self.may_be_days


@dataclass(frozen=True, slots=True)
class Status:
    """All of it."""

    haven: str
    operator: str
    datasets: tuple[Held, ...]
    lists: tuple[ListAge, ...]
    releases: int
    unfinished: tuple[str, ...]
    waiting: Mapping[str, str]
    refused_by_witnesses: tuple[str, ...]
    promised: tuple[PromiseOf, ...]
    support_due: tuple[Due, ...]
    people_files: tuple[str, ...]


def status(haven: Haven) -> Status:
    """The haven as it stands."""
    return Status(
        str(haven.folder),
        haven.settings.haven.operator,
        tuple(_held(each) for each in datasets(haven.vault)),
        lists(haven),
        len(reads.releases()),
        tuple(each.release.id for each in reads.unfinished_releases()),
        waiting(haven),
        refusals(haven.folder),
        promises(haven.today(), haven.settings.policy.numbers),
        due(haven),
        waiting_files(haven),
    )


def _held(dataset: str) -> Held:
    live = reads.live_deliveries(dataset)
    return Held(dataset, len(live), tuple(sorted({each.controller for each in live})), sum(each.rows for each in live))


def lists(haven: Haven) -> tuple[ListAge, ...]:
    """Every list that is loaded."""
    controllers = sorted({each.controller for each in reads.deliveries()})
    names = [NATIONAL, *(f"type-1-{each}" for each in controllers)]
    answers = [found[-1] for name in names if (found := reads.optout_answers(name))]
    national, type_1 = haven.settings.policy.optout_max_age_days, haven.settings.optouts.type_1_max_age_days
    return tuple(
        ListAge(
            each.list,
            each.sense,
            each.count,
            (haven.today() - datetime.fromisoformat(each.as_of).astimezone(LONDON).date()).days,
            national if each.list == NATIONAL else type_1,
        )
        for each in answers
    )


def list_lines(found: Sequence[ListAge]) -> Iterator[str]:
    """The lists for a person to read."""
    if not found:
        yield "No opt-out list is loaded. Begin with: haven optouts ask FILE"
    for each in found:
        fit = "may be relied on" if each.fresh else "too old to be relied on"
        limit = f"{fit} (at most {each.may_be_days} days, to be confirmed)"
        sense = each.sense.replace("_", " ")
        yield f"{each.list} ({sense}): {each.numbers:,} numbers, {each.age_days} days old; {limit}"


def as_text(found: Status) -> str:
    """The status for a person to read."""
    lines = [f"Haven {found.haven}, run by {found.operator}"]
    lines += [_held_line(each) for each in found.datasets]
    lines += [f"  {line}" for line in list_lines(found.lists)]
    lines.append(f"  Releases: {found.releases}")
    if found.unfinished:
        lines.append(f"  UNFINISHED: {', '.join(found.unfinished)}. Run: haven release --resume")
    lines += [f"  {id} WAITS FOR WITNESSES: {why}. Its key is not given." for id, why in found.waiting.items()]
    lines += [f"  A WITNESS SAW ANOTHER HISTORY OF THE LOG: {each}" for each in found.refused_by_witnesses]
    lines += [
        f"  A FILE OF PEOPLE WAITS: {id}. Release it, or destroy the file: haven release --abandon {id} --because TEXT"
        for id in found.people_files
    ]
    lines += [f"  {line}" for line in due_lines(found.support_due)]
    lines += [f"  {line}" for line in promise_lines(found.promised)]
    return "\n".join(lines)


def _held_line(held: Held) -> str:
    deliveries = f"{held.deliveries} live {'delivery' if held.deliveries == 1 else 'deliveries'}"
    if not held.deliveries:
        return f"  {held.dataset}: nothing was delivered yet"
    return f"  {held.dataset}: {held.rows:,} rows in {deliveries} of {', '.join(held.controllers)}"
