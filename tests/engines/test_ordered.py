"""Rows in the order of their pseudonyms: the fast way must agree with sorting a list."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.engines import ordered
from openhaven.engines.ordered import NotPseudonyms, OrderedRows, parse_hex

NEAR = st.integers(0, 3).map(lambda low: (0xABCD << 112) + low)  # pseudonyms that differ in their last bits only
PSEUDONYM = st.none() | (st.integers(0, 2**128 - 2) | NEAR).map(lambda number: f"{number:032x}")
TYPES = {
    "pseudonym": (pa.string(), PSEUDONYM),
    "flag": (pa.string(), st.sampled_from("MF")),
    "pair": (pa.string(), st.sampled_from(["E1", "W9", "é"])),
    "text": (pa.string(), st.none() | st.text(max_size=5)),
    "whole": (pa.int64(), st.none() | st.integers(-(2**63), 2**63 - 1)),
    "small": (pa.int64(), st.integers(-3, 300)),
    "number": (pa.float64(), st.none() | st.floats(allow_nan=False)),
    "day": (pa.date32(), st.none() | st.dates()),
    "at": (
        pa.timestamp("us"),
        st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)).map(lambda at: at.replace(fold=0)),
    ),
    "yes": (pa.bool_(), st.none() | st.booleans()),
}
SCHEMA = pa.schema([(name, type) for name, (type, _) in TYPES.items()])
ROWS = st.lists(st.fixed_dictionaries({name: values for name, (_, values) in TYPES.items()}), max_size=40)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


@pytest.fixture
def little(monkeypatch):
    """Runs, groups and number tables so small that a few rows reach every branch."""
    monkeypatch.setattr(ordered, "RUN_ROWS", 7)
    monkeypatch.setattr(ordered, "GROUP_ROWS", 5)
    monkeypatch.setattr(ordered, "FEW_AT_FIRST", 4)
    monkeypatch.setattr(ordered, "FEW_AT_ALL", 6)
    monkeypatch.setattr(ordered, "CACHED", 64)


def written(rows, folder, *, order_by, room=1 << 30, batch=4):
    taken = OrderedRows(SCHEMA, order_by=order_by, spill=folder, room=room)
    for start in range(0, len(rows), batch):
        taken.add(pa.RecordBatch.from_pylist(rows[start : start + batch], schema=SCHEMA))
    taken.write(folder / "out.parquet")
    assert taken.rows == len(rows)
    return pq.read_table(folder / "out.parquet")


def in_order(rows, order_by):
    return sorted(rows, key=lambda row: [(row[name] is None, row[name]) for name in order_by])


@SHARED
@given(rows=ROWS, room=st.sampled_from([0, 2000, 1 << 30]))
def test_every_row_leaves_once_in_pseudonym_order(little, tmp_path, rows, room):
    found = written(rows, tmp_path, order_by=["pseudonym"], room=room)
    assert found.schema.equals(SCHEMA)
    assert [row["pseudonym"] for row in found.to_pylist()] == [
        row["pseudonym"] for row in in_order(rows, ["pseudonym"])
    ]
    values = [sorted(repr([row[name] for name in TYPES]) for row in each) for each in (found.to_pylist(), rows)]
    assert values[0] == values[1]


@SHARED
@given(rows=ROWS, room=st.sampled_from([0, 1 << 30]))
def test_further_columns_order_the_rows_of_one_person(little, tmp_path, rows, room):
    order_by = ["pseudonym", "text", "day", "whole"]
    found = written(rows, tmp_path, order_by=order_by, room=room).to_pylist()
    names = [[row[name] for name in order_by] for row in found]
    assert names == [[row[name] for name in order_by] for row in in_order(rows, order_by)]


@given(st.lists(PSEUDONYM))
def test_hex_is_read_like_a_number(texts):
    high, low = parse_hex(pa.array(texts, pa.string()))
    both = [int(one) << 64 | int(other) for one, other in zip(high, low, strict=True)]
    assert both == [2**128 - 1 if text is None else int(text, 16) for text in texts]


@pytest.mark.parametrize("place", [0, 7, 8, 31])
def test_only_lowercase_hex_is_a_pseudonym(place):
    for character in map(chr, range(256)):
        column = pa.array(["0" * place + character + "0" * (31 - place)])
        if character in "0123456789abcdef":
            parse_hex(column)
        else:
            with pytest.raises(NotPseudonyms):
                parse_hex(column)


@pytest.mark.parametrize("text", ["", "0" * 31, "0" * 33])
def test_a_pseudonym_has_32_characters(text):
    with pytest.raises(NotPseudonyms):
        parse_hex(pa.array(["f" * 32, text]))


def test_text_that_turns_out_to_be_no_pseudonym_is_ordered_all_the_same(engine, tmp_path):
    names = [f"{number:032x}" for number in range(300_000, 0, -1)] + ["Ann", None]
    rows = engine.table(pa.table({"name": names}))
    assert engine.write(rows, tmp_path / "out.parquet", order_by=["name"]) == len(names)
    found = pq.read_table(tmp_path / "out.parquet")["name"].to_pylist()
    assert found == [*sorted(names[:-1]), None]
