"""What an agreement or an installation demands of rows that leave, beyond k people in each class.

Each demand says what is counted: values of a confidential field, combinations of a few characteristics, or the known
events of a person."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import TypeVar

from .words import Precision

T = TypeVar("T")


class Spread(StrEnum):
    """How l-diversity counts (Machanavajjhala and others 2007)."""

    DISTINCT = "distinct"
    ENTROPY = "entropy"
    RECURSIVE = "recursive"


class Distance(StrEnum):
    """How far two values are apart, for t-closeness (Li, Li and Venkatasubramanian 2007)."""

    EQUAL = "equal"
    ORDERED = "ordered"
    HIERARCHICAL = "hierarchical"


class Recoding(StrEnum):
    """One level for each column, the same in every row; or levels that differ from row to row, told beside them."""

    GLOBAL = "global"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Diversity:
    """l-diversity of a confidential field; of each one that leaves, where `field` is empty.

    `c` goes with the recursive kind alone. `at` counts the values of a field no finer than that: diagnoses by their
    chapter, for instance."""

    l: float  # noqa: E741 (the model's own name)
    spread: Spread = Spread.DISTINCT
    c: float | None = None
    field: str = ""
    at: Precision = Precision.AS_HELD

    def __post_init__(self) -> None:
        if not 1 <= self.l < inf:
            raise ValueError(f"l must be at least 1, not {self.l:g}")
        if self.spread is not Spread.ENTROPY and self.l != int(self.l):
            raise ValueError(f"l of {self.spread} diversity is a whole number, not {self.l:g}")
        if (self.c is not None) != (self.spread is Spread.RECURSIVE):
            raise ValueError("recursive diversity, and no other, needs c")
        if self.c is not None and not 0 < self.c < inf:
            raise ValueError(f"c of recursive diversity must be more than 0, not {self.c:g}")
        if self.at is not Precision.AS_HELD and not self.field:
            raise ValueError(f"values counted by {self.at} are those of one field: name it")


@dataclass(frozen=True, slots=True)
class Closeness:
    """t-closeness of a confidential field; of each one that leaves, where `field` is empty."""

    t: float
    distance: Distance = Distance.EQUAL
    field: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.t <= 1:
            raise ValueError(f"t must lie between 0 and 1, not {self.t:g}")


@dataclass(frozen=True, slots=True)
class OverKeys:
    """k over every combination of so many of the characteristics."""

    k: int
    keys: int

    def __post_init__(self) -> None:
        if self.k < 1 or self.keys < 1:
            raise ValueError(f"k and keys must be at least 1, not {self.k} and {self.keys}")


@dataclass(frozen=True, slots=True)
class OverEvents:
    """k over any so many known events of a person: whoever knows that many rows of somebody finds k people or none."""

    k: int
    events: int

    def __post_init__(self) -> None:
        if self.k < 1 or self.events < 1:
            raise ValueError(f"k and events must be at least 1, not {self.k} and {self.events}")


@dataclass(frozen=True, slots=True)
class Protection:
    """What is demanded of rows beyond k people in each class; nothing of it unless it is stated.

    `no_person_link`: no key in the file tells that two rows are of one person."""

    diversity: tuple[Diversity, ...] = ()
    closeness: tuple[Closeness, ...] = ()
    keys: tuple[OverKeys, ...] = ()
    events: tuple[OverEvents, ...] = ()
    no_person_link: bool = False
    recoding: Recoding = Recoding.GLOBAL

    @property
    def is_none(self) -> bool:
        """Whether nothing is demanded."""
        every = self.diversity or self.closeness or self.keys or self.events
        return not (every or self.no_person_link or self.recoding is Recoding.LOCAL)


NONE = Protection()


def stricter(first: Protection, second: Protection) -> Protection:
    """Both demanded together: of two that speak of the same, what each asks at its strictest."""
    if second.is_none:
        return first
    return Protection(
        diversity=_merged((*first.diversity, *second.diversity), lambda each: (each.spread, each.field, each.at), _l),
        closeness=_merged((*first.closeness, *second.closeness), lambda each: (each.distance, each.field), _t),
        keys=_merged((*first.keys, *second.keys), lambda each: each.keys, _k),
        events=_merged((*first.events, *second.events), lambda each: each.events, _k),
        no_person_link=first.no_person_link or second.no_person_link,
        recoding=Recoding.LOCAL if Recoding.LOCAL in (first.recoding, second.recoding) else Recoding.GLOBAL,
    )


def _merged(every: tuple[T, ...], same: Callable[[T], Hashable], pick: Callable[[list[T]], T]) -> tuple[T, ...]:
    found: dict[Hashable, list[T]] = {}
    for each in every:
        found.setdefault(same(each), []).append(each)
    return tuple(pick(each) for each in found.values())


def _l(every: list[Diversity]) -> Diversity:
    """More values, and of the commonest less: so the greatest l with the least c is stricter than each."""
    first = every[0]
    smallest = [each.c for each in every if each.c is not None]
    return Diversity(
        max(each.l for each in every), first.spread, min(smallest) if smallest else None, first.field, first.at
    )


def _t(every: list[Closeness]) -> Closeness:
    return min(every, key=lambda each: each.t)


def _k(every: list[T]) -> T:
    return max(every, key=lambda each: each.k)  # type: ignore[attr-defined]
