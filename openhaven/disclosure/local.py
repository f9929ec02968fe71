"""Local recoding: each class of rows has levels of its own, so that far less is lost; no row is suppressed.

Cells stay inside the hierarchies, but one value may stand at several levels in one column: counts by value must be
read with the level of each cell. Two steps: rows climb (climb.py), then single moves mend (mend.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import Classes, roll_up
from openhaven.disclosure.climb import climb
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.mend import Mender
from openhaven.disclosure.models import Demands
from openhaven.disclosure.recoding import check_demands, recode
from openhaven.model.errors import BadInput, Unmet

MOST_WORK = 400_000_000  # class cells looked at while climbing
JOIN_ROUNDS, MOVE_ROUNDS = 40, 4


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
    top = tuple(hierarchy.top for hierarchy in hierarchies)
    bounds = recode(classes, hierarchies, demands=demands).levels
    for highest in dict.fromkeys((top, bounds)):
        climbed = climb(classes, hierarchies, demands, highest=highest, most_work=most_work)
        of_bound = roll_up(classes, hierarchies, bounds)[1]
        mender = Mender(classes, hierarchies, demands, bounds=of_bound, confined=highest == bounds)
        class_of = mender.join(climbed.class_of, rounds=JOIN_ROUNDS)
        class_of = mender.improve(mender.unite(class_of), rounds=MOVE_ROUNDS)
        if mender.good(class_of):
            break
    else:
        class_of = of_bound  # the best global recoding: it passes
    made = mender.parted(class_of)
    distinct = [np.array(hierarchy.distinct_levels()) for hierarchy in hierarchies]
    levels = np.stack([each[made.levels[:, at]] for at, each in enumerate(distinct)], axis=1)[made.class_of]
    sizes = classes.held.grouped(made.class_of).sizes
    gave_up = () if climbed.whole else ("only a part of the lattice was walked",)
    return LocalRecoding(levels, made.class_of, int(sizes.min()), mender.total_loss(made), gave_up)


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
