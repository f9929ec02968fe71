"""What joining a class would cost, worked out for all at once, is what it costs once it is done."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.classes import Classes, ValueCounts
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.mend import Mender
from openhaven.disclosure.models import Demands, EqualT, K

COLUMNS = (
    Hierarchy("age", (tuple("abcdef"), tuple("112233"), tuple("xxxxyy"), tuple("******"))),
    Hierarchy("area", (tuple("ABCD"), tuple("NNSS"), tuple("****"))),
    Hierarchy("sex", (("f", "m"), ("*", "*"))),
)
combinations = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 1)), min_size=2, max_size=25)


@settings(max_examples=150, deadline=None)
@given(combinations, st.data())
def test_lines_multiply_to_what_is_kept_when_two_are_together(found: set[tuple[int, ...]], data: st.DataObject) -> None:
    codes = np.array(sorted(found))
    mender = Mender(Classes(codes, np.ones(len(codes), dtype=np.int64)), COLUMNS, Demands((K(1),)))
    class_of = np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(codes), max_size=len(codes))))
    made = mender.parted(class_of)
    single = np.array(data.draw(st.lists(st.integers(0, len(codes) - 1), min_size=1, max_size=6, unique=True)))
    lines, own = mender.shared_lines(made.order[made.starts], made.levels, single)
    kept = lines @ own.T
    for at in range(len(made.starts)):
        for number, one in enumerate(single.tolist()):
            joined = np.where(made.class_of == at, 0, 1 + np.arange(len(codes)))
            joined[one] = 0
            together = mender.parted(joined)
            loss = together.loss[together.class_of[one]]
            assert kept[at, number] == pytest.approx(1 - loss, abs=1e-5)


def test_of_values_that_one_combination_has_alone_no_table_is_made() -> None:
    """Of a column with thousands of values most are nobody else's."""
    names = Hierarchy("name", (tuple(map(str, range(3000))), ("*",) * 3000))
    sex = Hierarchy("sex", (("f", "m"), ("*", "*")))
    codes = np.stack((np.arange(3000), np.arange(3000) % 2), axis=1)
    mender = Mender(Classes(codes, np.ones(3000, dtype=np.int64)), (names, sex), Demands((K(5),)))
    made = mender.parted(codes[:, 1])
    lines, own = mender.shared_lines(made.order[made.starts], made.levels, np.arange(3000))
    assert lines.shape == (2, 2) and own.shape == (3000, 2) and mender.features == 2


def test_who_is_left_calls_in_no_more_than_it_takes_and_the_cheapest_first() -> None:
    """Six people of one value and no class: those three of the other who would lose least go with them, not the
    many who would bring them nearest to the whole."""
    codes = np.array([[0, 0, 0], [1, 0, 0], [4, 3, 1], [5, 3, 1]])
    rows, value = np.array([6, 3, 40, 40]), np.array([0, 1, 1, 0])
    classes = Classes(codes, rows, None, ValueCounts.of(np.arange(4), value, count=rows, values=2))
    mender = Mender(classes, COLUMNS, Demands((K(5), EqualT(0.2))))
    united = mender.unite(np.array([-1, 0, 1, 1]), inside=np.zeros(4, dtype=np.int64))
    assert united[0] == united[1] != united[2] == united[3]
