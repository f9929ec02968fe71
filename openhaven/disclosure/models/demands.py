"""Everything that is asked together, a model over one of several confidential fields, and what a class came to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from openhaven.disclosure.classes import Bools, Held, ValueCounts
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.models.classes_of_rows import K
from openhaven.disclosure.models.closeness import Close, EqualT, distance_equal
from openhaven.disclosure.models.diversity import DistinctL, EntropyL, RecursiveL
from openhaven.disclosure.models.model import Model, values_in
from openhaven.disclosure.models.over_keys import EverySubset, Subsets
from openhaven.model.errors import BadInput


@dataclass(frozen=True, eq=False)
class OfPart:
    """A model of one of several confidential fields. Values stand for combinations of them: `part` gives the field's
    own value in each combination."""

    model: Model
    part: Ints

    @property
    def joins(self) -> bool:
        return self.model.joins

    @property
    def merges(self) -> bool:
        return self.model.merges

    @property
    def mends(self) -> bool:
        return self.model.mends

    @property
    def counts_values(self) -> bool:
        return self.model.counts_values

    def passes(self, held: Held) -> Bools:
        return self.model.passes(self.seen(held))

    def most_kept(self, held: Held) -> Ints:
        return self.model.most_kept(self.seen(held))

    def fewest(self, held: Held) -> int:
        return self.model.fewest(self.seen(held))

    def seen(self, held: Held) -> Held:
        """What is counted of that field alone."""
        values, size = values_in(held), int(self.part.max()) + 1
        of = ValueCounts.of(values.owner, self.part[values.value], count=values.count, values=size)
        whole = np.bincount(self.part, values.whole, minlength=size).astype(np.int64)
        return replace(held, confidential=replace(of, whole=whole))

    def __str__(self) -> str:
        return str(self.model)


def worst(model: Model, held: Held) -> float:
    """What the model bounds, at the class that is worst: fewest values, least exp(entropy), the greatest of
    r1 / (r_l + r_(l+1) + ...), or the greatest distance. `inf` where no l values are there."""
    if isinstance(model, OfPart):
        return worst(model.model, model.seen(held))
    values, classes = values_in(held), len(held.rows)
    if isinstance(model, DistinctL):
        return float(np.bincount(values.owner, minlength=classes).min())
    if isinstance(model, EntropyL):
        share = values.count / held.rows[values.owner]
        return float(np.exp(values.per_class(-share * np.log(share), classes).min()))
    if isinstance(model, RecursiveL):
        most, tail = model.most_and_tail(held)
        return float((most / tail).max()) if (tail > 0).all() else inf
    if isinstance(model, EqualT):
        return float(distance_equal(held).max())
    if isinstance(model, Close):
        return float(model.distances(held).max())
    raise BadInput(f"{model} bounds no spread of values")


@dataclass(frozen=True)
class Demands:
    """Everything that is asked for, together."""

    models: tuple[Model, ...]
    subsets: Subsets | EverySubset | None = None

    @property
    def merges(self) -> bool:
        """Whether going up never breaks a recoding that suppresses nothing."""
        return all(model.merges for model in self.models)

    @property
    def joins(self) -> bool:
        """Whether going up never adds a suppressed row."""
        return all(model.joins for model in self.models)

    @property
    def mends(self) -> bool:
        """Whether suppressing the classes that fail is a remedy."""
        return all(model.mends for model in self.models)

    def passes(self, held: Held, columns: Sequence[Ints]) -> Bools:
        """Which classes may be shown."""
        kept = np.ones(len(held.rows), dtype=np.bool_)
        for model in self.models:
            kept &= model.passes(held)
        return kept if self.subsets is None else self.subsets.kept(held, columns, kept)

    def most_kept(self, held: Held, columns: Sequence[Ints]) -> Ints:
        """At most so many rows of each class can be shown by this recoding or any finer one."""
        most = held.rows
        for model in self.models:
            most = np.minimum(most, model.most_kept(held))
        if self.subsets is None:
            return most
        return np.where(self.subsets.kept(held, columns, most > 0), most, 0)

    def fewest(self, held: Held) -> int:
        """No class with fewer rows may be shown."""
        return max([1, *(model.fewest(held) for model in self.models)])

    def only_rows(self, held: Held) -> bool:
        """Whether a class of the fewest rows always passes: k alone, of rows."""
        return held.people is None and self.subsets is None and all(isinstance(model, K) for model in self.models)

    def __str__(self) -> str:
        return ", ".join(map(str, [*self.models, *([self.subsets] if self.subsets else [])]))
