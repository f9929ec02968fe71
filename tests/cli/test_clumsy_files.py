"""Files as clumsy hands send them, to commands that need no haven: one plain message, status 2, and nothing written."""

from __future__ import annotations

import errno
import io
import os
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from openhaven.cli.main import run
from openhaven.model.errors import BadInput
from openhaven.tools.files import written_whole

ROWS = "".join(f"999000{n:04},{'MF'[n % 2]},A\n" for n in range(30))
LINE = '{"sex": "M", "area": "A"}\n'


def said(*words: object) -> tuple[int, str]:
    err = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(err):
        status = run([str(word) for word in words])
    return status, err.getvalue()


def refused(status: int, told: str, *says: str) -> None:
    assert status == 2, told
    assert told.startswith("haven: ") and told.count("\n") == 1 and len(told) < 600
    assert all(words in told for words in says), told


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.ndjson", b'{"sex": "\\ud800", "area": "A"}\n', ("line 1", "half a character")),
        ("a.ndjson", b'{"\\ud800": "M", "sex": "M", "area": "A"}\n', ("line 1", "half a character")),
        ("a.ndjson", b"\xef\xbb\xbf" + LINE.encode(), ("line 1", "byte order mark")),
        ("a.ndjson", LINE.encode("utf-16"), ("UTF-16", "iconv -f UTF-16")),
        ("a.csv", b"   \n", ("no column 'sex'", "The columns are: '   '.")),
        ("a.csv", b"id, sex ,area\n1,M,A\n", ("no column 'sex'", "' sex '")),
        ("a.csv", b"9990000018,M,A\n9990000026,F,B\n", ("row 1 holds an NHS number", "no header")),
        ("a.csv", "id,sex,area\n1,M,A\n".encode("utf-16-le"), ("UTF-16", "iconv -f UTF-16LE")),
        ("a.csv", "id,sex,area\n1,M,A\n".encode("utf-16-be"), ("UTF-16", "iconv -f UTF-16BE")),
        ("a.csv", "id,sex,area\n1,M,A\n".encode("utf-32"), ("UTF-32", "iconv -f UTF-32")),
    ],
)
def test_a_table_that_cannot_be_read_as_it_is(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    status, told = said("risk", tmp_path / name, "--qi", "sex,area")
    refused(status, told, name, *says)
    assert "9990000018" not in told


def test_a_pipe_is_refused_at_once_since_it_is_read_more_than_once(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    for command in (
        ("risk", tmp_path / "a.csv", "--qi", "sex"),
        ("verify", tmp_path, "--trust", tmp_path / "a.csv"),
        ("restore", tmp_path / "a.csv", tmp_path / "new"),
        ("init", tmp_path / "new", "--operator-name", "x", "--origin", "a.example", "--contact", "y", "--more",
         tmp_path / "a.csv"),
    ):  # fmt: skip
        refused(*said(*command), "a.csv", "not a plain file")
    assert not (tmp_path / "new").exists()


def test_a_device_is_not_replaced_by_a_file(tmp_path):
    """`--html /dev/null --overwrite` would put a file in its place, for whoever may."""
    os.mkfifo(tmp_path / "page.html")
    (tmp_path / "a.csv").write_text("nhs_number,sex,area\n" + ROWS)
    told = said("risk", tmp_path / "a.csv", "--qi", "sex", "--html", tmp_path / "page.html", "--overwrite")
    refused(*told, "page.html", "not a plain file")
    assert (tmp_path / "page.html").is_fifo()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("sex,area,population\nM,A,100\n".encode("utf-16"), "not UTF-8"),
        ("sex,area,population\nM,Gerät,100\n".encode("latin-1"), "not UTF-8"),
        (b"sex,area,population\nM,A\n", "line 2 has 2 values"),
        (b"sex,area,population\nM,A,1,000\n", "line 2 has 4 values"),
        (b"sex,area,population,population\nM,A,1,2\n", "two columns are called population"),
        (b'sex,area,population\nM,"A,100\n', "line 2"),
        (b"sex,area,population\nM," + b"A" * 200_000 + b",1\n", "line 2"),
        (b"sex,area,population\nM,A,1_000\n", "'1_000' is not a number of people"),
        ("sex,area,population\nM,A,٣٤\n".encode(), "is not a number of people"),
        (b"sex,area,population\nM,A,1e400\n", "is not a number of people"),
    ],
)
def test_a_population_that_cannot_be_read(tmp_path, content, says):
    (tmp_path / "a.csv").write_text("nhs_number,sex,area\n" + ROWS)
    (tmp_path / "p.csv").write_bytes(content)
    told = said(
        "tabulate", tmp_path / "a.csv", "--by", "sex,area", "--rule", "HES-2018", "--figure", "rate",
        "--population", tmp_path / "p.csv", "--out", tmp_path / "t.csv",
    )  # fmt: skip
    refused(*told, "p.csv", says)
    assert not (tmp_path / "t.csv").exists()


def test_a_value_as_long_as_a_book_is_not_told_whole(tmp_path):
    rows = ROWS.replace("A\n", "A,1\n") + f"1,M,A,{'x' * 10**6}\n"
    (tmp_path / "a.csv").write_text("nhs_number,sex,area,cost\n" + rows)
    amounts = ("--by", "sex", "--measure", "cost", "--rule", "p-10")
    told = said("tabulate", tmp_path / "a.csv", *amounts, "--out", tmp_path / "t.csv")
    refused(*told, "is not an amount", "…")


def test_what_another_command_wrote_meanwhile_is_not_written_over(tmp_path):
    out = tmp_path / "out.csv"
    with (
        pytest.raises(BadInput, match=r"out\.csv: another command wrote this file meanwhile"),
        written_whole(out) as mine,
    ):
        mine.write_text("mine")
        out.write_text("theirs")
    assert out.read_text() == "theirs" and [each.name for each in tmp_path.iterdir()] == ["out.csv"]


def test_a_folder_that_is_not_ours_is_told_by_the_file_that_was_named(tmp_path, monkeypatch):
    def closed(**_):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".out.csv.x7"))

    monkeypatch.setattr("tempfile.mkstemp", closed)
    (tmp_path / "a.csv").write_text("nhs_number,sex,area\n" + ROWS)
    told = said("tabulate", tmp_path / "a.csv", "--by", "sex", "--rule", "HES-2018", "--out", tmp_path / "t.txt")
    refused(*told, f"{tmp_path}/t.txt: Permission denied. Name a place that is yours")


def test_whoever_opens_a_refusal_is_sent_to_the_letter(tmp_path):
    (tmp_path / "package").mkdir()
    for name in ("package/decision.json", "package/letter.html", "my.key"):
        (tmp_path / name).write_text("{}")
    told = said("open", tmp_path / "package", "--key", tmp_path / "my.key", "--out", tmp_path / "opened")
    refused(*told, "not permitted", "letter.html")
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("content", ["é".encode("latin-1"), "x".encode("utf-16")])
def test_settings_in_another_encoding_make_no_haven(tmp_path, content):
    (tmp_path / "m.toml").write_bytes(content)
    told = said(
        "init", tmp_path / "h", "--operator-name", "x", "--origin", "a.example", "--contact", "y",
        "--more", tmp_path / "m.toml",
    )  # fmt: skip
    refused(*told, "m.toml", "not UTF-8")
    assert not Path(tmp_path / "h").exists()
