"""k over any m known events: whoever knows the classes of m rows of a person finds at least k people with such rows.

Of a person with fewer rows all are taken as known. Rows that stand in the way are given up, as few as a greedy choice
finds; what is kept is then looked at again until nothing stands in the way. Nothing is sampled: every m rows of
everybody are looked at, block by block, or it is refused.

Items: the r-th row of a person in class A is the item A#r, so that "as many rows in each class" becomes "holds these
items". People with the same items are looked at once, with their number as weight. Numbers of rows are held in 32
bits where they fit: memory is what bounds how many rows can be looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import comb, prod

import numpy as np

from openhaven.disclosure.classes import Bools, combine, group
from openhaven.disclosure.hierarchy import Ints
from openhaven.model.errors import BadInput, Unmet

NOBODY = -1
FITS = 1 << 31
SETS_AT_ONCE = 2_000_000
DENSE = 8
MOST_SETS = 1_500_000_000  # looked at in one pass over the people; more would take too long, and a sample is no proof


@dataclass(frozen=True)
class _Histories:
    """What people hold, one line an item: by history, then rarest class first, the same order for everybody.

    `weight` is the number of people of each history; `code` numbers items, `alive` the lines that are kept."""

    history: Ints
    of_class: Ints
    repeat: Ints
    code: Ints
    starts: Ints
    weight: Ints
    alive: Bools

    @property
    def ends(self) -> Ints:
        """One past the last line of each history."""
        return np.append(self.starts[1:], len(self.history))


@dataclass(frozen=True)
class _People:
    """Rows in the order of person and class, each person's history, and the histories with their lines."""

    order: Ints
    first: Ints
    of_person: Ints
    held: _Histories


def fewest_sharing(person: Ints, of_class: Ints, *, events: int) -> int:
    """The fewest people who have any `events` rows that somebody has; 0 where there is no row.

    `person` and `of_class` are integers of each row; a person of NOBODY is one unknown, with that row alone."""
    if not len(person):
        return 0
    people = _people(person, of_class)
    alone = _fewest_with_unknown(person, of_class)
    if people is None:
        return alone
    found = [alone]
    for size in range(1, events + 1):
        found += [int(support.min()) for _, support in _supports(people.held, size) if len(support)]
    return min(found)


@dataclass(frozen=True)
class Shared:
    """Who shares any `events` known rows of somebody (all, of who has fewer): at least `fewest` people.

    Of `people` who are named, some such rows of `below` are shared by fewer than `threshold`, and of `alone` by nobody
    else. Rows of nobody named count for `fewest` alone."""

    events: int
    fewest: int
    people: int
    below: int
    alone: int
    threshold: int


def shared(person: Ints, of_class: Ints, *, events: int, threshold: int) -> Shared:
    """How known rows are shared; arguments as those of `fewest_sharing`. Raises Unmet where there are too many sets."""
    check_events(events)
    alone, people = _fewest_with_unknown(person, of_class), _people(person, of_class)
    if people is None:
        return Shared(events, alone if len(person) else 0, 0, 0, 0, threshold)
    held = people.held
    fewest = np.full(len(held.weight), int(held.weight.sum()))
    for size in range(1, events + 1):
        for lines, support in _supports(held, size):
            np.minimum.at(fewest, held.history[lines[0]], support)
    few, single = (int(held.weight[fewest < least].sum()) for least in (threshold, 2))
    return Shared(events, min(alone, int(fewest.min())), int(held.weight.sum()), few, single, threshold)


def check_events(events: int) -> None:
    """Raises BadInput where it is no number of events."""
    if events < 1:
        raise BadInput(f"the number of known events must be at least 1, not {events}")


def kept_under(
    person: Ints, of_class: Ints, need: Mapping[int, int], *, most_given_up: int | None = None
) -> Bools | None:
    """Which rows can stay so that any s known events are shared by `need[s]` people, for each size s.

    None as soon as more than `most_given_up` rows have to go. Raises Unmet where there are too many sets to look at."""
    needs = at_least(need)
    people = _people(person, of_class)
    keep = np.zeros(len(person), dtype=np.bool_)
    if people is not None:
        alive = _hidden(people, needs, most_given_up)
        if alive is None:
            return None
        keep = _rows_kept(people, alive, len(person))
    unknown = person == NOBODY
    if unknown.any():
        keep |= unknown & (_people_of_class(person[keep], of_class[keep], of_class) >= needs[1])
    return keep if most_given_up is None or int((~keep).sum()) <= most_given_up else None


def at_least(need: Mapping[int, int]) -> dict[int, int]:
    """Of every size up to the largest: what is asked of more events is asked of fewer."""
    if not need or min(need) < 1 or min(need.values()) < 1:
        raise BadInput("k and the number of events must be at least 1")
    return {size: max(k for events, k in need.items() if events >= size) for size in range(1, max(need) + 1)}


def _people(person: Ints, of_class: Ints) -> _People | None:
    known = np.flatnonzero(person != NOBODY)
    if not len(known):
        return None
    known, classes, who = _small(known), _as_met(of_class[known]), _as_met(person[known])
    size = int(classes.max()) + 1
    ranked = _small(_rarest_first(who, classes, size))[classes]
    del classes
    order = _small(np.argsort(_pairs(who, ranked, size), kind="stable"))
    first = _small(np.flatnonzero(np.append(True, np.diff(who[order]) != 0)))
    del who
    return _with_histories(known[order], first, ranked[order])


def _small(numbers: Ints) -> Ints:
    """The same in 32 bits where they fit."""
    return numbers.astype(np.int32) if int(numbers.max(initial=0)) < FITS else numbers


def _pairs(who: Ints, classes: Ints, size: int) -> Ints:
    """One number for each person and class."""
    pairs = who.astype(np.int64)
    pairs *= size
    pairs += classes
    return pairs


def _rarest_first(who: Ints, classes: Ints, size: int) -> Ints:
    """The rank of each class by how many people have rows in it."""
    pairs = _pairs(who, classes, size)
    pairs.sort()
    holders = np.bincount(pairs[np.append(True, np.diff(pairs) != 0)] % size, minlength=size)
    rank = np.empty(size, dtype=np.int64)
    rank[np.argsort(holders, kind="stable")] = np.arange(size)
    return rank


def _as_met(numbers: Ints) -> Ints:
    """Numbered from 0 as they are first met: what is chosen among equals then follows from the rows alone."""
    low, high = int(numbers.min()), int(numbers.max())
    if high - low > 4 * len(numbers):
        numbers, low = np.unique(numbers, return_inverse=True)[1], 0
        high = int(numbers.max())
    first = np.full(high - low + 1, len(numbers))
    first[numbers[::-1] - low] = np.arange(len(numbers) - 1, -1, -1)  # of a number met again the first place stays
    place = np.empty_like(first)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(_small(place)[numbers - low])


def _with_histories(order: Ints, first: Ints, of_class: Ints) -> _People:
    """People with the same classes of rows have one history."""
    lengths = np.diff(np.append(first, len(order)))
    of_person = _same(first, lengths, of_class)
    shown = np.unique(of_person, return_index=True)[1]
    size = lengths[shown]
    starts = np.cumsum(size) - size
    history = np.repeat(_small(np.arange(len(shown))), size)
    classes = of_class[np.repeat(_small(first[shown] - starts), size) + _small(np.arange(int(size.sum())))]
    run = np.append(True, (np.diff(classes) != 0) | (np.diff(history) != 0))
    place = _small(np.arange(len(classes)))
    repeat = place - np.maximum.accumulate(np.where(run, place, 0)) + 1
    code = _small(group(combine([classes, repeat], [int(classes.max()) + 1, int(repeat.max()) + 1])).of_each)
    weight = np.bincount(of_person, minlength=len(shown))
    held = _Histories(history, classes, repeat, code, starts, weight, np.ones(len(classes), dtype=np.bool_))
    return _People(order, first, of_person, held)


def _same(first: Ints, lengths: Ints, of_class: Ints) -> Ints:
    """A number for each person, equal for whose rows stand in the same classes: beginnings compared row by row."""
    found, prefix, who, last = np.zeros_like(lengths), np.zeros_like(lengths), np.arange(len(first)), 0
    classes = int(of_class.max()) + 1
    for depth in range(int(lengths.max())):
        prefix = group(combine([prefix, of_class[first[who] + depth]], [int(prefix.max()) + 1, classes])).of_each
        ends = lengths[who] == depth + 1
        found[who[ends]] = last + prefix[ends]
        last += int(prefix.max()) + 1
        who, prefix = who[~ends], prefix[~ends]
    return _as_met(found)


def _hidden(people: _People, needs: Mapping[int, int], most_given_up: int | None) -> Bools | None:
    """The lines that can stay: small sets first, since what is rare alone is rare with others too.

    A row given up makes other sets rarer, of every size: just those that hold an item as it was."""
    held, left = people.held, most_given_up
    codes = int(held.code.max()) + 1
    pending = {size: np.ones(codes, dtype=np.bool_) for size in needs}
    while pending:
        size = min(pending)
        gone = _to_give_up(_Asked(held, size, needs[size], pending.pop(size), left))
        if gone is None:
            return None
        gone &= held.alive
        if not gone.any():
            continue
        held = replace(held, alive=held.alive & ~gone)
        left = None if left is None else left - int(held.weight[held.history[gone]].sum())
        if left is not None and left < 0:
            return None
        changed = np.zeros(codes, dtype=np.bool_)
        changed[held.code[gone]] = True
        pending = {each: changed | pending.get(each, changed) for each in needs}
    return held.alive


@dataclass(frozen=True)
class _Asked:
    """That k people hold each set of `size` items that has one of the codes `touched`; `left`: more rows than that may
    not go."""

    held: _Histories
    size: int
    k: int
    touched: Bools
    left: int | None


def _to_give_up(asked: _Asked) -> Bools | None:
    """Lines to give up, so that none of the sets that too few share is left; None as soon as too many have to go: of
    each history with such a set at least one."""
    held = asked.held
    rare: list[Ints] = []
    gone = np.zeros(len(held.history), dtype=np.bool_)
    hit = np.zeros(len(held.weight), dtype=np.bool_)
    for lines, support in _supports(held, asked.size, asked.touched):
        few = support < asked.k
        if not few.any():
            continue
        rare.append(lines[:, few])
        hit[held.history[rare[-1][0]]] = True
        if asked.left is not None and int(held.weight[hit].sum()) > asked.left:
            return None
        if sum(each.shape[1] for each in rare) > SETS_AT_ONCE:
            gone |= _hitting(held, np.concatenate(rare, axis=1), gone)
            rare = []
    return _hitting(held, np.concatenate(rare, axis=1), gone) if rare else gone


def _hitting(held: _Histories, sets: Ints, gone: Bools) -> Bools:
    """Lines of which each set holds one: in each history the line that is in most sets for the rows it costs, again and
    again. With A#r go A#r+1 and so on."""
    gone = gone.copy()
    cost = _rows_from(held)
    while True:
        sets = sets[:, ~gone[sets].any(axis=0)]
        if not sets.shape[1]:
            return gone
        hits = np.bincount(sets.ravel(), minlength=len(held.history))
        at = np.flatnonzero(hits)
        worth = hits[at] / cost[at]
        order = np.lexsort((at, -worth, held.history[at]))
        best = at[order[np.append(True, np.diff(held.history[at][order]) > 0)]]
        _mark(held, best, gone)


def _rows_from(held: _Histories) -> Ints:
    """For each line A#r, how many rows A#r and above are."""
    last = np.append(np.diff(held.history) != 0, True) | np.append(np.diff(held.of_class) != 0, True)
    ends = np.flatnonzero(last)
    end_of = ends[np.searchsorted(ends, np.arange(len(held.history)))]
    live: Ints = np.cumsum(held.alive, dtype=np.int64)
    before: Ints = live - held.alive.astype(np.int64)
    return np.asarray(np.maximum(live[end_of] - before, 1))


def _mark(held: _Histories, best: Ints, gone: Bools) -> None:
    """Give up these lines and, of the same class, those after them."""
    gone[best] = True
    while True:
        best = best[best + 1 < len(gone)] + 1
        best = best[(held.repeat[best] > 1) & ~gone[best]]
        if not len(best):
            return
        gone[best] = True


def _supports(held: _Histories, size: int, touched: Bools | None = None) -> Iterator[tuple[Ints, Ints]]:
    """Every set of `size` items that a history holds (its lines, `size` x sets), with the people who hold it; of a
    history with fewer items nothing, since a smaller size looks at all of it. Block by block of first items, so
    that equal sets stand in one block. With `touched` just the sets that hold an item of such a code."""
    usable = held.alive & (held.repeat <= size)  # A#r stands only beside all of A#1 to A#r-1
    if touched is not None and not touched.all():
        among = np.zeros(len(held.weight), dtype=np.bool_)
        among[held.history[usable & touched[held.code]]] = True
        usable &= among[held.history]
    lines = np.flatnonzero(usable)
    if not len(lines):
        return
    lines = _small(lines)
    history, repeat, code = held.history[lines], held.repeat[lines], held.code[lines]
    of_class = held.of_class[lines]
    last = np.flatnonzero(np.append(np.diff(history) != 0, True))
    ends = _small(np.repeat(last + 1, np.diff(last, prepend=-1)))
    after = ends - _small(np.arange(len(lines))) - 1
    sets = _choices(after, size - 1)
    if int(sets.sum()) > MOST_SETS:
        raise Unmet(
            f"there are {int(sets.sum()):,} ways to know {size} events of a person, too many to look at each",
            todo="Ask for fewer known events, or agree a coarser precision; a sample would be no proof.",
        )
    by_code = _small(np.argsort(code, kind="stable"))
    for block in _blocks(code[by_code], sets[by_code]):
        found = _extended(by_code[block], size, ends, repeat, of_class)
        if touched is not None and found.shape[1]:
            found = found[:, touched[code[found]].any(axis=0)]
        if found.shape[1]:
            weight = held.weight[history[found[0]]]
            yield lines[found], _shared(code[found], weight)


def _choices(after: Ints, more: int) -> Ints:
    """In how many ways so many further lines can be chosen of those after each: an upper bound of its sets."""
    most = int(after.max())
    table = np.array([min(comb(left, more), MOST_SETS + 1) for left in range(most + 1)], dtype=np.int64)
    return np.asarray(table[after])


def _blocks(code: Ints, sets: Ints) -> Iterator[slice]:
    """Runs of whole codes with about so many sets at once."""
    starts = np.flatnonzero(np.append(True, np.diff(code) != 0))
    sums = np.add.reduceat(sets, starts)
    block = np.cumsum(sums) // SETS_AT_ONCE
    cut = starts[np.append(True, np.diff(block) != 0)]
    for first, last in zip(cut, np.append(cut[1:], len(code)), strict=True):
        yield slice(int(first), int(last))


def _extended(first: Ints, size: int, ends: Ints, repeat: Ints, of_class: Ints) -> Ints:
    """Sets of lines that begin with these: size x sets. A#2 stands only beside A#1, so each set is made once."""
    found: list[Ints] = [first[repeat[first] == 1]]
    for _ in range(size - 1):
        last = found[-1]
        choices = ends[last] - last - 1
        begun = np.repeat(_small(np.arange(len(last))), choices)
        before = last[begun]
        added = before + 1 + _small(np.arange(len(begun))) - np.repeat(_small(np.cumsum(choices) - choices), choices)
        follows = (of_class[added] == of_class[before]) & (repeat[added] == repeat[before] + 1)
        usable = np.flatnonzero(follows | (repeat[added] == 1))
        found = [*(each[begun[usable]] for each in found), added[usable]]
    return np.stack(found)


def _shared(codes: Ints, weight: Ints) -> Ints:
    """How many people hold each set: the weights of all sets with the same codes."""
    columns = [each - each.min() for each in codes.astype(np.int64)]
    sizes = [int(each.max()) + 1 for each in columns]
    if prod(sizes) <= DENSE * len(weight):  # a place for each set that could be, quicker than to sort those that are
        keys = combine(columns, sizes)
        return np.asarray(np.bincount(keys, weight)[keys].astype(np.int64))
    found = group(combine(columns, sizes))
    return np.asarray(found.sum(weight)[found.of_each])


def _rows_kept(people: _People, alive: Bools, rows: int) -> Bools:
    lengths = np.diff(np.append(people.first, len(people.order)))
    begin = people.held.starts[people.of_person] - people.first
    lines = np.repeat(begin, lengths) + np.arange(len(people.order))
    keep = np.zeros(rows, dtype=np.bool_)
    keep[people.order] = alive[lines]
    return keep


def _people_of_class(person: Ints, of_class: Ints, asked: Ints) -> Ints:
    """How many known people have a row in each of the classes asked about."""
    known = person != NOBODY
    size = int(max(of_class.max(initial=0), asked.max(initial=0))) + 1
    pairs = np.unique(person[known] * size + of_class[known])
    return np.asarray(np.bincount(pairs % size, minlength=size)[asked])


def _fewest_with_unknown(person: Ints, of_class: Ints) -> int:
    """Rows of nobody known: at the least one person each is about."""
    unknown = person == NOBODY
    if not unknown.any():
        return len(person)
    return max(1, int(_people_of_class(person, of_class, of_class[unknown]).min()))
