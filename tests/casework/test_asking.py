"""Who may ask what, for whom, and who answers: the whole table against a second statement of it, and its sense."""

from __future__ import annotations

from itertools import product

import pytest

from openhaven.casework.asking import (
    DEAD,
    PROXIES,
    STAFF,
    TABLE,
    Deed,
    Stage,
    Tie,
    Who,
    may,
    regime_of,
    stage_after,
    why_not,
)
from openhaven.casework.exemptions import Regime

from .cedar_asking import allowed


def test_everybody_every_tie_every_deed_and_every_stage_is_decided_alike_by_cedar(record_property) -> None:
    cases = list(product(Who, Tie, Deed, Stage))
    theirs = allowed([(who.value, tie.value, deed.value, stage.value) for who, tie, deed, stage in cases])
    differ = [case for case, other in zip(cases, theirs, strict=True) if may(*case) != other]
    assert differ == []
    assert 60 < sum(theirs) < len(cases) / 20
    record_property("cases", f"who may ask what: {len(cases):,} tried, {sum(theirs):,} allowed, Cedar agrees")


@pytest.mark.parametrize("who", sorted(PROXIES))
def test_who_acts_for_another_may_no_more_than_they_could_and_nothing_once_it_lapsed(who: Who) -> None:
    for deed, stage in product(Deed, Stage):
        if may(who, Tie.ACTS, deed, stage):
            assert may(Who.PERSON, Tie.OWN, deed, stage)
        assert not may(who, Tie.LAPSED, deed, stage) and not may(who, Tie.APART, deed, stage)


@pytest.mark.parametrize("who", sorted(DEAD))
def test_for_the_dead_nobody_objects_or_consents(who: Who) -> None:
    for deed in (Deed.OBJECT, Deed.SAY_YES, Deed.TAKE_BACK, Deed.SEE_YES):
        assert not any(may(who, tie, deed, stage) for tie, stage in product(Tie, Stage))
    assert regime_of(who) is Regime.DEAD


def test_a_claimant_gets_what_bears_on_the_claim_from_staff_alone() -> None:
    assert may(Who.CLAIMANT, Tie.ACTS, Deed.ASK_COPY, Stage.NONE)
    assert not any(may(Who.CLAIMANT, tie, Deed.COLLECT, stage) for tie, stage in product(Tie, Stage))


def test_staff_see_no_uses_and_collect_nothing_in_a_persons_place() -> None:
    own = (Deed.SEE_USES, Deed.PROVE, Deed.COLLECT, Deed.SEE_YES, Deed.OBJECT, Deed.ASK_COPY)
    for who, tie, deed, stage in product((*STAFF, Who.OTHER_STAFF), Tie, own, Stage):
        assert not may(who, tie, deed, stage)


def test_no_copy_is_made_before_who_asks_is_proven_and_none_given_before_it_is_made() -> None:
    assert why_not(Who.OFFICER, Tie.APART, Deed.MAKE, Stage.UNPROVEN) == "it stands so: who asks is to be proven"
    assert not may(Who.PERSON, Tie.OWN, Deed.COLLECT, Stage.RUNNING)
    assert not may(Who.OFFICER, Tie.APART, Deed.SEND, Stage.RUNNING)


def test_one_who_makes_a_copy_does_not_say_what_is_left_out_of_it() -> None:
    of = {deed: {who for each in TABLE if each.deed is deed for who in each.who} for deed in Deed}
    assert not of[Deed.MAKE] & of[Deed.LEAVE_OUT]


def test_every_stage_is_reached_and_left_but_the_last() -> None:
    steps = {(start, each.to) for each in TABLE if each.to for start in each.stages}
    steps |= {(Stage.NONE, Stage.UNPROVEN), (Stage.NONE, Stage.RUNNING)}  # as it comes in
    steps |= {(Stage.MAKING, Stage.READY), (Stage.MAKING, Stage.RUNNING)}  # done by a worker
    reached = {Stage.NONE}
    while more := {to for start, to in steps if start in reached} - reached:
        reached |= more
    assert reached == set(Stage)
    assert {each for each in Stage if not any(start is each for start, _ in steps)} == {Stage.ANSWERED}


def test_a_deed_leads_to_one_stage() -> None:
    assert stage_after(Deed.SHOW_WHO, Stage.UNPROVEN) is Stage.RUNNING
    assert stage_after(Deed.EXTEND, Stage.STOPPED) is Stage.STOPPED
    for deed, stage in product(Deed, Stage):
        assert len({each.to for each in TABLE if each.deed is deed and stage in each.stages}) <= 1
