"""Whom a case waits for in each state, and what is news to those who apply: the tables behind every letter."""

from collections.abc import Mapping
from types import MappingProxyType

from openhaven.casework.states import Action, State

S, A = State, Action
TO_DO: Mapping[Action, str] = MappingProxyType(
    {
        A.CHECK: "check it",
        A.SUBMIT: "answer, and submit it again",
        A.TO_ADVISERS: "send it to the advisers",
        A.ADVISE: "give your opinion",
        A.RECOMMEND: "recommend, as Caldicott Guardian",
        A.AUTHORISE: "answer for the controller",
        A.SETTLE: "answer what the law leaves to two people",
        A.APPROVE: "decide",
        A.DRAW_UP: "draw up the agreement",
        A.SIGN: "sign for the recipient",
        A.COUNTERSIGN: "sign for the haven",
        A.DESTROY: "certify the destruction",
        A.CERTIFY: "record the destruction",
    }
)
"""What somebody can be waited for to do; who may do it, the policy says."""

NOBODY: frozenset[Action] = frozenset()
AWAITED: Mapping[State, frozenset[Action]] = MappingProxyType({
    S.DRAFT: NOBODY,
    S.SUBMITTED: frozenset({A.CHECK}),
    S.QUESTIONS: frozenset({A.SUBMIT}),
    S.CHECKED: frozenset({A.TO_ADVISERS, A.RECOMMEND, A.AUTHORISE, A.SETTLE}),
    S.ADVISERS: frozenset({A.ADVISE, A.RECOMMEND, A.AUTHORISE, A.SETTLE}),
    S.DISCUSSED: frozenset({A.APPROVE, A.RECOMMEND, A.AUTHORISE, A.SETTLE}),
    S.REFUSED: NOBODY,
    S.ELSEWHERE: NOBODY,
    S.APPROVED: frozenset({A.DRAW_UP, A.SETTLE}),
    S.AGREEMENT: frozenset({A.SIGN, A.COUNTERSIGN, A.SETTLE}),
    S.IN_FORCE: frozenset({A.SIGN, A.COUNTERSIGN, A.SETTLE}),
    S.SUSPENDED: NOBODY,
    S.ENDED: frozenset({A.DESTROY, A.CERTIFY}),
    S.DESTROYED: NOBODY,
    S.REPLACED: NOBODY,
    S.WITHDRAWN: NOBODY,
})  # fmt: skip

ONCE = frozenset({A.ADVISE, A.RECOMMEND, A.AUTHORISE})
"""Who has done this in a case is not waited for again."""
AFTER: Mapping[tuple[State, Action], Action] = MappingProxyType(
    {
        (S.AGREEMENT, A.COUNTERSIGN): A.SIGN,
        (S.IN_FORCE, A.SIGN): A.EXTEND,
        (S.IN_FORCE, A.COUNTERSIGN): A.SIGN,
        (S.IN_FORCE, A.SETTLE): A.EXTEND,
        (S.ENDED, A.CERTIFY): A.DESTROY,
    }
)
"""What is waited for only once something else was done."""
AGAIN: Mapping[Action, Action] = MappingProxyType({A.CHASE: A.DESTROY, A.DRAW_UP: A.SETTLE})
"""What is asked for once more by something that was done."""

NEW_WORDS = frozenset({A.SUBMIT, A.DRAW_UP, A.EXTEND})
"""By this a case may hold words that the law leaves to two people, whoever answered to others before."""

WRITTEN = frozenset({A.TALK, A.ASK})
"""By this somebody wrote to the other side."""
NEWS = frozenset({S.APPROVED, S.REFUSED, S.ELSEWHERE, S.IN_FORCE, S.SUSPENDED, S.ENDED, S.DESTROYED, S.REPLACED})
"""States of which those who apply are told."""
