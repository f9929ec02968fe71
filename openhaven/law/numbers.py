"""Numbers of the law as dated data, so that none stands in a rule."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from openhaven.model.errors import BadInput
from openhaven.model.plain import from_plain, read_toml

from .provisions import FORMAT, Confidence, data_text


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its first and last day, and the day somebody last looked at its source."""

    value: int
    starts: dt.date
    confidence: Confidence
    checked: dt.date
    ends: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """One number through time. `citation` is a provision's id."""

    id: str
    title: str
    citation: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        """Values stand in order and never overlap; only the last may be open."""
        for earlier, later in zip(self.values, self.values[1:], strict=False):
            if earlier.ends is None or earlier.ends >= later.starts:
                raise ValueError(f"number {self.id}: the value from {later.starts} overlaps the one before")

    def at(self, on: dt.date) -> Value:
        """The value in force. Raises LookupError where there is none."""
        for each in self.values:
            if each.starts <= on and (each.ends is None or on <= each.ends):
                return each
        raise LookupError(f"number {self.id} has no value on {on}")


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


def number(id: str, *, on: dt.date) -> int:
    """The value in force on that day. Raises LookupError."""
    return NUMBERS[id].at(on).value


def caveat(id: str, *, on: dt.date) -> tuple[str, ...]:
    """What a decision has to say of a number that is still to be confirmed; empty where it was read."""
    kept = NUMBERS[id]
    value = kept.at(on)
    if value.confidence is Confidence.READ:
        return ()
    return (f"{kept.citation}: {kept.title}: {value.value} ({value.confidence}, last checked {value.checked})",)
