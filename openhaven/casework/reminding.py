"""What falls due, who is reminded of it by mail, in which words, and how often: ids and days alone, never what a case,
an incident or a request is about."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from openhaven.casework.states import Action

NEAR = dt.timedelta(days=7)
"""So long before its day something is told of once more: our choice."""
AGAIN = dt.timedelta(days=7)
"""So often something is told of that is late: our choice."""


class Falls(StrEnum):
    """What falls due of an agreement."""

    TERM = "the term ends"
    OVER = "the term is over"
    EVIDENCE = "what it rests on runs out"
    SIGNATURES = "signatures are awaited"
    DESTRUCTION = "the destruction is to be certified"
    CERTIFICATE = "the certificate of destruction is to be recorded"


A, F = Action, Falls
REMINDED_TO: Mapping[Falls, frozenset[Action]] = MappingProxyType(
    {
        F.TERM: frozenset({A.EXTEND, A.AMEND}),
        F.OVER: frozenset({A.END}),
        F.EVIDENCE: frozenset({A.EXTEND, A.AMEND}),
        F.SIGNATURES: frozenset({A.SIGN, A.COUNTERSIGN}),
        F.DESTRUCTION: frozenset({A.DESTROY}),
        F.CERTIFICATE: frozenset({A.CERTIFY}),
    }
)
"""Whoever may do one of these is reminded."""
TOLD_ALREADY = frozenset({F.SIGNATURES})
"""A letter of the case itself has told of these: they are reminded of once they are near."""


def tell(last: dt.date | None, *, by: dt.date, on: dt.date, told_already: bool = False) -> bool:
    """Whether somebody is told today of what is due by a day, and was told last on another: when it comes up, once more
    when it is near, and each week while it is late."""
    if last is None:
        return not told_already or by - NEAR <= on
    if on > by:
        return on - last >= AGAIN or last <= by
    return last < by - NEAR <= on
