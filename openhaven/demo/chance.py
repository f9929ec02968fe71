"""Weighted draws over whole columns at once, every one from a generator that is given."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def generators(seed: int, parts: Sequence[str]) -> dict[str, np.random.Generator]:
    """One independent generator for each part, so that a change in one part leaves the others as they were."""
    seeds = np.random.SeedSequence(seed).spawn(len(parts))
    return {part: np.random.default_rng(each) for part, each in zip(parts, seeds, strict=True)}


def draw(rng: np.random.Generator, weights: Floats, *, size: int) -> Ints:
    """`size` positions in `weights`, each drawn with a chance in proportion to its weight."""
    return draw_by_group(rng, np.zeros(size, dtype=np.int64), weights=weights[None, :])


def draw_by_group(rng: np.random.Generator, group: Ints, *, weights: Floats) -> Ints:
    """One position for each row: row i is drawn from `weights[group[i]]` (groups down, choices across).

    All rows of cumulative weights are laid end to end, row g between g and g + 1, and searched once.
    """
    choices = weights.shape[1]
    ladder = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    ladder[:, -1] = 1.0
    ladder += np.arange(len(weights))[:, None]
    place = rng.random(len(group)) * (1 - 1e-9) + group  # below g + 1 even after rounding
    return np.searchsorted(ladder.ravel(), place, side="right") - group * choices


def some(rng: np.random.Generator, among: Ints, *, count: int) -> Ints:
    """`count` different members of `among`, in no order."""
    return rng.choice(among, size=count, replace=False)
