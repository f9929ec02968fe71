"""Whom suppression removed: told by age, sex, ethnicity and area, whether these leave or not, and never called even
where it is not."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from held import DAY, EPISODES, PLACES, SCOPE_KEY, P, decided, hold
from test_road import made_up

from openhaven.engines import open_engine
from openhaven.model.dataset import Field
from openhaven.model.words import FieldType, Kind, Role
from openhaven.release import removed as module
from openhaven.release.precision import Places, coarsened
from openhaven.release.removed import Group, group_of, whom_removed
from openhaven.release.road import Supplies, travel

FIELDS = (("nhs_number", P.AS_HELD), ("sex", P.AS_HELD), ("admitted", P.MONTH), ("diagnosis", P.CATEGORY))
K = 18
AGREED = {"sex": P.AS_HELD, "admitted": P.MONTH}  # so that classes stay small, and many rows are suppressed
DATASET = replace(EPISODES, fields=(*EPISODES.fields, Field("ethnos", FieldType.STRING, Role.CONFIDENTIAL)))
REGIONS = {row[0]: row[3] for row in PLACES}


@pytest.fixture
def engine(tmp_path):
    with open_engine("duckdb", spill=tmp_path) as opened:
        yield opened


@pytest.fixture
def rows():
    made = made_up(600, 90, seed=3)
    return [row | {"ethnos": ("A", "A", "A", "M", None)[n % 5]} for n, row in enumerate(made)]


def travelled(engine, folder, rows, *, dataset=DATASET, fields=FIELDS, agreed=AGREED):
    (folder / "out").mkdir()
    held = (hold(folder, rows, dataset=dataset),)
    supplies = Supplies(
        engine, dataset, held, DAY, places=Places(PLACES), scope_key=lambda scope: SCOPE_KEY, agreed=agreed
    )
    return travel(decided(fields=fields, k=K, suppression=1.0), supplies, folder / "out")


def class_of(row, made):
    return tuple(
        coarsened(row[each.field.name], made.recoding[each.field.name], field=each.field, places=made.quasi.places)
        for each in made.quasi.columns
    )


def twin(rows, made):
    """Row by row: whose class holds fewer than k people."""
    people = defaultdict(set)
    for row in rows:
        people[class_of(row, made)].add(row["nhs_number"])
    alone = {key: max(1, len(found - {None})) for key, found in people.items()}
    return [alone[class_of(row, made)] < K for row in rows]


def told(found, group):
    return {each.value: (each.removed, each.of) for each in found.figures if each.group == group}


def counted(rows, gone, label):
    of = Counter(label(row) for row in rows)
    removed = Counter(label(row) for row, out in zip(rows, gone, strict=True) if out)
    return {value: (removed[value], of[value]) for value in of}


def test_it_is_told_row_by_row_for_what_leaves_and_for_what_does_not(engine, tmp_path, rows):
    made = travelled(engine, tmp_path, rows)
    gone, found = twin(rows, made), whom_removed(made)
    assert 0 < sum(gone) == made.protected.suppressed_rows
    assert told(found, "ethnicity") == counted(rows, gone, lambda row: row["ethnos"] or "not recorded")
    assert told(found, "area") == counted(rows, gone, lambda row: REGIONS.get(row["postcode"], "not recorded"))
    age = told(found, "age")
    assert sum(of for _, of in age.values()) == len(rows) and sum(out for out, _ in age.values()) == sum(gone)
    assert {each.group: each.leaves for each in found.figures if each.group} == {
        "sex": True,
        "ethnicity": False,
        "area": False,
        "age": False,
    }
    assert told(found, "sex") == counted(rows, gone, lambda row: row["sex"] or "not recorded")
    assert found.says == ()


def test_what_leaves_without_forming_classes_is_told_too_and_said_to_leave(engine, tmp_path, rows):
    found = whom_removed(travelled(engine, tmp_path, rows, fields=(*FIELDS, ("ethnos", P.AS_HELD))))
    assert {each.leaves for each in found.figures if each.group == "ethnicity"} == {True}


def test_nothing_is_said_where_nothing_was_suppressed(engine, tmp_path, rows):
    few = [row for row in rows if row["sex"] == "1"] * 3
    made = travelled(engine, tmp_path, few, fields=FIELDS[:2], agreed={"sex": P.AS_HELD})
    assert made.protected.suppressed_rows == 0 and whom_removed(made) == module.WhomRemoved()


def test_of_a_large_release_one_share_of_the_people_is_looked_at(engine, tmp_path, rows, monkeypatch):
    made = travelled(engine, tmp_path, rows)
    monkeypatch.setattr(module, "MOST_ROWS", 200)
    whole = told(whom_removed(made), "sex")
    found = whom_removed(made)
    of = [of for _, of in told(found, "ethnicity").values()]
    assert 0 < sum(of) < 500 and told(found, "sex") == whole
    (says,) = found.says
    assert "about 33.3% of the people" in says and "ethnos" in says and "sex" not in says


def test_what_the_dataset_does_not_describe_is_named(engine, tmp_path, rows):
    plain = [{name: value for name, value in row.items() if name != "ethnos"} for row in rows]
    found = whom_removed(travelled(engine, tmp_path, plain, dataset=EPISODES))
    assert found.says == ("The dataset describes no ethnicity, so whom suppression removed by it cannot be said.",)


def test_too_many_values_are_folded_and_none_is_lost(engine, tmp_path, rows, monkeypatch):
    made = travelled(engine, tmp_path, rows)
    whole = told(whom_removed(made), "age")
    monkeypatch.setattr(module, "MOST_VALUES", 3)
    folded = told(whom_removed(made), "age")
    assert list(folded)[-1] == "all others" and len(folded) == 3 < len(whole)
    assert [sum(column) for column in zip(*folded.values(), strict=True)] == [
        sum(column) for column in zip(*whole.values(), strict=True)
    ]


@pytest.mark.parametrize(
    "field, group",
    [
        (Field("STARTAGE", FieldType.INTEGER, Role.QUASI), Group.AGE),
        (Field("x", FieldType.INTEGER, Role.QUASI, kind=Kind.AGE), Group.AGE),
        (Field("case.age", FieldType.INTEGER, Role.QUASI), Group.AGE),
        (Field("MYDOB", FieldType.STRING, Role.IDENTIFIER), Group.AGE),
        (Field("x", FieldType.STRING, Role.CONFIDENTIAL, title="Ethnic category"), Group.ETHNICITY),
        (Field("ETHNOS", FieldType.STRING, Role.CONFIDENTIAL), Group.ETHNICITY),
        (Field("gender", FieldType.STRING, Role.QUASI), Group.SEX),
        (Field("LSOA11", FieldType.STRING, Role.QUASI), Group.AREA),
        (Field("RESGOR_ONS", FieldType.STRING, Role.QUASI), Group.AREA),
        (Field("dosage", FieldType.STRING, Role.CONTENT), None),
        (Field("stage", FieldType.STRING, Role.CONTENT), None),
        (Field("essex_unit", FieldType.STRING, Role.CONTENT), None),
        (Field("age_note", FieldType.STRING, Role.FREE_TEXT), None),
        (Field("n", FieldType.STRING, Role.IDENTIFIER, kind=Kind.NAME, title="Sex"), None),
    ],
)
def test_a_field_is_known_by_its_kind_its_name_or_the_first_word_of_its_title(field, group):
    assert group_of(field) is group
