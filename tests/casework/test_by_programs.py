"""What a program may do with its person's token: all that the person may; what they sign, certify or decide themselves
only with a code that shows that they are there; and what holds all of a patient never. The whole matrix, against
Cedar."""

from __future__ import annotations

from itertools import product

import pytest

from openhaven.casework import asking, incidents
from openhaven.casework.incidents import IN_PERSON, Deed, Stage, Tie, line_for
from openhaven.casework.policy import refusal
from openhaven.casework.roles import Role
from openhaven.casework.states import MOVES, Action, Relation, State, is_in_person

from . import cedar_asking, cedar_cases, cedar_incidents

WITH_OR_WITHOUT = pytest.mark.parametrize("code_shown", [False, True])


@WITH_OR_WITHOUT
def test_every_role_action_relation_and_state_is_decided_alike_by_cedar_for_programs(code_shown: bool) -> None:
    cases = list(product(Role, Relation, Action, State))
    ours = [not refusal(*case) and (code_shown or not is_in_person(case[2], case[3])) for case in cases]
    tried = [(role.value, tie.value, action.value, state.value, False) for role, tie, action, state in cases]
    theirs = cedar_cases.allowed(tried, by_program=True, code_shown=code_shown)
    assert [case for case, one, other in zip(cases, ours, theirs, strict=True) if one != other] == []
    by_hand = sum(not refusal(*case) for case in cases)
    assert 150 < sum(ours) <= by_hand
    assert (sum(ours) == by_hand) == code_shown, "programs may less than people, until these show that they are there"


@WITH_OR_WITHOUT
def test_every_role_tie_deed_and_stage_of_an_incident_is_decided_alike_by_cedar_for_programs(code_shown: bool) -> None:
    cases = list(product(Role, Tie, Deed, Stage))
    ours = [line_for(*case) is not None and (code_shown or case[2] not in IN_PERSON) for case in cases]
    theirs = cedar_incidents.allowed([tuple(map(str, case)) for case in cases], by_program=True, code_shown=code_shown)
    assert [case for case, one, other in zip(cases, ours, theirs, strict=True) if one != other] == []
    assert sum(ours) > 20


@WITH_OR_WITHOUT
def test_what_staff_do_with_a_request_is_decided_alike_by_cedar_for_programs(code_shown: bool) -> None:
    cases = list(product(asking.Who, asking.Tie, asking.Deed, asking.Stage))
    ours = [
        asking.may(who, tie, deed, stage)
        and who in asking.STAFF
        and deed not in asking.ON_PAGES
        and (code_shown or deed not in asking.IN_PERSON)
        for who, tie, deed, stage in cases
    ]
    theirs = cedar_asking.allowed([tuple(map(str, case)) for case in cases], by_program=True, code_shown=code_shown)
    assert [case for case, one, other in zip(cases, ours, theirs, strict=True) if one != other] == []
    assert any(ours) and not any(one for case, one in zip(cases, ours, strict=True) if case[2] is asking.Deed.SEND)


def test_whatever_is_signed_is_for_a_person() -> None:
    assert all(is_in_person(each.action, state) for each in MOVES if each.signs for state in each.starts)


def test_what_only_the_risk_owner_does_about_an_incident_is_for_a_person() -> None:
    alone = {each.deed for each in incidents.LINES if each.roles == (Role.RISK_OWNER,)}
    assert alone < IN_PERSON


def test_what_only_a_guardian_does_with_a_request_is_for_a_person() -> None:
    alone = {each.deed for each in asking.TABLE if each.who == {asking.Who.GUARDIAN}}
    assert alone and alone < asking.IN_PERSON
