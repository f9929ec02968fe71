"""The register says that support is relied on just on the days on which the rules rely on it."""

import datetime as dt

import pytest
from heard import answers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.law.supports import RELIED_ON, Standing, standing
from openhaven.model.decision import Answer
from openhaven.model.record.approvals import Support

FIRST = dt.date(2026, 6, 1)
some_day = st.integers(0, 400).map(lambda days: FIRST + dt.timedelta(days=days))


def support_of(asked):
    return next(each for each in asked.facts.records if isinstance(each, Support))


@given(starts=some_day, term=st.integers(0, 400), wait=st.integers(0, 400), withdrawn=st.none() | some_day, on=some_day)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_register_and_the_rules_agree_on_every_day(story, starts, term, wait, withdrawn, on):
    ends, review = (starts + dt.timedelta(days=days) for days in (term, wait))
    changes = {"starts": starts, "ends": ends, "review": review, "withdrawn_on": withdrawn}
    asked = story["cancer audit"].with_record("support-audit", **changes)
    carried = answers(asked.at(on))["confidentiality"] is not Answer.NOT_MET
    grace = asked.facts.policy.support_review_grace_days
    assert (standing(support_of(asked), on=on, grace_days=grace) in RELIED_ON) is carried


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-1, Standing.NOT_YET),
        (0, Standing.IN_FORCE),
        (50, Standing.IN_FORCE),
        (51, Standing.LATE),
        (61, Standing.LATE),
        (62, Standing.LAPSED),
        (100, Standing.LAPSED),
        (101, Standing.ENDED),
    ],
)
def test_terms_include_their_last_day(story, days, said):
    last, review = FIRST + dt.timedelta(days=100), FIRST + dt.timedelta(days=50)
    asked = story["cancer audit"].with_record("support-audit", starts=FIRST, ends=last, review=review)
    assert standing(support_of(asked), on=FIRST + dt.timedelta(days=days), grace_days=11) is said


def test_what_was_withdrawn_is_so_from_its_day_even_before_it_began(story):
    asked = story["cancer audit"].with_record("support-audit", starts=FIRST, withdrawn_on=FIRST)
    assert standing(support_of(asked), on=FIRST - dt.timedelta(days=1), grace_days=0) is Standing.NOT_YET
    assert standing(support_of(asked), on=FIRST, grace_days=0) is Standing.WITHDRAWN
