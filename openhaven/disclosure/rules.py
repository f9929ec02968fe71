"""Small-number rules for published counts: dated, cited, and each the policy of an installation.

A rule says how one true count is printed, and what somebody who reads the print, and knows the rule, can tell.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from openhaven.model.errors import BadInput

HIDDEN = "*"
LARGEST = 100_000_000  # SDC-CODON: larger counts are refused
FEWEST_VALUES = 3  # what an attacker must be left with for a small count; dated value of this installation, 2018-09-13
POLICY = "policy of this installation"
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """Counts from 1 to `small` print as `*`; others to the nearest `base` (1: exactly); 0 prints as 0.

    `since` and `until` are the first and last day of the rule, None where not known or open. `national_exempt`:
    national totals print exactly. `fewest_values`: a small count is exposed when fewer whole numbers are possible.
    `midpoint`: nothing prints as `*`; a count prints as the middle of its band of `base`. `derived_totals`: totals are
    the sums of what is printed. `zeros`: 0 is small too. `all_in_one`: a cell that is all of a total is hidden,
    however large (full-cell attribute disclosure). `insider`: who is counted in a cell, and knows it, must not tell
    the others more closely than an outsider; `small` is then one more, since they count without themselves.
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
    midpoint: bool = False
    derived_totals: bool = False
    zeros: bool = False
    all_in_one: bool = False
    insider: bool = False

    def __post_init__(self) -> None:
        if self.small < self.fewest_values:
            raise BadInput(
                f"{self.name} hides only 1 to {self.small}, which leaves fewer than {self.fewest_values} possibilities",
                todo=f"Use a threshold of at least {self.fewest_values + 1}.",
            )
        if self.base < 1:
            raise BadInput(f"counts cannot be rounded to the nearest {self.base}", where=self.name)

    def is_small(self, count: int) -> bool:
        """Whether the count itself must be hidden, or with `midpoint` must not be told more closely than its band."""
        return self.least_small <= count <= self.small

    @property
    def least_small(self) -> int:
        """The least count that is small."""
        return 0 if self.zeros else 1

    def never_prints(self, count: int) -> bool:
        """Whether no cell prints this number under the rule."""
        return 0 < count < self.base - self.base // 2 if self.midpoint else self.is_small(count)

    def small_among(self, counts: Ints) -> Bools:
        """The same of each of many counts."""
        found: Bools = (counts >= self.least_small) & (counts <= self.small)
        return found

    def show(self, count: int, *, exact: bool = False) -> str:
        """The count as printed, before any further cell is hidden. `exact`: a national total under an exemption."""
        checked_count(count)
        if exact and self.national_exempt:
            return str(count)
        if self.midpoint:
            return str(-(-count // self.base) * self.base - self.base // 2 if count else 0)
        return HIDDEN if self.is_small(count) else str((2 * count + self.base) // (2 * self.base) * self.base)

    def possible(self, shown: str) -> tuple[int, int]:
        """Lowest and highest count that prints so. For a small count that is hidden: up to `small`."""
        if shown == HIDDEN:
            return self.least_small, self.small
        value = int(shown)
        if value == 0:
            return 0, 0
        if self.midpoint:
            last = value + self.base // 2
            return last - self.base + 1, last
        return max(value - self.base // 2, self.small + 1), value + (self.base - 1) // 2


def checked_count(count: int, *, where: str = "") -> int:
    """The count, or BadInput: counts are whole, not negative, and at most 100,000,000 (SDC-CODON)."""
    if isinstance(count, bool) or not isinstance(count, int):
        raise BadInput(f"a count must be a whole number, not {count!r}", where=where)
    if not 0 <= count <= LARGEST:
        raise BadInput(f"a count must lie between 0 and {LARGEST:,}, not {count:,}", where=where)
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
OPENSAFELY = Rule(
    name="OPENSAFELY",
    citation="OpenSAFELY, permitted results: redact 7 or less, then round to 5; totals from rounded cells "
    "(SDC-OPENSAFELY)",
    small=7,
    base=5,
    derived_totals=True,
)
MIDPOINT_6 = Rule(
    name="OPENSAFELY-midpoint6",
    citation="OpenSAFELY, midpoint 6 rounding: 1 to 6 print as 3, 7 to 12 as 9 (SDC-MIDPOINT6)",
    small=6,
    base=6,
    midpoint=True,
    derived_totals=True,
)
NAMED = {rule.name: rule for rule in (HES_2018, HES_2013, OPENSAFELY, MIDPOINT_6)}
WIDER = {
    "zeros": "zeros are hidden too",
    "all-in-one": "a cell that is all of a total is hidden, however large",
    "insider": "the threshold is of others: who is counted in a cell counts without themselves",
}


def threshold(n: int) -> Rule:
    """Counts below n are hidden, others print exactly."""
    return Rule(name=f"threshold-{n}", citation="A threshold chosen by the operator", small=n - 1)


@lru_cache(maxsize=256)
def rule_named(name: str) -> Rule:
    """A rule of `NAMED` or `threshold-n`, and what of `WIDER` is added: `threshold-10+zeros`. Else refused."""
    if re.match(r"(rounded|cell-key)-", name):
        raise BadInput(
            f"the rule {name!r} moves counts, and a rule that hides is needed here", todo="For example HES-2018."
        )
    first, *added = name.split("+")
    match = re.fullmatch(r"threshold-([1-9]\d{0,5})", first)
    if (first not in NAMED and not match) or not set(added) <= set(WIDER):
        raise BadInput(
            f"there is no rule {name!r}",
            todo=f"Choose one of {', '.join(NAMED)}, or threshold-n such as threshold-10; add "
            f"{' or '.join(f'+{each}' for each in WIDER)}.",
        )
    rule = threshold(int(match[1])) if match else NAMED[first]
    if "zeros" in added and rule.midpoint:
        raise BadInput(f"{first} shows no count as it is: there is no zero to hide", where=name)
    if not added:
        return rule
    insider = "insider" in added
    more = 1 if insider and not rule.midpoint else 0  # a band of midpoints tells nothing of one in it
    rule = replace(rule, name=name, small=rule.small + more, insider=insider)
    return replace(rule, zeros="zeros" in added, all_in_one="all-in-one" in added)
