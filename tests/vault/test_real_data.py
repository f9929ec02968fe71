"""Real files described and delivered; what lies in the vault is compared with the source as csv.reader reads it."""

import csv
import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from openhaven.vault.describe import add_dataset

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT.parent / "shared" / "data"
READ = {"string": str, "integer": int, "number": float, "date": dt.date.fromisoformat}


def deliver_real(bench, id, source):
    path = SOURCES / source
    if not path.exists():
        pytest.skip(f"{source} is not beside the project")
    dataset = add_dataset(bench.vault, ROOT / "tests" / "data" / id / "datapackage.json")
    taken = bench.deliver(dataset, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return dataset, taken, rows


def held(bench, id, part):
    return pq.read_table(bench.vault.delivery(id, "d1") / f"{part}.parquet").sort_by(
        "_row" if part != "people" else "_person"
    )


def check_every_value(bench, dataset, rows):
    """Each column of each row, and each person and reference through people.parquet."""
    people = held(bench, dataset.id, "people").to_pylist()
    keys = {row["_person"]: row["person_key"] for row in people}
    content, identifiers = held(bench, dataset.id, "content"), held(bench, dataset.id, "identifiers")
    assert [keys[id] for id in content["_person"].to_pylist()] == [row[dataset.person.name] for row in rows]
    for field in dataset:
        values = (identifiers if field.identifies else content)[field.name].to_pylist()
        if field.refers_to:
            values = [None if id is None else int(keys[id]) for id in values]
        assert values == [READ[field.type](row[field.name]) if row[field.name] else None for row in rows], field.name
    named = {row[dataset.person.name] for row in rows}
    assert {row["person_key"] for row in people if row["held"]} == named


def test_the_193_columns_of_artificial_hes(bench):
    dataset, taken, rows = deliver_real(bench, "hes_apc", "artificial_hes/artificial_hes_apc_0102_truncated.csv")
    assert len(dataset.fields) == len(rows[0]) == 193
    assert (taken.rows, taken.people) == (2075, len({row["PSEUDO_HESID"] for row in rows}))
    check_every_value(bench, dataset, rows)
    quality = json.loads((bench.vault.delivery("hes_apc", "d1") / "quality.json").read_text())
    assert quality["fields"]["ADMIDATE"]["filled"] == sum(bool(row["ADMIDATE"]) for row in rows)
    assert quality["fields"]["ADMIDATE"]["earliest"] == min(row["ADMIDATE"] for row in rows if row["ADMIDATE"])


def test_people_of_a_real_cohort_and_whom_they_are_matched_to(bench):
    dataset, taken, rows = deliver_real(bench, "nafld1", "nafld/nafld1.csv")
    assert (taken.rows, taken.people) == (17_549, 17_549)
    check_every_value(bench, dataset, rows)


def test_four_hundred_thousand_laboratory_results(bench):
    dataset, taken, rows = deliver_real(bench, "nafld2", "nafld/nafld2.csv")
    assert (taken.rows, taken.people) == (400_123, len({row["id"] for row in rows}))
    check_every_value(bench, dataset, rows)
    identical = len(rows) - len({tuple(row.values()) for row in rows})
    assert json.loads((bench.vault.delivery("nafld2", "d1") / "quality.json").read_text())["duplicates"] == identical
