"""What is wrong with a table is said by the command in one plain message, and nothing is written; odd tables that are
not wrong are protected."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from openhaven.cli.main import run

AREAS, SEXES = ("North", "South"), ("F", "M")


def table(
    areas: tuple[str, ...] = AREAS, sexes: tuple[str, ...] = SEXES, count: Callable[[str, str], int] | None = None
) -> str:
    """With every total; 20 in each cell unless `count` says otherwise."""
    of = count or (lambda area, sex: 20)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["area", "sex", "n"])
    for area in (*areas, "Total"):
        for sex in (*sexes, "Total"):
            inside = ((a, s) for a in areas for s in sexes if area in (a, "Total") and sex in (s, "Total"))
            writer.writerow([area, sex, sum(of(a, s) for a, s in inside)])
    return out.getvalue()


def amounts(*changes: tuple[str, str]) -> str:
    text = table().replace("area,sex,n", "area,sex,n,status,low,high").replace("0\n", "0,S,0,0\n")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def said(*words: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run([str(word) for word in words])
    return status, out.getvalue(), err.getvalue()


def protected(folder: Path, text: str, *options: str) -> tuple[int, str, str]:
    (folder / "in.csv").write_text(text, encoding="utf-8")
    given = options if "--status" in options else ("--rule", "threshold-10", *options)
    return said("protect", folder / "in.csv", "--out", folder / "out.csv", "--by", "area,sex", "--value", "n", *given)


def refused(folder: Path, answer: tuple[int, str, str], words: str, *, status: int = 2) -> None:
    found, out, err = answer
    assert (found, out) == (status, ""), answer
    assert err.startswith("haven: ") and err.count("\n") == 1 and len(err) < 400, err
    assert words in err and "Traceback" not in err, err
    assert not [each.name for each in folder.iterdir() if "out" in each.name]


MARGINS = ("--status", "status", "--lower", "low", "--upper", "high")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Total,Total,80", "Total,Total,81", "Total and Total is 81, but its parts over area sum to 80"),
        ("North,Total,40", "North,Total,39", "but its parts over"),
        ("South,M,20\n", "", "South and M is missing"),
        ("North,Total,40\n", "", "North and Total is missing"),
        ("Total,F,40\nTotal,M,40\nTotal,Total,80\n", "", "the totals over area are missing"),
        ("North,F,20", "North,F,-20", "North and F: a count must lie between 0 and 100,000,000, not -20"),
        ("North,F,20", "North,F,20.5", "North and F: '20.5' is not a count"),
        ("North,F,20", "North,F,20.0", "'20.0' is not a count"),
        ("North,F,20", "North,F,2_0", "'2_0' is not a count"),
        ("North,F,20", "North,F,٢٠", "'٢٠' is not a count"),
        ("North,F,20", "North,F,nan", "'nan' is not a count"),
        ("North,F,20", "North,F,", "'' is not a count"),
        ("North,F,20", "North,F,*", "'*' is not a count"),
        ("North,F,20", "North,F," + "9" * 5_000, "99999999999999999999…' is not a count"),
        ("North,F,20", "North,F,200000000", "must lie between 0 and 100,000,000"),
        ("North,F,20\n", "North,F,20\nNorth,F,20\n", "North and F is given twice"),
        ("Total,Total,80\n", "Total,Total,80\nTotal,Total,80\n", "Total and Total is given twice"),
        ("area,sex,n", "place,sex,n", "no column 'area'"),
    ],
)
def test_a_table_that_is_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in table()
    refused(tmp_path, protected(tmp_path, table().replace(old, new)), words)


@pytest.mark.parametrize(("text", "words"), [("", "the file is empty"), ("area,sex,n\n", "there are no cells")])
def test_a_file_without_cells(tmp_path: Path, text: str, words: str) -> None:
    refused(tmp_path, protected(tmp_path, text), words)


def test_totals_alone_are_no_table(tmp_path: Path) -> None:
    refused(tmp_path, protected(tmp_path, "area,sex,n\nTotal,Total,5\n"), "there are no rows to count")


def test_a_hierarchy_that_misses_a_code(tmp_path: Path) -> None:
    levels = tmp_path / "levels"
    levels.mkdir()
    (levels / "in_hierarchy_area.csv").write_text("North;*\n")
    answer = protected(tmp_path, table(), "--hierarchies", str(levels))
    refused(tmp_path, answer, "the hierarchy of area does not say what 'South' is part of")


def test_a_hierarchy_with_a_code_in_two_places(tmp_path: Path) -> None:
    (tmp_path / "in_hierarchy_area.csv").write_text("North;South;*\nNorth;*\n")
    answer = protected(tmp_path, table(), "--hierarchies", str(tmp_path))
    refused(tmp_path, answer, "'North' is part of 'South' and of 'Total'")


def test_a_label_called_as_a_total_is_refused_where_totals_are_called_otherwise(tmp_path: Path) -> None:
    answer = protected(tmp_path, table().replace("Total", "All") + "Total,F,20\n", "--total", "All")
    refused(tmp_path, answer, "Total and F is given twice")


# amounts


def test_what_cannot_be_protected_is_named_with_why_and_nothing_is_written(tmp_path: Path) -> None:
    text = amounts((",S,", ",Z,"), ("North,F,20,Z,0,0", "North,F,20,U,5,5"))
    answer = protected(tmp_path, text, *MARGINS)
    refused(tmp_path, answer, "North and F cannot be protected even with every cell hidden that may be", status=5)


def test_an_unsafe_amount_without_margins_is_not_called_protected(tmp_path: Path) -> None:
    text = amounts(("North,F,20,S", "North,F,20,U"))
    refused(tmp_path, protected(tmp_path, text, *MARGINS), "North and F must be hidden, but nothing says how far")
    refused(tmp_path, protected(tmp_path, text, "--status", "status"), "--lower and --upper")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("North,F,20,S,0,0", "North,F,nan,S,0,0", "North and F, n: 'nan' is not a number"),
        ("North,F,20,S,0,0", "North,F,inf,S,0,0", "'inf' is not a number"),
        ("North,F,20,S,0,0", "North,F,2_0,S,0,0", "'2_0' is not a number"),
        ("North,F,20,S,0,0", "North,F,20,U,nan,5", "'nan' is not a number"),
        ("North,F,20,S,0,0", "North,F,20,U,,5", "'' is not a number"),
        ("North,F,20,S,0,0", "North,F,20,U,-5,5", "North and F: amounts, margins and costs are numbers, and cannot be"),
        ("North,F,20,S,0,0", "North,F,2e16,S,0,0", "North and F: amounts, margins and costs cannot be above 1e+15"),
        ("North,F,20,S,0,0", "North,F,20,Q,0,0", "there is no status 'Q'"),
        ("North,F,20,S,0,0", "North,F,twenty,S,0,0", "'twenty' is not a number"),
    ],
)
def test_amounts_that_are_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    refused(tmp_path, protected(tmp_path, amounts((old, new)), *MARGINS), words)


@pytest.mark.parametrize("tolerance", ["nan", "inf", "-1"])
def test_a_tolerance_that_is_none(tmp_path: Path, tolerance: str) -> None:
    answer = protected(tmp_path, amounts(), *MARGINS, "--tolerance", tolerance)
    refused(tmp_path, answer, "--tolerance is a number of 0 or more")


# counts that are moved


def test_counts_of_a_ready_table_are_rounded_and_still_add_up(tmp_path: Path) -> None:
    text = table(count=lambda area, sex: 3 if (area, sex) == ("North", "F") else 21)
    (tmp_path / "in.csv").write_text(text)
    options = ("--by", "area,sex", "--value", "n", "--rule", "rounded-5")
    status, out, _ = said("protect", tmp_path / "in.csv", "--out", tmp_path / "out.csv", *options)
    assert status == 0 and "no small count can be told" in out and "hidden" not in out
    cells = {(each["area"], each["sex"]): int(each["n"]) for each in csv.DictReader((tmp_path / "out.csv").open())}
    assert all(each % 5 == 0 for each in cells.values())
    for area in (*AREAS, "Total"):
        assert cells[area, "F"] + cells[area, "M"] == cells[area, "Total"]
    for sex in (*SEXES, "Total"):
        assert cells["North", sex] + cells["South", sex] == cells["Total", sex]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("cell-key-2", "which a ready table does not have"),
        ("rounded-2", "leaves too few possibilities"),
        ("HES", "there is no rule 'HES'"),
    ],
)
def test_rules_that_a_ready_table_cannot_follow(tmp_path: Path, rule: str, words: str) -> None:
    (tmp_path / "in.csv").write_text(table())
    options = ("--by", "area,sex", "--value", "n", "--rule", rule)
    refused(tmp_path, said("protect", tmp_path / "in.csv", "--out", tmp_path / "out.csv", *options), words)


# odd, and not wrong


def small_in_the_north(area: str, sex: str) -> int:
    return 3 if (area, sex) == ("North", "F") else 20


@pytest.mark.parametrize(
    "text",
    [
        table(count=lambda area, sex: 0),
        table(("North",), count=small_in_the_north),
        table(sexes=("F",), count=small_in_the_north),
        table(("North",), ("F",), small_in_the_north),
        table(("North",), ("F",)),
        table(count=lambda area, sex: 24_999_999),
        table(("Ynys Môn", "Ceredigion 🏥"), ("fenyw", "gwryw"), lambda area, sex: 3 if "🏥" in area else 20),
        table(("=1+1", "@cell"), count=lambda area, sex: 3 if area == "@cell" else 20),
        table(("total", "TOTAL"), count=lambda area, sex: 3 if area == "total" else 20),
        table(("", "South"), count=lambda area, sex: 3 if not area else 20),
    ],
    ids=[
        "zeros",
        "one row",
        "one column",
        "one small cell",
        "one cell",
        "huge",
        "unicode",
        "formulas",
        "total",
        "blank",
    ],
)
def test_odd_tables_are_protected_and_no_small_count_prints(tmp_path: Path, text: str) -> None:
    status, _, err = protected(tmp_path, text)
    assert status == 0, err
    given, found = (
        list(csv.reader(io.StringIO(each, newline=""))) for each in (text, (tmp_path / "out.csv").read_text("utf-8"))
    )
    assert len(given) == len(found)
    for (*_, count), (*_, shown) in zip(given[1:], found[1:], strict=True):
        assert shown == "*" if 1 <= int(count) <= 9 else shown in ("*", count)


def test_figures_are_asked_for_one_by_one_or_parted_by_commas(tmp_path: Path) -> None:
    rows = "".join(f"{sex},{cost}\n" for sex in "FM" for cost in range(1, 40))
    (tmp_path / "rows.csv").write_text("sex,cost\n" + rows)
    apart, together = (("--figure", "mean:cost", "--figure", "p50:cost"), ("--figure", "mean:cost, p50:cost"))
    for name, asked in (("apart", apart), ("together", together)):
        out = str(tmp_path / f"{name}.csv")
        command = ["tabulate", str(tmp_path / "rows.csv"), "--by", "sex", "--rule", "HES-2018", "--out", out, *asked]
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            assert run(command) == 0
    assert (tmp_path / "apart.csv").read_text() == (tmp_path / "together.csv").read_text()
