"""A plan written once gives the same rows, types and pseudonyms on DuckDB and on Spark."""

import importlib.util
import shutil

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openhaven.engines import About, open_engine
from openhaven.identity.pseudonym import pseudonyms
from openhaven.model.words import FieldType

pytestmark = [
    pytest.mark.xdist_group("spark"),  # all that needs it is tested by one process, where Java is started once
    pytest.mark.skipif(
        shutil.which("java") is None or importlib.util.find_spec("pyspark") is None, reason="needs Java and PySpark"
    ),
]
ROWS, PEOPLE = 50_000, 8_000
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    """Content and people as the vault lays them out; every 50th row has no person."""
    folder, chance = tmp_path_factory.mktemp("vault"), np.random.default_rng(1)
    person = chance.integers(0, PEOPLE, ROWS) * 7919 - 4_000_000
    content = pa.table(
        {
            "_row": np.arange(ROWS),
            "_person": pa.array(person, mask=np.arange(ROWS) % 50 == 0),
            "admitted": pa.array(20_000 + chance.integers(0, 365, ROWS), pa.int32()).cast(pa.date32()),
            "age": chance.integers(0, 100, ROWS),
            "area": np.char.add("E", chance.integers(0, 40, ROWS).astype(str)),
        }
    )
    ids = np.unique(person)
    people = pa.table({"_person": ids, "person_key": [f"{9990000000 + number}" for number in range(len(ids))]})
    pq.write_table(content, folder / "content.parquet")
    pq.write_table(people, folder / "people.parquet")
    return folder


def under_key(values):
    return pseudonyms(values, key=KEY, nhs=True, type=FieldType.STRING)


def road(engine, vault, out):
    """Some leave, pseudonyms, a month and a band, small classes away, then written in order."""
    people = engine.scan([vault / "people.parquet"]).filter(~nw.col("person_key").str.ends_with("7"))
    people = engine.materialise(
        engine.mapped(people, column="person_key", into="person", type=pa.string(), function=under_key)
    )
    known = people.select("_person")
    rows = (
        engine.scan([vault / "content.parquet"])
        .join(known, on="_person", how="semi")
        .select(
            "_person",
            month=nw.col("admitted").dt.truncate("1mo").cast(nw.Date),
            band=nw.col("age") // 5 * 5,
            area=nw.col("area"),
        )
    )
    by = ["month", "band", "area"]
    classes = engine.collect(engine.class_masks(rows.select(*by, "_person"), by=by, person="_person"))
    few = np.bitwise_count(classes["mask"].to_numpy().view(np.uint64)) < 5
    rows = rows.join(engine.table(classes.filter(pa.array(few)).select(by)), on=by, how="anti")
    engine.write_by_key(rows.select("_person", *by), out, about=About(people, "_person", "person", "person"))
    return classes


@pytest.fixture(scope="module")
def both(vault, tmp_path_factory):
    found = {}
    for name in ("duckdb", "spark"):
        folder = tmp_path_factory.mktemp(name)
        with open_engine(name, spill=folder) as engine:
            found[name] = road(engine, vault, folder / "out.parquet"), pq.read_table(folder / "out.parquet")
    return found["duckdb"], found["spark"]


def test_rows_types_and_pseudonyms_are_the_same_on_both(both):
    (_, here), (_, there) = both
    assert here.num_rows > 10_000
    assert len(set(here["person"].to_pylist())) > 5_000
    assert here.schema.equals(there.schema)
    assert here["person"].equals(there["person"])  # the rows of one person may stand in any order
    everything = [(name, "ascending") for name in here.column_names]
    assert here.sort_by(everything).equals(there.sort_by(everything))


def test_classes_and_masks_are_the_same_on_both(both):
    here, there = (classes.sort_by([(name, "ascending") for name in classes.column_names]) for classes, _ in both)
    assert here.schema.equals(there.schema)
    assert here.equals(there)
