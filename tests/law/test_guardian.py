"""The Caldicott Guardian's say: needed where confidential information leaves, and a no is a no."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, decided, findings, rules, unmet

from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.controllers import Say
from openhaven.model.words import Route

YES = "guardian-agreement-audit"


def no(**changes):
    parts = {
        "id": "no",
        "says": Advice.OPPOSES,
        "by": "Dr B. Hale",
        "role": "Caldicott Guardian",
        "organisation": "south-trust",
        "on": dt.date(2026, 2, 1),
        "review": dt.date(2026, 3, 1),
        "application": "audit",
    }
    return Recommendation(**{**parts, **changes})


@pytest.mark.parametrize("name", ["cancer audit", "health protection", "trial"])
def test_identifiable_data_needs_it(story, name):
    asked = story[name]
    asked = asked.without(f"guardian-{asked.application.agreement}")
    assert unmet(asked) == {"guardian"}
    assert "a Caldicott Guardian of an organisation whose data this is" in because(asked, "guardian")


@pytest.mark.parametrize(
    "changes",
    [
        {"review": dt.date(2026, 11, 20)},
        {"on": dt.date(2026, 11, 22)},
        {"role": "data protection officer"},
        {"agreement": "another"},
        {"application": "another"},
        {"organisation": "audit-body"},
    ],
)
def test_one_of_another_use_another_role_out_of_date_or_of_the_recipient_does_not_count(story, changes):
    assert unmet(story["cancer audit"].with_record(YES, **changes)) == {"guardian"}


def test_it_may_be_for_the_application_alone(story):
    assert not unmet(story["cancer audit"].with_record(YES, agreement="", application="audit"))


def test_its_conditions_are_shown(story):
    asked = story["cancer audit"].with_record(YES, conditions=("linked within ten days",))
    assert "Conditions: linked within ten days." in because(asked, "guardian")


def test_a_guardians_no_is_a_no_although_another_said_yes_and_it_does_not_lapse(story):
    asked = story["cancer audit"].plus(no())
    assert unmet(asked) == {"guardian"}
    assert answers(asked)["guardian"] is Answer.NOT_MET
    assert "Dr B. Hale, Caldicott Guardian (no, 1 February 2026)" in because(asked, "guardian")


def test_a_no_to_something_else_or_later_on_is_none_here(story):
    asked = story["cancer audit"]
    for other in (no(application="another"), no(on=dt.date(2026, 12, 1), review=dt.date(2026, 12, 1))):
        assert not unmet(asked.plus(other))
    another = replace(asked.facts.one(Agreement, "agreement-audit"), id="another", recipient="somebody")
    assert not unmet(asked.plus(another, no(application="another", agreement="another")))


def test_a_no_that_names_this_application_is_heard_whatever_agreement_it_names_beside(story):
    """A slip in the one is no reason to miss what the other says."""
    assert unmet(story["cancer audit"].plus(no(agreement="another"))) == {"guardian"}


def test_what_another_adviser_says_against_it_is_for_a_person(story):
    asked = story["cancer audit"].plus(no(role="chair of the advisory group"))
    assert decided(asked).verdict is Verdict.REFER
    assert [each.who for each in findings(asked, "guardian") if each.who] == [
        "the operator's senior responsible person"
    ]


def test_a_no_counts_also_where_no_yes_is_needed(story):
    assert unmet(story["university"].plus(no(application="university"))) == {"guardian"}


def test_nothing_is_asked_where_nothing_confidential_leaves(story):
    for name in ("university", "commissioner"):
        assert rules(story[name], "guardian") == {"no_recommendation_is_needed_where_nothing_confidential_leaves"}


def test_what_a_law_requires_waits_for_nobody_and_a_guardians_no_to_it_is_for_a_person(story):
    asked = story["health protection"].with_application(route=Route.COURT_ORDER).without("guardian-agreement-outbreak")
    assert answers(asked)["guardian"] is Answer.MET
    opposed = asked.plus(no(application="outbreak"))
    assert answers(opposed)["guardian"] is Answer.REFERRED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"application": "", "agreement": ""}, "name the application or the agreement"),
        ({"by": " "}, "say who recommends"),
        ({"review": dt.date(2026, 1, 1)}, "review is 2026-01-01, before on, "),
    ],
)
def test_one_that_does_not_say_what_it_is_about_or_by_whom_cannot_be_made(changes, says):
    with pytest.raises(ValueError, match=says):
        no(**changes)


@pytest.mark.parametrize("organisation", ["a-hospital-far-away", "the operator", " "])
def test_that_of_an_organisation_whose_data_this_is_not_does_not_count(story, organisation):
    assert unmet(story["cancer audit"].with_record(YES, organisation=organisation)) == {"guardian"}


def test_that_of_a_controller_that_declines_does_not_count(story):
    asked = story["cancer audit"].with_record("yes-north-trust", says=Say.DECLINES)
    assert "is of north-trust, whose data this is not" in because(asked, "guardian")


@pytest.mark.parametrize(
    "role",
    [
        "Assistant to the Caldicott Guardian",
        "Caldicott Guardian (resigned)",
        "former Caldicott Guardian",
        "not a Caldicott Guardian",
    ],
)
def test_a_role_that_only_speaks_of_a_guardian_is_none(story, role):
    assert unmet(story["cancer audit"].with_record(YES, role=role)) == {"guardian"}


def test_the_role_may_be_spelt_in_any_case(story):
    assert not unmet(story["cancer audit"].with_record(YES, role=" caldicott  GUARDIAN "))


@pytest.mark.parametrize("role", ["Deputy Caldicott Guardian", "Assistant to the Caldicott Guardian"])
def test_a_no_from_a_guardians_office_is_a_no(story, role):
    assert answers(story["cancer audit"].plus(no(role=role)))["guardian"] is Answer.NOT_MET
