"""Amounts that give a contributor away: how far above its value a cell must stay possible, for three rules.

p%: who contributes second most must not come within p% of the greatest contribution. (n, k): the n greatest may not
make up more than k% of the cell. Few: fewer contributors than a number (Hundepool et al., Statistical Disclosure
Control, 2012, chapter 4).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from openhaven.model.errors import BadInput

FEW_MARGIN = 10.0  # percent of the greatest amount, where few contribute and the rule names no p


@dataclass(frozen=True)
class AmountRule:
    """`p` in percent, or `n` and `k` (percent), or none; and the fewest contributors that a cell may have."""

    name: str
    p: float | None = None
    n: int | None = None
    k: float | None = None
    fewest: int = 3

    def __post_init__(self) -> None:
        if self.p is not None and not 0 < self.p <= 100:
            raise BadInput(f"p lies above 0 and up to 100, not {self.p:g}")
        if (self.n is None) != (self.k is None) or (
            self.n is not None and not (self.n > 0 and 0 < (self.k or 0) < 100)
        ):
            raise BadInput("dominance takes a number n of contributors and a share k between 0 and 100")
        if self.fewest < 2:
            raise BadInput("a cell of one contributor gives it away: ask for two at least")

    @property
    def near(self) -> float:
        """Of nobody may be told that they have less than so many times what they have: p% above it, else a tenth."""
        return 1 + (self.p or FEW_MARGIN) / 100

    def margin(self, amounts: Sequence[float], *, least: float = 0.0) -> float:
        """How far above its sum the cell must stay possible; 0 where it may be shown. Amounts are not negative.

        `least`: what few who all have nothing must be able to have: the least amount that anybody has."""
        ordered = sorted(amounts, reverse=True)
        if ordered and ordered[-1] < 0:
            raise BadInput("amounts cannot be negative")
        total = sum(ordered)
        wanted = 0.0
        if self.p is not None and ordered:
            wanted = self.p / 100 * ordered[0] - (total - sum(ordered[:2]))
        if self.n is not None and self.k is not None:
            wanted = max(wanted, 100 / self.k * sum(ordered[: self.n]) - total)
        if 0 < len(ordered) < self.fewest:
            wanted = max(wanted, ordered[0] * (self.near - 1) or least)
        return max(wanted, 0.0)


def amount_rule_named(name: str) -> AmountRule:
    """`p-10` (percent) or `dominance-2-85` (n and k); anything else is refused."""
    if match := re.fullmatch(r"p-(\d{1,3})", name):
        return AmountRule(name, p=float(match[1]))
    if match := re.fullmatch(r"dominance-(\d{1,2})-(\d{1,2})", name):
        return AmountRule(name, n=int(match[1]), k=float(match[2]))
    raise BadInput(f"there is no rule {name!r} for amounts", todo="Choose p-10, dominance-2-85 or the like.")
