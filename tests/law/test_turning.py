"""What would turn a verdict: found by trying, said in plain words, and never a way to talk round the law."""

import datetime as dt
from dataclasses import replace
from itertools import combinations

import pytest
from space import stated
from telling import begin

from openhaven.law import decide, explain, turning
from openhaven.law.explaining import as_data, what_next, what_would_change_it
from openhaven.law.moves import Does
from openhaven.model.decision import Verdict
from openhaven.model.record.data_protection import Notice
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Level, Purpose

TODAY = dt.date(2026, 11, 21)


def told(start, *differs):
    case = begin(start, TODAY, differs)
    decision = decide(case.application, case.facts, on=TODAY)
    return case, decision, turning(case.application, case.facts, on=TODAY)


def steps(found):
    return [[(each.does, each.kind, each.name) for each in turn.steps] for turn in found.better]


def test_where_one_change_helps_no_two_are_told():
    _, _, found = told("a cancer audit", "no recommendation")
    assert steps(found) == [[(Does.ADDS, "recommendation", "a Caldicott Guardian")]]
    assert found.better[0].verdict is Verdict.PERMIT


def test_where_none_alone_helps_two_together_do():
    _, _, found = told("a cancer audit", "no recommendation", "fee: ends 2026-11-20")
    assert {len(each) for each in steps(found)} == {2}
    assert [(Does.ADDS, "recommendation", "a Caldicott Guardian"), (Does.STATES, "accreditation", "ends")] in [
        sorted(each, key=lambda step: step[0]) for each in steps(found)
    ]


@pytest.mark.parametrize(
    ("one", "other"), list(combinations(["no fee", "no notice", "no assessment", "no contract"], 2))
)
def test_two_papers_that_are_not_there_are_found_together(one, other):
    _, decision, found = told("a university study", one, other)
    assert decision.verdict is Verdict.REFUSE
    assert [turn.verdict for turn in found.better] == [Verdict.PERMIT]
    assert [each.does for each in found.better[0].steps] == [Does.ADDS, Does.ADDS]


def test_where_three_things_are_wrong_the_papers_are_listed_and_no_short_cut_is_told():
    _, decision, found = told("a university study", "no fee", "no notice", "no assessment")
    assert found.better == ()
    assert len(what_would_change_it(decision)) >= 3


@pytest.mark.parametrize("purpose", [Purpose.INSURANCE, Purpose.MARKETING, Purpose.COMMERCIAL])
def test_no_other_name_is_proposed_for_a_purpose_never_served(purpose):
    _, decision, found = told("a university study", f"application: purpose {purpose.value}")
    assert found.better == ()
    (only,) = what_would_change_it(decision)
    assert only.startswith("nothing would change this")
    assert "copy of it themselves" in " ".join(what_next(decision))


def test_records_of_others_change_nothing_and_are_not_tried():
    case, _, found = told("a university study", "no fee")
    others = [Organisation(f"body-{n}", f"Body {n}", ods=f"Y{n}") for n in range(200)]
    notices = [
        Notice(f"other-{n}", (f"body-{n}",), ("others",), (Purpose.RESEARCH,), "x", case.seen, True) for n in range(200)
    ]
    more = replace(case.facts, records=(*case.facts.records, *others, *notices))
    assert turning(case.application, more, on=TODAY) == found


def test_a_permit_says_on_which_records_it_hangs():
    case, decision, found = told("a consented trial")
    text = " ".join(explain(decision, found).split())
    assert "Without any one of these it would be refused" in text
    assert all(f"{each}" in text for each in case.records)
    assert what_next(decision) == ()


def test_a_refusal_says_what_would_turn_it_and_what_to_do_next():
    _, decision, found = told("a cancer audit", "no recommendation")
    text = " ".join(explain(decision, found).split())
    assert "If a recommendation were on record (a Caldicott Guardian), it would be permitted." in text
    assert "What you can do next" in text
    assert "ask for a review" in text


def test_a_referral_says_to_whom_to_turn():
    _, decision, _ = told("a university study", "agreement: ends 2035-12-31")
    assert "senior responsible person" in what_next(decision)[0]


def test_a_machine_is_told_the_same():
    _, decision, found = told("a cancer audit", "no recommendation")
    data = as_data(decision, found)
    assert data["verdict"] == "refuse"
    assert data["relied_on"] and data["facts_used"] and data["facts_missing"] and data["what_next"]
    (only,) = data["would_change"]["better"]
    assert only["verdict"] == "permit"
    assert only["steps"][0] == {
        "does": "adds", "kind": "recommendation", "id": "", "name": "a Caldicott Guardian", "value": ""
    }  # fmt: skip


def in_space(**facts):
    case = stated({key.replace("_", " "): value for key, value in facts.items()})
    return turning(case.application, case.facts, on=case.on)


def test_two_are_found_of_which_one_only_turns_a_no_into_a_question_for_a_person():
    found = in_space(
        purpose="official statistics", route="consent", level=Level.AGGREGATE, body="company", cohort="by number"
    )
    assert {turn.verdict for turn in found.better} == {Verdict.REFER}
    assert all({step.name for step in turn.steps} == {"data_protection", "cohort"} for turn in found.better)


def test_two_are_found_of_which_one_matters_only_with_the_other():
    found = in_space(
        purpose="resource planning", route="COPI regulation 3", level=Level.AGGREGATE, body="nhs body",
        classification="not yet",
    )  # fmt: skip
    assert {(*(each.does for each in turn.steps),) for turn in found.better} == {
        (Does.STATES, Does.ADDS), (Does.STATES, Does.STATES)
    }  # fmt: skip
    assert {turn.steps[0].value for turn in found.better} == {"no confidential patient information"}


def test_two_faults_of_one_paper_that_cannot_be_added_are_found_together():
    _, _, found = told("a university study", "agreement: ends 2026-11-20; destroy within days 0; level identifiable")
    assert [{step.name for step in turn.steps} for turn in found.better] == [{"ends", "level"}]
