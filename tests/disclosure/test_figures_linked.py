"""Means of tables over different columns: the few of a hidden cell, whom other tables part, are asked for whole."""

from __future__ import annotations

import numpy as np
import pytest

from openhaven.disclosure.figures_before import beside_earlier
from openhaven.disclosure.rules import HIDDEN
from tests.disclosure.test_figures_before import CELLS, PEOPLE, most, table

FEW = 3


def hiding(made, *cells):
    """The same table with these cells' means hidden."""
    ((share, texts),) = made.figures
    return type(made)(**(vars(made) | {"figures": ((share, tuple(
        HIDDEN if at in cells else text for at, text in enumerate(texts))),)}))  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_a_hidden_cell_that_others_part_is_not_told_by_its_line_and_a_table_of_the_rest(seed: int) -> None:
    """Few, some and the rest: the new table prints some and all; another printed the rest; a third parts the few."""
    rng = np.random.default_rng(seed)
    amounts = np.round(rng.gamma(2, 50, PEOPLE))
    first, everyone = np.repeat([0, 1, 2], [FEW, 17, PEOPLE - FEW - 17]), np.ones(PEOPLE, dtype=bool)
    parting = rng.permutation(np.arange(PEOPLE) % 3)
    new = hiding(table(amounts, first, everyone, decimals=2), 0, 2)
    before = [
        table(amounts, parting, everyone, decimals=0),
        table(amounts, np.zeros(PEOPLE, dtype=int), first == 2, decimals=2),
    ]
    few, enough = first == 0, float(amounts[first == 0].sum() + max(amounts[first == 0].max() / 10, 1e-6))
    assert most([new, *before], amounts, few, 1) < enough <= most(before, amounts, few, 1), "it can fail"
    left = beside_earlier(new, before)
    assert left.left_out
    safe = type(new)(**(vars(new) | {"figures": left.figures}))
    assert most([safe, *before], amounts, few, 1) >= enough
    assert len(CELLS) == len(left.figures[0][1])
