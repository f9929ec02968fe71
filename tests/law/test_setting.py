"""People go to the data first; an extract comes last, with a reason that a named person accepted."""

import datetime as dt

import pytest
from heard import answers, because, decided, rules, unmet

from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.organisations import Accreditation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access

DSA = "agreement-university"
SEEN = Seen("minutes.pdf", "R. Okafor", dt.date(2026, 1, 1))
ENVIRONMENT = Accreditation(
    "sde", "university", "secure data environment", "accredited", SEEN.on, dt.date(2027, 1, 1), SEEN
)


def test_silence_is_no_extract(story):
    asked = story["university"].with_record(DSA, setting=None)
    assert unmet(asked) == {"setting"}
    assert "an agreement that states the setting" in because(asked, "setting")


@pytest.mark.parametrize(
    "changes",
    [
        {"why_extract": " "},
        {"extract_agreed": None},
        {"extract_agreed": Seen("minutes.pdf", "", SEEN.on)},
        {"extract_agreed": Seen("minutes.pdf", "R. Okafor", dt.date(2026, 11, 22))},
    ],
)
def test_for_research_an_extract_without_a_reason_accepted_is_for_a_person(story, changes):
    asked = story["university"].with_record(DSA, **changes)
    assert decided(asked).verdict is Verdict.REFER
    assert "why the work cannot be done in a secure environment" in because(asked, "setting")


def test_public_bodies_may_have_extracts_for_other_purposes(story):
    for name in ("cancer audit", "health protection"):
        agreement = story[name].application.agreement
        assert not unmet(story[name].with_record(agreement, why_extract="", extract_agreed=None))


def test_others_need_the_reason_whatever_the_purpose(story):
    asked = story["cancer audit"].with_record("agreement-audit", why_extract="")
    assert answers(asked.with_record("audit-body", bodies=()))["setting"] is Answer.REFERRED


def test_a_secure_environment_is_one_of_record(story):
    asked = story["university"].with_record(DSA, setting=Access.SECURE_ENVIRONMENT, why_extract="", extract_agreed=None)
    assert unmet(asked) == {"setting"}
    assert not unmet(asked.plus(ENVIRONMENT))
    second = asked.with_record(DSA, storage=("university", "north-trust")).plus(ENVIRONMENT)
    assert unmet(second) == {"setting"}
    assert "north-trust (nothing of record)" in because(second, "setting")


def test_a_table_may_leave(story):
    assert rules(story["commissioner"], "setting") == {"a_table_may_leave"}
    assert rules(story["commissioner"].at(dt.date(2022, 12, 22)), "setting") == {"a_table_could_leave"}


def test_before_december_2022_extracts_were_the_way(story):
    asked = story["university"].with_record(DSA, setting=None)
    assert rules(asked.at(dt.date(2022, 12, 22)), "setting") == {"extracts_were_the_way"}
    assert "setting" in unmet(asked.at(dt.date(2022, 12, 23)))
