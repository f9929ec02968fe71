"""The recoding that was agreed with an earlier delivery: a refresh uses it again as it stands, or stops."""

from __future__ import annotations

from openhaven.model.errors import Unmet

from .combinations import Counts, Recoding
from .counting import Quasi
from .ladder import Ladder
from .leave import Leaving


def check_same_fields(quasi: Quasi, agreed: Recoding) -> None:
    """Deliveries under one agreement share pseudonyms: other characteristics beside the former ones would be joined.
    Raises Unmet."""
    now, before = {each.field.name for each in quasi.columns}, set(agreed)
    if now != before:
        raise Unmet(
            f"the delivery before had {', '.join(sorted(before)) or 'no characteristics'}, and this one has "
            f"{', '.join(sorted(now)) or 'none'}: joined by their pseudonyms they would part people further",
            todo="Ask for the same fields, or make a new agreement with pseudonyms of its own.",
        )


def agreed_levels(counts: Counts, agreed: Recoding) -> list[int]:
    """The level of each characteristic as it was agreed. Raises Unmet where that is finer than is decided now."""
    return [
        _agreed_level(each, ladder, agreed) for each, ladder in zip(counts.quasi.columns, counts.ladders, strict=True)
    ]


def _agreed_level(each: Leaving, ladder: Ladder, agreed: Recoding) -> int:
    step = agreed.get(each.field.name, each.precision)
    if step not in ladder.steps:
        raise Unmet(
            f"{each.field.name} left at {step} before, which is finer than what is decided now ({each.precision})",
            todo="Make a new agreement: a refresh keeps the recoding of the delivery before.",
        )
    return ladder.steps.index(step)
