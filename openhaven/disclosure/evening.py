"""Taking from a class only so many rows of each confidential value that t-closeness holds of what is taken."""

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints

HALVINGS = 20


def evened(run: Ints, value: Ints, rows: Ints, *, whole: Ints, t: float) -> Bools:
    """Which things to take: things of each run (0, 1, …) hold `rows` rows of one `value`; nothing is split.

    As many rows as can be within t (equal distance) of the whole table, of a value that is too common only a part.
    """
    share = whole / whole.sum()
    held = np.zeros((int(run.max()) + 1, len(whole)))
    np.add.at(held, (run, value), rows)
    most = _most(held, share, t)[:, None]
    fair = np.minimum(held, most * share)
    more = held - fair
    spare = most - fair.sum(axis=1, keepdims=True)
    wanted = fair + more * (spare / np.maximum(more.sum(axis=1, keepdims=True), 1))
    order = np.lexsort((value, run))
    cell = run[order] * len(whole) + value[order]
    so_far = np.cumsum(rows[order])
    first = np.concatenate(([True], cell[1:] != cell[:-1]))
    before = (so_far - rows[order])[np.maximum.accumulate(np.where(first, np.arange(len(cell)), 0))]
    taken = np.zeros(len(run), dtype=np.bool_)
    taken[order] = so_far - before <= np.floor(wanted.ravel()[cell] + 1e-6)
    return taken


def _most(held: Floats, share: Floats, t: float) -> Floats:
    """For each run the most rows m with sum of max(0, m share - held) <= t m."""
    low, high = np.zeros(len(held)), held.sum(axis=1)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fits = np.maximum(middle[:, None] * share - held, 0).sum(axis=1) <= t * middle
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low
