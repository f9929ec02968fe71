"""k over any m known events: whoever knows the classes of m rows of a person finds at least k people with such rows.

Of a person with fewer rows all are taken as known. Rows that stand in the way are given up, as few as a greedy choice
finds; what is kept is then looked at again until nothing stands in the way. Nothing is sampled: every m rows of
everybody are looked at, block by block, or it is refused.

Items: the r-th row of a person in class A is the item A#r, so that "as many rows in each class" becomes "holds these
items". People with the same items are looked at once, with their number as weight (see `histories`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import comb, prod

import numpy as np

from openhaven.disclosure.classes import Bools, combine, different, group
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.histories import NOBODY, Histories, order_of, people_of, small, starts_of
from openhaven.model.errors import BadInput, Unmet

__all__ = ["NOBODY", "Shared", "at_least", "check_events", "fewest_sharing", "kept_under", "shared"]

SETS_AT_ONCE = 2_000_000
DENSE = 8
MOST_SETS = 1_500_000_000  # looked at in one pass over the people; more would take too long, and a sample is no proof


def fewest_sharing(person: Ints, of_class: Ints, *, events: int) -> int:
    """The fewest people who have any `events` rows that somebody has; 0 where there is no row.

    `person` and `of_class` are integers of each row; a person of NOBODY is one unknown, with that row alone."""
    if not len(person):
        return 0
    people = people_of(person, of_class)
    alone = _fewest_with_unknown(person, of_class)
    if people is None:
        return alone
    found = [alone]
    for size in range(1, events + 1):
        found += [each.fewest for each in _sets(_Asked(people.held, size, 0))]
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
    alone, people = _fewest_with_unknown(person, of_class), people_of(person, of_class)
    if people is None:
        return Shared(events, alone if len(person) else 0, 0, 0, 0, threshold)
    held, fewest = people.held, alone
    support = np.full(len(held.weight), int(held.weight.sum()))
    for size in range(1, events + 1):
        for each in _sets(_Asked(held, size, max(threshold, 2))):
            fewest = min(fewest, each.fewest)
            np.minimum.at(support, held.history[each.lines[0]], each.support)
    few, single = (int(held.weight[support < least].sum()) for least in (threshold, 2))
    return Shared(events, fewest, int(held.weight.sum()), few, single, threshold)


def check_events(events: int) -> None:
    """Raises BadInput where it is no number of events."""
    if events < 1:
        raise BadInput(f"the number of known events must be at least 1, not {events}")


def kept_under(
    person: Ints, of_class: Ints, need: Mapping[int, int], *, most_given_up: int | None = None
) -> Bools | None:
    """Which rows can stay so that any s known events are shared by `need[s]` people, for each size s.

    None as soon as more than `most_given_up` rows have to go. Raises Unmet where there are too many sets to look at.
    Quickest where the rows of each person lie together, people in ascending order."""
    needs = at_least(need)
    people = people_of(person, of_class)
    keep = np.zeros(len(person), dtype=np.bool_)
    if people is not None:
        alive = _hidden(people.held, needs, most_given_up)
        if alive is None:
            return None
        keep = people.rows_kept(alive, len(person))
    unknown = person == NOBODY
    if unknown.any():
        keep |= unknown & (_people_of_class(person[keep], of_class[keep], of_class) >= needs[1])
    return keep if most_given_up is None or int((~keep).sum()) <= most_given_up else None


def at_least(need: Mapping[int, int]) -> dict[int, int]:
    """Of every size up to the largest: what is asked of more events is asked of fewer."""
    if not need or min(need) < 1 or min(need.values()) < 1:
        raise BadInput("k and the number of events must be at least 1")
    return {size: max(k for events, k in need.items() if events >= size) for size in range(1, max(need) + 1)}


def _hidden(held: Histories, needs: Mapping[int, int], most_given_up: int | None) -> Bools | None:
    """The lines that can stay: small sets first, since what is rare alone is rare with others too.

    A row given up makes other sets rarer, of every size: just those that hold an item as it was."""
    left = most_given_up
    codes = int(held.code.max()) + 1
    pending: dict[int, Bools | None] = dict.fromkeys(needs)
    while pending:
        size = min(pending)
        gone = _to_give_up(_Asked(held, size, needs[size], pending.pop(size)), left)
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
        pending = {each: _either(changed, pending[each]) if each in pending else changed for each in needs}
    return held.alive


def _either(changed: Bools, pending: Bools | None) -> Bools | None:
    """Codes still to be looked at; None is all."""
    return None if pending is None else changed | pending


@dataclass(frozen=True)
class _Asked:
    """Which sets of `size` items fewer than `below` people hold: of all, or of those with a code that is `touched`."""

    held: Histories
    size: int
    below: int
    touched: Bools | None = None


@dataclass(frozen=True)
class _Found:
    """Of a block of sets the `fewest` people who hold one; the lines (`size` x sets) of those that too few hold, and
    how many hold each."""

    fewest: int
    lines: Ints
    support: Ints


def _to_give_up(asked: _Asked, left: int | None) -> Bools | None:
    """Lines to give up, so that none of the sets that too few share is left; None as soon as more than `left` rows
    have to go: of each history with such a set at least one."""
    held = asked.held
    rare: list[Ints] = []
    gone = np.zeros(len(held.history), dtype=np.bool_)
    hit = np.zeros(len(held.weight), dtype=np.bool_)
    for found in _sets(asked):
        if not found.lines.shape[1]:
            continue
        rare.append(found.lines)
        hit[held.history[found.lines[0]]] = True
        if left is not None and int(held.weight[hit].sum()) > left:
            return None
        if sum(each.shape[1] for each in rare) > SETS_AT_ONCE:
            _hit(held, np.concatenate(rare, axis=1), gone)
            rare = []
    if rare:
        _hit(held, np.concatenate(rare, axis=1), gone)
    return gone


def _hit(held: Histories, sets: Ints, gone: Bools) -> None:
    """Give up lines of which each set holds one: in each history the line that is in most sets for the rows it costs,
    again and again. With A#r go A#r+1 and so on."""
    live = small(np.cumsum(held.alive))
    while True:
        sets = sets[:, ~gone[sets].any(axis=0)]
        if not sets.shape[1]:
            return
        ordered = np.sort(sets.ravel())
        starts = starts_of(ordered)
        at, hits = ordered[starts], np.diff(starts, append=len(ordered))
        worth = hits / (live[held.run_end[at]] - live[at] + 1)
        order = np.lexsort((at, -worth, held.history[at]))
        _mark(held, at[order[starts_of(held.history[at][order])]], gone)


def _mark(held: Histories, best: Ints, gone: Bools) -> None:
    """Give up these lines and, of the same history and class, those after them."""
    gone[best] = True
    while True:
        best = best[best < held.run_end[best]] + 1
        best = best[~gone[best]]
        if not len(best):
            return
        gone[best] = True


def _sets(asked: _Asked) -> Iterator[_Found]:
    """Every set of `size` items that a history holds; of a history with fewer items nothing, since a smaller size
    looks at all of it. Block by block of first items, so that equal sets stand in one block."""
    held, touched = asked.held, asked.touched
    lines = _usable(asked)
    if not len(lines):
        return
    history, repeat, code = held.history[lines], held.repeat[lines], held.code[lines]
    last = np.append(starts_of(history)[1:], len(lines))
    ends = small(np.repeat(last, np.diff(last, prepend=0)))
    sets = _choices(ends - small(np.arange(len(lines))) - 1, asked.size - 1)
    if int(sets.sum()) > MOST_SETS:
        raise Unmet(
            f"there are {int(sets.sum()):,} ways to know {asked.size} events of a person, too many to look at each",
            todo="Ask for fewer known events, or agree a coarser precision; a sample would be no proof.",
        )
    by_code = small(order_of(code))
    for block in _blocks(code[by_code], sets[by_code]):
        found = _extended(by_code[block], asked.size, ends, repeat)
        if touched is not None and found.shape[1]:
            found = found[:, touched[code[found]].any(axis=0)]
        if found.shape[1]:
            fewest, at, support = _few(code[found], held.weight[history[found[0]]], asked.below)
            yield _Found(fewest, lines[found[:, at]], support)


def _usable(asked: _Asked) -> Ints:
    """Lines that may stand in a set: A#r stands only beside all of A#1 to A#r-1."""
    held, touched = asked.held, asked.touched
    usable = held.alive & (held.repeat <= asked.size)
    if touched is not None:
        among = np.zeros(len(held.weight), dtype=np.bool_)
        among[held.history[usable & touched[held.code]]] = True
        usable &= among[held.history]
    return small(np.flatnonzero(usable))


def _choices(after: Ints, more: int) -> Ints:
    """In how many ways so many further lines can be chosen of those after each: an upper bound of its sets."""
    most = int(after.max())
    table = np.array([min(comb(left, more), MOST_SETS + 1) for left in range(most + 1)], dtype=np.int64)
    return np.asarray(table[after])


def _blocks(code: Ints, sets: Ints) -> Iterator[slice]:
    """Runs of whole codes with about so many sets at once."""
    starts = starts_of(code)
    sums = np.add.reduceat(sets, starts)
    cut = starts[starts_of(np.cumsum(sums) // SETS_AT_ONCE)]
    for first, last in zip(cut, np.append(cut[1:], len(code)), strict=True):
        yield slice(int(first), int(last))


def _extended(first: Ints, size: int, ends: Ints, repeat: Ints) -> Ints:
    """Sets of lines that begin with these: size x sets. A#2 stands only just behind A#1, so each set is made once."""
    found: list[Ints] = [first[repeat[first] == 1]]
    for _ in range(size - 1):
        last = found[-1]
        choices = ends[last] - last - 1
        begun = np.repeat(small(np.arange(len(last))), choices)
        before = last[begun]
        added = before + 1 + small(np.arange(len(begun))) - np.repeat(small(np.cumsum(choices) - choices), choices)
        again = repeat[added]
        usable = np.flatnonzero((again == 1) | (added == before + 1) & (again == repeat[before] + 1))
        found = [*(each[begun[usable]] for each in found), added[usable]]
    return np.stack(found)


def _few(codes: Ints, weight: Ints, below: int) -> tuple[int, Ints, Ints]:
    """Of sets, each column its codes: the fewest people who hold one; which are held by fewer than `below`, and by how
    many: the weights of all sets with the same codes."""
    columns = [each - each.min() for each in codes.astype(np.int64)]
    sizes = [int(each.max()) + 1 for each in columns]
    keys = combine(columns, sizes)
    if prod(sizes) <= DENSE * len(weight):  # a place for each set that could be, quicker than to sort those that are
        support = np.bincount(keys, weight)[keys].astype(np.int64)
        at = np.flatnonzero(support < below)
        return int(support.min()), at, support[at]
    found = group(keys)
    held = found.sum(weight)
    few = np.flatnonzero(held < below)
    size = np.diff(found.starts, append=len(keys))[few]
    step = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return int(held.min()), found.order[np.repeat(found.starts[few], size) + step], np.repeat(held[few], size)


def _people_of_class(person: Ints, of_class: Ints, asked: Ints) -> Ints:
    """How many known people have a row in each of the classes asked about."""
    known = person != NOBODY
    size = int(max(of_class.max(initial=0), asked.max(initial=0))) + 1
    pairs = different(person[known].astype(np.int64) * size + of_class[known])
    return np.asarray(np.bincount(pairs % size, minlength=size)[asked])


def _fewest_with_unknown(person: Ints, of_class: Ints) -> int:
    """Rows of nobody known: at the least one person each is about."""
    unknown = person == NOBODY
    if not unknown.any():
        return len(person)
    return max(1, int(_people_of_class(person, of_class, of_class[unknown]).min()))
