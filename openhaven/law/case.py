"""A case: what is asked, what is on record, and the day. All that a rule may look at, each thing looked up once.

A case is before a standing (its outline, before these records), and that before a register (these records, that day).
What a function of either gives is kept with the facts, and shared by all cases before them."""

import datetime as dt
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from openhaven.model.application import Application, DataProtection, FieldAsked
from openhaven.model.dataset import Dataset, Field
from openhaven.model.facts import Facts, Policy
from openhaven.model.precision import no_finer
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Level, Power, Precision, Purpose, Route

from .numbers import caveat, chosen_in, number

R = TypeVar("R", bound=Record)
V = TypeVar("V")
H = TypeVar("H", bound=Hashable)
Known = dict[Any, Any]


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


def of_register(make: Callable[["Register", H], V]) -> Callable[["Register", H], V]:
    """A function of a register and one thing more, worked out once for all cases before it. What it gives is not None,
    and one that raises is not kept.

    Its type is what keeps it sound: it is given no more than the register, though what it is given may be a case."""

    @wraps(make)
    def looked_up(register: "Register", asked: H) -> V:
        known, key = register.of_register, (make, asked)
        found: V | None = known.get(key)
        if found is None:
            found = known[key] = make(register, asked)
        return found

    return looked_up


def of_standing(make: Callable[["Standing", H], V]) -> Callable[["Standing", H], V]:
    """A function of a standing and one thing more, worked out once for all cases before it, as `of_register`."""

    @wraps(make)
    def looked_up(standing: "Standing", asked: H) -> V:
        known, key = standing.of_standing, (make, asked)
        found: V | None = known.get(key)
        if found is None:
            found = known[key] = make(standing, asked)
        return found

    return looked_up


@dataclass(frozen=True, slots=True)
class Outline:
    """What thousands of cases have in common: the coded words of what is asked, the dataset, the policy and the day.

    A rule that needs no more than this is asked once for all of them. `ended` holds the provisions that a change of the
    law under study would end, where a rule offers several; there are none today. `no_finer` and `stated` hold which
    fields and precisions of the dataset were compared and read before."""

    on: dt.date
    route: Route
    purpose: Purpose
    level: Level
    power: Power | None
    data_protection: DataProtection
    dataset: Dataset
    policy: Policy
    numbers: Mapping[str, int]
    ended: frozenset[str] = frozenset()
    no_finer: dict[tuple[str, Precision, Precision], bool] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    stated: set[tuple[str, Precision]] = field(default_factory=set, init=False, repr=False, compare=False)
    _kept: Known = field(default_factory=dict, init=False, repr=False, compare=False)

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
        found = self._kept[id] = _valued(id, self.on, self.policy, self.numbers)
        return found


def _valued(id: str, on: dt.date, policy: Policy, numbers: Mapping[str, int]) -> tuple[int, tuple[str, ...]]:
    """A number with what has to be said of it."""
    if id in numbers:
        return numbers[id], ()
    own = chosen_in(policy, id)
    return number(id, on=on, chosen=own), caveat(id, on=on, chosen=own)


def outlined(
    application: Application, facts: Facts, on: dt.date, numbers: Mapping[str, int], ended: frozenset[str] = frozenset()
) -> Outline:
    """What an application has in common with others before the same records."""
    ask = application
    pair, dataset, policy = ask.data_protection, facts.dataset, facts.policy
    return Outline(on, ask.route, ask.purpose, ask.level, ask.power, pair, dataset, policy, numbers, ended)


_NONE_CHANGED: Mapping[str, int] = MappingProxyType({})


class Register:
    """The records on a day, whoever asks for what.

    `numbers` are values that a change of the law under study would give; there are none in a decision of today."""

    def __init__(self, facts: Facts, on: dt.date, numbers: Mapping[str, int] = _NONE_CHANGED) -> None:
        self.facts, self.on, self.numbers = facts, on, numbers
        self.of_register: Known = {}

    def sole(self, kind: type[R], id: str) -> R | None:
        """The record of that kind and id. Raises ValueError where two share it, since either could be meant."""
        found = self.facts.called(kind, id)
        if len(found) > 1:
            raise ValueError(f"{len(found)} records of kind {kind.__name__} share the id {id}")
        return found[0] if found else None

    def in_force(self, starts: dt.date, ends: dt.date | None) -> bool:
        """Whether the day lies in a term; both ends belong to it."""
        return starts <= self.on and (ends is None or self.on <= ends)

    def number(self, id: str) -> int:
        """A number of the law as at the day, or as this installation chose it. Raises LookupError."""
        return _valued(id, self.on, self.facts.policy, self.numbers)[0]


class Standing(Register):
    """What is asked in outline, before the records on a day."""

    def __init__(self, outline: Outline, facts: Facts) -> None:
        super().__init__(facts, outline.on, outline.numbers)
        self.outline = outline
        self.of_standing: Known = {}

    def number(self, id: str) -> int:
        """A number of the law as at the day, or as this installation chose it. Raises LookupError."""
        return self.outline.number(id)

    def caveat(self, id: str) -> tuple[str, ...]:
        """What has to be said of a number that is not sure."""
        return self.outline.caveat(id)


class Case(Standing):
    """One application before the records of one day.

    What it has in common with other cases it finds anew, unless a decision gives it what was found for them, `shared`:
    the `outline`, and what is known `of_standing` and `of_register`."""

    def __init__(
        self,
        application: Application,
        facts: Facts,
        on: dt.date,
        numbers: Mapping[str, int] = _NONE_CHANGED,
        shared: tuple[Outline, Known, Known] | None = None,
    ) -> None:
        self.application, self.facts, self.on, self.numbers = application, facts, on, numbers
        self.known: Known = {}
        self.outline, self.of_standing, self.of_register = shared or (outlined(application, facts, on, numbers), {}, {})

    def relied_on(self, kind: type[R]) -> tuple[R, ...]:
        """The records of that kind that the application names in `basis`, by id. Raises ValueError as `sole`."""
        found: tuple[R, ...] | None = self.known.get(kind)
        if found is None:
            found = self.known[kind] = self._relied_on(kind)
        return found

    def _relied_on(self, kind: type[R]) -> tuple[R, ...]:
        if kind not in self.facts.kinds:
            return ()
        basis = self.application.basis
        found = [self.sole(kind, id) for id in (sorted(set(basis)) if len(basis) > 1 else basis)]
        return tuple([record for record in found if record is not None])

    def no_finer(self, asked: FieldAsked, agreed: Precision) -> bool:
        """Whether a field is asked for no finer than agreed: looked up once for this dataset."""
        known: dict[tuple[str, Precision, Precision], bool] = self.outline.no_finer
        key = (asked.name, asked.precision, agreed)
        found = known.get(key)
        if found is None:
            found = known[key] = no_finer(self.facts.dataset.field(asked.name), asked.precision, agreed)
        return found

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
        """The fields that would leave: all that are asked, or for a table those that it tells of."""
        table, named = self.application.table, self.facts.dataset.named
        asked = self.application.fields
        return tuple([(field, named[field.name]) for field in asked if table is None or field.name in table.fields])
