"""The rows of people as what each of them holds. Rows are put in order once by person, then within each person by class
for each recoding; people whose rows stand in the same classes are one history, counted with their number.

Rows are sorted as whole numbers (person, class, place), some at a time: memory is what bounds how many can be looked
at, and their numbers are held in 32 bits where they fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.classes import Bools, combine, group
from openhaven.disclosure.hierarchy import Ints

NOBODY = -1
FITS = 1 << 31
AT_ONCE = 1 << 20  # rows sorted together
Mixed = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Histories:
    """What people hold, one line an item: by history, then rarest class first, the same order for everybody.

    The r-th row in class A is the item A#r. `weight` is the number of people of each history; `code` numbers items,
    `run_end` is the last line of the same history and class, `alive` the lines that are kept."""

    history: Ints
    repeat: Ints
    run_end: Ints
    code: Ints
    starts: Ints
    weight: Ints
    alive: Bools


@dataclass(frozen=True)
class People:
    """Rows in the order of person and class, each person's history, and the histories with their lines."""

    order: Ints
    first: Ints
    of_person: Ints
    held: Histories

    def rows_kept(self, alive: Bools, rows: int) -> Bools:
        """Of all rows, those whose line is alive; rows of nobody known are not among them."""
        keep = np.zeros(rows, dtype=np.bool_)
        lengths = np.diff(np.append(self.first, len(self.order)))
        for some in _blocks(self.first, lengths):
            here = slice(int(self.first[some.start]), int(self.first[some.start]) + int(lengths[some].sum()))
            begin = self.held.starts[self.of_person[some]] - self.first[some]
            keep[self.order[here]] = alive[np.repeat(begin, lengths[some]) + np.arange(here.start, here.stop)]
        return keep


def people_of(person: Ints, of_class: Ints) -> People | None:
    """What known people hold; None where nobody is known. Quickest where rows are `arranged`."""
    unknown = int((person == NOBODY).sum())
    if unknown == len(person):
        return None
    if _is_arranged(person, of_class):
        order = small(np.arange(unknown, len(person)))
        ranked = narrow(of_class[unknown:])
        first = starts_of(person[unknown:])
    else:
        ranked = rarest_first(of_class)
        order = arranged(person, ranked)[unknown:]
        ranked, first = ranked[order], starts_of(person[order])
    return _with_histories(order, small(first), np.diff(first, append=len(order)), ranked=ranked)


def arranged(person: Ints, of_class: Ints) -> Ints:
    """Row numbers: those of nobody known first, then by person as they are first met, then by class, equals as they
    were. Classes are numbers from 0."""
    order = by_person(person)
    unknown = int((person == NOBODY).sum())
    known = order[unknown:]
    first = starts_of(person[known])
    lengths = np.diff(first, append=len(known))
    for some in _blocks(first, lengths):
        _by_class(known, of_class, first, lengths, some=some)
    return order


def _is_arranged(person: Ints, of_class: Ints) -> bool:
    later = person[1:] > person[:-1]
    later |= (person[1:] == person[:-1]) & (of_class[1:] >= of_class[:-1])
    later |= person[1:] == NOBODY
    return bool(later.all()) and bool((person[1:] >= person[:-1]).all()) and int(of_class.min()) >= 0


def narrow(classes: Ints) -> Ints:
    """Classes as numbers that are not far apart, in the same order."""
    far = int(classes.max()) > 4 * len(classes) + 1_000_000
    return small(np.unique(classes, return_inverse=True)[1] if far else classes)


def small(numbers: Ints) -> Ints:
    """The same in 32 bits where they fit."""
    return numbers.astype(np.int32, copy=False) if int(numbers.max(initial=0)) < FITS else numbers


def starts_of(ordered: Ints) -> Ints:
    """Where each run of equal numbers begins."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, np.int64)


def by_person(person: Ints) -> Ints:
    """Row numbers, those of nobody known first, then by person as they are first met: what is chosen among equals
    follows from the rows alone."""
    if (person[1:] >= person[:-1]).all():
        return small(np.arange(len(person)))
    met = _as_met(person)
    met += 1
    met[person == NOBODY] = 0
    return small(order_of(met))


def order_of(numbers: Ints) -> Ints:
    """The stable order of numbers from 0: sorting whole numbers is quicker than sorting places."""
    if len(numbers) >= FITS or int(numbers.max(initial=0)) >= FITS:
        return np.argsort(numbers, kind="stable")
    keys = numbers.astype(np.int64)
    keys <<= 31  # both fit in 62 bits
    keys |= np.arange(len(keys))
    keys.sort()
    keys &= (1 << 31) - 1
    return keys


def _as_met(numbers: Ints) -> Ints:
    """Numbered from 0 as they are first met."""
    low, high = int(numbers.min()), int(numbers.max())
    if high - low > 4 * len(numbers):
        numbers, low = np.unique(numbers, return_inverse=True)[1], 0
        high = int(numbers.max())
    first = np.full(high - low + 1, len(numbers))
    first[numbers[::-1] - low] = np.arange(len(numbers) - 1, -1, -1)  # of a number met again the first place stays
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(small(place)[numbers - low])


def rarest_first(of_class: Ints) -> Ints:
    """The class of each row, numbered anew by how many rows it has: what few have is then looked at first."""
    classes = of_class
    if int(classes.min()) < 0 or int(classes.max()) > 4 * len(classes):
        classes = np.unique(classes, return_inverse=True)[1]
    return np.asarray(_ranks(np.bincount(classes))[classes])


def _ranks(rows: Ints) -> Ints:
    """The place of each class by how many rows it has."""
    rank = np.empty(len(rows), dtype=np.int64)
    rank[np.argsort(rows, kind="stable")] = np.arange(len(rows))
    return small(rank)


def _blocks(first: Ints, lengths: Ints) -> Iterator[slice]:
    """Runs of people with about so many rows."""
    cut = [*starts_of(first // AT_ONCE).tolist(), len(lengths)]
    for low, high in pairwise(cut):
        yield slice(low, high)


def _by_class(order: Ints, of_class: Ints, first: Ints, lengths: Ints, *, some: slice) -> None:
    """Put the rows of some people in the order of their classes; equal classes as they were."""
    begin, low = np.repeat(first[some], lengths[some]), int(first[some.start])
    here = slice(low, low + len(begin))
    who = np.repeat(np.arange(some.stop - some.start), lengths[some])
    place = np.arange(here.start, here.stop) - begin
    classes = of_class[order[here]]
    for_class, for_place = int(classes.max()).bit_length(), int(place.max()).bit_length()
    if (some.stop - some.start).bit_length() + for_class + for_place > 62:
        order[here] = order[low + np.lexsort((classes, who))]
        return
    keys = (who << for_class | classes) << for_place | place
    keys.sort()
    order[here] = order[begin + (keys & (1 << for_place) - 1)]


def _with_histories(order: Ints, first: Ints, lengths: Ints, *, ranked: Ints) -> People:
    """People with the same classes of rows have one history."""
    of_person = same(first, lengths, ranked)
    shown = _first_of(of_person)
    size = lengths[shown]
    starts = np.cumsum(size) - size
    history = np.repeat(small(np.arange(len(shown))), size)
    classes = ranked[np.repeat(small(first[shown] - starts), size) + small(np.arange(int(size.sum())))]
    run = np.flatnonzero(np.append(True, (classes[1:] != classes[:-1]) | (history[1:] != history[:-1])))
    held = np.diff(np.append(run, len(classes)))
    repeat = small(np.arange(len(classes))) - np.repeat(small(run), held) + 1
    weight = np.bincount(of_person, minlength=len(shown))
    run_end = np.repeat(small(run + held - 1), held)
    alive = np.ones(len(classes), dtype=np.bool_)
    return People(
        order, first, of_person, Histories(history, repeat, run_end, codes_of(classes, repeat), starts, weight, alive)
    )


def _first_of(numbers: Ints) -> Ints:
    """The first place of each of the numbers from 0 up."""
    found = np.empty(int(numbers.max()) + 1, dtype=np.int64)
    found[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return found


def codes_of(classes: Ints, repeat: Ints) -> Ints:
    """A number for each item that there is, in the order of class and repeat."""
    sizes = [int(classes.max()) + 1, int(repeat.max()) + 1]
    keys = combine([classes, repeat], sizes)
    if sizes[0] * sizes[1] > 4 * len(keys) + 1_000_000:
        return small(group(keys).of_each)
    there = np.zeros(sizes[0] * sizes[1], dtype=np.bool_)
    there[keys] = True
    return np.asarray(small(np.cumsum(there) - 1)[keys])


def same(first: Ints, lengths: Ints, ranked: Ints) -> Ints:
    """A number for each person, equal for just those whose rows stand in the same classes: found by sums of mixed
    numbers, then compared row by row; by beginnings, should sums ever agree where rows do not."""
    mixed = _mixing(int(ranked.max()) + 1)
    sums = np.empty(len(first), dtype=np.uint64)
    for some in _blocks(first, lengths):
        low = int(first[some.start])
        sums[some] = np.add.reduceat(mixed[ranked[low : low + int(lengths[some].sum())]], first[some] - low)
    found = _as_met(group(sums.view(np.int64)).of_each)
    return found if _equal(found, first, lengths, ranked=ranked) else _by_beginnings(first, lengths, ranked)


def _mixing(numbers: int) -> Mixed:
    """A number of 64 bits for each, always the same. A finaliser of hashes would not do: what it makes of 2n is too
    often twice what it makes of n, so that two rows in one class add up to one row in another."""
    return np.random.default_rng(0).integers(0, 1 << 64, numbers, dtype=np.uint64)


def _equal(found: Ints, first: Ints, lengths: Ints, *, ranked: Ints) -> bool:
    """Whether people of one number do have rows in the same classes."""
    like = _first_of(found)[found]
    others = np.flatnonzero(like != np.arange(len(found)))
    like = like[others]
    size = lengths[others]
    if (size != lengths[like]).any():
        return False
    for some in _blocks(np.cumsum(size) - size, size) if len(others) else ():
        step = np.arange(int(size[some].sum())) - np.repeat(np.cumsum(size[some]) - size[some], size[some])
        mine, theirs = (np.repeat(first[who[some]], size[some]) + step for who in (others, like))
        if (ranked[mine] != ranked[theirs]).any():
            return False
    return True


def _by_beginnings(first: Ints, lengths: Ints, ranked: Ints) -> Ints:
    """The same, beginnings compared row by row: slower, and right whatever sums say."""
    found, prefix, who, last = np.zeros_like(lengths), np.zeros_like(lengths), np.arange(len(first)), 0
    classes = int(ranked.max()) + 1
    for depth in range(int(lengths.max())):
        prefix = group(combine([prefix, ranked[first[who] + depth]], [int(prefix.max()) + 1, classes])).of_each
        ends = lengths[who] == depth + 1
        found[who[ends]] = last + prefix[ends]
        last += int(prefix.max()) + 1
        who, prefix = who[~ends], prefix[~ends]
    return _as_met(found)
