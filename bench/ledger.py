"""The memory of a haven with many releases: how long the whole check of one new table takes, reading it included."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.memory import remembered
from openhaven.disclosure.ledger import Remembered
from openhaven.disclosure.memory import told_together
from openhaven.haven import Haven, init_haven
from openhaven.haven.ledgers import ledgers_of
from openhaven.haven.toml import first_settings
from openhaven.records import kept, writes
from openhaven.release.ledger_file import NAME, Covered, KeptLedgers
from openhaven.release.remembered import memory_folder, printed, write_counted
from tests.disclosure.differencing import World, next_tables, publications

DATASET = "episodes"


def checked_in_a_haven(tables: int, *, records: int = 300_000, seed: int = 3) -> dict[str, Any]:
    """Seconds of the whole check in a haven that released so many tables: the ledger read and compared with what the
    last release committed to, the new table attacked beside it, and the ledger with that table written for the next;
    and of making the ledger again from the releases."""
    world = World.made(records, seed=seed, months=84)
    released = [remembered(each, world, quickly=True) for each in publications(world, tables)]
    with TemporaryDirectory() as folder:
        haven = _haven_of(Path(folder) / "haven", released)
        spent = [
            _check_in(haven, remembered(each, world, quickly=True), Path(folder))
            for each in next_tables(world, 5, seed=4)
        ]
        ledger = memory_folder(haven.vault.dataset(DATASET)) / NAME
        size = ledger.stat().st_size
        ledger.unlink()
        again = _timed(lambda: ledgers_of(haven, DATASET))
    parts = {
        name: {"wall": max(each[name][0] for each in spent), "cpu": max(each[name][1] for each in spent)}
        for name in spent[0]
    }
    return {
        "tables": len(released),
        "megabytes": size / 1e6,
        "worst": parts,
        "again": {"wall": again[0], "cpu": again[1]},
    }


def _check_in(haven: Haven, new: Remembered, folder: Path) -> dict[str, tuple[float, float]]:
    found: list[KeptLedgers] = []
    read = _timed(lambda: found.append(ledgers_of(haven, DATASET)))
    attack = _timed(lambda: told_together(new, found[0].rows))
    write = _timed(lambda: found[0].and_of(Covered("new", "table", 1), [new]).write(folder / "next", {}))
    return {"read": read, "attack": attack, "both": (read[0] + attack[0], read[1] + attack[1]), "write": write}


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    start = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start[0], time.process_time() - start[1]


def _haven_of(folder: Path, released: Sequence[Remembered]) -> Haven:
    """A haven whose records and vault hold these tables, each as a release of its own."""
    haven = init_haven(
        folder, toml=first_settings(operator="Bench", origin="bench.example", contact="-", demo=True, more="")
    )
    place = memory_folder(haven.vault.dataset(DATASET))
    place.mkdir(parents=True)
    covered = []
    for at, each in enumerate(released):
        path = place / f"R{at}.parquet"
        write_counted(path, [each.counted], haven.vault.metadata)
        covered.append(Covered(f"R{at}", "table", path.stat().st_size))
        memory = {"kind": "table", "tables": [printed(each.published)], "sha256": sha256(path.read_bytes()).hexdigest()}
        if at == len(released) - 1:
            ledgers = KeptLedgers.of(covered, released, ())
            ledgers.write(place / NAME, haven.vault.metadata)
            memory["ledger"] = ledgers.digest
        writes.enter_release(release=_release(f"R{at}"), certificate={}, memory=memory, act=haven.act())
    return haven


def _release(id: str) -> kept.Release:
    said = {"application": "A", "agreement": "G", "dataset": DATASET, "recipient": "U", "decision": "A.1", "out": "out"}
    return kept.Release(id=id, **said, manifest_sha256=sha256(id.encode()).hexdigest(), recoding=())


def measured(*, short: bool) -> dict[str, Any]:
    """Small or whole."""
    return checked_in_a_haven(60, records=20_000) if short else checked_in_a_haven(10_000)


def as_table(found: dict[str, Any]) -> str:
    """A few lines."""
    worst, again = found["worst"], found["again"]
    lines = [
        f"one new table in a haven of {found['tables']:,} releases, ledger of {found['megabytes']:.0f} MB, the worst:"
    ]
    named = {"read": "read and compared", "attack": "attacked", "both": "both", "write": "written with the new table"}
    lines += [
        f"  {said:28}{worst[name]['wall']:8.2f} s {worst[name]['cpu']:8.2f} CPU s" for name, said in named.items()
    ]
    return "\n".join([*lines, f"  {'made again from the releases':28}{again['wall']:8.2f} s {again['cpu']:8.2f} CPU s"])
