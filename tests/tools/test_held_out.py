"""Ten tables that differ in kind, none looked at while the engine was made, each recoded by the command under every
demand, and held to the definitions by the plain checker."""

import csv
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from openhaven.cli.main import run
from tests.tools.test_any_table import SECRET_TREE, SECRETS, Row, check, holds_together, write

Lines = list[tuple[str, ...]]
ROWS = 60


def flat(values: list[str]) -> Lines:
    return [(value, "*") for value in values]


def tens(most: int) -> Lines:
    return [(str(n), f"{n // 5 * 5}-", f"{n // 20 * 20}--", "*") for n in range(most)]


def halved(depth: int) -> Lines:
    return [(*(f"{leaf >> up}/{up}" for up in range(depth)), "*") for leaf in range(2**depth)]


def days(chance: random.Random) -> tuple[Lines, list[str]]:
    every = [date(2024, 1, 30) + timedelta(days=n) for n in range(90)]
    return [(f"{d}", f"{d:%Y-%m}", f"{d:%Y}", "*") for d in every], [str(chance.choice(every)) for _ in range(ROWS)]


UNEVEN: Lines = [
    ("a", "a", "a", "a", "*"),
    ("b", "b", "bc", "bcd", "*"),
    ("c", "c", "bc", "bcd", "*"),
    ("d", "d", "d", "bcd", "*"),
    *((f"e{n}", f"e{n // 3}+", "e", "e", "*") for n in range(12)),
]


def columns(kind: str, chance: random.Random) -> list[tuple[Lines, list[str]]]:
    """Each column's hierarchy and values."""

    def drawn(lines: Lines, weights: list[float] | None = None) -> tuple[Lines, list[str]]:
        return lines, chance.choices([line[0] for line in lines], weights, k=ROWS)

    skew = [1 / (n + 1) ** 2 for n in range(60)]
    return {
        "few distinct": [drawn(flat(["m", "f"])), drawn(flat(["x", "y", "z"]))],
        "many distinct": [drawn(tens(400)), drawn(tens(400)), drawn(tens(400))],
        "skewed": [drawn(tens(60), skew), drawn(tens(60), skew)],
        "one column constant": [(flat(["same"]), ["same"] * ROWS), drawn(tens(40))],
        "many empty cells": [
            drawn([("", "*"), ("1", "*"), ("2", "*")], [8, 1, 1]),
            drawn(flat(["", "n"])),
        ],
        "dates": [days(chance), days(chance)],
        "a very deep hierarchy": [drawn(halved(9)), drawn(flat(["m", "f"]))],
        "uneven hierarchies": [drawn(UNEVEN), drawn(UNEVEN), drawn(flat(["m", "f"]))],
        "one row": [(tens(30), ["7"]), (flat(["m", "f"]), ["f"])],
        "all rows equal": [(tens(30), ["7"] * ROWS), (UNEVEN, ["e4"] * ROWS)],
    }[kind]


KINDS = (
    "few distinct", "many distinct", "skewed", "one column constant", "many empty cells", "dates",
    "a very deep hierarchy", "uneven hierarchies", "one row", "all rows equal",
)  # fmt: skip
DEMANDS: tuple[dict[str, Any], ...] = (
    {"k": 5},
    {"k": 3, "l": 2, "confidential": "secret"},
    {"k": 2, "t": 0.35, "distance": "equal", "confidential": "secret"},
    {"k": 4, "keys": 2},
    {"k": 2, "presence": (0.0, 0.7)},
)


def case_of(kind: str, wanted: dict[str, Any], share: float) -> dict[str, Any]:
    chance = random.Random(kind)
    held = columns(kind, chance)
    rows = [
        (*cells, chance.choice(SECRETS), str(at))
        for at, cells in enumerate(zip(*(each for _, each in held), strict=True))
    ]
    others = [tuple(cells) for cells in zip(*(chance.sample(each, len(each)) for _, each in held), strict=True)]
    return {
        "hierarchies": [lines for lines, _ in held],
        "rows": rows,
        "others": others if "presence" in wanted else [],
        "wanted": wanted if kind != "one row" else {**wanted, "k": 1},
        "person": False,
        "share": share,
    }


def options(case: dict[str, Any], folder: Path, recoding: str) -> Iterator[str]:
    names = [f"c{at}" for at in range(len(case["hierarchies"]))]
    yield from (
        "anonymise",
        str(folder / "in.csv"),
        str(folder / "out.csv"),
        "--qi",
        ",".join(names),
        "--separator",
        ",",
    )
    yield from ("--hierarchies", str(folder), "--recoding", recoding, "--json")
    for name, value in case["wanted"].items():
        if name == "presence":
            value = ",".join(map(str, value))
            yield from ("--population", str(folder / "all.csv"))
        yield from (f"--{name}", str(value))
    if recoding == "global":
        yield from ("--suppression", str(case["share"]))


@pytest.mark.parametrize("recoding", ["global", "local"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_holds_and_what_cannot_hold_is_refused(
    tmp_path: Path, kind: str, recoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, wanted in enumerate(DEMANDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        case = case_of(kind, wanted, share=0.1 if number % 2 else 0.0)
        names = [f"c{at}" for at in range(len(case["hierarchies"]))]
        for name, lines in (*zip(names, case["hierarchies"], strict=True), ("secret", SECRET_TREE)):
            write(folder / f"in_hierarchy_{name}.csv", lines, ";")
        write(folder / "in.csv", [(*names, "secret", "who"), *case["rows"]])
        population: list[Row] = [tuple(row[: len(names)]) for row in case["rows"]] + case["others"]
        write(folder / "all.csv", [tuple(names), *population])
        status = run(list(options(case, folder, recoding)))
        said = capsys.readouterr()
        if status == 0:
            with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
                check(case, list(csv.DictReader(file)), recoding)
            continue
        assert status in (2, 5) and not (folder / "out.csv").exists(), said
        assert said.err.strip() and "Traceback" not in said.err
        assert not holds_together(case), (kind, wanted, said.err)


def small(folder: Path, text: str = "age,sex,s\n1,m,a\n2,f,b\n3,m,a\n4,f,b\n") -> Path:
    (folder / "in.csv").write_text(text)
    return folder / "in.csv"


BAD: dict[str, tuple[str | bytes, dict[str, str], list[str], str]] = {
    "a column that is not there": ("age,sex\n1,m\n2,f\n", {}, ["--qi", "age,town", "--k", "2"], "town"),
    "k above the rows": ("age,sex\n1,m\n2,f\n", {}, ["--qi", "age", "--k", "3"], "more than the 2 rows"),
    "k below one": ("age,sex\n1,m\n2,f\n", {}, ["--qi", "age", "--k", "0"], "k"),
    "an empty file": ("", {}, ["--qi", "age", "--k", "2"], "empty|heading"),
    "a heading and no rows": ("age,sex\n", {}, ["--qi", "age", "--k", "2"], "no rows"),
    "no tree": ("age\n1\n2\n", {"age": "1;a;x\n2;a;y\n"}, ["--qi", "age", "--k", "2"], "not a tree"),
    "a value that the hierarchy misses": ("age\n1\n2\n", {"age": "1;*\n"}, ["--qi", "age", "--k", "2"], "'2'"),
    "an empty hierarchy": ("age\n1\n2\n", {"age": ""}, ["--qi", "age", "--k", "2"], "empty"),
    "a hierarchy of uneven lines": ("age\n1\n2\n", {"age": "1;*\n2\n"}, ["--qi", "age", "--k", "2"], "levels"),
    "a row too short": ("age,sex\n1,m\n2\n", {}, ["--qi", "age", "--k", "2"], "line|row"),
    "a quote that does not end": ('age,sex\n1,"m\n2,f\n', {}, ["--qi", "age", "--k", "2"], "quote|CSV"),
    "two columns of one name": ("age,age\n1,m\n2,f\n", {}, ["--qi", "age", "--k", "2"], "twice|two columns"),
    "another encoding": (b"age,sex\n1,\xe9\n2,f\n", {}, ["--qi", "sex", "--k", "2"], "UTF-8"),
    "t above one": ("age,s\n1,m\n2,f\n", {}, ["--qi", "age", "--k", "2", "--t", "7", "--confidential", "s"], "t"),
    "l of nothing": ("age,s\n1,m\n2,f\n", {}, ["--qi", "age", "--k", "2", "--l", "2"], "confidential"),
    "words to be ordered": (
        "age,s\n1,m\n2,f\n", {},
        ["--qi", "age", "--k", "2", "--t", "0.2", "--confidential", "s", "--distance", "ordered"], "number|order",
    ),
    "suppression above one": (
        "age,s\n1,m\n2,f\n", {}, ["--qi", "age", "--k", "2", "--suppression", "3"], "between 0 and 1",
    ),
    "no keys": ("age,s\n1,m\n2,f\n", {}, ["--qi", "age", "--k", "2", "--keys", "0"], "keys|combination|at least"),
    "presence upside down": (
        "age,s\n1,m\n2,f\n", {},
        ["--qi", "age", "--k", "2", "--presence", "0.9,0.1", "--population", "in.csv"], "presence|lowest",
    ),
    "no such file": ("", {}, ["--qi", "age", "--k", "2", "--population", "none.csv"], "none.csv"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_told_in_one_plain_message(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, trees, said, names = BAD[kind]
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    for column, lines in trees.items():
        Path(f"in_hierarchy_{column}.csv").write_text(lines)
    status = run(["anonymise", "in.csv", "out.csv", *said, "--hierarchies", ".", "--separator", ","])
    told = capsys.readouterr()
    assert status == 2, told
    assert "Traceback" not in told.err and not told.out.strip()
    assert re.search(names, told.err), told.err
    assert not Path("out.csv").exists()


def test_values_with_separators_quotes_and_line_ends_inside_come_through(tmp_path: Path) -> None:
    odd = ["a,b", 'q"q', "x\ny", "x\r\ny", "x;y", " lead", "tail "]
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("c", "note"), *((value, value[::-1]) for value in odd * 3)])
    with (tmp_path / "in_hierarchy_c.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows((value, "*") for value in odd)
    with_hierarchy = ["--k", "3", "--hierarchies", str(tmp_path)]
    assert run(["anonymise", str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), "--qi", "c", *with_hierarchy]) == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        assert [(row["c"], row["note"]) for row in csv.DictReader(file)] == [(value, value[::-1]) for value in odd * 3]


@pytest.mark.parametrize("recoding", ["global", "local"])
def test_twenty_columns_are_answered_and_what_was_given_up_is_said(
    tmp_path: Path, recoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, names = random.Random(2), [f"c{at}" for at in range(20)]
    rows = [tuple(str(chance.randrange(8)) for _ in names) for _ in range(300)]
    write(tmp_path / "in.csv", [tuple(names), *rows])
    for name in names:
        write(
            tmp_path / f"in_hierarchy_{name}.csv", [(str(n), f"{n // 2}+", f"{n // 4}++", "*") for n in range(8)], ";"
        )
    asked = ["--qi", ",".join(names), "--k", "3", "--hierarchies", str(tmp_path), "--recoding", recoding]
    assert run(["anonymise", str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), "--separator", ",", *asked]) == 0
    assert recoding == "local" or "recodings were counted" in capsys.readouterr().out
