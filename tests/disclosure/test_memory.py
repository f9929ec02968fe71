"""A new table is attacked together with those released before it: nothing about few people follows from both."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.memory import caught, held, remembered
from openhaven.disclosure.beside import Before, Tables, protect_beside
from openhaven.disclosure.ledger import Counted, Ledger, Remembered
from openhaven.disclosure.memory import told_together
from openhaven.disclosure.protection import protect
from openhaven.disclosure.rules import Rule, rule_named, threshold
from openhaven.disclosure.tables import count_by
from openhaven.model.errors import Unmet
from tests.disclosure.differencing import KINDS, Asked, World, attacks, columns, random_table

WORLD = World.made(2_000, seed=5)


def table(id: str, codes: list[int], size: int, rule: Rule, units: list[int] | None = None) -> Remembered:
    """A table by one column; a code of -1 is not counted."""
    values = np.array(codes)
    units_ = np.arange(len(codes)) if units is None else np.array(units)
    there = values >= 0
    labels = [[str(at) for at in range(size)]]
    counted = count_by(["c"], labels, values[there, None])
    return Remembered(id, protect([counted], rule).tables[0], Counted(units_[there], values[there]))


# what it finds


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_attack_is_caught(kind: str) -> None:
    some = [each for each in attacks(WORLD, len(KINDS) * 3, seed=7) if each.kind == kind]
    for each in some:
        ledger = Ledger.of([remembered(before, WORLD) for before in each.earlier])
        assert told_together(remembered(each.new, WORLD), ledger)


def test_an_attack_is_caught_among_many_earlier_tables() -> None:
    rng = np.random.default_rng(3)
    others = [remembered(random_table(WORLD, rng, id=f"other {at}"), WORLD) for at in range(20)]
    for each in attacks(WORLD, len(KINDS), seed=8):
        ledger = Ledger.of([*others[:10], *(remembered(before, WORLD) for before in each.earlier), *others[10:]])
        assert told_together(remembered(each.new, WORLD), ledger), each.kind


def test_innocent_tables_go_through() -> None:
    for seed in (9, 202):
        assert held(60, records=2_000, seed=seed)["held"] <= 3
    assert caught(14, records=2_000, seed=9)["caught"] == 14


def test_it_says_who_is_told_of_and_by_which_cells() -> None:
    of = WORLD.everybody
    before = Asked("A1.R1", columns(WORLD, "area"), of)
    gone = np.flatnonzero(of & (WORLD.fields["area"] == 2))[:3]
    less = of.copy()
    less[gone] = False
    told = told_together(remembered(Asked("A1.R2", before.by, less), WORLD), Ledger.of([remembered(before, WORLD)]))
    least = min(told, key=lambda each: len(each.cells))
    assert (least.earlier, least.count, least.low, least.high) == (("A1.R1",), 3, 3, 3)
    assert least.cells == (2,) and least.earlier_cells == (("2",),)
    assert sorted(least.units) == sorted(WORLD.record[gone])


def test_the_same_table_again_tells_nothing_new() -> None:
    before = remembered(Asked("R1", columns(WORLD, "area", "sex"), WORLD.everybody), WORLD)
    assert told_together(Remembered("R2", before.published, before.counted), Ledger.of([before])) == []


def test_what_an_earlier_rule_printed_is_not_told_by_a_new_table_under_another() -> None:
    """Seven are few for the new table, and were not for the earlier one, which says so itself."""
    codes = [0] * 7 + [1] * 20 + [2] * 30
    before = table("R1", codes, 3, rule_named("HES-2013"))
    assert before.published.shown[0] == "7"
    assert told_together(table("R2", [each % 2 for each in codes], 2, threshold(10)), Ledger.of([before])) == []
    assert told_together(table("R2", [0] * len(codes), 1, threshold(10)), Ledger.of([before])) == []


def test_a_difference_of_many_is_no_matter() -> None:
    before = remembered(Asked("R1", columns(WORLD, "sex"), WORLD.everybody), WORLD)
    half = WORLD.fields["quarter"] < 2
    assert told_together(remembered(Asked("R2", columns(WORLD, "sex"), half), WORLD), Ledger.of([before])) == []


def test_rounding_hides_a_difference_that_exact_counts_tell() -> None:
    less = WORLD.everybody.copy()
    less[:3] = False
    for rule, found in (("threshold-10", True), ("HES-2018", False)):
        before, after = (
            Asked(id, columns(WORLD, "sex"), of, rule=rule) for id, of in (("1", WORLD.everybody), ("2", less))
        )
        told = told_together(remembered(after, WORLD), Ledger.of([remembered(before, WORLD)]))
        assert bool(told) is found


def test_a_ledger_without_tables_tells_nothing() -> None:
    new = remembered(Asked("R1", columns(WORLD, "sex"), WORLD.everybody), WORLD)
    assert told_together(new, Ledger.of([])) == []


def test_a_solver_that_comes_to_no_end_starts_again() -> None:
    """Two tables withheld or hidden from end to end: the solver, starting where it stopped, once knew no answer."""
    new, before = ([-1, -1, 0, 1, 1], [1, 1, 0, 0, 1])
    tables = [table(id, codes, 2, threshold(4)) for id, codes in (("2", new), ("1", before))]
    assert told_together(tables[0], Ledger.of([tables[1]])) == []


def test_tables_of_other_people_tell_nothing() -> None:
    one, other = WORLD.fields["quarter"] == 0, WORLD.fields["quarter"] == 1
    before = remembered(Asked("R1", columns(WORLD, "area"), one), WORLD)
    assert told_together(remembered(Asked("R2", columns(WORLD, "area"), other), WORLD), Ledger.of([before])) == []


# the least change that makes it safe


def asked_again(kind: str) -> tuple[Asked, Ledger]:
    attack = next(each for each in attacks(WORLD, len(KINDS), seed=8) if each.kind == kind)
    return attack.new, Ledger.of([remembered(each, WORLD) for each in attack.earlier])


def plain(asked: Asked) -> Tables:
    codes = np.stack([codes[asked.of] for _, codes, _ in asked.by], axis=1)
    counted = count_by(
        [name for name, *_ in asked.by], [[str(at) for at in range(size)] for *_, size in asked.by], codes
    )
    return Tables([counted], [remembered(asked, WORLD).counted])


def test_few_further_cells_are_hidden_where_that_helps() -> None:
    new, ledger = asked_again("areas redrawn")
    made = protect_beside(plain(new), rule_named(new.rule), Before([ledger]))
    assert made.told[0] and made.earlier == 1
    assert 0 < made.further <= 2
    assert told_together(Remembered("", made.protected.tables[0], plain(new).counted[0]), ledger) == []


def test_nothing_is_hidden_where_nothing_is_told() -> None:
    new = Asked("new", columns(WORLD, "area", "sex"), WORLD.everybody)
    made = protect_beside(plain(new), rule_named(new.rule), Before([Ledger.of([])]))
    assert (made.told, made.further, made.earlier) == (((),), 0, 0)


def test_a_cell_is_hidden_with_every_total_that_would_tell_it() -> None:
    new, ledger = asked_again("one record less")
    made = protect_beside(plain(new), rule_named(new.rule), Before([ledger]))
    assert made.told[0] and 0 < made.further <= 4
    assert told_together(Remembered("", made.protected.tables[0], plain(new).counted[0]), ledger) == []


def test_it_stops_where_hiding_cells_does_not_help() -> None:
    """One record less in each cell: all of the table would be hidden."""
    by, sex = columns(WORLD, "sex"), WORLD.fields["sex"]
    less = WORLD.everybody.copy()
    less[[np.flatnonzero(sex == each)[0] for each in (0, 1)]] = False
    ledger = Ledger.of([remembered(Asked("R1", by, WORLD.everybody), WORLD)])
    with pytest.raises(Unmet, match=r"beside release R1 .* a group of few people counts [12], and hiding cells"):
        protect_beside(plain(Asked("R2", by, less)), threshold(10), Before([ledger]))


@pytest.mark.parametrize("number", [3, 4, 5, 6, 9, 21, 34])
def test_rings_are_found_whichever_of_their_tables_is_the_last(number: int) -> None:
    """Parts of 20, 21, ... told each with its neighbour. Of an odd number that tells one part, which is told without
    three; of an even number all but the last link tell that one, which is told without three."""
    part = np.repeat(np.arange(number), 20 + np.arange(number))
    links = [(part == at) | (part == (at + 1) % number) for at in range(number)]
    few = np.flatnonzero(part == 0)[:3]
    links = [*links, part == 0] if number % 2 else links
    links[-1][few] = False
    tables = [table(f"R{at}", np.where(each, 0, -1).tolist(), 1, threshold(10)) for at, each in enumerate(links)]
    for last in range(0, len(tables), 1 + number // 10):
        told = told_together(tables[last], Ledger.of([*tables[:last], *tables[last + 1 :]]))
        assert [(each.count, each.units.tolist()) for each in told] == [(3, few.tolist())]


def test_a_long_ring_is_followed_among_more_tables_than_are_taken_together() -> None:
    part = np.repeat(np.arange(100), 20 + np.arange(100) % 23)
    links = [(part == at) | (part == (at + 1) % 31) for at in range(31)]
    few = np.flatnonzero(part == 0)[:3]
    others = [part == at for at in range(31, 100)]
    tables = [
        table(f"R{at}", np.where(each, 0, -1).tolist(), 1, threshold(10)) for at, each in enumerate(links + others)
    ]
    new = table("new", np.where((part == 0) & ~np.isin(np.arange(len(part)), few), 0, -1).tolist(), 1, threshold(10))
    assert [each.units.tolist() for each in told_together(new, Ledger.of(tables))] == [few.tolist()]


def test_a_ring_goes_through_a_margin_of_a_table_of_which_no_total_or_inner_cell_is_near() -> None:
    part = np.repeat(np.arange(21), 30)
    links = [(part == at) | (part == (at + 1) % 19) for at in range(19)]
    few = np.flatnonzero(part == 0)[:3]
    last = (part == 0) & ~np.isin(np.arange(len(part)), few)
    tables = [table(f"R{at}", np.where(each, 0, -1).tolist(), 1, threshold(10)) for at, each in enumerate(links)]
    there = np.flatnonzero(links[9] | (part > 18))
    codes = np.stack((part[there] > 18, np.arange(len(there)) % 4), axis=1).astype(np.int64)
    counted = count_by(["other", "sort"], [list("ny"), list("0123")], codes)
    tables[9] = Remembered("R9", protect([counted], threshold(10)).tables[0], Counted(there, codes @ [4, 1]))
    new = table("R19", np.where(last, 0, -1).tolist(), 1, threshold(10))
    assert [each.units.tolist() for each in told_together(new, Ledger.of(tables))] == [few.tolist()]


def test_what_one_earlier_table_tells_by_itself_is_not_laid_to_the_new_one() -> None:
    """Two small counts, hidden, are seven together: the total of the earlier table says so, and the new one's too."""
    codes = [0] * 30 + [1] * 20 + [2] * 4 + [3] * 3
    earlier, half = (table(id, each, 4, threshold(10)) for id, each in (("R1", codes), ("R2", [0] * 30 + [-1] * 27)))
    new = table("R3", [at % 2 for at in range(len(codes))], 2, threshold(10))
    assert told_together(new, Ledger.of([earlier, half])) == []


def test_a_count_hidden_beside_a_small_one_and_printed_before_tells_the_small_one() -> None:
    """What stood in the way of a subtraction stands there no longer, and another cell must."""
    codes = [0] * 2 + [1] * 20 + [2] * 30 + [3] * 40
    new = table("R2", codes, 4, threshold(10))
    assert new.published.shown == ("*", "*", "30", "40", "92")
    before = table("R1", [each - 1 if each == 1 else -1 for each in codes], 1, threshold(10))
    told = told_together(new, Ledger.of([before]))
    assert [(each.count, each.low, each.high, each.cells) for each in told] == [(2, 2, 2, (0, 1))]
    tables = Tables([count_by(["c"], [list("0123")], np.array(codes)[:, None])], [new.counted])
    made = protect_beside(tables, threshold(10), Before([Ledger.of([before])]))
    assert made.protected.tables[0].shown == ("*", "20", "*", "40", "92")


# the slow, obvious twin: every sum of cells, and every way in which the counts could be what was printed

MOST = 9


@st.composite
def two_tables(draw: st.DrawFn) -> tuple[list[int], list[int], Rule]:
    units = draw(st.integers(4, MOST))
    sizes = [draw(st.integers(2, 3)) for _ in range(2)]
    codes = [[draw(st.integers(-1, size - 1)) for _ in range(units)] for size in sizes]
    for each, size in zip(codes, sizes, strict=True):
        assume(set(range(size)) <= set(each))
    assume(len(set(zip(*codes, strict=True)) - {(-1, -1)}) <= 7)
    return (*codes, draw(st.sampled_from([threshold(4), Rule("rounded", "for tests", small=3, base=3)])))


@settings(max_examples=80, deadline=None)
@given(two_tables())
def test_it_finds_what_trying_everything_finds(two: tuple[list[int], list[int], Rule]) -> None:
    new, before, rule = two
    sizes = [max(each) + 1 for each in (new, before)]
    try:
        tables = [table(id, codes, size, rule) for id, codes, size in zip("21", (new, before), sizes, strict=True)]
    except Unmet:
        assume(False)
    found = told_together(tables[0], Ledger.of([tables[1]]))
    assert bool(found) == bool(exposed_groups(new, before, rule, tables))


def exposed_groups(new: list[int], before: list[int], rule: Rule, tables: list[Remembered]) -> set[frozenset[int]]:
    units = range(len(new))
    pieces = sorted({(one, other) for one, other in zip(new, before, strict=True)} - {(-1, -1)})
    every = _ways(pieces, new, before, rule, tables)
    exposed = set()
    for wholes, parts in (((new, before)), ((before, new))):
        for group in _left_over(wholes, parts, units, rule.small):
            inside = {(new[unit], before[unit]) for unit in group}
            values = {sum(way[at] for at, piece in enumerate(pieces) if piece in inside) for way in every}
            if len(values) < rule.fewest_values:
                exposed.add(group)
    return exposed


def _left_over(wholes: list[int], parts: list[int], units: range, small: int) -> set[frozenset[int]]:
    found = set()
    for size in range(1, max(wholes) + 2):
        for some in combinations(range(max(wholes) + 1), size):
            whole = {unit for unit in units if wholes[unit] in some}
            cells = [{unit for unit in units if parts[unit] == part} for part in range(max(parts) + 1)]
            inside = [cell for cell in cells if cell <= whole]
            rest = whole - set().union(*inside)
            large = [cell for cell in inside if len(cell) > small]
            if inside and rest:
                found |= {frozenset(rest), frozenset(whole - set().union(*large))}
            found |= {frozenset(cell) for cell in inside if len(cell) <= small}
    return {group for group in found if 1 <= len(group) <= small}


def _ways(
    pieces: list[tuple[int, int]], new: list[int], before: list[int], rule: Rule, tables: list[Remembered]
) -> list[tuple[int, ...]]:
    """Every count of the pieces under which both tables print as they did."""
    limits = [[_limits(each, at) for at in range(len(each.published.shown))] for each in tables]
    ways: list[tuple[int, ...]] = [()]
    for _ in pieces:
        ways = [(*way, more) for way in ways for more in range(MOST + 3) if _fits((*way, more), pieces, limits)]
    return [way for way in ways if _fits(way, pieces, limits, whole=True)]


def _limits(table: Remembered, at: int) -> tuple[int, int]:
    """Least and most of a cell by its own print: a `*` that is not small, or in a line withheld, may be anything."""
    published = table.published
    if published.shown[at] == "*" and (published.withheld[at] or not published.small[at]):
        return 0, 2 * MOST
    return published.rule.possible(published.shown[at])


def _counts(way: tuple[int, ...], pieces: list[tuple[int, int]], side: int, cells: int) -> list[int]:
    counts = [0] * cells
    for count, piece in zip(way, pieces, strict=False):
        if piece[side] >= 0:
            counts[piece[side]] += count
            counts[-1] += count
    return counts


def _fits(
    way: tuple[int, ...], pieces: list[tuple[int, int]], limits: list[list[tuple[int, int]]], *, whole: bool = False
) -> bool:
    """Whether no cell is beyond its most; of a whole way, nor below its least."""
    for side, ends in enumerate(limits):
        counts = _counts(way, pieces, side, len(ends))
        if any(count > most or (whole and count < least) for count, (least, most) in zip(counts, ends, strict=True)):
            return False
    return True
