"""The distinct combinations of quasi-identifiers, with what is counted in each: the search never touches rows.

When classes merge, rows and confidential counts are added; people are never added (one person may be in both).
A people mask is ORed instead: its bit count is a sure lower bound of the people, never more than the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.model.errors import BadInput

Masks = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
KEY_LIMIT = 1 << 62


@dataclass(frozen=True)
class Classes:
    """`codes` is classes x quasi-identifiers (leaf numbers), `rows` the row count of each class.

    `people` is classes x words of 64 bits, or None; `confidential` is classes x values counts, or None.
    """

    codes: Ints
    rows: Ints
    people: Masks | None = None
    confidential: Ints | None = None

    def __post_init__(self) -> None:
        if self.codes.ndim != 2 or self.rows.shape != (len(self.codes),):
            raise BadInput("classes need one row count for each combination")
        if len(self.codes) == 0:
            raise BadInput("there are no rows", todo="Give a file that holds at least one row.")
        for array in (self.people, self.confidential):
            if array is not None and (array.ndim != 2 or len(array) != len(self.rows)):
                raise BadInput("people masks and confidential counts need one line for each class")

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sizes(self) -> Ints:
        """What k counts: people (a sure lower bound) where masks are held, else rows."""
        return self.rows if self.people is None else bit_count(self.people)

    @property
    def total(self) -> int:
        """All rows."""
        return int(self.rows.sum())


@dataclass(frozen=True)
class Groups:
    """A partition of n things: `order` sorts them by group, `starts` is where each group begins in that order."""

    order: Ints
    starts: Ints

    @property
    def members(self) -> Ints:
        """One thing of each group, to stand for it."""
        return self.order[self.starts]

    @property
    def of_each(self) -> Ints:
        """The group number of each thing."""
        marks = np.zeros(len(self.order), dtype=np.int64)
        marks[self.starts[1:]] = 1
        group = np.empty(len(self.order), dtype=np.int64)
        group[self.order] = np.cumsum(marks)
        return group


def group(keys: Ints) -> Groups:
    """Equal keys together, in ascending order of key."""
    order = np.argsort(keys)
    ordered = keys[order]
    first = np.concatenate((np.ones(min(1, len(keys)), dtype=np.bool_), ordered[1:] != ordered[:-1]))
    return Groups(order, np.flatnonzero(first))


def combine(columns: Sequence[Ints], sizes: Sequence[int]) -> Ints:
    """One integer key for each combination of codes; column j has codes 0 to sizes[j] - 1."""
    keys = np.zeros(len(columns[0]), dtype=np.int64)
    span = 1
    for codes, size in zip(columns, sizes, strict=True):
        if span * size >= KEY_LIMIT:  # too many for an integer: number afresh the combinations that do occur
            found = group(keys)
            keys, span = found.of_each, len(found.starts)
        keys = keys * size + codes
        span *= size
    return keys


def distinct(codes: Ints, *, people: Masks | None = None, confidential: Ints | None = None) -> tuple[Classes, Ints]:
    """The classes of rows x quasi-identifiers codes, and the class number of each row.

    `people` is rows x words (one bit set in each row), `confidential` the confidential value's code of each row.
    """
    if len(codes) == 0:
        raise BadInput("there are no rows", todo="Give a file that holds at least one row.")
    columns = list(codes.T)
    found = group(combine(columns, [int(column.max()) + 1 for column in columns]))
    class_of = found.of_each
    counted = None
    if confidential is not None:
        values = int(confidential.max()) + 1
        counted = np.bincount(class_of * values + confidential, minlength=len(found.starts) * values)
        counted = counted.reshape(-1, values)
    rows = np.bincount(class_of, minlength=len(found.starts))
    return Classes(codes[found.members], rows, _or_groups(people, found), counted), class_of


def roll_up(classes: Classes, hierarchies: Sequence[Hierarchy], levels: Sequence[int]) -> tuple[Classes, Ints]:
    """Classes merged at these levels (codes are then group numbers), and the merged class of each class before."""
    groupings = [hierarchy.groupings[level] for hierarchy, level in zip(hierarchies, levels, strict=True)]
    columns = [grouping.codes[column] for grouping, column in zip(groupings, classes.codes.T, strict=True)]
    found = group(combine(columns, [len(grouping.labels) for grouping in groupings]))
    merged = Classes(
        np.stack(columns, axis=1)[found.members],
        np.add.reduceat(classes.rows[found.order], found.starts),
        _or_groups(classes.people, found),
        None if classes.confidential is None else np.add.reduceat(classes.confidential[found.order], found.starts),
    )
    return merged, found.of_each


def _or_groups(people: Masks | None, found: Groups) -> Masks | None:
    if people is None:
        return None
    merged: Masks = np.bitwise_or.reduceat(people[found.order], found.starts, axis=0)
    return merged


def bit_count(people: Masks) -> Ints:
    """Bits set in each line of masks."""
    bits: Ints = np.bitwise_count(people).sum(axis=1, dtype=np.int64)
    return bits


def people_masks(person: Ints, *, words: int = 1) -> Masks:
    """One bit for each row, chosen by the person: rows x words. Person codes are spread by a fixed mixing."""
    mixed = person.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (mixed >> np.uint64(32)) % np.uint64(64 * words)
    masks = np.zeros((len(person), words), dtype=np.uint64)
    word, bit = (bits // np.uint64(64)).astype(np.int64), bits % np.uint64(64)
    masks[np.arange(len(person)), word] = np.uint64(1) << bit
    return masks


def count_people(class_of: Ints, person: Ints, *, classes: int) -> Ints:
    """Exactly how many people each class holds: class and person code of each row."""
    people = int(person.max()) + 1 if len(person) else 1
    pairs = np.unique(class_of * people + person)
    return np.bincount(pairs // people, minlength=classes)
