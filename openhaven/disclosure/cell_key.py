"""Cell-key perturbation: a count moves by an amount that its own records decide, so that the same people always give
the same printed count, whatever table they stand in, and differences between tables tell little.

Each record has a key from 0 to 255, drawn once and kept (it comes in as an argument). A cell's key is the sum of its
records' keys; a table of chances turns it into a move (Fraser and Wooton, 2005; Thompson, Broadfoot and Elazar, 2013).
"""

import hmac
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.model.errors import BadInput

KEYS = 256


@dataclass(frozen=True)
class Noise:
    """Chances of the moves -`most` to +`most`, mean 0; counts that would print below `small` + 1 print 0."""

    most: int = 2
    stay: float = 0.4
    small: int = 2

    def __post_init__(self) -> None:
        if self.most < 1 or not 0 <= self.stay < 1 or self.small < 0:
            raise BadInput("noise needs a largest move of at least 1 and a chance to stay below 1")

    def chances(self) -> Floats:
        """Of each move from -most to +most; alike for all that are not 0."""
        found = np.full(2 * self.most + 1, (1 - self.stay) / (2 * self.most))
        found[self.most] = self.stay
        return found


def record_key(secret: bytes, record: bytes) -> int:
    """The key of a record, from 0 to 255: HMAC-SHA-256 of what tells it apart under the secret, the first byte."""
    return hmac.digest(secret, record, "sha256")[0]


def cell_keys(keys: Ints, cell: Ints, *, cells: int) -> Ints:
    """The key of each cell: the keys of its records summed, modulo 256. `cell`: the cell of each record."""
    if keys.size and (keys.min() < 0 or keys.max() >= KEYS):
        raise BadInput(f"record keys are whole numbers from 0 to {KEYS - 1}")
    return np.bincount(cell, keys, minlength=cells).astype(np.int64) % KEYS


def perturbed(counts: Ints, keys: Ints, noise: Noise) -> Ints:
    """The counts as printed, cell by cell; 0 stays 0. Totals are perturbed by their own key, and need not add up."""
    ends = np.cumsum(noise.chances())
    move = np.searchsorted(ends, (keys + 0.5) / KEYS) - noise.most
    moved = np.where(counts > 0, np.maximum(counts + move, 0), 0)
    return np.where(moved <= noise.small, 0, moved)
