"""Attacks on the memory of kinds that `differencing` has not, and innocents beside them; files of records too.

Apart from `openhaven.disclosure` as well. Each attack ends in a group of few whose count follows, by arithmetic that
its comment names, from what was printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tests.disclosure.differencing import FEW, MOST_TRIES, Asked, Bools, World, columns, random_table


@dataclass(frozen=True)
class Held:
    """A file of these records, with these columns."""

    id: str
    of: Bools
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Further:
    """What left before, tables and files, and what would tell of few beside it."""

    kind: str
    earlier: tuple[Asked, ...]
    files: tuple[Held, ...]
    new: Asked | Held


Pieces = tuple[tuple[Asked, ...], tuple[Held, ...], Asked | Held] | None
Make = Callable[[World, np.random.Generator], Pieces]


def further(world: World, number: int, *, seed: int) -> Iterator[Further]:
    """That many, of every kind in turn."""
    rng, kinds = np.random.default_rng(seed), list(FURTHER.items())
    for at in range(number):
        kind, make = kinds[at % len(kinds)]
        yield Further(kind, *next(each for _ in range(MOST_TRIES) if (each := make(world, rng)) is not None))


def _few_of(world: World, where: Bools, rng: np.random.Generator) -> Bools:
    found = np.zeros_like(world.everybody)
    found[rng.choice(np.flatnonzero(where), int(rng.integers(1, FEW + 1)), replace=False)] = True
    return found


def _by(world: World, rng: np.random.Generator) -> tuple[tuple[str, np.ndarray, int], ...]:
    return columns(world, str(rng.choice(["sex", "band", "area", "quarter"])))


def _by_people(world: World, rng: np.random.Generator) -> tuple[tuple[str, np.ndarray, int], ...]:
    """By columns that tell nothing of months and areas."""
    return columns(world, str(rng.choice(["sex", "band"])))


def _any_last(tables: list[Asked], rng: np.random.Generator) -> Pieces:
    new = tables.pop(int(rng.integers(len(tables))))
    return tuple(tables), (), new


def _bands_moved(world: World, rng: np.random.Generator) -> Pieces:
    """Bands of age, and the same with one limit a year later: who is of that age in one place."""
    where = world.fields["district"] == rng.choice(world.fields["district"])
    cut, ages = int(rng.integers(10, 80)), world.fields["age"]
    one, other = ((ages >= at).astype(np.int64) for at in (cut, cut + 1))
    moved = int((where & (ages == cut)).sum())
    if not 1 <= moved <= FEW or min(np.bincount(one[where], minlength=2)) <= 2 * FEW:
        return None
    before, after = (Asked(id, (("band", codes, 2),), where) for id, codes in (("R1", one), ("R2", other)))
    return (before,), (), after


def _few_corrected(world: World, rng: np.random.Generator) -> Pieces:
    """The same people twice, some records of whom were moved to another quarter in between."""
    quarter = world.fields["quarter"].copy()
    gone = _few_of(world, quarter == 1, rng)
    quarter[gone] = 2
    before = Asked("R1", columns(world, "quarter"), world.everybody)
    return (before,), (), Asked("R2", (("quarter", quarter, 4),), world.everybody)


def _all_but_a_hidden_one(world: World, rng: np.random.Generator) -> Pieces:
    """A table by diagnosis hides a small one and another for its sake; then all who have not the small one."""
    where = world.fields["area"] == rng.choice(world.fields["area"])
    sizes = np.bincount(world.fields["diagnosis"][where], minlength=9)
    small = np.flatnonzero((sizes >= 1) & (sizes <= FEW))
    if not len(small):
        return None
    without = where & (world.fields["diagnosis"] != rng.choice(small))
    return (Asked("R1", columns(world, "diagnosis"), where),), (), Asked("R2", columns(world, "sex"), without)


def _the_other_hidden_one(world: World, rng: np.random.Generator) -> Pieces:
    """A table hides a small count and others for its sake; then the table of the rest, by other columns."""
    where = world.fields["district"] == rng.choice(world.fields["district"])
    sizes = np.bincount(world.fields["band"][where], minlength=5)
    small = np.flatnonzero((sizes >= 1) & (sizes <= FEW))
    if len(small) != 1 or (sizes > FEW).sum() < 3:
        return None
    rest = where & (world.fields["band"] != small[0])
    return (Asked("R1", columns(world, "band"), where),), (), Asked("R2", columns(world, "quarter"), rest)


def _year_to_date(world: World, rng: np.random.Generator) -> Pieces:
    """The year up to a month and up to the next, of one practice, by other columns each time."""
    where = world.fields["practice"] == rng.choice(world.fields["practice"])
    month = int(rng.integers(3, 11))
    one, more = where & (world.fields["month"] <= month), where & (world.fields["month"] == month + 1)
    if not 1 <= more.sum() <= FEW or one.sum() < 30:
        return None
    tables = [Asked("R1", columns(world, "sex"), one), Asked("R2", columns(world, "quarter"), one | more)]
    return _any_last(tables, rng)


def _three_groups(world: World, rng: np.random.Generator) -> Pieces:
    """Inclusion and exclusion: three groups, two and two, any of them, and all three without few."""
    groups = [world.fields["sex"] == 1, world.fields["quarter"] < 2, world.fields["age"] >= 40]
    one, two, three = groups
    few = _few_of(world, one & two & three, rng)
    sets = [one, two, three, one & two, one & three, two & three, one | two | three, one & two & three & ~few]
    return _any_last(
        [Asked(f"R{at}", columns(world, str(rng.choice(["area", "diagnosis"]))), each) for at, each in enumerate(sets)],
        rng,
    )


def _ring(number: int) -> Make:
    """An odd number of parts, each told with its neighbour: half of the sum taken in turn is one of them, told without
    few. Of an even number the sum taken in turn is nothing, and one link is told without few."""

    def make(world: World, rng: np.random.Generator) -> Pieces:
        part = (world.fields["month"] * 3 + world.fields["area"]) % number
        links = [(part == at) | (part == (at + 1) % number) for at in range(number)]
        few = _few_of(world, part == 0, rng)
        links = [*links, (part == 0) & ~few] if number % 2 else [links[0] & ~few, *links[1:]]
        return _any_last([Asked(f"R{at}", _by_people(world, rng), each) for at, each in enumerate(links)], rng)

    return make


def _ring_of_cells(world: World, rng: np.random.Generator) -> Pieces:
    """A ring of seven parts, of months, areas and both. Some links are cells in tables of more people; one leaves out
    who objects, who are many and told apart; and one part is told without few."""
    month, area = world.fields["month"], world.fields["area"]
    part = np.where(area < 2, month // 4, np.where(area == 2, 3, 4 + month // 4))
    links = [(part == at) | (part == (at + 1) % 7) for at in range(7)]
    object_ = (part == 3) & (rng.random(len(part)) < 0.3)
    sets = [each & ~object_ if at == 2 else each for at, each in enumerate(links)]
    tables = []
    for at, each in enumerate([*sets, object_, (part == 0) & ~_few_of(world, part == 0, rng)]):
        more = each | (rng.integers(0, 2, len(part)) == 1)
        as_cell = Asked(f"R{at}", ((f"link{at}", np.where(each, 0, 1), 2),), more)
        tables.append(as_cell if rng.integers(2) else Asked(f"R{at}", _by_people(world, rng), each))
    return _any_last(tables, rng)


def _ring_of_months(world: World, rng: np.random.Generator) -> Pieces:
    """Each of five areas with its neighbour in the first months, and each in the other months: less these, a ring."""
    part = world.fields["area"]
    early = world.fields["month"] < 6
    few = _few_of(world, (part == 0) & early, rng)
    links = [(part == at) | ((part == (at + 1) % 5) & early) for at in range(5)]
    halves = [(part == at) & ~early for at in range(5)]
    tables = [Asked(f"R{at}", _by_people(world, rng), each) for at, each in enumerate([*links, *halves])]
    return _any_last([*tables, Asked("R10", _by_people(world, rng), (part == 0) & early & ~few)], rng)


def _three_by_three(world: World, rng: np.random.Generator) -> Pieces:
    """Four parts told three by three, so that thirds of the sums tell each, and one of them without few."""
    part = world.fields["month"] % 4
    few = _few_of(world, part == 0, rng)
    tables = [Asked(f"R{at}", _by(world, rng), part != at) for at in range(4)]
    return _any_last([*tables, Asked("R4", _by(world, rng), (part == 0) & ~few)], rng)


def _cube(world: World, rng: np.random.Generator) -> Pieces:
    """Three columns of two values, told two by two. Tables that print so differ in one number, added to four cells and
    taken from four: with one person in one of these and nobody in one of those, two tables are left."""
    where = world.fields["area"] == rng.choice(world.fields["area"])
    codes = [world.fields["sex"], (world.fields["quarter"] < 2).astype(np.int64), rng.integers(0, 2, len(where))]
    place, of = rng.integers(0, 2, 3), where.copy()
    for at, keep in ((place, 1), (1 - place, 0)):
        inside = of & np.logical_and.reduce([each == one for each, one in zip(codes, at, strict=True)])
        of[np.flatnonzero(inside)[keep:]] = False
    three = tuple((f"c{at}", each, 2) for at, each in enumerate(codes))
    tables = [Asked(f"R{at}", tuple(c for n, c in enumerate(three) if n != at), of) for at in range(3)]
    counts = [np.bincount(each.leaf, minlength=4) for each in tables]
    return _any_last(tables, rng) if min(each.min() for each in counts) > FEW else None


# files


def _file_after(world: World, rng: np.random.Generator) -> Pieces:
    """A table, and a file of its people without those who object."""
    where = world.fields["sex"] == rng.integers(2)
    by = columns(world, str(rng.choice(["band", "area", "quarter"])))
    file = Held("R2", where & ~_few_of(world, where, rng), ("diagnosis", *([by[0][0]] if rng.integers(2) else [])))
    return (Asked("R1", by, where),), (), file


def _file_after_two(world: World, rng: np.random.Generator) -> Pieces:
    """Everybody, and a part; then a file of the others without few."""
    part = world.fields["quarter"] < 2
    file = Held("R3", ~part & ~_few_of(world, ~part, rng), ("sex", "band"))
    return (Asked("R1", _by(world, rng), world.everybody), Asked("R2", _by(world, rng), part)), (), file


def _file_of_a_part(world: World, rng: np.random.Generator) -> Pieces:
    """A file of a part without few and a table of the rest; then a table of everybody."""
    part = world.fields["quarter"] < 2
    file = Held("R1", part & ~_few_of(world, part, rng), ("sex", "band"))
    tables = [Asked("R2", _by(world, rng), ~part), Asked("R3", _by(world, rng), world.everybody)]
    new = tables.pop(int(rng.integers(2)))
    return tuple(tables), (file,), new


def _two_files(world: World, rng: np.random.Generator) -> Pieces:
    """Two files that hold everybody but few between them, and a table of all."""
    few, part = _few_of(world, world.everybody, rng), world.fields["month"] % 2 == 0
    files = tuple(Held(f"R{at}", half & ~few, ("sex", "diagnosis")) for at, half in enumerate((part, ~part)))
    return (), files, Asked("R3", _by(world, rng), world.everybody)


def _second_file(world: World, rng: np.random.Generator) -> Pieces:
    """A table of all and a file of a part; then the file of the other part without few."""
    few, part = _few_of(world, world.everybody, rng), world.fields["month"] % 2 == 0
    one, other = (Held(f"R{at}", half & ~few, ("sex", "diagnosis")) for at, half in enumerate((part, ~part)))
    return (Asked("R3", _by(world, rng), world.everybody),), (one,), other


FURTHER: dict[str, Make] = {
    "bands moved by a year": _bands_moved,
    "few records corrected": _few_corrected,
    "all but a hidden category": _all_but_a_hidden_one,
    "the rest, beside a table that hides": _the_other_hidden_one,
    "the year to date, a month later": _year_to_date,
    "three groups by inclusion and exclusion": _three_groups,
    "a ring of five parts": _ring(5),
    "a ring of six parts": _ring(6),
    "a ring of seven parts": _ring(7),
    "a ring of nine parts": _ring(9),
    "a ring of cells, with and without objectors": _ring_of_cells,
    "a ring of areas in half of the months, and the other half": _ring_of_months,
    "four parts told three by three": _three_by_three,
    "three columns told two by two": _cube,
    "a file after a table": _file_after,
    "a file after a whole and a part": _file_after_two,
    "a table beside a file of a part": _file_of_a_part,
    "a table beside two files": _two_files,
    "a second file after a table": _second_file,
}


def innocents(world: World, number: int, *, seed: int) -> Iterator[tuple[list[Asked], Asked | Held]]:
    """Tables, or every third time a file, and what left before: of what is printed and of each file, whoever is in one
    cell and not in the file is many or nobody."""
    rng = np.random.default_rng(seed)
    made = 0
    while made < number:
        earlier = [random_table(world, rng, id=f"R{at}") for at in range(4)]
        if made % 3:
            made += 1
            yield earlier, random_table(world, rng, id="new")
            continue
        field = str(rng.choice(["quarter", "area", "band"]))
        of = world.fields[field] != rng.integers(int(world.fields[field].max()) + 1)
        if all(_out(each, of) for each in earlier):
            made += 1
            yield earlier, Held("new", of, (field, "sex"))


def _out(table: Asked, of: Bools) -> bool:
    out = np.bincount(replace(table, of=table.of & ~of).leaf, minlength=table.cells)
    return bool(((out == 0) | (out > FEW)).all())
