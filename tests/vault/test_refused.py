"""Each kind of bad file: refused whole, naming the file, the row and the field, and the vault as before."""

import datetime as dt
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openhaven.model.errors import BadInput

LIVE = {"demo": False}


@pytest.fixture
def refused(bench, made):
    """Deliver and expect a refusal that says all the given words and leaves the vault as it was."""
    dataset = bench.describe()
    bench.deliver(dataset, bench.file(made.csv(*made.rows(1)), "before.csv"), id="before", controller="trust-b")

    def check(content, *says, name="episodes.csv", **given):
        before = bench.state()
        path = bench.file(content, name) if isinstance(content, str | bytes) else content
        with pytest.raises(BadInput) as error:
            bench.deliver(dataset, path, **given)
        for words in says:
            assert words in str(error.value)
        assert bench.state() == before
        assert not any((bench.vault.dataset("episodes") / "staging").iterdir())
        assert not list((bench.vault.folder / "locks").glob("d1"))
        return str(error.value)

    return check


def changed(made, column, value, at=2, count=5):
    """Good rows, but for one value."""
    lines = [line.replace("O'Neil, Ann", "Ann").split(",") for line in made.rows(count)]
    lines[at][made.heading.split(",").index(column)] = value
    return made.csv(*(",".join(line) for line in lines))


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("episode_id", "1.5", "is not of type integer"),
        ("episode_id", "1e3", "is not of type integer"),
        ("episode_id", "x", "is not of type integer"),
        ("episode_id", "1234567890123456789", "is not of type integer: a whole number of at most 18 digits"),
        ("episode_id", "", "is empty, and it is required"),
        ("cost", "1,5".replace(",", "_"), "is not of type number"),
        ("cost", "NaN", "is not of type number"),
        ("cost", "-1", "is less than 0"),
        ("cost", "100000.01", "is more than 100000"),
        ("born", "1980-02-30", "is not of type date of the form YYYY-MM-DD"),
        ("born", "01/02/1980", "is not of type date of the form YYYY-MM-DD"),
        ("born", "1980-2-3", "is not of type date"),
        ("discharged", "2026-01-31", "is not a date of the form %d/%m/%Y"),
        ("discharged", "31/02/2026", "is not a date of the form %d/%m/%Y"),
        ("discharged", "1/2/26", "is not a date of the form %d/%m/%Y"),
        ("sex", "3", "is not one of the values that the description lists"),
        ("diagnosis", "i21", "does not match the pattern"),
        ("diagnosis", "I21.1", "does not match the pattern"),
        ("nhs_number", "9990000019", "is not a valid NHS number"),
        ("nhs_number", "999000001", "is not a valid NHS number"),
        ("nhs_number", "9999999999", "is not a valid NHS number"),
        ("nhs_number", "9.99E+09", "is an NHS number that Excel turned into the form 9.99E+09"),
    ],
)
def test_a_bad_value_is_named_by_file_row_and_field(refused, made, column, value, says):
    told = refused(changed(made, column, value), f"episodes.csv, row 3, field {column} {says}", "1 value ")
    assert len(value) < 8 or value == "9.99E+09" or value not in told


def test_dates_reversed(refused, made):
    refused(changed(made, "discharged", "02/01/2026"), "row 3, field discharged is before admitted")


def test_a_discharge_on_the_day_of_admission_is_no_reversal(bench, made):
    assert bench.deliver(bench.describe(), bench.file(changed(made, "discharged", "03/01/2026"))).rows == 5


def test_the_999_range_is_for_demonstrations_only(refused, made):
    refused(made.csv(*made.rows(1)), "row 1, field nhs_number", "999 range", **LIVE)


@pytest.mark.parametrize("value", ["131", "-1", "7001", "7007"])
def test_a_number_that_cannot_be_an_age_is_refused_where_an_age_is_described(bench, made, value):
    """As codes beside ages are: to call 7001 an age of 90 or more, as its band would, is not true of an infant."""
    fields = [made.field("nhs_number", "string", "person", kind="nhs_number")]
    fields.append(made.field("age", "integer", "quasi", kind="age"))
    dataset = bench.describe(fields=fields, in_order=())
    good = "".join(f"{number},{age}\n" for number, age in zip(made.numbers, ("0", "89", "130", ""), strict=False))
    with pytest.raises(BadInput, match="row 5, field age is not an age in years, from 0 to 130"):
        bench.deliver(dataset, bench.file(f"nhs_number,age\n{good}{made.numbers[4]},{value}\n"))
    assert bench.deliver(dataset, bench.file(f"nhs_number,age\n{good}")).rows == 4


def test_a_value_that_must_be_unique_and_is_not(refused, made):
    refused(changed(made, "episode_id", "100"), "row 1, field episode_id stands in more than one row", "row 3,")


def test_only_the_first_few_are_named_and_all_are_counted(refused, made):
    lines = [f"{at},9990000019,x,,1,,,,\n" for at in range(1000)]
    told = refused(made.heading + "\n" + "".join(lines), "1,000 values cannot be accepted", "and 995 more")
    assert told.count("episodes.csv, row") == 5


def test_the_second_of_two_files_is_named_with_its_own_rows(refused, made, bench):
    one, two = bench.file(made.csv(*made.rows(1)), "a.csv"), bench.file(changed(made, "sex", "7", at=4), "b.csv")
    dataset, before = bench.describe(), bench.state()
    with pytest.raises(BadInput, match=r"b\.csv, row 5, field sex"):
        bench.deliver(dataset, one, two)
    assert bench.state() == before


def test_an_unknown_column(refused, made):
    refused(
        made.csv(*(line + ",x" for line in made.rows()), heading=made.heading + ",religion"),
        "episodes.csv: unknown column: 'religion'",
    )
    refused(made.csv(*made.rows(), heading=made.heading.replace("episode_id", "Episode ID")), "Perhaps 'episode_id' is")


def test_a_missing_column(refused, made):
    refused(
        made.csv(*(line.rsplit(",", 1)[0] for line in made.rows()), heading=made.heading.rsplit(",", 1)[0]),
        "episodes.csv: missing column: cost",
    )


def test_an_ndjson_row_with_one_key_twice(refused):
    rows = ['{"episode_id": 1}', '{"episode_id": 2, "episode_id": 3}', '{"episode_id": 4, "episode_id": 4}']
    said = refused("\n".join(rows), "row 2 has one key twice", "1 more row", "each key once", name="episodes.ndjson")
    assert "JSON object a line" not in said


def test_a_column_twice(refused, made):
    refused(
        made.csv(*(line + ",1" for line in made.rows()), heading=made.heading + ",cost"), "two columns are called cost"
    )


def test_a_heading_only(refused, made):
    refused(made.heading + "\n", "no file has any row")


def test_an_empty_file(refused):
    refused(b"", "the file is empty")


def test_nul_bytes(refused, made):
    refused(made.csv(*made.rows()).replace("Ann 3", "Ann\x003"), "episodes.csv: line 5 has a NUL byte")


def test_windows_1252_is_refused_with_the_command_that_converts(refused, made):
    content = made.csv(*made.rows()).replace("Ann 3", "Zoë 3").encode("windows-1252")
    refused(
        content,
        "episodes.csv: line 5 is not UTF-8",
        "iconv -f WINDOWS-1252 -t UTF-8 'episodes.csv' > 'episodes-utf8.csv'",
    )


def test_utf_16_is_refused_with_the_command_that_converts(refused, made):
    refused(made.csv(*made.rows()).encode("utf-16"), "iconv -f UTF-16 -t UTF-8")


def test_a_character_cut_at_the_end_of_the_file(refused, made):
    refused(made.csv(*made.rows()).encode() + "é".encode()[:1], "is not UTF-8")


@pytest.mark.parametrize("where", [2, 5])
def test_a_quote_that_is_never_closed(refused, made, where):
    lines = made.rows()
    lines[where - 1] = lines[where - 1].replace(f'Ann {where - 1}"', f"Ann {where - 1}")
    refused(made.csv(*lines), "episodes.csv: line ", "quote")


def test_a_file_cut_short_in_its_last_row(refused, made):
    text = made.csv(*made.rows())
    refused(
        text[: text.rindex("2026") - 2],
        "episodes.csv: line 6 has fewer values than the heading has columns",
        "cut short",
    )


def test_a_row_with_a_value_too_many(refused, made):
    lines = made.rows()
    refused(made.csv(*lines[:2], lines[2] + ",1", *lines[3:]), "line 4 has more values")


def test_lines_that_end_in_different_ways(refused, made):
    lines = made.rows()
    refused(made.heading + "\r\n" + lines[0] + "\r\n" + lines[1] + "\n" + lines[2] + "\r\n", "end in more than one way")


def test_a_parquet_file_cut_short(refused, bench, made):
    pq.write_table(pa.table({name: ["1"] for name in made.heading.split(",")}), bench.folder / "whole.parquet")
    whole = (bench.folder / "whole.parquet").read_bytes()
    refused(whole[:-6], "cut.parquet: this is not a whole Parquet file", name="cut.parquet")
    refused(whole[8:], "this is not a whole Parquet file", name="cut.parquet")


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("nhs_number", [9990000018], "column nhs_number has the wrong type: int64, where string is described"),
        ("episode_id", [1.5], "column episode_id has the wrong type: double"),
        ("admitted", [dt.datetime(2026, 1, 1, 12)], "column admitted has the wrong type: timestamp"),
        ("cost", [True], "column cost has the wrong type: bool"),
        ("sex", [["1"]], "column sex has the wrong type: list"),
    ],
)
def test_a_parquet_column_of_the_wrong_type(refused, bench, made, column, values, says):
    table = {name: pa.array([None], pa.string()) for name in made.heading.split(",")} | {column: pa.array(values)}
    pq.write_table(pa.table(table), bench.folder / "typed.parquet")
    refused(bench.folder / "typed.parquet", f"typed.parquet: {says}")


def test_a_parquet_text_with_a_nul(refused, bench, made):
    table = {name: pa.array([None], pa.string()) for name in made.heading.split(",")}
    table |= {"episode_id": pa.array(["1"]), "name": pa.array(["Ann\x00"])}
    pq.write_table(pa.table(table), bench.folder / "nul.parquet")
    refused(bench.folder / "nul.parquet", "nul.parquet, row 1, field name holds a NUL")


def record(made, **given):
    return json.dumps(dict.fromkeys(made.heading.split(","), None) | {"episode_id": 1} | given) + "\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"episode_id": 2, "na', "a.ndjson: row 2 is not a whole JSON object"),
        ("[1]\n", "row 2 is not a whole JSON object"),
        ('"text"\n', "row 2 is not a whole JSON object"),
    ],
)
def test_a_line_that_is_not_a_whole_json_object(refused, made, line, says):
    refused(record(made) + line, says, name="a.ndjson")


def test_ndjson_with_an_unknown_key_a_missing_one_or_a_list(refused, made):
    refused(record(made) + record(made, episode_id=2, religion="x"), "unknown column: 'religion'", name="a.ndjson")
    refused('{"episode_id": 1}\n', "missing column: nhs_number", name="a.ndjson")
    refused(record(made) + record(made, episode_id=2, name=["x"]), "row 2 holds a list", name="a.ndjson")
    refused(record(made, name="Ann\x00"), "a.ndjson, row 1, field name holds a NUL", name="a.ndjson")


def test_a_file_that_is_not_there_or_of_no_known_ending(refused, bench):
    refused(bench.folder / "nowhere.csv", "nowhere.csv: cannot be read: No such file")
    refused("x", "the ending '.xlsx' is not known", name="episodes.xlsx")


def test_the_same_file_twice_in_one_delivery(bench, made):
    dataset = bench.describe()
    text = made.csv(*made.rows())
    with pytest.raises(BadInput, match="the same bytes stand twice"):
        bench.deliver(dataset, bench.file(text, "a.csv"), bench.file(text, "b.csv"))


def test_a_route_must_be_given(bench):
    with pytest.raises(BadInput, match="by which route"):
        bench.arrival(inbound_route=" ")


@pytest.mark.parametrize("id", ["../d1", "", ".d1", "a/b"])
def test_an_id_that_would_leave_its_folder_is_refused(bench, id):
    with pytest.raises(BadInput, match="cannot name a folder"):
        bench.arrival(id=id)
