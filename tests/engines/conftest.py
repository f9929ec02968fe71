"""Each engine that this machine has, so that one specification is asked of all of them."""

import importlib.util
import shutil

import pytest

from openhaven.engines import open_engine

SPARK = pytest.mark.skipif(
    shutil.which("java") is None or importlib.util.find_spec("pyspark") is None, reason="needs Java and PySpark"
)


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=SPARK)])
def engine(request, tmp_path_factory):
    spill = tmp_path_factory.mktemp("spill")
    opened = open_engine(request.param, spill=spill)
    yield opened
    opened.close()
    assert list(spill.iterdir()) == []
