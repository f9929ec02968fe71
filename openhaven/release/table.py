"""A table of counts: episodes and people by the fields agreed, small numbers protected and audited."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations, count

import narwhals.stable.v2 as nw

from openhaven.disclosure.beside import Before, Beside, Tables, protect_beside, told_beside
from openhaven.disclosure.figure_columns import Column, Counts
from openhaven.disclosure.figures_before import MeasuredTable
from openhaven.disclosure.files import File
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.ledger import Counted, Ledger
from openhaven.disclosure.moved import MovedRule, any_rule_named
from openhaven.disclosure.moved_beside import Keys, moved_beside
from openhaven.disclosure.protection import Protected
from openhaven.disclosure.tables import TOTAL, Table, cells_of, escaped, from_cells, written_alike
from openhaven.engines import Engine
from openhaven.model.errors import Unmet
from openhaven.model.obligation import Figures, SmallNumbers

from .figures import NO_FIGURES, Figured, Measured, ToMake, amounts_in, figured
from .plan import PERSON
from .units import counted_in

NO_VALUE = "(not recorded)"
AMOUNT = "_amount"


@dataclass(frozen=True, slots=True)
class MadeTable:
    """The table as it may leave, and its CSV text. Row tables come first, people second. `counted` says who stands in
    the cells of each, and `before` what was released before; `figured` are the figures beside the counts."""

    protected: Protected
    by: tuple[str, ...]
    text: str
    rows: int
    counts: Tables
    beside: Beside
    before: Before
    figured: Figured = NO_FIGURES

    @property
    def shown(self) -> list[list[str]]:
        """The counts as they print, line by line."""
        return [list(cells) for cells in zip(*(table.shown for table in self.protected.tables), strict=True)]

    @property
    def printed(self) -> Counts:
        """The counts as they print, for figures made of them."""
        return Counts(self.counts.tables, self.protected.tables, self.counts.people_of)

    @property
    def counted(self) -> Sequence[Counted]:
        """Who stands in the cells of each."""
        return self.counts.counted

    def told_together(self) -> int:
        """How many groups of few people the tables tell of beside what was released before."""
        return sum(map(len, told_beside(self.counts, self.protected, self.before)))


@dataclass(frozen=True, slots=True)
class Rows:
    """What is counted: by which columns, whether people too, and which columns tell one record from another. `measure`
    is the field whose amounts stand in the column AMOUNT."""

    frame: nw.LazyFrame
    by: tuple[str, ...]
    people: bool
    units: tuple[str, ...] = ()
    measure: str = ""


def counted(engine: Engine, rows: Rows) -> tuple[tuple[Table, ...], tuple[Counted, ...], Measured | None]:
    """Every cell and every total, of rows and, where asked, of people; totals of people are counted afresh. And who
    stands in each cell, and what is measured of each row.

    Raises Unmet where a value is called as a line of the table is, or two would be written alike."""
    by = rows.by
    keys = [f"_by_{number}" for number in range(len(by))]  # a dot in a name would break grouping
    texts = (nw.col(name).cast(nw.String).alias(key) for name, key in zip(by, keys, strict=True))
    amount = (AMOUNT,) if rows.measure else ()
    text = engine.materialise(rows.frame.select(*texts, PERSON, *rows.units, *amount))
    for name, key in zip(by, keys, strict=True):
        _check_values(engine, text.select(key), name)
    text = text.with_columns(*(nw.col(key).fill_null(NO_VALUE) for key in keys))
    episodes = from_cells(_unit("episodes", by), by, _cells(engine, text, keys))
    tables = (episodes,)
    if rows.people:
        known = text.select(*keys, PERSON).filter(~nw.col(PERSON).is_null())
        cells = _cells(engine, engine.materialise(known.unique()), keys, people=True)
        tables = (episodes, from_cells(_unit("people", by), by, cells, labels=episodes.labels))
    found = engine.collect(text)
    measured = amounts_in(found[AMOUNT], rows.measure) if rows.measure else None
    return tables, counted_in(found, keys, tables, rows.units), measured


def _unit(name: str, by: Sequence[str]) -> str:
    """That name of a count, or the first like it that no field of the table has."""
    taken = {each.lower() for each in by}
    return next(each for each in chain([name], (f"{name}_{n}" for n in count(2))) if each not in taken)


def _check_values(engine: Engine, column: nw.LazyFrame, name: str) -> None:
    values = engine.collect(column.unique())[0].drop_null().to_pylist()
    todo = f"Agree a table without {name}, or have its values delivered under other names."
    if own := sorted({TOTAL, NO_VALUE} & set(values)):
        raise Unmet(f"{name} holds the value {own[0]!r}, and so is a line of the table itself called", todo=todo)
    if alike := written_alike(values):
        raise Unmet(f"{name} holds {alike[0]!r} and {alike[1]!r}, which would be written alike", todo=todo)


def _cells(
    engine: Engine,
    rows: nw.LazyFrame,
    by: Sequence[str],
    *,
    people: bool = False,
) -> dict[tuple[str | None, ...], int]:
    cells: dict[tuple[str | None, ...], int] = {}
    for size in range(len(by) + 1):
        for some in combinations(by, size):
            frame = rows.select(*some, PERSON).unique() if people else rows
            counts = frame.group_by(*some).agg(nw.len().alias("n")) if some else frame.select(nw.len().alias("n"))
            for row in engine.collect(counts).to_pylist():
                cells[tuple(row.get(name) for name in by)] = row["n"]
    return cells


@dataclass(frozen=True, slots=True)
class Under:
    """What a table leaves under: the rule for small numbers, and the figures beside its counts, if any."""

    small: SmallNumbers
    figures: Figures | None = None


@dataclass(frozen=True, slots=True)
class Former:
    """What was released before: a ledger for rows and one for people, or none; files of records that the recipient has;
    tables with figures of amounts. And the keys of records, the same in every table, for a rule that moves counts."""

    ledgers: Sequence[Ledger] = ()
    files: Sequence[File] = ()
    measured: Sequence[MeasuredTable] = ()
    keys: Keys | None = None

    def holding(self, field: str) -> list[Ints]:
        """The records of each file in which the recipient has this field."""
        return [each.records for each in self.files if field in each.fields]


def protected_table(engine: Engine, rows: Rows, under: Under, former: Former) -> MadeTable:
    """Count, protect and audit, beside what was released before. Figures are made of what then prints.

    Raises Unmet where a count cannot be protected."""
    tables, who, measured = counted(engine, rows)
    pairs = ((1, 0),) if rows.people else ()
    known = tuple(former.ledgers)[: len(tables)] or (Ledger.of([]),) * len(tables)
    counts, before = Tables(tables, who, pairs), Before(known, tuple(former.files))
    made = _protected(counts, under.small, before, former.keys)
    beside = NO_FIGURES
    if under.figures is not None:
        shown, files = Counts(tables, made.protected.tables, pairs), former.holding(rows.measure)
        beside = figured(under.figures, ToMake(shown, who[0], measured, former.measured, files))
    text, lines = _as_csv(tables, made.protected, rows.by, beside.columns)
    return MadeTable(made.protected, rows.by, text, lines, counts, made, before, beside)


def _protected(counts: Tables, small: SmallNumbers, before: Before, keys: Keys | None) -> Beside:
    rule = any_rule_named(small.rule)
    if isinstance(rule, MovedRule):
        return moved_beside(counts, rule, before, keys)
    return protect_beside(counts, rule, before)


def _as_csv(
    tables: Sequence[Table], protected: Protected, by: Sequence[str], columns: Sequence[Column]
) -> tuple[str, int]:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*by, *(table.unit for table in tables), *(escaped(each.name) for each in columns)])
    cells = cells_of(tables[0])
    for number, cell in enumerate(cells):
        labels = [escaped(label) for label in tables[0].name(cell)]
        figures = (each.texts[number] for each in columns)
        writer.writerow([*labels, *(table.shown[number] for table in protected.tables), *figures])
    return out.getvalue(), len(cells)


def printed_in(text: str, by: int) -> list[list[str]]:
    """What prints in a table file, line by line, after its `by` columns of labels."""
    lines = list(csv.reader(io.StringIO(text, newline="")))
    return [line[by:] for line in lines[1:]]
