"""Research on people is approved by a committee and by the Health Research Authority; other work is not research."""

import datetime as dt

import pytest
from heard import because, rules, unmet

from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose, Route

REC, HRA = "rec-agreement-trial", "hra-agreement-trial"


@pytest.mark.parametrize(
    ("id", "says"),
    [
        (REC, "a favourable opinion of a research ethics committee"),
        (HRA, "the approval of the Health Research Authority"),
    ],
)
def test_research_with_consent_needs_both(story, id, says):
    asked = story["trial"].without(id)
    assert unmet(asked) == {"ethics"}
    assert f"{says}, in force on 21 November 2026, for agreement-trial" in because(asked, "ethics")


@pytest.mark.parametrize("id", [REC, HRA])
@pytest.mark.parametrize(
    "changes",
    [
        {"ends": dt.date(2026, 11, 20)},
        {"starts": dt.date(2026, 11, 22)},
        {"agreements": ("agreement-of-another-study",)},
        {"body": "the department's own panel"},
        {"reference": " "},
        {"seen": Seen("", "R. Okafor", dt.date(2026, 1, 1))},
    ],
)
def test_one_for_another_study_or_out_of_date_does_not_count(story, id, changes):
    assert unmet(story["trial"].with_record(id, **changes)) == {"ethics"}


def test_research_with_support_needs_them_as_well(story):
    asked = story["cancer audit"].with_application(purpose=Purpose.RESEARCH)
    assert rules(asked, "ethics") == {"research_on_people_has_a_favourable_opinion_and_approval"}


@pytest.mark.parametrize("name", ["cancer audit", "health protection", "commissioner"])
def test_audit_public_health_and_commissioning_are_not_research(story, name):
    assert rules(story[name], "ethics") == {"ethics_review_is_for_research"}


def test_research_on_de_identified_rows_and_tables_needs_no_review(story):
    assert rules(story["university"], "ethics") == {"research_on_what_names_nobody_needs_no_review"}
    assert "ethics" in unmet(story["university"].with_application(level=Level.IDENTIFIABLE))
    assert "ethics" in unmet(story["university"].with_application(route=Route.COPI_5))


def test_before_march_2016_the_committees_opinion_was_enough(story):
    earlier = {
        "starts": dt.date(2016, 1, 1),
        "ends": dt.date(2016, 12, 31),
        "seen": Seen("a", "b", dt.date(2016, 1, 1)),
    }
    asked = story["trial"].without(HRA).with_record(REC, **earlier)
    assert "ethics" not in unmet(asked.at(dt.date(2016, 3, 30)))
    assert "ethics" in unmet(asked.at(dt.date(2016, 3, 31)))
