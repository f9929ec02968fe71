"""What each class shows under each combination of levels, as keys that tell tuples apart, and what it loses by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.classes import Classes
from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints

Keys = npt.NDArray[np.uint64]
Number = TypeVar("Number", np.uint64, np.float32)
PART = 64  # combinations of levels whose keys are added up beforehand
PART_CELLS = 20_000_000


@dataclass
class Tuples:
    """Keys and losses of every class under each combination of levels of a part of the columns; a tuple's key is the
    sum of its parts' keys, its loss the sum of theirs. The lowest `bits` of a key are left for the class's place, so
    that sorting keys sorts places. Where tuples are too many for the bits above, keys are mixed: should two tuples
    ever share one, their class is larger than need be and nothing worse."""

    parts: list[list[int]]
    keys: list[Keys]
    losses: list[npt.NDArray[np.float32]]
    mean_loss: list[Floats]
    shape: list[int]
    bits: int

    @classmethod
    def of(cls, classes: Classes, hierarchies: Sequence[Hierarchy], levels: Sequence[Sequence[int]]) -> "Tuples":
        keys, losses, bits = [], [], len(classes).bit_length()
        tuples = prod(len(hierarchy.leaves) for hierarchy in hierarchies)
        exact, span = tuples < 1 << (64 - bits), 1
        for column, (hierarchy, used, leaf) in enumerate(zip(hierarchies, levels, classes.codes.T, strict=True)):
            groupings = [hierarchy.groupings[level] for level in used]
            sizes = [len(each.labels) for each in groupings]
            salt = None if exact else column * 64
            above = [_numbered(size, span, salt if salt is None else salt + at) for at, size in enumerate(sizes)]
            above = [each << np.uint64(bits) for each in above]
            keys.append(np.stack([number[each.codes[leaf]] for number, each in zip(above, groupings, strict=True)]))
            span *= len(hierarchy.leaves)
            lost = np.stack([each.loss[each.codes[leaf]] for each in groupings]) / len(hierarchies)
            losses.append(lost.astype(np.float32))
        mean = [np.asarray(lost @ (classes.rows / classes.total)) for lost in losses]
        shape = [len(each) for each in levels]
        parts = _parts(shape, len(classes))
        summed_keys, summed_losses = ([_sums(lines, part) for part in parts] for lines in (keys, losses))
        return cls(parts, summed_keys, summed_losses, mean, shape, bits)

    def places(self, nodes: Ints) -> Ints:
        """The line of each part for each node: nodes x parts."""
        shapes = [[self.shape[column] for column in part] for part in self.parts]
        places = [
            np.ravel_multi_index(tuple(nodes[:, part].T), shape) for part, shape in zip(self.parts, shapes, strict=True)
        ]
        return np.stack(places, axis=1)

    def only(self, kept: Ints) -> None:
        """Forget all other classes."""
        self.keys = [keys.take(kept, axis=1) for keys in self.keys]
        self.losses = [losses.take(kept, axis=1) for losses in self.losses]


def _parts(shape: Sequence[int], classes: int) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    size = 1
    for column, levels in enumerate(shape):
        if parts[-1] and size * levels > min(PART, PART_CELLS // classes):
            parts.append([])
            size = 1
        parts[-1].append(column)
        size *= levels
    return parts


def _sums(lines: Sequence[npt.NDArray[Number]], part: Sequence[int]) -> npt.NDArray[Number]:
    """One line for each combination of the lines of these columns."""
    total = lines[part[0]]
    for column in part[1:]:
        total = np.add(total[:, None], lines[column][None]).reshape(-1, total.shape[1])
    return total


def _numbered(size: int, span: int, salt: int | None) -> Keys:
    """Multiples of what the columns before can add up to; with a salt, numbers that look like chance."""
    return np.arange(size, dtype=np.uint64) * np.uint64(span) if salt is None else _mixed(salt, size)


def _mixed(salt: int, size: int) -> Keys:
    """Numbers that look like chance, always the same (splitmix64, Steele et al. 2014)."""
    mixed = np.arange(size, dtype=np.uint64) + (np.uint64(salt) << np.uint64(40)) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))
