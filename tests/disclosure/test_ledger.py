"""A ledger that is added to, table by table, is the one made of all tables at once."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.ledger import Counted, Ledger, Remembered
from openhaven.disclosure.protection import publish
from openhaven.disclosure.rules import threshold
from openhaven.disclosure.tables import count_by

UNITS, CELLS = 12, 3
NUMBERS = ("units", "atom", "sizes", "starts", "held", "part")


def table(id: str, codes: list[int]) -> Remembered:
    """By one column: the cell of each of the units, -1 where it is not counted."""
    values = np.array(codes)
    there = np.flatnonzero(values >= 0)
    labels = [[str(at) for at in range(CELLS)]]
    counted = count_by(["c"], labels, values[there, None])
    return Remembered(id, publish(counted, threshold(4)), Counted(there * 7, values[there]))


codes = st.lists(st.integers(-1, CELLS - 1), min_size=UNITS, max_size=UNITS)


def same(one: Ledger, other: Ledger) -> bool:
    numbers = all((getattr(one, name) == getattr(other, name)).all() for name in NUMBERS)
    facts = all((getattr(one.facts, each.name) == getattr(other.facts, each.name)).all() for each in fields(one.facts))
    return numbers and facts and [each.id for each in one.tables] == [each.id for each in other.tables]


@settings(max_examples=60, deadline=None)
@given(st.lists(codes, max_size=6), st.integers(0, 6))
def test_added_to_it_is_the_same_as_made_at_once(many: list[list[int]], first: int) -> None:
    tables = [table(str(at), each) for at, each in enumerate(many)]
    grown = Ledger.of(tables[:first])
    for each in tables[first:]:
        grown = grown.and_of([each])
    assert same(grown, Ledger.of(tables))


@settings(max_examples=60, deadline=None)
@given(st.lists(codes, min_size=1, max_size=5))
def test_every_table_still_counts_whom_it_counted(many: list[list[int]]) -> None:
    ledger = Ledger.of([])
    for at, each in enumerate(many):
        ledger = ledger.and_of([table(str(at), each)])
    for at, kept in enumerate(ledger.tables):
        atoms, part = ledger.atoms_of(at)
        cell = dict(zip(atoms.tolist(), part.tolist(), strict=True))
        found = [cell.get(int(atom), 0) - 1 for atom in ledger.atom]
        wanted = dict(enumerate(many[int(kept.id)]))
        assert found == [wanted[int(unit) // 7] for unit in ledger.units]


def test_of_tables_that_print_the_same_of_the_same_people_one_is_kept() -> None:
    ledger = Ledger.of([table("1", [0] * 6 + [1] * 6)])
    again = table("2", [0] * 6 + [1] * 6)
    assert ledger.new_of([again]) == [] and same(ledger.and_of([again]), ledger)
