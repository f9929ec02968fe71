"""Local recoding: each class of rows has levels of its own, so that far less is lost; no row is suppressed.

Cells stay inside the hierarchies, but one value may stand at several levels in one column: counts by value must be
read with the level of each cell. Rows climb (climb.py), who is left joins a class (mend.py), then moves between classes
are made while they gain (moves.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.belief import SLACK, Fits
from openhaven.disclosure.classes import Bools, Classes, Held, combine, group, roll_up
from openhaven.disclosure.climb import Climbed, climb
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.mend import Mender, Parted
from openhaven.disclosure.models import DeltaPresence, Demands, K, Subsets
from openhaven.disclosure.moves import improve
from openhaven.disclosure.raising import Units, lowered, raised
from openhaven.disclosure.recoding import check_demands, recode
from openhaven.model.errors import BadInput, Unmet

MOST_WORK = 400_000_000  # class cells looked at while climbing
JOIN_ROUNDS, MOVE_ROUNDS = 40, 8
CLOSINGS = 6  # so often classes of a global recoding that cannot be kept in parts are kept whole
FEW_KEYS = 2  # up to so many at a time, raising cells leaves nothing to gain from above


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

    A population is recoded with the file: what is asked of a class counts those who would be shown the same. For
    presence, who fits several classes counts in each. k over m keys is asked of labels, not of classes.

    Raises BadInput for demands that only a global recoding can meet, Unmet where not even one class of all rows passes.
    """
    check_demands(classes, demands, 0.0)
    _check(classes, hierarchies, demands)
    classes, place = _in_order(classes)
    search = _Search(classes, hierarchies, demands, most_work)
    shown, gave_up = search.found()
    distinct = [np.array(hierarchy.distinct_levels()) for hierarchy in hierarchies]
    levels = np.stack([each[shown.levels[:, at]] for at, each in enumerate(distinct)], axis=1)
    smallest = classes.held.grouped(shown.class_of)
    smallest_k = int(smallest.sizes[smallest.rows > 0].min())
    return LocalRecoding(levels[place], shown.class_of[place], smallest_k, shown.loss, gave_up)


def _in_order(classes: Classes) -> tuple[Classes, Ints]:
    """The same in ascending order, and the place of each there: the order of a file's rows decides nothing, so that
    rows can change places (see interchange.py)."""
    value = np.zeros(len(classes), dtype=np.int64)
    if classes.confidential is not None:
        value[classes.confidential.owner] = classes.confidential.value
    columns = [*classes.codes.T, value, classes.rows == 0]
    order = group(combine(columns, [int(each.max()) + 1 for each in columns])).order
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    held = classes.held
    counted = None if held.confidential is None else held.confidential.merged(place)
    people = None if held.people is None else held.people[order]
    population = None if held.population is None else held.population[order]
    return Classes(classes.codes[order], classes.rows[order], people, counted, population), place


@dataclass(frozen=True)
class _Shown:
    """Input classes x columns `levels` (indices of distinct levels), and which of them show the same."""

    levels: Ints
    class_of: Ints
    loss: float


class _Search:
    """First without bounds; then, if that leaves no valid partition, inside the classes of a global recoding."""

    def __init__(self, classes: Classes, hierarchies: Sequence[Hierarchy], demands: Demands, most_work: int) -> None:
        self.classes, self.hierarchies, self.most_work = classes, hierarchies, most_work
        self.demands, self.subsets = Demands(demands.models), _each(demands)
        self.whole = demands
        self.mender = Mender(classes, hierarchies, self.demands)

    def found(self) -> tuple[_Shown, tuple[str, ...]]:
        """What is shown, and what the search gave up."""
        class_of, whole = self.partition() if self.demands.models else (np.arange(len(self.classes)), True)
        gave_up = () if whole else ("only a part of the lattice was walked",)
        for model in self.demands.models:
            if isinstance(model, DeltaPresence):
                class_of = self._unsure(class_of, model.high)
        locally = self._as_shown(class_of)
        if self.subsets:
            return self._over_keys(class_of, gave_up)
        if self.classes.population is not None:
            globally = self._globally(self.most_work)
            locally = globally if globally.loss < locally.loss else locally
        return locally, gave_up

    def _as_shown(self, class_of: Ints) -> _Shown:
        made = self.mender.parted(class_of)
        return _Shown(made.levels[made.class_of], made.class_of, self.mender.total_loss(made))

    def _globally(self, most_work: int) -> _Shown:
        """The best global recoding, as far as a bounded search finds it."""
        best = recode(self.classes, self.hierarchies, demands=self.whole, most_work=most_work)
        class_of = roll_up(self.classes, self.hierarchies, best.levels)[1]
        pairs = zip(self.hierarchies, best.levels, strict=True)
        node = [hierarchy.distinct_levels().index(level) for hierarchy, level in pairs]
        return _Shown(np.tile(np.array(node), (len(class_of), 1)), class_of, best.loss)

    def _unsure(self, class_of: Ints, high: float) -> Ints:
        """Classes put together until nobody of the population is in the file with a greater share than this."""
        assert self.classes.population is not None
        fits = Fits(self.mender.codes, self.classes.population)
        while True:
            made = self.mender.parted(class_of)
            belief = fits.beliefs(made.class_of, made.levels, made.rows)
            surely = (belief > high + SLACK) & (self.classes.population > 0)
            if not surely.any():
                return made.class_of
            class_of = fits.united(made.class_of, made.levels, made.rows, surely)

    def _over_keys(self, class_of: Ints, gave_up: tuple[str, ...]) -> tuple[_Shown, tuple[str, ...]]:
        """From these classes upwards; from classes of k over all keys downwards; or the best global recoding: whichever
        loses least."""
        made = self.mender.parted(class_of)
        units, work = self._units(made), self.most_work // 4
        found = [self._globally(work // 4)]
        if (levels := raised(units, self.subsets, most_work=work)) is not None:
            found.append(self._with(made, levels))
        else:
            gave_up = (*gave_up, "cells were not raised one by one")
        if not self.demands.models and (len(found) == 1 or max(each.m for each in self.subsets) > FEW_KEYS):
            found.append(self._from_above(made, units))
        return min(found, key=lambda one: one.loss), gave_up

    def _from_above(self, made: Parted, units: Units) -> _Shown:
        """Classes of k over all keys, which satisfy every combination of keys, lowered cell by cell."""
        demands = Demands((K(max(each.k for each in self.subsets)),))
        whole = _Search(self.classes, self.hierarchies, demands, self.most_work)
        above = whole.mender.parted(whole.partition()[0])
        levels = above.levels[above.class_of][made.order[made.starts]][made.rows > 0]
        return self._with(made, lowered(units, self.subsets, levels, most_work=self.most_work // 4))

    def _units(self, made: Parted) -> Units:
        """The classes that have rows; one member's labels are those of its class from the class's levels up."""
        shown = np.flatnonzero(made.rows)
        member = made.order[made.starts][shown]
        held = self.classes.held.grouped(made.class_of)
        people = None if held.people is None else held.people[shown]
        lost = [np.stack(each)[:, member] for each in self.mender.lost]
        return Units(Held(made.rows[shown], people), self.mender.labels(member), lost, made.levels[shown])

    def _with(self, made: Parted, levels: Ints) -> _Shown:
        """These levels of the classes that have rows."""
        everything = made.levels.copy()
        everything[made.rows > 0] = levels
        member = made.order[made.starts]
        cells = self.mender.labels(member)
        for at, each in enumerate(cells):  # a label that says the same one level lower is shown there
            everything[:, at] = (each == each[everything[:, at], np.arange(len(member))]).argmax(axis=0)
        keys = [each[everything[:, at], np.arange(len(member))] for at, each in enumerate(cells)]
        same = group(combine(keys, [int(each.max()) + 1 for each in cells])).of_each
        lost = [np.stack(each)[everything[:, at], member] for at, each in enumerate(self.mender.lost)]
        loss = float(np.sum(lost, axis=0) @ made.rows) / self.classes.total
        return _Shown(everything[made.class_of], same[made.class_of], loss)

    def partition(self) -> tuple[Ints, bool]:
        """A class number for each input class, and whether every node was open to the walk."""
        climbed = self._climb([hierarchy.top for hierarchy in self.hierarchies])
        class_of = self.mender.join(climbed.class_of, rounds=JOIN_ROUNDS)
        if not (class_of < 0).any():
            class_of = improve(self.mender, class_of, rounds=MOVE_ROUNDS)
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
        """Nobody left without a class: whoever is goes with others of their class of the global recoding, and where
        those that it has to itself do not do, with all of it."""
        for _ in range(CLOSINGS):
            class_of = self.mender.unite(class_of, inside=global_class)
            fails = self._fails(class_of)
            if not fails.any():
                break
            closed = np.isin(global_class, global_class[fails])
            class_of = np.where(closed, int(class_of.max()) + 1 + global_class, class_of)
            class_of = self.mender.join(np.where(self._fails(class_of), -1, class_of), rounds=JOIN_ROUNDS)
        class_of = self.mender.unite(class_of, inside=global_class)
        return improve(self.mender, class_of, rounds=MOVE_ROUNDS)

    def _fails(self, class_of: Ints) -> Bools:
        """Whose class may not be shown."""
        made = self.mender.parted(class_of)
        return ~self.mender.passing(made)[made.class_of]


def _each(demands: Demands) -> tuple[Subsets, ...]:
    subsets = demands.subsets
    if subsets is None:
        return ()
    return (subsets,) if isinstance(subsets, Subsets) else subsets.each


def _check(classes: Classes, hierarchies: Sequence[Hierarchy], demands: Demands) -> None:
    if any(isinstance(model, DeltaPresence) and model.low > 0 for model in demands.models):
        raise BadInput(
            "a lowest share of presence is for global recoding, where classes do not overlap",
            todo="Use --recoding global, or a lowest share of 0.",
        )
    for hierarchy in hierarchies:
        if len(hierarchy.groupings[-1].labels) > 1:
            raise BadInput("the hierarchy does not end in one label", where=hierarchy.column, todo="Add a level `*`.")
    whole = classes.held.grouped(np.zeros(len(classes), dtype=np.int64))
    if not demands.passes(whole, [np.zeros(1, dtype=np.int64)] * len(hierarchies)).all():
        raise Unmet(f"all rows together do not reach {demands}", todo="Ask for less.")
