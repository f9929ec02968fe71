"""Counts that are moved rather than hidden: judged by trying every possible table."""

from contextlib import suppress
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.moved import CELL_KEY, Keyed, MovedRule, any_rule_named, keyed, moved_rule_named, rounded
from openhaven.disclosure.protection import Protected, protect
from openhaven.disclosure.rules import NAMED
from openhaven.disclosure.tables import Table, count_by
from openhaven.model.errors import BadInput, Unmet
from tests.disclosure.small_tables import from_parts


def rule(name: str) -> MovedRule:
    found = moved_rule_named(name)
    assert found is not None
    return found


def possible(made: Protected) -> list[set[int]]:
    """The counts that each inner cell of a 2 x 2 table may have, by trying all."""
    printed = made.tables[0]
    ends = [printed.rule.possible(text) for text in printed.shown]
    inner = [0, 1, 3, 4]
    found: list[set[int]] = [set() for _ in inner]
    for a, b, c, d in product(*(range(ends[at][0], ends[at][1] + 1) for at in inner)):
        counts = [a, b, a + b, c, d, c + d, a + c, b + d, a + b + c + d]
        if all(low <= count <= high for count, (low, high) in zip(counts, ends, strict=True)):
            for at, count in enumerate((a, b, c, d)):
                found[at].add(count)
    return found


def check(made: Protected, table: Table) -> None:
    counts = table.counts[:-1, :-1].ravel()
    for count, values in zip(counts, possible(made), strict=True):
        assert int(count) in values
        if 1 <= count <= made.tables[0].rule.small:
            assert len(values) >= made.tables[0].rule.fewest_values


cells = st.lists(st.integers(0, 12), min_size=4, max_size=4).filter(any)


@settings(max_examples=40, deadline=None)
@given(cells, st.sampled_from(["rounded-3", "rounded-5", "rounded-10"]))
def test_rounded_tables_add_up_and_tell_no_small_count(counts: list[int], name: str) -> None:
    table = from_parts("rows", "ab", ["xy", "xy"], np.array(counts).reshape(2, 2))
    try:
        made = rounded([table], rule(name))
    except Unmet:
        return
    shown = np.array(made.tables[0].shown, dtype=int).reshape(3, 3)
    assert (shown % rule(name).base == 0).all() and (shown[:2].sum(axis=0) == shown[2]).all()
    check(made, table)


@settings(max_examples=40, deadline=None)
@given(cells, st.integers(1, 4), st.integers(0, 1000))
def test_cell_keys_tell_no_small_count(counts: list[int], most: int, seed: int) -> None:
    codes = np.repeat(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), counts, axis=0)
    table = count_by(["a", "b"], ["xy", "xy"], codes)
    keys = np.random.default_rng(seed).integers(0, 256, len(codes))
    try:
        made = keyed([table], rule(f"cell-key-{most}"), Keyed(codes, keys))
    except Unmet:
        return
    check(made, table)


NAMES = (*NAMED, "threshold-5", "HES-2018+zeros", "HES-2018+insider", "rounded-5", "cell-key-2")


@settings(max_examples=20, deadline=None)
@given(cells, st.integers(0, 1000))
def test_what_prints_under_a_rule_is_never_what_its_recipient_takes_for_a_small_count(counts: list[int], seed: int):
    codes = np.repeat(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), counts, axis=0)
    table = count_by(["a", "b"], ["xy", "xy"], codes)
    records = Keyed(codes, np.random.default_rng(seed).integers(0, 256, len(codes)))
    for name in NAMES:
        with suppress(Unmet):
            by = any_rule_named(name)
            if isinstance(by, MovedRule):
                made = keyed([table], by, records) if by.kind == CELL_KEY else rounded([table], by)
            else:
                made = protect([table], by)
            shown = [int(text) for text in made.tables[0].shown if text.isdecimal()]
            assert not any(by.never_prints(count) for count in shown), name


@pytest.mark.parametrize(
    ("name", "prints", "never"),
    [
        ("HES-2018", 8, 7),
        ("OPENSAFELY-midpoint6", 3, 2),
        ("threshold-5", 5, 4),
        ("HES-2018+zeros", 8, 0),
        ("HES-2018+insider", 9, 8),
        ("rounded-5", 5, 3),
    ],
)
def test_a_small_count_that_prints_is_seen_by_its_recipient(name: str, prints: int, never: int) -> None:
    assert any_rule_named(name).never_prints(never) and not any_rule_named(name).never_prints(prints)


@pytest.mark.parametrize("name", ["rounded-5", "cell-key-2"])
def test_most_tables_need_not_be_refused(name: str) -> None:
    rng, done = np.random.default_rng(1), 0
    for _ in range(20):
        codes = np.stack((rng.integers(0, 3, 60), rng.integers(0, 4, 60)), axis=1)
        table = count_by(["a", "b"], ["xyz", "wxyz"], codes)
        records = Keyed(codes, rng.integers(0, 256, 60))
        with suppress(Unmet):
            done += bool(rounded([table], rule(name)) if name == "rounded-5" else keyed([table], rule(name), records))
    assert done >= 15


def test_people_are_moved_by_their_own_keys_each_once() -> None:
    codes, person = np.zeros((60, 1), dtype=np.int64), np.repeat(np.arange(20), 3)
    people_keys = np.arange(20) * 7 % 256
    tables = [count_by(["a"], ["x"], codes), count_by(["a"], ["x"], codes, person=person)]
    records = Keyed(codes, people_keys[person], person, people_keys)
    made = keyed(tables, rule("cell-key-2"), records, people_of=[(1, 0)])
    assert all(abs(int(text) - 20) <= 2 for text in made.tables[1].shown)
    assert made.tables[1].shown[0] == made.tables[1].shown[1], "the same people, in a cell and in the total"


@pytest.mark.parametrize("name", ["rounded-2", "cell-key-0"])
def test_a_rule_that_moves_too_little_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        moved_rule_named(name)
