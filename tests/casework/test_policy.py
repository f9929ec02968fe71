"""Who may do what with a case: conflicts, signatures, and the whole matrix against a second statement of it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.casework.policy import Parties, Post, Someone, acting_role, may, refusal, relation, why_not
from openhaven.casework.roles import Role
from openhaven.casework.states import LAST, MOVES, Action, Relation, State, move_in

from .cedar_cases import allowed

PARTIES = Parties("ann", "UNIVERSITY", frozenset({"UNIVERSITY", "FUNDER"}), frozenset({"aldermoor"}), "UNIVERSITY")
REVIEW = (Action.CHECK, Action.ADVISE, Action.MINUTE, Action.RECOMMEND, Action.AUTHORISE, Action.APPROVE, Action.REFUSE)


def someone(*posts: Post, id: str = "sam", signed: frozenset[Role] = frozenset()) -> Someone:
    """A person with these posts."""
    return Someone(id, posts, signed)


def test_every_role_action_relation_and_state_is_decided_alike_by_cedar(record_property) -> None:
    cases = list(product(Role, Relation, Action, State, (False, True)))
    ours = [
        not refusal(role, tie, action, state, signed=[_another(role)] if signed else [])
        for role, tie, action, state, signed in cases
    ]
    theirs = allowed(
        [(role.value, tie.value, action.value, state.value, signed) for role, tie, action, state, signed in cases]
    )
    differ = [case for case, one, other in zip(cases, ours, theirs, strict=True) if one != other]
    assert differ == []
    assert 200 < sum(ours) < len(cases) / 10
    record_property("cases", f"who may do what with a case: {len(cases):,} tried, {sum(ours):,} allowed, Cedar agrees")


def _another(role: Role) -> Role:
    return Role.ADVISER if role is not Role.ADVISER else Role.GUARDIAN


@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.ADVISER, Role.RISK_OWNER])
@pytest.mark.parametrize("tie", [Post(Role.APPLICANT, "UNIVERSITY"), Post(Role.CONTROLLER, "FUNDER")])
def test_nobody_reviews_advises_on_or_decides_a_case_of_their_own_organisation(role: Role, tie: Post) -> None:
    person = someone(Post(role), tie)
    assert not [(action, state) for action, state in product(REVIEW, State) if may(person, PARTIES, action, state)]


def test_nobody_reviews_their_own_case_though_their_post_has_ended() -> None:
    person = someone(Post(Role.CASE_OFFICER), id="ann")
    assert why_not(person, PARTIES, Action.CHECK, State.SUBMITTED) == "it is your own case"


def test_a_guardian_speaks_only_for_an_organisation_whose_data_it_is() -> None:
    assert may(someone(Post(Role.GUARDIAN, "aldermoor")), PARTIES, Action.RECOMMEND, State.CHECKED)
    assert not may(someone(Post(Role.GUARDIAN, "elsewhere")), PARTIES, Action.RECOMMEND, State.CHECKED)
    assert not may(someone(Post(Role.GUARDIAN, "UNIVERSITY")), PARTIES, Action.RECOMMEND, State.CHECKED)


def test_nobody_signs_in_two_roles_and_may_change_what_they_signed_in_one() -> None:
    posts = (Post(Role.ADVISER), Post(Role.RISK_OWNER))
    after = someone(*posts, signed=frozenset({Role.ADVISER}))
    assert may(someone(*posts), PARTIES, Action.APPROVE, State.DISCUSSED)
    assert "nobody signs in two roles" in why_not(after, PARTIES, Action.APPROVE, State.DISCUSSED)
    assert may(after, PARTIES, Action.ADVISE, State.ADVISERS)


def test_a_no_says_why() -> None:
    officer = someone(Post(Role.CASE_OFFICER))
    assert why_not(officer, PARTIES, Action.CHECK, State.DISCUSSED) == "the case is discussed"
    assert why_not(officer, PARTIES, Action.APPROVE, State.DISCUSSED) == "you have no post that lets you do this"
    assert why_not(someone(), PARTIES, Action.READ, State.DRAFT) == "you have no post that lets you do this"


def test_one_post_that_may_is_enough_and_it_is_the_one_that_acts() -> None:
    person = someone(Post(Role.ADVISER), Post(Role.CASE_OFFICER))
    assert acting_role(person, PARTIES, Action.CHECK, State.SUBMITTED) is Role.CASE_OFFICER


def test_a_draft_is_the_applicants_alone() -> None:
    for role, tie, action in product(set(Role) - {Role.APPLICANT}, Relation, Action):
        assert refusal(role, tie, action, State.DRAFT)


def test_a_keeper_of_accounts_has_nothing_to_do_with_a_case() -> None:
    assert all(refusal(Role.KEEPER, *each) for each in product(Relation, Action, State))


@given(
    posts=st.lists(
        st.builds(Post, st.sampled_from(Role), st.sampled_from(["", "UNIVERSITY", "FUNDER", "aldermoor", "x"]))
    ),
    more=st.builds(Post, st.sampled_from(Role), st.sampled_from(["UNIVERSITY", "FUNDER"])),
    action=st.sampled_from(REVIEW),
    state=st.sampled_from(State),
)
def test_a_tie_to_who_applies_never_opens_a_review(posts: list[Post], more: Post, action: Action, state: State) -> None:
    if not may(someone(*posts), PARTIES, action, state):
        assert not may(someone(*posts, more), PARTIES, action, state)
    assert relation(someone(*posts, more), PARTIES) in (Relation.MEMBER, Relation.INTERESTED)


def test_every_state_is_reached_and_every_one_but_the_last_is_left() -> None:
    steps = {(start, each.to) for each in MOVES if each.to for start in each.starts}
    reached = {State.DRAFT}
    while more := {to for start, to in steps if start in reached} - reached:
        reached |= more
    assert reached == set(State)
    assert {state for state in State if not any(start is state for start, _ in steps)} == LAST


def test_one_line_of_the_table_says_what_an_action_does_in_a_state() -> None:
    for action, state in product(Action, State):
        ends = {each.to for each in MOVES if each.action is action and state in each.starts}
        assert len(ends) <= 1
        assert not ends or move_in(action, state) is not None
