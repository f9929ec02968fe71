"""Coarsening: the engine's expression and its slow twin agree, value by value, and coarsening again changes nothing."""

import datetime as dt
import shutil
from itertools import pairwise

import pyarrow as pa
import pytest

from openhaven.engines import open_engine
from openhaven.model.dataset import Field
from openhaven.model.precision import ladder
from openhaven.model.words import FieldType, Kind, Precision, Role
from openhaven.release.precision import Places, coarsened, expression, is_coarse

WHOLE = [None, 0, 4, 5, 19, 20, 79, 80, 89, 90, 91, 130, 131, 160, 7001, 7007, -1, -5, -6, -459, -16700, 10**18 - 1]
DAYS = [None, *map(dt.date.fromisoformat, ("1800-01-01", "1801-01-31", "1999-12-31", "2024-02-29", "9999-12-31"))]
NUMBER = Field("a value", FieldType.INTEGER, Role.QUASI)
AGE = Field("an age", FieldType.INTEGER, Role.QUASI, kind=Kind.AGE)
DAY = Field("a day", FieldType.DATE, Role.QUASI)
COLUMNS = [(NUMBER, WHOLE, pa.int64()), (AGE, WHOLE, pa.int64()), (DAY, DAYS, pa.date32())]
BANDS = (Precision.AGE_5, Precision.AGE_10, Precision.AGE_20)
BANDED = [(field, step) for field in (NUMBER, AGE) for step in BANDS]
SPARK = pytest.param(
    "spark",
    marks=[
        pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and none is here"),
        pytest.mark.xdist_group("spark"),
    ],
)


@pytest.mark.parametrize("engine", ["duckdb", SPARK])
def test_the_engine_and_the_twin_agree_on_every_step(tmp_path, engine):
    with open_engine(engine, spill=tmp_path) as opened:
        for field, values, arrow in COLUMNS:
            held = opened.table(pa.table({field.name: pa.array(values, arrow), "at": range(len(values))}))
            for step in ladder(field):
                left = opened.collect(held.select(expression(field, step), "at")).sort_by("at")
                assert left[field.name].to_pylist() == [coarsened(value, step, field=field) for value in values]


@pytest.mark.parametrize(("field", "step"), BANDED)
def test_what_is_coarse_is_known_to_be_so(field, step):
    for value in WHOLE[1:]:
        label = coarsened(value, step, field=field)
        assert coarsened(label, step, field=field) == label and is_coarse(label, step, field=field, places=Places())
        assert not is_coarse(str(value), step, field=field, places=Places())


@pytest.mark.parametrize("field", [NUMBER, AGE])
def test_bands_nest_so_that_a_band_is_coarsened_as_its_values_are(field):
    """Above 80 a band of 20 years ends at 89, since ages from 90 up share one band."""
    for value in WHOLE[1:]:
        for finer, coarser in pairwise(BANDS):
            band = coarsened(value, finer, field=field)
            assert coarsened(band, coarser, field=field) == coarsened(value, coarser, field=field)


@pytest.mark.parametrize(
    ("value", "step", "band"),
    [
        (162, Precision.AGE_5, "160-164"),
        (95, Precision.AGE_20, "80-99"),
        (7001, Precision.AGE_10, "7000-7009"),
        (-459, Precision.AGE_5, "-460--456"),
        (-1, Precision.AGE_20, "-20--1"),
        (-5, Precision.AGE_5, "-5--1"),
    ],
)
def test_a_number_that_is_no_age_has_bands_without_a_top_whatever_it_measures(value, step, band):
    assert coarsened(value, step, field=NUMBER) == band


@pytest.mark.parametrize(("value", "band"), [(89, "85-89"), (90, "90+"), (130, "90+")])
def test_ages_from_90_up_share_a_band(value, band):
    assert coarsened(value, Precision.AGE_5, field=AGE) == band


@pytest.mark.parametrize("value", [-1, 131, 7001, 7007])
@pytest.mark.parametrize("step", BANDS)
def test_what_cannot_be_an_age_is_never_said_to_be_one(value, step):
    assert coarsened(value, step, field=AGE) == "not an age"


@pytest.mark.parametrize("type", [each for each in FieldType if each is not FieldType.INTEGER])
def test_an_age_is_a_whole_number(type):
    with pytest.raises(ValueError, match="an age is a whole number of years"):
        Field("age", type, Role.QUASI, kind=Kind.AGE)
