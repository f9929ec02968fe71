"""`haven tabulate`: counts by columns, protected and audited, as a plain CSV."""

import csv
import json
import random
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from openhaven.disclosure.rules import HES_2018
from openhaven.model.errors import BadInput
from openhaven.tools.tabulate import TabulateRequest, tabulate

EVENTS = [(f"p{n % 37}", area, band) for n in range(300) for area, band in [("=N" if n % 3 else "S", n * n % 11)]]


@pytest.fixture
def events(tmp_path: Path) -> Path:
    with (tmp_path / "events.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("who", "area", "band"), *EVENTS])
    return tmp_path / "events.csv"


def test_rows_and_people_are_counted_with_totals_under_the_rule(events: Path) -> None:
    out = events.with_name("out.csv")
    report = tabulate(events, out, TabulateRequest(("area", "band"), "HES-2018", person="who"))
    counted = Counter((area, str(band)) for _, area, band in EVENTS)
    people = {key: len({who for who, area, band in EVENTS if (area, str(band)) == key}) for key in counted}
    with out.open(newline="") as file:
        printed = list(csv.DictReader(file))
    assert len(printed) == 3 * (len({band for *_, band in EVENTS}) + 1) == report.cells
    for line in printed:
        key = (line["area"].removeprefix("'"), line["band"])
        if "Total" not in key:
            assert line["rows"] in ("*", HES_2018.show(counted[key]))
            assert line["people"] in ("*", HES_2018.show(people.get(key, 0)))
    assert printed[-1] == {"area": "Total", "band": "Total", "rows": "300", "people": "35"}
    document = report.as_json()
    assert document["rule"]["since"] == "2018-09-13" and json.dumps(document)  # type: ignore[index]
    assert "policy of this installation" in report.as_text()


@pytest.mark.parametrize("rule", ["HES-2018", "HES-2013", "OPENSAFELY", "threshold-10"])
def test_many_episodes_of_few_people_are_hidden_as_these_are(tmp_path: Path, rule: str) -> None:
    """Nor does what prints beside them tell how many: a row total less the others."""
    rows = [(f"{area}{n}", area, ill) for area in "NSE" for ill in "ab" for n in range(30 if ill == "a" else 40)]
    rows += [("one", "W", "a")] * 12 + [(f"W{n}", "W", "b") for n in range(25)]
    (tmp_path / "in.csv").write_text("who,area,ill\n" + "".join(f"{','.join(row)}\n" for row in rows))
    tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("area", "ill"), rule, person="who"))
    printed = {(row["area"], row["ill"]): row["rows"] for row in csv.DictReader((tmp_path / "out.csv").open())}
    assert printed["W", "a"] == "*" and printed["N", "Total"] == "70"
    exact = rule in ("HES-2013", "threshold-10")
    assert not exact or "*" in (printed["W", "b"], printed["W", "Total"])


def test_cells_that_a_spreadsheet_would_run_are_escaped(events: Path) -> None:
    tabulate(events, events.with_name("out.csv"), TabulateRequest(("area",), "threshold-10"))
    assert events.with_name("out.csv").read_text() == "area,rows\n'=N,200\nS,100\nTotal,300\n"


def test_numbers_stand_in_the_order_of_numbers_and_blanks_last(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("n\n" + "10\n9\n" * 10 + '""\n' * 12)
    tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("n",), "HES-2013"))
    assert (tmp_path / "out.csv").read_text() == "n,rows\n9,10\n10,10\n(blank),12\nTotal,32\n"


def test_a_national_total_prints_exactly(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("n\n" + "a\n" * 11 + "b\n" * 11)
    tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("n",), "HES-2018", national=True))
    assert (tmp_path / "out.csv").read_text() == "n,rows\na,10\nb,10\nTotal,22\n"


@pytest.mark.parametrize(
    "change", [{"by": ()}, {"by": ("area", "area")}, {"by": ("who",), "person": "who"}, {"rule": "none"},
               {"measure": "cost"}, {"by": ("shoe",)}]
)  # fmt: skip
def test_what_cannot_be_done_is_refused_and_nothing_written(events: Path, change: dict[str, object]) -> None:
    out = events.with_name("out.csv")
    with pytest.raises(BadInput):
        tabulate(events, out, TabulateRequest(**{"by": ("area",), "rule": "HES-2018", **change}))  # type: ignore[arg-type]
    assert not out.exists()


@pytest.mark.parametrize(("column", "person"), [("rows", None), ("Rows", "who"), ("people", "who")])
def test_a_column_called_as_a_count_is_refused(tmp_path: Path, column: str, person: str | None) -> None:
    (tmp_path / "in.csv").write_text(f"{column},who\n" + "a,1\n" * 11)
    with pytest.raises(BadInput, match=f"{column!r} is what the table calls one of its counts"):
        tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest((column,), "HES-2018", person=person))


def test_a_column_called_people_may_be_counted_by_where_people_are_not(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("people\n" + "a\n" * 20)
    tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("people",), "HES-2018"))
    assert (tmp_path / "out.csv").read_text() == "people,rows\na,20\nTotal,20\n"


def test_two_values_that_would_be_written_alike_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("n\n" + "=1\n'=1\n" * 11)
    with pytest.raises(BadInput, match="which would be written alike"):
        tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("n",), "HES-2018"))


def test_a_value_called_total_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("n\nTotal\n")
    with pytest.raises(BadInput, match="Total"):
        tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("n",), "HES-2018"))


def test_sums_give_no_contributor_away(tmp_path: Path) -> None:
    rows = [("a", "x", 100), ("a", "x", 5), ("a", "y", 30), ("a", "y", 40), ("a", "y", 50)]
    rows += [(area, kind, amount) for area in "bc" for kind in "xy" for amount in (20, 30, 40, 50)]
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("area", "kind", "cost"), *rows])
    request = TabulateRequest(("area", "kind"), "p-10", measure="cost")
    report = tabulate(tmp_path / "in.csv", tmp_path / "out.csv", request)
    printed = {(row["area"], row["kind"]): row["sum of cost"] for row in csv.DictReader((tmp_path / "out.csv").open())}
    assert printed["a", "x"] == "*" and printed["Total", "Total"] == "785"
    assert report.small == {"sum of cost": 1} and report.second == {"sum of cost": 3}
    assert json.dumps(report.as_json()) and "p-10" in report.as_text()
    with pytest.raises(BadInput, match="negative"):
        (tmp_path / "in.csv").write_text("area,kind,cost\na,x,-1\n")
        tabulate(tmp_path / "in.csv", tmp_path / "out2.csv", request)


@pytest.mark.parametrize("seed", range(6))
def test_no_contributor_tells_anothers_amount_by_subtraction(tmp_path: Path, seed: int) -> None:
    """Two cells of one person each in one line: its total less the others is their sum, and each knows their own. So
    whatever stands hidden in a line whose total prints is looked at as one cell, by the definition of p%."""
    chance = random.Random(seed)
    rows = [
        (f"a{area}", f"k{kind}", chance.choice([10, 90, 100, 105, 300]))
        for area, kind in product(range(4), range(3))
        for _ in range(1 if kind < 2 and area < 2 else chance.choice([1, 2, 3, 12]))
    ]
    (tmp_path / "in.csv").write_text("area,kind,cost\n" + "".join(f"{a},{k},{cost}\n" for a, k, cost in rows))
    tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("area", "kind"), "p-10", measure="cost"))
    printed = {(row["area"], row["kind"]): row["sum of cost"] for row in csv.DictReader((tmp_path / "out.csv").open())}
    for axis, total in product((0, 1), printed):
        if total[axis] == "Total" and printed[total] != "*":
            line = [at for at in printed if at[1 - axis] == total[1 - axis] and at != total and printed[at] == "*"]
            inside = sorted((row[2] for row in rows for at in line if _in_cell(row, at)), reverse=True)
            assert sum(inside[2:]) >= 0.1 * sum(inside[:1]) - 1e-9, (total, line)


def _in_cell(row: tuple[str, str, int], cell: tuple[str, ...]) -> bool:
    return all(label in ("Total", mine) for label, mine in zip(cell, row, strict=False))


@pytest.mark.parametrize("amount", ["0", ""])
def test_the_sum_of_few_who_have_nothing_is_hidden_and_that_of_nobody_is_not(tmp_path: Path, amount: str) -> None:
    """Two who have nothing are as few as others. A sum of nobody protects no other: a table of counts says it."""
    few = [("b", "x", amount), ("c", "x", 70), ("c", "y", amount), ("c", "y", 40)]
    rows = [("a", kind, cost) for kind in "xy" for cost in (20, 30, 40, 50)] + few
    (tmp_path / "in.csv").write_text("area,kind,cost\n" + "".join(f"{a},{k},{cost}\n" for a, k, cost in rows))
    tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("area", "kind"), "p-10", measure="cost"))
    printed = {(row["area"], row["kind"]): row["sum of cost"] for row in csv.DictReader((tmp_path / "out.csv").open())}
    assert {printed[at] for at in (("b", "x"), ("c", "x"), ("c", "y"), ("b", "Total"))} == {"*"}
    assert printed["b", "y"] == "0"


def test_who_is_alone_in_a_hidden_cell_knows_it(tmp_path: Path) -> None:
    """Two cells of one person each, in other rows and other columns: were they and the two beside both all that is
    hidden, whoever makes up one would know how far the four may move, which is not at all."""
    alone = {("a0", "k0"), ("a1", "k1")}
    cells = list(product(("a0", "a1", "a2"), ("k0", "k1", "k2")))
    rows = [(*cell, 100 + n) for cell in cells for n in range(1 if cell in alone else 6 + 6 * ("2" in "".join(cell)))]
    (tmp_path / "in.csv").write_text("area,kind,cost\n" + "".join(f"{a},{k},{cost}\n" for a, k, cost in rows))
    tabulate(tmp_path / "in.csv", tmp_path / "out.csv", TabulateRequest(("area", "kind"), "p-10", measure="cost"))
    printed = {(row["area"], row["kind"]): row["sum of cost"] for row in csv.DictReader((tmp_path / "out.csv").open())}
    assert len([at for at in cells if printed[at] == "*"]) > 4
