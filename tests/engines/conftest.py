"""Each engine that this machine has, so that one specification is asked of all of them."""

import pytest

from openhaven.engines import open_engine


@pytest.fixture(params=["duckdb"])
def engine(request, tmp_path):
    spill = tmp_path / "spill"
    spill.mkdir(mode=0o700)
    opened = open_engine(request.param, spill=spill)
    yield opened
    opened.close()
    assert list(spill.iterdir()) == []
