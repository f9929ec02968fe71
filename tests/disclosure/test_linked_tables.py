"""Tables with cells in common are protected and attacked together."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.audit import Same, audit
from openhaven.disclosure.protection import protect
from openhaven.disclosure.rules import HES_2018, threshold
from openhaven.disclosure.tables import Table, count_by


def pair(seed: int) -> tuple[list[Table], Same]:
    """People by area and sex, and the same people by area and age: the totals by area are one and the same."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, size, 90) for size in (3, 2, 3)], axis=1)
    labels = [[str(at) for at in range(size)] for size in (3, 2, 3)]
    tables = [count_by("as", labels[:2], codes[:, :2]), count_by("ag", labels[::2], codes[:, ::2])]
    totals = [np.arange(table.counts.size).reshape(table.counts.shape)[:, -1] for table in tables]
    return tables, Same(0, totals[0], 1, totals[1])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([HES_2018, threshold(10)]))
def test_linked_tables_leave_together(seed: int, rule) -> None:
    tables, same = pair(seed)
    assert audit(protect(tables, rule, same=[same]).tables, same=[same]) == []


def test_protected_one_by_one_they_give_each_other_away() -> None:
    tables, same = pair(23)
    alone = [protect([table], threshold(10)).tables[0] for table in tables]
    assert [audit([each]) for each in alone] == [[], []]
    assert len(audit(alone, same=[same])) > 1
