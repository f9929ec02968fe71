"""Columns and rules that the road cannot follow are refused in words, and what it can follow it follows."""

import duckdb
import narwhals.stable.v2 as nw
import pytest

from openhaven.model.application import Comparison, Condition
from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import BadInput
from openhaven.model.words import FieldType, Kind, Precision, Role, Setting
from openhaven.release.leave import leaving
from openhaven.release.minimise import cohort_rule
from openhaven.release.plan import start
from openhaven.release.precision import Places

PERSON = Field("nhs", FieldType.STRING, Role.PERSON, kind=Kind.NHS_NUMBER)


def dataset(*fields):
    return Dataset("d", "D", Setting.HOSPITAL, "England", (PERSON, *fields))


@pytest.mark.parametrize("type", [each for each in FieldType if each is not FieldType.STRING])
def test_only_text_has_a_beginning(type):
    field = Field("value", type, Role.CONTENT)
    with pytest.raises(BadInput, match=r"cohort condition on value: a .* has no beginning"):
        cohort_rule(dataset(field), [Condition("value", Comparison.STARTS, ("1",))])


def test_a_cohort_is_not_drawn_by_a_reference_since_the_vault_holds_its_own_id_there():
    field = Field("case.id", FieldType.STRING, Role.CONTENT, refers_to="nhs")
    with pytest.raises(BadInput, match=r"cohort condition on case\.id: it refers to another nhs"):
        cohort_rule(dataset(field), [Condition("case.id", Comparison.IS, ("9990000018",))])


@pytest.mark.parametrize(
    ("test", "bound", "kept"),
    [("to", "2026-03-31", 3), ("to", "2026-03-31T12:00:00", 2), ("from", "2026-03-31", 4), ("to", "2026-03-30", 0)],
)
def test_instants_to_a_day_are_those_of_the_whole_day(test, bound, kept):
    instants = ["2026-03-31 00:00:00", "2026-03-31 12:00:00", "2026-03-31 23:59:59.5", "2026-04-01 00:00:00"]
    rows = duckdb.sql(f"SELECT unnest({instants})::TIMESTAMP AS seen")
    rule = cohort_rule(
        dataset(Field("seen", FieldType.DATETIME, Role.CONTENT)), [Condition("seen", Comparison(test), (bound,))]
    )
    assert len(nw.from_native(rows).filter(rule).collect()) == kept


@pytest.mark.parametrize("bound", ["the end of March", "2026-13-01", "9999-12-31", "31/03/2026"])
def test_what_is_no_day_is_refused_in_words(bound):
    seen = Field("seen", FieldType.DATETIME, Role.CONTENT)
    with pytest.raises(BadInput, match=r"cohort condition on seen"):
        cohort_rule(dataset(seen), [Condition("seen", Comparison.TO, (bound,))])


@pytest.mark.parametrize(
    ("others", "name"), [((), "person"), (("Person",), "person_2"), (("person", "person_2"), "person_3")]
)
def test_a_pseudonym_leaves_under_a_name_that_no_other_field_has(others, name):
    made = dataset(*(Field(each, FieldType.STRING, Role.CONTENT) for each in others))
    fields = [(field.name, Precision.AS_HELD) for field in made]
    assert [each.name for each in leaving(made, fields, pseudonymised=True)] == [name, *others]


def test_a_name_that_the_engine_cannot_take_is_refused_before_anything_is_read():
    class NoDots:
        name, takes_dots = "spark", False

    with pytest.raises(BadInput, match=r"the engine spark cannot take a field name with a dot: case\.id"):
        start(NoDots(), dataset(Field("case.id", FieldType.STRING, Role.CONTENT)), (), places=Places())
