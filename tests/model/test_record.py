"""Records that contradict themselves, or state a number that nobody can mean, are not made."""

import datetime as dt
from dataclasses import fields, replace

import pytest

from openhaven.model.application import Application, DataProtection, FieldAsked
from openhaven.model.plain import from_plain, to_plain
from openhaven.model.record.agreement import MOST_DAYS, Agreement, FieldAgreed
from openhaven.model.record.approvals import Support
from openhaven.model.record.kinds import KINDS
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose, Route

DAY = dt.date(2026, 1, 1)
SUPPORT = Support(
    id="s",
    regulation=5,
    title="t",
    applicant="a",
    purpose=Purpose.RESEARCH,
    decided_by="Health Research Authority",
    starts=DAY,
    ends=dt.date(2027, 1, 1),
    review=DAY,
    datasets=(),
    fields=(),
    recipients=(),
    schedule=(4,),
    national_opt_out="applies",
    letter=Seen("l", "b", DAY),
)
AGREEMENT = Agreement(
    id="a",
    title="t",
    recipient="r",
    controllers=("c",),
    purpose=Purpose.RESEARCH,
    dataset="d",
    level=Level.DE_IDENTIFIED,
    fields=(FieldAgreed("sex"),),
    starts=DAY,
    ends=DAY,
    destroy_within_days=MOST_DAYS,
    epoch="1",
    signed=Seen("a", "b", DAY),
)


def test_support_is_not_reviewed_before_it_starts_but_may_be_withdrawn_before():
    assert replace(SUPPORT, review=DAY) and replace(SUPPORT, withdrawn_on=dt.date(2025, 12, 31))
    with pytest.raises(ValueError, match="support s: review is 2025-12-31, before it starts on 2026-01-01"):
        replace(SUPPORT, review=dt.date(2025, 12, 31))


def test_data_is_destroyed_within_days_that_somebody_can_count():
    with pytest.raises(ValueError, match="destroy_within_days is 36501; it is a number of days, from 0 to 36500"):
        replace(AGREEMENT, destroy_within_days=MOST_DAYS + 1)


def test_a_field_that_is_asked_for_twice_is_named():
    twice = (FieldAsked("sex", "a"), FieldAsked("area", "b"), FieldAsked("sex", "c"))
    with pytest.raises(ValueError, match="fields: sex is asked for twice; ask for each field once"):
        Application(
            1, "a", "t", "u", "u", Purpose.RESEARCH, "why", Route.CONSENT, "d", Level.IDENTIFIABLE,
            DataProtection("6(1)(e)", "9(2)(j)"), twice,
        )  # fmt: skip


LATER = {
    "organisation": {"owners", "acts_for"},
    "support": {"study_references", "paid_by"},
    "requirement": {"cohort", "everyone", "controllers"},
    "consent": {"study_references"},
    "consultee": {"study_references"},
    "agreement": {"study_references", "paid_by"},
    "assessment": {"study_references"},
    "opinion": {"study_references", "paid_by"},
    "partnership": {"paid_by"},
}
"""Parts that records have had since studies, owners and payers are on record: no body of before holds them."""


@pytest.mark.parametrize("kind", LATER)
def test_what_was_recorded_before_a_part_was_there_is_read_as_saying_nothing_of_it(kind):
    parts = {each.name: each.default for each in fields(KINDS[kind])}
    assert LATER[kind] <= set(parts)
    assert [each for each in LATER[kind] if parts[each]] == []
    names = tuple(parts)
    assert set(names[-len(LATER[kind]) :]) == LATER[kind], "new parts come last"


def test_a_body_of_before_is_read_and_what_it_says_is_unchanged():
    before = {"id": "o", "name": "Northby", "bodies": ["university"], "business": [], "address": "", "age_key": "",
              "ods": "X", "country": "England"}  # fmt: skip
    read = from_plain(KINDS["organisation"], before, where="a body of the log")
    now = to_plain(read)
    assert {name: now[name] for name in before} == before
    assert {name for name in now if name not in before} == LATER["organisation"]
