"""A table of counts says one thing only: no category is called as the table's own lines, no field as its counts."""

import csv
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from held import DAY, EPISODES, P, decided, hold
from test_road import made_up

from openhaven.disclosure.files import File
from openhaven.engines import open_engine
from openhaven.model.dataset import Field
from openhaven.model.errors import Unmet
from openhaven.model.obligation import SmallNumbers
from openhaven.model.words import FieldType, Level, Role
from openhaven.release.inside import small_numbers
from openhaven.release.measure import certify
from openhaven.release.remembered import read_counted, write_counted
from openhaven.release.road import Supplies, travel

RULE = SmallNumbers(rule="HES-2018", provisions=(), because="the test says so")


@pytest.fixture
def table(tmp_path):
    """What the road makes of rows, counted by these fields: the file, line by line."""

    def made(rows, *by, dataset=EPISODES, files=(), rule=RULE, name="D1"):
        decision = decided(fields=tuple((name, P.AS_HELD) for name in by), level=Level.AGGREGATE, scope=False)
        decision = replace(decision, obligations=(*decision.obligations, rule))
        with open_engine("duckdb", spill=tmp_path) as engine:
            counted = travel(
                decision,
                Supplies(engine, dataset, (hold(tmp_path, rows, dataset=dataset, name=name),), DAY, files=files),
                tmp_path,
            )
            made.line = next(each for each in certify(counted).lines if each.obligation is rule)
            made.counted, made.made, made.folder = counted.table.counted, counted, tmp_path
        return list(csv.reader(counted.path.read_text(encoding="utf-8").splitlines()))

    return made


@pytest.mark.parametrize("label", ["Total", "(not recorded)"])
def test_a_category_called_as_a_line_of_the_table_is_refused(table, label):
    rows = [{**row, "diagnosis": label if at % 9 == 0 else row["diagnosis"]} for at, row in enumerate(made_up())]
    with pytest.raises(Unmet, match=rf"diagnosis holds the value '{label}'".replace("(", r"\(").replace(")", r"\)")):
        table(rows, "sex", "diagnosis")


def test_two_categories_that_a_spreadsheet_would_show_alike_are_refused(table):
    rows = [{**row, "diagnosis": ("=A", "'=A")[at % 2]} for at, row in enumerate(made_up())]
    with pytest.raises(Unmet, match="diagnosis holds '=A' and \"'=A\", which would be written alike"):
        table(rows, "diagnosis")


def test_what_is_not_recorded_has_a_line_of_its_own(table):
    lines = table(made_up(), "sex")
    assert [line[0] for line in lines] == ["sex", "(not recorded)", "1", "2", "Total"]


@pytest.mark.parametrize(
    ("name", "heading"), [("episodes", ["episodes_2", "people"]), ("People", ["episodes", "people_2"])]
)
def test_a_count_is_not_called_as_a_field_beside_it_is(table, name, heading):
    fields = tuple(Field(name, FieldType.STRING, Role.QUASI) if each.name == "sex" else each for each in EPISODES)
    rows = [{name if key == "sex" else key: value for key, value in row.items()} for row in made_up()]
    assert table(rows, name, dataset=replace(EPISODES, fields=fields))[0] == [name, *heading]


def test_a_table_is_held_against_the_files_that_its_recipient_has(table):
    """A file of all but four of one sex: exact counts would tell that they are not in it, rounded ones do not."""
    exact = SmallNumbers(rule="threshold-10", provisions=(), because="the test says so")
    plain = table(made_up(), "sex", rule=exact)
    records = table.counted[0].units
    four = np.flatnonzero(table.counted[0].leaves == 1)[:4]
    file = File("A1.R1", frozenset({"sex"}), np.sort(np.delete(records, four)))

    beside = table(made_up(), "sex", files=(file,), name="D2", rule=exact)

    assert plain[2][1] != "*" == beside[2][1]
    assert table.line.evidence.measured["files of the recipient"] == 1
    assert (
        "no count that can be worked out, nor of anybody who is not in the files of its records that the recipient has "
        "(1), and no table of this dataset was released before"
    ) in table.line.evidence.says
    assert "cells hidden for what they would have told" in table.line.evidence.says
    rounded = table(made_up(), "sex", files=(file,), name="D3")
    assert "*" not in [line[1] for line in rounded]


def test_the_certificate_says_of_what_the_search_was_given_up(table):
    table(made_up(), "sex")
    assert table.line.evidence.measured["searches given up"] == 0
    made = table.made
    protected = replace(made.table.protected, given_up=3)
    line = small_numbers(RULE, replace(made, table=replace(made.table, protected=protected)))
    assert line.measured["searches given up"] == 3
    assert "given up at its bound for 3, which count as told: their lines are withheld" in line.says


def test_whose_each_record_is_is_kept_with_it(table, tmp_path):
    """And what was kept before that is read without it."""
    table(made_up(), "sex")
    path = tmp_path / "kept.parquet"
    write_counted(path, table.counted, {})
    rows, people = read_counted(path)
    assert (rows.person == table.counted[0].person).all() and people.person is None
    pq.write_table(pq.read_table(path).drop_columns(["person"]), path)
    assert read_counted(path)[0].person is None
