"""The memory of tables: how long a new one takes beside a ledger, what attacks are caught, what innocent is held."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from openhaven.disclosure.file_after import Left, told_after, told_with_others
from openhaven.disclosure.files import File, told_beside_files
from openhaven.disclosure.ledger import Counted, Ledger, Remembered, of_people
from openhaven.disclosure.memory import Told, told_together
from openhaven.disclosure.protection import protect, publish
from openhaven.disclosure.rules import rule_named
from openhaven.disclosure.tables import count_by
from tests.disclosure.differencing import (
    KINDS,
    MIXED,
    Asked,
    World,
    attacks,
    innocent,
    next_tables,
    publications,
    random_table,
)
from tests.disclosure.further_attacks import FURTHER, Further, Held, further, innocents

FEW = 9


def remembered(asked: Asked, world: World, *, quickly: bool = False) -> Remembered:
    """The table counted, protected and printed. `quickly`: small counts are hidden and nothing beside."""
    codes = np.stack([codes[asked.of] for _, codes, _ in asked.by], axis=1)
    by, labels = [name for name, *_ in asked.by], [[str(at) for at in range(size)] for *_, size in asked.by]
    person = world.person[asked.of] if asked.people else None
    table, rule = count_by(by, labels, codes, person=person), rule_named(asked.rule)
    published = publish(table, rule) if quickly else protect([table], rule).tables[0]
    if person is None:
        return Remembered(asked.id, published, Counted(world.record[asked.of], asked.leaf, world.person[asked.of] + 1))
    both = np.unique(np.stack((person + 1, asked.leaf)), axis=1)
    return Remembered(asked.id, published, Counted(both[0], both[1]))


def told_beside_all(new: Remembered, earlier: Sequence[Remembered]) -> list[Told]:
    """What a new table tells beside earlier ones: rows against rows, people against people, and rows, read as people,
    against people."""
    found, kinds = [], ("rows", "people")
    by = {kind: [each for each in earlier if each.published.unit == kind] for kind in kinds}
    by["people"] += [read for each in by["rows"] if (read := of_people(each)) is not None]
    for table in (new, of_people(new)) if new.published.unit == "rows" else (new,):
        if table is not None:
            kind = kinds[table is not new or new.published.unit == "people"]
            found += told_together(table, Ledger.of(by[kind]))
    return found


def told_further(attack: Further, world: World) -> bool:
    """Whether the last of an attack, a table or a file, is found to tell of few."""
    earlier = [remembered(each, world) for each in attack.earlier]
    files = [_file(each, world) for each in attack.files]
    if isinstance(attack.new, Held):
        new, ledger = _file(attack.new, world), Ledger.of(earlier)
        tables = [Left(each) for each in earlier]
        return bool(told_after(new, tables) or told_with_others(new, ledger, files))
    table = remembered(attack.new, world)
    beside = told_beside_files(table, None, files, Ledger.of(earlier))[0] if files else []
    return bool(beside or told_beside_all(table, earlier))


def _file(held: Held, world: World) -> File:
    return File(held.id, frozenset(held.fields), np.sort(world.record[held.of]))


def further_caught(number: int, *, records: int = 3_000, seed: int = 1) -> dict[str, Any]:
    """The same of attacks of other kinds, files among them."""
    found: dict[str, list[bool]] = {}
    world = World.made(records, seed=seed)
    for each in further(world, number, seed=seed):
        found.setdefault(each.kind, []).append(told_further(each, world))
    return _by_kind(found)


def further_held(number: int, *, records: int = 3_000, seed: int = 2) -> dict[str, Any]:
    """How many of that many innocent tables and files are held."""
    world, count, stopped = World.made(records, seed=seed), 0, 0
    for earlier, new in innocents(world, 3 * number, seed=seed):
        if isinstance(new, Held) or innocent(world, new, earlier, FEW):
            count += 1
            stopped += told_further(Further("", tuple(earlier), (), new), world)
        if count == number:
            break
    return {"innocent": count, "held": stopped}


def caught(number: int, *, records: int = 3_000, seed: int = 1) -> dict[str, Any]:
    """How many of that many attacks are found, kind by kind."""
    found: dict[str, list[bool]] = {}
    world = World.made(records, seed=seed)
    for each in attacks(world, number, seed=seed, of=KINDS | MIXED):
        earlier = [remembered(table, world) for table in each.earlier]
        found.setdefault(each.kind, []).append(bool(told_beside_all(remembered(each.new, world), earlier)))
    return _by_kind(found)


def _by_kind(found: dict[str, list[bool]]) -> dict[str, Any]:
    return {
        "attacks": sum(map(len, found.values())),
        "caught": sum(map(sum, found.values())),
        "kinds": {kind: f"{sum(got)} of {len(got)}" for kind, got in found.items()},
    }


def held(number: int, *, earlier: int = 12, records: int = 3_000, seed: int = 2) -> dict[str, Any]:
    """How many of that many innocent tables are held."""
    rng = np.random.default_rng(seed)
    world = World.made(records, seed=seed)
    before = [random_table(world, rng, id=f"R{at}") for at in range(earlier)]
    ledger = Ledger.of([remembered(each, world) for each in before])
    tried = count = stopped = 0
    while count < number:
        new = random_table(world, rng, id="new")
        tried += 1
        if innocent(world, new, before, FEW):
            count += 1
            stopped += bool(told_together(remembered(new, world), ledger))
    return {"innocent": count, "held": stopped, "drawn": tried}


def checked(tables: int, *, records: int = 300_000, times: int = 10, seed: int = 3) -> dict[str, Any]:
    """CPU seconds of the joint check of one new table, beside so many earlier ones: month by month, place by place."""
    world = World.made(records, seed=seed, months=84)
    ledger = Ledger.of([remembered(each, world) for each in publications(world, tables)])
    spent, told = [], 0
    for asked in next_tables(world, times, seed=seed + 1):
        new = remembered(asked, world)
        start = time.process_time()
        told += bool(told_together(new, ledger))
        spent.append(time.process_time() - start)
    return {
        "tables": len(ledger), "records": records, "atoms": len(ledger.sizes),
        "median": float(np.median(spent)), "worst": max(spent), "held": told, "of": times,
    }  # fmt: skip


def measured(*, short: bool) -> dict[str, Any]:
    """All of them, small or whole."""
    return {
        "ledger": checked(300, records=20_000) if short else checked(10_000),
        "attacks": caught(len(KINDS | MIXED)) if short else caught(100),
        "innocent": held(30) if short else held(1_000),
        "further": further_caught(len(FURTHER) if short else 40),
        "further innocent": further_held(15 if short else 300),
    }


def as_table(found: dict[str, Any]) -> str:
    """One line each."""
    ledger, attacked, innocents = found["ledger"], found["attacks"], found["innocent"]
    more, safe = found["further"], found["further innocent"]
    return "\n".join(
        [
            f"one new table beside {ledger['tables']:,} earlier ones of {ledger['records']:,} records: "
            f"median {ledger['median']:.2f} CPU s, worst {ledger['worst']:.2f}",
            f"attacks by differencing caught: {attacked['caught']:,} of {attacked['attacks']:,}, "
            f"of {len(attacked['kinds'])} kinds",
            f"innocent tables held: {innocents['held']:,} of {innocents['innocent']:,}",
            f"of further kinds caught, files among them: {more['caught']:,} of {more['attacks']:,}, "
            f"of {len(more['kinds'])} kinds; innocent tables and files held: {safe['held']:,} of {safe['innocent']:,}",
        ]
    )
