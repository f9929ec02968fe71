"""What the description says of a field, as expressions over its text: the typed value, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, Expression, FunctionExpression

from openhaven.identity.nhs_number import clean_array, issued_mask
from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import BadInput
from openhaven.model.precision import OLDEST
from openhaven.model.words import FieldType, Kind

from .session import Connection, session

SQL_TYPE = {
    FieldType.STRING: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.NUMBER: "DOUBLE",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.DATETIME: "TIMESTAMP",
}
_WRITTEN = {  # Frictionless Table Schema's default forms; whole numbers to 18 digits, which fit 64 bits
    FieldType.INTEGER: r"[+-]?[0-9]{1,18}",
    FieldType.NUMBER: r"[+-]?([0-9]{1,60}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?",
    FieldType.BOOLEAN: r"true|True|TRUE|1|false|False|FALSE|0",
    FieldType.DATE: r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    FieldType.DATETIME: r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?",
}
_EXCEL = r"[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,2}"
_NEVER_ISSUED = "999"

Wrong = tuple[Expression, str | Expression]  # when it is so, and the words for it


def named(name: str) -> Expression:
    """A column by its name."""
    return ColumnExpression(name)


def constant(value: object) -> Expression:
    """A value, never pasted into text."""
    return ConstantExpression(value)


def call(name: str, *arguments: Expression) -> Expression:
    """A function of the engine."""
    return FunctionExpression(name, *arguments)


def nothing(type: str = "VARCHAR") -> Expression:
    """A null of that type."""
    return constant(None).cast(type)


def is_nhs_number(field: Field, dataset: Dataset) -> bool:
    """Whether the field holds NHS numbers, its own or, as a reference, the person key's."""
    person = dataset.person
    refers = person is not None and field.refers_to == person.name and person.kind is Kind.NHS_NUMBER
    return field.kind is Kind.NHS_NUMBER or refers


def register_numbers(connection: Connection, *, demo: bool) -> None:
    """Give the session `nhs_number(text)`, the ten digits or null, and `checkable(text)`, which also wants an issued
    range: a number outside those (PID-03) is kept with its row, but no opt-out can be looked up by it."""

    def checkable(texts: pa.Array) -> pa.Array:
        cleaned = clean_array(texts)
        return pc.if_else(pa.array(issued_mask(cleaned, demo=demo)), cleaned, pa.scalar(None, pa.string()))

    for name, function in (("nhs_number", clean_array), ("checkable", checkable)):
        connection.create_function(name, function, ["VARCHAR"], "VARCHAR", type="arrow", null_handling="special")


def typed(field: Field, dataset: Dataset) -> Expression:
    """The field's value, typed as described; null where the text is not of that type. An NHS number is without its
    spaces and hyphens: `problem` has refused those that are not valid."""
    text = named(field.name)
    if is_nhs_number(field, dataset):
        return call("translate", text, constant(" -"), constant(""))
    if field.type is FieldType.STRING:
        return text
    if field.format and field.type in (FieldType.DATE, FieldType.DATETIME):
        return CaseExpression(_as_formatted(field), _by_format(field).cast(SQL_TYPE[field.type]))
    # An instant with an offset is brought to UTC, the session's zone; one without is kept as written.
    via = "TIMESTAMPTZ" if field.type is FieldType.DATETIME else SQL_TYPE[field.type]
    return CaseExpression(_matches(text, _WRITTEN[field.type]), text.try_cast(via).cast(SQL_TYPE[field.type]))


def _by_format(field: Field) -> Expression:
    return call("try_strptime", named(field.name), constant(field.format))


def _as_formatted(field: Field) -> Expression:
    """Whether the text is exactly what the format writes: 1/2/20 is not a date of %d/%m/%Y."""
    return call("strftime", _by_format(field), constant(field.format)) == named(field.name)


def _matches(text: Expression, pattern: str) -> Expression:
    return call("regexp_full_match", text, constant(pattern))


def canonical(field: Field, dataset: Dataset) -> Expression:
    """The field's value as the text that stands for a person everywhere in the vault."""
    return typed(field, dataset).cast("VARCHAR")


def problem(field: Field, dataset: Dataset, *, demo: bool) -> Expression:
    """What is wrong with the field's value, in words, or null. One wrong thing is named, the first."""
    text, value = named(field.name), typed(field, dataset)
    wrong: list[Wrong] = [(call("contains", text, call("chr", constant(0))), "holds a NUL, which no text has")]
    if field.required:
        wrong.append((text.isnull(), "is empty, and it is required"))
    if is_nhs_number(field, dataset):
        wrong += _number_problems(text, value, demo=demo)
    elif field.type is not FieldType.STRING:
        wrong.append((text.isnotnull() & value.isnull(), _type_problem(field)))
    wrong += _constraint_problems(field, text, value)
    chain = CaseExpression(constant(False), nothing())
    for condition, words in wrong:
        chain = chain.when(condition, constant(words) if isinstance(words, str) else words)
    return chain.otherwise(nothing())


def _number_problems(text: Expression, value: Expression, *, demo: bool) -> list[Wrong]:
    by_excel = "is an NHS number that Excel turned into the form 9.99E+09; its digits are lost"
    invalid = "is not a valid NHS number: ten digits, of which the last checks the others"
    words = CaseExpression(_matches(text, _EXCEL), constant(by_excel)).otherwise(constant(invalid))
    wrong: list[Wrong] = [(text.isnotnull() & call("nhs_number", text).isnull(), words)]
    if not demo:
        made_up = call("starts_with", value, constant(_NEVER_ISSUED))
        wrong.append((made_up, "is an NHS number of the 999 range, which only a demonstration may hold"))
    return wrong


def _type_problem(field: Field) -> str:
    if field.format:
        return f"is not a {field.type} of the form {field.format}"
    form = {
        FieldType.DATE: " of the form YYYY-MM-DD",
        FieldType.DATETIME: " of the form YYYY-MM-DDTHH:MM:SS",
        FieldType.INTEGER: ": a whole number of at most 18 digits",
    }.get(field.type, "")
    return f"is not of type {field.type}{form}"


def _constraint_problems(field: Field, text: Expression, value: Expression) -> list[Wrong]:
    """Constraints hold for values that are there; enum and pattern are about the text as it was written."""
    wrong: list[Wrong] = []
    if field.kind is Kind.AGE:
        outside = (value < constant(0)) | (value > constant(OLDEST))
        wrong.append((outside, f"is not an age in years, from 0 to {OLDEST}"))
    if field.enum:
        allowed = [constant(each) for each in field.enum]
        wrong.append((text.isnotnull() & text.isnotin(*allowed), "is not one of the values that the description lists"))
    if field.pattern:
        wrong.append((~_matches(text, field.pattern), f"does not match the pattern {field.pattern}"))
    if field.minimum is not None:
        wrong.append((value < constant(field.minimum), f"is less than {field.minimum:g}"))
    if field.maximum is not None:
        wrong.append((value > constant(field.maximum), f"is more than {field.maximum:g}"))
    return wrong


def check_fields(dataset: Dataset, *, where: str) -> None:
    """Try every expression of a description on an empty value. Raises BadInput naming the field that cannot be used."""
    with session(spill=Path()) as connection:
        register_numbers(connection, demo=True)
        for field in dataset:
            bounded = (field.minimum, field.maximum) != (None, None)
            if bounded and field.type not in (FieldType.INTEGER, FieldType.NUMBER):
                raise BadInput(f"field {field.name}: minimum and maximum are for numbers only", where=where)
            value = connection.sql("SELECT '' AS value").select(named("value").alias(field.name))
            try:
                value.select(typed(field, dataset).alias("v"), problem(field, dataset, demo=True).alias("p")).fetchall()
            except duckdb.Error as error:
                raise BadInput(f"field {field.name} cannot be checked as described: {error}", where=where) from None
