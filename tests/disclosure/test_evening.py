"""What is taken from a class so that t-closeness holds of it; and classes by name, beside counting one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from openhaven.disclosure.classes import Held, ValueCounts
from openhaven.disclosure.evening import evened, most_within, table, within

Things = list[tuple[int, int, int]]
things_of = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=20)


@given(things_of, st.floats(0, 0.9), st.integers(1, 12))
def test_so_many_rows_can_be_within_t_just_where_the_most_are_as_many(things: Things, t: float, rows: int) -> None:
    run, value, count = np.array(sorted(things)).T
    held, share = table(run, value, count, shape=(3, 4)), np.array([0.4, 0.3, 0.2, 0.1])
    most = most_within(held, share, t)
    said = within(held, share, t, rows) & (held.sum(axis=1) >= rows)
    assert all(can for can, most_rows in zip(said, most, strict=True) if most_rows >= rows)
    assert not any(can for can, most_rows in zip(said, most, strict=True) if most_rows < rows - 0.01)


@given(things_of, st.floats(0.1, 0.9))
def test_of_no_value_is_more_taken_than_wanted_and_nothing_is_split(things: Things, t: float) -> None:
    run, value, count = np.array(sorted(things)).T
    held, share = table(run, value, count, shape=(3, 4)), np.array([0.4, 0.3, 0.2, 0.1])
    most = most_within(held, share, t)
    taken = evened(run, value, count, held=held, share=share, most=most)
    left = table(run[taken], value[taken], count[taken], shape=(3, 4))
    assert (left <= held).all()
    assert (left.sum(axis=1) <= most + 1e-3).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=20), st.data())
def test_classes_picked_by_name_hold_what_each_holds(rows: list[tuple[int, int]], data: st.DataObject) -> None:
    owner, value = np.array(rows).T
    held = Held(np.bincount(owner, minlength=5), confidential=ValueCounts.of(owner, value, values=4))
    named = data.draw(st.lists(st.integers(0, 4), max_size=8))
    picked = held.picked(np.array(named, dtype=np.int64))
    assert picked.confidential is not None
    for at, name in enumerate(named):
        assert picked.rows[at] == sum(own == name for own, _ in rows)
        expected = [sum(row == (name, each) for row in rows) for each in range(4)]
        assert picked.confidential.dense(at, at + 1)[0].tolist() == expected
