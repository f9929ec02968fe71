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
from openhaven.model.obligation import KOverEvents, KOverKeys, LDiversity, LocalRecoding, NoPersonLink, TCloseness
from openhaven.model.protection import Distance, Spread
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


QUASI = ("sex", "age", "admitted")
WHY = {"provisions": (), "because": "the test says so"}
BEYOND = {
    "l of one field, t of another, k over two": (
        LDiversity(field="diagnosis", l=3, spread=Spread.DISTINCT, c=None, at=P.AS_HELD, quasi=QUASI, **WHY),
        TCloseness(field="diagnosis", t=0.3, distance=Distance.HIERARCHICAL, quasi=QUASI, **WHY),
        KOverKeys(k=20, keys=2, quasi=QUASI, **WHY),
    ),
    "k over two known events, with l": (
        KOverEvents(k=3, events=2, quasi=QUASI, **WHY),
        LDiversity(field="diagnosis", l=2, spread=Spread.ENTROPY, c=None, at=P.CHAPTER, quasi=QUASI, **WHY),
    ),
    "class by class and without a link, with l": (
        NoPersonLink(**WHY),
        LocalRecoding(quasi=QUASI, **WHY),
        LDiversity(field="diagnosis", l=2, spread=Spread.DISTINCT, c=None, at=P.AS_HELD, quasi=QUASI, **WHY),
    ),
}


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and none is here")
@pytest.mark.xdist_group("spark")
def test_what_is_demanded_beyond_k_leaves_the_same_rows_and_evidence_on_spark(tmp_path):
    """l, t, k over keys and over events, class by class and without a link: decided once, travelled on both."""
    rows = [
        {**row, "diagnosis": ("A41.9", "I10", "I21.4", "C50.9", None)[at % 5]}
        for at, row in enumerate(made_up(600, 250))
    ]
    held = (hold(tmp_path, rows[:300], name="D1"), hold(tmp_path, rows[300:], name="D2", controller="RZ2"))
    fields = (("nhs_number", P.AS_HELD), ("sex", P.AS_HELD), ("age", P.AGE_20), ("admitted", P.MONTH))
    fields = (*fields, ("diagnosis", P.CATEGORY))
    found = {}
    for name in ("duckdb", "spark"):
        engine = open_engine(name, spill=tmp_path)
        try:
            for case, demands in BEYOND.items():
                linked = not isinstance(demands[0], NoPersonLink)
                out = tmp_path / f"{name} {case}"
                out.mkdir()
                supplies = Supplies(engine, EPISODES, held, DAY, scope_key=lambda scope: SCOPE_KEY)
                decision = decided(
                    *demands, fields=fields if linked else fields[1:], k=2, suppression=0.5, scope=linked
                )
                made = travel(decision, supplies, out)
                said = [each.evidence for each in certify(made).lines if each.obligation in demands]
                table = pq.read_table(made.path)
                schema = [(field.name, str(field.type)) for field in table.schema]
                left = Counter(tuple(row.values()) for row in table.to_pylist())
                found[name, case] = dict(made.recoding), schema, left, said
        finally:
            engine.close()
    for case, demands in BEYOND.items():
        recoding, schema, left, said = found["spark", case]
        assert (recoding, schema) == found["duckdb", case][:2], case
        assert left == found["duckdb", case][2] and sum(left.values()) > 0.4 * len(rows), case
        assert said == found["duckdb", case][3] and len(said) == len(demands), case
