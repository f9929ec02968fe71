"""What is asked, how it is read, and what it makes: nothing of an application is left out, nothing typed is lost."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.casework.answers import Standing, changes, open_questions, shown, standing, typed_of
from openhaven.casework.filling import FILLS, application_of, waits_for
from openhaven.casework.questions import (
    BY_ID,
    LEVELS,
    OURS,
    PURPOSES,
    QUESTIONS,
    ROUTES,
    SECTIONS,
    SETTINGS,
    TESTS,
    Kind,
    Question,
    asked,
)
from openhaven.casework.reading import name_of, read, tidy
from openhaven.model.application import Application, Comparison, TableAsked
from openhaven.model.record.agreement import Agreement
from openhaven.model.words import Access, Level, Purpose, Route

from .offers import ANSWERS, OFFERED


def application(**more: Any) -> Application:
    """The application of these answers."""
    return application_of({**ANSWERS, **more}, OFFERED, id="CASE-1", applicant="UNIVERSITY")


def test_the_questions_fill_every_part_of_the_application_and_nothing_else() -> None:
    parts = {each.name for each in dataclasses.fields(Application)}
    filled = [part for each in QUESTIONS for part in each.fills]
    assert sorted(filled) == sorted(parts - OURS)
    assert set(FILLS) == set(filled)


def test_what_is_asked_for_the_agreement_is_part_of_one() -> None:
    parts = {each.name for each in dataclasses.fields(Agreement)}
    assert {part for each in QUESTIONS for part in each.agreed} <= parts


def test_every_coded_word_is_explained_and_every_question_has_its_place() -> None:
    assert set(PURPOSES) == set(Purpose) and set(ROUTES) == set(Route)
    assert set(LEVELS) == set(Level) and set(SETTINGS) == set(Access)
    assert {each.value for each in TESTS} == set(Comparison)
    assert [each.section for each in QUESTIONS] == sorted((each.section for each in QUESTIONS), key=SECTIONS.index)
    assert len(BY_ID) == len(QUESTIONS)


def test_answers_to_everything_make_an_application() -> None:
    assert open_questions(OFFERED, ANSWERS) == ()
    made = application()
    assert [(each.name, each.precision, each.reason) for each in made.fields] == [
        ("sex", "as held", "rates differ"),
        ("diagnosis", "3-character code", "the conditions studied"),
    ]
    assert made.cohort[0].values == ("I", "J") and str(made.data_protection).startswith("Article 6(1)(e)")


@pytest.mark.parametrize("question", [each for each in QUESTIONS if each.id in ANSWERS], ids=lambda each: each.id)
def test_an_answer_sent_again_as_its_form_would_send_it_is_the_same(question: Question) -> None:
    again = read(question, typed_of(question, ANSWERS[question.id]), OFFERED, ANSWERS)
    assert again.wrong == {} and again.answer == ANSWERS[question.id]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.id)
def test_an_empty_form_says_what_is_missing_beside_each_input_or_may_be_empty(question: Question) -> None:
    found = read(question, {}, OFFERED, ANSWERS)
    optional = all(each.optional for each in question.inputs) and question.id not in ("cohort",)
    assert bool(found.wrong) != optional


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "<script>alert(1)</script>",
        "\u202egnp.exe",
        "שלום עולם",
        "\x00\x07",
        "' OR 1=1 --",
        "999 000 0018",
        "🙂" * 50,
    ],
    ids=["huge", "script", "turned", "hebrew", "control", "quotes", "number", "signs"],
)
def test_whatever_is_typed_is_an_answer_or_is_said_to_be_wrong(question: Question, text: str) -> None:
    rows = question.rows(OFFERED, ANSWERS) if question.rows else ("",)
    typed = {f"{name_of(each, row)}{end}": [text] for row in rows for each in question.inputs for end in ("", "-day")}
    found = read(question, typed, OFFERED, ANSWERS)
    assert found.wrong or len(str(found.answer)) < 50_000
    assert "\u202e" not in str(found.answer) or found.wrong
    for each in question.inputs:
        if each.kind in (Kind.CHOICE, Kind.PICK, Kind.CHOICES, Kind.DATE):
            chosen = any(name.endswith(each.name) for name in found.wrong)
            assert chosen or (each.optional and not tidy(text))


def test_an_answer_given_twice_is_asked_again() -> None:
    found = read(BY_ID["title"], {"title": ["one", "two"]}, OFFERED, {})
    assert found.wrong == {"title": "Give one answer, not several"}


def test_an_nhs_number_is_taken_nowhere() -> None:
    found = read(BY_ID["why"], {"text": ["about 999 000 0018"]}, OFFERED, {})
    assert "NHS number" in found.wrong.get("text", "") or not found.wrong  # only a valid number is one
    assert "NHS number" in read(BY_ID["why"], {"text": ["9990000018"]}, OFFERED, {}).wrong.get("text", "NHS number")


@pytest.mark.parametrize(
    ("question", "typed", "wrong"),
    [
        ("period", {"starts-day": ["1"], "starts-month": ["12"], "starts-year": ["2026"], "ends-day": ["30"],
                    "ends-month": ["11"], "ends-year": ["2026"]}, "ends"),
        ("period", {"starts-day": ["30"], "starts-month": ["2"], "starts-year": ["2026"]}, "starts"),
        ("commercial", {"gains": ["yes"]}, "how"),
        ("opt-outs", {"left_in": ["yes"]}, "why"),
        ("setting", {"setting": ["extract"]}, "why"),
        ("cohort", {"1.field": ["diagnosis"], "1.test": ["is"], "1.values": ["I, J"]}, "1.values"),
        ("cohort", {"2.field": ["diagnosis"]}, "2.test"),
        ("reasons", {"sex.precision": ["first character"], "sex.reason": ["x"], "diagnosis.precision": ["*"],
                     "diagnosis.reason": ["x"]}, "sex.precision"),
        ("funding", {"1.organisation": ["Everglen Life"]}, "1.business"),
        ("list", {"file": ["../../etc/passwd"]}, "file"),
        ("basis", {"study": ["26/CAG/12"]}, "study"),
        ("fields", {"names": ["sex", "secret"]}, "names"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_said_beside_it(question: str, typed: dict[str, list[str]], wrong: str) -> None:
    assert wrong in read(BY_ID[question], typed, OFFERED, ANSWERS).wrong


def test_the_study_is_part_of_the_application_and_answers_from_before_it_was_asked_name_none() -> None:
    now = {**ANSWERS, "basis": {"papers": ["26/CAG/0012"], "study": "IRAS 298765"}}
    assert application_of(now, OFFERED, id="C", applicant="U").study_reference == "IRAS 298765"
    before = {**ANSWERS, "basis": {"papers": ["26/CAG/0012"]}}
    assert application_of(before, OFFERED, id="C", applicant="U").study_reference == ""
    assert standing(BY_ID["basis"], OFFERED, before) == Standing.DONE


def test_another_dataset_asks_for_its_own_fields_again() -> None:
    now = {**ANSWERS, "dataset": {"dataset": "other"}}
    assert standing(BY_ID["fields"], OFFERED, now) == Standing.AGAIN
    assert {"fields", "reasons", "cohort"} >= {each.id for each in open_questions(OFFERED, now)}
    assert [each.name for each in application_of(now, OFFERED, id="C", applicant="U").fields] == ["sex"]


def test_what_was_answered_to_a_question_that_is_asked_no_more_is_in_no_application() -> None:
    now = {**ANSWERS, "whom": {"whom": "everybody"}, "everyone": {"why": "ageing is studied over everybody"}}
    made = application_of(now, OFFERED, id="C", applicant="U")
    assert made.cohort == () and made.everyone
    assert "cohort" not in {each.id for each in asked(OFFERED, now)}


AGE = {"row": "age", "precision": "as held", "reason": "how old they are"}
COUNTED = {
    **ANSWERS,
    "level": {"level": str(Level.AGGREGATE)},
    "fields": {"names": ["sex", "age", "diagnosis"]},
    "reasons": [*ANSWERS["reasons"], AGE],
}


def test_a_table_may_have_figures_beside_its_counts() -> None:
    choices = [each.value for input in BY_ID["table"].inputs[2:] for each in (input.choices or tuple)(OFFERED, COUNTED)]
    assert choices == ["percent:sex", "percent:age", "percent:diagnosis", "mean:age", "median:age", "p90:age"]
    typed = {"by": ["sex", "diagnosis"], "people": ["yes"], "figures": ["percent:sex", "mean:age", "p90:age"]}
    found = read(BY_ID["table"], typed, OFFERED, COUNTED)
    assert not found.wrong
    made = application_of({**COUNTED, "table": found.answer}, OFFERED, id="C", applicant="U").table
    assert made == TableAsked(("sex", "diagnosis"), True, ("percent:sex", "mean:age", "p90:age"))


@pytest.mark.parametrize(
    ("typed", "reasons", "wrong"),
    [
        ({"by": ["sex", "age"], "figures": ["mean:age"]}, {}, "by"),
        ({"by": ["sex"], "figures": ["percent:diagnosis"]}, {}, "figures"),
        ({"by": ["sex"], "figures": ["mean:sex"]}, {}, "figures"),
        ({"by": ["sex"], "figures": ["mean:age"]}, {"age": "5-year band"}, "figures"),
    ],
)
def test_figures_that_do_not_go_with_a_table_are_said_beside_it(
    typed: dict[str, list[str]], reasons: dict[str, str], wrong: str
) -> None:
    now = [{**each, "precision": reasons.get(each["row"], each["precision"])} for each in COUNTED["reasons"]]
    assert wrong in read(BY_ID["table"], {"people": ["yes"], **typed}, OFFERED, {**COUNTED, "reasons": now}).wrong


def test_a_field_that_is_asked_for_no_more_takes_its_figures_with_it() -> None:
    table = {"by": ["sex", "diagnosis"], "people": "yes", "figures": ["percent:diagnosis", "percent:sex", "mean:age"]}
    now = {**COUNTED, "table": table, "fields": {"names": ["sex"]}}
    assert application_of(now, OFFERED, id="C", applicant="U").table == TableAsked(("sex",), True, ("percent:sex",))


def test_a_table_answered_before_there_were_figures_has_none() -> None:
    now = {**COUNTED, "table": {"by": ["sex"], "people": "yes"}}
    assert application_of(now, OFFERED, id="C", applicant="U").table == TableAsked(("sex",))


def test_nothing_is_decided_before_there_is_something_to_decide() -> None:
    assert [each.id for each in waits_for(OFFERED, {})][:2] == ["purpose", "dataset"]
    assert waits_for(OFFERED, ANSWERS) == ()


def test_what_changed_is_told_by_its_question() -> None:
    (found,) = changes(ANSWERS, {**ANSWERS, "title": {"title": "Another"}}, OFFERED)
    assert (found.before, found.after) == (("Long-term conditions",), ("Another",))
    assert changes(ANSWERS, ANSWERS, OFFERED) == ()


def test_answers_are_shown_in_words() -> None:
    assert shown(BY_ID["reasons"], ANSWERS["reasons"], OFFERED, ANSWERS)[0] == "Sex: as held, in full, rates differ"
    assert shown(BY_ID["period"], ANSWERS["period"], OFFERED, ANSWERS) == ("1 December 2026", "30 November 2027")


NAMES = [name_of(each, row) for question in QUESTIONS for each in question.inputs for row in ("", "1", "sex")]


@given(typed=st.dictionaries(st.sampled_from(NAMES), st.lists(st.text(max_size=30), max_size=3)))
def test_what_is_accepted_once_is_accepted_again(typed: dict[str, list[str]]) -> None:
    for question in QUESTIONS:
        found = read(question, typed, OFFERED, ANSWERS)
        if not found.wrong:
            again = read(question, typed_of(question, found.answer), OFFERED, ANSWERS)
            assert (again.answer, dict(again.wrong)) == (found.answer, {})
