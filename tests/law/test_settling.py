"""What a rule left to a person, and two persons have answered: the very words that they read, and no others."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, decided, findings, rules
from space import END

from openhaven.model.application import Funder
from openhaven.model.decision import Answer, Verdict
from openhaven.model.obligation import Review
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.organisations import Organisation

MAY = dt.date(2026, 5, 1)
SAID = "Whether customers of gyms who are told of screening come to it."
RULE = "words_of_insurance_or_marketing_are_for_a_person"
GUARDIAN = Recommendation(
    "guardian-read-it", Advice.SUPPORTS, "C. Hale", "Caldicott Guardian", "north-trust", MAY, END,
    application="university", settles=("Study university", SAID),
)  # fmt: skip
OWNER = replace(GUARDIAN, id="owner-read-it", by="D. Marsh", role="senior information risk owner", organisation="")


@pytest.fixture
def asked(story):
    return story["university"].with_application(purpose_text=SAID)


def test_what_two_offices_read_and_recommend_stops_nobody_any_more(asked):
    assert answers(asked)["purpose"] is Answer.REFERRED
    assert "by the senior information risk owner and the Caldicott Guardian" in because(asked, "purpose")
    both = asked.plus(GUARDIAN, OWNER)
    assert decided(both).verdict is Verdict.PERMIT
    found = next(each for each in findings(both, "purpose") if each.rule == RULE)
    assert set(found.used) == {GUARDIAN.id, OWNER.id}
    assert "C. Hale, Caldicott Guardian (1 May 2026)" in found.because
    reviews = {each.record for each in decided(both).obligations if isinstance(each, Review)}
    assert {GUARDIAN.id, OWNER.id} <= reviews


@pytest.mark.parametrize(
    "changes",
    [
        {"settles": ()},
        {"settles": ("Study university", SAID.upper())},
        {"settles": (SAID[:-1],)},
        {"settles": ("purpose",)},
        {"application": "another"},
        {"agreement": "another"},
        {"on": dt.date(2026, 12, 1)},
        {"review": dt.date(2026, 6, 1)},
        {"role": "medical director"},
        {"role": "deputy Caldicott Guardian"},
        {"organisation": "university"},
        {"by": "D. Marsh"},
    ],
)
def test_one_of_them_is_not_enough_nor_other_words_people_days_or_uses(asked, changes):
    assert answers(asked.plus(replace(GUARDIAN, **changes), OWNER))["purpose"] is Answer.REFERRED
    assert answers(asked.plus(GUARDIAN))["purpose"] is Answer.REFERRED
    assert answers(asked.plus(OWNER))["purpose"] is Answer.REFERRED


def test_what_is_said_elsewhere_or_since_is_read_again(asked):
    both = asked.plus(GUARDIAN, OWNER)
    for more in (
        both.with_application(purpose_text=f"{SAID} And to insurers."),
        both.with_application(title="Our customers"),
        both.with_record("agreement-university", objective="To sell."),
    ):
        assert answers(more)["purpose"] is Answer.REFERRED


def test_a_later_no_of_either_stands(asked):
    for yes in (GUARDIAN, OWNER):
        no = replace(yes, id="no", says=Advice.OPPOSES, settles=(), on=dt.date(2026, 6, 1))
        assert decided(asked.plus(GUARDIAN, OWNER, no)).verdict is Verdict.REFUSE


def test_who_may_act_for_others_is_answered_by_name(story):
    asked = story["university"].with_record("university", name="Northby Consulting")
    named = [replace(each, settles=("Northby Consulting",)) for each in (GUARDIAN, OWNER)]
    assert answers(asked)["purpose"] is Answer.REFERRED
    assert decided(asked.plus(*named)).verdict is Verdict.PERMIT
    assert answers(asked.with_record("university", name="Northby Actuaries").plus(*named))["purpose"] is Answer.REFERRED


def test_nobody_settles_an_insurer_nor_its_money_nor_a_purpose_that_never_is_one(story):
    everything = ("Acme Life", "life insurance", "Study university", story["university"].application.purpose_text)
    both = [replace(each, settles=everything) for each in (GUARDIAN, OWNER)]
    asked = story["university"].plus(*both)
    insurer = asked.with_record("university", name="Acme Life", business=("life insurance",))
    assert decided(insurer).verdict is Verdict.REFUSE
    paid = asked.with_application(funders=(Funder("Acme Life", "life insurance"),))
    assert answers(paid.plus(Organisation("acme", "Acme Life", ("insurer",))))["purpose"] is Answer.REFERRED
    assert RULE not in rules(asked, "purpose"), "where nothing is doubted nothing is answered"


@pytest.mark.parametrize(
    "changes", [{"says": Advice.OPPOSES}, {"application": "", "agreement": "agreement-university"}]
)
def test_only_a_yes_to_one_application_settles_anything(changes):
    with pytest.raises(ValueError, match="only a yes to one application settles"):
        replace(GUARDIAN, **changes)
