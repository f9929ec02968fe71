"""Figures beside the counts of a table that leaves: asked for by an obligation, made as for a plain file, and measured
again on the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from openhaven.disclosure.amounts import Amounts
from openhaven.disclosure.figure_columns import Asked, Column, Counts, Population, columns_of
from openhaven.disclosure.figures_before import MeasuredTable, beside_earlier
from openhaven.disclosure.ledger import Counted
from openhaven.disclosure.measured import told_by_figures
from openhaven.disclosure.tables import Table
from openhaven.model.errors import Unmet
from openhaven.model.figure import OF_PEOPLE, Word, measures_of
from openhaven.model.obligation import Figures

from .remembered import Told, measured_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measured:
    """The amount of each row on the road, in the order in which `Counted` has them."""

    field: str
    of: Floats


def amounts_in(column: pa.ChunkedArray, field: str) -> Measured:
    """The amounts of a field. Raises Unmet where a row has none, or a negative one: a mean would say what is not so."""
    todo = f"Ask for a cohort of rows that have one, such as {field} from 0."
    if column.null_count:
        raise Unmet(f"there are rows without {field}, and a mean of the others is not that of the counts", todo=todo)
    found = column.to_numpy().astype(np.float64)
    if not np.isfinite(found).all():
        raise Unmet(f"{field} holds what is no amount", todo=todo)
    if (found < 0).any():
        raise Unmet(f"amounts cannot be negative, and there are such in {field}", todo=todo)
    return Measured(field, found)


@dataclass(frozen=True, slots=True)
class ToMake:
    """What figures are made of: the counts as they print, who stands in them, the amounts of these where some are
    measured; and what left before of the same field, as tables and as files (the records of each)."""

    counts: Counts
    rows: Counted
    measured: Measured | None
    earlier: Sequence[MeasuredTable] = ()
    files: Sequence[Ints] = ()


@dataclass(frozen=True, slots=True)
class Figured:
    """The figures beside the counts as they may leave. Of those made of amounts: the amounts, what they tell of whom as
    a `table`, what left before, and in how many cells they were left out for that."""

    columns: tuple[Column, ...] = ()
    amounts: Amounts | None = None
    table: MeasuredTable | None = None
    earlier: tuple[MeasuredTable, ...] = ()
    files: tuple[Ints, ...] = ()
    left_out: int = 0
    given_up: bool = False

    def told_together(self) -> int:
        """How many figures tell of few beside what left before."""
        return 0 if self.table is None else beside_earlier(self.table, self.earlier, self.files).left_out


NO_FIGURES = Figured()


def figured(obligation: Figures, of: ToMake) -> Figured:
    """Every figure that the obligation names, cell by cell; none that tells of few, alone or beside what left before.

    Raises BadInput where one cannot be made of this table, Unmet where two columns would be called alike."""
    columns = _columns(obligation, of)
    if of.measured is None:
        return Figured(columns)
    amounts = amounts_of(of.counts.tables[0], of.rows, of.measured)
    of_amounts = [each for each in columns if each.figure is not None]
    shown = tuple((each.figure.share if each.figure else None, each.texts) for each in of_amounts)
    new = measured_table(Told("", of.measured.field, shown), of.counts.published[0], of.rows, of.measured.of)
    earlier, files = tuple(each for each in of.earlier if each.field == new.field), tuple(of.files)
    beside = beside_earlier(new, earlier, files)
    texts = {each.name: left for each, (_, left) in zip(of_amounts, beside.figures, strict=True)}
    columns = tuple(replace(each, texts=texts.get(each.name, each.texts)) for each in columns)
    new = replace(new, figures=beside.figures)
    return Figured(columns, amounts, new, earlier, files, beside.left_out, beside.given_up)


def _columns(obligation: Figures, of: ToMake) -> tuple[Column, ...]:
    counts, measured, rows = of.counts, of.measured, of.rows
    amounts = {} if measured is None else {measured.field: amounts_of(counts.tables[0], rows, measured)}
    found = tuple(columns_of(_asked(obligation, counts, obligation.words), counts, amounts))
    names = [*counts.by, *(table.unit for table in counts.tables), *(each.name for each in found)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Unmet(f"two columns of the table would be called {min(twice)!r}", todo="Agree a table without one.")
    return found


def _asked(obligation: Figures, counts: Counts, words: Sequence[Word]) -> Asked:
    of_people = any(word.kind in OF_PEOPLE for word in words)
    people = Population.of(obligation.population, counts) if of_people else None
    return Asked(tuple(words), obligation.intervals, people)


def made_again(obligation: Figures, counts: Counts) -> dict[str, tuple[str, ...]]:
    """The figures that are made of printed counts, made of them once more: what prints, by the name of the column."""
    words = [word for word in obligation.words if not word.of_amounts]
    return {each.name: each.texts for each in columns_of(_asked(obligation, counts, words), counts, {})}


def told_again(
    columns: Sequence[Column], printed: Mapping[str, Sequence[str]], counts: Counts, amounts: Amounts
) -> int:
    """How much is told of few people by the figures made of amounts, as they print: attacked once more."""
    of_rows = [(each.figure, printed[each.name]) for each in columns if each.figure is not None]
    return told_by_figures(counts.tables, counts.published, amounts, of_rows, people_of=counts.people_of)


def amounts_of(table: Table, rows: Counted, measured: Measured) -> Amounts:
    """The amount of each row with the cell in which it stands, and whose it is."""
    sizes = [len(labels) for labels in table.labels]
    codes = np.stack(np.unravel_index(rows.leaves, sizes), axis=1)
    return Amounts(measured.of, codes, rows.person)


def measured_field(obligation: Figures | None) -> str:
    """The field of whose amounts figures are made; empty where none is."""
    found: Sequence[str] = () if obligation is None else measures_of(obligation.words)
    return found[0] if found else ""
