"""The memory of tables: how long a new one takes beside a ledger, what attacks are caught, what innocent is held."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from openhaven.disclosure.memory import Counted, Ledger, Remembered, told_together
from openhaven.disclosure.protection import protect, publish
from openhaven.disclosure.rules import rule_named
from openhaven.disclosure.tables import count_by
from tests.disclosure.differencing import Asked, World, attacks, innocent, random_table

FEW = 9


def remembered(asked: Asked, world: World, *, quickly: bool = False) -> Remembered:
    """The table counted, protected and printed. `quickly`: small counts are hidden and nothing beside."""
    codes = np.stack([codes[asked.of] for _, codes, _ in asked.by], axis=1)
    by, labels = [name for name, *_ in asked.by], [[str(at) for at in range(size)] for *_, size in asked.by]
    person = world.person[asked.of] if asked.people else None
    table, rule = count_by(by, labels, codes, person=person), rule_named(asked.rule)
    published = publish(table, rule) if quickly else protect([table], rule).tables[0]
    if person is None:
        return Remembered(asked.id, published, Counted(world.record[asked.of], asked.leaf))
    both = np.unique(np.stack((person, asked.leaf)), axis=1)
    return Remembered(asked.id, published, Counted(both[0], both[1]))


def caught(number: int, *, records: int = 3_000, seed: int = 1) -> dict[str, Any]:
    """How many of that many attacks are found, kind by kind."""
    found: dict[str, list[bool]] = {}
    for each in attacks(World.made(records, seed=seed), number, seed=seed):
        world = World.made(records, seed=seed)
        ledger = Ledger.of([remembered(table, world) for table in each.earlier])
        found.setdefault(each.kind, []).append(bool(told_together(remembered(each.new, world), ledger)))
    return {
        "attacks": number,
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


def checked(tables: int, *, records: int = 60_000, times: int = 5, seed: int = 3) -> dict[str, Any]:
    """CPU seconds of the joint check of one new table, beside so many earlier ones."""
    rng = np.random.default_rng(seed)
    world = World.made(records, seed=seed)
    ledger = _ledger(world, [random_table(world, rng, id=f"R{at}", most=60) for at in range(tables)])
    spent, told = [], 0
    for at in range(times):
        new = remembered(random_table(world, rng, id=f"new {at}", most=60), world, quickly=True)
        start = time.process_time()
        told += bool(told_together(new, ledger))
        spent.append(time.process_time() - start)
    return {
        "tables": tables, "records": records, "atoms": len(ledger.sizes), "overlapping": tables,
        "median": float(np.median(spent)), "worst": max(spent), "held": told, "of": times,
    }  # fmt: skip


def _ledger(world: World, asked: Sequence[Asked]) -> Ledger:
    return Ledger.of([remembered(each, world, quickly=True) for each in asked])
