"""What a good delivery leaves in the vault, whatever form it came in."""

import datetime as dt
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openhaven.identity.nhs_number import check_digit
from openhaven.identity.pseudonym import person_ids
from openhaven.model.words import FieldType


def read(bench, part, delivery="d1", dataset="episodes"):
    return pq.read_table(bench.vault.delivery(dataset, delivery) / f"{part}.parquet")


def by_row(table):
    return sorted(table.to_pylist(), key=lambda row: row["_row"])


@pytest.fixture
def good(bench, made):
    dataset = bench.describe()
    return bench.deliver(dataset, bench.file(made.csv(*made.rows())))


def test_identifiers_lie_apart_from_content(good, bench):
    assert read(bench, "content").column_names == [
        "_row",
        "_person",
        "episode_id",
        "sex",
        "admitted",
        "discharged",
        "diagnosis",
        "cost",
    ]
    assert read(bench, "identifiers").column_names == ["_row", "_person", "nhs_number", "name", "born"]


def test_every_value_is_typed_as_described(good, bench):
    assert by_row(read(bench, "content"))[1] | {"_person": 0} == {
        "_row": 2,
        "_person": 0,
        "episode_id": 101,
        "sex": "2",
        "admitted": dt.date(2026, 1, 2),
        "discharged": dt.date(2026, 1, 11),
        "diagnosis": "I21",
        "cost": 1.5,
    }
    schema = read(bench, "content").schema
    assert [str(schema.field(name).type) for name in ("_row", "_person", "episode_id", "admitted", "cost")] == [
        "int64",
        "int64",
        "int64",
        "date32[day]",
        "double",
    ]
    assert by_row(read(bench, "identifiers"))[1]["name"] == "O'Neil, Ann 1"


def test_a_person_has_one_id_made_from_the_key_of_the_vault(good, bench, made):
    keys = pa.array(made.numbers)
    expected = person_ids(keys, key=bench.vault.key.key, nhs=True, type=FieldType.STRING).to_pylist()
    people = {row["person_key"]: row for row in read(bench, "people").to_pylist()}
    assert [people[number]["_person"] for number in made.numbers] == expected
    assert [row["_person"] for row in by_row(read(bench, "content"))] == expected
    assert all(row["nhs_number"] == key and row["held"] for key, row in people.items())


def test_each_file_says_its_format_and_which_key_numbered_the_people(good, bench):
    for part in ("content", "identifiers", "people"):
        metadata = pq.read_schema(bench.vault.delivery("episodes", "d1") / f"{part}.parquet").metadata
        assert metadata[b"openhaven.format"] == b"1"
        assert metadata[b"openhaven.key"] == bench.vault.key.id.encode()


def test_what_was_delivered_is_written_down(good, bench):
    written = json.loads((bench.vault.delivery("episodes", "d1") / "delivery.json").read_text())
    assert {key: written[key] for key in ("id", "dataset", "controller", "rows", "people", "received", "replaces")} == {
        "id": "d1",
        "dataset": "episodes",
        "controller": "trust-a",
        "rows": 5,
        "people": 5,
        "received": "2026-11-02T08:00:00Z",
        "replaces": None,
    }
    assert written["inbound_route"] == "direction of 2026" and written["screened"]["by"] == "the sender"
    assert written["files"][0]["name"] == "episodes.csv" and len(written["files"][0]["sha256"]) == 64
    assert (good.rows, good.people) == (5, 5)


def test_nothing_else_is_left_and_only_the_owner_may_look(good, bench):
    assert sorted(path.split("/")[-1] for path in bench.state() if "/d1/" in path) == [
        "content.parquet",
        "delivery.json",
        "identifiers.parquet",
        "people.parquet",
        "quality.json",
    ]
    assert not any((bench.vault.dataset("episodes") / "staging").iterdir())
    assert not any((bench.vault.folder / "locks").glob("d1"))
    for path in (bench.vault.folder / "datasets").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path.name == "datapackage.json"


def test_a_row_without_a_number_is_taken_and_has_no_person(bench, made):
    lines = made.rows()
    lines[2] = lines[2].replace(made.numbers[2], "")
    taken = bench.deliver(bench.describe(), bench.file(made.csv(*lines)))
    assert (taken.rows, taken.people) == (5, 4)
    assert [row["_person"] is None for row in by_row(read(bench, "content"))] == [False, False, True, False, False]


@pytest.mark.parametrize("spaced", ["999 000 0018", "999-000-0018", " 9990000018"])
def test_an_nhs_number_with_spaces_is_the_same_number(bench, made, spaced):
    lines = made.rows(2)
    lines[1] = lines[1].replace(made.numbers[1], spaced)
    assert bench.deliver(bench.describe(), bench.file(made.csv(*lines))).people == 1
    assert {row["nhs_number"] for row in read(bench, "identifiers").to_pylist()} == {"9990000018"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(bench, made, separator):
    lines = [made.heading, *(row.replace("O'Neil, Ann", "Ann") for row in made.rows())]
    text = "\n".join(line.replace(",", separator) for line in lines)
    assert bench.deliver(bench.describe(), bench.file(text)).rows == 5


def test_the_separator_may_be_given(bench, made):
    text = made.csv(*(row.replace("O'Neil, Ann", "Ann") for row in made.rows())).replace(",", "~")
    assert bench.deliver(bench.describe(), bench.file(text), separator="~").rows == 5


@pytest.mark.parametrize("begin", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_a_byte_order_mark_windows_line_ends_and_a_missing_last_one_are_no_matter(bench, made, begin, end, last):
    text = (begin + made.csv(*made.rows())).replace("\n", end)
    assert bench.deliver(bench.describe(), bench.file(text if last else text.removesuffix(end))).rows == 5
    assert by_row(read(bench, "content"))[-1]["cost"] == 4.5


def test_quotes_separators_and_line_ends_inside_a_value_are_kept(bench, made):
    lines = made.rows(2)
    lines[0] = lines[0].replace("O'Neil, Ann 0", 'Ann ""Dot""\r\nO\'Neil, é')
    bench.deliver(bench.describe(), bench.file(made.csv(*lines)))
    assert by_row(read(bench, "identifiers"))[0]["name"] == 'Ann "Dot"\r\nO\'Neil, é'


def test_columns_may_come_in_any_order(bench, made):
    lines = [",".join(reversed(line.replace("O'Neil, Ann", "Ann").split(","))) for line in (made.heading, *made.rows())]
    bench.deliver(bench.describe(), bench.file("\n".join(lines)))
    assert [row["episode_id"] for row in by_row(read(bench, "content"))] == [100, 101, 102, 103, 104]


def test_several_files_are_one_delivery_in_the_order_given(bench, made):
    one, two = made.rows()[:2], made.rows()[2:]
    taken = bench.deliver(bench.describe(), bench.file(made.csv(*one), "a.csv"), bench.file(made.csv(*two), "b.csv"))
    assert [file.name for file in taken.files] == ["a.csv", "b.csv"]
    assert [row["episode_id"] for row in by_row(read(bench, "content"))] == [100, 101, 102, 103, 104]
    assert [row["_row"] for row in by_row(read(bench, "content"))] == [1, 2, 3, 4, 5]


RECORDS = [
    {
        "episode_id": 100 + at,
        "nhs_number": f"99900000{number}",
        "name": f"Ann {at}",
        "born": dt.date(1980, 2, 1 + at),
        "sex": "1",
        "admitted": dt.date(2026, 1, 1),
        "diagnosis": None,
        "discharged": dt.date(2026, 1, 9),
        "cost": at / 3,
    }
    for at, number in enumerate((18, 26, 34))
]


def test_parquet_and_ndjson_leave_the_same_as_csv(bench, made):
    dataset = bench.describe()
    texts = [
        row | {"born": str(row["born"]), "admitted": str(row["admitted"]), "discharged": "09/01/2026"}
        for row in RECORDS
    ]
    pq.write_table(pa.Table.from_pylist(RECORDS), bench.folder / "a.parquet")
    bench.file("\n".join(json.dumps(row) for row in texts) + "\n", "a.ndjson")
    lines = (",".join("" if row[name] is None else str(row[name]) for name in made.heading.split(",")) for row in texts)
    bench.file(made.csv(*lines), "a.csv")
    for name in ("csv", "parquet", "ndjson"):
        bench.deliver(dataset, bench.folder / f"a.{name}", id=name, controller=name)
    for part in ("content", "identifiers"):
        taken = [by_row(read(bench, part, name)) for name in ("csv", "parquet", "ndjson")]
        assert taken[0] == taken[1] == taken[2] and len(taken[0]) == 3
    assert by_row(read(bench, "content", "csv"))[1]["cost"] == 1 / 3


def test_another_person_referred_to_is_numbered_the_same_and_marked_as_not_held(bench, made):
    fields = [
        made.field("id", "integer", "person"),
        made.field("case.id", "integer", "content", refers_to="id"),
        made.field("age", "integer", "quasi"),
    ]
    dataset = bench.describe(fields=fields, id="cohort", in_order=())
    bench.deliver(dataset, bench.file("id,case.id,age\n1,3,50\n2,1,60\n007,,70\n,2,80\n"))
    people = {row["person_key"]: row for row in read(bench, "people", dataset="cohort").to_pylist()}
    content = by_row(read(bench, "content", dataset="cohort"))
    assert {key: row["held"] for key, row in people.items()} == {"1": True, "2": True, "3": False, "7": True}
    ids = {key: row["_person"] for key, row in people.items()}
    assert [row["_person"] for row in content] == [ids["1"], ids["2"], ids["7"], None]
    assert [row["case.id"] for row in content] == [ids["3"], ids["1"], None, ids["2"]]
    assert read(bench, "identifiers", dataset="cohort").column_names == ["_row", "_person", "id"]
    assert all(row["nhs_number"] is None for row in people.values())


def test_who_comes_with_two_nhs_numbers_keeps_none(bench, made):
    fields = [
        made.field("study_id", "string", "person"),
        made.field("nhs_number", "string", "identifier", kind="nhs_number"),
    ]
    dataset = bench.describe(fields=fields, id="study", in_order=())
    one, two, *_ = made.numbers
    bench.deliver(dataset, bench.file(f"study_id,nhs_number\nA,{one}\nA,\nB,{one}\nB,{two}\nC,\n"))
    numbers = {row["person_key"]: row["nhs_number"] for row in read(bench, "people", dataset="study").to_pylist()}
    assert numbers == {"A": one, "B": None, "C": None}
    quality = json.loads((bench.vault.delivery("study", "d1") / "quality.json").read_text())
    assert (quality["people_with_two_nhs_numbers"], quality["people_without_nhs_number"]) == (1, 2)


def test_a_valid_number_outside_the_ranges_issued_is_kept_but_no_opt_out_is_looked_up_by_it(bench, made):
    nine = next(nine for nine in (f"01010112{digit}" for digit in range(10)) if check_digit(nine) is not None)
    scottish = f"{nine}{check_digit(nine)}"
    lines = made.rows(1)
    bench.deliver(bench.describe(), bench.file(made.csv(lines[0].replace(made.numbers[0], scottish))))
    assert [(row["person_key"], row["nhs_number"]) for row in read(bench, "people").to_pylist()] == [(scottish, None)]


def test_the_quality_of_each_field_is_measured(bench, made):
    lines = made.rows()
    lines[4] = lines[3].replace("103,", "199,")
    bench.deliver(bench.describe(), bench.file(made.csv(*lines, lines[0].replace("100,", "198,").replace("I20", ""))))
    quality = json.loads((bench.vault.delivery("episodes", "d1") / "quality.json").read_text())
    assert {key: quality[key] for key in ("rows", "people", "duplicates", "quarantined", "dissenting")} == {
        "rows": 6,
        "people": 4,
        "duplicates": 0,
        "quarantined": 0,
        "dissenting": 0,
    }
    assert quality["fields"]["diagnosis"] == {"filled": 5, "distinct": 4, "invalid": 0, "problems": []}
    assert quality["fields"]["admitted"] | {"distinct": 4} == {
        "filled": 6,
        "distinct": 4,
        "invalid": 0,
        "earliest": "2026-01-01",
        "latest": "2026-01-04",
        "problems": [],
    }


def test_rows_that_repeat_an_earlier_one_whole_are_taken_and_counted(bench, made):
    fields = [field | {"constraints": {}} if field["name"] == "episode_id" else field for field in made.episodes]
    lines = made.rows()
    bench.deliver(bench.describe(fields=fields), bench.file(made.csv(*lines, lines[0], lines[0], lines[1])))
    quality = json.loads((bench.vault.delivery("episodes", "d1") / "quality.json").read_text())
    assert (quality["rows"], quality["duplicates"]) == (8, 3)


def test_a_dataset_without_a_person_key_has_no_people(bench, made):
    dataset = bench.describe(
        fields=[made.field("area", "string", "quasi"), made.field("beds", "integer", "content")], id="beds", in_order=()
    )
    taken = bench.deliver(dataset, bench.file("area,beds\nE01,4\nE02,5\n"))
    assert (taken.rows, taken.people) == (2, 0)
    assert read(bench, "people", dataset="beds").num_rows == 0


def test_instants_are_kept_in_utc(bench, made):
    dataset = bench.describe(
        fields=[made.field("at", "datetime", "content"), made.field("on", "boolean", "content")],
        id="times",
        in_order=(),
    )
    bench.deliver(dataset, bench.file("at,on\n2026-07-01T10:00:00+01:00,true\n2026-07-01 10:00,0\n"))
    assert [(row["at"], row["on"]) for row in by_row(read(bench, "content", dataset="times"))] == [
        (dt.datetime(2026, 7, 1, 9), True),
        (dt.datetime(2026, 7, 1, 10), False),
    ]
