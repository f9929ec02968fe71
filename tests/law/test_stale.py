"""Evidence that was seen before there was any, findings that nobody looks at again, and a yearly fee paid once."""

import datetime as dt

import pytest
from heard import because, decided, unmet

from openhaven.law.coding import check_record
from openhaven.law.supports import looked_at_again
from openhaven.model import obligation as o
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.seen import Seen

FAR, ON = dt.date(2090, 1, 1), dt.date(2026, 11, 21)
THREE_YEARS_AGO = dt.date(2023, 11, 21)


def seen(on):
    return Seen("paper.pdf", "R. Okafor", on)


@pytest.mark.parametrize("id", ["dspt-university", "contract-university", "fee-north-trust"])
def test_nobody_saw_a_paper_before_it_was_given(story, id):
    asked = story["university"]
    early = asked.with_record(id, seen=seen(dt.date(2025, 12, 31)))
    assert decided(early).verdict is Verdict.REFUSE
    question = "security assurance" if id.startswith("dspt") else "recipient"
    assert "was seen on 31 December 2025, before it was given on 1 January 2026" in because(early, question)
    record = next(each for each in early.facts.records if each.id == id)
    with pytest.raises(BadInput, match=r"2025-12-31.*before.*2026-01-01") as said:
        check_record(record, where="paper.toml")
    assert "seen" in str(said.value) and said.value.todo


@pytest.mark.parametrize(
    ("id", "part", "question"),
    [
        ("class-rows", "on", "confidentiality"),
        ("dpia-agreement-university", "approved", "impact assessment"),
        ("notice-agreement-university", "checked", "transparency"),
    ],
)
def test_what_nobody_looked_at_again_counts_for_three_years(story, id, part, question):
    further = {} if part == "checked" else {"review": FAR}

    def of(day):
        return story["university"].with_record(id, **further, **{part: day if part == "on" else seen(day)})

    assert decided(of(THREE_YEARS_AGO)).verdict is Verdict.PERMIT
    old = of(THREE_YEARS_AGO - dt.timedelta(days=1))
    assert question in unmet(old)
    assert decided(old.with_policy(numbers={"finding-years": 4})).verdict is Verdict.PERMIT


def test_the_review_that_is_owed_is_no_later_than_that(story):
    asked = story["university"].with_record("class-rows", review=FAR)
    found = {each.record: each.by for each in decided(asked).obligations if isinstance(each, o.Review)}
    assert found["class-rows"] == dt.date(2029, 1, 1)


def test_a_fee_is_paid_for_a_year(story):
    asked = story["university"].with_record("fee-university", starts=dt.date(2025, 11, 22), seen=seen(ON), ends=FAR)
    assert decided(asked).verdict is Verdict.PERMIT
    late = asked.with_record("fee-university", starts=dt.date(2025, 11, 21))
    assert unmet(late) == {"recipient"} and "too long ago" in because(late, "recipient")


def test_the_standard_conditions_of_support_are_owed_whatever_its_record_lists(story):
    for conditions in ((), ("annual review",)):
        asked = story["cancer audit"].with_record("support-audit", conditions=conditions)
        (made,) = [
            each
            for each in decided(asked).obligations
            if isinstance(each, o.Conditions) and each.set_by == "the standard conditions of support"
        ]
        assert made.record == "support-audit" and made.provisions == ("LAW-29",)
        assert any("amended" in each for each in made.conditions) and any("audit" in each for each in made.conditions)


def test_a_finding_is_looked_at_again_when_the_rules_say_by_the_years_that_were_chosen(story):
    """What is promised of reviews is held to the day by which decisions go."""
    facts = story["university"].with_record("class-rows", on=dt.date(2026, 1, 1), review=FAR).facts
    found = next(each for each in facts.records if each.id == "class-rows")
    assert looked_at_again(found, on=ON) == dt.date(2029, 1, 1)
    assert looked_at_again(found, on=ON, chosen={"finding-years": 1}) == dt.date(2027, 1, 1)
