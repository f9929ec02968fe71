"""Whom a case waits for: each state is thought of, and nobody is told to do what the table of moves does not allow."""

from __future__ import annotations

from openhaven.casework.awaited import AFTER, AWAITED, NEWS, TO_DO
from openhaven.casework.states import LAST, MOVES, Action, State, move_in

STANDING = {State.DRAFT, State.ELSEWHERE, State.SUSPENDED}


def test_every_state_waits_for_somebody_or_is_known_to_wait_for_nobody():
    assert set(AWAITED) == set(State)
    assert {state for state, actions in AWAITED.items() if not actions} == LAST | STANDING


def test_what_is_awaited_can_be_done_there_and_has_words():
    awaited = {(state, action) for state, actions in AWAITED.items() for action in actions}
    assert all(move_in(action, state) is not None for state, action in awaited)
    assert {action for _, action in awaited} == set(TO_DO)
    assert set(AFTER) <= awaited


def test_whatever_moves_a_case_on_is_awaited_somewhere():
    on = {move.action for move in MOVES if move.to not in (None, *LAST, State.ELSEWHERE, State.SUSPENDED, State.ENDED)}
    unasked = {Action.ASK, Action.MINUTE, Action.MINUTE_ROUTINE, Action.TAKE_UP, Action.LIFT}  # somebody's own choice
    assert on - set(TO_DO) == unasked


def test_who_applies_is_told_of_every_end_that_others_bring_about():
    assert LAST - {State.WITHDRAWN} <= NEWS
