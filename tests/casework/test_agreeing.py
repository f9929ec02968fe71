"""The terms of an agreement: whence each comes, and what they cannot outlive; and the drafts that people finish."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.casework.agreeing import LADDER, Basis, Chosen, Limit, destroy_by, signed, terms, within
from openhaven.casework.impact import DRAFT, TO_DO, Drafted, draft
from openhaven.casework.wording import Worded, clauses
from openhaven.model.application import Application, Comparison, Condition, DataProtection, FieldAsked, Funder
from openhaven.model.decision import Decision, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.agreement import Agreement, Partnership, Principle
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, Level, Precision, Purpose, Route

TODAY = dt.date(2026, 11, 22)
FIVE = ("FIVE-1", "FIVE-2", "FIVE-3", "FIVE-4", "FIVE-5")
SEEN = Seen("approval", "the risk owner", TODAY)
ASKED = Application(
    format=1,
    id="CASE-1",
    title="A study",
    applicant="UNIVERSITY",
    recipient="UNIVERSITY",
    purpose=Purpose.RESEARCH,
    purpose_text="Who comes when",
    route=Route.NOT_CONFIDENTIAL,
    dataset="episodes",
    level=Level.DE_IDENTIFIED,
    data_protection=DataProtection("6(1)(e)", "9(2)(j)", "Part 1 paragraph 4"),
    fields=(FieldAsked("person", "to follow people"), FieldAsked("admitted", "seasons matter", Precision.AS_HELD)),
    cohort=(Condition("diagnosis", Comparison.STARTS, ("I",)),),
)
ANSWERS = {
    "period": {"starts": "2026-01-01", "ends": "2027-06-30"},
    "benefit": {"what": "Fewer deaths", "measure": "deaths a year", "by": "2027-05-01"},
    "programme": {"programme": "Winter"},
    "commercial": {"gains": "no", "how": ""},
    "processors": {"processors": ["Cloud Ltd"]},
    "setting": {"setting": "secure environment", "why": "no longer true"},
    "storage": {"storage": ["university of  thornby"], "territory": "England, Wales"},
    "publication": {"plan": "A paper"},
}
IDS = {"cloud ltd": "CLOUD", "university of thornby": "UNIVERSITY"}


def basis(**more: object) -> Basis:
    given = {"id": "DSA-1", "application": ASKED, "answers": ANSWERS, "controllers": ("aldermoor",), "today": TODAY,
             "approved": SEEN, "ids": IDS, "dates": frozenset({"admitted"})}  # fmt: skip
    return Basis(**{**given, **more})


def words(agreement: Agreement, **more: object) -> str:
    given = {"application": ASKED, "answers": ANSWERS, "chosen": Chosen(), "operator": "The Haven",
             "names": {"CLOUD": "Cloud Ltd"}, "dataset": "Hospital episodes", "ruleset": "law 1",
             "keys": frozenset({"person"})}  # fmt: skip
    return " ".join(line for each in clauses(agreement, Worded(**{**given, **more})) for line in each.paragraphs)


def test_every_term_comes_from_what_was_asked_answered_and_decided() -> None:
    made = terms(basis(), Chosen())
    assert (made.starts, made.ends) == (TODAY, dt.date(2027, 6, 30)), "no term begins before it is signed"
    assert (made.processors, made.storage, made.territory) == (("CLOUD",), ("UNIVERSITY",), ("England", "Wales"))
    assert made.programmes == ("Winter",) and made.cohort == ASKED.cohort and made.objective == "Who comes when"
    assert made.setting is Access.SECURE_ENVIRONMENT and made.why_extract == "" and made.extract_agreed is None
    assert made.why_days == "admitted: seasons matter"
    assert all(step in made.penalties for step in LADDER)


def test_an_agreement_says_for_which_study_it_is_and_who_pays() -> None:
    asked = replace(ASKED, study_reference="IRAS 298765", funders=(Funder("Heart Fund", "charity"),))
    made = terms(basis(application=asked), Chosen())
    assert (made.study_references, made.paid_by) == (("IRAS 298765",), ("Heart Fund",))
    said = words(made, application=asked)
    assert "It is for the study IRAS 298765, and for no other." in said and "Heart Fund (charity) pays" in said
    assert "It is for the study" not in words(terms(basis(), Chosen()))


def test_an_extract_says_why_and_who_agreed() -> None:
    answers = {**ANSWERS, "setting": {"setting": "extract", "why": "it is joined"}}
    made = terms(basis(answers=answers), Chosen())
    assert made.why_extract == "it is joined" and made.extract_agreed == SEEN


def test_an_organisation_that_is_not_on_record_is_asked_for() -> None:
    with pytest.raises(BadInput, match="Cloud Ltd, which processes the data, is not on record"):
        terms(basis(ids={"university of thornby": "UNIVERSITY"}), Chosen())


def test_a_term_that_is_over_is_no_term() -> None:
    with pytest.raises(BadInput, match="before it begins"):
        terms(basis(today=dt.date(2028, 1, 1)), Chosen())


@given(st.lists(st.integers(-400, 4000), min_size=1, max_size=6), st.integers(0, 4000))
def test_no_term_outlives_any_of_what_it_rests_on(days: list[int], wanted: int) -> None:
    made = replace(terms(basis(), Chosen()), ends=TODAY + dt.timedelta(days=wanted))
    found = sorted((Limit(TODAY + dt.timedelta(days=each), "x") for each in days), key=lambda each: each.last)
    if found[0].last < TODAY and found[0].last < made.ends:
        with pytest.raises(BadInput, match="No term is left"):
            within(made, found)
        return
    cut, why = within(made, found)
    assert all(cut.ends <= each.last for each in found) and cut.ends <= made.ends
    assert bool(why) == (cut.ends < made.ends)


def test_a_charge_is_for_work_and_never_for_data() -> None:
    with pytest.raises(BadInput, match="data has no price"):
        Chosen(charge=10)
    assert "The recipient pays £1,200 for this work: matching." in words(
        terms(basis(), Chosen()), chosen=Chosen(charge=1200, charge_for="matching")
    )


def test_the_words_say_what_the_terms_say() -> None:
    made = terms(basis(), Chosen())
    said = words(made)
    for each in (
        "Field person, only as a pseudonym.",
        "Field admitted, in full. It is needed for this: seasons matter.",
        "Cloud Ltd (CLOUD), under a contract as Article 28",
        "within England and Wales",
        "secure environment, and take nothing out but what was checked there",
        f"by {destroy_by(made).day} July 2027 at the latest",
        "rows where diagnosis starts with I",
    ):
        assert each in said, each
    assert "five principles" not in said
    for step in LADDER:
        assert step[1:] in said


def test_the_five_principles_bind_where_a_partner_is_no_public_body() -> None:
    weighed = Partnership("P", "DSA-1", tuple(Principle(id, True, f"weighed {id}") for id in FIVE), "the board",
                          Seen("minute 7", "the secretary", TODAY), TODAY)  # fmt: skip
    said = words(terms(basis(), Chosen()), partnership=weighed, partner=True)
    assert "the five principles of 15 July 2019 bind both sides" in said
    assert all(f"weighed {id}" in said for id in FIVE) and "minute 7" in said
    assert "five principles" in words(terms(basis(), Chosen()), partner=True), "also before they are weighed"


def test_the_same_terms_give_the_same_words() -> None:
    made = terms(basis(), Chosen())
    assert words(made) == words(terms(basis(), Chosen())) != words(replace(made, territory=("Wales",)))


def test_what_is_signed_begins_no_earlier_than_the_last_signature() -> None:
    made = terms(basis(), Chosen())
    later = TODAY + dt.timedelta(days=40)
    entered = signed(made, version=2, digest="ab" * 32, by="the risk owner", on=later)
    assert (entered.starts, entered.signed_on, entered.signed.on) == (later, later, later)
    assert "version 2" in entered.signed.document and "abab" in entered.signed.document
    with pytest.raises(BadInput, match="before everybody had signed"):
        signed(made, version=2, digest="ab" * 32, by="the risk owner", on=made.ends + dt.timedelta(days=1))


def test_a_draft_of_an_assessment_says_that_it_is_none_and_what_is_left_to_judge() -> None:
    decision = Decision("CASE-1", TODAY, "law 1", Verdict.REFUSE, (), ())
    found = draft(Drafted(ASKED, ANSWERS, decision, {}, "Hospital episodes", ("aldermoor",), ("no linkage",)))
    text = [line for each in found for line in each.paragraphs]
    assert len(found) == 7 and "no assessment" in DRAFT
    assert sum(TO_DO in each for each in text) > 10
    assert "Condition set by people: no linkage" in text
    assert "From 1 January 2026 to 30 June 2027." in text
    nothing = draft(Drafted(ASKED, {}, decision, {}, "Hospital episodes", ()))
    assert any("(not said yet)" in line for each in nothing for line in each.paragraphs)
