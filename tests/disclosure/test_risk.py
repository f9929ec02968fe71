"""Risk figures, from class sizes."""

import numpy as np
import pytest

from openhaven.disclosure.risk import measure, without_each
from openhaven.model.errors import BadInput


def test_rows_alone_in_their_class_are_unique() -> None:
    risk = measure(np.array([1, 1, 4, 6]))
    assert (risk.rows, risk.classes, risk.k, risk.uniques) == (12, 4, 1, 2)
    assert risk.average_class == 3.0
    assert (risk.highest, risk.average) == (1.0, pytest.approx(4 / 12))
    assert risk.rows_at_risk == 6


def test_many_rows_of_one_person_are_one_person() -> None:
    risk = measure(np.array([10, 10]), people=np.array([1, 5]), all_people=5)
    assert risk.people is not None
    assert (risk.people.people, risk.people.k, risk.people.classes_of_one, risk.people.rows_of_one) == (5, 1, 1, 10)
    assert (risk.k, risk.highest, risk.rows_at_risk) == (10, 1.0, 10)


def test_people_in_classes_without_people_in_all_is_refused() -> None:
    with pytest.raises(BadInput):
        measure(np.array([3]), people=np.array([2]))
    with pytest.raises(BadInput):
        measure(np.array([], dtype=np.int64))


def test_which_column_makes_rows_unique() -> None:
    codes = np.array([[0, 0], [0, 1], [0, 2], [1, 2]])
    assert without_each(codes) == (2, 1)
    assert without_each(np.array([[0], [1]])) == (0,)
