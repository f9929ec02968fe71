"""A case: what is asked, what is on record, and the day. All that a rule may look at, each thing looked up once."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from openhaven.model.application import Application, DataProtection, FieldAsked
from openhaven.model.dataset import Dataset, Field
from openhaven.model.facts import Facts, Policy
from openhaven.model.record import Agreement, Organisation, Record
from openhaven.model.words import Level, Power, Purpose, Route

from .numbers import caveat, chosen_in, number

R = TypeVar("R", bound=Record)
V = TypeVar("V")


class once(Generic[V]):
    """A property worked out when a rule first asks, and kept for the rules after it. One that raises is not kept."""

    def __init__(self, make: Callable[["Case"], V]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, case: "Case", owner: type) -> V:
        value = self._make(case)
        setattr(case, self._name, value)
        return value


def kept(make: Callable[["Case"], V]) -> Callable[["Case"], V]:
    """A function of a case that is worked out once for each case, however many rules ask. What it gives is not None."""

    @wraps(make)
    def looked_up(case: "Case") -> V:
        found: V | None = case.known.get(make)
        if found is None:
            found = case.known[make] = make(case)
        return found

    return looked_up


@dataclass(frozen=True, slots=True)
class Outline:
    """What thousands of cases have in common: the coded words of what is asked, the dataset, the policy and the day.

    A rule that needs no more than this is asked once for all of them."""

    on: dt.date
    route: Route
    purpose: Purpose
    level: Level
    power: Power | None
    data_protection: DataProtection
    dataset: Dataset
    policy: Policy
    numbers: Mapping[str, int]
    _kept: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def kept(self, key: Any, make: Callable[[], V]) -> V:
        """What `make` gives, worked out once for this outline. `key` is one for what is made."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]  # type: ignore[no-any-return]

    def number(self, id: str) -> int:
        """A number of the law as at the day, or as this installation chose it. Raises LookupError."""
        return (self._kept.get(id) or self._number(id))[0]

    def caveat(self, id: str) -> tuple[str, ...]:
        """What has to be said of a number that is not sure."""
        return (self._kept.get(id) or self._number(id))[1]

    def _number(self, id: str) -> tuple[int, tuple[str, ...]]:
        if id in self.numbers:
            found: tuple[int, tuple[str, ...]] = self.numbers[id], ()
        else:
            own = chosen_in(self.policy, id)
            found = number(id, on=self.on, chosen=own), caveat(id, on=self.on, chosen=own)
        self._kept[id] = found
        return found


_NONE_CHANGED: Mapping[str, int] = MappingProxyType({})


class Case:
    """One application before the records of one day.

    `numbers` are values that a change of the law under study would give; there are none in a decision of today."""

    def __init__(
        self, application: Application, facts: Facts, on: dt.date, numbers: Mapping[str, int] = _NONE_CHANGED
    ) -> None:
        self.application = application
        self.facts = facts
        self.on = on
        self.numbers = numbers
        self.known: dict[Any, Any] = {}

    @once
    def outline(self) -> Outline:
        """What this case has in common with others. Many share one, so that what it says of numbers is looked up once;
        a decision sets it."""
        ask, facts = self.application, self.facts
        return Outline(
            self.on,
            ask.route,
            ask.purpose,
            ask.level,
            ask.power,
            ask.data_protection,
            facts.dataset,
            facts.policy,
            self.numbers,
        )

    def sole(self, kind: type[R], id: str) -> R | None:
        """The record of that kind and id. Raises ValueError where two share it, since either could be meant."""
        found = self.facts.called(kind, id)
        if len(found) > 1:
            raise ValueError(f"{len(found)} records of kind {kind.__name__} share the id {id}")
        return found[0] if found else None

    def relied_on(self, kind: type[R]) -> tuple[R, ...]:
        """The records of that kind that the application names in `basis`, by id. Raises ValueError as `sole`."""
        found: tuple[R, ...] | None = self.known.get(kind)
        if found is None:
            found = self.known[kind] = self._relied_on(kind)
        return found

    def _relied_on(self, kind: type[R]) -> tuple[R, ...]:
        if kind not in self.facts.kinds:
            return ()
        found = [self.sole(kind, id) for id in sorted(set(self.application.basis))]
        return tuple([record for record in found if record is not None])

    def kept(self, key: Any, make: Callable[[], V]) -> V:
        """What `make` gives, worked out once for this case. `key` is one for what is made; nothing else may use it."""
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]  # type: ignore[no-any-return]

    @once
    def agreement(self) -> Agreement | None:
        """The agreement named, if it is on record."""
        return self.sole(Agreement, self.application.agreement)

    @once
    def recipient(self) -> Organisation | None:
        """The recipient, if it is on record."""
        return self.sole(Organisation, self.application.recipient)

    @once
    def parties(self) -> tuple[Organisation, ...]:
        """Applicant and recipient, as far as they are on record, each once."""
        applicant, recipient = self.application.applicant, self.application.recipient
        if applicant == recipient:
            return () if self.recipient is None else (self.recipient,)
        ids = sorted([applicant, recipient])
        return tuple(party for id in ids if (party := self.sole(Organisation, id)) is not None)

    @once
    def names(self) -> frozenset[str]:
        """The names of all fields asked for."""
        return frozenset([asked.name for asked in self.application.fields])

    @once
    def leaving(self) -> tuple[tuple[FieldAsked, Field], ...]:
        """The fields that would leave: all that are asked, or for a table those that it counts by."""
        table, named = self.application.table, self.facts.dataset.named
        asked = self.application.fields
        return tuple([(field, named[field.name]) for field in asked if table is None or field.name in table.by])

    def number(self, id: str) -> int:
        """A number of the law as at the day, or as this installation chose it. Raises LookupError."""
        return self.outline.number(id)

    def caveat(self, id: str) -> tuple[str, ...]:
        """What has to be said of a number that is not sure."""
        return self.outline.caveat(id)

    def in_force(self, starts: dt.date, ends: dt.date | None) -> bool:
        """Whether the day lies in a term; both ends belong to it."""
        return starts <= self.on and (ends is None or self.on <= ends)
