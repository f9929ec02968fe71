"""Rows coarsened class by class, where the agreement asks for it: each row's cells, a column that tells their levels,
and what is left of each label and of every two columns together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import combine
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.interchange import by_history, loss_for_sure, of_rows
from openhaven.disclosure.kept import Association, Marginal, associations, marginals
from openhaven.disclosure.known_events import Known
from openhaven.disclosure.local import recode_locally
from openhaven.disclosure.models import Demands
from openhaven.engines import Engine
from openhaven.model.dataset import Field
from openhaven.model.errors import Unmet
from openhaven.model.words import FieldType, Precision, Role

from .combinations import Counts
from .counting import Ints, Quasi, absent, ints, keyed
from .ladder import Ladder
from .leave import Leaving
from .precision import Places, is_coarse

LEVELS = "recoding_levels"
BETWEEN = "; "


@dataclass(frozen=True, slots=True)
class Left:
    """What a local recoding left: what is lost, and for sure whoever argues back from how it was made; each label's
    rows, how strongly columns go together.

    Rows are exact: other faces than the controllers' put them through the publication rule."""

    loss: float
    loss_for_sure: float
    marginals: tuple[Marginal, ...]
    associations: tuple[Association, ...]

    def as_plain(self) -> dict[str, Any]:
        """Plain data, associations in hundredths."""
        together = [
            {**asdict(each), "before": round(each.before, 2), "after": round(each.after, 2)}
            for each in self.associations
        ]
        return {
            "format": 1,
            "loss": round(self.loss, 4),
            "loss_for_sure": round(self.loss_for_sure, 4),
            "marginals": [asdict(each) for each in self.marginals],
            "associations": together,
        }


@dataclass(frozen=True, slots=True)
class Recoded:
    """The rows with their cells, the class of each line counted, and what is left."""

    rows: nw.LazyFrame
    class_of: Ints
    left: Left


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines counted: how their columns become coarser, the confidential value and the rows of each."""

    ladders: Sequence[Ladder]
    value: Ints | None
    rows: Ints


def level_column() -> Leaving:
    """The column that tells the level of each cell, as one that leaves."""
    field = Field(LEVELS, FieldType.STRING, Role.QUASI, title="Level of each coarsened cell, in the order of columns")
    return Leaving(field, Precision.AS_HELD, LEVELS, False)


def recoded(engine: Engine, rows: nw.LazyFrame, counts: Counts, demands: Demands) -> Recoded:
    """The rows with the cells of their combinations, coarsened class by class.

    Raises Unmet where a column has the name of the one that tells levels."""
    ladders, both = counts.ladders, counts.both
    names = rows.collect_schema().names()
    if LEVELS in names:
        raise Unmet(f"a field is called {LEVELS}, as the column of levels is", todo="Agree global recoding.")
    found = recode_locally(counts.classes(), [each.hierarchy for each in ladders], demands=demands)
    shown = {key: counts.table[key] for key in both.keys}
    told = [np.array([str(step) for step in each.steps], dtype=object) for each in ladders]
    for at, each in enumerate(ladders):
        shown[f"_shown_{at}"] = pa.array(_cells(each, found.levels[:, at]), pa.string())
    texts = [steps[found.levels[:, at]] for at, steps in enumerate(told)]
    shown[LEVELS] = pa.array([BETWEEN.join(each) for each in zip(*texts, strict=True)], pa.string())
    joined = keyed(rows, both).join(engine.table(pa.table(shown)), on=both.keys, how="inner")
    cells = {each.name: nw.col(f"_shown_{at}").alias(each.name) for at, each in enumerate(both.columns[: len(ladders)])}
    left = _left(ladders, found.levels, ints(counts.table["rows"]), found.loss)
    return Recoded(joined.select(*(cells.get(name, nw.col(name)) for name in names), LEVELS), found.class_of, left)


def for_sure(counted: Lines, class_of: Ints, known: Known | None) -> float:
    """The loss that stays, whoever argues back from how the file was made. Without the haven's keys nobody can tell
    which person of the records has which pseudonym: people with as many rows in each class, and of each value that was
    counted, can change places. Without people rows can."""
    value = np.zeros(len(class_of), dtype=np.int64) if counted.value is None else counted.value
    alike = combine([class_of, value], [int(class_of.max()) + 1, int(value.max()) + 1])
    line, rows = np.arange(len(class_of)), counted.rows
    if known is not None:
        line, alike, rows = of_rows(known.line, by_history(known.person, alike[known.line]))
    leaves = np.stack([each.codes for each in counted.ladders], axis=1)
    return loss_for_sure(leaves[line], alike, rows, [each.hierarchy for each in counted.ladders])


def _cells(each: Ladder, levels: Ints) -> list[str | None]:
    """The label of each line's cell; nothing where there is no value."""
    labels = []
    for code, level in zip(each.codes, levels, strict=True):
        label = each.hierarchy.levels[level][code]
        labels.append(None if absent(each.keys[level][label]) else label)
    return labels


def _left(ladders: Sequence[Ladder], levels: Ints, rows: Ints, loss: float) -> Left:
    hierarchies: list[Hierarchy] = [each.hierarchy for each in ladders]
    leaves = np.stack([each.codes for each in ladders], axis=1)
    shown = np.stack([_numbered(each, levels[:, at]) for at, each in enumerate(ladders)], axis=1)
    return Left(
        loss,
        0.0,
        tuple(marginals(hierarchies, leaves, levels, rows)),
        tuple(associations(hierarchies, leaves, shown, rows)),
    )


def _numbered(each: Ladder, levels: Ints) -> Ints:
    """A number for each label at each level."""
    groupings = each.hierarchy.groupings
    code = np.array([groupings[level].codes[leaf] for leaf, level in zip(each.codes, levels, strict=True)])
    return np.asarray(np.unique(combine([levels, code], [len(groupings), int(code.max()) + 1]), return_inverse=True)[1])


def wrong_cells(quasi: Quasi, table: pa.Table) -> list[str]:
    """Columns with a cell that is finer than agreed, or than the level that is told beside it. `table` holds each
    combination of cells and levels once."""
    wrong = []
    told = [each.split(BETWEEN) for each in table[LEVELS].to_pylist()]
    for at, each in enumerate(quasi.columns):
        pairs = {(value, steps[at]) for value, steps in zip(table[each.name].to_pylist(), told, strict=True)}
        if not all(_is_right(value, step, each, quasi) for value, step in pairs):
            wrong.append(each.name)
    return wrong


def _is_right(value: str | None, step: str, each: Leaving, quasi: Quasi) -> bool:
    steps = {str(known): known for known in quasi.steps(each)}
    if step not in steps:
        return False
    if value is None:
        return steps[step] is not Precision.ALL
    return _as_coarse(value, steps[step], each.field, quasi.places)


def _as_coarse(text: str, step: Precision, field: Field, places: Places) -> bool:
    if step is Precision.AS_HELD:
        return True
    value: Any = text
    if step is not Precision.ALL and field.type in (FieldType.DATE, FieldType.DATETIME):
        try:
            value = dt.date.fromisoformat(text)
        except ValueError:
            return False
    try:
        return is_coarse(value, step, field=field, places=places)
    except (ValueError, KeyError):
        return False


def with_levels(quasi: Quasi) -> Quasi:
    """The characteristics as they stand in the file: the levels are seen too."""
    return replace(quasi, columns=(*quasi.columns, level_column()))
