"""The memory of releases: asked before anything leaves, and kept with the entry.

What a release printed stands in a body of its entry; whom it counts or holds lies in the vault, by the vault's own
numbers. Both are for the haven alone, and no register or proof shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import numpy as np

from openhaven.disclosure.figures_before import MeasuredTable
from openhaven.disclosure.file_after import Left, least_change, near, told_after, told_with_others
from openhaven.disclosure.files import File, nearest
from openhaven.disclosure.ledger import Remembered
from openhaven.haven.accepting import Accepted, check_accepted, stopped_by_table
from openhaven.haven.deciding import Decided
from openhaven.haven.ledgers import FILE, held_memory
from openhaven.haven.place import Haven
from openhaven.law.numbers import number
from openhaven.model.errors import BadInput
from openhaven.model.plain import from_plain, to_plain
from openhaven.model.record.agreement import Agreement
from openhaven.package.sealing import digest_file
from openhaven.records import reads
from openhaven.release.ledger_file import NAME as LEDGER
from openhaven.release.ledger_file import Covered, KeptLedgers, remembered_in
from openhaven.release.made import Made
from openhaven.release.remembered import (
    as_printed,
    measured,
    measured_plain,
    printed,
    read_counted,
    read_units,
    write_counted,
    write_units,
)
from openhaven.release.subtraction import Content, Exposed, Kind, exposed, left_out, opt_outs_applied
from openhaven.release.table import MadeTable
from openhaven.release.units import Units, units


@dataclass(frozen=True, slots=True)
class Asked:
    """What the memory is asked about: what was made under a decision, as release `id`, beside what left `before`, and
    what a named person accepts of it."""

    decided: Decided
    id: str
    made: Made
    before: KeptLedgers
    accepted: Accepted | None = None


def remember(haven: Haven, asked: Asked, stage: Path) -> dict[str, Any]:
    """Ask the memory of what was made, and write what is to be kept of it into the stage.

    Raises Unmet, or Referred, where it would tell who opted out beside an earlier file."""
    tables: list[Remembered] = []
    if asked.made.table is None:
        memory = _records(haven, asked, stage)
    else:
        memory, tables = _table(haven, asked, asked.made.table, stage)
    covered = Covered(asked.id, memory["kind"], (stage / FILE).stat().st_size)
    after = asked.before.and_of(covered, tables)
    after.write(stage / LEDGER, haven.vault.metadata)
    return memory | {"ledger": after.digest}


def _table(haven: Haven, asked: Asked, made: MadeTable, stage: Path) -> tuple[dict[str, Any], list[Remembered]]:
    if asked.accepted is not None:
        raise BadInput("a table tells nothing that could be accepted", todo="Leave --accept-exposed out.")
    told = made.figured.table
    write_counted(stage / FILE, made.counted, haven.vault.metadata, amounts=None if told is None else told.amounts)
    tables = [printed(each) for each in made.protected.tables]
    content = to_plain(_content(asked.decided, asked.made))
    memory = {"kind": "table", "tables": tables, "content": content, "sha256": digest_file(stage / FILE).sha256}
    memory |= {} if told is None else {"measured": measured_plain(told)}
    return memory, remembered_in(asked.id, made.protected.tables, made.counted)


def measured_before(haven: Haven, dataset: str, field: str) -> tuple[MeasuredTable, ...]:
    """The tables that were released with figures of this field's amounts."""
    found = []
    for release, index in reads.standing_releases(dataset):
        memory = reads.memory(index) or {}
        if memory.get("measured", {}).get("field") == field:
            found.append(measured(release, memory, held_memory(haven, dataset, release, memory)))
    return tuple(each for each in found if each is not None)


def _records(haven: Haven, asked: Asked, stage: Path) -> dict[str, Any]:
    content, found = _content(asked.decided, asked.made), units(asked.made.plan)
    former = _former(haven, asked.decided.application.dataset, asked.before)
    told = exposed(content, found, left_out(asked.made), former, holders=_holders(haven))
    told += _beside_tables(haven, asked, File(asked.id, frozenset(content.fields), found.records), told)
    check_accepted(told, asked.accepted)
    write_units(stage / FILE, found, haven.vault.metadata)
    memory = {"kind": "records", "content": to_plain(content), "sha256": digest_file(stage / FILE).sha256}
    return memory | {"exposed": to_plain(told), "accepted": to_plain(asked.accepted) if asked.accepted else None}


def _beside_tables(haven: Haven, asked: Asked, file: File, told: Sequence[Exposed]) -> list[Exposed]:
    """Of whom the file would tell beside tables that left before, to its recipient or who may combine the two: each
    alone, and several together. Raises Unmet, or Referred, with the least change that makes it safe, where nobody
    accepted anything."""
    dataset, rows = asked.decided.application.dataset, asked.before.rows
    standing = dict(reads.standing_releases(dataset))
    alone, around = near(rows, file.records, people=len(asked.before.people) > 0), nearest(rows, file.records)
    had = {
        each: why
        for each in dict.fromkeys((*alone, *(rows.tables[at].id for at in around.tolist())))
        if (why := _had(haven, standing[each], _content(asked.decided, asked.made)))
    }
    tables = {each: _left(haven, dataset, each, standing[each]) for each in alone if each in had}
    found = told_after(file, list(tables.values()))
    told_by = [each.release for each in found]
    change = least_change(file, [tables[each] for each in told_by]) if found and asked.accepted is None else None
    ledger = rows.only(np.array([at for at in around.tolist() if rows.tables[at].id in had], dtype=np.int64))
    found += told_with_others(file, ledger, files_held(haven, asked.decided, asked.before))
    if found and asked.accepted is None and not told:
        raise stopped_by_table(
            found, change, together=bool(told_by) and all(had[each] is _Had.TOGETHER for each in told_by)
        )
    return [Exposed(each.release, Kind.BESIDE_TABLE, each.people, each.records) for each in found]


class _Had(Enum):
    """Why somebody is taken to have an earlier release beside this one."""

    BY_THE_SAME = auto()
    TOGETHER = auto()  # one organisation processes or stores both


def _had(haven: Haven, index: int, content: Content) -> _Had | None:
    """None where nobody is. Whose a table was that left before it was kept is not known: then it is by the same."""
    memory = reads.memory(index) or {}
    before = _as_content(memory["content"]) if "content" in memory else content
    return _combined(content, before, holders=_holders(haven))


def _combined(one: Content, other: Content, *, holders: int) -> _Had | None:
    if one.may_be_combined_with(other):
        return _Had.BY_THE_SAME
    return _Had.TOGETHER if one.is_held_together_with(other, holders=holders) else None


def _holders(haven: Haven) -> int:
    """So many organisations that process or store what two recipients have make them able to combine it (our reading
    of ANON-02: other data that somebody may have)."""
    return number("shared-holders", on=haven.today(), chosen=haven.settings.policy.numbers)


def _left(haven: Haven, dataset: str, release: str, index: int) -> Left:
    """The tables of one release, and who stands in them."""
    memory = reads.memory(index) or {}
    counted = read_counted(held_memory(haven, dataset, release, memory))
    tables = [as_printed(each) for each in memory["tables"]]
    return Left(*(Remembered(release, table, who) for table, who in zip(tables, counted, strict=True)))


def files_held(haven: Haven, decided: Decided, before: KeptLedgers) -> tuple[File, ...]:
    """The files of records of this dataset that the recipient, or who may combine them with it, still has."""
    now = Content((), (), "", (), decided.application.recipient, _parties(decided))
    found = []
    for release, (content, units_) in _former(haven, decided.application.dataset, before).items():
        if had := _combined(now, content, holders=_holders(haven)):
            fields, together = frozenset(content.fields), had is _Had.TOGETHER
            found.append(File(release, fields, units_.records, together=together))
    return tuple(found)


def _parties(decided: Decided) -> tuple[str, ...]:
    """The recipient, and who else may have what leaves under the agreement."""
    asked = decided.application
    agreement = decided.facts.one(Agreement, asked.agreement)
    return tuple(sorted({asked.recipient, *((*agreement.processors, *agreement.storage) if agreement else ())}))


def _content(decided: Decided, made: Made) -> Content:
    asked = decided.application
    cohort = sorted(f"{each.field} {each.test} {', '.join(each.values)}" for each in asked.cohort)
    return Content(
        tuple(each.field.name for each in made.columns),
        (*cohort, *((asked.people_file,) if asked.people_file else ())),
        str(asked.route),
        opt_outs_applied(decided.decision.obligations),
        asked.recipient,
        _parties(decided),
    )


def _former(haven: Haven, dataset: str, before: KeptLedgers) -> dict[str, tuple[Content, Units]]:
    """The files of records that left and are not certified as destroyed."""
    destroyed = reads.files_destroyed()
    held = {each.id for each in before.covered if each.kind == "records" and each.id not in destroyed}
    found = {}
    for release, index in reads.standing_releases(dataset):
        if release in held and (memory := reads.memory(index)) is not None:
            units_ = read_units(held_memory(haven, dataset, release, memory))
            found[release] = _as_content(memory["content"]), units_
    return found


def _as_content(plain: Mapping[str, Any]) -> Content:
    return from_plain(Content, plain, where="memory")
