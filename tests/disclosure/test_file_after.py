"""A file of records that leaves after tables tells nothing of the few whom they count and it does not hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.memory import further_caught, further_held
from openhaven.disclosure.file_after import Left, least_change, near, told_after
from openhaven.disclosure.files import File
from openhaven.disclosure.ledger import Counted, Ledger, Remembered
from openhaven.disclosure.protection import protect
from openhaven.disclosure.rules import rule_named
from openhaven.disclosure.tables import count_by
from openhaven.model.errors import Unmet
from tests.disclosure.file_attacker import Seen, crossed
from tests.disclosure.further_attacks import FURTHER

NAMES = ("a", "b")
BASE = {"HES-2018": 5, "HES-2013": 1, "threshold-4": 1}


def left(codes: np.ndarray, sizes: tuple[int, ...], rule: str, people: np.ndarray | None = None) -> Left:
    """A table by one or two columns, of records 1, 2, 3 and so on; of their people too where it is said whose."""
    names, labels = list(NAMES[: len(sizes)]), [[str(at) for at in range(size)] for size in sizes]
    tables = [count_by(names, labels, codes)]
    leaf = np.ravel_multi_index(tuple(codes.T), sizes)
    counted = [Counted(np.arange(1, len(codes) + 1), leaf, people)]
    if people is not None:
        tables.append(count_by(names, labels, codes, person=people))
        counted.append(Counted(*np.unique(np.stack((people, leaf)), axis=1)))
    made = protect(tables, rule_named(rule), people_of=((1, 0),) if people is not None else ()).tables
    return Left(*(Remembered("A1.R1", each, who) for each, who in zip(made, counted, strict=True)))


def one_column(*sizes: int) -> np.ndarray:
    return np.repeat(np.arange(len(sizes)), sizes)[:, None]


def file(records: np.ndarray | range, *fields: str) -> File:
    return File("A2.R1", frozenset(fields), np.array(records))


# what is told


def test_who_is_counted_in_a_cell_and_not_in_the_file_is_told_of() -> None:
    table = left(one_column(20, 20), (2,), "threshold-4")
    (told,) = told_after(file(range(1, 38), "a"), [table])
    assert (told.release, told.low, told.high, told.people) == ("A1.R1", 3, 3, 3)
    assert set(told.cells) <= {("1",), ("Total",)}


def test_a_hidden_cell_is_told_by_the_file_that_has_what_it_hides_behind() -> None:
    """Two are hidden, and twelve for their sake; who has the twelve works out the two."""
    table = left(one_column(2, 12, 20), (3,), "threshold-4")
    assert table.rows.published.shown == ("*", "*", "20", "34")
    (told,) = told_after(file(range(3, 35), "a"), [table])
    assert (told.people, told.low, told.high) == (2, 2, 2)


def test_of_those_in_the_file_nothing_new_is_told() -> None:
    table = left(one_column(2, 12, 20), (3,), "threshold-4")
    assert told_after(file(range(1, 35), "a"), [table]) == []
    assert told_after(file(range(50, 90), "a"), [table]) == []
    assert told_after(file(range(1, 20), "a"), [table]) == []


def test_people_are_held_too() -> None:
    """Each of forty has two records; of three the file has none: six records are not few, three people are."""
    people = np.arange(80) // 2 + 100
    table = left(one_column(40, 40), (2,), "threshold-4", people)
    (told,) = told_after(file(range(1, 75), "a"), [table])
    assert told.people == 3 and (told.low, told.high) == (3, 3)


# which tables are looked at


def test_only_tables_that_could_tell_of_few_are_read() -> None:
    tables = [left(one_column(*sizes), (2,), "threshold-4") for sizes in ((20, 20), (20, 14))]
    ledger = Ledger.of([replace(each.rows, id=id) for each, id in zip(tables, ("A1.R1", "A1.R2"), strict=True)])
    assert near(ledger, np.arange(1, 33), people=False) == ["A1.R2"]
    assert near(ledger, np.arange(1, 33), people=True) == ["A1.R1", "A1.R2"]
    assert near(ledger, np.arange(90, 99), people=True) == near(Ledger.of([]), np.arange(9), people=True) == []


# the least change


def test_leaving_a_column_out_is_enough_where_the_total_tells_nothing() -> None:
    table = left(one_column(20, 20, 20), (3,), "threshold-4")
    held = file([*range(1, 18), *range(21, 38), *range(41, 61)], "a", "c")
    assert told_after(held, [table])
    change = least_change(held, [table])
    assert change is not None and change.without == ("a",)
    assert told_after(replace(held, fields=frozenset({"c"})), [table]) == []


def test_else_so_many_further_records_that_who_is_left_out_is_no_longer_few() -> None:
    table = left(one_column(20, 20), (2,), "threshold-4")
    held = file(range(1, 40), "a")
    change = least_change(held, [table])
    assert change is not None and change.records is not None and len(change.records) == 3
    assert told_after(replace(held, records=np.setdiff1d(held.records, change.records)), [table]) == []


# an attacker who has the print and the file


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, tuple[int, ...], np.ndarray, str]:
    sizes = draw(st.sampled_from([(3,), (2, 2), (2, 3)]))
    counts = [draw(st.sampled_from([0, 1, 2, 3, 9, 14, 21])) for _ in range(int(np.prod(sizes)))]
    out = [draw(st.integers(0, min(count, 6))) for count in counts]
    codes = np.repeat(np.stack(np.unravel_index(np.arange(len(counts)), sizes), axis=1), counts, axis=0)
    there = np.concatenate([np.arange(count) >= gone for count, gone in zip(counts, out, strict=True)] or [[]])
    return codes, sizes, there.astype(bool), draw(st.sampled_from(sorted(BASE)))


def seen(table: Left, codes: np.ndarray, sizes: tuple[int, ...], there: np.ndarray, rule: str) -> Seen:
    published = table.rows.published
    shown = np.array(published.shown).reshape(published.small.shape)
    small = published.small & ~published.withheld
    return Seen(shown, small, published.rule.small, crossed(codes[there].T, sizes), BASE[rule])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(cases())
def test_what_an_attacker_works_out_is_told_and_after_the_change_nothing(
    case: tuple[np.ndarray, tuple[int, ...], np.ndarray, str],
) -> None:
    codes, sizes, there, rule = case
    if there.sum() < 10:
        return
    try:
        table = left(codes, sizes, rule)
    except Unmet:
        return
    held = file(np.flatnonzero(there) + 1, *NAMES)
    truth = crossed(codes.T, sizes)
    worked_out = list(seen(table, codes, sizes, there, rule).told(truth))
    if not worked_out:
        return
    assert told_after(held, [table]), worked_out
    change = least_change(held, [table])
    if change is not None and change.records is not None:
        kept = there & ~np.isin(np.arange(1, len(codes) + 1), change.records)
        assert not list(seen(table, codes, sizes, kept, rule).told(truth))


@pytest.mark.parametrize("seed", range(3))
def test_every_table_that_tells_is_near(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, (120, 1))
    tables = [replace(left(codes, (3,), "HES-2013").rows, id=f"R{at}") for at in range(1)]
    for gone in range(0, 60, 7):
        held = file(np.arange(1 + gone, 121), "a")
        if told_after(held, [Left(tables[0])]):
            assert near(Ledger.of(tables), held.records, people=False) == ["R0"]


# with more tables, and more files


def test_further_kinds_of_attack_are_caught_and_innocents_leave() -> None:
    found = further_caught(2 * len(FURTHER), records=2_000, seed=1)
    assert found["caught"] == found["attacks"], found["kinds"]
    assert further_held(30, records=2_000, seed=4)["held"] <= 1
