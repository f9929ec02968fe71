"""Figures beside the counts of a table that leaves: those asked for, made as for a plain file, attacked, remembered."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from costed import costs, figures, inside, table  # noqa: F401 (the fixture)
from held import number

from openhaven.disclosure.files import File
from openhaven.model.errors import BadInput, Unmet
from openhaven.model.figure import Peopled
from openhaven.release.inside import figures as measure_figures
from openhaven.release.remembered import measured, measured_plain, printed, write_counted
from openhaven.tools.figures import FiguresAsked
from openhaven.tools.tabulate import TabulateRequest, tabulate


def mean_of(rows, line):
    """Of the rows of a line or total."""
    found = [row["cost"] for row in rows if inside(row, line)]
    return sum(found) / len(found)


POPULATION = tuple(Peopled((sex, area), 10_000 + 1_000 * int(sex), 100) for sex in "12" for area in "ABC")
WORDS = (
    "percent:sex",
    "ratio:sex=1/2",
    "rate",
    "standardised:sex",
    "classes:3",
    "mean:cost",
    "median:cost",
    "p90:cost",
)


@pytest.mark.parametrize("rule", ["HES-2018", "OPENSAFELY", "OPENSAFELY-midpoint6", "threshold-10"])
def test_a_release_prints_what_the_command_prints_of_the_same_rows(table, tmp_path, rule):  # noqa: F811
    rows = costs()
    released, lines, _ = table(rows, figures(*WORDS, intervals=True, population=POPULATION), rule=rule)
    with (tmp_path / "in.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (tmp_path / "population.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("sex", "diagnosis", "population", "standard"), *((*p.labels, p.people, p.standard) for p in POPULATION)]
        )
    beside = FiguresAsked(WORDS, tmp_path / "population.csv", intervals=True)
    asked = TabulateRequest(by=("sex", "diagnosis"), rule=rule, person="nhs_number", beside=beside)
    tabulate(tmp_path / "in.csv", tmp_path / "out.csv", asked)
    with (tmp_path / "out.csv").open(newline="") as file:
        plain = [
            {("episodes" if name == "rows" else name): text for name, text in line.items()}
            for line in csv.DictReader(file)
        ]
    assert released == plain
    assert any(line["mean of cost"] not in ("*", "") for line in released)
    assert lines["figures"].measured["searches given up"] == 0
    assert (
        lines["figures"].measured["figures"]["rate"] == "For 100,000 of the population. Made from the printed counts."
    )


def after(done):
    """What the memory hands to the next table."""
    return (done.table.figured.table,)


def test_a_mean_without_one_person_is_not_printed_beside_the_mean_with_them(table):  # noqa: F811
    """Counts of five keep back who is one fewer; two means would tell what they cost."""
    rows = costs()
    dear = max(range(len(rows)), key=lambda at: rows[at]["cost"])
    words = figures("mean:cost", "median:cost")
    left = [*rows[:dear], *rows[dear + 1 :]]
    before, _, done = table(rows, words)
    alone, _, _ = table(left, words, name="D2")
    beside, lines, _ = table(left, words, name="D3", measured=after(done))
    mine = [line for line in alone if inside(rows[dear], line)]
    assert any(line["mean of cost"] != "*" != line["median of cost"] for line in mine)
    for former, one, other in zip(before, alone, beside, strict=True):
        for name in ("mean of cost", "median of cost"):
            assert other[name] in (one[name], "*")
        if one in mine and "*" not in (former["mean of cost"], other["mean of cost"]):
            many, fewer = (sum(inside(row, one) for row in each) for each in (rows, left))
            least = many * (float(former["mean of cost"]) - 0.05) - fewer * (float(other["mean of cost"]) + 0.05)
            assert least <= 0.9 * rows[dear]["cost"], "the greatest stays possible a tenth below what it is"
        if one in mine:
            assert other["median of cost"] == "*"
    line = lines["figures"]
    assert line.controller_only["figures left out for what they would have told beside these"] > 0
    assert line.measured["earlier tables"] == 1 and "released before (1)" in line.says


def test_the_same_table_again_and_a_table_of_others_print_as_before(table):  # noqa: F811
    rows = costs()
    words = figures("mean:cost", "p90:cost")
    once, _, done = table(rows, words)
    again, _, _ = table(rows, words, name="D2", measured=after(done))
    assert again == once
    others = [{**row, "episode_id": f"O{at}", "nhs_number": number(1000 + at)} for at, row in enumerate(rows)]
    assert table(others, words, name="D3", measured=after(done))[0] == once


def test_a_recipient_who_has_the_costs_of_all_but_one_gets_no_mean_with_theirs(table):  # noqa: F811
    rows = costs()
    dear, rows[7]["cost"] = 7, 900
    words = figures("mean:cost")
    alone, _, done = table(rows, words)
    told = done.table.figured.table
    one = told.units[told.amounts == rows[dear]["cost"]]
    file = File("A1.R1", frozenset({"cost"}), told.units[~np.isin(told.units, one)])
    other = replace(file, fields=frozenset({"sex"}))
    beside, _, _ = table(rows, words, name="D2", files=(file,))
    assert beside[-1]["mean of cost"] == "*" != alone[-1]["mean of cost"]
    without = table(rows, words, name="D3", files=(other,))[0]
    assert without[-1]["mean of cost"] == alone[-1]["mean of cost"]


def test_what_is_remembered_is_read_again(table, tmp_path):  # noqa: F811
    _, _, done = table(costs(), figures("mean:cost"))
    told, made = done.table.figured.table, done.table
    write_counted(tmp_path / "kept.parquet", made.counted, {}, amounts=told.amounts)
    plain = {"tables": [printed(each) for each in made.protected.tables], "measured": measured_plain(told)}
    found = measured("A1.R1", json.loads(json.dumps(plain)), tmp_path / "kept.parquet")
    for name in ("units", "leaves", "person", "amounts", "cells"):
        assert (getattr(found, name) == getattr(told, name)).all()
    assert (found.id, found.field, found.figures, found.small) == ("A1.R1", told.field, told.figures, told.small)
    assert measured("A1.R1", {"tables": plain["tables"]}, tmp_path / "kept.parquet") is None


def test_no_field_that_is_measured_leaves_as_a_column(table):  # noqa: F811
    released, lines, _ = table(costs(), figures("mean:cost"))
    assert list(released[0]) == ["sex", "diagnosis", "episodes", "people", "mean of cost"]
    assert lines["only-fields"].measured["columns"] == ["sex", "diagnosis"]


def test_a_figure_in_the_file_that_was_not_made_so_is_not_certified(table):  # noqa: F811
    obligation = figures("percent:sex", "mean:cost")
    _, _, done = table(costs(), obligation)
    text = done.path.read_text()
    whole = next(line for line in text.splitlines() if line.startswith("1,Total"))
    done.path.write_text(text.replace(whole, whole.replace(whole.split(",")[4], "12.3")))
    line = measure_figures(obligation, done)
    assert line.standing == "not met" and "other figures: percent of sex" in line.says


def test_figures_that_tell_of_few_are_not_certified(table):  # noqa: F811
    """Means to many decimals, in every cell: the judge looks at the file, not at how it was made."""
    obligation = figures("mean:cost")
    released, _, done = table(costs(), obligation, rule="threshold-30")
    lines = done.path.read_text().splitlines()
    means = [f"{mean_of(costs(), line):.12f}" for line in released]
    lines[1:] = [",".join([*line.split(",")[:-1], mean]) for line, mean in zip(lines[1:], means, strict=True)]
    done.path.write_text("\n".join(lines) + "\n")
    column = replace(done.table.figured.columns[0], texts=tuple(means))
    figured = replace(done.table.figured, columns=(column,))
    line = measure_figures(obligation, replace(done, table=replace(done.table, figured=figured)))
    assert line.standing == "not met" and "too closely" in line.says


@pytest.mark.parametrize(
    ("change", "message"),
    [({"cost": None}, "there are rows without cost"), ({"cost": -5}, "amounts cannot be negative")],
)
def test_rows_without_an_amount_and_amounts_below_nothing_are_refused(table, change, message):  # noqa: F811
    rows = costs()
    rows[7] = {**rows[7], **change}
    with pytest.raises(Unmet, match=message):
        table(rows, figures("mean:cost"))


def test_a_denominator_that_nobody_has_is_refused(table):  # noqa: F811
    with pytest.raises(BadInput, match="the population of 2 and C is missing"):
        table(costs(), figures("rate", population=POPULATION[:-1]))


def test_values_that_nobody_has_are_refused(table):  # noqa: F811
    with pytest.raises(BadInput, match="there is no value '9'"):
        table(costs(), figures("ratio:sex=1/9"))
