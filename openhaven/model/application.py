"""An application: what is asked, and nothing that only a record can say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .errors import BadInput
from .figure import Peopled, Word, check_together, measures_of, word_of
from .words import Level, Power, Precision, Purpose, Route


class Comparison(StrEnum):
    """How a cohort rule compares a field with its values. Instants `to` a day are those of that whole day too."""

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

    @property
    def of_1998(self) -> bool:
        """Whether these are conditions of the Data Protection Act 1998, which have no Articles."""
        return self.article_6.strip().casefold().startswith("schedule")

    def __str__(self) -> str:
        if self.of_1998:
            return f"{self.article_6} with {self.article_9 or 'none of Schedule 3'} of the Data Protection Act 1998"
        schedule = f" and Schedule 1 {self.schedule_1}" if self.schedule_1 else ""
        return f"Article {self.article_6 or 'none'} with Article {self.article_9 or 'none'}{schedule}"


def says_day(bound: str) -> bool:
    """Whether a bound on instants is given as a day: one that bounds them from above is that whole day."""
    return len(bound) == len("2026-03-31")


@dataclass(frozen=True, slots=True)
class Funder:
    """Who pays, and in which line of business."""

    organisation: str
    business: str


@dataclass(frozen=True, slots=True)
class TableAsked:
    """Counts by these fields; `people` asks for people as well as episodes.

    `figures` beside the counts, as words (`percent:sex`, `mean:cost`), `intervals` of 95% beside percentages and rates,
    `population` behind each cell that is no total, for rates."""

    by: tuple[str, ...]
    people: bool = True
    figures: tuple[str, ...] = ()
    intervals: bool = False
    population: tuple[Peopled, ...] = ()

    def __post_init__(self) -> None:
        if not self.figures and not self.intervals and not self.population:
            return
        try:
            words = self.words
            check_together(words, population=bool(self.population), intervals=self.intervals)
        except BadInput as problem:
            raise ValueError(f"table.figures: {problem}") from None
        if len(set(self.figures)) != len(self.figures):
            raise ValueError("table.figures: ask for each figure once")
        if strange := [each for word in words if (each := word.counted_by) and each not in self.by]:
            raise ValueError(f"table.figures: {strange[0]} is not one of the fields counted by")
        if both := set(self.measures) & set(self.by):
            raise ValueError(f"table.figures: {min(both)} cannot be measured and counted by")
        if any(len(each.labels) != len(self.by) for each in self.population):
            raise ValueError("table.population: each line names a value of every field counted by, in their order")

    @property
    def words(self) -> tuple[Word, ...]:
        """The figures asked for."""
        return tuple(word_of(each) for each in self.figures)

    @property
    def measures(self) -> tuple[str, ...]:
        """The fields of whose amounts figures are made."""
        return measures_of(self.words) if self.figures else ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the table tells of: those that it counts by, and those that it measures."""
        return (*self.by, *self.measures)

    def without(self, name: str) -> TableAsked:
        """The same, telling nothing of this field. Where it is counted by, rates go too: their population is by it."""
        by = tuple(each for each in self.by if each != name)
        gone = () if by == self.by else ("rate", "standardised")
        left = [
            text
            for text, word in zip(self.figures, self.words, strict=True)
            if word.kind not in gone and name not in (word.counted_by, word.of if word.of_amounts else "")
        ]
        kinds = {word_of(text).kind for text in left}
        return TableAsked(
            by,
            self.people,
            tuple(left),
            intervals=self.intervals and bool(kinds & {"percent", "rate"}),
            population=self.population if kinds & {"rate", "standardised"} else (),
        )


@dataclass(frozen=True, slots=True)
class Application:
    """What is asked of one dataset. `people_file` is an applicant's own list; `basis` names records relied on.

    `power` is asked for where the operator is the national body; `everyone` says why no narrower cohort would do.
    `study_reference` names the study that it is for, by its IRAS ID, the reference of its support, or a local one."""

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
    study_reference: str = ""

    def __post_init__(self) -> None:
        if self.format != 1:
            raise ValueError(f"format {self.format} of an application is not known; this version reads 1")
        if not self.purpose_text.strip():
            raise ValueError("purpose_text is empty: say what the data is for")
        if set(self.people_file) & set("/\\") or self.people_file.startswith(".") or self.people_file.isspace():
            raise ValueError("people_file: name a file that lies beside the application, not a path")
        names = [field.name for field in self.fields]
        if not names:
            raise ValueError("fields: name at least one field")
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"fields: {twice} is asked for twice; ask for each field once")
        if (self.level is Level.AGGREGATE) != (self.table is not None):
            raise ValueError("a table goes with the aggregate level, and only with it")
        if self.table is not None and not set(self.table.by) <= set(names):
            raise ValueError("table.by may use only the fields that are asked for")
        if self.table is not None and not set(self.table.measures) <= set(names):
            raise ValueError("table.figures may measure only fields that are asked for, each with its reason")
