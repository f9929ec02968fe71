"""The one person in an area who has a rare disease: who is alone by just two facts, though by neither of them alone.

ANON-07: such a person may be recognised though no identifier is there. Two columns at a time, so it reads the same
for an area and a diagnosis, a practice and an age, or an operation and a month.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from openhaven.disclosure.alone import alone, joined
from openhaven.disclosure.hierarchy import Ints
from openhaven.model.errors import BadInput

RARE = 10  # a value that fewer people hold is rare: the size of a small number in the rules for tables
SHOWN = 10


@dataclass(frozen=True)
class AloneByTwo:
    """In how many cells of two columns (by number) one person is alone; `rare` counts those where one of the two
    values is held by fewer than RARE people in the file."""

    first: int
    second: int
    cells: int
    rare: int


@dataclass(frozen=True)
class Example:
    """One such cell: the columns and the values in it (by number), and how many hold each value in the whole file.

    The rarer value, the disease, comes first; `combination` is one that the person has."""

    columns: tuple[int, int]
    values: tuple[int, int]
    holders: tuple[int, int]
    combination: int


@dataclass(frozen=True)
class Rare:
    """`pairs` of columns, those that single out most first; `examples` rarest first."""

    pairs: tuple[AloneByTwo, ...]
    examples: tuple[Example, ...]


def alone_by_two(codes: Ints, one: Ints, holders: Sequence[Ints], *, shown: int = SHOWN, rare: int = RARE) -> Rare:
    """`codes` is combinations x columns, `one` as in alone.py, `holders[j]` how many hold each value of column j."""
    if codes.shape[1] != len(holders):
        raise BadInput("each column needs the holders of its values")
    pairs, examples = [], []
    for first, second in combinations(range(codes.shape[1]), 2):
        sizes = len(holders[first]), len(holders[second])
        keys, span = joined(codes[:, first], sizes[0], codes[:, second], sizes[1])
        in_first, in_second = holders[first][codes[:, first]], holders[second][codes[:, second]]
        here = np.flatnonzero(alone(keys, span, one) & (in_first > 1) & (in_second > 1))
        cells = here[np.unique(keys[here], return_index=True)[1]]
        fewest = np.minimum(in_first, in_second)[cells]
        if len(cells):
            pairs.append(AloneByTwo(first, second, len(cells), int((fewest < rare).sum())))
        rarest = cells[np.lexsort((np.maximum(in_first, in_second)[cells], fewest))][:shown]
        examples += [_example(codes, holders, (first, second), int(at)) for at in rarest]
    pairs.sort(key=lambda pair: (-pair.rare, -pair.cells, pair.first, pair.second))
    examples.sort(key=lambda each: (each.holders[0], each.holders[1], each.columns, each.values))
    return Rare(tuple(pairs), tuple(examples[:shown]))


def _example(codes: Ints, holders: Sequence[Ints], columns: tuple[int, int], at: int) -> Example:
    held = [(int(holders[column][codes[at, column]]), column) for column in columns]
    (fewer, rarer), (more, other) = sorted(held)
    return Example((rarer, other), (int(codes[at, rarer]), int(codes[at, other])), (fewer, more), at)
