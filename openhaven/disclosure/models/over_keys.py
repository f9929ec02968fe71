"""k over every combination of some of the keys: asked of all classes together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from openhaven.disclosure.classes import Bools, Held, combine, group
from openhaven.disclosure.hierarchy import Ints
from openhaven.model.errors import BadInput


@dataclass(frozen=True)
class Subsets:
    """k over every combination of m keys (Terrovitis et al. 2008): each value that m columns show together is shown
    by at least k. Weaker than k over all keys. It looks at all classes together, so it is no `Model`."""

    k: int
    m: int

    def __post_init__(self) -> None:
        if self.k < 1 or self.m < 1:
            raise BadInput(f"k and m must be at least 1, not {self.k} and {self.m}")

    def sets(self, columns: int) -> int:
        """How many sets of that many columns it looks at."""
        return comb(columns, min(self.m, columns))

    def kept(self, held: Held, columns: Sequence[Ints], kept: Bools) -> Bools:
        """Which of the classes kept so far can stay: the most there are, since what two sets need they give together.

        `columns` gives each class's code in each column. Going up, never fewer stay.
        """
        shown = [np.unique(column, return_inverse=True)[1] for column in columns]
        sizes = [int(column.max()) + 1 for column in shown]
        sets = list(combinations(range(len(columns)), min(self.m, len(columns))))
        while True:
            before = int(kept.sum())
            for chosen in sets:
                kept = self._enough(held, combine([shown[at] for at in chosen], [sizes[at] for at in chosen]), kept)
            if int(kept.sum()) == before:
                return kept

    def _enough(self, held: Held, keys: Ints, kept: Bools) -> Bools:
        at = np.flatnonzero(kept)
        if not len(at):
            return kept
        people = None if held.people is None else held.people[at]
        found = group(keys[at])
        enough = Held(held.rows[at], people).merged(found).sizes >= self.k
        still = kept.copy()
        still[at] = enough[found.of_each]
        return still

    def __str__(self) -> str:
        return f"k = {self.k} over any {self.m} of the keys"


@dataclass(frozen=True)
class EverySubset:
    """Several demands over combinations of keys, together."""

    each: tuple[Subsets, ...]

    def sets(self, columns: int) -> int:
        """As `Subsets.sets`, of all of them."""
        return sum(subsets.sets(columns) for subsets in self.each)

    def kept(self, held: Held, columns: Sequence[Ints], kept: Bools) -> Bools:
        """As `Subsets.kept`: the most classes that satisfy all of them."""
        while True:
            before = int(kept.sum())
            for subsets in self.each:
                kept = subsets.kept(held, columns, kept)
            if int(kept.sum()) == before:
                return kept

    def __str__(self) -> str:
        return ", ".join(map(str, self.each))
