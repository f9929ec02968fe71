"""python -m bench --log [--short]: the log through the real write path, on SQLite with full durability.

Single acts beside a bare insert that is as durable, in turns so that both have the same disk and the same load; acts in
batches; and at so many entries the proof of one, as anybody would ask for it."""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from bench import presence
from openhaven.haven import init_haven
from openhaven.haven.place import Haven
from openhaven.haven.toml import first_settings
from openhaven.log import EntryType
from openhaven.model.plain import to_plain
from openhaven.records import kept, reads, writes
from openhaven.records.act import instant
from openhaven.records.fsck import check_records
from openhaven.records.logstore import ToEnter, acting

BATCH, ROUNDS = 256, 5
FULL = {"singles": 2_000, "batches": 400, "entries": 1_000_000, "people": presence.FULL}
SHORT = {"singles": 100, "batches": 8, "entries": 4_096, "people": presence.SHORT}
PROOFS = 1_000


def measured(room: Path, *, short: bool) -> dict[str, Any]:
    """Rates a second by wall time and by processor time; milliseconds of a proof; the tree of people."""
    size = SHORT if short else FULL
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    toml = first_settings(operator="Bench", origin="bench.openhaven.example", contact="here", demo=True)
    haven = init_haven(room / "haven", toml=toml, operator="the bench")
    found = {"load": os.getloadavg()[0], **_singles(haven, room / "bare.sqlite3", size["singles"])}
    found["batches"] = _rate(lambda: _batch(haven), times=size["batches"], of=BATCH)
    check_records(trusted=(haven.log_key,))  # before it is filled up: a million entries are minutes to look through
    found["proofs"] = _proofs(haven, size["entries"])
    found["presence"] = presence.measured(size["people"])
    shutil.rmtree(room)
    return found


def _look_up() -> kept.LookUp:
    return kept.LookUp(kept.Looked.CONTENT, "episodes", "the bench", instant(dt.datetime.now(dt.UTC)))


def _single(haven: Haven) -> None:
    writes.record_look_up(look_up=_look_up(), act=haven.bare_act())


def _batch(haven: Haven, many: int = BATCH) -> int:
    """Acts of the size of a look-up, in the public log, of which proofs are asked. Returns how many it has now."""
    looked = _look_up()
    looks = [ToEnter(EntryType.LOOKED_UP, ids={}, plain={kept.LOOK_UP: to_plain(looked)}) for _ in range(many)]
    with acting(haven.bare_act()) as log:
        return log.append_all(looks).size


def _singles(haven: Haven, bare: Path, times: int) -> dict[str, Any]:
    """Acts and bare inserts by turns; the best round of each."""
    with closing(sqlite3.connect(bare, isolation_level=None)) as plain:
        plain.execute("PRAGMA journal_mode=WAL")
        plain.execute("PRAGMA synchronous=FULL")
        plain.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, data BLOB)")

        def insert() -> None:
            plain.execute("INSERT INTO bare (data) VALUES (?)", [secrets.token_bytes(500)])

        _single(haven)
        rounds = [
            (_rate(insert, times=times // ROUNDS, of=1), _rate(lambda: _single(haven), times=times // ROUNDS, of=1))
            for _ in range(ROUNDS)
        ]
    best = [max((pair[which] for pair in rounds), key=lambda each: each["wall"]) for which in (0, 1)]
    return {"bare": best[0], "singles": best[1]}


def _rate(act: Callable[[], object], *, times: int, of: int) -> dict[str, float]:
    """How many a second, by the clock and by the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        act()
    return {"wall": times * of / (time.perf_counter() - wall), "cpu": times * of / (time.process_time() - cpu)}


def _proofs(haven: Haven, entries: int) -> dict[str, float]:
    """The log filled up to so many entries, and the time until the proof of one of them is written."""
    size = _batch(haven)
    while size < entries:
        size = _batch(haven, min(16 * BATCH, entries - size))
    chance, spent = random.Random(1), []
    for _ in range(PROOFS):
        index = chance.randrange(entries)
        begun = time.process_time()
        reads.proof(index)
        spent.append(1000 * (time.process_time() - begun))
    spent.sort()
    return {"entries": entries, "p50_ms": spent[PROOFS // 2], "p95_ms": spent[PROOFS * 95 // 100]}


def as_table(found: dict[str, Any]) -> str:
    """One line each; by the processor is what a quiet disk and machine would allow."""
    lines = [f"the log on SQLite, every act on the disk before it is acknowledged (load {found['load']:.1f})"]
    for name, what in (
        ("bare", "bare inserts"),
        ("singles", "single acts"),
        ("batches", f"acts in batches of {BATCH}"),
    ):
        lines.append(f"{what:28}{found[name]['wall']:>12,.0f} a second{found[name]['cpu']:>12,.0f} by CPU time")
    proofs, tree = found["proofs"], found["presence"]
    lines.append(
        f"proof among {proofs['entries']:,} entries: p50 {proofs['p50_ms']:.2f} ms, p95 {proofs['p95_ms']:.2f} ms"
    )
    lines.append(f"tree of {tree['people']:,} people: {tree['tree, CPU s']:.2f} CPU s")
    return "\n".join(lines)
