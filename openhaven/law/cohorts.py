"""Does a cohort asked for lie within the one agreed? Shown clause by clause; what cannot be shown is not within."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from openhaven.model.application import Comparison, Condition
from openhaven.model.dataset import Dataset, Field
from openhaven.model.words import FieldType

from .plainly import listed

_LISTED = (Comparison.IS, Comparison.IN)


def outside(dataset: Dataset, asked: Sequence[Condition], agreed: Sequence[Condition]) -> tuple[Condition, ...]:
    """The clauses agreed that no clause asked keeps to; none where everybody asked for is among those agreed."""
    return tuple(
        clause
        for clause in agreed
        if not any(_keeps_to(dataset.named.get(clause.field), each, clause) for each in asked)
    )


def in_words(condition: Condition) -> str:
    """One clause, as a sentence has it."""
    words = {"is": "is", "in": "is one of", "from": "is at least", "to": "is at most", "starts": "starts with"}
    return f"{condition.field} {words[condition.test]} {listed(condition.values, last='or')}"


def _keeps_to(field: Field | None, asked: Condition, agreed: Condition) -> bool:
    """Whether every value that meets `asked` meets `agreed`."""
    if asked.field != agreed.field or field is None:
        return False
    if asked == agreed:
        return True
    if agreed.test in _LISTED:
        return asked.test in _LISTED and set(asked.values) <= set(agreed.values)
    if agreed.test is Comparison.STARTS:
        known = asked.test in (*_LISTED, Comparison.STARTS)
        return known and all(value.startswith(agreed.values) for value in asked.values)
    return _in_bounds(field, asked, agreed)


def _in_bounds(field: Field, asked: Condition, agreed: Condition) -> bool:
    if asked.test not in (*_LISTED, agreed.test):
        return False
    try:
        bound, values = _value(field, agreed.values[0]), [_value(field, value) for value in asked.values]
    except ValueError:  # a value that is none of the field's: nothing is shown
        return False
    return all(value >= bound if agreed.test is Comparison.FROM else value <= bound for value in values)


def _value(field: Field, text: str) -> Any:
    """A value as the field's type orders it. Raises ValueError."""
    match field.type:
        case FieldType.INTEGER:
            return int(text)
        case FieldType.NUMBER:
            return float(text)
        case FieldType.DATE:
            return dt.date.fromisoformat(text)
        case FieldType.DATETIME:
            return dt.datetime.fromisoformat(text)
        case _:
            return text
