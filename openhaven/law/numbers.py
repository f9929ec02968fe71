"""Numbers of the law as dated data, so that none stands in a rule. What is unsure, or ours to choose, is a setting."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from openhaven.model.errors import BadInput
from openhaven.model.facts import Policy
from openhaven.model.plain import from_plain, read_toml

from .plainly import day
from .provisions import FORMAT, Confidence, data_text

OWN = "policy.numbers"
"""Where a setting of a number stands in haven.toml, unless it has a name of its own."""
LARGEST = 10
"""So many times the largest value that a number ever had is more than any reading of its provision."""
NONE_CHOSEN: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its first and last day, and the day somebody last looked at its source."""

    value: int
    starts: dt.date
    confidence: Confidence
    checked: dt.date
    ends: dt.date | None = None

    @property
    def open_to_choice(self) -> bool:
        """Whether an installation's choice takes its place: what was read at the source is not ours to choose."""
        return self.confidence is not Confidence.READ


@dataclass(frozen=True, slots=True)
class Number:
    """One number through time. `citation` is a provision's id.

    `setting` is the name under which an installation may choose another value: everything that is to be confirmed
    has one, and so has what the law leaves open. `source` says where it was read, where that is not the provision's.
    `held_in` names the module of another room that keeps to it; `not_read` says why nothing reads it."""

    id: str
    title: str
    unit: str
    citation: str
    values: tuple[Value, ...]
    setting: str = ""
    source: str = ""
    held_in: tuple[str, ...] = ()
    not_read: str = ""

    def __post_init__(self) -> None:
        """Values stand in order and never overlap; only the last may be open; what is unsure is a setting."""
        for earlier, later in zip(self.values, self.values[1:], strict=False):
            if earlier.ends is None or earlier.ends >= later.starts:
                raise ValueError(f"number {self.id}: the value from {later.starts} overlaps the one before")
        if not self.values or not self.unit.strip():
            raise ValueError(f"number {self.id}: has no value or no unit")
        if not self.setting and any(each.confidence is Confidence.TO_BE_CONFIRMED for each in self.values):
            raise ValueError(f"number {self.id}: is to be confirmed, so it has to be a setting")

    @property
    def chosen_by_id(self) -> bool:
        """Whether its setting is an entry under `policy.numbers`."""
        return self.setting == f"{OWN}.{self.id}"

    @property
    def most(self) -> int:
        """The most that an installation may choose: ten times the largest value that it ever had."""
        return LARGEST * max(each.value for each in self.values)

    def said(self, value: int) -> str:
        """A value with its unit."""
        unit = self.unit.removesuffix("s") if value == 1 else self.unit
        return f"{value} {unit}"

    def at(self, on: dt.date) -> Value:
        """The value in force. Raises LookupError where there is none."""
        for each in self.values:
            if each.starts <= on and (each.ends is None or on <= each.ends):
                return each
        raise LookupError(f"number {self.id} has no value on {on}")


@dataclass(frozen=True, slots=True)
class Choice:
    """A number that an installation may set: its setting, its value today, and how sure we are of our default."""

    setting: str
    value: int
    unit: str
    title: str
    chosen: bool
    citation: str
    confidence: Confidence
    checked: dt.date
    not_read: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    numbers: tuple[Number, ...]


def load(text: str, *, where: str) -> Mapping[str, Number]:
    """Numbers by id. Raises BadInput for unknown keys, wrong types, an unknown format or an id given twice."""
    read = from_plain(_File, read_toml(text, where=where), where=where)
    found = {each.id: each for each in read.numbers}
    if read.format != FORMAT or len(found) != len(read.numbers):
        raise BadInput("the format is not known, or a number stands twice", where=where)
    return MappingProxyType(found)


NUMBERS = load(data_text("numbers.toml"), where="numbers.toml")
_OWN_NAME = {id: each.setting.removeprefix("policy.") for id, each in NUMBERS.items()}


def number(id: str, *, on: dt.date, chosen: Mapping[str, int] = NONE_CHOSEN) -> int:
    """What the installation chose, else the value in force on that day. Raises LookupError."""
    value = NUMBERS[id].at(on)
    return chosen.get(id, value.value) if value.open_to_choice else value.value


def caveat(id: str, *, on: dt.date, chosen: Mapping[str, int] = NONE_CHOSEN) -> tuple[str, ...]:
    """What a decision has to say of a number that is still to be confirmed; empty where it was read."""
    kept = NUMBERS[id]
    value = kept.at(on)
    if not value.open_to_choice:
        return ()
    if (own := chosen.get(id, value.value)) != value.value:
        return (f"{kept.citation}: {kept.title}: {own}, as this installation chose ({value.confidence})",)
    return (f"{kept.citation}: {kept.title}: {value.value} ({value.confidence}, last checked {day(value.checked)})",)


def chosen_in(policy: Policy, id: str) -> Mapping[str, int]:
    """What an installation chose for a number, whether under `policy.numbers` or by a setting of its own."""
    own = getattr(policy, _OWN_NAME[id], None)
    return {id: own} if type(own) is int else policy.numbers


def check_chosen(chosen: Mapping[str, int], *, where: str) -> None:
    """Raises BadInput for a choice of a number that is not known, not open to choice, or set under another name."""
    open_to_choice = sorted(each.id for each in NUMBERS.values() if each.chosen_by_id)
    for id, value in chosen.items():
        if id not in open_to_choice:
            kept = NUMBERS.get(id)
            said = f"is set as {kept.setting}" if kept and kept.setting else "is not a number that can be chosen"
            raise BadInput(
                f"{OWN}.{id} {said}", where=where, todo=f"Those that can be chosen: {', '.join(open_to_choice)}."
            )
        kept = NUMBERS[id]
        if not 1 <= value <= kept.most:
            raise BadInput(
                f"{OWN}.{id} is {value}; it may be 1 to {kept.most} {kept.unit}",
                where=where,
                todo=f"{kept.citation}: {kept.title}.",
            )


def choices(chosen: Mapping[str, int], *, on: dt.date) -> Iterator[Choice]:
    """Every number in force that an installation may set."""
    for each in NUMBERS.values():
        try:
            value = each.at(on)
        except LookupError:
            continue
        if each.setting:
            yield Choice(
                setting=each.setting,
                value=number(each.id, on=on, chosen=chosen),
                unit=each.unit,
                title=each.title,
                chosen=each.id in chosen,
                citation=each.citation,
                confidence=value.confidence,
                checked=value.checked,
                not_read=each.not_read,
            )
