"""Delivered files as rows of text: each becomes a Parquet file of text columns named as described, in its own order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput

from .fields import constant, named
from .session import Connection, Relation

ROW = "_row"  # like every name that the work on a delivery gives, one that no field can have


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of one file. Its first row is row `before` + 1 of the delivery."""

    name: str
    parquet: Path
    before: int
    rows: int

    def holds(self, row: int) -> bool:
        """Whether that row of the delivery came from this file."""
        return self.before < row <= self.before + self.rows


def sent(name: str) -> str:
    """The name of a field's column while its rows are text as sent, beside the row's number that DuckDB adds."""
    return f"_sent_{name}"


def check_columns(columns: Collection[str], dataset: Dataset, *, where: str) -> None:
    """Raises BadInput for a column that is not described, one that is missing, and one that stands twice."""
    described = [field.name for field in dataset]
    listed = list(columns)
    if "" in listed:
        raise BadInput("a column has no name", where=where, todo="Name it, or take it out, each separator too.")
    if twice := sorted({name for name in listed if listed.count(name) > 1}):
        raise BadInput(f"two columns are called {', '.join(twice)}", where=where)
    if not set(described) & set(listed):  # what stands there may be somebody's values: it is not told
        raise BadInput(
            f"no column that dataset {dataset.id} describes is in it: {', '.join(described[:10])}",
            where=where,
            todo=f"Send the file with its heading.{_meant(listed, described)}",
        )
    if unknown := [name for name in listed if name not in described]:
        raise BadInput(
            f"unknown column: {', '.join(map(repr, unknown[:10]))}",
            where=where,
            todo=f"Dataset {dataset.id} does not describe it; nothing undescribed is taken in."
            + _meant(unknown, described),
        )
    if missing := [name for name in described if name not in listed]:
        raise BadInput(
            f"missing column: {', '.join(missing[:10])}",
            where=where,
            todo=f"Dataset {dataset.id} describes it. Send it, empty where nothing is known.",
        )


def _meant(unknown: Sequence[str], described: Sequence[str]) -> str:
    """The first unknown column that is named nearly as a field is, and that field."""
    for name in unknown:
        if near := get_close_matches(name.strip().lower().replace(" ", "_"), described, n=1, cutoff=0.8):
            return f" Perhaps {near[0]!r} is meant: names have to be the same letter for letter."
    return ""


def numbered(connection: Connection, source: Source, dataset: Dataset) -> Relation:
    """The source's rows, each with its ordinal in the delivery."""
    relation = connection.from_parquet(str(source.parquet), file_row_number=True)
    ordinal = (named("file_row_number") + constant(source.before + 1)).alias(ROW)
    return relation.select(ordinal, *(named(sent(field.name)).alias(field.name) for field in dataset))


def all_rows(connection: Connection, sources: Collection[Source], dataset: Dataset) -> Relation:
    """The rows of all sources, one after another."""
    first, *rest = (numbered(connection, source, dataset) for source in sources)
    for relation in rest:
        first = first.union(relation)
    return first


def place(row: int, sources: Collection[Source]) -> tuple[str, int]:
    """The file that a row of the delivery came from, and its row there, counted from 1 after any heading."""
    source = next(source for source in sources if source.holds(row))
    return source.name, row - source.before
