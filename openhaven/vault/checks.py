"""Everything wrong with the values of a delivery, found by the column, and told row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import Expression

from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import BadInput

from .fields import call, constant, named, problem, typed
from .session import Connection, Relation, join
from .sources import ROW, Source, place

PROBLEMS = "problems"
_FEW = 5


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a delivery as text, and what they are checked against."""

    connection: Connection
    relation: Relation
    dataset: Dataset
    sources: tuple[Source, ...]
    demo: bool

    def value(self, field: Field) -> Expression:
        """The field's typed value."""
        return typed(field, self.dataset)


def find_problems(rows: Rows) -> int:
    """Note each bad value in the table `problems` (row, field, reason). Returns how many there are.

    One pass counts; only the fields in which something was counted are looked at again."""
    rows.connection.execute(f"CREATE TEMP TABLE {PROBLEMS} ({ROW} BIGINT, field VARCHAR, reason VARCHAR)")
    checks = [(field.name, problem(field, rows.dataset, demo=rows.demo)) for field in rows.dataset]
    checks += [_order(rows, *pair) for pair in rows.dataset.in_order]
    counts = rows.relation.aggregate(
        [reason.count().alias(f"n{at}") for at, (_, reason) in enumerate(checks)]
    ).fetchall()
    for (name, reason), count in zip(checks, counts[0], strict=True):
        if count:
            _note(rows.relation.select(named(ROW), constant(name).alias("field"), reason.alias("reason")))
    for field in rows.dataset:
        if field.unique:
            _note(_repeated(rows, field))
    return rows.connection.table(PROBLEMS).shape[0]


def _note(found: Relation) -> None:
    found.filter(named("reason").isnotnull()).insert_into(PROBLEMS)


def _order(rows: Rows, first: str, second: str) -> tuple[str, Expression]:
    early, late = (rows.value(rows.dataset.field(name)) for name in (first, second))
    return second, call("if", early > late, constant(f"is before {first}"), constant(None).cast("VARCHAR"))


def _repeated(rows: Rows, field: Field) -> Relation:
    """Every row whose value of a unique field stands in another row too: which of them is right, nobody can tell."""
    values = rows.relation.select(named(ROW), rows.value(field).alias("value"))
    twice = (
        values.filter(named("value").isnotnull())
        .aggregate([named("value").alias("again"), call("count", constant(1)).alias("times")])
        .filter(named("times") > constant(1))
    )
    reason = constant("stands in more than one row, and it must be unique").alias("reason")
    return join(values, twice, on=named("value") == named("again"), how="semi").select(
        named(ROW), constant(field.name).alias("field"), reason
    )


def refusal(rows: Rows, total: int) -> BadInput:
    """The first few problems and how many there are, as one plain message. No value is printed: it may identify."""
    table = rows.connection.table(PROBLEMS)
    first = table.order(f"{ROW}, field").limit(_FEW).fetchall()
    told = "; ".join(_told(rows.sources, *found) for found in first)
    more = f"; and {total - _FEW:,} more" if total > _FEW else ""
    count = "1 value" if total == 1 else f"{total:,} values"
    return BadInput(
        f"nothing was taken, {count} cannot be accepted: {told}{more}",
        todo="Rows are counted from 1, after any heading. Put the file right and deliver it again, or "
        "deliver with --quarantine to take the good rows and set the bad ones aside.",
    )


def _told(sources: Sequence[Source], row: int, field: str, reason: str) -> str:
    file, number = place(row, sources)
    return f"{file}, row {number}, field {field} {reason}"


def duplicates(relation: Relation, columns: Sequence[str]) -> int:
    """How many rows repeat an earlier one whole: suspects are found by a hash, then counted exactly."""
    hashed = relation.select(call("hash", *map(named, columns)).alias("_hash"), *map(named, columns))
    suspect = (
        hashed.aggregate([named("_hash").alias("_twice"), call("count", constant(1)).alias("_times")])
        .filter(named("_times") > constant(1))
        .select("_twice")
    )
    suspects = join(hashed, suspect, on=named("_hash") == named("_twice"), how="semi").select(*map(named, columns))
    return suspects.shape[0] - suspects.distinct().shape[0]
