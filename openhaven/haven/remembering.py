"""The memory of releases: asked before anything leaves, and kept with the entry.

What a release printed stands in a body of its entry; whom it counts or holds lies in the vault, by the vault's own
numbers. Both are for the haven alone, and no register or proof shows them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

import numpy as np

from openhaven.disclosure.figures_before import MeasuredTable
from openhaven.disclosure.file_after import Beside, Change, Left, least_change, near, told_after, told_with_others
from openhaven.disclosure.files import File, nearest
from openhaven.disclosure.ledger import Remembered
from openhaven.haven.deciding import Decided
from openhaven.haven.place import Haven
from openhaven.law.numbers import number
from openhaven.model.certificate import Certificate
from openhaven.model.errors import BadInput, NotVerified, Referred, Unmet
from openhaven.model.plain import from_plain, to_plain
from openhaven.model.record.agreement import Agreement
from openhaven.records import kept, reads, writes
from openhaven.release.ledger_file import NAME as LEDGER
from openhaven.release.ledger_file import Covered, KeptLedgers, read_ledgers, remembered_in
from openhaven.release.made import Made
from openhaven.release.remembered import (
    as_printed,
    measured,
    measured_plain,
    memory_folder,
    printed,
    read_counted,
    read_units,
    write_counted,
    write_units,
)
from openhaven.release.subtraction import Content, Exposed, Kind, exposed, left_out, opt_outs_applied
from openhaven.release.table import MadeTable
from openhaven.release.units import Units, units
from openhaven.vault.places import private_folder, sync

FILE = "memory.parquet"


@dataclass(frozen=True, slots=True)
class Accepted:
    """That a named person accepts that so many people can be told to have opted out, and why."""

    exposed: int
    by: str
    because: str

    def __post_init__(self) -> None:
        if not self.by.strip() or not self.because.strip():
            raise BadInput(
                "nobody is named who accepts it, or no reason",
                todo="Give --accept-exposed NUMBER --accepted-by NAME --because TEXT.",
            )


def ledgers_of(haven: Haven, dataset: str) -> KeptLedgers:
    """What is remembered of the releases of a dataset that were not given up: from the file that is kept of it where
    that is what the last of them committed to, else from the releases.

    Raises NotVerified where what is kept was changed."""
    standing = reads.standing_releases(dataset)
    if not standing:
        return KeptLedgers.of((), (), ())
    place = memory_folder(haven.vault.dataset(dataset)) / LEDGER
    kept_so_far = read_ledgers(place)
    committed = (reads.memory(standing[-1][1]) or {}).get("ledger")
    if kept_so_far is None or committed is None or not _is_of(kept_so_far, standing, committed):
        kept_so_far = _made_again(haven, dataset, standing)
        _write_whole(kept_so_far, place, haven.vault.metadata)
    else:
        _check_sizes(place.parent, kept_so_far.covered)
    return kept_so_far


def _is_of(ledgers: KeptLedgers, standing: Sequence[tuple[str, int]], committed: str) -> bool:
    return [each.id for each in ledgers.covered] == [id for id, _ in standing] and ledgers.digest == committed


def _check_sizes(folder: Path, covered: Sequence[Covered]) -> None:
    """That what the ledger was made from is there still; its digests are compared when it is made again."""
    sizes = {each.name: each.stat().st_size for each in os.scandir(folder)}
    for each in covered:
        if each.kind and sizes.get(f"{each.id}.parquet") != each.size:
            raise _not_kept(each.id, folder / f"{each.id}.parquet")


def _made_again(haven: Haven, dataset: str, standing: Sequence[tuple[str, int]]) -> KeptLedgers:
    covered, rows, people = [], [], []
    for release, index in standing:
        memory = reads.memory(index)
        if memory is None:
            covered.append(Covered(release, "", 0))
            continue
        path = _held(haven, dataset, release, memory)
        covered.append(Covered(release, memory["kind"], path.stat().st_size))
        if memory["kind"] == "table":
            tables = [as_printed(each) for each in memory["tables"]]
            found = remembered_in(release, tables, read_counted(path))
            rows.append(found[0])
            people += found[1:]
    return KeptLedgers.of(covered, rows, people)


def _write_whole(ledgers: KeptLedgers, place: Path, metadata: Mapping[str, str]) -> None:
    private_folder(place.parent)
    part = place.with_name(f".{place.name}.part")
    ledgers.write(part, metadata)
    part.replace(place)


def _held(haven: Haven, dataset: str, release: str, memory: Mapping[str, Any]) -> Path:
    path = _place(haven, dataset, release)
    if not path.is_file() or _digest(path) != memory["sha256"]:
        raise _not_kept(release, path)
    return path


def _not_kept(release: str, path: Path) -> NotVerified:
    return NotVerified(
        f"what is remembered of release {release} is not what was kept, so nothing can be compared with it",
        where=str(path),
        todo="Bring it back from a backup.",
    )


def _place(haven: Haven, dataset: str, release: str) -> Path:
    return memory_folder(haven.vault.dataset(dataset)) / f"{release}.parquet"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    memory = {"kind": "table", "tables": tables, "content": content, "sha256": _digest(stage / FILE)}
    memory |= {} if told is None else {"measured": measured_plain(told)}
    return memory, remembered_in(asked.id, made.protected.tables, made.counted)


def measured_before(haven: Haven, dataset: str, field: str) -> tuple[MeasuredTable, ...]:
    """The tables that were released with figures of this field's amounts."""
    found = []
    for release, index in reads.standing_releases(dataset):
        memory = reads.memory(index) or {}
        if memory.get("measured", {}).get("field") == field:
            found.append(measured(release, memory, _held(haven, dataset, release, memory)))
    return tuple(each for each in found if each is not None)


def _records(haven: Haven, asked: Asked, stage: Path) -> dict[str, Any]:
    content, found = _content(asked.decided, asked.made), units(asked.made.plan)
    former = _former(haven, asked.decided.application.dataset, asked.before)
    told = exposed(content, found, left_out(asked.made), former, holders=_holders(haven))
    told += _beside_tables(haven, asked, File(asked.id, frozenset(content.fields), found.records), told)
    _settle(told, asked.accepted)
    write_units(stage / FILE, found, haven.vault.metadata)
    memory = {"kind": "records", "content": to_plain(content), "sha256": _digest(stage / FILE)}
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
        raise _beside_table(
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
    counted = read_counted(_held(haven, dataset, release, memory))
    tables = [as_printed(each) for each in memory["tables"]]
    return Left(*(Remembered(release, table, who) for table, who in zip(tables, counted, strict=True)))


def _beside_table(found: Sequence[Beside], change: Change | None, *, together: bool) -> Unmet | Referred:
    first, people = found[0], sum(each.people for each in found)
    cells = "; ".join(" and ".join(labels) for labels in first.cells[:3])
    between = f"between {first.low} and {first.high}" if first.low < first.high else str(first.low)
    accept = f'haven release … --accept-exposed {people} --accepted-by "NAME, ROLE" --because TEXT'
    return (Referred if together else Unmet)(
        f"beside the table of release {first.release} ({cells}) this file would tell of {people:,} people who are "
        f"counted there and are not in it: a group counts {between}",
        todo=f"{_safe_with(change)} Or a named person accepts it, which is logged: {accept}",
    )


def _safe_with(change: Change | None) -> str:
    if change is None:
        return "Ask for other records: neither fewer fields nor fewer records were found to help."
    if change.records is None:
        return f"It is safe without {' and '.join(change.without)}: agree fewer fields."
    return f"It is safe without {len(change.records):,} further records of these cells: ask for others, or for fewer."


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
            units_ = read_units(_held(haven, dataset, release, memory))
            found[release] = _as_content(memory["content"]), units_
    return found


def _as_content(plain: Mapping[str, Any]) -> Content:
    return from_plain(Content, plain, where="memory")


def _settle(told: Sequence[Exposed], accepted: Accepted | None) -> None:
    if not told:
        if accepted is not None:
            raise BadInput("nobody would be exposed, so there is nothing to accept", todo="Leave --accept-exposed out.")
        return
    people = sum(each.people for each in told)
    if same := next((each for each in told if each.kind is Kind.WITH_AND_WITHOUT), None):
        raise Unmet(
            f"release {same.release} has the same content with other opt-outs applied: beside it this file would tell "
            f"of {same.people:,} people that they opted out",
            todo=f"Apply the same opt-outs to both, or record that the former file is destroyed: {_destroyed(same)}",
        )
    if accepted is None:
        raise _stopped(told, people)
    if accepted.exposed != people:
        raise BadInput(
            f"{accepted.exposed:,} people were accepted, and {people:,} are exposed",
            todo="Whoever accepts it accepts the number that was measured.",
        )


def _stopped(told: Sequence[Exposed], people: int) -> Unmet | Referred:
    opted = [each for each in told if each.kind is not Kind.BESIDE_TABLE]
    opted.sort(key=lambda each: each.kind is Kind.HELD_TOGETHER)
    first, many = opted[0], sum(each.people for each in opted)
    accept = f'haven release … --accept-exposed {people} --accepted-by "NAME, ROLE" --because TEXT'
    shared = f"{first.records:,} of its records are in release {first.release} too"
    tables = ", ".join(each.release for each in told if each.kind is Kind.BESIDE_TABLE)
    beside = f"; and beside the table of release {tables}, of {people - many:,} who are not in it" if tables else ""
    if first.kind is Kind.HELD_TOGETHER:
        return Referred(
            f"{shared}, and one organisation processes or stores both: who has both can tell of {many:,} people that "
            f"they opted out{beside}",
            todo=f"A named person decides whether they can be combined. If they accept it: {accept}",
        )
    if any(each.kind is Kind.TWO_BASES for each in opted):
        return Referred(
            f"this recipient holds data of the same people on another legal basis ({shared}): who has both can tell "
            f"of {many:,} people that they opted out{beside}",
            todo=f"A named person decides. If they accept it: {accept}",
        )
    return Unmet(
        f"{shared}, and {many:,} people of it have opted out since: who has both files can tell who they are{beside}",
        todo="There are three ways. New periods only: ask for records that no earlier file has. Full replacement: let "
        f"the recipient destroy the former file, then {_destroyed(first)}. Or a named person accepts it, which is "
        f"logged: {accept}",
    )


def _destroyed(each: Exposed) -> str:
    return f"haven destroyed {each.release} --certificate FILE --said-by NAME"


def stated(certificate: Certificate, memory: Mapping[str, Any]) -> Certificate:
    """The certificate with what a named person accepted: the number and why it was measured, never the name, which the
    log keeps."""
    accepted = memory.get("accepted")
    if not accepted:
        return certificate
    says, counts = [], []
    for table, what, who in _ACCEPTED:
        told = [each for each in memory["exposed"] if (each["kind"] == Kind.BESIDE_TABLE) == table]
        if told:
            earlier, people = ", ".join(each["release"] for each in told), sum(each["people"] for each in told)
            says.append(f"{what.format(earlier=earlier, people=people)} {_BY_A_PERSON}")
            counts.append((who, people))
    return replace(certificate, says=(*certificate.says, *says), counts=(*certificate.counts, *counts))


_BY_A_PERSON = "A named person accepted this number before anything left; the log keeps who, and why."
_ACCEPTED = (
    (
        False,
        "Who has the file of {earlier} too can tell of {people} people that they opted out.",
        "people who can be told to have opted out, accepted",
    ),
    (
        True,
        "Who has the table of {earlier} too can tell of {people} people that they are counted there and not in this "
        "file.",
        "people who can be told not to be in the file, accepted",
    ),
)


def keep(haven: Haven, dataset: str, release: str, stage: Path) -> None:
    """Move what the stage holds to its place in the vault, before the entry that commits to it."""
    place = _place(haven, dataset, release)
    private_folder(place.parent)
    (stage / FILE).replace(place)
    (stage / LEDGER).replace(place.with_name(LEDGER))
    sync(place.parent)


def file_destroyed(haven: Haven, release: str, *, certificate: Path, said_by: str) -> int:
    """Record that a recipient certified a former file as destroyed; the certificate stays with the controllers' face.
    Returns the entry's index. Raises BadInput."""
    found = reads.release(release)
    if found is None or found.state is not kept.ReleaseState.FINISHED:
        raise BadInput(f"no release {release} was handed over", todo="haven status names releases.")
    if release in reads.files_destroyed():
        raise BadInput(f"the file of release {release} is certified as destroyed already")
    if not said_by.strip() or not certificate.stat().st_size:
        raise BadInput("a certificate says something, and somebody says it", where=str(certificate))
    place = haven.releases / release / f"destroyed{certificate.suffix}"
    place.parent.mkdir(exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    shutil.copyfile(certificate, part)
    part.rename(place)
    said = {"release": release, "said_by": said_by, "file": certificate.name, "sha256": _digest(place)}
    return writes.record_file_destroyed(release=release, said=said, act=haven.act()).index
