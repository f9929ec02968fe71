"""One change of one fact, to be tried: what it is in words, and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from openhaven.model.application import Application
from openhaven.model.record.kinds import KINDS, Record
from openhaven.model.words import Precision

from .lacking import STATED

APPLICATION = "application"
_KIND_OF = {kind: name for name, kind in KINDS.items()}
SUPPOSED = (STATED, "age1", "people.csv")
"""What stands for words, a key and a file that nobody knows yet."""
AT_ALL = f" at {Precision.ALL}"
_CALLED = {"consent": "consent material", "document": "a data protection document", "support": "support"}
"""Kinds of records that are not called "a" or "an" and the word of the kind."""


class Does(StrEnum):
    """What kind of change it is."""

    WITHOUT = "without"
    STATES = "states"
    ADDS = "adds"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one fact: a record taken away, a statement of a record or of the application made otherwise, or a
    record added. `name` is what is stated, or whereof a record is added; `value` is what is stated then."""

    does: Does
    kind: str
    id: str
    name: str = ""
    value: str = ""

    @property
    def name_of_record(self) -> str:
        """The record that it is about, by kind and id."""
        return f"{self.kind} {self.id}"

    @property
    def words(self) -> str:
        """The change as a clause that begins with `if`."""
        if self.does is Does.WITHOUT:
            return f"if {self.name_of_record} were not on record"
        if self.does is Does.ADDS:
            article = "an" if self.kind[0] in "aeiou" else "a"
            return f"if {_CALLED.get(self.kind, f'{article} {self.kind}')} were on record ({self.name})"
        whose = "the application" if self.kind == APPLICATION else self.name_of_record
        name = self.name.replace("_", " ")
        if self.value in SUPPOSED:
            return f"if {whose} stated its {name}"
        value = self.value.replace(STATED, "another")
        if value.endswith(AT_ALL):
            value = f"{value.removesuffix(AT_ALL)}, every value as {Precision.ALL}"
        return f"if {whose} said {name}: {value}"


class Move(NamedTuple):
    """A step and how it is made: on the application, on one record (None: it is gone), or by a record added."""

    step: Step
    asked: Callable[[Application], Application] | None = None
    record: Record | None = None
    made: Callable[[Any], Record | None] | None = None
    added: Record | None = None


def kind_of(record: Record) -> str:
    """The word by which a record of this kind is recorded."""
    return _KIND_OF[type(record)]
