"""Rows under the keys of their people, in the order of these keys: the fast way must agree with sorting a list."""

import datetime as dt

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.engines import About, on_duckdb, ordered
from openhaven.engines.ordered import OrderedRows, PeopleInOrder, order_of

NEAR = st.integers(0, 3).map(lambda low: (0xABCD << 112) + low)  # pseudonyms that differ in their last bits only
CODE = (st.integers(0, 2**128 - 1) | NEAR).map(lambda number: number.to_bytes(16, "big"))
ID = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 20)
PEOPLE = st.dictionaries(ID, CODE, max_size=12) | st.dictionaries(ID, st.text(max_size=5), max_size=12)
TYPES = {
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
OTHERS = [(name, type) for name, (type, _) in TYPES.items()]
SCHEMA = pa.schema([OTHERS[0], ("_person", pa.int64()), *OTHERS[1:]])
FILE = pa.schema([OTHERS[0], ("key", pa.string()), *OTHERS[1:]])
VALUES = st.fixed_dictionaries({name: values for name, (_, values) in TYPES.items()})
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


@pytest.fixture
def little(monkeypatch):
    """Runs, groups, stretches and number tables so small that a few rows reach every branch."""
    monkeypatch.setattr(ordered, "RUN_ROWS", 7)
    monkeypatch.setattr(ordered, "GROUP_ROWS", 5)
    monkeypatch.setattr(ordered, "STRETCH", 3)
    monkeypatch.setattr(ordered, "FEW_AT_FIRST", 4)
    monkeypatch.setattr(ordered, "FEW_AT_ALL", 6)


@st.composite
def people_and_rows(draw):
    people = draw(PEOPLE)
    person = st.none() | ID | (st.sampled_from(sorted(people)) if people else st.none())
    rows = st.tuples(person, VALUES).map(lambda both: {"_person": both[0]} | both[1])
    return people, draw(st.lists(rows, max_size=40))


def in_order(people):
    """The people as the fast way holds them: ids in one array, keys in another."""
    kind = pa.binary() if people and isinstance(next(iter(people.values())), bytes) else pa.string()
    return PeopleInOrder(pa.array(people, pa.int64()), pa.array(people.values(), kind))


def as_text(key):
    return key.hex() if isinstance(key, bytes) else key


def about(whole=False):
    return About(None, "_person", "_key", "key", whole)


@SHARED
@given(both=people_and_rows(), whole=st.booleans(), room=st.sampled_from([0, 2000, 1 << 30]))
def test_rows_leave_once_each_in_the_order_of_their_peoples_keys(little, tmp_path, both, whole, room):
    people, rows = both
    taken = OrderedRows(SCHEMA, in_order(people), about=about(whole), spill=tmp_path, room=room)
    for start in range(0, len(rows), 4):
        taken.add(pa.RecordBatch.from_pylist(rows[start : start + 4], schema=SCHEMA))
    taken.write(tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.schema.equals(FILE) and taken.rows == len(table)
    found = table.to_pylist()
    kept = [row for row in rows if whole or row["_person"] in people]
    expected = [{"key": as_text(people.get(row["_person"]))} | row for row in kept]
    keys = sorted((row["key"] for row in expected), key=lambda key: (key is None, (key or "").encode()))
    assert [row["key"] for row in found] == keys
    values = [sorted(repr([row[name] for name in FILE.names]) for row in each) for each in (found, expected)]
    assert values[0] == values[1]
    assert_nothing_but_the_rows_can_be_read(tmp_path / "out.parquet")


def assert_nothing_but_the_rows_can_be_read(path):
    """Not from the dictionaries either, in which a file's texts are listed: rows left out had values too."""
    texts = [field.name for field in FILE if pa.types.is_string(field.type)]
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for group in range(file.num_row_groups):
            for column in file.read_row_group(group, columns=texts).columns:
                for chunk in column.chunks:
                    assert set(chunk.dictionary.to_pylist()) == set(chunk.to_pylist()) - {None}


@SHARED
@given(both=people_and_rows())
def test_a_rank_is_the_place_of_a_persons_key_among_all_keys(little, both):
    people, rows = both
    asked = [row["_person"] for row in rows]
    ranks = in_order(people).ranks(pa.array(asked, pa.int64()))
    in_turn = sorted(map(as_text, people.values()), key=str.encode)
    for person, rank in zip(asked, ranks.tolist(), strict=True):
        assert rank == len(people) if person not in people else in_turn[rank] == as_text(people[person])


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1) | st.integers(0, 3), st.integers(0, 3))))
def test_halves_of_pseudonyms_are_ordered_as_whole_numbers_are(pairs):
    high, low = (np.array([pair[half] for pair in pairs], np.uint64) for half in (0, 1))
    assert [pairs[at] for at in order_of(high, low)] == sorted(pairs)


@pytest.mark.parametrize("room", [0, 1 << 30])
def test_people_too_many_to_be_held_in_memory_are_joined_and_sorted_by_the_engine(engine, tmp_path, monkeypatch, room):
    if engine.name == "duckdb":
        monkeypatch.setattr(on_duckdb, "PERSON_BYTES", 1 << 40 if room == 0 else 64)
    people = pa.table({"_person": range(300), "person_key": [f"{7 * number % 300:032x}" for number in range(300)]})
    people = engine.materialise(engine.as_codes(engine.table(people), "person_key"))
    rows = engine.table(pa.table({"text": [f"T{at % 7}" for at in range(900)], "_person": [*range(899), None]}))
    whole = About(people, "_person", "person_key", "person", True)
    assert engine.write_by_key(rows, tmp_path / "whole.parquet", about=whole) == 900
    found = pq.read_table(tmp_path / "whole.parquet")
    assert found.schema.names == ["text", "person"]
    assert found["person"].to_pylist() == [f"{number:032x}" for number in range(300)] + [None] * 600
    known = About(people.filter(nw.col("_person") < 10), "_person", "person_key", "person")
    assert engine.write_by_key(rows, tmp_path / "known.parquet", about=known) == 10
    found = pq.read_table(tmp_path / "known.parquet").to_pylist()
    assert found == sorted(
        ({"text": f"T{at % 7}", "person": f"{7 * at % 300:032x}"} for at in range(10)), key=lambda row: row["person"]
    )


def test_nobody_known_leaves_no_row(engine, tmp_path):
    nobody = engine.table(pa.table({"_person": pa.array([], pa.int64()), "key": pa.array([], pa.string())}))
    rows = engine.table(pa.table({"_person": [1, 2], "sex": ["1", "2"]}))
    about = About(nobody, "_person", "key", "person")
    assert engine.write_by_key(rows, tmp_path / "out.parquet", about=about) == 0
    assert pq.read_table(tmp_path / "out.parquet").schema.names == ["person", "sex"]
