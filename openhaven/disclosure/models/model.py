"""What every model of a class answers, and the two kinds of model that most are."""

from typing import Protocol

import numpy as np

from openhaven.disclosure.classes import Bools, Held, ValueCounts
from openhaven.disclosure.hierarchy import Ints
from openhaven.model.errors import BadInput

SLACK = 1e-9  # what a distance of floats may differ by


class Model(Protocol):
    """A demand on each class by itself."""

    @property
    def joins(self) -> bool:
        """Whether a class that passes still passes whatever joins it."""

    @property
    def merges(self) -> bool:
        """Whether two classes that pass always pass as one."""

    @property
    def mends(self) -> bool:
        """Whether suppressing the classes that fail is a remedy."""

    @property
    def counts_values(self) -> bool:
        """Whether the confidential values must be counted."""

    def passes(self, held: Held) -> Bools:
        """Which classes satisfy it."""

    def most_kept(self, held: Held) -> Ints:
        """At most so many rows of each class can be kept by this recoding or any finer one."""

    def fewest(self, held: Held) -> int:
        """No class with fewer rows passes."""

    def __str__(self) -> str: ...


class AllOrNothing:
    """A class that fails cannot be mended by splitting it: so none of its rows can be kept below."""

    joins = merges = mends = True
    counts_values = False

    def passes(self, held: Held) -> Bools:
        raise NotImplementedError

    def most_kept(self, held: Held) -> Ints:
        return np.where(self.passes(held), held.rows, 0)

    def fewest(self, held: Held) -> int:
        return 1


class Merging:
    """Two classes that pass pass as one, yet a class that fails can spoil one that passes."""

    joins, merges, mends, counts_values = False, True, True, True


def values_in(held: Held) -> ValueCounts:
    if held.confidential is None:
        raise BadInput("the confidential values were not counted")
    return held.confidential


def population_of(held: Held) -> Ints:
    if held.population is None:
        raise BadInput("the population was not counted")
    return held.population
