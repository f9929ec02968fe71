"""Incidents: who deals with one, what has to be done before it is closed, and the hours that the regulator gives."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest

from openhaven.casework.incidents import LINES, Deed, Need, Stage, Tie, clock, lacks, line_for
from openhaven.casework.roles import Role

from .cedar_incidents import allowed

KNOWN = dt.datetime(2026, 11, 20, 16, 30, tzinfo=dt.UTC)


def test_every_role_tie_deed_and_stage_is_decided_alike_by_cedar(record_property) -> None:
    cases = list(product(Role, Tie, Deed, Stage))
    ours = [line_for(*case) is not None for case in cases]
    theirs = allowed([(role.value, tie.value, deed.value, stage.value) for role, tie, deed, stage in cases])
    assert [case for case, one, other in zip(cases, ours, theirs, strict=True) if one != other] == []
    assert 50 < sum(ours) < len(cases) / 3
    record_property("cases", f"who may do what with an incident: {len(cases):,} tried, {sum(ours)} allowed")


def test_nobody_of_the_organisation_that_it_is_about_deals_with_it() -> None:
    for role, deed, stage in product(Role, set(Deed) - {Deed.READ, Deed.ADD}, Stage):
        assert line_for(role, Tie.CONCERNED, deed, stage) is None


def test_nothing_is_done_with_what_is_closed() -> None:
    assert {each.deed for each in LINES if Stage.CLOSED in each.stages} == {Deed.READ}


def test_it_is_closed_only_when_everything_is_settled() -> None:
    every = {Deed.NOT_TELL, Deed.TELL_PEOPLE, Deed.TELL_CONTROLLERS, Deed.LEARN}
    assert lacks(frozenset(every), Stage.CONTAINED) == ()
    assert lacks(frozenset(every), Stage.REPORTED) == (Need.CONTAINED,)
    assert lacks(frozenset(every - {Deed.NOT_TELL} | {Deed.TELL_REGULATOR}), Stage.CONTAINED) == ()
    for each in every:
        assert len(lacks(frozenset(every - {each}), Stage.CONTAINED)) == 1


@pytest.mark.parametrize(
    ("hours", "left", "late"), [(0, 72, False), (71.5, 0, False), (72, 0, False), (72.01, 0, True), (24, 48, False)]
)
def test_the_regulator_gives_72_hours_from_when_it_became_known_weekends_too(hours, left, late) -> None:
    now = KNOWN + dt.timedelta(hours=hours)
    found = clock(KNOWN)
    assert found.until == dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
    assert (found.hours_left(now), found.late(now)) == (left, late)
