"""Rules that hide nothing and move every count instead: controlled rounding (`rounded-5`) and cell keys (`cell-key-2`).

Each says how far a print may lie from its count, so that the same judge audits them: between what each count lies, and
that true counts add up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from openhaven.disclosure.audit import Link, Published, audit
from openhaven.disclosure.cell_key import Noise, cell_keys, perturbed
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.protection import Protected
from openhaven.disclosure.rounding import controlled
from openhaven.disclosure.rules import FEWEST_VALUES, Rule, rule_named
from openhaven.disclosure.tables import Table
from openhaven.model.errors import BadInput, Unmet

ROUNDED, CELL_KEY = "rounded", "cell-key"


@dataclass(frozen=True)
class MovedRule(Rule):
    """A count prints at most `within` from itself. `to_zero`: counts up to this may print as 0, and 0 always does."""

    kind: str = ROUNDED
    within: int = 0
    to_zero: int = 0

    def never_prints(self, count: int) -> bool:
        """Whether no cell prints this number: every print is a multiple of the base, or none is small but 0."""
        return bool(count % self.base) if self.kind == ROUNDED else 0 < count <= self.to_zero - self.within

    def possible(self, shown: str) -> tuple[int, int]:
        """Lowest and highest count that prints so."""
        value = int(shown)
        if not self.to_zero:
            return max(value - self.within, 0), value + self.within
        return (0, self.to_zero) if value == 0 else (max(value - self.within, 1), value + self.within)


def moved_rule_named(name: str) -> MovedRule | None:
    """`rounded-5` (the base) or `cell-key-2` (the largest move); None for the name of another rule."""
    if match := re.fullmatch(r"rounded-(\d{1,3})", name):
        base = int(match[1])
        if base < FEWEST_VALUES:
            raise BadInput(f"rounding to {base} leaves too few possibilities", todo="Round to 3 or more: rounded-5.")
        says = (
            "Controlled rounding: every count a multiple of the base near it, and every total the sum of what is "
            "printed, but for people who stand in several cells: these are rounded by themselves"
        )
        return MovedRule(name, says, small=base, base=base, kind=ROUNDED, within=base - 1)
    if match := re.fullmatch(r"cell-key-(\d{1,2})", name):
        most = int(match[1])
        if most < 1:
            raise BadInput("cell keys must move counts by 1 at least", todo="For example cell-key-2.")
        noise = Noise(most=most, small=max(2, most))
        says = (
            f"Cell keys: every count moved by up to {most} as its own records decide, those that come to {noise.small} "
            "or fewer printed as 0; totals are moved on their own and need not be sums"
        )
        to_zero = noise.small + most
        return MovedRule(name, says, small=to_zero, base=1, kind=CELL_KEY, within=most, to_zero=to_zero)
    return None


def any_rule_named(name: str) -> Rule:
    """A rule that hides counts or one that moves them. Raises BadInput where there is none of this name."""
    return moved_rule_named(name) or rule_named(name)


def rounded(tables: Sequence[Table], rule: MovedRule, *, people_of: Sequence[Link] = ()) -> Protected:
    """The tables rounded to the base, totals still sums; of people who stand in several cells, whose totals are none,
    each count by itself. Raises Unmet where no such table is found or the judge finds a count exposed."""
    found = [_rounded(table, rule.base) for table in tables]
    off = max(int(np.abs(each - table.counts).max()) for each, table in zip(found, tables, strict=True))
    wider = replace(rule, within=(off // rule.base + 1) * rule.base - 1)
    return _audited(
        tables, [_published(table, each, wider) for table, each in zip(tables, found, strict=True)], people_of
    )


def _rounded(table: Table, base: int) -> Ints:
    if all(table.adds_up(axis) for axis in range(len(table.by))):
        return controlled(table, base)
    return (2 * table.counts + base) // (2 * base) * base


@dataclass(frozen=True)
class Keyed:
    """The records counted: the code of each in each column, its key, and the person where people are counted, with
    each person's own key."""

    codes: Ints
    keys: Ints
    person: Ints | None = None
    person_keys: Ints | None = None


def keyed(tables: Sequence[Table], rule: MovedRule, records: Keyed, *, people_of: Sequence[Link] = ()) -> Protected:
    """The tables of rows, and of people where given, each count moved by the keys of its own records or people.

    Raises Unmet where the judge finds a count exposed."""
    noise = Noise(most=rule.within, small=rule.to_zero - rule.within)
    sizes = [len(labels) for labels in tables[0].labels]
    moved = [perturbed(tables[0].counts, _keys_of(records.codes, records.keys, sizes), noise)]
    if len(tables) > 1:
        assert records.person is not None and records.person_keys is not None
        moved.append(perturbed(tables[1].counts, _keys_of_people(records, sizes), noise))
    return _audited(
        tables, [_published(table, each, rule) for table, each in zip(tables, moved, strict=True)], people_of
    )


def _keys_of(codes: Ints, keys: Ints, sizes: Sequence[int]) -> Ints:
    """The key of every cell and total."""
    found = np.zeros([size + 1 for size in sizes], dtype=np.int64)
    for kept in (axes for count in range(len(sizes) + 1) for axes in combinations(range(len(sizes)), count)):
        cell = np.zeros(len(codes), dtype=np.int64)
        for axis in kept:
            cell = cell * sizes[axis] + codes[:, axis]
        inside = [sizes[axis] for axis in kept]
        place = tuple(slice(0, -1) if axis in kept else -1 for axis in range(len(sizes)))
        found[place] = cell_keys(keys, cell, cells=int(np.prod(inside))).reshape(inside)
    return found


def _keys_of_people(records: Keyed, sizes: Sequence[int]) -> Ints:
    """The same of people: each once in a cell or total, however many rows it has there."""
    assert records.person is not None and records.person_keys is not None
    found = np.zeros([size + 1 for size in sizes], dtype=np.int64)
    for kept in (axes for count in range(len(sizes) + 1) for axes in combinations(range(len(sizes)), count)):
        once = np.unique(np.column_stack((records.codes[:, list(kept)], records.person)), axis=0)
        inside = [sizes[axis] for axis in kept]
        cell = np.zeros(len(once), dtype=np.int64)
        for at, size in enumerate(inside):
            cell = cell * size + once[:, at]
        place = tuple(slice(0, -1) if axis in kept else -1 for axis in range(len(sizes)))
        keys = records.person_keys[once[:, -1]]
        found[place] = cell_keys(keys, cell, cells=int(np.prod(inside))).reshape(inside)
    return found


def _published(table: Table, counts: Ints, rule: MovedRule) -> Published:
    none = np.zeros(table.counts.shape, dtype=np.bool_)
    return Published(
        rule=rule,
        unit=table.unit,
        by=table.by,
        labels=table.labels,
        shown=tuple(str(int(count)) for count in counts.ravel()),
        small=rule.small_among(table.counts),
        withheld=none,
        exact=none,
        adds_up=tuple(table.adds_up(axis) for axis in range(len(table.by))),
        sums=table.sums,
    )


def _audited(tables: Sequence[Table], published: Sequence[Published], people_of: Sequence[Link]) -> Protected:
    for exposure in audit(published, people_of=people_of):
        name = " and ".join(tables[exposure.table].name(exposure.cell))
        raise Unmet(
            f"the audit finds {name} exposed: {exposure.why}",
            todo="Count by coarser categories, or take a rule that moves counts farther. Nothing is written.",
        )
    none = (0,) * len(tables)
    return Protected(tuple(published), none, none)
