"""What a program may do with its person's token: all that the person may but what they sign, certify, decide or say in
public themselves. The whole matrix, against Cedar."""

from __future__ import annotations

from itertools import product

from openhaven.casework import incidents
from openhaven.casework.incidents import IN_PERSON, Deed, Stage, Tie, line_for
from openhaven.casework.policy import refusal
from openhaven.casework.roles import Role
from openhaven.casework.states import MOVES, Action, Relation, State, is_in_person

from . import cedar_cases, cedar_incidents


def test_every_role_action_relation_and_state_is_decided_alike_by_cedar_for_programs() -> None:
    cases = list(product(Role, Relation, Action, State))
    ours = [not refusal(*case) and not is_in_person(case[2], case[3]) for case in cases]
    tried = [(role.value, tie.value, action.value, state.value, False) for role, tie, action, state in cases]
    theirs = cedar_cases.allowed(tried, by_program=True)
    assert [case for case, one, other in zip(cases, ours, theirs, strict=True) if one != other] == []
    by_hand = sum(not refusal(*case) for case in cases)
    assert 150 < sum(ours) < by_hand, "programs may less than people"


def test_every_role_tie_deed_and_stage_of_an_incident_is_decided_alike_by_cedar_for_programs() -> None:
    cases = list(product(Role, Tie, Deed, Stage))
    ours = [line_for(*case) is not None and case[2] not in IN_PERSON for case in cases]
    theirs = cedar_incidents.allowed([tuple(map(str, case)) for case in cases], by_program=True)
    assert [case for case, one, other in zip(cases, ours, theirs, strict=True) if one != other] == []
    assert sum(ours) > 20


def test_whatever_is_signed_is_for_a_person() -> None:
    assert all(is_in_person(each.action, state) for each in MOVES if each.signs for state in each.starts)


def test_what_only_the_risk_owner_does_about_an_incident_is_for_a_person() -> None:
    alone = {each.deed for each in incidents.LINES if each.roles == (Role.RISK_OWNER,)}
    assert alone < IN_PERSON
