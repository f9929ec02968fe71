"""The impact on people was assessed: for this very flow, approved, in review, and no high risk remains."""

import datetime as dt

import pytest
from heard import because, decided, findings, rules, unmet

from openhaven.model.decision import Verdict
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose

DPIA = "dpia-agreement-university"


def test_none_refuses(story):
    asked = story["university"].without(DPIA)
    assert unmet(asked) == {"impact assessment"}
    assert "covers episodes, research, university and de-identified" in because(asked, "impact assessment")


@pytest.mark.parametrize(
    "changes",
    [
        {"datasets": ("registrations",)},
        {"purposes": (Purpose.COMMISSIONING,)},
        {"recipients": ("another",)},
        {"levels": (Level.AGGREGATE,)},
        {"controller": "somebody else"},
        {"review": dt.date(2026, 11, 20)},
        {"approved": Seen("dpia.pdf", "R. Okafor", dt.date(2026, 11, 22))},
        {"approved": Seen("dpia.pdf", " ", dt.date(2026, 1, 1))},
    ],
)
def test_one_of_another_flow_or_out_of_date_does_not_count(story, changes):
    assert unmet(story["university"].with_record(DPIA, **changes)) == {"impact assessment"}


@pytest.mark.parametrize("controller", ["university", "north-trust"])
def test_any_party_may_answer_for_it(story, controller):
    assert not unmet(story["university"].with_record(DPIA, controller=controller))


def test_its_last_day_is_the_day_of_review(story):
    asked = story["university"]
    assert not unmet(asked.with_record(DPIA, review=asked.on))


def test_a_high_risk_that_remains_is_for_the_data_protection_officer_and_the_commissioner(story):
    asked = story["university"].with_record(DPIA, high_residual_risk=True)
    assert decided(asked).verdict is Verdict.REFER
    who = [finding.who for finding in findings(asked, "impact assessment") if finding.who]
    assert who == ["the data protection officer, who asks the Information Commissioner before anything is done"]


def test_a_table_is_about_nobody(story):
    assert rules(story["commissioner"], "impact assessment") == {"a_table_needs_no_assessment"}


def test_before_may_2018_it_was_no_duty(story):
    asked = story["university"].without(DPIA).at(dt.date(2018, 5, 24))
    assert rules(asked, "impact assessment") == {"an_assessment_was_good_practice"}
    assert "impact assessment" in unmet(asked.at(dt.date(2018, 5, 25)))
