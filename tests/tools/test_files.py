"""Plain files: what is not changed keeps its bytes; what is not right is refused, naming the row."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.model.errors import BadInput
from openhaven.tools import csv_file
from openhaven.tools.files import Replacement, Source, open_source, read_coded


def values(source: Source) -> list[list[str]]:
    """The rows of a file as text."""
    return [
        list(row) for batch in source.batches(source.columns) for row in zip(*batch.to_pydict().values(), strict=True)
    ]


def put(folder: Path, text: str | bytes, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


cell = st.text(st.sampled_from('a;"\n\r,é €\t'), max_size=6).filter(lambda text: "\r" not in text.replace("\r\n", ""))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    mark=st.booleans(),
    last_end=st.booleans(),
    block=st.integers(5, 60),
    data=st.data(),
)
def test_csv_is_read_as_the_csv_module_reads_it_and_keeps_all_other_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, ...]], end: str, quoting: int, mark: bool,
    last_end: bool, block: int, data: st.DataObject,
) -> None:  # fmt: skip
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator=end, quoting=quoting).writerows([("x", "y", "z"), *rows])  # type: ignore[arg-type]
    written = text.getvalue() if last_end else text.getvalue().removesuffix(end)
    raw = ("\ufeff" * mark + written).encode()
    monkeypatch.setattr(csv_file, "BLOCK", block)
    source = open_source(put(tmp_path, raw), separator=";")
    assert source.columns == ("x", "y", "z")
    assert values(source) == [list(row) for row in rows]
    codes = np.array(data.draw(st.lists(st.integers(-1, 1), min_size=len(rows), max_size=len(rows))))
    out = tmp_path / "out.csv"
    source.rewrite(out, {"y": Replacement(("*", 'a;"b'), codes)})
    expected = [[x, y if code < 0 else ("*", 'a;"b')[code], z] for (x, y, z), code in zip(rows, codes, strict=True)]
    assert values(open_source(out, separator=";")) == expected
    if (codes < 0).all():
        assert out.read_bytes() == raw


def test_quotes_bom_and_line_ends_of_other_columns_stay(tmp_path: Path) -> None:
    raw = '\ufeffid;"sex";age\r\n"1";"Male";39\r\n2;Female;"40"'
    source = open_source(put(tmp_path, raw))
    source.rewrite(tmp_path / "out.csv", {"sex": Replacement(("*",), np.array([0, 0]))})
    assert (tmp_path / "out.csv").read_bytes().decode() == '\ufeffid;"sex";age\r\n"1";*;39\r\n2;*;"40"'


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"a,b\n1,2\n3\n", r"row 3 has 1 field\(s\), the header has 2"),
        (b"a,b\n1,2\n3,4,5\n", "row 3 has 3 field"),
        (b'a,b\n1,"x\ny"\n1,2\n\n', "row 4 has 1 field"),
        (b"a,b\n1,2\n3", "row 3 has 1 field"),
        (b'a,b\n1,"two\n3,4\n', "row 2.*cut short inside a quoted field"),
        (b"a,b\n1,2\n3,\0\n", "row 3 holds a NUL byte"),
        (b"a,b\n1,2\n3,caf\xe9\n", "row 3 is not UTF-8.*iconv -f WINDOWS-1252 -t UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16.*iconv -f UTF-16"),
        (b'a,b\n1,5" pipe\n', "row 2 has a quote inside a field that is not quoted"),
        (b'a,b\n1,"x"y\n', "row 2 has text after a closing quote"),
        (b"a,b\n1,2\r3,4\n", "row 2 has a lone carriage return"),
        (b"a,a\n1,2\n", "'a' twice"),
        (b"a,\n1,2\n", "no name"),
        (b"a,b;c\n1,2;3\n", "separator is not clear"),
    ],
)
def test_a_bad_csv_file_is_refused_with_its_row(tmp_path: Path, raw: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=f"(?s){reason}"):
        read_coded(open_source(put(tmp_path, raw)), ["a"])


@pytest.mark.parametrize(
    ("text", "separator"), [("a;b\n1,5;2\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a\n1\n", ","), ("a|b\n1|2", "|")]
)
def test_the_separator_is_found(tmp_path: Path, text: str, separator: str) -> None:
    source = open_source(put(tmp_path, text))
    assert source.file.separator == separator  # type: ignore[attr-defined]


def test_a_header_alone_is_no_table(tmp_path: Path) -> None:
    for text in ("a,b", "a,b\n"):
        with pytest.raises(BadInput, match="no rows"):
            read_coded(open_source(put(tmp_path, text)), ["a"])


def test_parquet_keeps_the_types_of_what_is_not_changed(tmp_path: Path) -> None:
    table = pa.table({"day": [date(2014, 3, 1), None], "n": pa.array([7, 8], pa.int16()), "sex": ["m", None]})
    pq.write_table(table, tmp_path / "in.parquet")
    source = open_source(tmp_path / "in.parquet")
    assert values(source) == [["2014-03-01", "7", "m"], ["", "8", ""]]
    kept = Replacement(("*",), np.array([-1, -1]))
    source.rewrite(tmp_path / "out.parquet", {"day": Replacement(("*",), np.array([-1, 0])), "n": kept})
    out = pq.read_table(tmp_path / "out.parquet")
    assert out.to_pydict() == {"day": ["2014-03-01", "*"], "n": [7, 8], "sex": ["m", None]}
    assert out.schema.field("n").type == pa.int16()
    with pytest.raises(BadInput, match="not readable as Parquet"):
        open_source(put(tmp_path, "no", "bad.parquet"))


def test_ndjson_keeps_the_bytes_of_what_is_not_changed(tmp_path: Path) -> None:
    raw = '{"a": 1.50, "b":"x\\u00e9" ,"c":null}\n{"b":"y","a":2, "c": {"d": [1]}}'
    source = open_source(put(tmp_path, raw, "in.ndjson"))
    assert values(source) == [["1.50", "xé", ""], ["2", "y", '{"d": [1]}']]
    source.rewrite(tmp_path / "out.ndjson", {"b": Replacement(('"*',), np.array([0, -1]))})
    assert (tmp_path / "out.ndjson").read_text() == raw.replace('"x\\u00e9"', json.dumps('"*'))


@pytest.mark.parametrize(
    "bad", ["[1]", '{"a":1', '{"a" 1}', '{"a":1} x', '{"a":1,"a":2}', '{"b":1}', "", '{"a":1 "b":2}']
)
def test_a_line_that_is_not_one_object_alike_is_refused(tmp_path: Path, bad: str) -> None:
    path = put(tmp_path, f'{{"a":0}}\n{bad}\n', "in.ndjson")
    with pytest.raises(BadInput, match="line 2"):
        read_coded(open_source(path), ["a"])


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    source = open_source(put(tmp_path, "a,b\n1,2\n3,4\n"))
    with pytest.raises(IndexError):
        source.rewrite(tmp_path / "out.csv", {"a": Replacement(("*",), np.array([0, 5]))})
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_unknown_endings_files_and_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        open_source(tmp_path / "none.csv")
    with pytest.raises(BadInput, match="ending"):
        open_source(put(tmp_path, "x", "in.xlsx"))
    with pytest.raises(BadInput, match=r"no column 'z'.*The columns are: a, b"):
        read_coded(open_source(put(tmp_path, "a,b\n1,2\n")), ["z"])
    with pytest.raises(BadInput, match="separator"):
        open_source(put(tmp_path, "a,b\n"), separator=";;")


def test_a_column_that_tells_people_apart_is_read_as_one_that_repeats(tmp_path: Path) -> None:
    """Parquet columns of few values are read with their numbers, those of many without: the values are the same, also
    beside a nested column that is not asked for."""
    people = [f"person {n}" for n in range(5000)]
    table = pa.table({"tags": [[1, 2]] * 5000, "who": people, "sex": ["m", "f"] * 2500})
    pq.write_table(table, tmp_path / "in.parquet")
    read = list(open_source(tmp_path / "in.parquet").batches(["who", "sex"]))
    assert pa.types.is_dictionary(read[0].column("sex").type) and not pa.types.is_dictionary(read[0].column("who").type)
    assert [value for batch in read for value in batch.column("who").to_pylist()] == people
