"""Figures as columns beside counts: each made from the printed counts, or of the rows and attacked together with them.

One way for a plain file and for a release: who has counted and protected says which figures are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.amounts import Amounts, Figure
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
)
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.measured import figures_beside
from openhaven.disclosure.rules import HIDDEN
from openhaven.disclosure.tables import TOTAL, Cell, Table
from openhaven.model.errors import BadInput
from openhaven.model.figure import Peopled, Word, measures_of

FROM_PRINT = "Made from the printed counts."


@dataclass(frozen=True)
class Column:
    """A figure beside the counts: what prints in each line, and how it was made. `figure`: what it is, where it is made
    of amounts; `given_up`: it was left out everywhere, since the search for where it may stand did not end."""

    name: str
    texts: tuple[str, ...]
    meaning: str
    figure: Figure | None = None
    given_up: bool = False


@dataclass(frozen=True)
class Counts:
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
            raise BadInput(f"{name!r} is not one of the columns counted by", todo="Count by it too.")
        return self.by.index(name)

    def place(self, axis: int, label: str) -> int:
        """Where the label stands."""
        if label not in self.labels[axis]:
            raise BadInput(f"there is no value {label!r}", where=self.by[axis])
        return self.labels[axis].index(label)


@dataclass(frozen=True)
class Asked:
    """Which figures: `population` for rates, `intervals`: 95% beside percentages and rates."""

    words: tuple[Word, ...]
    intervals: bool = False
    population: "Population | None" = None


def columns_of(asked: Asked, counts: Counts, amounts: Mapping[str, Amounts]) -> list[Column]:
    """Every figure asked for, cell by cell. Raises BadInput where one cannot be made of this table."""
    made: list[Column] = []
    people = asked.population
    for word in asked.words:
        if word.kind == "percent":
            made += _percent(word, counts, intervals=asked.intervals)
        elif word.kind == "ratio":
            made.append(_ratio(word, counts))
        elif word.kind == "rate" and people is not None:
            made += _rate(counts, people, intervals=asked.intervals)
        elif word.kind == "standardised" and people is not None:
            made.append(_standardised(word, counts, people))
        elif word.kind == "classes":
            made.append(_classes(word, counts, made))
    for name in measures_of(asked.words):
        made += _of_amounts([word for word in asked.words if word.of_amounts], counts, amounts[name])
    return made


def placed(cell: Cell, axis: int, place: int) -> Cell:
    """The cell in the same line along an axis."""
    return (*cell[:axis], place, *cell[axis + 1 :])


def _percent(word: Word, counts: Counts, *, intervals: bool) -> list[Column]:
    axis = counts.axis(word.of)
    open_ = not counts.published[-1].rule.all_in_one
    last = len(counts.labels[axis]) - 1
    pairs = [(counts.shown(cell), counts.shown(placed(cell, axis, last))) for cell in counts.cells]
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


def _ratio(word: Word, counts: Counts) -> Column:
    name, _, values = word.of.partition("=")
    axis = counts.axis(name)
    one, other = (counts.place(axis, label) for label in values.split("/"))
    texts = [
        ratio(counts.shown(cell), counts.shown(placed(cell, axis, other))) if cell[axis] == one else NOTHING
        for cell in counts.cells
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
    def of(lines: Sequence[Peopled], counts: Counts, *, where: str = "population") -> "Population":
        """Of each cell that is no total; lines of which nobody was counted are passed over. Raises BadInput where a
        cell has none, or two."""
        sizes = np.full([len(each) - 1 for each in counts.labels], np.nan)
        standard: dict[str, dict[str, float]] = {name: {} for name in counts.by}
        for line in lines:
            if any(label not in each[:-1] for label, each in zip(line.labels, counts.labels, strict=True)):
                continue  # nobody of it was counted
            cell = tuple(each.index(label) for label, each in zip(line.labels, counts.labels, strict=True))
            if not np.isnan(sizes[cell]):
                raise BadInput(f"the population of {' and '.join(line.labels)} is given twice", where=where)
            sizes[cell] = line.people
            if line.standard:
                for name, label in zip(counts.by, line.labels, strict=True):
                    standard[name].setdefault(label, line.standard)
        if np.isnan(sizes).any():
            empty = tuple(int(each) for each in np.argwhere(np.isnan(sizes))[0])
            name = " and ".join(each[place] for each, place in zip(counts.labels, empty, strict=True))
            raise BadInput(f"the population of {name} is missing", where=where)
        for axis in range(sizes.ndim):
            sizes = np.concatenate((sizes, sizes.sum(axis=axis, keepdims=True)), axis=axis)
        return Population(sizes, standard)


def _rate(counts: Counts, people: Population, *, intervals: bool) -> list[Column]:
    pairs = [(counts.shown(cell), float(people.sizes[cell])) for cell in counts.cells]
    column = Column("rate", tuple(rate(*pair) for pair in pairs), f"For 100,000 of the population. {FROM_PRINT}")
    return [column, *(_between(column, [rate_interval(*pair) for pair in pairs], "Byar") if intervals else ())]


def _standardised(word: Word, counts: Counts, people: Population) -> Column:
    axis = counts.axis(word.of)
    labels = counts.labels[axis][:-1]
    if missing := [label for label in labels if label not in people.standard[word.of]]:
        raise BadInput(
            f"the population says no standard for {missing[0]!r}", todo="Give its standard beside the population."
        )
    weights = [people.standard[word.of][label] for label in labels]
    texts = []
    for cell in counts.cells:
        strata = [placed(cell, axis, place) for place in range(len(labels))]
        sizes = [float(people.sizes[each]) for each in strata]
        made = directly_standardised([counts.shown(each) for each in strata], sizes, weights)
        texts.append(made if cell[axis] == len(labels) else NOTHING)
    meaning = f"For 100,000, directly standardised by {word.of}; hidden below {FEWEST_EVENTS} events. {FROM_PRINT}"
    return Column(f"rate standardised by {word.of}", tuple(texts), meaning)


def _classes(word: Word, counts: Counts, made: Sequence[Column]) -> Column:
    """Of the rate where one was asked for before it, else of the count; totals have no place on a map."""
    of = next((column for column in made if column.name == "rate"), None)
    inner = [
        all(place < len(each) - 1 for place, each in zip(cell, counts.labels, strict=True)) for cell in counts.cells
    ]
    values = of.texts if of else [counts.shown(cell) for cell in counts.cells]
    found, ends = map_classes(
        [text if here else NOTHING for text, here in zip(values, inner, strict=True)], int(word.of)
    )
    texts = tuple(text if here else NOTHING for text, here in zip(found, inner, strict=True))
    key = "; ".join(f"{at}: {low:g} to {high:g}" for at, (low, high) in enumerate(ends, start=1))
    return Column("class", texts, f"Map classes of the printed {'rate' if of else 'counts'} ({key}). {FROM_PRINT}")


def _of_amounts(words: Sequence[Word], counts: Counts, amounts: Amounts) -> list[Column]:
    beside = [word for word in words if word.kind not in ("least", "greatest")]
    figures = {word: Figure(word.kind, word.share) for word in beside}
    found = figures_beside(counts.tables, counts.published, amounts, list(figures.values()), people_of=counts.people_of)
    texts = dict(zip(figures, found.texts, strict=True))
    made = []
    for word in words:
        name = f"{word.kind} of {word.of}"
        if word in texts:
            says = "Of all rows of a cell with enough of them, and hidden where it would tell of fewer."
            made.append(Column(name, texts[word], says, figures[word], found.given_up))
        else:
            says = "Never printed: it is somebody's own value."
            made.append(Column(name, (HIDDEN,) * len(counts.cells), says))
    return made
