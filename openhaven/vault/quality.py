"""The quality of a delivery, field by field: for the controllers and whoever looks after the data. Holds no values but
the earliest and latest dates."""

from __future__ import annotations

from typing import Any

from duckdb import Expression

from openhaven.model.dataset import Field
from openhaven.model.words import FieldType

from .checks import PROBLEMS, Rows
from .fields import call, named
from .places import FORMAT
from .session import Relation

_TOP = 3


def fields_report(rows: Rows, kept: Relation) -> dict[str, dict[str, Any]]:
    """Of each field: values filled, distinct (approximately), invalid, earliest and latest, and the top problems."""
    measures = [each for at, field in enumerate(rows.dataset) for each in _measures(rows, field, at)]
    found = kept.aggregate(measures)
    values = dict(zip(found.columns, found.fetchall()[0], strict=True))
    problems = _problems(rows)
    return {field.name: _report(values, at, problems.get(field.name, [])) for at, field in enumerate(rows.dataset)}


def _measures(rows: Rows, field: Field, at: int) -> list[Expression]:
    value = rows.value(field)
    made = [
        call("count", named(field.name)).alias(f"filled_{at}"),
        call("approx_count_distinct", named(field.name)).alias(f"distinct_{at}"),
    ]
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        made += [
            call("min", value).cast("VARCHAR").alias(f"earliest_{at}"),
            call("max", value).cast("VARCHAR").alias(f"latest_{at}"),
        ]
    return made


def _report(values: dict[str, Any], at: int, problems: list[tuple[str, int]]) -> dict[str, Any]:
    filled = values[f"filled_{at}"]
    report = {
        "filled": filled,
        "distinct": min(values[f"distinct_{at}"], filled),
        "invalid": sum(count for _, count in problems),
    }
    if f"earliest_{at}" in values:
        report |= {"earliest": values[f"earliest_{at}"], "latest": values[f"latest_{at}"]}
    return report | {"problems": [{"reason": reason, "rows": count} for reason, count in problems[:_TOP]]}


def _problems(rows: Rows) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    table = rows.connection.table(PROBLEMS)
    for field, reason, count in (
        table.aggregate("field, reason, count(*) AS n").order("field, n DESC, reason").fetchall()
    ):
        found.setdefault(field, []).append((reason, count))
    return found


def quality_report(counts: dict[str, int], fields: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The document quality.json."""
    return {"format": FORMAT, **counts, "fields": fields}
