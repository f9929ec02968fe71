"""The distinct combinations of quasi-identifiers, with what is counted in each: the search never touches rows.

When classes merge, rows and confidential counts are added; people are never added (one person may be in both).
A people mask is ORed instead: its bit count is a sure lower bound of the people, never more than the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.hierarchy import Floats, Hierarchy, Ints
from openhaven.model.errors import BadInput

Masks = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
KEY_LIMIT = 1 << 62
ROWS_AT_ONCE = 4_000_000


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

    def sum(self, counts: Ints) -> Ints:
        """What each group's things count together."""
        return np.add.reduceat(counts[self.order], self.starts)


@dataclass(frozen=True)
class ValueCounts:
    """How often each confidential value occurs in each class, zeros left out: memory follows what occurs.

    Entry i says that class `owner[i]` holds value `value[i]` `count[i]` times; entries lie by class, then value.
    `whole` counts each value in the whole table.
    """

    owner: Ints
    value: Ints
    count: Ints
    whole: Ints

    @classmethod
    def of(cls, owner: Ints, value: Ints, *, count: Ints | None = None, values: int) -> "ValueCounts":
        """Entries in any order, equal ones added; without `count` each stands for one row."""
        count = np.ones(len(owner), dtype=np.int64) if count is None else count
        whole = np.zeros(values, dtype=np.int64)
        np.add.at(whole, value, count)
        return cls(owner, value, count, whole)._added(owner)

    def merged(self, group_of: Ints) -> "ValueCounts":
        """The counts once class c has become a part of class group_of[c]."""
        return self._added(group_of[self.owner])

    def grouped(self, group_of: Ints) -> "ValueCounts":
        """The same, classes of group -1 left out."""
        owner = group_of[self.owner]
        inside = owner >= 0
        return ValueCounts(owner, self.value[inside], self.count[inside], self.whole)._added(owner[inside])

    def _added(self, owner: Ints) -> "ValueCounts":
        values = len(self.whole)
        keys = owner * values + self.value
        found = group(keys)
        first = keys[found.members]
        return ValueCounts(first // values, first % values, found.sum(self.count), self.whole)

    def picked(self, classes: Ints) -> "ValueCounts":
        """The counts of these classes, numbered anew; one may be named more than once."""
        begins, ends = np.searchsorted(self.owner, classes), np.searchsorted(self.owner, classes, side="right")
        length = ends - begins
        at = np.arange(length.sum()) + np.repeat(begins - (np.cumsum(length) - length), length)
        return ValueCounts(np.repeat(np.arange(len(classes)), length), self.value[at], self.count[at], self.whole)

    def per_class(self, what: Floats | Ints, classes: int) -> Floats:
        """The sum over each class's entries."""
        return np.bincount(self.owner, what, minlength=classes).astype(np.float64)

    def dense(self, first: int, last: int) -> Ints:
        """Classes first to last (exclusive) x values, zeros and all."""
        begin, end = np.searchsorted(self.owner, [first, last])
        table = np.zeros((last - first, len(self.whole)), dtype=np.int64)
        table[self.owner[begin:end] - first, self.value[begin:end]] = self.count[begin:end]
        return table


@dataclass(frozen=True)
class Held:
    """What is counted in each class. `people` is classes x words of 64 bits; `population` the rows of a wider table.

    `exact` gives counts of people that are known for sure, where masks are too coarse.
    """

    rows: Ints
    people: Masks | None = None
    confidential: ValueCounts | None = None
    population: Ints | None = None
    exact: Ints | None = None

    @property
    def sizes(self) -> Ints:
        """What k counts: people (a sure lower bound) where they are known, else rows."""
        if self.exact is not None:
            return self.exact
        return self.rows if self.people is None else bit_count(self.people)

    def merged(self, found: Groups) -> "Held":
        """The same for classes put together: masks are ORed, all else is added."""
        return Held(
            found.sum(self.rows),
            _or_groups(self.people, found),
            None if self.confidential is None else self.confidential.merged(found.of_each),
            None if self.population is None else found.sum(self.population),
        )

    def picked(self, classes: Ints) -> "Held":
        """What is counted in these classes; one may be named more than once."""
        return Held(
            self.rows[classes],
            None if self.people is None else self.people[classes],
            None if self.confidential is None else self.confidential.picked(classes),
            None if self.population is None else self.population[classes],
        )

    def grouped(self, group_of: Ints) -> "Held":
        """Classes put together by group number; each number from 0 up occurs, and -1 leaves a class out."""
        at = np.flatnonzero(group_of >= 0)
        found = group(group_of[at])
        return Held(
            found.sum(self.rows[at]),
            None if self.people is None else _or_groups(self.people[at], found),
            None if self.confidential is None else self.confidential.grouped(group_of),
            None if self.population is None else found.sum(self.population[at]),
        )


@dataclass(frozen=True)
class Classes:
    """`codes` is classes x quasi-identifiers (leaf numbers), `rows` the row count of each class.

    `people` is classes x words of 64 bits, or None. With `population`, a class may have no rows.
    """

    codes: Ints
    rows: Ints
    people: Masks | None = None
    confidential: ValueCounts | None = None
    population: Ints | None = None

    def __post_init__(self) -> None:
        if self.codes.ndim != 2 or self.rows.shape != (len(self.codes),):
            raise BadInput("classes need one row count for each combination")
        if len(self.codes) == 0:
            raise BadInput("there are no rows", todo="Give a file that holds at least one row.")
        if self.people is not None and (self.people.ndim != 2 or len(self.people) != len(self.rows)):
            raise BadInput("people masks need one line for each class")
        if self.population is not None and self.population.shape != self.rows.shape:
            raise BadInput("a population needs one count for each class")

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def held(self) -> Held:
        """What is counted, without the codes."""
        return Held(self.rows, self.people, self.confidential, self.population)

    @property
    def sizes(self) -> Ints:
        """What k counts: people (a sure lower bound) where masks are held, else rows."""
        return self.held.sizes

    @property
    def total(self) -> int:
        """All rows."""
        return int(self.rows.sum())


def group(keys: Ints) -> Groups:
    """Equal keys together, in ascending order of key."""
    order = np.argsort(keys)
    ordered = keys[order]
    first = np.concatenate((np.ones(min(1, len(keys)), dtype=np.bool_), ordered[1:] != ordered[:-1]))
    return Groups(order, np.flatnonzero(first))


def different(numbers: Ints) -> Ints:
    """Each number once, in ascending order."""
    ordered = np.sort(numbers)
    first = np.concatenate((np.ones(min(1, len(ordered)), dtype=np.bool_), ordered[1:] != ordered[:-1]))
    return np.asarray(ordered[first])


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
        counted = ValueCounts.of(class_of, confidential, values=int(confidential.max()) + 1)
    rows = np.bincount(class_of, minlength=len(found.starts))
    return Classes(codes[found.members], rows, _or_groups(people, found), counted), class_of


def roll_up(classes: Classes, hierarchies: Sequence[Hierarchy], levels: Sequence[int]) -> tuple[Classes, Ints]:
    """Classes merged at these levels (codes are then group numbers), and the merged class of each class before."""
    groupings = [hierarchy.groupings[level] for hierarchy, level in zip(hierarchies, levels, strict=True)]
    columns = [grouping.codes[column] for grouping, column in zip(groupings, classes.codes.T, strict=True)]
    found = group(combine(columns, [len(grouping.labels) for grouping in groupings]))
    held = classes.held.merged(found)
    codes = np.stack(columns, axis=1)[found.members]
    return Classes(codes, held.rows, held.people, held.confidential, held.population), found.of_each


def _or_groups(people: Masks | None, found: Groups) -> Masks | None:
    if people is None:
        return None
    merged: Masks = np.bitwise_or.reduceat(people[found.order], found.starts, axis=0)
    return merged


def bit_count(people: Masks) -> Ints:
    """Bits set in each line of masks."""
    bits: Ints = np.bitwise_count(people).sum(axis=1, dtype=np.int64)
    return bits


def is_spread(person: Ints, words: int) -> bool:
    """Whether people are more than the bits of so many words, so that some share one."""
    return bool(len(person)) and int(person.max()) >= 64 * words


def spread_over(person: Ints, words: int) -> Ints:
    """The bit of each, where they are more than bits."""
    mixed = person.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)
    return np.asarray(mixed % np.uint64(64 * words)).astype(np.int64)


def masks_of(class_of: Ints, person: Ints, *, classes: int, words: int) -> Masks:
    """One bit for each person of a class, classes x words: `class_of` and person of each row. Where person codes are
    fewer than bits each person has one of their own, and counts are exact; else codes are spread by a fixed mixing.
    Some rows at a time."""
    masks = np.zeros((classes, words), dtype=np.uint64)
    spread = is_spread(person, words)
    for begin in range(0, len(person), ROWS_AT_ONCE):
        here = slice(begin, begin + ROWS_AT_ONCE)
        bits = spread_over(person[here], words) if spread else person[here].astype(np.int64)
        pairs = different(class_of[here].astype(np.int64) * (64 * words) + bits)
        at, bit = pairs // (64 * words), pairs % (64 * words)
        np.bitwise_or.at(masks, (at, bit // 64), np.uint64(1) << (bit % 64).astype(np.uint64))
    return masks


def count_people(class_of: Ints, person: Ints, *, classes: int) -> Ints:
    """Exactly how many people each class holds: class and person code of each row."""
    people = int(person.max()) + 1 if len(person) else 1
    pairs = different(class_of * people + person)
    return np.bincount(pairs // people, minlength=classes)
