"""Made-up records, tables asked of them, attacks by differencing of many kinds, and an exhaustive search.

Apart from `openhaven.disclosure`, on purpose: what an attack is, and what is innocent, is said here in its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
FEW = 9  # below the threshold of 10
MOST_TRIES = 2_000


@dataclass(frozen=True)
class World:
    """One line a record. Districts differ in size, some are tiny; areas are made of districts, practices lie in one."""

    record: Ints
    person: Ints
    fields: dict[str, Ints]

    @classmethod
    def made(cls, records: int, *, seed: int, months: int = 12) -> World:
        """Records of about a third as many people."""
        rng = np.random.default_rng(seed)
        people = max(records // 3, 1)
        tiny = np.full(6, 4 / records)
        share = np.concatenate((tiny, (1 - tiny.sum()) * rng.dirichlet(np.full(18, 4.0))))
        district = rng.choice(24, people, p=share)
        of_person = {
            "district": district,
            "area": district % 5,
            "practice": district * 4 + rng.integers(0, 4, people),
            "sex": rng.integers(0, 2, people),
            "age": rng.integers(0, 95, people),
        }
        person = np.sort(rng.integers(0, people, records))
        fields = {name: values[person] for name, values in of_person.items()}
        fields["band"] = fields["age"] // 20
        fields["month"] = rng.integers(0, months, records)
        fields["quarter"] = fields["month"] // 3
        fields["diagnosis"] = rng.choice(9, records, p=np.array([30, 25, 20, 10, 7, 4, 2, 1.5, 0.5]) / 100)
        record = rng.permutation(records * 7)[:records]
        return cls(record, person, fields)

    @cached_property
    def everybody(self) -> Bools:
        """All records."""
        return np.ones(len(self.record), dtype=np.bool_)


@dataclass(frozen=True)
class Asked:
    """A table asked for: by these columns (a code for each record, and how many there are), of these records."""

    id: str
    by: tuple[tuple[str, Ints, int], ...]
    of: Bools
    rule: str = "threshold-10"
    people: bool = False

    @cached_property
    def leaf(self) -> Ints:
        """The inner cell of each record that is counted."""
        return np.ravel_multi_index([codes[self.of] for _, codes, _ in self.by], [size for *_, size in self.by])

    @property
    def cells(self) -> int:
        """How many inner cells there are."""
        return int(np.prod([size for *_, size in self.by]))


@dataclass(frozen=True)
class Attack:
    """Tables released before, and one that would tell of few people beside them."""

    kind: str
    earlier: tuple[Asked, ...]
    new: Asked


def columns(world: World, *names: str) -> tuple[tuple[str, Ints, int], ...]:
    """Columns of the world."""
    return tuple((name, world.fields[name], int(world.fields[name].max()) + 1) for name in names)


Made = tuple[tuple["Asked", ...], "Asked"] | None


def attacks(
    world: World, number: int, *, seed: int, of: dict[str, Callable[[World, np.random.Generator], Made]] | None = None
) -> Iterator[Attack]:
    """That many, of every kind in turn: of rows against rows and people against people, else of those named."""
    rng, kinds = np.random.default_rng(seed), list((KINDS if of is None else of).items())
    for at in range(number):
        kind, make = kinds[at % len(kinds)]
        found = next(each for _ in range(MOST_TRIES) if (each := make(world, rng)) is not None)
        yield Attack(kind, *found)


def _plain(world: World, rng: np.random.Generator, of: Bools | None = None) -> Asked:
    """A table of which most cells print."""
    names = [("area",), ("sex",), ("band",), ("area", "sex"), ("sex", "band"), ("quarter", "sex")][rng.integers(6)]
    return Asked("R1", columns(world, *names), world.everybody if of is None else of)


def _without(world: World, of: Bools, rng: np.random.Generator, number: int) -> Bools:
    left = of.copy()
    left[rng.choice(np.flatnonzero(of), number, replace=False)] = False
    return left


def _one_record(world: World, rng: np.random.Generator) -> Made:
    before = _plain(world, rng)
    return (before,), replace(before, id="R2", of=_without(world, before.of, rng, 1))


def _objectors(world: World, rng: np.random.Generator) -> Made:
    """With and without those who object; sometimes the later table is the one with them."""
    before = _plain(world, rng, world.fields["sex"] >= rng.integers(0, 2))
    after = replace(before, id="R2", of=_without(world, before.of, rng, int(rng.integers(1, FEW + 1))))
    return ((before,), after) if rng.integers(2) else ((replace(after, id="R1"),), replace(before, id="R2"))


def _one_value_more(field: str) -> Callable[[World, np.random.Generator], Made]:
    """The same table of one month, year of age, practice or code more, in which there are few."""

    def make(world: World, rng: np.random.Generator) -> Made:
        values = world.fields[field]
        where = world.everybody
        if field in ("month", "age"):
            where = world.fields["practice"] == rng.choice(world.fields["practice"])
            last = int(rng.integers(1, int(values.max())))
            few, rest = where & (values == last), where & (values < last)
        else:
            last = int(rng.choice(values))
            few, rest = where & (values == last), where & (values != last)
        if not 1 <= few.sum() <= FEW or rest.sum() < 40:
            return None
        before = Asked("R1", columns(world, "sex"), rest)
        after = replace(before, id="R2", of=rest | few)
        return ((before,), after) if rng.integers(2) else ((replace(after, id="R1"),), replace(before, id="R2"))

    return make


def _areas_redrawn(world: World, rng: np.random.Generator) -> Made:
    """Districts change places between three areas, so that two old ones are two new ones and one tiny district."""
    sizes = np.bincount(world.fields["district"], minlength=24)
    tiny = np.flatnonzero((sizes >= 1) & (sizes <= FEW))
    large = rng.permutation(np.flatnonzero(sizes > 60))
    if not len(tiny) or len(large) < 6:
        return None
    old, new = np.full(24, 2), np.full(24, 2)
    old[large[:2]], old[large[2:4]] = 0, 1
    new[large[[0, 2]]], new[large[[1, 3]]] = 0, 1
    new[rng.choice(tiny)] = int(rng.integers(2))
    before, after = (("area", areas[world.fields["district"]], 3) for areas in (old, new))
    return (Asked("R1", (before,), world.everybody),), Asked("R2", (after,), world.everybody)


def _merged(world: World, rng: np.random.Generator) -> Made:
    """A category too small to print, and then one that holds it and a large one that printed."""
    of = world.fields["area"] == rng.choice(world.fields["area"])
    sizes = np.bincount(world.fields["diagnosis"][of], minlength=9)
    small, order = np.flatnonzero((sizes >= 1) & (sizes <= FEW)), np.argsort(-sizes)
    if not len(small) or sizes[order[2]] <= 2 * FEW:
        return None
    merge = np.arange(9)
    merge[small[0]] = order[0]
    before = Asked("R1", columns(world, "diagnosis"), of)
    return (before,), Asked("R2", (("diagnosis", merge[world.fields["diagnosis"]], 9),), of)


def _quarter(world: World, rng: np.random.Generator) -> Made:
    """Three months, and then their quarter without those who object."""
    quarter = int(rng.integers(4))
    of = world.fields["quarter"] == quarter
    by = columns(world, str(rng.choice(["sex", "area", "band"])))
    months = [Asked(f"R{at}", by, world.fields["month"] == 3 * quarter + at) for at in range(3)]
    return tuple(months), Asked("R9", by, _without(world, of, rng, int(rng.integers(1, FEW + 1))))


def _last_month(world: World, rng: np.random.Generator) -> Made:
    """A year, all of its months but one, and then that one without those who object."""
    by, last = columns(world, "sex"), int(rng.integers(12))
    months = [Asked(f"R{at}", by, world.fields["month"] == at) for at in range(12) if at != last]
    of = world.fields["month"] == last
    new = Asked("R99", by, _without(world, of, rng, int(rng.integers(1, FEW + 1))))
    return (Asked("year", by, world.everybody), *months), new


def _another_rule(world: World, rng: np.random.Generator) -> Made:
    """A count under 10 that was hidden, and then printed under a rule that hides under 5."""
    of = world.fields["district"] == rng.choice(world.fields["district"])
    name = str(rng.choice(["month", "diagnosis", "band"]))
    sizes = np.bincount(world.fields[name][of])
    if ((sizes >= 1) & (sizes < 5)).any() or not ((sizes >= 5) & (sizes <= FEW)).any():
        return None
    before = Asked("R1", columns(world, name), of)
    return (before,), replace(before, id="R2", rule="threshold-5")


def _one_of_the_people(world: World, rng: np.random.Generator) -> Made:
    """People counted, and then again without one of them."""
    before = Asked("R1", columns(world, "area", "sex"), world.everybody, people=True)
    gone = world.person != rng.choice(world.person)
    return (before,), replace(before, id="R2", of=gone)


def _people_by_quarter(world: World, rng: np.random.Generator) -> Made:
    """The same where a person stands in several cells."""
    before = Asked("R1", columns(world, "quarter", "sex"), world.everybody, people=True)
    gone = world.person != rng.choice(world.person)
    return (before,), replace(before, id="R2", of=gone)


def _other_columns(world: World, rng: np.random.Generator) -> Made:
    """By other columns than before, so that only the totals are alike, without those who object."""
    before = Asked("R1", columns(world, "area", "sex"), world.everybody)
    of = _without(world, world.everybody, rng, int(rng.integers(1, FEW + 1)))
    return (before,), Asked("R2", columns(world, "band"), of)


def _of_others(world: World, rng: np.random.Generator) -> Made:
    """Everybody, one part of them and another by quite other columns: what no part holds is few."""
    whole = world.everybody if rng.integers(2) else world.fields["age"] >= 18
    half = world.fields["quarter"] < 2
    few = np.zeros_like(whole)
    few[rng.choice(np.flatnonzero(whole & ~half), int(rng.integers(1, FEW + 1)), replace=False)] = True
    tables = [
        Asked("whole", columns(world, "sex"), whole),
        Asked("one part", columns(world, "band"), whole & half),
        Asked("the other", columns(world, "area"), whole & ~half & ~few),
    ]
    return _last_of(tables, rng)


def _chain_of_four(world: World, rng: np.random.Generator) -> Made:
    """The same with a part more, and the whole a cell of a larger table."""
    few = np.zeros_like(world.everybody)
    where = world.fields["sex"] == 1
    few[rng.choice(np.flatnonzero(where), int(rng.integers(1, FEW + 1)), replace=False)] = True
    rest = where & ~few
    part = world.fields["quarter"] % 3
    tables = [
        Asked("whole", columns(world, "sex"), world.everybody),
        Asked("one part", columns(world, "band"), rest & (part == 0)),
        Asked("another", columns(world, "area"), rest & (part == 1)),
        Asked("the last", columns(world, "quarter"), rest & (part == 2)),
    ]
    return _last_of(tables, rng)


def _two_by_two(world: World, rng: np.random.Generator) -> Made:
    """Three parts told two by two, and one of them alone without those who object."""
    part = world.fields["month"] % 3
    few = np.zeros_like(world.everybody)
    few[rng.choice(np.flatnonzero(part == 0), int(rng.integers(1, FEW + 1)), replace=False)] = True
    tables = [
        Asked("1 and 2", columns(world, "sex"), part != 2),
        Asked("2 and 3", columns(world, "band"), part != 0),
        Asked("1 and 3", columns(world, "quarter"), part != 1),
        Asked("1", columns(world, "area"), (part == 0) & ~few),
    ]
    return _last_of(tables, rng)


def _overlapping(world: World, rng: np.random.Generator) -> Made:
    """Two groups, their union, and those in both without those who object."""
    one, other = world.fields["sex"] == 1, world.fields["quarter"] < 2
    few = np.zeros_like(world.everybody)
    few[rng.choice(np.flatnonzero(one & other), int(rng.integers(1, FEW + 1)), replace=False)] = True
    tables = [
        Asked("either", columns(world, "band"), one | other),
        Asked("one", columns(world, "area"), one),
        Asked("other", columns(world, "sex", "area"), other),
        Asked("both", columns(world, "quarter"), one & other & ~few),
    ]
    return _last_of(tables, rng)


def _months_by_others(world: World, rng: np.random.Generator) -> Made:
    """Twelve months, each by other columns, and their year without those who object."""
    names = ("sex", "band", "area")
    months = [Asked(f"R{at}", columns(world, names[at % 3]), world.fields["month"] == at) for at in range(12)]
    of = _without(world, world.everybody, rng, int(rng.integers(1, FEW + 1)))
    return tuple(months), Asked("year", columns(world, "quarter"), of)


def _last_of(tables: list[Asked], rng: np.random.Generator) -> Made:
    new = tables.pop(int(rng.integers(len(tables))))
    return tuple(tables), new


KINDS: dict[str, Callable[[World, np.random.Generator], Made]] = {
    "one record less": _one_record,
    "with and without objectors": _objectors,
    "one month more": _one_value_more("month"),
    "another age limit": _one_value_more("age"),
    "one practice more": _one_value_more("practice"),
    "one district more": _one_value_more("district"),
    "areas redrawn": _areas_redrawn,
    "a category merged": _merged,
    "a quarter and its months": _quarter,
    "a year and all months but one": _last_month,
    "another rule": _another_rule,
    "one person less": _one_of_the_people,
    "one person less, in several cells": _people_by_quarter,
    "by other columns": _other_columns,
    "a whole and two parts, by other columns": _of_others,
    "a cell and three parts, by other columns": _chain_of_four,
    "three parts told two by two": _two_by_two,
    "two groups, either and both": _overlapping,
    "months by other columns than their year": _months_by_others,
}


def _one_row_each(world: World) -> Bools:
    """The first record of everybody."""
    first = np.zeros_like(world.everybody)
    first[np.unique(world.person, return_index=True)[1]] = True
    return first


def _people_and_rows(world: World, rng: np.random.Generator, *, alike: bool) -> Made:
    """People of whom each has one record, and rows without those who object: one first or the other, by the same
    columns or by others."""
    whole = _one_row_each(world)
    less = _without(world, whole, rng, int(rng.integers(1, FEW + 1)))
    by = columns(world, "area", "sex")
    one = Asked("R1", by, whole, people=bool(rng.integers(2)))
    other = Asked("R2", by if alike else columns(world, "band"), less, people=not one.people)
    return ((one,), other) if rng.integers(2) else ((replace(other, id="R1"),), replace(one, id="R2"))


def _people_in_rows(world: World, rng: np.random.Generator) -> Made:
    """People of whom many have several records, all but few of them in rows in which each has one."""
    whole, one_each = world.everybody, _one_row_each(world)
    less = _without(world, one_each, rng, int(rng.integers(1, FEW + 1)))
    people, rows = Asked("R1", columns(world, "sex"), whole, people=True), Asked("R2", columns(world, "band"), less)
    return ((people,), rows) if rng.integers(2) else ((replace(rows, id="R1"),), replace(people, id="R2"))


MIXED: dict[str, Callable[[World, np.random.Generator], Made]] = {
    "people, and rows without few of them": lambda world, rng: _people_and_rows(world, rng, alike=True),
    "the same by other columns": lambda world, rng: _people_and_rows(world, rng, alike=False),
    "people with several rows, and one row of each but few": _people_in_rows,
}


def random_table(world: World, rng: np.random.Generator, *, id: str, most: int = 12) -> Asked:
    """A table as somebody might ask for it, of at most so many inner cells."""
    while True:
        names = rng.choice(["area", "sex", "band", "quarter", "diagnosis"], int(rng.integers(1, 3)), replace=False)
        table = Asked(id, columns(world, *(str(name) for name in names)), _population(world, rng))
        if table.cells <= most and table.of.sum() >= 50:
            return replace(table, rule=str(rng.choice(["threshold-10", "HES-2018", "HES-2013", "threshold-10"])))


def _population(world: World, rng: np.random.Generator) -> Bools:
    fields = world.fields
    return [
        world.everybody,
        fields["age"] >= rng.choice([16, 18, 65]),
        fields["quarter"] == rng.integers(4),
        fields["sex"] == rng.integers(2),
        (fields["area"] == rng.integers(5)),
        (fields["diagnosis"] == rng.integers(9)) & (fields["age"] >= 18),
    ][int(rng.integers(6))]


def small_group_derivable(world: World, one: Asked, other: Asked, few: int) -> bool:
    """By trying every sum of cells of either table, less all cells of the other that lie in it: whether 1 to `few`
    records are left over, beside what one table alone says of itself. Every cell is taken to be known."""
    overlap = np.zeros((one.cells + 1, other.cells + 1), dtype=np.int64)
    codes = []
    for each in (one, other):
        code = np.zeros(len(world.record), dtype=np.int64)
        code[each.of] = each.leaf + 1
        codes.append(code)
    np.add.at(overlap, tuple(codes), 1)
    return _left_over(overlap, few) or _left_over(overlap.T, few)


def _left_over(overlap: Ints, few: int) -> bool:
    there = np.flatnonzero(overlap[1:].any(axis=1)) + 1
    sums = np.array(list(product((0, 1), repeat=len(there))), dtype=np.int64)
    inside = sums @ overlap[there]
    whole = overlap.sum(axis=0)
    taken = (inside == whole)[:, 1:] * whole[1:]
    left = inside.sum(axis=1) - taken.sum(axis=1)
    return bool(((left >= 1) & (left <= few) & taken.any(axis=1)).any())


def innocent(world: World, new: Asked, earlier: Sequence[Asked], few: int) -> bool:
    """Whether nothing about few follows from the new table beside any of the earlier ones."""
    if any(small_group_derivable(world, new, each, few) for each in earlier):
        return False
    return not _few_left_by_two(world, new, earlier, few)


def _few_left_by_two(world: World, new: Asked, earlier: Sequence[Asked], few: int) -> bool:
    """By trying every cell and every two cells within it that share nobody, one of the three of the new table: whether
    1 to `few` records are left over. Every cell is taken to be known."""
    tables = [_sets(world, each) for each in (new, *earlier)]
    sets = np.concatenate(tables).astype(np.float32)
    mine = np.repeat(np.arange(len(tables)) == 0, [len(each) for each in tables])
    shared = sets @ sets.T
    size = np.diag(shared)
    for whole in np.flatnonzero(size):
        inside = np.flatnonzero((shared[whole] == size) & (size > 0) & (size < size[whole]))
        left = size[whole] - size[inside][:, None] - size[inside][None]
        ours = mine[whole] | mine[inside][:, None] | mine[inside][None]
        if ((left >= 1) & (left <= few) & ours & (shared[np.ix_(inside, inside)] == 0)).any():
            return True
    return False


def _sets(world: World, asked: Asked) -> Bools:
    """Who stands in each cell, each line and the whole of a table: cells x records."""
    inner = np.zeros((asked.cells, len(world.record)), dtype=np.bool_)
    inner[asked.leaf, np.flatnonzero(asked.of)] = True
    sizes = [size for *_, size in asked.by]
    found = [inner]
    if len(sizes) == 2:
        both = inner.reshape(*sizes, -1)
        found += [both.any(axis=0), both.any(axis=1)]
    return np.concatenate([*found, inner.any(axis=0)[None]])


def publications(world: World, number: int) -> Iterator[Asked]:
    """What a publisher of statistics puts out: month by month, for the nation, each area and each district, the same
    tables, until there are so many."""
    fields, made = world.fields, 0
    places = [world.everybody]
    places += [fields[name] == at for name in ("area", "district") for at in range(int(fields[name].max()) + 1)]
    sets = (("sex",), ("band",), ("diagnosis",), ("sex", "band"), ("sex", "diagnosis"), ("band", "diagnosis"))
    for month, (number_of, place), names in product(range(int(fields["month"].max()) + 1), enumerate(places), sets):
        if made == number:
            return
        of = place & (fields["month"] == month)
        if of.any():
            made += 1
            yield Asked(f"month {month}, place {number_of}, by {' and '.join(names)}", columns(world, *names), of)


def next_tables(world: World, number: int, *, seed: int) -> Iterator[Asked]:
    """Tables that somebody asks for beside these: of a month, a quarter, a place, or of everything."""
    rng, fields = np.random.default_rng(seed), world.fields
    for at in range(number):
        names = rng.choice(["area", "sex", "band", "diagnosis"], 2, replace=False)
        quarter = fields["month"] // 3
        of = [
            world.everybody,
            quarter == rng.choice(quarter),
            fields["month"] == rng.choice(fields["month"]),
            fields["district"] == rng.choice(fields["district"]),
            fields["age"] >= rng.choice([16, 18, 65]),
        ][at % 5]
        yield Asked(f"new {at}", columns(world, *(str(name) for name in names)), of)
