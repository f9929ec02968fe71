"""l-diversity: how many confidential values a class holds, counted in three ways."""

from dataclasses import dataclass
from math import ceil, inf, log

import numpy as np

from openhaven.disclosure.classes import Bools, Held
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.models.model import SLACK, AllOrNothing, Merging, values_in
from openhaven.model.errors import BadInput


@dataclass(frozen=True)
class DistinctL(AllOrNothing):
    """Distinct l-diversity (Machanavajjhala et al. 2007, 4.2): at least l different confidential values."""

    l: int  # noqa: E741 (the model's own name)
    counts_values = True

    def __post_init__(self) -> None:
        check_l(self.l)

    def passes(self, held: Held) -> Bools:
        values = values_in(held)
        return np.asarray(np.bincount(values.owner, minlength=len(held.rows)) >= self.l)

    def fewest(self, held: Held) -> int:
        return self.l

    def __str__(self) -> str:
        return f"{self.l} distinct values"


@dataclass(frozen=True)
class EntropyL(Merging):
    """Entropy l-diversity (Machanavajjhala et al. 2007, definition 4.1): entropy of at least log(l)."""

    l: float  # noqa: E741

    def __post_init__(self) -> None:
        check_l(self.l)

    def passes(self, held: Held) -> Bools:
        values = values_in(held)
        share = values.count / held.rows[values.owner]
        return np.asarray(values.per_class(-share * np.log(share), len(held.rows)) >= log(self.l) - SLACK)

    def most_kept(self, held: Held) -> Ints:
        """Entropy is never more than the logarithm of the number of values."""
        distinct = np.bincount(values_in(held).owner, minlength=len(held.rows))
        return np.where(distinct >= self.l - SLACK, held.rows, 0)

    def fewest(self, held: Held) -> int:
        return ceil(self.l - SLACK)

    def __str__(self) -> str:
        return f"entropy of {self.l:g} values"


@dataclass(frozen=True)
class RecursiveL(Merging):
    """Recursive (c, l)-diversity (Machanavajjhala et al. 2007, definition 4.2).

    With counts r1 >= r2 >= ...: r1 < c (r_l + r_(l+1) + ...).
    """

    c: float
    l: int  # noqa: E741

    def __post_init__(self) -> None:
        check_l(self.l)
        if not 0 < self.c < inf:
            raise BadInput(f"c of recursive diversity must be more than 0, not {self.c}")

    def passes(self, held: Held) -> Bools:
        most, tail = self.most_and_tail(held)
        return np.asarray(most < self.c * tail)

    def most_kept(self, held: Held) -> Ints:
        """The tail of a part is never more than the tail of the whole, so its largest count is held down by it."""
        most, tail = self.most_and_tail(held)
        cap = self.c * tail
        values = values_in(held)
        capped = values.per_class(np.minimum(values.count, cap[values.owner]), len(held.rows))
        return np.where(most < cap, held.rows, np.minimum(np.ceil(capped), held.rows)).astype(np.int64)

    def fewest(self, held: Held) -> int:
        return self.l

    def most_and_tail(self, held: Held) -> tuple[Floats, Floats]:
        """Of each class r1, and r_l + r_(l+1) + ..."""
        values, classes = values_in(held), len(held.rows)
        order = np.lexsort((-values.count, values.owner))
        owner, count = values.owner[order], values.count[order]
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        first = np.bincount(owner, np.where(rank == 0, count, 0), minlength=classes).astype(np.float64)
        tail = np.bincount(owner, np.where(rank >= self.l - 1, count, 0), minlength=classes)
        return first, tail.astype(np.float64)

    def __str__(self) -> str:
        return f"recursive ({self.c:g}, {self.l})-diversity"


def check_l(l: float) -> None:  # noqa: E741
    if not 1 <= l < inf:
        raise BadInput(f"l must be at least 1, not {l}")
