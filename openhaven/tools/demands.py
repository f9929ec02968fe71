"""What `haven anonymise` is asked for, and the models that say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.events import check_events
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.models import (
    DeltaPresence,
    Demands,
    DistinctL,
    EntropyL,
    EqualT,
    HierarchicalT,
    K,
    KMap,
    Model,
    OrderedT,
    RecursiveL,
    Subsets,
)
from openhaven.model.errors import BadInput

DIVERSITIES, DISTANCES = ("distinct", "entropy", "recursive"), ("equal", "ordered", "hierarchical")


@dataclass(frozen=True)
class Asked:
    """`k` of people or rows, over any `keys` of the quasi-identifiers where that is given; `l` and `t` of the column
    `confidential`; `presence` (low, high) and `k_map` against the file `population`. `k` people beside share any
    `events` known rows of a person, where that is given."""

    k: int
    keys: int | None = None
    confidential: str | None = None
    l: float | None = None  # noqa: E741 (the model's own name)
    diversity: str = "distinct"
    c: float | None = None
    t: float | None = None
    distance: str = "equal"
    population: Path | None = None
    k_map: int | None = None
    presence: tuple[float, float] | None = None
    events: int | None = None

    def __post_init__(self) -> None:
        self._check_words()
        if (self.l is not None or self.t is not None) and self.confidential is None:
            raise BadInput("l and t need the confidential column", todo="Name it with --confidential.")
        if self.confidential is not None and self.l is None and self.t is None:
            raise BadInput("a confidential column needs l or t", todo="Add --l, --t or both.")
        against = self.k_map is not None or self.presence is not None
        if against != (self.population is not None):
            raise BadInput("a population goes with --k-map or --presence", todo="Give both, or neither.")
        if self.events is not None:
            check_events(self.events)
        if self.events is not None and against:
            raise BadInput("known events do not go with a population", todo="Leave out --k-map and --presence.")
        if self.diversity == "distinct" and self.l is not None and self.l != int(self.l):
            raise BadInput(f"l of distinct values is a whole number, not {self.l:g}")
        self.models(None, {})  # each model checks its own numbers

    def _check_words(self) -> None:
        if self.diversity not in DIVERSITIES:
            raise BadInput(f"l-diversity is {', '.join(DIVERSITIES)}, not {self.diversity!r}")
        if self.distance not in DISTANCES:
            raise BadInput(f"the distance is {', '.join(DISTANCES)}, not {self.distance!r}")
        if (self.c is not None) != (self.diversity == "recursive"):
            raise BadInput("recursive diversity, and no other, needs --c")
        if self.diversity != "distinct" and self.l is None:
            raise BadInput(f"{self.diversity} diversity needs --l")

    def models(self, hierarchy: Hierarchy | None, order: Mapping[str, int]) -> Demands:
        """`hierarchy` of the confidential column, and the place of each of its values in the order of their codes."""
        models: list[Model] = [] if self.keys is not None else [K(self.k)]
        if self.l is not None:
            models.append(self._diversity(self.l))
        if self.t is not None:
            models.append(self._closeness(self.t, hierarchy, order))
        if self.k_map is not None:
            models.append(KMap(self.k_map))
        if self.presence is not None:
            models.append(DeltaPresence(*self.presence))
        return Demands(tuple(models), None if self.keys is None else Subsets(self.k, self.keys))

    def known(self) -> str:
        """What is asked of known events, in words."""
        return f"k = {self.k} over any {self.events} known event{'' if self.events == 1 else 's'} of a person"

    def _diversity(self, l: float) -> Model:  # noqa: E741
        if self.diversity == "entropy":
            return EntropyL(l)
        return DistinctL(int(l)) if self.c is None else RecursiveL(self.c, int(l))

    def _closeness(self, t: float, hierarchy: Hierarchy | None, order: Mapping[str, int]) -> Model:
        if self.distance == "ordered":
            return OrderedT(t, tuple(order.values()))
        if self.distance == "hierarchical" and hierarchy is not None:
            return HierarchicalT(t, hierarchy)
        return EqualT(t)


def order_of(column: str, values: tuple[str, ...]) -> dict[str, int]:
    """The place of each number in ascending order. Raises BadInput where a value is not a number."""
    try:
        numbers: Ints = np.argsort(np.argsort([float(value) for value in values], kind="stable"), kind="stable")
    except ValueError as error:
        raise BadInput(
            f"{column} holds values that are not numbers, so they have no order", todo="Use --distance equal."
        ) from error
    return {value: int(place) for value, place in zip(values, numbers, strict=True)}
