"""Rules for small numbers by name, and which of two keeps back no less; `disclosure` knows how one prints a count."""

import re
from dataclasses import dataclass
from functools import lru_cache

from openhaven.model.errors import BadInput

from .words import WORDS

_THRESHOLD = re.compile(r"threshold-([1-9]\d{0,5})")
_MOVED = re.compile(r"(rounded|cell-key)-([1-9]\d{0,1})")
_NAMED = {each.name: each for each in WORDS.table_rules}


@dataclass(frozen=True, slots=True)
class Strength:
    """What a rule keeps back: the largest count that is hidden, what others are rounded to, and what is added. `moves`:
    in which way it moves every count, instead of hiding some."""

    small: int
    base: int
    added: frozenset[str]
    derived_totals: bool
    national_exempt: bool
    moves: str = ""

    def no_less_than(self, other: "Strength") -> bool:
        """Whether it keeps back all that the other does. Of two of which each keeps back something that the other
        shows, neither does."""
        return (
            self.moves == other.moves
            and self.small >= other.small
            and self.base >= other.base
            and self.added >= other.added
            and self.derived_totals >= other.derived_totals
            and self.national_exempt <= other.national_exempt
        )


def strength(name: str, *, where: str) -> Strength:
    """What the rule of that name keeps back. Raises BadInput naming the rules that there are."""
    found = _strength(name)
    if isinstance(found, str):
        raise BadInput(found, where=where, todo=accepted())
    return found


@lru_cache(maxsize=256)
def _strength(name: str) -> Strength | str:
    """The same, or what is wrong with the name."""
    if moved := _MOVED.fullmatch(name):
        return _moved(name, moved[1], int(moved[2]))
    first, *added = name.split("+")
    known, threshold = _NAMED.get(first), _THRESHOLD.fullmatch(first)
    if not set(added) <= set(WORDS.table_rules_wider) or (known is None and threshold is None):
        return f"there is no rule for small numbers called {name!r}"
    if known is not None:
        return Strength(known.small, known.base, frozenset(added), known.derived_totals, known.national_exempt)
    assert threshold is not None
    if int(threshold[1]) < WORDS.least_threshold:
        return f"{name!r} hides too little to protect anybody"
    return Strength(int(threshold[1]) - 1, 1, frozenset(added), derived_totals=False, national_exempt=False)


def _moved(name: str, moves: str, far: int) -> Strength | str:
    """Nothing of it is hidden: a count is told up to how far it may have moved."""
    if far < (WORDS.least_threshold - 1 if moves == "rounded" else 1):
        return f"{name!r} moves counts too little to protect anybody"
    return Strength(far, far, frozenset(), derived_totals=False, national_exempt=False, moves=moves)


def stated_in(name: str) -> str:
    """The provision that states the rule of that name; empty where it is nobody's but who agreed it."""
    known = _NAMED.get(name.split("+")[0])
    return "" if known is None else known.provision


def accepted() -> str:
    """The names that are accepted, as a sentence."""
    wider = " or ".join(f"+{each}" for each in WORDS.table_rules_wider)
    return (
        f"Accepted are {', '.join(_NAMED)}, and threshold-n where n is {WORDS.least_threshold} or more; each may be "
        f"followed by {wider}. rounded-n and cell-key-n move every count, by up to n, and hide none."
    )
