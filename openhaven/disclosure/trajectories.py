"""How many people their rows single out, though every row may sit in a class of k.

The attacker knows the classes of m of one person's rows, the m that serve them best. The person is singled out
when nobody else holds them: nobody else has as many rows in each of those classes. A person with fewer than m
rows is judged by all that they have. For `all_rows` the attacker knows every class and that there is no other
row: the person is singled out when nobody has just the same. So one <= two <= three <= all_rows, always.

Items: the r-th row of a person in class A is the item A#r. Who holds A twice holds A#1 and A#2, so that "as many
rows in each class" becomes "holds these items".
"""

from dataclasses import dataclass
from math import comb

import numpy as np

from openhaven.disclosure.classes import Bools, combine, group
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.histories import arranged, by_person, codes_of, narrow, same, small
from openhaven.model.errors import BadInput

MOST_SETS = 12_000_000  # sets of rows held at once; people with very many rows are cut to their rarest to fit


@dataclass(frozen=True)
class SingledOut:
    """People singled out by 1, 2, 3 and all of their rows.

    `looked_at_two` and `looked_at_three` say how many of a person's rows, rarest first, were looked at; None
    where all were. Where it is a number, the count is a lower bound, and is to be reported as one.
    """

    people: int
    one: int
    two: int
    three: int
    all_rows: int
    looked_at_two: int | None = None
    looked_at_three: int | None = None

    def share(self, count: int) -> float:
        """A count as a share of all people."""
        return count / self.people


@dataclass(frozen=True)
class _Items:
    """One line an item, sorted by person, then rarest class first: the same order for everybody."""

    person: Ints
    of_class: Ints
    repeat: Ints
    code: Ints

    def __len__(self) -> int:
        return len(self.person)

    def select(self, keep: Bools) -> "_Items":
        return _Items(self.person[keep], self.of_class[keep], self.repeat[keep], self.code[keep])


def singled_out(person: Ints, of_class: Ints, *, most_sets: int = MOST_SETS) -> SingledOut:
    """`person` and `of_class` hold the code of the person and of the class of each row (any integers)."""
    if len(person) == 0 or person.shape != of_class.shape:
        raise BadInput("each row needs a person and a class")
    items = _items(person, of_class)
    people = int(items.person[-1]) + 1
    one, _ = _by(items, rows=1, people=people, most_sets=most_sets)
    two, looked_at_two = _by(items, rows=2, people=people, most_sets=most_sets)
    three, looked_at_three = _by(items, rows=3, people=people, most_sets=most_sets)
    two |= one
    three |= two
    every = _by_all(items, people) | three
    return SingledOut(
        people=people,
        one=int(one.sum()),
        two=int(two.sum()),
        three=int(three.sum()),
        all_rows=int(every.sum()),
        looked_at_two=looked_at_two,
        looked_at_three=looked_at_three,
    )


def _items(person: Ints, of_class: Ints) -> _Items:
    order = by_person(person)
    who = small(np.cumsum(_starts(person[order][1:] != person[order][:-1])) - 1)
    classes = narrow(of_class - of_class.min())[order]
    classes = classes[arranged(who, classes)]
    first = _starts((who[1:] != who[:-1]) | (classes[1:] != classes[:-1]))
    holders = np.bincount(classes[first])
    rank = np.empty(len(holders), dtype=np.int64)
    rank[np.argsort(holders, kind="stable")] = np.arange(len(holders))
    classes = small(rank)[classes]
    classes = classes[arranged(who, classes)]
    repeat = _position(_starts((who[1:] != who[:-1]) | (classes[1:] != classes[:-1]))) + 1
    return _Items(who, classes, repeat, codes_of(classes, repeat))


def _starts(changes: Bools) -> Bools:
    return np.concatenate((np.array([True]), changes))


def _position(first: Bools) -> Ints:
    """How far each line is from the start of its run."""
    line = small(np.arange(len(first)))
    return line - np.maximum.accumulate(np.where(first, line, 0))


def _by(items: _Items, *, rows: int, people: int, most_sets: int) -> tuple[Bools, int | None]:
    """Which people some `rows` of their rows single out, and how many rows of each were looked at if not all."""
    usable = items.select(items.repeat <= rows)
    position = _position(_starts(usable.person[1:] != usable.person[:-1]))
    most = _most_that_fit(np.bincount(usable.person), rows, most_sets)
    kept = usable.select(position < most)
    sets = _sets(kept, rows)
    codes = [kept.code[index] for index in sets]
    found = group(combine(codes, [int(items.code.max()) + 1] * rows))
    alone = found.members[np.diff(np.append(found.starts, len(found.order))) == 1]
    owner = kept.person[sets[0]][alone]
    cut = np.bincount(usable.person[position >= most], minlength=people) > 0
    sure = ~_perhaps_held_by_cut(usable, cut, [code[alone] for code in codes], owner)
    singled = np.zeros(people, dtype=np.bool_)
    singled[owner[sure]] = True
    return singled, most if cut.any() else None


def _most_that_fit(held: Ints, rows: int, most_sets: int) -> int:
    """The most items of a person that can be looked at."""
    sizes, people = np.unique(held, return_counts=True)

    def sets(most: int) -> int:
        return sum(comb(min(int(size), most), rows) * int(count) for size, count in zip(sizes, people, strict=True))

    low, high = rows, int(sizes.max())
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sets(middle) <= most_sets else (low, middle - 1)
    return low


def _sets(items: _Items, rows: int) -> list[Ints]:
    """Line numbers of every set of `rows` rows of one person, as `rows` arrays.

    Items of a class lie together in order, so a set stands for rows when each A#2 has A#1 just before it.
    """
    found = [small(np.flatnonzero(items.repeat == 1))]
    last_of_person = np.append(np.flatnonzero(items.person[1:] != items.person[:-1]), len(items) - 1)
    last_line = small(last_of_person)[items.person]
    for _ in range(rows - 1):
        found = _extend(items, found, last_line)
    return found


def _extend(items: _Items, found: list[Ints], last_line: Ints) -> list[Ints]:
    last = found[-1]
    choices = last_line[last] - last
    begun = np.repeat(small(np.arange(len(last))), choices)
    offset = small(np.arange(len(begun))) - np.repeat(small(np.cumsum(choices) - choices), choices)
    added = last[begun] + 1 + offset
    follows = (items.of_class[added] == items.of_class[last[begun]]) & (
        items.repeat[added] == items.repeat[last[begun]] + 1
    )
    usable = follows | (items.repeat[added] == 1)
    return [*(index[begun[usable]] for index in found), added[usable]]


def _perhaps_held_by_cut(usable: _Items, cut: Bools, codes: list[Ints], owner: Ints) -> Bools:
    """Sets that a person who was cut may hold as well: each item is held by some such person, not the owner."""
    of_cut = usable.code[cut[usable.person]]
    holders = np.bincount(of_cut, minlength=int(usable.code.max()) + 1)
    perhaps = np.full(len(owner), bool(cut.any()))
    for code in codes:
        perhaps &= holders[code] - cut[owner] > 0
    return perhaps


def _by_all(items: _Items, people: int) -> Bools:
    """Which people nobody equals."""
    held = np.bincount(items.person, minlength=people)
    history = same(np.cumsum(held) - held, held, items.of_class)
    return np.asarray(np.bincount(history)[history] == 1)
