"""An application: what is asked, and nothing that only a record can say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .words import Level, Power, Precision, Purpose, Route


class Comparison(StrEnum):
    """How a cohort rule compares a field with its values."""

    IS = "is"
    IN = "in"
    FROM = "from"
    TO = "to"
    STARTS = "starts"


@dataclass(frozen=True, slots=True)
class FieldAsked:
    """One field, the precision wanted and why it is needed."""

    name: str
    reason: str
    precision: Precision = Precision.AS_HELD


@dataclass(frozen=True, slots=True)
class Condition:
    """One clause of the cohort rule; all clauses must hold."""

    field: str
    test: Comparison
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.values or (self.test in (Comparison.IS, Comparison.FROM, Comparison.TO) and len(self.values) != 1):
            raise ValueError(f"the condition on {self.field} has the wrong number of values for {self.test}")
        if self.test is Comparison.STARTS and not all(self.values):
            raise ValueError(f"the condition on {self.field} admits everything: say how its values start")


@dataclass(frozen=True, slots=True)
class DataProtection:
    """The pair (and the Schedule 1 condition) on which the applicant relies: GDPR-01."""

    article_6: str
    article_9: str
    schedule_1: str = ""

    def __str__(self) -> str:
        schedule = f" and Schedule 1 {self.schedule_1}" if self.schedule_1 else ""
        return f"Article {self.article_6 or 'none'} with Article {self.article_9 or 'none'}{schedule}"


@dataclass(frozen=True, slots=True)
class Funder:
    """Who pays, and in which line of business."""

    organisation: str
    business: str


@dataclass(frozen=True, slots=True)
class TableAsked:
    """Counts by these fields; `people` asks for people as well as episodes."""

    by: tuple[str, ...]
    people: bool = True


@dataclass(frozen=True, slots=True)
class Application:
    """What is asked of one dataset. `people_file` is an applicant's own list; `basis` names records relied on.

    `power` is asked for where the operator is the national body; `everyone` says why no narrower cohort would do."""

    format: int
    id: str
    title: str
    applicant: str
    recipient: str
    purpose: Purpose
    purpose_text: str
    route: Route
    dataset: str
    level: Level
    data_protection: DataProtection
    fields: tuple[FieldAsked, ...]
    agreement: str = ""
    basis: tuple[str, ...] = ()
    programme: str = ""
    funders: tuple[Funder, ...] = ()
    cohort: tuple[Condition, ...] = ()
    people_file: str = ""
    table: TableAsked | None = None
    power: Power | None = None
    everyone: str = ""

    def __post_init__(self) -> None:
        if self.format != 1:
            raise ValueError(f"format {self.format} of an application is not known; this version reads 1")
        if not self.purpose_text.strip():
            raise ValueError("purpose_text is empty: say what the data is for")
        if set(self.people_file) & set("/\\") or self.people_file.startswith("."):
            raise ValueError("people_file: name a file that lies beside the application, not a path")
        names = [field.name for field in self.fields]
        if not names or len(set(names)) != len(names):
            raise ValueError("fields: name at least one field, each once")
        if (self.level is Level.AGGREGATE) != (self.table is not None):
            raise ValueError("a table goes with the aggregate level, and only with it")
        if self.table is not None and not set(self.table.by) <= set(names):
            raise ValueError("table.by may use only the fields that are asked for")
