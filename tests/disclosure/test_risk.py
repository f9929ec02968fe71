"""Risk figures, from class sizes."""

import numpy as np
import pytest

from openhaven.disclosure.risk import attackers, measure, without_each
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
    assert [each.uniques for each in without_each(codes)] == [2, 1]
    assert [each.mean for each in without_each(codes)] == [3 / 4, 2 / 4]
    assert [each.uniques for each in without_each(codes, np.array([1, 1, 2, 1]))] == [2, 1]
    assert [each.uniques for each in without_each(np.array([[0], [1]]))] == [0]


def test_three_attackers_by_their_definitions() -> None:
    """Row by row: one over the class in the file; one over the class in the population."""
    rows, population = np.array([1, 2, 5]), np.array([4, 2, 50])
    found = attackers(rows, rows, population=population, threshold=3)
    each_row = [(1, 4), (2, 2), (2, 2), *[(5, 50)] * 5]
    assert found.prosecutor.mean == pytest.approx(sum(1 / file for file, _ in each_row) / 8)
    assert found.journalist.mean == pytest.approx(sum(1 / wider for _, wider in each_row) / 8)
    assert (found.prosecutor.highest, found.journalist.highest) == (1.0, 0.5)
    assert (found.prosecutor.at_risk, found.journalist.at_risk) == (3 / 8, 2 / 8)
    assert found.marketer == found.journalist.mean and found.population_known


def test_without_a_population_the_journalist_is_taken_for_the_prosecutor() -> None:
    found = attackers(np.array([1, 3]), np.array([1, 3]))
    assert found.journalist == found.prosecutor and found.marketer == 2 / 4 and not found.population_known


def test_a_population_that_misses_people_of_the_file_does_not_raise_the_risk() -> None:
    assert attackers(np.array([3]), np.array([3]), population=np.array([0])).journalist.highest == pytest.approx(1 / 3)
