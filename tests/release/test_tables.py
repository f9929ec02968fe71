"""A table of counts says one thing only: no category is called as the table's own lines, no field as its counts."""

import csv
from dataclasses import replace

import pytest
from held import DAY, EPISODES, P, decided, hold
from test_road import made_up

from openhaven.engines import open_engine
from openhaven.model.dataset import Field
from openhaven.model.errors import Unmet
from openhaven.model.obligation import SmallNumbers
from openhaven.model.words import FieldType, Level, Role
from openhaven.release.measure import certify
from openhaven.release.road import Supplies, travel

RULE = SmallNumbers(rule="HES-2018", provisions=(), because="the test says so")


@pytest.fixture
def table(tmp_path):
    """What the road makes of rows, counted by these fields: the file, line by line."""

    def made(rows, *by, dataset=EPISODES):
        decision = decided(fields=tuple((name, P.AS_HELD) for name in by), level=Level.AGGREGATE, scope=False)
        decision = replace(decision, obligations=(*decision.obligations, RULE))
        with open_engine("duckdb", spill=tmp_path) as engine:
            counted = travel(
                decision, Supplies(engine, dataset, (hold(tmp_path, rows, dataset=dataset),), DAY), tmp_path
            )
            certify(counted)
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
