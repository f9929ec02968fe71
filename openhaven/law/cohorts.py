"""Does a cohort asked for lie within the one agreed? Shown clause by clause; what cannot be shown is not within."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from string import ascii_uppercase
from typing import Any

from openhaven.model.application import Comparison, Condition, says_day
from openhaven.model.dataset import Dataset, Field
from openhaven.model.precision import OLDEST, TOP_AGE
from openhaven.model.words import FieldType, Kind, Precision

from .plainly import listed
from .reading import MANY

_A_DAY = re.compile(r"\d{4}-\d\d")
"""How a value begins that is a day or an instant."""
_LISTED = (Comparison.IS, Comparison.IN)


@lru_cache(maxsize=MANY)
def misfit(kind: FieldType, clause: Condition) -> str:
    """Why a field of that type, which is no text, cannot be compared so, in words; empty where it can."""
    if clause.test is Comparison.STARTS:
        return f"a {kind} has no beginning to compare"
    return next((f"{value!r} is no {kind}" for value in clause.values if not _reads(kind, value)), "")


def _reads(kind: FieldType, value: str) -> bool:
    try:
        if reader := _READERS.get(kind):
            reader(value)
    except (ValueError, KeyError):
        return False
    return True


_READERS: Mapping[FieldType, Callable[[str], object]] = {
    FieldType.INTEGER: int,
    FieldType.NUMBER: float,
    FieldType.DATE: dt.date.fromisoformat,
    FieldType.DATETIME: dt.datetime.fromisoformat,
    FieldType.BOOLEAN: {"true": True, "false": False}.__getitem__,
}


def outside(dataset: Dataset, asked: Sequence[Condition], agreed: Sequence[Condition]) -> tuple[Condition, ...]:
    """The clauses agreed that no clause asked keeps to; none where everybody asked for is among those agreed."""
    return tuple(
        clause
        for clause in agreed
        if not any(_keeps_to(dataset.named.get(clause.field), each, clause) for each in asked)
    )


def narrows(dataset: Dataset, asked: Sequence[Condition], *, since: dt.date, until: dt.date) -> bool:
    """Whether a cohort leaves somebody out who is likely to be held: by a value, by how values start, by a bound within
    what the field can hold, or by days that lie in a span as long as that from `since` to `until`, or a shorter one.
    Events from 1900 on, both of two sexes and codes that start with any letter are everybody."""
    return any(_leaves_out(dataset.named.get(clause.field), clause) for clause in asked) or any(
        _short(dataset.named.get(name), asked, since=since, until=until) for name in {each.field for each in asked}
    )


def _leaves_out(field: Field | None, clause: Condition) -> bool:
    if field is None:
        return False
    if clause.test in _LISTED:
        return not field.enum or not set(clause.values) >= set(field.enum)
    if clause.test is Comparison.STARTS:
        return not {value.upper() for value in clause.values} >= set(ascii_uppercase)
    return field.type in (FieldType.INTEGER, FieldType.NUMBER) and _within_what_it_holds(field, clause)


def _within_what_it_holds(field: Field, clause: Condition) -> bool:
    """Whether a bound lies inside the numbers that the field can hold, as far as its description says."""
    least = 0 if field.minimum is None else field.minimum
    most = field.maximum if field.maximum is not None or field.kind is not Kind.AGE else float(OLDEST)
    try:
        bound = float(clause.values[0])
    except ValueError:
        return False
    return bound > least if clause.test is Comparison.FROM else most is None or bound < most


def _short(field: Field | None, asked: Sequence[Condition], *, since: dt.date, until: dt.date) -> bool:
    """Whether the days of a field are bounded to a span that is short enough."""
    if field is None or field.type not in (FieldType.DATE, FieldType.DATETIME):
        return False
    try:
        bounds = {test: [dt.date.fromisoformat(each.values[0][:10]) for each in asked
                         if each.field == field.name and each.test is test]
                  for test in (Comparison.FROM, Comparison.TO)}  # fmt: skip
    except ValueError:
        return False
    first, last = bounds[Comparison.FROM], min([*bounds[Comparison.TO], until])
    return bool(first) and (last - max(first)) <= until - since


def tells_finer(field: Field, clause: Condition, agreed: Precision) -> bool:
    """Whether a clause tells more of a value than that precision does: whether it could hold for one of two values that
    are told alike. What cannot be shown to keep to whole steps is finer."""
    if agreed is Precision.AS_HELD:
        return False
    if agreed in _KEPT:
        return clause.test is not Comparison.STARTS or max(map(len, clause.values)) > _KEPT[agreed]
    if clause.test not in (Comparison.FROM, Comparison.TO):
        return True
    bound, last = clause.values[0], clause.test is Comparison.TO
    try:
        return not (_on_a_month if agreed in _MONTHS else _on_a_band)(field, bound, agreed, last)
    except (ValueError, KeyError, OverflowError):
        return True


_KEPT = {Precision.CATEGORY: 3, Precision.CHAPTER: 1}
"""How many characters of a code are kept."""
_MONTHS = {Precision.MONTH: 1, Precision.QUARTER: 3, Precision.YEAR: 12}
_YEARS = {Precision.AGE_5: 5, Precision.AGE_10: 10, Precision.AGE_20: 20}


def _on_a_month(field: Field, bound: str, agreed: Precision, last: bool) -> bool:
    """Whether a bound is the first day of a month, quarter or year, or the last of one, which is meant whole. Of an
    instant that is the first of a day, and no last one. Raises ValueError, KeyError."""
    if field.type is FieldType.DATETIME and not says_day(bound):
        first = dt.datetime.fromisoformat(bound)
        if last or first.tzinfo is not None or first.time() != dt.time.min:
            return False
        bound = first.date().isoformat()
    day = dt.date.fromisoformat(bound) + dt.timedelta(days=last)
    return day.day == 1 and (day.month - 1) % _MONTHS[agreed] == 0


def _on_a_band(field: Field, bound: str, agreed: Precision, last: bool) -> bool:
    """Whether a bound begins a band of numbers, or ends one; of ages the last is open. Raises ValueError, KeyError."""
    edge, width = int(bound) + last, _YEARS[agreed]
    if field.kind is not Kind.AGE:
        return edge % width == 0
    return edge == TOP_AGE or not 0 < edge <= OLDEST or (edge < TOP_AGE and edge % width == 0)


def in_words(condition: Condition) -> str:
    """One clause, as a sentence has it."""
    words = {"is": "is", "in": "is one of", "from": "is at least", "to": "is at most", "starts": "starts with"}
    if _A_DAY.match(condition.values[0]):
        words |= {"from": "is on or after", "to": "is on or before"}
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
        bound = _value(field, agreed.values[0], last=agreed.test is Comparison.TO)
        values = [_value(field, value, last=asked.test is Comparison.TO) for value in asked.values]
    except ValueError:  # a value that is none of the field's: nothing is shown
        return False
    return all(value >= bound if agreed.test is Comparison.FROM else value <= bound for value in values)


def _value(field: Field, text: str, *, last: bool) -> Any:
    """A value as the field's type orders it; a day that is the last of a span ends with its last instant. Raises
    ValueError."""
    match field.type:
        case FieldType.INTEGER:
            return int(text)
        case FieldType.NUMBER:
            return float(text)
        case FieldType.DATE:
            return dt.date.fromisoformat(text)
        case FieldType.DATETIME if last and says_day(text):
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max)
        case FieldType.DATETIME:
            instant = dt.datetime.fromisoformat(text)
            return instant if instant.tzinfo is None else instant.astimezone(dt.UTC).replace(tzinfo=None)
        case _:
            return text
