"""Models that count rows: k of a class, k of the population, and the share of the population that is here."""

from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Bools, Held
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.models.model import SLACK, AllOrNothing, population_of
from openhaven.model.errors import BadInput


@dataclass(frozen=True)
class K(AllOrNothing):
    """k-anonymity (Sweeney 2002): at least k people, or rows where nobody is named."""

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadInput(f"k must be at least 1, not {self.k}")

    def passes(self, held: Held) -> Bools:
        return np.asarray(held.sizes >= self.k)

    def fewest(self, held: Held) -> int:
        return self.k

    def __str__(self) -> str:
        return f"k = {self.k}"


@dataclass(frozen=True)
class KMap(AllOrNothing):
    """k-map (Sweeney 2001): each class has at least k rows in the table of the population."""

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadInput(f"k of the population must be at least 1, not {self.k}")

    def passes(self, held: Held) -> Bools:
        return np.asarray(population_of(held) >= self.k)

    def __str__(self) -> str:
        return f"{self.k} in the population"


@dataclass(frozen=True)
class DeltaPresence:
    """delta-presence (Nergiz, Atzori & Clifton 2007): of the population's rows in a class, a share within bounds is in
    the table. With a lower bound above 0 suppression is no remedy: whose class is gone is known to be rare here."""

    low: float
    high: float
    joins, merges, counts_values = False, True, False

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 1:
            raise BadInput(f"the shares of presence must be 0 <= low <= high <= 1, not {self.low} and {self.high}")

    @property
    def mends(self) -> bool:
        return self.low <= 0

    def passes(self, held: Held) -> Bools:
        share = held.rows / np.maximum(population_of(held), 1)
        return np.asarray((share >= self.low - SLACK) & (share <= self.high + SLACK))

    def most_kept(self, held: Held) -> Ints:
        most = np.floor(self.high * population_of(held) + SLACK).astype(np.int64)
        return np.asarray(np.minimum(held.rows, most))

    def fewest(self, held: Held) -> int:
        return 1

    def __str__(self) -> str:
        return f"presence between {self.low:g} and {self.high:g}"
