"""What a recipient owes after the file was made: where the data is used and kept, on which conditions, until when."""

import datetime as dt
from itertools import permutations

import pytest
from heard import decided

from openhaven.law.agenda import in_order
from openhaven.law.explaining import in_words
from openhaven.model import obligation as o
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.approvals import Opinion
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access
from openhaven.package.required import required

PROMISED = (o.UsedIn, o.KeptAt, o.Within, o.Conditions, o.Review, o.UseUntil, o.DestroyBy)
DAY = dt.date(2026, 1, 1)


def owed(asked, kind):
    return [each for each in decided(asked).obligations if type(each) is kind]


def advised(id, **changes):
    said = {"says": Advice.SUPPORTS, "by": "C. Guardian", "role": "Caldicott Guardian", "organisation": "north-trust"}
    parts = said | {"on": DAY, "review": dt.date(2027, 12, 31), "agreement": "agreement-audit"} | changes
    return Recommendation(id, **parts)


def test_rows_are_used_and_kept_where_the_agreement_says(story):
    (used,), (kept,), (within,) = (owed(story["university"], kind) for kind in (o.UsedIn, o.KeptAt, o.Within))
    assert used.access is Access.EXTRACT
    assert kept.storage == (("university", "X-university"),) and kept.processors == ()
    assert within.territories == ("England",)


def test_every_place_and_processor_is_named_by_its_ods_code(story):
    asked = story["university"].with_record(
        "agreement-university", storage=("university", "north-trust"), processors=("south-trust",)
    )
    (kept,) = owed(asked, o.KeptAt)
    assert kept.storage == (("university", "X-university"), ("north-trust", "X-north-trust"))
    assert kept.processors == (("south-trust", "X-south-trust"),)
    assert "south-trust (ODS code X-south-trust)" in required(kept) and "X-north-trust" in in_words(kept)


def test_a_table_may_be_used_anywhere(story):
    for kind in (o.UsedIn, o.KeptAt, o.Within):
        assert not owed(story["commissioner"], kind)


def test_data_is_used_until_the_agreement_ends_and_then_destroyed(story):
    for name in ("university", "commissioner"):
        (until,), (destroyed,) = (owed(story[name], kind) for kind in (o.UseUntil, o.DestroyBy))
        assert until.until == dt.date(2027, 12, 31) and destroyed.by == dt.date(2028, 1, 30)


LAW, STANDARD, RESTRICTIONS = "data protection law", "the standard conditions of support", "regulation 7"


def conditions_of_the_law(asked):
    return [each for each in owed(asked, o.Conditions) if each.set_by == LAW]


def conditions_set(asked):
    return [each for each in owed(asked, o.Conditions) if each.set_by not in (LAW, STANDARD, RESTRICTIONS)]


@pytest.mark.parametrize("name", ["cancer audit", "health protection"])
def test_who_gets_rows_under_the_regulations_owes_what_regulation_7_asks(story, name):
    """LAW-26: no more than needed, identity taken out, few who see it, and a look at it every year."""
    (made,) = [each for each in owed(story[name], o.Conditions) if each.set_by == RESTRICTIONS]
    assert made.provisions == ("LAW-26",)
    assert "equal duty of confidence" in in_words(made) and "at least every 12 months" in required(made)
    sooner = story[name].with_policy(numbers={"regulation-7-review-months": 6})
    assert "at least every 6 months" in " ".join(map(in_words, owed(sooner, o.Conditions)))


@pytest.mark.parametrize("name", ["university", "trial", "commissioner"])
def test_nobody_else_owes_it(story, name):
    assert RESTRICTIONS not in {each.set_by for each in owed(story[name], o.Conditions)}


@pytest.mark.parametrize(
    ("name", "provision", "says"),
    [
        ("cancer audit", "GDPR-10", "duty of confidence"),
        ("health protection", "GDPR-11", "duty of confidence"),
        ("university", "GDPR-12", "a particular person"),
        ("trial", "GDPR-12", "damage or distress"),
    ],
)
def test_what_the_article_9_condition_is_tied_to_is_owed_with_rows(story, name, provision, says):
    (made,) = conditions_of_the_law(story[name])
    assert made.record == provision and made.provisions == (provision,)
    assert says in " ".join(made.conditions) and says in in_words(made) and says in required(made)


def test_a_table_ties_nobody_to_secrecy_or_safeguards(story):
    assert not conditions_of_the_law(story["commissioner"])


def test_conditions_of_support_stand_in_the_decision(story):
    (made,) = conditions_set(story["cancer audit"])
    assert (made.record, made.set_by) == ("support-audit", "Secretary of State for Health and Social Care")
    assert made.conditions == ("annual review",)


def test_conditions_of_a_guardian_and_of_any_other_adviser_stand_each_alone(story):
    asked = story["cancer audit"].with_record("guardian-agreement-audit", conditions=("no linkage",))
    asked = asked.plus(advised("advice-2", role="Advisory Group", organisation="", conditions=("publish the code.",)))
    found = {each.record: each for each in conditions_set(asked)}
    assert set(found) == {"support-audit", "guardian-agreement-audit", "advice-2"}
    assert found["guardian-agreement-audit"].set_by == "the Caldicott Guardian of north-trust"
    assert found["advice-2"].set_by == "the Advisory Group" and found["advice-2"].conditions == ("publish the code",)


def test_an_advisers_condition_stands_where_no_recommendation_was_needed(story):
    asked = story["university"].plus(advised("advice", agreement="agreement-university", conditions=("no linkage",)))
    assert [each.record for each in conditions_set(asked)] == ["advice"]


def test_a_condition_does_not_lapse_with_its_review_and_begins_no_earlier_than_it_was_set(story):
    past = advised("past", review=dt.date(2026, 2, 1), conditions=("no linkage",))
    later = advised("later", on=dt.date(2026, 11, 22), conditions=("no maps",))
    other = advised("other", agreement="another", conditions=("no tables",))
    found = conditions_set(story["cancer audit"].plus(past, later, other))
    assert {each.record for each in found} == {"support-audit", "past"}


def test_conditions_of_a_committee_stand_in_the_decision(story):
    assert not conditions_set(story["trial"])
    (made,) = conditions_set(story["trial"].with_record("rec-agreement-trial", conditions=("tell people once a year",)))
    assert made.set_by == "Northby Research Ethics Committee"
    assert "tell people once a year" in required(made)


def test_what_is_no_condition_owes_nothing(story):
    asked = story["cancer audit"].with_record("support-audit", conditions=("  ", "annual review"))
    (made,) = conditions_set(asked)
    assert made.conditions == ("annual review",)


@pytest.mark.parametrize(
    ("name", "rests_on"),
    [
        ("university", {("class-rows", "classification"), ("dpia-agreement-university", "assessment")}),
        (
            "cancer audit",
            {
                ("support-audit", "support"),
                ("guardian-agreement-audit", "recommendation"),
                ("dpia-agreement-audit", "assessment"),
            },
        ),
        ("commissioner", {("class-tables", "classification")}),
    ],
)
def test_what_a_decision_rests_on_is_reviewed_by_its_day(story, name, rests_on):
    found = owed(story[name], o.Review)
    assert {(each.record, each.what) for each in found} == rests_on
    assert all(each.by == _record(story[name], each.record).review == each.due for each in found)


def _record(asked, id):
    return next(each for each in asked.facts.records if each.id == id)


def test_support_in_its_grace_is_reviewed_by_the_end_of_it(story):
    asked = story["cancer audit"].with_record("support-audit", review=dt.date(2026, 11, 1))
    by = {each.record: each.by for each in owed(asked, o.Review)}
    assert by["support-audit"] == dt.date(2026, 11, 1) + dt.timedelta(days=90)


def test_all_of_it_is_promised_and_says_by_whom():
    for kind in PROMISED:
        made = o.promise(kind.kind, None)
        assert made.by_whom is (o.Promiser.OPERATOR if kind is o.Review else o.Promiser.RECIPIENT)
        assert made.shown_by


def test_several_of_a_kind_stand_in_one_order_each_once(story):
    every = [*decided(story["cancer audit"]).obligations]
    several = [each for each in every if isinstance(each, o.Review)]
    assert len(several) == 3
    for order in permutations(several):
        assert in_order([*order, *reversed(every)]) == tuple(every)


def test_an_opinion_without_conditions_says_none():
    days = (DAY, dt.date(2027, 1, 1))
    assert Opinion("o", "REC", "1", (), *days, Seen("letter.pdf", "R. Okafor", DAY)).conditions == ()
