"""Small-number rules for published counts: dated, cited, and each the policy of an installation.

A rule says how one true count is printed, and what somebody who reads the print, and knows the rule, can tell.
"""

import re
from dataclasses import dataclass
from datetime import date

from openhaven.model.errors import BadInput

HIDDEN = "*"
LARGEST = 100_000_000  # SDC-CODON: larger counts are refused
FEWEST_VALUES = 3  # what an attacker must be left with for a small count; dated value of this installation, 2018-09-13
POLICY = "policy of this installation"


@dataclass(frozen=True)
class Rule:
    """Counts from 1 to `small` print as `*`; others to the nearest `base` (1: exactly); 0 prints as 0.

    `since` and `until` are the first and last day of the rule, None where not known or open. `national_exempt`:
    national totals print exactly. `fewest_values`: a small count is exposed when fewer whole numbers are possible.
    """

    name: str
    citation: str
    small: int
    base: int = 1
    since: date | None = None
    until: date | None = None
    national_exempt: bool = False
    fewest_values: int = FEWEST_VALUES
    status: str = POLICY

    def __post_init__(self) -> None:
        if self.small < self.fewest_values:
            raise BadInput(
                f"{self.name} hides only 1 to {self.small}, which leaves fewer than {self.fewest_values} possibilities",
                todo=f"Use a threshold of at least {self.fewest_values + 1}.",
            )
        if self.base < 1:
            raise BadInput(f"counts cannot be rounded to the nearest {self.base}", where=self.name)

    def is_small(self, count: int) -> bool:
        """Whether the count itself must be hidden."""
        return 1 <= count <= self.small

    def show(self, count: int, *, exact: bool = False) -> str:
        """The count as printed, before any further cell is hidden. `exact`: a national total under an exemption."""
        checked_count(count)
        if exact and self.national_exempt:
            return str(count)
        return HIDDEN if self.is_small(count) else str((2 * count + self.base) // (2 * self.base) * self.base)

    def possible(self, shown: str) -> tuple[int, int]:
        """Lowest and highest count that prints so. For a small count that is hidden: 1 to `small`."""
        if shown == HIDDEN:
            return 1, self.small
        value = int(shown)
        if value == 0:
            return 0, 0
        return max(value - self.base // 2, self.small + 1), value + (self.base - 1) // 2


def checked_count(count: int) -> int:
    """The count, or BadInput: counts are whole, not negative, and at most 100,000,000 (SDC-CODON)."""
    if isinstance(count, bool) or not isinstance(count, int):
        raise BadInput(f"a count must be a whole number, not {count!r}")
    if not 0 <= count <= LARGEST:
        raise BadInput(f"a count must lie between 0 and {LARGEST:,}, not {count:,}")
    return count


HES_2018 = Rule(
    name="HES-2018",
    citation="NHS Digital, disclosure control for Hospital Episode Statistics (SDC-HES-2018)",
    small=7,
    base=5,
    since=date(2018, 9, 13),
    national_exempt=True,
)
HES_2013 = Rule(
    name="HES-2013",
    citation="Hospital Episode Statistics before September 2018 (SDC-HES-old); first day to be confirmed",
    small=5,
    until=date(2018, 9, 12),
)
NAMED = {rule.name: rule for rule in (HES_2018, HES_2013)}


def threshold(n: int) -> Rule:
    """Counts below n are hidden, others print exactly."""
    return Rule(name=f"threshold-{n}", citation="A threshold chosen by the operator", small=n - 1)


def rule_named(name: str) -> Rule:
    """`HES-2018`, `HES-2013` or `threshold-n`; anything else is refused."""
    if name in NAMED:
        return NAMED[name]
    if match := re.fullmatch(r"threshold-([1-9]\d{0,5})", name):
        return threshold(int(match[1]))
    raise BadInput(
        f"there is no rule {name!r}", todo=f"Choose one of {', '.join(NAMED)}, or threshold-n such as threshold-10."
    )
