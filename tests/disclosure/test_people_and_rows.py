"""People of one release are held against rows of another, and a table against the files that its recipient has."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.memory import remembered, told_beside_all
from openhaven.disclosure.beside import Before, Tables, protect_beside
from openhaven.disclosure.files import File, told_beside_files
from openhaven.disclosure.ledger import Counted, Ledger, Remembered, of_people
from openhaven.disclosure.memory import told_together
from openhaven.disclosure.protection import protect
from openhaven.disclosure.rules import threshold
from openhaven.disclosure.tables import count_by
from openhaven.model.errors import Unmet
from tests.disclosure.differencing import MIXED, Asked, World, attacks, columns

WORLD = World.made(2_000, seed=5)
FEW = threshold(4)


@pytest.mark.parametrize("kind", MIXED)
def test_people_of_one_release_are_held_against_rows_of_another(kind: str) -> None:
    for each in attacks(WORLD, 6, seed=4, of={kind: MIXED[kind]}):
        assert told_beside_all(remembered(each.new, WORLD), [remembered(before, WORLD) for before in each.earlier])


def test_rows_of_people_who_have_several_are_at_least_as_many_as_people() -> None:
    rows = remembered(Asked("R1", columns(WORLD, "sex"), WORLD.everybody), WORLD)
    people = remembered(Asked("R1", columns(WORLD, "sex"), WORLD.everybody, people=True), WORLD)
    read = of_people(rows)
    assert read is not None and of_people(rows, people) is None
    assert (read.bounds.high == rows.bounds.high).all() and (read.bounds.low == 1).all()
    assert (read.counted.units == people.counted.units).all()
    assert told_together(people, Ledger.of([read])) == []


def test_rows_that_are_not_all_known_to_be_somebodys_tell_nothing_of_people() -> None:
    rows = remembered(Asked("R1", columns(WORLD, "sex"), WORLD.everybody), WORLD)
    whose = WORLD.person.copy()
    whose[0] = 0
    for person in (None, whose):
        counted = Counted(rows.counted.units, rows.counted.leaves, person)
        assert of_people(Remembered("R1", rows.published, counted)) is None


# a table, and files that its recipient has


def table(codes: list[int], size: int, *, people: list[int] | None = None) -> Tables:
    """Rows by one column, and people where it is said whose each row is."""
    values, labels = np.array(codes), [[str(at) for at in range(size)]]
    units, whose = np.arange(len(codes)) + 1, None if people is None else np.array(people)
    tables = [count_by(["c"], labels, values[:, None])]
    counted = [Counted(units, values, whose)]
    if whose is not None:
        tables.append(count_by(["c"], labels, values[:, None], person=whose))
        counted.append(Counted(*np.unique(np.stack((whose, values)), axis=1)))
    return Tables(tables, counted, ((1, 0),) if people else ())


def test_a_table_is_not_told_to_who_has_all_but_few_of_its_records() -> None:
    made, rest = table([0] * 20 + [1] * 20, 2), Before([Ledger.of([])])
    assert protect_beside(made, FEW, rest).told == ((),)
    files = [File("A1.R1", frozenset({"c"}), np.arange(1, 38))]
    assert protect_beside(made, FEW, Before(rest.ledgers, files)).protected.tables[0].shown == ("20", "*", "*")
    files = [File("A1.R1", frozenset({"c"}), np.arange(2, 39))]
    with pytest.raises(Unmet, match=r"beside release A1\.R1 .* counts [123], and hiding cells does not help"):
        protect_beside(made, FEW, Before(rest.ledgers, files))


def test_where_hiding_cells_helps_they_are_hidden_and_it_is_said() -> None:
    made = table([0] * 20 + [1] * 20 + [2] * 40 + [3] * 40, 4)
    most = np.concatenate((np.arange(1, 38), np.arange(41, 100)))
    found = protect_beside(made, FEW, Before([Ledger.of([])], [File("A1.R1", frozenset({"c"}), most)]))
    assert found.files == 1 and found.further > 0 and found.told[0]
    assert found.protected.tables[0].shown[1] == "*"


def test_of_those_in_the_file_a_table_tells_nothing_new() -> None:
    """The two of a hidden cell are in the file, and so is everybody."""
    made = table([0] * 20 + [1] * 2 + [2] * 20, 3)
    everybody = File("A1.R1", frozenset({"c"}), np.arange(1, 43))
    found = protect_beside(made, FEW, Before([Ledger.of([])], [everybody]))
    assert found.told == ((),) and found.protected.tables[0].shown[1] == "*"


def test_a_file_without_the_column_tells_its_total_alone() -> None:
    made = table([0] * 20 + [1] * 20, 2)
    rows = Remembered("new", protect(made.tables, FEW).tables[0], made.counted[0])
    told = {
        fields: told_beside_files(rows, None, [File("A1.R1", frozenset(fields), np.arange(1, 38))])[0]
        for fields in ((), ("c",))
    }
    assert {each.cells for each in told[()]} == {(2,)}
    assert {each.cells for each in told[("c",)]} > {(2,)} or {(1,), (2,)} & {each.cells for each in told[("c",)]}


def test_people_are_held_against_the_files_too() -> None:
    """Each of forty people has two rows; of three people the file has none."""
    people = [at // 2 + 100 for at in range(80)]
    made = table([0] * 40 + [1] * 40, 2, people=people)
    published = protect(made.tables, FEW, people_of=made.people_of).tables
    rows, persons = (Remembered("", each, who) for each, who in zip(published, made.counted, strict=True))
    told = told_beside_files(rows, persons, [File("A1.R1", frozenset({"c"}), np.arange(1, 75))])
    assert told[0] == [], "six rows are not few here"
    assert {each.count for each in told[1]} == {3}


@pytest.mark.parametrize("nobodys", [1, 3])
def test_rows_of_nobody_known_in_the_file_hide_no_person_who_is_not_in_it(nobodys: int) -> None:
    """As before, and in each cell there are rows that nobody knows whose they are: the file has them all."""
    people = np.array([at // 2 + 100 for at in range(80)] + [0, 0] * nobodys)
    codes, known = np.array([0] * 40 + [1] * 40 + [0, 1] * nobodys), people > 0
    labels, units = [["0", "1"]], np.arange(len(codes)) + 1
    tables = [
        count_by(["c"], labels, codes[:, None]),
        count_by(["c"], labels, codes[known][:, None], person=people[known]),
    ]
    both = np.unique(np.stack((people[known], codes[known])), axis=1)
    published = protect(tables, FEW, people_of=((1, 0),)).tables
    rows = Remembered("", published[0], Counted(units, codes, people))
    persons = Remembered("", published[1], Counted(*both))
    held = {"A1.R1": units[(units <= 74) | ~known], "A2.R1": units[~known]}
    told = told_beside_files(rows, persons, [File(id, frozenset({"c"}), records) for id, records in held.items()])
    assert {each.count for each in told[1]} == {3}


# the slow, obvious twin: every way in which the rows could be, for who has the file and the print

MOST = 8


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=3, max_size=MOST))
def test_it_finds_what_trying_every_count_finds(rows: list[tuple[int, bool]]) -> None:
    codes = [code for code, _ in rows]
    assume(set(codes) == {0, 1, 2} and 0 < sum(held for _, held in rows) < len(rows))
    made = table(codes, 3)
    try:
        published = protect(made.tables, FEW).tables[0]
    except Unmet:
        assume(False)
    file = File("R1", frozenset({"c"}), np.flatnonzero([held for _, held in rows]) + 1)
    found = told_beside_files(Remembered("", published, made.counted[0]), None, [file])[0]
    assert bool(found) == bool(exposed(rows, published.shown, published.small.tolist(), published.withheld.tolist()))


def exposed(rows: list[tuple[int, bool]], shown: tuple[str, ...], small: list[bool], withheld: list[bool]) -> list[int]:
    """Groups of one to three people who are not in the file, of one cell or of several, that have fewer than three
    possible counts."""
    held = [sum(code == at and inside for code, inside in rows) for at in range(3)]
    out = [sum(code == at and not inside for code, inside in rows) for at in range(3)]
    ways = [
        way
        for way in product(*(range(3 * MOST) if count else (0,) for count in out))
        if fits([one + two for one, two in zip(way, held, strict=True)], shown, small, withheld)
    ]
    found = []
    for some in product((False, True), repeat=3):
        inside = [count for count, taken in zip(out, some, strict=True) if taken]
        if 1 <= sum(inside) <= 3 and any(count for count, taken in zip(held, some, strict=True) if taken):
            values = {sum(count for count, taken in zip(way, some, strict=True) if taken) for way in ways}
            found += [sum(inside)] if len(values) < 3 else []
    return found


def fits(counts: list[int], shown: tuple[str, ...], small: list[bool], withheld: list[bool]) -> bool:
    for count, text, few, line in zip([*counts, sum(counts)], shown, small, withheld, strict=True):
        if text != "*" and count != int(text):
            return False
        if text == "*" and few and not line and not 1 <= count <= 3:
            return False
    return True
