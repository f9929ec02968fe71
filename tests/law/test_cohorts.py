"""The cohort is a term of the agreement: who is asked for lies within whom it is about."""

import datetime as dt
from dataclasses import replace
from itertools import product

import pytest
from heard import answers, because, decided, findings, unmet
from hypothesis import given
from hypothesis import strategies as st

from openhaven.law.cohorts import in_words, outside, tells_finer
from openhaven.model.application import Comparison, Condition
from openhaven.model.dataset import Dataset, Field
from openhaven.model.decision import Answer, Verdict
from openhaven.model.precision import ladder
from openhaven.model.record.agreement import Agreement
from openhaven.model.words import FieldType, Kind, Precision, Role, Setting
from openhaven.release.precision import coarsened

MINIMUM = "minimum necessary"
CANCERS = Condition("diagnosis", Comparison.STARTS, ("C",))
BREAST = Condition("diagnosis", Comparison.STARTS, ("C50",))
HEARTS = Condition("diagnosis", Comparison.STARTS, ("I",))
SINCE_2025 = Condition("admitted", Comparison.FROM, ("2025-04-01",))
DSA = "agreement-audit"


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        (SINCE_2025, "admitted is on or after 2025-04-01"),
        (
            Condition("admitted", Comparison.TO, ("2025-04-01T12:00:00Z",)),
            "admitted is on or before 2025-04-01T12:00:00Z",
        ),
        (Condition("age", Comparison.FROM, ("65",)), "age is at least 65"),
        (Condition("diagnosis", Comparison.IN, ("C50", "C61")), "diagnosis is one of C50 or C61"),
    ],
)
def test_a_clause_is_said_as_a_person_would(clause, words):
    assert in_words(clause) == words


def asked_for(story, *cohort):
    """The cancer audit, agreed for cancers, with another cohort asked for."""
    return story["cancer audit"].with_application(cohort=cohort)


class TestWithinTheCohortAgreed:
    @pytest.mark.parametrize(
        "cohort",
        [(CANCERS,), (BREAST,), (CANCERS, SINCE_2025), (SINCE_2025, BREAST),
         (Condition("diagnosis", Comparison.IN, ("C50", "C61")),)],
    )  # fmt: skip
    def test_the_same_people_or_fewer_may_be_asked_for(self, story, cohort):
        assert decided(asked_for(story, *cohort)).verdict is Verdict.PERMIT

    @pytest.mark.parametrize(
        "cohort",
        [(), (HEARTS,), (SINCE_2025,), (Condition("diagnosis", Comparison.STARTS, ("C", "I")),),
         (Condition("area", Comparison.STARTS, ("C",)),)],
    )  # fmt: skip
    def test_others_are_refused_and_the_clause_is_named(self, story, cohort):
        asked = asked_for(story, *cohort)
        assert answers(asked)[MINIMUM] is Answer.NOT_MET
        assert "is about people of whom diagnosis starts with C, and the application does not keep" in because(
            asked, MINIMUM
        )

    def test_a_reason_why_everybody_is_needed_is_not_their_agreement(self, story):
        asked = story["cancer audit"].with_application(cohort=(), everyone="all are needed")
        assert answers(asked)[MINIMUM] is Answer.NOT_MET

    def test_it_holds_for_tables_and_with_consent_too(self, story):
        for name in ("commissioner", "trial"):
            asked = story[name]
            assert not unmet(asked)
            assert unmet(asked.with_record(asked.application.agreement, cohort=(CANCERS,))) == {MINIMUM}


class TestAnAgreementThatIsSilent:
    def test_is_for_the_operator(self, story):
        asked = story["cancer audit"].with_record(DSA, cohort=())
        assert unmet(asked) == {MINIMUM}
        assert decided(asked).verdict is Verdict.REFER
        assert "does not say whom the data may be about" in because(asked, MINIMUM)
        assert {each.who for each in findings(asked, MINIMUM)} >= {"the operator's senior responsible person"}

    def test_may_say_that_it_is_about_everybody_and_why(self, story):
        asked = story["cancer audit"].with_record(DSA, cohort=(), everyone="every cancer is counted")
        assert not unmet(asked)
        assert unmet(asked.with_record(DSA, everyone="  ")) == {MINIMUM}

    def test_of_tables_and_where_people_consented_it_need_not_say(self, story):
        assert story["commissioner"].application.cohort == story["trial"].application.cohort == ()
        assert not unmet(story["commissioner"]) | unmet(story["trial"])


ROWS = Dataset(
    "rows", "Rows", Setting.OTHER, "England",
    (Field("code", FieldType.STRING, Role.CONTENT), Field("count", FieldType.INTEGER, Role.CONTENT),
     Field("on", FieldType.DATE, Role.CONTENT)),
)  # fmt: skip
VALUES = {
    "code": ["", "A", "A1", "A10", "B", "B1", "AB"],
    "count": ["-3", "0", "2", "9", "10", "11"],
    "on": ["2024-12-31", "2025-01-01", "2025-01-31", "2026-02-01"],
}
READ = {"code": str, "count": int, "on": dt.date.fromisoformat}


@st.composite
def conditions(draw):
    name = draw(st.sampled_from(sorted(VALUES)))
    tests = [each for each in Comparison if each is not Comparison.STARTS or name == "code"]
    test = draw(st.sampled_from(tests))
    many = test in (Comparison.IN, Comparison.STARTS)
    known = [each for each in VALUES[name] if each or test is not Comparison.STARTS]  # "" starts every value
    values = st.lists(st.sampled_from(known), min_size=1, max_size=3 if many else 1, unique=True)
    return Condition(name, test, tuple(draw(values)))


def meets(row, condition):
    """Slowly and plainly: whether a row meets a clause."""
    read = READ[condition.field]
    value, wanted = read(row[condition.field]), [read(each) for each in condition.values]
    match condition.test:
        case Comparison.STARTS:
            return any(value.startswith(each) for each in wanted)
        case Comparison.FROM:
            return value >= wanted[0]
        case Comparison.TO:
            return value <= wanted[0]
        case _:
            return value in wanted


EVERY_ROW = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]


@given(asked=st.lists(conditions(), max_size=4), agreed=st.lists(conditions(), max_size=3))
def test_nobody_asked_for_is_outside_a_cohort_within_which_they_are_said_to_lie(asked, agreed):
    left = outside(ROWS, asked, agreed)
    kept = [clause for clause in agreed if clause not in left]
    for row in EVERY_ROW:
        if all(meets(row, each) for each in asked):
            assert all(meets(row, each) for each in kept)


@given(agreed=st.lists(conditions(), max_size=3), more=st.lists(conditions(), max_size=2))
def test_the_cohort_agreed_and_any_narrower_one_lie_within_it(agreed, more):
    assert not outside(ROWS, [*more, *agreed], agreed)


def test_ten_comes_after_nine():
    from_nine = Condition("count", Comparison.FROM, ("9",))
    assert not outside(ROWS, [Condition("count", Comparison.FROM, ("10",))], [from_nine])
    assert outside(ROWS, [Condition("count", Comparison.FROM, ("2",))], [from_nine])


ADMITTED = Field("admitted", FieldType.DATE, Role.CONTENT)
AGE = Field("age", FieldType.INTEGER, Role.QUASI, kind=Kind.AGE)
STAY = Field("stay", FieldType.INTEGER, Role.CONTENT)
DIAGNOSIS = Field("diagnosis", FieldType.STRING, Role.CONFIDENTIAL, codes="icd-10")
DAYS = [dt.date(2024, 12, 25) + dt.timedelta(days=each) for each in range(420)]
CODES = [f"{letter}{number}{last}" for letter in "CD" for number in ("50", "51", "05") for last in ("", "1", "12", "9")]
HELD = {"admitted": DAYS, "age": list(range(131)), "stay": list(range(-40, 60)), "diagnosis": CODES}


def keeps_to(field, value, clause):
    """Whether a value meets a clause, one at a time."""
    bounds = {FieldType.DATE: dt.date.fromisoformat, FieldType.INTEGER: int}.get(field.type, str)
    match clause.test:
        case Comparison.FROM:
            return value >= bounds(clause.values[0])
        case Comparison.TO:
            return value <= bounds(clause.values[0])
        case Comparison.STARTS:
            return str(value).startswith(clause.values)
        case _:
            return value in [bounds(each) for each in clause.values]


@st.composite
def clauses(draw):
    field = draw(st.sampled_from((ADMITTED, AGE, STAY, DIAGNOSIS)))
    text = field is DIAGNOSIS
    test = draw(st.sampled_from((Comparison.IS, Comparison.IN, Comparison.STARTS) if text else
                                (Comparison.IS, Comparison.IN, Comparison.FROM, Comparison.TO)))  # fmt: skip
    least, most = (1, 3) if test in (Comparison.IN, Comparison.STARTS) else (1, 1)
    values = draw(st.lists(st.sampled_from(HELD[field.name]).map(str), min_size=least, max_size=most))
    if test is Comparison.STARTS:
        values = [each[: draw(st.integers(1, 4))] for each in values]
    steps = [each for each in ladder(field) if each not in (Precision.AS_HELD, Precision.ALL)]
    return field, Condition(field.name, test, tuple(values)), draw(st.sampled_from(steps))


@given(clauses())
def test_a_clause_that_parts_values_told_alike_tells_finer(made):
    field, clause, precision = made
    said = {}
    for value in HELD[field.name]:
        said.setdefault(coarsened(value, precision, field=field), set()).add(keeps_to(field, value, clause))
    parted = any(len(each) > 1 for each in said.values())
    assert tells_finer(field, clause, precision) or not parted


def test_whole_steps_are_not_called_finer():
    for field, test, value, precision in (
        (ADMITTED, Comparison.FROM, "2026-04-01", Precision.QUARTER),
        (ADMITTED, Comparison.TO, "2026-12-31", Precision.YEAR),
        (AGE, Comparison.FROM, "65", Precision.AGE_5),
        (AGE, Comparison.TO, "89", Precision.AGE_20),
        (AGE, Comparison.TO, "130", Precision.AGE_10),
        (STAY, Comparison.TO, "-1", Precision.AGE_10),
        (DIAGNOSIS, Comparison.STARTS, "C50", Precision.CATEGORY),
        (DIAGNOSIS, Comparison.STARTS, "C", Precision.CHAPTER),
    ):
        assert not tells_finer(field, Condition(field.name, test, (value,)), precision)


SEEN_AT = Field("seen at", FieldType.DATETIME, Role.CONTENT)
INSTANTS = Dataset("rows", "Rows", Setting.OTHER, "England", (SEEN_AT,))


def at(test, *values):
    return Condition("seen at", Comparison(test), values)


class TestInstants:
    """To a day is to its last instant, as people mean it."""

    @pytest.mark.parametrize(
        ("test", "bound", "precision"),
        [("to", "2026-03-31", Precision.MONTH), ("to", "2026-12-31", Precision.YEAR),
         ("from", "2026-03-01", Precision.MONTH), ("from", "2026-04-01T00:00:00", Precision.QUARTER)],
    )  # fmt: skip
    def test_whole_months_tell_no_more_than_the_month(self, test, bound, precision):
        assert not tells_finer(SEEN_AT, at(test, bound), precision)

    @pytest.mark.parametrize(
        ("test", "bound"),
        [("to", "2026-03-31T00:00"), ("to", "2026-03-31T23:59:59"), ("to", "2026-03-30"), ("to", "2026-04-01T00:00"),
         ("from", "2026-03-01T00:01"), ("from", "2026-03-02"), ("from", "2026-03-01T00:00+01:00"), ("to", "2026-W13-2"),
         ("is", "2026-03-01"), ("to", "20260331"), ("to", "9999-12-31")],
    )  # fmt: skip
    def test_a_part_of_a_day_or_of_a_month_tells_more(self, test, bound):
        assert tells_finer(SEEN_AT, at(test, bound), Precision.MONTH)

    @pytest.mark.parametrize("value", ["2026-03-31", "2026-03-31T23:59", "2026-03-30", "2026-03-31T23:00+00:00"])
    def test_the_last_day_agreed_is_agreed_whole(self, value):
        assert not outside(INSTANTS, [at("to", value)], [at("to", "2026-03-31")])

    @pytest.mark.parametrize("value", ["2026-04-01", "2026-04-01T00:00", "2026-03-31T23:30-01:00"])
    def test_and_no_instant_after_it(self, value):
        assert outside(INSTANTS, [at("to", value)], [at("to", "2026-03-31")])

    def test_a_whole_day_is_more_than_its_first_instant(self):
        assert outside(INSTANTS, [at("to", "2026-03-31")], [at("to", "2026-03-31T00:00")])


class TestACohortNoFinerThanAgreed:
    """The university is agreed to have the month of an admission."""

    def asked(self, story, *cohort, agreed=Precision.MONTH, was_agreed=()):
        asked = story["university"].with_cohort(CANCERS, *was_agreed)
        fields = tuple(replace(each, precision=agreed) if each.name == "admitted" else each
                       for each in asked.facts.one(Agreement, "agreement-university").fields)  # fmt: skip
        wanted = tuple(replace(each, precision=agreed) if each.name == "admitted" else each
                       for each in asked.application.fields)  # fmt: skip
        asked = asked.with_record("agreement-university", fields=fields)
        return asked.with_application(cohort=(CANCERS, *was_agreed, *cohort), fields=wanted)

    @pytest.mark.parametrize(
        ("test", "day"), [("is", "2026-03-14"), ("from", "2026-03-14"), ("to", "2026-03-14"), ("from", "2026-03-31"),
                          ("to", "2026-04-01"), ("in", "2026-03-01")],
    )  # fmt: skip
    def test_a_day_is_told_where_the_month_is_agreed(self, story, test, day):
        asked = self.asked(story, Condition("admitted", Comparison(test), (day,)))
        assert answers(asked)[MINIMUM] is Answer.NOT_MET
        assert "tells more finely than agreement-university does" in because(asked, MINIMUM)

    @pytest.mark.parametrize(("test", "day"), [("from", "2026-03-01"), ("to", "2026-03-31"), ("to", "2024-02-29")])
    def test_whole_months_may_be_asked_for(self, story, test, day):
        assert answers(self.asked(story, Condition("admitted", Comparison(test), (day,))))[MINIMUM] is Answer.MET

    def test_a_month_is_finer_than_a_year(self, story):
        asked = self.asked(story, Condition("admitted", Comparison.FROM, ("2026-03-01",)), agreed=Precision.YEAR)
        assert answers(asked)[MINIMUM] is Answer.NOT_MET

    def test_a_day_that_was_agreed_may_be_asked_for(self, story):
        day = Condition("admitted", Comparison.FROM, ("2026-03-14",))
        assert answers(self.asked(story, was_agreed=(day,)))[MINIMUM] is Answer.MET
        later = Condition("admitted", Comparison.FROM, ("2026-03-20",))
        assert answers(self.asked(story, later, was_agreed=(day,)))[MINIMUM] is Answer.NOT_MET
