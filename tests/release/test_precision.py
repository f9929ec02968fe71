"""Coarsening: the engine's expression and its slow twin agree, value by value, and coarsening again changes nothing."""

import datetime as dt

import pyarrow as pa
import pytest

from openhaven.engines import open_engine
from openhaven.model.dataset import Field
from openhaven.model.precision import ladder
from openhaven.model.words import FieldType, Precision, Role
from openhaven.release.precision import Places, coarsened, expression, is_coarse

WHOLE = [None, 0, 4, 5, 19, 20, 79, 80, 89, 90, 91, 7001, -1, -5, -6, -459, -16700]
DAYS = [None, *map(dt.date.fromisoformat, ("1800-01-01", "1801-01-31", "1999-12-31", "2024-02-29", "9999-12-31"))]
COLUMNS = [(FieldType.INTEGER, WHOLE, pa.int64()), (FieldType.DATE, DAYS, pa.date32())]


@pytest.mark.parametrize(("type", "values", "arrow"), COLUMNS, ids=["whole numbers", "dates"])
def test_the_engine_and_the_twin_agree_on_every_step(tmp_path, type, values, arrow):
    field = Field("some.value", type, Role.QUASI)
    with open_engine("duckdb", spill=tmp_path) as engine:
        held = engine.table(pa.table({field.name: pa.array(values, arrow)}))
        for step in ladder(field):
            left = engine.collect(held.select(expression(field, step)))[field.name].to_pylist()
            assert left == [coarsened(value, step) for value in values]


@pytest.mark.parametrize("step", [Precision.AGE_5, Precision.AGE_10, Precision.AGE_20])
def test_what_is_coarse_is_known_to_be_so(step):
    for value in WHOLE[1:]:
        label = coarsened(value, step)
        assert coarsened(label, step) == label and is_coarse(label, step, places=Places())
        assert not is_coarse(str(value), step, places=Places())


def test_bands_nest_so_that_a_band_is_coarsened_as_its_values_are():
    """Above 80 a band of 20 years ends at 89, since ages from 90 up share one band."""
    for value in WHOLE[1:]:
        assert coarsened(coarsened(value, Precision.AGE_5), Precision.AGE_10) == coarsened(value, Precision.AGE_10)
        assert coarsened(coarsened(value, Precision.AGE_10), Precision.AGE_20) == coarsened(value, Precision.AGE_20)


def test_days_before_an_event_have_bands_too():
    assert coarsened(-459, Precision.AGE_5) == "-460--456" and coarsened(-1, Precision.AGE_20) == "-20--1"
