"""A field may have any name that a description can give, also one that the work on a delivery would come upon."""

import datetime as dt
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openhaven.optouts.lists import ObjectorList, Source
from openhaven.optouts.numbers import Numbers
from openhaven.vault.arrival import TYPE_1, Screened

DATES = ("first", "last", "gone", "bad", "value", "held", "hash")
TEXTS = """again at column0 columns delivery distinct_0 dissenting duplicates earliest_0 field file file_index
file_row_number filename filled_0 ids json key keys left_side name n n0 n1 nhs_number_1 number objects over p
parquet person problem problems quarantined reason rejects right_side row rowid row_number rows select sent table text
times twice type1 v values where written""".split()
NAMES = ["person_key", "objector", *DATES, *TEXTS]


def described(made):
    """A description with every such name; the field with the NHS number, and one that refers to it, have such too."""
    once = {"constraints": {"required": True, "unique": True}}
    return [
        made.field("person_key", "string", "person", kind="nhs_number"),
        made.field("objector", "string", "content", refers_to="person_key"),
        *(made.field(name, "date", "quasi", **(once if name == "value" else {})) for name in DATES),
        *(made.field(name, "string", "content") for name in TEXTS),
    ]


def row(at, number, **other):
    usual = dict.fromkeys(DATES, f"2026-01-0{at}") | {name: f"{name} {at % 2}" for name in TEXTS}
    return {"person_key": number, "objector": "", **usual, **other}


def given(made):
    """Two good rows, one that repeats the first but for its date, two that share what must be unique, one out of
    order, and one of somebody who objects."""
    one, two, three, four, five = made.numbers
    return [
        row(1, one, objector=two),
        row(2, two),
        row(3, one, hash=""),
        row(4, three),
        row(5, three, value="2026-01-04"),
        row(6, four, last="2026-01-01"),
        row(7, five),
    ]


def as_csv(bench, rows):
    return bench.file("\n".join(",".join(each) for each in [NAMES, *(row.values() for row in rows)]) + "\n")


def as_ndjson(bench, rows):
    return bench.file("".join(json.dumps(row) + "\n" for row in rows), "episodes.ndjson")


def as_parquet(bench, rows):
    pq.write_table(pa.Table.from_pylist(rows), bench.folder / "episodes.parquet")
    return bench.folder / "episodes.parquet"


@pytest.mark.parametrize("written", [as_csv, as_ndjson, as_parquet])
def test_a_field_may_have_a_name_that_the_work_itself_would_use(bench, made, written):
    dataset = bench.describe(fields=described(made), setting="gp", in_order=(("first", "last"),))
    listed = ObjectorList(
        "t1", Source.TYPE_1, Numbers.of([made.numbers[4]]), dt.datetime(2026, 11, 1, tzinfo=dt.UTC), "trust-a"
    )
    path, screened = written(bench, given(made)), Screened((TYPE_1,), "the practice")
    taken = bench.deliver(dataset, path, quarantine=True, type1=listed, screened=screened)
    assert (taken.rows, taken.people, taken.quarantined, taken.dissenting) == (3, 2, 3, 1)
    folder, aside = bench.vault.delivery("episodes", "d1"), bench.vault.quarantine("d1")
    people = {each["person_key"]: each["_person"] for each in pq.read_table(folder / "people.parquet").to_pylist()}
    content = sorted(pq.read_table(folder / "content.parquet").to_pylist(), key=lambda each: each["_row"])
    for found, sent in zip(content, given(made)[:3], strict=True):
        assert found["_person"] == people[sent["person_key"]] and found["objector"] == people.get(sent["objector"])
        assert all(found[name] == sent[name] for name in TEXTS)
        assert all(found[name] == (dt.date.fromisoformat(sent[name]) if sent[name] else None) for name in DATES)
    rows = sorted(pq.read_table(aside / "rows.parquet").to_pylist(), key=lambda each: each["_row"])
    kept = [{name: text or None for name, text in each.items()} for each in given(made)[3:6]]
    assert rows == [{"_row": at + 4, **each} for at, each in enumerate(kept)]
    reasons = sorted(pq.read_table(aside / "reasons.parquet").to_pylist(), key=lambda each: each["_row"])
    assert [(each["row"], each["field"]) for each in reasons] == [(4, "value"), (5, "value"), (6, "last"), (7, None)]
    fields = json.loads((folder / "quality.json").read_text())["fields"]
    assert fields["hash"]["filled"] == 2 and fields["first"]["latest"] == "2026-01-03"


def test_rows_that_repeat_another_are_counted_whatever_the_fields_are_called(bench, made):
    fields = [made.field(name, "string", "content") for name in TEXTS]
    dataset = bench.describe(fields=fields, in_order=())
    rows = [{name: f"{name} {at % 2}" for name in TEXTS} for at in range(5)]
    bench.deliver(dataset, as_ndjson(bench, rows))
    quality = json.loads((bench.vault.delivery("episodes", "d1") / "quality.json").read_text())
    assert (quality["rows"], quality["duplicates"]) == (5, 3)
