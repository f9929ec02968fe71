"""Parquet and NDJSON as text, so that one set of checks serves every form."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import CaseExpression, Expression

from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import BadInput
from openhaven.model.words import FieldType

from .fields import call, constant, named, nothing
from .seal import Sealed
from .session import Connection, Relation
from .sources import check_columns, sent

_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
_ACCEPTED = {
    FieldType.STRING: (),
    FieldType.INTEGER: (pa.types.is_integer,),
    FieldType.NUMBER: (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
    FieldType.BOOLEAN: (pa.types.is_boolean,),
    FieldType.DATE: (pa.types.is_date,),
    FieldType.DATETIME: (pa.types.is_timestamp,),
}


def read_parquet(connection: Connection, sealed: Sealed, dataset: Dataset, *, into: Path) -> None:
    """Write the file's rows as text. Raises BadInput for a file cut short, its columns, or a column's type."""
    try:
        schema = pq.read_schema(sealed.path)
    except (pa.ArrowInvalid, OSError):
        raise _not_whole(sealed) from None
    check_columns(schema.names, dataset, where=sealed.name)
    for field in dataset:
        _check_type(field, schema.field(field.name).type, where=sealed.name)
    columns = [_as_text(field, schema.field(field.name).type) for field in dataset]
    try:
        _write(connection.from_parquet(str(sealed.path)).select(*columns), into)
    except (duckdb.IOException, duckdb.OutOfMemoryException):
        raise
    except duckdb.Error:
        raise _not_whole(sealed) from None


def _not_whole(sealed: Sealed) -> BadInput:
    todo = "It was cut short or damaged. Ask for it again."
    return BadInput("this is not a whole Parquet file", where=sealed.name, todo=todo)


def _check_type(field: Field, held: pa.DataType, *, where: str) -> None:
    held = held.value_type if pa.types.is_dictionary(held) else held
    if not any(accepts(held) for accepts in (*_TEXT, *_ACCEPTED[field.type])):
        raise BadInput(f"column {field.name} has the wrong type: {held}, where {field.type} is described", where=where)


def _as_text(field: Field, held: pa.DataType) -> Expression:
    column = named(field.name)
    if field.format and (pa.types.is_date(held) or pa.types.is_timestamp(held)):
        column = call("strftime", column, constant(field.format))
    return _filled(column.cast("VARCHAR")).alias(sent(field.name))


def _filled(text: Expression) -> Expression:
    """Nothing for an empty text, as CSV has it."""
    return CaseExpression(text == constant(""), nothing()).otherwise(text)


def _write(relation: Relation, into: Path) -> None:
    relation.write_parquet(str(into), compression="snappy")


def read_ndjson(connection: Connection, sealed: Sealed, dataset: Dataset, *, into: Path) -> None:
    """Write the file's rows as text. Raises BadInput for a line that is no JSON object, keys that are not described,
    and values that are lists or objects."""
    lines = into.with_suffix(".lines")
    query = "SELECT json FROM read_ndjson_objects($file, ignore_errors = true)"
    _write(connection.sql(query, params={"file": str(sealed.path)}), lines)
    held = connection.from_parquet(str(lines), file_row_number=True)
    _refuse_rows(
        held,
        ~(call("json_type", named("json")) == constant("OBJECT")) | named("json").isnull(),
        what="is not a whole JSON object",
        where=sealed.name,
    )
    names = call("json_keys", named("json"))
    _refuse_rows(
        held,
        call("len", names) != call("len", call("list_distinct", names)),
        what="has one key twice",
        where=sealed.name,
        todo="Which of its two values is meant nobody can tell. Have the file made again, each key once a row.",
    )
    keys = held.select(names.alias("keys"))
    found = keys.select(call("unnest", named("keys")).alias("name")).distinct().order("name").fetchall()
    check_columns([name for (name,) in found], dataset, where=sealed.name)
    paths = constant([f'$."{field.name}"' for field in dataset])
    nested = call("list_has_any", call("json_type", named("json"), paths), constant(["OBJECT", "ARRAY"]))
    _refuse_rows(held, nested, what="holds a list or an object where a value is described", where=sealed.name)
    values = held.select(call("json_extract_string", named("json"), paths).alias("held"))
    columns = (call("list_extract", named("held"), constant(place)) for place in range(1, len(dataset.fields) + 1))
    texts = (_filled(each).alias(sent(field.name)) for each, field in zip(columns, dataset, strict=True))
    _write(values.select(*texts), into)
    lines.unlink()


_NOT_NDJSON = "The file was cut short or damaged, or is not one JSON object a line."


def _refuse_rows(held: Relation, condition: Expression, *, what: str, where: str, todo: str = _NOT_NDJSON) -> None:
    first, count = held.filter(condition).aggregate("min(file_row_number), count(*)").fetchall()[0]
    if count:
        raise BadInput(
            f"row {first + 1} {what}" + (f", and {count - 1:,} more rows" if count > 1 else ""),
            where=where,
            todo=todo,
        )
