"""Taking from a class only so many rows of each confidential value that t-closeness holds of what is taken."""

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints

NEAR = 1e-6  # what shares of rows may differ by


def table(run: Ints, value: Ints, rows: Ints, *, shape: tuple[int, int]) -> Ints:
    """Runs x values: things of each run (0, 1, …) hold `rows` rows of one `value`."""
    counted = np.bincount(run * shape[1] + value, rows, minlength=shape[0] * shape[1])
    return counted.reshape(shape).astype(np.int64)


def within(held: Ints, share: Floats, t: float, rows: int) -> Bools:
    """Whether so many rows of each run of a table could be within t of these shares (see below), were they there."""
    return np.asarray(np.maximum(rows * share - held, 0).sum(axis=1) <= rows * t + NEAR)


def most_within(held: Ints, share: Floats, t: float) -> Floats:
    """For each run of a table the most rows m with sum of max(0, m share - held) <= t m: as many could be within t
    (equal distance) of a whole with these shares, were rows parted at will.

    For any set of values m (their share - t) is at most what is held of them; the scarcest bind first."""
    order = np.argsort(held / share, axis=1)
    needed = share[order].cumsum(axis=1) - t
    there = np.take_along_axis(held, order, axis=1).cumsum(axis=1)
    most = np.where(needed > NEAR, there / np.maximum(needed, NEAR), np.inf)
    return np.asarray(np.minimum(most.min(axis=1), held.sum(axis=1)))


def evened(run: Ints, value: Ints, rows: Ints, *, held: Ints, share: Floats, most: Floats) -> Bools:
    """Which things to take, none split: `most` rows of each run, of a value that is too common only a part.

    `held` is the table of runs and values, `share` of each value in the whole, more than 0. Things lie by run, then
    value."""
    fair = np.minimum(held, most[:, None] * share)
    more = held - fair
    spare = most - fair.sum(axis=1)
    wanted = fair + more * (spare / np.maximum(more.sum(axis=1), 1))[:, None]
    cell = run * len(share) + value
    so_far = np.cumsum(rows)
    first = np.concatenate(([True], cell[1:] != cell[:-1]))
    before = (so_far - rows)[np.maximum.accumulate(np.where(first, np.arange(len(cell)), 0))]
    return np.asarray(so_far - before <= np.floor(wanted.ravel()[cell] + NEAR))
