"""Covering arrays: few rows in which every combination of values of any four columns stands at least once.

Deterministic for a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

Rows = np.ndarray


def covering(levels: Sequence[int], *, strength: int = 4, seed: int = 1) -> Rows:
    """Rows for columns with so many values each, as an array of shape (rows, columns).

    The widest columns but one are combined in full, twice, and the others shuffled beside them; what is still missing
    is then packed, as many combinations as fit in one row, into further rows."""
    chance = np.random.default_rng(seed)
    rows = np.concatenate([_blocks(levels, strength, chance) for _ in range(2)])
    missing = list(missing_from(rows, levels, strength=strength))
    return np.concatenate([rows, _packed(missing, levels, chance)])


def _blocks(levels: Sequence[int], strength: int, chance: np.random.Generator) -> Rows:
    """Every combination of the widest columns, as often as the next has values; the others shuffled in each block."""
    order = sorted(range(len(levels)), key=lambda column: -levels[column])
    widest, deep = order[: strength - 1], levels[order[strength - 1]]
    full = np.stack(np.meshgrid(*(np.arange(levels[column]) for column in widest), indexing="ij"), -1)
    full = full.reshape(-1, strength - 1)
    rows = np.empty((len(full) * deep, len(levels)), np.int16)
    rows[:, widest] = np.repeat(full, deep, axis=0)
    for column in order[strength - 1 :]:
        shuffled = chance.random((len(full), deep)).argsort(axis=1)
        rows[:, column] = (shuffled % levels[column]).reshape(-1)
    return rows


Missing = tuple[tuple[int, ...], Rows]
"""Columns, and the combinations of their values that stand in no row."""


def missing_from(rows: Rows, levels: Sequence[int], *, strength: int = 4) -> Iterator[Missing]:
    """For any columns the combinations of values that stand in no row; nothing where all stand somewhere."""
    columns_of = [np.ascontiguousarray(rows[:, column]).astype(np.int64) for column in range(len(levels))]
    shared: dict[tuple[int, ...], Rows] = {}
    for columns in combinations(range(len(levels)), strength):
        *most, last = columns
        if (first := tuple(most)) not in shared:
            shared = {first: np.ravel_multi_index([columns_of[c] for c in most], [levels[c] for c in most])}
        stands = np.zeros(int(np.prod([levels[column] for column in columns])), bool)
        stands[shared[first] * levels[last] + columns_of[last]] = True
        if not stands.all():
            gone = np.flatnonzero(~stands)
            yield columns, np.stack(np.unravel_index(gone, [levels[c] for c in columns]), -1).astype(np.int16)


def _packed(missing: Sequence[Missing], levels: Sequence[int], chance: np.random.Generator) -> Rows:
    """Further rows: each combination is laid into the first that is free for it or agrees with it, else a new one."""
    rows = np.full((sum(len(values) for _, values in missing), len(levels)), -1, np.int16)
    used = 0
    for columns, values in sorted(missing, key=lambda each: -len(each[1])):
        there = rows[:, columns]
        for value in values:
            fits = ((there[:used] < 0) | (there[:used] == value)).all(axis=1)
            place = int(fits.argmax()) if fits.any() else used
            used = max(used, place + 1)
            rows[place, columns] = there[place] = value
    filled = (chance.random((used, len(levels))) * np.asarray(levels)).astype(np.int16)
    return np.where(rows[:used] < 0, filled, rows[:used])
