"""How sure a local recoding lets an attacker be that somebody of the population is in the file.

Under a global recoding everybody of the population fits one class; here the labels of several may fit. So the shares
(rows of the class / people of the population whom its labels fit) of all classes that somebody fits are added up.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from openhaven.disclosure.classes import Bools, Groups, combine, group
from openhaven.disclosure.hierarchy import Floats, Ints

SLACK = 1e-9


class Fits:
    """`codes`, by column and level, of every combination; `population` counts each, 0 for those of the file alone."""

    def __init__(self, codes: Sequence[Sequence[Ints]], population: Ints) -> None:
        self.codes, self.population = codes, population
        self.sizes = [[int(level.max()) + 1 for level in levels] for levels in codes]

    def beliefs(self, class_of: Ints, levels: Ints, rows: Ints) -> Floats:
        """For each combination the expected rows of one of its people, given classes x columns levels and rows."""
        belief = np.zeros(len(class_of))
        for classes, found, of_class in self._by_node(class_of, levels, rows):
            fit = found.sum(self.population)
            shown = np.bincount(of_class, rows[classes], minlength=len(fit))
            belief += (shown / np.maximum(fit, 1))[found.of_each]
        return belief

    def united(self, class_of: Ints, levels: Ints, rows: Ints, surely: Bools) -> Ints:
        """Classes that fit one and the same of these combinations become one, and take it in."""
        first, second = [class_of[surely]], [class_of[surely]]
        for classes, found, of_class in self._by_node(class_of, levels, rows):
            holder = np.full(len(found.starts), -1)
            holder[of_class] = classes
            first.append(classes)  # classes that show the same
            second.append(holder[of_class])
            held = holder[found.of_each[surely]]
            first.append(class_of[surely][held >= 0])
            second.append(held[held >= 0])
        return _connected(np.concatenate(first), np.concatenate(second), int(class_of.max()) + 1)[class_of]

    def _by_node(self, class_of: Ints, levels: Ints, rows: Ints) -> Iterator[tuple[Ints, Groups, Ints]]:
        """For each node in use: its classes that have rows, all combinations by what they show there, and which of
        these each class shows."""
        member = np.empty(len(levels), dtype=np.int64)
        member[class_of] = np.arange(len(class_of))
        shown = np.flatnonzero(rows)
        nodes, of_node = np.unique(levels[shown], axis=0, return_inverse=True)
        for number, node in enumerate(nodes.tolist()):
            classes = shown[of_node.ravel() == number]
            keys = [codes[level] for codes, level in zip(self.codes, node, strict=True)]
            found = group(combine(keys, [sizes[level] for sizes, level in zip(self.sizes, node, strict=True)]))
            yield classes, found, found.of_each[member[classes]]


def _connected(first: Ints, second: Ints, size: int) -> Ints:
    """For each of so many things the lowest that these pairs lead to."""
    lowest = np.arange(size)
    while True:
        least = np.minimum(lowest[first], lowest[second])
        after = lowest.copy()
        np.minimum.at(after, first, least)
        np.minimum.at(after, second, least)
        after = after[after]
        if (after == lowest).all():
            return lowest
        lowest = after
