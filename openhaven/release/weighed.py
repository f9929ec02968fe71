"""The recodings that were met beside the one chosen: for the controllers, who may ask why this one and not another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openhaven.disclosure.recoding import Alternative

from .counting import Quasi
from .ladder import Ladder

AGREED = "the recoding of the delivery before was used again, as agreed, so no other was looked at"
CLASS_BY_CLASS = (
    "each class has levels of its own: the search compares moves, not whole recodings, so none is next best"
)
NO_MORE = "recodings that would need more rows suppressed than allowed were not counted to the end"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Sentences: the recodings next in loss, what another share of suppressed rows would come to, and what cannot be
    told of it."""

    next_best: tuple[str, ...] = ()
    trade: tuple[str, ...] = ()
    says: str = ""

    def as_figures(self) -> dict[str, Any]:
        """Figures for the controllers; without whole numbers, which other faces would take for counts."""
        told = {
            "next best": list(self.next_best),
            "another share suppressed": list(self.trade),
            "of other recodings": self.says,
        }
        return {name: value for name, value in told.items() if value}


NOT_WEIGHED = Weighed()


def weigh(
    quasi: Quasi, ladders: Sequence[Ladder], best: Sequence[Alternative], traded: Sequence[Alternative], *, rows: int,
    says: str = "",
) -> Weighed:  # fmt: skip
    """Each recoding in words: how each characteristic would leave, what would be lost and suppressed."""

    def told(each: Alternative) -> str:
        columns = zip(quasi.columns, ladders, each.levels, strict=True)
        leaves = " + ".join(f"{column.name} {ladder.steps[level]}" for column, ladder, level in columns)
        return f"{leaves}: loss {each.loss:.3f} with {each.suppressed_rows / rows:.2%} of rows suppressed"

    return Weighed(tuple(map(told, best)), tuple(map(told, traded)), says)
