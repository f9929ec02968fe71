"""Local recoding: each class of rows has levels of its own, so that far less is lost; no row is suppressed.

Cells stay inside the hierarchies, but one value may stand at several levels in one column: counts by value must be
read with the level of each cell. Two steps: rows climb (climb.py), then single moves mend (mend.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Classes, roll_up
from openhaven.disclosure.climb import Climbed, climb
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.mend import Mender
from openhaven.disclosure.models import Demands
from openhaven.disclosure.recoding import check_demands, recode
from openhaven.model.errors import BadInput, Unmet

MOST_WORK = 400_000_000  # class cells looked at while climbing
JOIN_ROUNDS, MOVE_ROUNDS = 40, 6


@dataclass(frozen=True)
class LocalRecoding:
    """`levels` is input classes x columns: each one's level in its hierarchy. `class_of` numbers classes of equal
    cells. `k` is the smallest, `loss` lies between 0 and 1; `gave_up` says in words what a bounded search left out."""

    levels: Ints
    class_of: Ints
    k: int
    loss: float
    gave_up: tuple[str, ...]


def recode_locally(
    classes: Classes, hierarchies: Sequence[Hierarchy], *, demands: Demands, most_work: int = MOST_WORK
) -> LocalRecoding:
    """Input classes hold equal quasi-identifiers and, where values count, one confidential value each.

    Raises BadInput for demands that only a global recoding can meet, Unmet where not even one class of all rows passes.
    """
    check_demands(classes, demands, 0.0)
    _check(classes, hierarchies, demands)
    search = _Search(classes, hierarchies, demands, most_work)
    class_of, whole = search.partition()
    made = search.mender.parted(class_of)
    distinct = [np.array(hierarchy.distinct_levels()) for hierarchy in hierarchies]
    levels = np.stack([each[made.levels[:, at]] for at, each in enumerate(distinct)], axis=1)[made.class_of]
    sizes = classes.held.grouped(made.class_of).sizes
    gave_up = () if whole else ("only a part of the lattice was walked",)
    return LocalRecoding(levels, made.class_of, int(sizes.min()), search.mender.total_loss(made), gave_up)


class _Search:
    """First without bounds; then, if that leaves no valid partition, inside the classes of a global recoding."""

    def __init__(self, classes: Classes, hierarchies: Sequence[Hierarchy], demands: Demands, most_work: int) -> None:
        self.classes, self.hierarchies, self.demands, self.most_work = classes, hierarchies, demands, most_work
        self.mender = Mender(classes, hierarchies, demands)

    def partition(self) -> tuple[Ints, bool]:
        """A class number for each input class, and whether every node was open to the walk."""
        climbed = self._climb([hierarchy.top for hierarchy in self.hierarchies])
        class_of = self.mender.join(climbed.class_of, rounds=JOIN_ROUNDS)
        if not (class_of < 0).any():
            class_of = self.mender.improve(class_of, rounds=MOVE_ROUNDS)
            if self.mender.good(class_of):
                return class_of, climbed.whole
        bounds = recode(self.classes, self.hierarchies, demands=self.demands).levels
        global_class = roll_up(self.classes, self.hierarchies, bounds)[1]
        class_of = self._united(class_of, global_class)
        if self.mender.good(class_of):
            return class_of, climbed.whole
        self.mender.confined_to = global_class
        climbed = self._climb(bounds)
        class_of = self._united(self.mender.join(climbed.class_of, rounds=JOIN_ROUNDS), global_class)
        return (class_of if self.mender.good(class_of) else global_class), climbed.whole

    def _climb(self, highest: Sequence[int]) -> Climbed:
        return climb(self.classes, self.hierarchies, self.demands, highest=highest, most_work=self.most_work)

    def _united(self, class_of: Ints, global_class: Ints) -> Ints:
        united = self.mender.unite(class_of, inside=global_class)
        return self.mender.improve(united, rounds=MOVE_ROUNDS)


def _check(classes: Classes, hierarchies: Sequence[Hierarchy], demands: Demands) -> None:
    if demands.subsets is not None or classes.population is not None:
        raise BadInput(
            "presence, k in a population and k over some of the keys are for global recoding",
            todo="Use --recoding global, or ask for k over all keys.",
        )
    for hierarchy in hierarchies:
        if len(hierarchy.groupings[-1].labels) > 1:
            raise BadInput("the hierarchy does not end in one label", where=hierarchy.column, todo="Add a level `*`.")
    if not demands.passes(classes.held.grouped(np.zeros(len(classes), dtype=np.int64)), []).all():
        raise Unmet(f"all rows together do not reach {demands}", todo="Ask for less.")
