"""What every engine does, whichever it is."""

import datetime as dt
import resource
import sys

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from openhaven.engines import open_engine
from openhaven.identity.pseudonym import pseudonyms
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.words import FieldType

pytestmark = pytest.mark.xdist_group("spark")  # all that needs it is tested by one process, where Java is started once
KEY = bytes(range(32))
ROWS = pa.table(
    {
        "_person": pa.array([3, -1, 3, None, 64, 9]),
        "person_key": pa.array(["c", "a", "c", None, "é", "z"]),
        "admitted": pa.array([dt.date(2026, 1, day) for day in (31, 1, 2, 3, 4, 5)]),
        "stay": pa.array([1.5, None, 0.0, 2.0, -3.25, 1e300]),
        "died": pa.array([True, False, None, False, True, False]),
        "at": pa.array([dt.datetime(2026, 3, 29, 1, minute) for minute in range(6)], pa.timestamp("us")),
        "sex": pa.array(["1", "2", "1", "2", "1", None]),
    }
)


def rows_of(table):
    return sorted(table.to_pylist(), key=repr)


def under_key(values):
    return pseudonyms(values, key=KEY, nhs=False, type=FieldType.STRING)


@pytest.fixture
def episodes(engine):
    return engine.table(ROWS)


def test_a_table_comes_back_as_it_went_in(engine, episodes):
    found = engine.collect(episodes)
    assert found.schema.types == ROWS.schema.types
    assert rows_of(found) == rows_of(ROWS)


def test_files_are_read_by_the_names_of_their_columns(engine, tmp_path):
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"b": ["z"], "a": [3], "c": [dt.date(2026, 1, 1)]}), tmp_path / "2.parquet")
    found = engine.collect(engine.scan([tmp_path / "1.parquet", tmp_path / "2.parquet"]).select("a", "b", "c"))
    assert rows_of(found) == [
        {"a": 1, "b": "x", "c": None},
        {"a": 2, "b": "y", "c": None},
        {"a": 3, "b": "z", "c": dt.date(2026, 1, 1)},
    ]


def test_a_written_file_is_read_with_the_same_types_and_values(engine, episodes, tmp_path):
    engine.write(episodes, tmp_path / "out.parquet", order_by=["person_key"])
    found = engine.collect(engine.scan([tmp_path / "out.parquet"]))
    assert found.schema.types == ROWS.schema.types
    assert rows_of(found) == rows_of(ROWS)


def test_a_missing_file_is_named(engine, tmp_path):
    with pytest.raises(HavenError, match=r"nowhere\.parquet: this file is missing"):
        engine.scan([tmp_path / "nowhere.parquet"])


def test_a_file_that_is_no_parquet_is_named(engine, tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(HavenError, match=r"broken\.parquet"):
        engine.collect(engine.scan([tmp_path / "broken.parquet"]))


def test_no_file_at_all_is_bad_input(engine):
    with pytest.raises(BadInput):
        engine.scan([])


def test_a_function_is_mapped_over_a_column_nulls_included(engine, episodes):
    mapped = engine.mapped(episodes, column="person_key", into="pseudonym", type=pa.string(), function=under_key)
    found = engine.collect(mapped)
    assert found.schema.names == [*ROWS.schema.names, "pseudonym"]
    assert found.schema.field("pseudonym").type == pa.string()
    expected = dict(zip(ROWS["person_key"].to_pylist(), under_key(ROWS["person_key"]).to_pylist(), strict=True))
    assert {row["person_key"]: row["pseudonym"] for row in found.to_pylist()} == expected


@pytest.mark.parametrize("type", [pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.string()])
def test_a_function_may_give_any_type_of_the_vault(engine, episodes, type):
    source = {"int64": "_person", "double": "stay", "bool": "died", "date32[day]": "admitted", "string": "sex"}[
        str(type)
    ]
    found = engine.collect(engine.mapped(episodes, column=source, into="again", type=type, function=lambda each: each))
    assert found["again"].type == type
    assert found["again"].to_pylist() == found[source].to_pylist()


def test_a_mapped_column_can_be_joined_and_counted(engine, episodes):
    mapped = engine.mapped(episodes, column="person_key", into="pseudonym", type=pa.string(), function=under_key)
    people = engine.materialise(mapped.select("_person", "pseudonym").unique())
    joined = episodes.join(people, on="_person", how="inner").group_by("pseudonym").agg(nw.len().alias("rows"))
    rows = dict(zip(*engine.collect(joined).to_pydict().values(), strict=True))
    assert rows[under_key(pa.array(["c"]))[0].as_py()] == 2
    assert len(rows) == 4


def test_what_a_mapped_function_raises_comes_out_unchanged(engine, episodes):
    def refuse(values):
        raise BadInput("not ten digits")

    mapped = engine.mapped(episodes, column="person_key", into="x", type=pa.string(), function=refuse)
    with pytest.raises(BadInput, match=r"^not ten digits$"):
        engine.collect(mapped)


def test_a_key_stays_in_the_closure(engine, episodes):
    mapped = engine.mapped(episodes, column="person_key", into="x", type=pa.string(), function=under_key)
    plan = mapped.to_native().explain() or ""
    assert KEY.hex() not in plan
    assert repr(KEY) not in plan


def test_classes_have_rows_and_a_mask_of_their_people(engine, episodes):
    found = engine.collect(engine.class_masks(episodes, by=["sex"], person="_person"))
    assert {row["sex"]: (row["rows"], row["mask"]) for row in found.to_pylist()} == {
        "1": (3, 1 << 3 | 1 << 0),
        "2": (2, -(1 << 63)),
        None: (1, 1 << 9),
    }
    assert found.schema.types == [pa.string(), pa.int64(), pa.int64()]


def test_classes_without_people_have_an_empty_mask(engine, episodes):
    nobody = episodes.filter(nw.col("_person").is_null())
    found = engine.collect(engine.class_masks(nobody, by=["sex", "died"], person="_person"))
    assert found.to_pylist() == [{"sex": "2", "died": False, "rows": 1, "mask": 0}]


def test_people_named_by_a_text_are_told_apart_too(engine):
    rows = pa.table(
        {"class": [number % 3 for number in range(300)], "name": [f"p{number % 30}" for number in range(300)]}
    )
    one = pa.table({"class": [7, 7, 7], "name": ["same", "same", None]})
    found = engine.collect(engine.class_masks(engine.table(pa.concat_tables([rows, one])), by=["class"], person="name"))
    people = {row["class"]: (row["mask"] & (1 << 64) - 1).bit_count() for row in found.to_pylist()}
    assert people.pop(7) == 1
    assert all(4 < counted <= 10 for counted in people.values())


def test_classes_can_be_counted_by_rows_alone(engine, episodes):
    found = engine.collect(engine.class_masks(episodes, by=["died"], person=None))
    assert {row["died"]: row["rows"] for row in found.to_pylist()} == {True: 2, False: 3, None: 1}
    assert found.schema.names == ["died", "rows"]


def test_materialised_rows_are_computed_once(engine, episodes, tmp_path):
    path = tmp_path / "gone.parquet"
    pq.write_table(pa.table({"a": [1, 2, 3]}), path)
    kept = engine.materialise(engine.scan([path]).filter(nw.col("a") > 1))
    path.unlink()
    assert sorted(engine.collect(kept)["a"].to_pylist()) == [2, 3]


def test_a_month_is_a_date_again_when_cast_back(engine, episodes):
    month = episodes.select(month=nw.col("admitted").dt.truncate("1mo").cast(nw.Date))
    found = engine.collect(month)
    assert found.schema.types == [pa.date32()]
    assert set(found["month"].to_pylist()) == {dt.date(2026, 1, 1)}


def test_rows_leave_in_order_nulls_last(engine, episodes, tmp_path):
    mapped = engine.mapped(episodes, column="person_key", into="pseudonym", type=pa.string(), function=under_key)
    rows = engine.write(mapped, tmp_path / "out.parquet", order_by=["pseudonym", "admitted"])
    assert rows == 6
    found = pq.read_table(tmp_path / "out.parquet").select(["pseudonym", "admitted"]).to_pylist()
    assert found == sorted(found, key=lambda row: (row["pseudonym"] is None, row["pseudonym"], row["admitted"]))


def test_a_written_file_is_zstd_and_alone(engine, episodes, tmp_path):
    folder = tmp_path / "release"
    folder.mkdir()
    engine.write(episodes, folder / "out.parquet", order_by=[])
    assert [path.name for path in folder.iterdir()] == ["out.parquet"]
    assert pq.ParquetFile(folder / "out.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_no_rows_are_a_file_with_its_columns(engine, episodes, tmp_path):
    assert engine.write(episodes.filter(nw.col("sex") == "9"), tmp_path / "out.parquet", order_by=["person_key"]) == 0
    assert pq.read_table(tmp_path / "out.parquet").schema.names == ROWS.schema.names


def test_a_write_that_fails_leaves_what_was_there(engine, episodes, tmp_path):
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "out.parquet").write_bytes(b"former")

    def refuse(values):
        raise BadInput("no")

    broken = engine.mapped(episodes, column="sex", into="x", type=pa.string(), function=refuse)
    with pytest.raises(BadInput):
        engine.write(broken, folder / "out.parquet", order_by=["x"])
    assert [path.name for path in folder.iterdir()] == ["out.parquet"]
    assert (folder / "out.parquet").read_bytes() == b"former"


def test_a_folder_that_is_missing_is_named(engine, episodes, tmp_path):
    with pytest.raises(HavenError, match=r"nowhere/out\.parquet"):
        engine.write(episodes, tmp_path / "nowhere" / "out.parquet", order_by=["sex"])


@pytest.fixture
def little_room():
    """No file may grow beyond a few bytes: the nearest a test comes to a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_without_room_is_said_and_nothing_half_written_remains(engine, episodes, tmp_path, little_room):
    if engine.name == "spark":
        pytest.skip("Spark writes from a process of its own, which the limit does not reach")
    folder = tmp_path / "release"
    folder.mkdir()
    little_room()
    with pytest.raises(HavenError, match=r"release/out\.parquet"):
        engine.write(episodes, folder / "out.parquet", order_by=["sex"])
    assert list(folder.iterdir()) == []


def test_an_unknown_engine_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="'oracle'"):
        open_engine("oracle", spill=tmp_path)


def test_the_values_of_a_mapped_column_come_many_at_a_time(engine, tmp_path):
    lengths = []

    def measured(values):
        lengths.append(len(values))
        return pc.utf8_upper(values)

    many = engine.table(pa.table({"a": [f"p{number}" for number in range(5000)]}))
    found = engine.collect(engine.mapped(many, column="a", into="b", type=pa.string(), function=measured))
    assert found["b"].to_pylist() == [each.upper() for each in found["a"].to_pylist()]
    assert engine.name != "duckdb" or (max(lengths) > 1000)


def test_spark_without_java_says_what_to_install(tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(HavenError, match="needs Java"):
        open_engine("spark", spill=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_spark_without_pyspark_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "openhaven.engines.on_spark", raising=False)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(HavenError, match=r"openhaven\[spark\]"):
        open_engine("spark", spill=tmp_path)
