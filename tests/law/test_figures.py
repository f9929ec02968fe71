"""Figures beside the counts of a table: what is measured is weighed like any field, and an obligation states them."""

from dataclasses import replace

import pytest
from heard import because, decided, obligations, unmet

from openhaven.law.asking import asking
from openhaven.law.case import Case
from openhaven.model.application import FieldAsked, TableAsked
from openhaven.model.dataset import Field
from openhaven.model.errors import BadInput
from openhaven.model.figure import Peopled
from openhaven.model.obligation import Figures, OnlyFields, SmallNumbers
from openhaven.model.plain import from_plain
from openhaven.model.record.agreement import FieldAgreed
from openhaven.model.words import FieldType, Precision, Role

QUESTION = "minimum necessary"
COST = Field("cost", FieldType.NUMBER, Role.CONTENT)


@pytest.fixture
def costed(story):
    """A commissioner's table with the mean cost, of a dataset that has costs, by an agreement that covers them; whoever
    classified such tables looked at costs and waits."""
    asked = story["commissioner"]
    dataset = asked.facts.dataset
    asked = asked.with_dataset(fields=(*dataset.fields, COST))
    agreed = next(each for each in asked.facts.records if each.id == asked.application.agreement)
    asked = asked.with_record(agreed.id, fields=(*agreed.fields, FieldAgreed("cost", Precision.AS_HELD)))
    looked_at = next(each for each in asked.facts.records if each.id == "class-tables").fields
    asked = asked.with_record("class-tables", fields=(*looked_at, FieldAgreed("cost"), FieldAgreed("wait")))
    return asked.with_application(
        fields=(*asked.application.fields, FieldAsked("cost", "what an admission costs")),
        table=TableAsked(("area", "diagnosis"), figures=("percent:area", "mean:cost")),
    )


def test_the_obligation_states_them_and_no_row_of_what_is_measured_leaves(costed):
    assert not unmet(costed)
    (found,) = obligations(costed, Figures)
    assert found.figures == ("percent:area", "mean:cost") and found.fields == (("cost", Precision.AS_HELD),)
    assert [name for name, _ in obligations(costed, OnlyFields)[0].fields] == ["area", "diagnosis"]
    kinds = [type(each) for each in decided(costed).obligations]
    assert kinds.index(Figures) == kinds.index(SmallNumbers) + 1


def test_whoever_classified_such_tables_looked_at_what_is_measured(costed):
    looked_at = next(each for each in costed.facts.records if each.id == "class-tables").fields
    asked = costed.with_record("class-tables", fields=tuple(each for each in looked_at if each.name != "cost"))
    assert unmet(asked) == {"confidentiality"}


def test_a_table_without_figures_has_no_such_obligation(story):
    assert not obligations(story["commissioner"], Figures)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": ""}, "No reason is given for cost"),
        ({"name": "wait"}, "does not cover wait"),
    ],
)
def test_what_is_measured_needs_its_reason_and_its_agreement(costed, change, said):
    field = replace(costed.application.fields[-1], **change)
    asked = costed.with_dataset(fields=(*costed.facts.dataset.fields, replace(COST, name="wait")))
    asked = asked.with_application(
        fields=(*costed.application.fields[:-1], field),
        table=TableAsked(("area", "diagnosis"), figures=(f"mean:{field.name}",)),
    )
    assert unmet(asked) == {QUESTION} and said in because(asked, QUESTION)


def test_a_key_is_not_measured(costed):
    """A number by which records are told apart has amounts too."""
    fields = [replace(each, role=Role.KEY) if each.name == "cost" else each for each in costed.facts.dataset.fields]
    asked = costed.with_dataset(fields=tuple(fields))
    assert QUESTION in unmet(asked) and "cost would identify people" in because(asked, QUESTION)


def test_what_has_no_amounts_is_refused(costed):
    fields = [replace(each, type=FieldType.STRING) if each.name == "cost" else each for each in costed.facts.dataset]
    with pytest.raises(BadInput, match="cost has no amounts"):
        decided(costed.with_dataset(fields=tuple(fields)))


def test_what_is_measured_is_asked_for_as_it_is_held(costed):
    cost = replace(costed.application.fields[-1], precision=Precision.ALL)
    with pytest.raises(BadInput, match=r"cost has no amounts at '\*'"):
        decided(costed.with_application(fields=(*costed.application.fields[:-1], cost)))


def test_every_way_to_ask_otherwise_can_be_decided(costed):
    """Leaving out a field takes its figures with it."""
    population = tuple(Peopled((area, "A"), 100) for area in "xy")
    figures = ("percent:area", "rate", "mean:cost")
    table = TableAsked(("area", "diagnosis"), figures=figures, intervals=True, population=population)
    asked = costed.with_application(table=table)
    found = [move.asked(asked.application) for move in asking(Case(asked.application, asked.facts, asked.on))]
    for each in found:
        decided(replace(asked, application=each))
    assert TableAsked(("area", "diagnosis"), True, figures[:2], True, population) in [each.table for each in found]
    assert TableAsked(("diagnosis",), True, ("mean:cost",)) in [each.table for each in found]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"figures": ["mean:sex"]}, "sex cannot be measured and counted by"),
        ({"figures": ["mean:wait"]}, "may measure only fields that are asked for"),
        ({"figures": ["p0:cost"]}, "the least value, which never prints"),
        ({"figures": ["p100:cost"]}, "there is no figure 'p100:cost'"),
        ({"figures": ["mean:cost", "mean:wait"]}, "are of one column"),
        ({"figures": ["mean:cost", "mean:cost"]}, "each figure once"),
        ({"figures": ["rate"]}, "need a population"),
        ({"figures": ["percent:born"]}, "born is not one of the fields counted by"),
        ({"figures": ["mean:cost"], "intervals": True}, "intervals are of percentages and rates"),
        ({"figures": ["rate"], "population": [{"labels": ["1"], "people": 0}]}, "not a number of people"),
        ({"figures": ["rate"], "population": [{"labels": ["1", "2"], "people": 9}]}, "a value of every field"),
    ],
)
def test_figures_that_make_no_sense_are_refused_with_the_application(costed, table, said):
    plain = {
        "format": 1,
        **dict.fromkeys(("id", "title", "applicant", "recipient", "purpose_text", "dataset"), "x"),
        "purpose": str(costed.application.purpose),
        "route": str(costed.application.route),
        "level": str(costed.application.level),
        "data_protection": {"article_6": "x", "article_9": "y"},
        "fields": [{"name": name, "reason": "x"} for name in ("sex", "cost")],
        "table": {"by": ["sex"], **table},
    }
    with pytest.raises(BadInput, match=said):
        from_plain(type(costed.application), plain, where="application")
