"""Only the fields, rows and precision agreed: the cohort rule, and what each field leaves as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

import narwhals.stable.v2 as nw

from openhaven.model.application import Comparison, Condition, says_day
from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import BadInput
from openhaven.model.obligation import OnlyCohort
from openhaven.model.words import FieldType, Precision

from .plan import Plan, length, with_fields


def apply_cohort(plan: Plan, obligation: OnlyCohort | None) -> Plan:
    """Keep only rows that meet every condition of the cohort rule."""
    if obligation is None or not obligation.conditions:
        return plan
    needed = [(plan.dataset.field(each.field), Precision.AS_HELD) for each in obligation.conditions]
    names = plan.rows.collect_schema().names()
    joined = with_fields(plan, [each for each in needed if each[0].identifies])
    rows = joined.rows.filter(cohort_rule(plan.dataset, obligation.conditions)).select(*names)
    kept = replace(plan, rows=rows)
    return kept.counted("rows in the cohort", length(plan.engine, rows))


def cohort_rule(dataset: Dataset, conditions: Sequence[Condition]) -> nw.Expr:
    """All conditions as one expression. Raises BadInput when a value does not fit its field's type."""
    return reduce(and_, (_clause(dataset.field(each.field), each) for each in conditions))


def _clause(field: Field, condition: Condition) -> nw.Expr:
    column = nw.col(field.name)
    _check_comparable(field, condition)
    if condition.test is Comparison.STARTS:
        return reduce(lambda left, right: left | right, (column.str.starts_with(value) for value in condition.values))
    values = [typed(field, value) for value in condition.values]
    if condition.test is Comparison.FROM:
        return column >= nw.lit(values[0])
    if condition.test is Comparison.TO and field.type is FieldType.DATETIME and says_day(condition.values[0]):
        return column < nw.lit(_day_after(field, condition.values[0]))
    if condition.test is Comparison.TO:
        return column <= nw.lit(values[0])
    return column.is_in(values)


def _check_comparable(field: Field, condition: Condition) -> None:
    where = f"cohort condition on {field.name}"
    if field.refers_to:
        raise BadInput(f"it refers to another {field.refers_to}, and no cohort is drawn by that", where=where)
    if condition.test is Comparison.STARTS and field.type is not FieldType.STRING:
        raise BadInput(f"a {field.type} has no beginning to compare", where=where, todo="Use is, in, from or to.")


def typed(field: Field, text: str) -> Any:
    """A value of the application as the field's type holds it. Raises BadInput."""
    try:
        match field.type:
            case FieldType.INTEGER:
                return int(text)
            case FieldType.NUMBER:
                return float(text)
            case FieldType.DATE:
                return date.fromisoformat(text)
            case FieldType.BOOLEAN:
                return {"true": True, "false": False}[text]
            case FieldType.DATETIME:
                datetime.fromisoformat(text)
                return text
            case _:
                return text
    except (ValueError, KeyError):
        raise BadInput(f"{text!r} is not of type {field.type}", where=f"cohort condition on {field.name}") from None


def _day_after(field: Field, day: str) -> str:
    """The day before which all instants of that day lie. Raises BadInput."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        raise BadInput(f"{day!r} is no day", where=f"cohort condition on {field.name}") from None
