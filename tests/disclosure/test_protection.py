"""How much is hidden to protect small counts: beside the least possible, found by trying every choice."""

from itertools import combinations

import numpy as np
import pytest

from openhaven.disclosure.audit import audit
from openhaven.disclosure.protection import protect, publish
from openhaven.disclosure.rules import HES_2013, HES_2018, Rule
from openhaven.disclosure.tables import Table, cells_of
from tests.disclosure.small_tables import from_parts


def table(parts: list[list[int]]) -> Table:
    shape = np.array(parts).shape
    return from_parts("rows", "ab", [[str(place) for place in range(size)] for size in shape], np.array(parts))


def least(made: Table, rule: Rule, *, at_most: int) -> int:
    """The fewest further cells with which the judge finds nothing, by trying every choice of fewer than `at_most`."""
    plain = publish(made, rule)
    for count in range(at_most):
        for some in combinations([cell for cell in cells_of(made) if not plain.small[cell]], count):
            second = np.zeros(made.counts.shape, dtype=bool)
            second[tuple(np.array(some, dtype=int).reshape(-1, 2).T)] = True
            if not audit([publish(made, rule, second=second)]):
                return count
    return at_most


def random_tables(seed: int, *, count: int) -> list[Table]:
    rng = np.random.default_rng(seed)
    return [
        table(rng.choice([0, 1, 2, 4, 6, 9, 12, 20, 40], size=rng.integers(2, 4, 2)).tolist()) for _ in range(count)
    ]


@pytest.mark.parametrize("rule", [HES_2018, HES_2013], ids=lambda rule: rule.name)
def test_tiny_tables_hide_hardly_more_than_the_least_possible(rule: Rule) -> None:
    hidden = possible = 0
    for made in random_tables(7, count=12):
        result = protect([made], rule)
        if not result.tables[0].withheld.any():  # a withheld line prints as it did, but is judged otherwise
            hidden += result.second[0]
            possible += least(made, rule, at_most=result.second[0])
    assert possible <= hidden <= 1.05 * possible


def test_one_cell_serves_a_row_and_a_column() -> None:
    made = table([[3, 50, 60, 70], [80, 4, 90, 95], [85, 65, 75, 55]])
    assert protect([made], HES_2013).second == (2,)


def test_rounding_already_protects_a_large_table() -> None:
    counts = np.random.default_rng(3).negative_binomial(0.6, 0.02, (66, 23))
    assert protect([table(counts.tolist())], HES_2018).second == (0,)
