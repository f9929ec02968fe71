"""Who is alone: whether all rows that share some columns' values belong to one person (or are one row).

Works on distinct combinations. `one` gives each combination the number of the only person who holds it, -1 where
there are more; where nobody is named every row is a person of its own. Numbers of people are never added.
"""

from collections.abc import Sequence

import numpy as np

from openhaven.disclosure.classes import Bools, group
from openhaven.disclosure.hierarchy import Ints

LARGEST_TABLE = 16_000_000  # of keys looked up in an array; above it they are sorted


def holder_of(combination: Ints, person: Ints, *, combinations: int) -> Ints:
    """`one` of each combination, from the combination and the person of each row."""
    some: Ints = np.full(combinations, -1, dtype=np.int64)
    some[combination] = person
    several = combination[person != some[combination]]
    some[several] = -1
    return some


def row_holders(rows: Ints) -> Ints:
    """`one` of each combination where nobody is named, from its count of rows."""
    return np.where(rows == 1, np.arange(len(rows)), -1)


def alone(keys: Ints, span: int, one: Ints) -> Bools:
    """For each combination: whether one person holds every combination with its key. Keys are 0 to span - 1."""
    some = np.empty(span, dtype=np.int64)
    some[keys] = one
    several = np.zeros(span, dtype=np.bool_)
    several[keys[(some[keys] != one) | (one < 0)]] = True
    found: Bools = ~several[keys]
    return found


def joined(keys: Ints, span: int, column: Ints, size: int) -> tuple[Ints, int]:
    """Keys that tell this column apart as well, numbered afresh where there would be too many."""
    both = keys * size + column
    if span * size <= LARGEST_TABLE:
        return both, span * size
    found = group(both)
    return found.of_each, len(found.starts)


def packed(keys: Ints, span: int) -> tuple[Ints, int]:
    """The same keys without gaps."""
    present = np.zeros(span, dtype=np.bool_)
    present[keys] = True
    number = np.cumsum(present) - 1
    return number[keys], int(number[-1]) + 1


def keys_of(codes: Ints, columns: Sequence[int], sizes: Sequence[int]) -> tuple[Ints, int]:
    """One key for each combination of these columns."""
    keys, span = np.zeros(len(codes), dtype=np.int64), 1
    for at in columns:
        keys, span = packed(*joined(keys, span, codes[:, at], sizes[at]))
    return keys, span
