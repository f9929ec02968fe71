"""Days of events, those who treat, tables of episodes alone, and cohorts and classes that hardly narrow anything."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, unmet

from openhaven.law.cohorts import narrows
from openhaven.model.application import Comparison, Condition, FieldAsked, TableAsked
from openhaven.model.dataset import Dataset, Field
from openhaven.model.decision import Answer
from openhaven.model.record.agreement import FieldAgreed
from openhaven.model.words import FieldType, Kind, Precision, Role, Setting

MINIMUM = "minimum necessary"
DSA = "agreement-university"
STUDY = ("university", DSA)


class TestDaysOfEvents:
    def test_leave_with_a_reason_in_the_agreement(self, story):
        assert not unmet(story["university"])

    @pytest.mark.parametrize("why", ["", " "])
    def test_without_a_reason_are_for_a_person(self, story, why):
        asked = story["university"].with_record(DSA, why_days=why)
        assert answers(asked)[MINIMUM] is Answer.REFERRED
        assert "admitted tells the very day" in because(asked, MINIMUM)

    @pytest.mark.parametrize("precision", [Precision.MONTH, Precision.QUARTER, Precision.YEAR, Precision.ALL])
    def test_as_months_or_coarser_need_none(self, story, precision):
        asked = story["university"].with_record(DSA, why_days="")
        fields = tuple(
            replace(each, precision=precision) if each.name == "admitted" else each for each in asked.application.fields
        )
        assert not unmet(asked.with_application(fields=fields))

    def test_in_identifiable_rows_are_part_of_what_was_agreed(self, story):
        for name, id in (("cancer audit", "agreement-audit"), ("trial", "agreement-trial")):
            assert not unmet(story[name].with_record(id, why_days="")), name

    def test_of_a_moment_are_days_too(self, story):
        asked = story["university"].with_record(DSA, why_days="")
        moment = tuple(
            replace(each, type=FieldType.DATETIME) if each.name == "admitted" else each for each in asked.facts.dataset
        )
        assert answers(asked.with_dataset(fields=moment))[MINIMUM] is Answer.REFERRED


def with_column(story, column, name="university"):
    """The study with one column more, asked for, agreed and classified."""
    asked = story[name]
    fields = (*asked.application.fields, FieldAsked(column.name, "to compare them"))
    asked = asked.with_dataset(fields=(*asked.facts.dataset.fields, column)).with_application(fields=fields)
    agreed = tuple(FieldAgreed(each.name, each.precision) for each in fields)
    asked = asked.with_record(asked.application.agreement, fields=agreed)
    for each in asked.facts.records:
        if each.id.startswith("class-"):
            asked = asked.with_record(each.id, fields=agreed)
    return asked


class TestThoseWhoTreat:
    @pytest.mark.parametrize("role", [Role.CONTENT, Role.QUASI, Role.CONFIDENTIAL])
    def test_are_not_named_in_rows_without_names_though_agreed_as_content(self, story, role):
        asked = with_column(story, Field("lead", FieldType.STRING, role, kind=Kind.CLINICIAN))
        assert answers(asked)[MINIMUM] is Answer.NOT_MET
        assert "lead names those who treat" in because(asked, MINIMUM)

    @pytest.mark.parametrize("name", ["consultant", "consultant_code", "Surgeon", "gp_name", "responsible.clinician"])
    def test_called_so_are_for_a_person(self, story, name):
        asked = with_column(story, Field(name, FieldType.STRING, Role.CONTENT))
        assert answers(asked)[MINIMUM] is Answer.REFERRED
        assert f"{name} may name those who treat" in because(asked, MINIMUM)

    def test_and_by_its_title(self, story):
        asked = with_column(story, Field("c1", FieldType.STRING, Role.CONTENT, title="GMC number of the consultant"))
        assert answers(asked)[MINIMUM] is Answer.REFERRED

    def test_sorts_of_staff_are_no_names(self, story):
        grade = Field("consultant_grade", FieldType.STRING, Role.CONTENT, enum=("junior", "senior"))
        number = Field("consultants_seen", FieldType.INTEGER, Role.CONTENT)
        assert not unmet(with_column(story, grade))
        assert not unmet(with_column(story, number))

    def test_may_stand_in_identifiable_rows(self, story):
        asked = with_column(story, Field("lead", FieldType.STRING, Role.CONTENT, kind=Kind.CLINICIAN), "cancer audit")
        asked = asked.with_record("support-audit", fields=tuple(each.name for each in asked.application.fields))
        assert not unmet(asked)

    def test_are_counted_by_in_no_table(self, story):
        asked = with_column(story, Field("lead", FieldType.STRING, Role.CONTENT, kind=Kind.CLINICIAN), "commissioner")
        assert not unmet(asked), "asked for, and not counted by"
        asked = asked.with_application(table=TableAsked(("area", "lead")))
        assert answers(asked)[MINIMUM] is Answer.NOT_MET


def test_a_table_of_episodes_alone_protects_nobody(story):
    asked = story["commissioner"].with_application(table=TableAsked(("area", "diagnosis"), people=False))
    assert unmet(asked) == {MINIMUM}
    assert "many of them can be of one person" in because(asked, MINIMUM)
    nobody = tuple(each for each in asked.facts.dataset if each.role is not Role.PERSON)
    assert not unmet(asked.with_dataset(fields=nobody))


@pytest.mark.parametrize(
    ("k", "policy", "met"), [(2, 5, False), (3, 5, False), (4, 5, False), (5, 5, True), (3, 3, True)]
)
def test_a_k_below_that_of_the_installation_is_for_a_person(story, k, policy, met):
    asked = story["university"].with_record(DSA, k=k).with_policy(k_limited=policy)
    assert (answers(asked)[MINIMUM] is Answer.MET) is met


HELD = Dataset(
    "held", "held", Setting.HOSPITAL, "England",
    (
        Field("admitted", FieldType.DATE, Role.CONTENT),
        Field("sex", FieldType.STRING, Role.QUASI, enum=("f", "m")),
        Field("diagnosis", FieldType.STRING, Role.CONFIDENTIAL),
        Field("age", FieldType.INTEGER, Role.QUASI, kind=Kind.AGE),
        Field("score", FieldType.INTEGER, Role.CONTENT, minimum=1, maximum=10),
        Field("stay", FieldType.INTEGER, Role.CONTENT),
    ),
)  # fmt: skip
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class TestACohortThatNarrows:
    @pytest.mark.parametrize(
        ("narrow", "clauses"),
        [
            (False, []),
            (False, [("admitted", "from", "1900-01-01")]),
            (False, [("admitted", "from", "2016-11-20")]),
            (True, [("admitted", "from", "2016-11-21")]),
            (False, [("admitted", "to", "2026-11-21")]),
            (False, [("admitted", "to", "2001-01-01")]),
            (True, [("admitted", "from", "1990-01-01"), ("admitted", "to", "1999-12-31")]),
            (False, [("admitted", "from", "1900-01-01"), ("admitted", "to", "2099-12-31")]),
            (False, [("admitted", "from", "long ago")]),
            (True, [("sex", "is", "f")]),
            (False, [("sex", "in", "m", "f")]),
            (True, [("diagnosis", "starts", "C")]),
            (False, [("diagnosis", "starts", *LETTERS)]),
            (False, [("diagnosis", "starts", *map(str.lower, LETTERS))]),
            (False, [("age", "from", "0")]),
            (True, [("age", "from", "65")]),
            (True, [("age", "to", "17")]),
            (False, [("age", "to", "130")]),
            (False, [("score", "from", "1")]),
            (False, [("score", "to", "10")]),
            (True, [("score", "to", "9")]),
            (True, [("stay", "to", "3")]),
            (False, [("stay", "from", "0")]),
            (False, [("nothing held", "is", "x")]),
            (True, [("admitted", "from", "1900-01-01"), ("diagnosis", "starts", "C")]),
        ],
    )
    def test_leaves_somebody_out(self, narrow, clauses):
        asked = [
            Condition(name, Comparison(test), values) for name, test, *rest in clauses for values in (tuple(rest),)
        ]
        found = narrows(HELD, asked, since=dt.date(2016, 11, 21), until=dt.date(2026, 11, 21))
        assert found is narrow

    @pytest.mark.parametrize("first", ["1900-01-01", "2000-01-01"])
    def test_all_years_are_asked_for_with_a_reason(self, story, first):
        since = Condition("admitted", Comparison.FROM, (first,))
        asked = story["university"].with_cohort(since)
        assert answers(asked)[MINIMUM] is Answer.REFERRED
        assert not unmet(story["university"].with_cohort(since, everyone="trends over a life"))
