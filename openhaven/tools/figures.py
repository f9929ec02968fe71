"""What `haven tabulate` prints beside counts: figures made from the printed counts, and means and percentiles of a
column, attacked together with them. Read from words such as `percent:sex`, `rate`, `mean:cost`."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.audit import Link, Published
from openhaven.disclosure.figures import (
    FEWEST_EVENTS,
    NOTHING,
    Interval,
    directly_standardised,
    map_classes,
    percentage,
    rate,
    rate_interval,
    ratio,
    share_interval,
    survival,
)
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.measured import Amounts, Figure, figures_beside
from openhaven.disclosure.rules import HIDDEN
from openhaven.disclosure.tables import TOTAL, Cell, Table
from openhaven.model.errors import BadInput
from openhaven.tools.files import Coded
from openhaven.tools.printed import Column
from openhaven.tools.sums import amounts_of

OF_COUNTS = ("percent", "ratio", "rate", "standardised", "classes")
OF_AMOUNTS = ("mean", "median", "least", "greatest")
KINDS = "percent:COLUMN, ratio:COLUMN=A/B, rate, standardised:COLUMN, classes:4, mean:COLUMN, median:COLUMN, p90:COLUMN"
FROM_PRINT = "Made from the printed counts."
Ends = Callable[[Sequence[int]], list[int]]


@dataclass(frozen=True)
class Word:
    """A figure asked for: its kind, and the column or number that it is of."""

    kind: str
    of: str = ""

    @property
    def share(self) -> float | None:
        """Of a percentile, between 0 and 1."""
        return (
            0.5 if self.kind == "median" else int(self.kind[1:]) / 100 if re.fullmatch(r"p\d{1,2}", self.kind) else None
        )

    @property
    def of_amounts(self) -> bool:
        """Whether it is of a column of amounts."""
        return self.kind in OF_AMOUNTS or self.share is not None


def word_of(text: str) -> Word:
    """The figure that the word asks for. Raises BadInput where there is none such."""
    kind, _, of = text.partition(":")
    word = Word(kind, of)
    if kind in OF_COUNTS or word.of_amounts:
        if (kind == "rate") == bool(of):
            raise BadInput(f"{text!r} names {'a column' if of else 'no column or number'}", todo=f"Ask for {KINDS}.")
    else:
        raise BadInput(f"there is no figure {text!r}", todo=f"Ask for {KINDS}.")
    if kind == "classes" and not re.fullmatch(r"[2-9]", of):
        raise BadInput(f"a map has 2 to 9 classes, not {of!r}", todo="For example classes:4.")
    if kind == "ratio" and not re.fullmatch(r"[^=]+=[^/]+/[^/]+", of):
        raise BadInput(f"{text!r} does not say which values are set against each other", todo="ratio:sex=F/M.")
    return word


@dataclass(frozen=True)
class FiguresAsked:
    """`figures` as words; `population`: a file with the people behind each cell, for rates; `intervals`: 95% beside
    percentages and rates; `survival`: `days:died=yes`, with the ends of its steps in `at`."""

    figures: tuple[str, ...] = ()
    population: Path | None = None
    intervals: bool = False
    survival: str | None = None
    at: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        words = self.words
        if any(word.kind in ("rate", "standardised") for word in words) != (self.population is not None):
            raise BadInput("rates need --population, and nothing else does", todo="Give both or neither.")
        if self.intervals and not any(word.kind in ("rate", "percent") for word in words):
            raise BadInput("--intervals are of percentages and rates", todo="Ask for one with --figure.")
        if len(self.measures) > 1:
            raise BadInput(
                f"means and percentiles are of one column, not of {' and '.join(self.measures)}",
                todo="Two columns would tell more together than they are attacked for.",
            )
        if self.at and self.survival is None:
            raise BadInput("--at is for --survival")

    @property
    def words(self) -> tuple[Word, ...]:
        """What is asked for."""
        return tuple(word_of(text) for text in self.figures)

    @property
    def measures(self) -> tuple[str, ...]:
        """The columns of amounts, each once."""
        return tuple(dict.fromkeys(word.of for word in self.words if word.of_amounts))


@dataclass(frozen=True)
class Counted:
    """The protected tables, that of rows first; figures of counts are of the last (people, where they are counted).
    `people`: whose each row is, where that is known."""

    tables: Sequence[Table]
    published: Sequence[Published]
    people_of: Sequence[Link] = ()
    people: Ints | None = None

    @property
    def by(self) -> tuple[str, ...]:
        """The columns counted by."""
        return self.tables[0].by

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """Of each column, the total last."""
        return tuple((*each, TOTAL) for each in self.tables[0].labels)

    @property
    def cells(self) -> list[Cell]:
        """In printing order."""
        return list(np.ndindex(*self.tables[0].counts.shape))

    def shown(self, cell: Cell) -> str:
        """The printed count of a cell."""
        table = self.published[-1]
        return table.shown[int(np.ravel_multi_index(cell, table.small.shape))]

    def axis(self, name: str) -> int:
        """Which column of the table has this name."""
        if name not in self.by:
            raise BadInput(f"{name!r} is not one of the columns counted by", todo="Name it with --by.")
        return self.by.index(name)

    def place(self, axis: int, label: str) -> int:
        """Where the label stands."""
        if label not in self.labels[axis]:
            raise BadInput(f"there is no value {label!r}", where=self.by[axis])
        return self.labels[axis].index(label)


def columns_of(asked: FiguresAsked, counted: Counted, amounts: Mapping[str, Coded], codes: Ints) -> list[Column]:
    """Every figure asked for, cell by cell. Raises BadInput where one cannot be made of this table."""
    people = None if asked.population is None else Population.read(asked.population, counted)
    made: list[Column] = []
    for word in asked.words:
        if word.kind == "percent":
            made += _percent(word, counted, intervals=asked.intervals)
        elif word.kind == "ratio":
            made.append(_ratio(word, counted))
        elif word.kind == "rate" and people is not None:
            made += _rate(counted, people, intervals=asked.intervals)
        elif word.kind == "standardised" and people is not None:
            made.append(_standardised(word, counted, people))
        elif word.kind == "classes":
            made.append(_classes(word, counted, made))
    for name in asked.measures:
        words = [word for word in asked.words if word.of == name and word.of_amounts]
        made += _of_amounts(words, counted, Amounts(amounts_of(name, amounts[name]), codes, counted.people))
    return made


def _with(cell: Cell, axis: int, place: int) -> Cell:
    return (*cell[:axis], place, *cell[axis + 1 :])


def _percent(word: Word, counted: Counted, *, intervals: bool) -> list[Column]:
    axis = counted.axis(word.of)
    open_ = not counted.published[-1].rule.all_in_one
    last = len(counted.labels[axis]) - 1
    pairs = [(counted.shown(cell), counted.shown(_with(cell, axis, last))) for cell in counted.cells]
    texts = [percentage(part, whole, all_or_none=open_) if whole != "0" else NOTHING for part, whole in pairs]
    name = f"percent of {word.of}"
    column = Column(name, tuple(texts), f"Share of the total over {word.of}, in percent. {FROM_PRINT}")
    return [column, *(_between(column, [share_interval(*pair) for pair in pairs], "Wilson") if intervals else ())]


def _between(column: Column, found: Sequence[Interval | None], method: str) -> list[Column]:
    """Two columns for the ends of an interval; hidden where the figure is."""
    ends = []
    for side, name in enumerate(("from", "to")):
        texts = [
            text if pair is None or text in (HIDDEN, NOTHING) else f"{pair[side]:.1f}"
            for text, pair in zip(column.texts, found, strict=True)
        ]
        meaning = f"95% interval of {column.name} ({method}). {FROM_PRINT}"
        ends.append(Column(f"{column.name}, {name}", tuple(texts), meaning))
    return ends


def _ratio(word: Word, counted: Counted) -> Column:
    name, _, values = word.of.partition("=")
    axis = counted.axis(name)
    one, other = (counted.place(axis, label) for label in values.split("/"))
    texts = [
        ratio(counted.shown(cell), counted.shown(_with(cell, axis, other))) if cell[axis] == one else NOTHING
        for cell in counted.cells
    ]
    return Column(
        f"ratio of {values}", tuple(texts), f"Count of {values.replace('/', ' beside that of ')}. {FROM_PRINT}"
    )


@dataclass(frozen=True)
class Population:
    """How many people stand behind each cell, totals summed; `standard`: the weight of each label of each column."""

    sizes: Floats
    standard: Mapping[str, Mapping[str, float]]

    @staticmethod
    def read(file: Path, counted: Counted) -> "Population":
        """A CSV with the columns counted by, `population`, and for standardised rates `standard`."""
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = list(csv.DictReader(text))
        if not lines or not {*counted.by, "population"} <= set(lines[0]):
            raise BadInput(f"a population has the columns {', '.join(counted.by)} and population", where=str(file))
        sizes = np.full([len(each) - 1 for each in counted.labels], np.nan)
        standard: dict[str, dict[str, float]] = {name: {} for name in counted.by}
        for line in lines:
            labels = [line[name] for name in counted.by]
            if any(label not in each[:-1] for label, each in zip(labels, counted.labels, strict=True)):
                continue  # nobody of it was counted
            cell = tuple(each.index(label) for label, each in zip(labels, counted.labels, strict=True))
            if not np.isnan(sizes[cell]):
                raise BadInput(f"the population of {' and '.join(labels)} is given twice", where=str(file))
            sizes[cell] = _positive(line["population"], file)
            if line.get("standard"):
                for name, label in zip(counted.by, labels, strict=True):
                    standard[name].setdefault(label, _positive(line["standard"], file))
        if np.isnan(sizes).any():
            cell = tuple(int(each) for each in np.argwhere(np.isnan(sizes))[0])
            name = " and ".join(each[place] for each, place in zip(counted.labels, cell, strict=True))
            raise BadInput(f"the population of {name} is missing", where=str(file))
        for axis in range(sizes.ndim):
            sizes = np.concatenate((sizes, sizes.sum(axis=axis, keepdims=True)), axis=axis)
        return Population(sizes, standard)


def _positive(text: str, file: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < np.inf:
        raise BadInput(f"{text!r} is not a number of people", where=str(file))
    return value


def _rate(counted: Counted, people: Population, *, intervals: bool) -> list[Column]:
    pairs = [(counted.shown(cell), float(people.sizes[cell])) for cell in counted.cells]
    column = Column("rate", tuple(rate(*pair) for pair in pairs), f"For 100,000 of the population. {FROM_PRINT}")
    return [column, *(_between(column, [rate_interval(*pair) for pair in pairs], "Byar") if intervals else ())]


def _standardised(word: Word, counted: Counted, people: Population) -> Column:
    axis = counted.axis(word.of)
    labels = counted.labels[axis][:-1]
    if missing := [label for label in labels if label not in people.standard[word.of]]:
        raise BadInput(f"the population says no standard for {missing[0]!r}", todo="Add a column called standard.")
    weights = [people.standard[word.of][label] for label in labels]
    texts = []
    for cell in counted.cells:
        strata = [_with(cell, axis, place) for place in range(len(labels))]
        sizes = [float(people.sizes[each]) for each in strata]
        made = directly_standardised([counted.shown(each) for each in strata], sizes, weights)
        texts.append(made if cell[axis] == len(labels) else NOTHING)
    meaning = f"For 100,000, directly standardised by {word.of}; hidden below {FEWEST_EVENTS} events. {FROM_PRINT}"
    return Column(f"rate standardised by {word.of}", tuple(texts), meaning)


def _classes(word: Word, counted: Counted, made: Sequence[Column]) -> Column:
    """Of the rate where one was asked for before it, else of the count; totals have no place on a map."""
    of = next((column for column in made if column.name == "rate"), None)
    inner = [
        all(place < len(each) - 1 for place, each in zip(cell, counted.labels, strict=True)) for cell in counted.cells
    ]
    values = of.texts if of else [counted.shown(cell) for cell in counted.cells]
    found, ends = map_classes(
        [text if here else NOTHING for text, here in zip(values, inner, strict=True)], int(word.of)
    )
    texts = tuple(text if here else NOTHING for text, here in zip(found, inner, strict=True))
    key = "; ".join(f"{at}: {low:g} to {high:g}" for at, (low, high) in enumerate(ends, start=1))
    return Column("class", texts, f"Map classes of the printed {'rate' if of else 'counts'} ({key}). {FROM_PRINT}")


def _of_amounts(words: Sequence[Word], counted: Counted, amounts: Amounts) -> list[Column]:
    beside = [word for word in words if word.kind not in ("least", "greatest")]
    figures = [Figure(word.kind, word.share) for word in beside]
    found = iter(figures_beside(counted.tables, counted.published, amounts, figures, people_of=counted.people_of))
    made = []
    for word in words:
        if word in beside:
            says = "Of all rows of a cell with enough of them, and hidden where it would tell of fewer."
            made.append(Column(f"{word.kind} of {word.of}", next(found), says))
        else:
            says = "Never printed: it is somebody's own value."
            made.append(Column(f"{word.kind} of {word.of}", (HIDDEN,) * len(counted.cells), says))
    return made


# --- survival ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Survival:
    """`days:died=yes`: the column of times, that of outcomes, and the outcome that is the event."""

    time: str
    outcome: str
    event: str

    @staticmethod
    def named(text: str) -> "Survival":
        """Raises BadInput where it is not of that form."""
        match = re.fullmatch(r"([^:=]+):([^:=]+)=(.+)", text)
        if match is None:
            raise BadInput(f"{text!r} names no times and outcomes", todo="For example --survival days:died=yes.")
        return Survival(*match.groups())

    def steps(self, columns: Mapping[str, Coded], at: Sequence[str], ends: Ends) -> dict[str, Coded]:
        """Both columns for counting: the step of each row, and event or not. `ends` chooses steps where none are
        given."""
        times, outcomes = amounts_of(self.time, columns[self.time]), columns[self.outcome]
        if self.event not in outcomes.values:
            raise BadInput(f"there is no value {self.event!r}", where=self.outcome)
        event = outcomes.codes == outcomes.values.index(self.event)
        edges = [_time(each) for each in at] or self._chosen(times, event, ends)
        if edges != sorted(set(edges)):
            raise BadInput("steps of time go up", todo="For example --at 30,90,180.")
        step = np.searchsorted(np.array(edges), times, side="left")
        labels = [f"up to {edge:g}" for edge in edges] + (
            [f"after {edges[-1]:g}"] if (step == len(edges)).any() else []
        )
        return {
            self.time: Coded(tuple(labels), step),
            self.outcome: Coded((self.event, f"not {self.event}"), np.where(event, 0, 1)),
        }

    def _chosen(self, times: Floats, event: Ints, ends: Ends) -> list[float]:
        each, which = np.unique(times, return_inverse=True)
        found = ends(np.bincount(which, event, minlength=len(each)).astype(int).tolist())
        if not found:
            raise BadInput("there are too few events for two steps", where=self.time, todo="Give the ends with --at.")
        return [float(each[place]) for place in found]

    def column(self, counted: Counted) -> Column:
        """On the line of the event in each step: the share without it at the end of the step."""
        time, outcome = counted.axis(self.time), counted.axis(self.outcome)
        last, texts = len(counted.labels[time]) - 1, []
        for cell in counted.cells:
            if cell[time] == last or cell[outcome] != 0:
                texts.append(NOTHING)
                continue
            rows = [
                [counted.shown(_with(_with(cell, time, step), outcome, side)) for step in range(last)]
                for side in (0, 1)
            ]
            start = counted.shown(_with(_with(cell, time, last), outcome, 2))
            texts.append(survival(*rows, at_risk=start)[cell[time]])
        meaning = f"Share without {self.event} at the end of the step, of those seen until its start. {FROM_PRINT}"
        return Column("survival", tuple(texts), meaning)


def _time(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{text!r} is not a time", todo="For example --at 30,90,180.") from None
