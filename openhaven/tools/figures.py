"""What `haven tabulate` prints beside counts: which figures are asked for, the file of the population, and the steps of
survival. How figures are made and attacked is in `disclosure`, the same for a release."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.figure_columns import FROM_PRINT, Asked, Column, Counts, Population, placed
from openhaven.disclosure.figures import NOTHING, survival
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.model.errors import BadInput
from openhaven.model.figure import Peopled, Word, check_together, measures_of, word_of
from openhaven.tools.files import Coded
from openhaven.tools.sums import amounts_of
from openhaven.vault.texts import csv_rows, read_text

Ends = Callable[[Sequence[int]], list[int]]


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
        check_together(self.words, population=self.population is not None, intervals=self.intervals)
        if self.at and self.survival is None:
            raise BadInput("--at is for --survival")

    @property
    def words(self) -> tuple[Word, ...]:
        """What is asked for."""
        return tuple(word_of(text) for text in self.figures)

    @property
    def measures(self) -> tuple[str, ...]:
        """The columns of amounts, each once."""
        return measures_of(self.words)

    def of(self, counts: Counts) -> Asked:
        """The same, with the population read."""
        file = self.population
        people = None if file is None else Population.of(_peopled(file, counts.by), counts, where=str(file))
        return Asked(self.words, self.intervals, people)


def _peopled(file: Path, by: Sequence[str]) -> list[Peopled]:
    """A CSV with the columns counted by, `population`, and for standardised rates `standard`."""
    rows = [row for _, row in csv_rows(read_text(file), where=str(file))]
    if len(rows) < 2 or not {*by, "population"} <= set(rows[0]):
        raise BadInput(f"a population has the columns {', '.join(by)} and population", where=str(file))
    if twice := sorted({name for name in rows[0] if rows[0].count(name) > 1}):
        raise BadInput(f"two columns are called {', '.join(twice)}", where=str(file))
    lines = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return [
        Peopled(
            tuple(line[name] for name in by),
            _positive(line["population"], file),
            _positive(line["standard"], file) if line.get("standard") else 0.0,
        )
        for line in lines
    ]


def _positive(text: str, file: Path) -> float:
    try:
        value = float(text) if text.isascii() and "_" not in text else -1.0
    except ValueError:
        value = -1.0
    if not 0 < value < np.inf:
        raise BadInput(f"{text!r} is not a number of people", where=str(file))
    return value


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

    def column(self, counts: Counts) -> Column:
        """On the line of the event in each step: the share without it at the end of the step."""
        time, outcome = counts.axis(self.time), counts.axis(self.outcome)
        last, texts = len(counts.labels[time]) - 1, []
        for cell in counts.cells:
            if cell[time] == last or cell[outcome] != 0:
                texts.append(NOTHING)
                continue
            rows = [
                [counts.shown(placed(placed(cell, time, step), outcome, side)) for step in range(last)]
                for side in (0, 1)
            ]
            start = counts.shown(placed(placed(cell, time, last), outcome, 2))
            texts.append(survival(*rows, at_risk=start)[cell[time]])
        meaning = f"Share without {self.event} at the end of the step, of those seen until its start. {FROM_PRINT}"
        return Column("survival", tuple(texts), meaning)


def _time(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{text!r} is not a time", todo="For example --at 30,90,180.") from None
