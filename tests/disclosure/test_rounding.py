"""Controlled rounding adds up and stays near; cell keys give the same people the same noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.cell_key import Noise, cell_keys, perturbed
from openhaven.disclosure.rounding import controlled
from openhaven.disclosure.tables import from_cells
from openhaven.model.errors import BadInput
from tests.disclosure.small_tables import from_parts


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from([3, 5, 10]))
def test_rounded_tables_add_up_exactly_and_stay_near(seed: int, ways: int, base: int) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(int(size) for size in rng.integers(2, 4, ways))
    table = from_parts(
        "rows", "abc"[:ways], [[str(at) for at in range(size)] for size in shape], rng.integers(0, 40, shape)
    )
    found = controlled(table, base)
    assert (found % base == 0).all() and (np.abs(found - table.counts) < 2 * base).all()
    for axis in range(ways):
        assert (np.delete(found, -1, axis).sum(axis=axis) == np.take(found, -1, axis)).all()
    if ways < 3:
        assert (np.abs(found - table.counts) < base).all()


def test_people_in_several_cells_cannot_be_rounded_so() -> None:
    people = from_cells("people", ["a"], {("x",): 9, ("y",): 9, (None,): 12})
    with pytest.raises(BadInput, match="not sums"):
        controlled(people, 5)


def test_the_same_people_print_the_same_in_every_table_and_noise_has_no_drift() -> None:
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 256, 20_000)
    cell = rng.integers(0, 1000, 20_000)
    counts = np.bincount(cell, minlength=1000)
    found = perturbed(counts, cell_keys(keys, cell, cells=1000), Noise())
    order = rng.permutation(len(keys))
    again = perturbed(counts, cell_keys(keys[order], cell[order], cells=1000), Noise())
    assert (found == again).all() and np.abs(found - counts).max() <= 2
    assert abs(float((found - counts).mean())) < 0.15 and (found != counts).mean() > 0.4
    assert (perturbed(np.zeros(256, dtype=np.int64), np.arange(256), Noise()) == 0).all()


def test_record_keys_outside_their_range_are_refused() -> None:
    with pytest.raises(BadInput, match="from 0 to 255"):
        cell_keys(np.array([256]), np.array([0]), cells=1)
