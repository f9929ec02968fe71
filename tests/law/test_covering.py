"""The covering arrays that the tests of the law rest on: every combination of a few columns stands in some row."""

from itertools import combinations, product

import numpy as np
import pytest
from covering import covering, missing_from


def absent(rows, levels, strength):
    """What stands in no row, found by looking at everything: the slow, obvious way."""
    for columns in combinations(range(len(levels)), strength):
        there = {tuple(row) for row in rows[:, columns].tolist()}
        for values in product(*(range(levels[column]) for column in columns)):
            if values not in there:
                yield columns, values


@pytest.mark.parametrize(
    ("levels", "strength"), [((2, 2, 2, 2, 2), 4), ((5, 3, 4, 2, 3, 2), 4), ((4, 4, 3, 2, 2, 5, 3), 3), ((7, 2, 6), 2)]
)
def test_every_combination_stands_in_a_row(levels, strength):
    rows = covering(levels, strength=strength)
    assert not list(absent(rows, levels, strength))
    assert not list(missing_from(rows, levels, strength=strength))
    assert (rows >= 0).all()
    assert (rows < np.asarray(levels)).all()


def test_what_is_missing_is_found():
    levels, rows = (3, 2, 4, 3, 2), covering((3, 2, 4, 3, 2), strength=3)[:20]
    said = [(c, tuple(v)) for c, values in missing_from(rows, levels, strength=3) for v in values.tolist()]
    assert sorted(said) == sorted(absent(rows, levels, 3)) != []


def test_the_same_seed_makes_the_same_rows():
    assert (covering((5, 4, 3, 3, 2, 2), seed=7) == covering((5, 4, 3, 3, 2, 2), seed=7)).all()
