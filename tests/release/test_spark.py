"""The whole road on Spark and on DuckDB: the same rows, the same types and the same pseudonyms."""

import shutil
from collections import Counter

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from held import DAY, EPISODES, PLACES, SCOPE_KEY, P, decided, hold
from test_road import made_up

from openhaven.engines import open_engine
from openhaven.release.measure import certify
from openhaven.release.precision import Places
from openhaven.release.road import Supplies, travel

ROWS, PEOPLE = 50_000, 9_000
FIELDS = (
    ("episode_id", P.AS_HELD),
    ("nhs_number", P.AS_HELD),
    ("sex", P.AS_HELD),
    ("age", P.AGE_5),
    ("admitted", P.MONTH),
    ("postcode", P.AREA),
    ("diagnosis", P.CATEGORY),
)


def _takes_dots(engine):
    """Whether a plan can name a column with a dot: where that changes, so must what the engine says of itself."""
    try:
        engine.collect(engine.table(pa.table({"case.id": [1]})).select(nw.col("case.id")))
    except Exception:
        return False
    return True


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and none is here")
@pytest.mark.xdist_group("spark")
def test_the_road_on_spark_leaves_what_the_road_on_duckdb_leaves(tmp_path):
    rows = made_up(ROWS, PEOPLE)
    held = (
        hold(tmp_path, rows[: ROWS // 2], name="D1"),
        hold(tmp_path, rows[ROWS // 2 :], name="D2", controller="RZ2"),
    )
    left, schemas, recodings = {}, {}, {}
    for name in ("duckdb", "spark"):
        out = tmp_path / name
        out.mkdir()
        engine = open_engine(name, spill=out)
        try:
            supplies = Supplies(engine, EPISODES, held, DAY, places=Places(PLACES), scope_key=lambda scope: SCOPE_KEY)
            made = travel(decided(fields=FIELDS, k=10, suppression=0.1), supplies, out)
            certify(made)
            assert engine.takes_dots is _takes_dots(engine)
        finally:
            engine.close()
        table = pq.read_table(made.path)
        left[name] = Counter(tuple(row.values()) for row in table.to_pylist())
        schemas[name] = [(field.name, str(field.type)) for field in table.schema]
        recodings[name] = dict(made.recoding)
        keys = [key for key in table["person"].to_pylist() if key]
        assert keys == sorted(keys)
    assert recodings["spark"] == recodings["duckdb"]
    assert schemas["spark"] == schemas["duckdb"]
    assert left["spark"] == left["duckdb"] and sum(left["spark"].values()) > 0.85 * ROWS
    assert len({row[1] for row in left["spark"]}) > 0.9 * PEOPLE
