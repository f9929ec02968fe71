"""A table of counts: episodes and people by the fields agreed, small numbers protected and audited."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import narwhals.stable.v2 as nw

from openhaven.disclosure.protection import Protected
from openhaven.disclosure.protection import protect as protect_counts
from openhaven.disclosure.rules import rule_named
from openhaven.disclosure.tables import Table, cells_of, from_cells
from openhaven.engines import Engine
from openhaven.model.obligation import SmallNumbers

from .plan import PERSON

NO_VALUE = "(not recorded)"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class MadeTable:
    """The table as it may leave, and its CSV text. Row tables come first, people second."""

    protected: Protected
    by: tuple[str, ...]
    text: str
    rows: int


def counted(engine: Engine, rows: nw.LazyFrame, by: Sequence[str], *, people: bool) -> tuple[Table, ...]:
    """Every cell and every total, of rows and, where asked, of people; totals of people are counted afresh."""
    keys = [f"_by_{number}" for number in range(len(by))]  # a dot in a name would break grouping
    texts = (nw.col(name).cast(nw.String).fill_null(NO_VALUE).alias(key) for name, key in zip(by, keys, strict=True))
    text = engine.materialise(rows.select(*texts, PERSON))
    episodes = from_cells("episodes", by, _cells(engine, text, keys))
    if not people:
        return (episodes,)
    distinct = engine.materialise(text.filter(~nw.col(PERSON).is_null()).unique())
    return episodes, from_cells("people", by, _cells(engine, distinct, keys, people=True), labels=episodes.labels)


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


def protected_table(
    engine: Engine, rows: nw.LazyFrame, by: Sequence[str], *, people: bool, obligation: SmallNumbers
) -> MadeTable:
    """Count, protect and audit. Raises Unmet where a count cannot be protected."""
    tables = counted(engine, rows, by, people=people)
    pairs = ((1, 0),) if people else ()
    protected = protect_counts(tables, rule_named(obligation.rule), people_of=pairs)
    text, lines = _as_csv(tables, protected, by)
    return MadeTable(protected, tuple(by), text, lines)


def _as_csv(tables: Sequence[Table], protected: Protected, by: Sequence[str]) -> tuple[str, int]:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*by, *(table.unit for table in tables)])
    cells = cells_of(tables[0])
    for number, cell in enumerate(cells):
        labels = [_escaped(label) for label in tables[0].name(cell)]
        writer.writerow([*labels, *(table.shown[number] for table in protected.tables)])
    return out.getvalue(), len(cells)


def printed_in(text: str, by: int) -> list[list[str]]:
    """The counts of a table file, line by line, after its `by` columns of labels."""
    lines = list(csv.reader(io.StringIO(text, newline="")))
    return [line[by:] for line in lines[1:]]


def _escaped(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula is written as text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
