"""What is kept of releases for their memory: a file of each in the vault, and the ledger that is made of them all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openhaven.haven.place import Haven
from openhaven.model.errors import NotVerified
from openhaven.package.sealing import digest_file
from openhaven.records import reads
from openhaven.release.ledger_file import NAME as LEDGER
from openhaven.release.ledger_file import Covered, KeptLedgers, read_ledgers, remembered_in
from openhaven.release.remembered import as_printed, memory_folder, read_counted
from openhaven.vault.places import private_folder, sync

FILE = "memory.parquet"
"""What the stage of a release holds of it until it is kept."""


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
        path = held_memory(haven, dataset, release, memory)
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


def held_memory(haven: Haven, dataset: str, release: str, memory: Mapping[str, Any]) -> Path:
    """Where whom a release counts or holds lies in the vault. Raises NotVerified where that was lost or changed."""
    path = _place(haven, dataset, release)
    if not path.is_file() or digest_file(path).sha256 != memory["sha256"]:
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


def keep(haven: Haven, dataset: str, release: str, stage: Path) -> None:
    """Move what the stage holds to its place in the vault, before the entry that commits to it."""
    place = _place(haven, dataset, release)
    private_folder(place.parent)
    (stage / FILE).replace(place)
    (stage / LEDGER).replace(place.with_name(LEDGER))
    sync(place.parent)
