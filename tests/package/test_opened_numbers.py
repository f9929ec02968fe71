"""Whoever opens a package looks for NHS numbers as thoroughly as the haven did before it left."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openhaven.package.contents import Held
from openhaven.package.opened import Opened, _nhs_numbers
from openhaven.package.report import Mark


def looked(tmp_path, values):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"note": values}), path)
    return _nhs_numbers(Opened(path, Held("data.parquet", path.stat().st_size, len(values), "0" * 64), {}))


@pytest.mark.parametrize(
    "value",
    ["9990000018", "999 000 0018", "see 999-000-0018.", "ref 1234567890, mother 999 000 0018", 9990000018],
    ids=["bare", "with spaces", "in a text", "behind what only looks like one", "as a whole number"],
)
def test_a_number_anywhere_in_a_cell_is_found(tmp_path, value):
    assert looked(tmp_path, [value]).mark is Mark.FAILED


def test_two_numbers_in_one_cell_are_two(tmp_path):
    assert "note (2 different)" in looked(tmp_path, ["999 000 0018 and 999 000 0026", "9990000018"]).found


def test_a_column_without_one_passes(tmp_path):
    assert looked(tmp_path, ["1234567890", "ward 7", None]).mark is Mark.PASSED
