"""Whom suppression removed: by each characteristic that leaves, and by age, sex, ethnicity and area even where they
do not leave.

What leaves is told from the classes, exactly. What does not is told from the rows of one share of the people, so that
no further pass is made over a large release.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import narwhals.stable.v2 as nw
import pyarrow as pa

from openhaven.model.certificate import Removed
from openhaven.model.dataset import Dataset, Field
from openhaven.model.words import FieldType, Kind, Precision, Role

from .counting import absent, keyed
from .leave import Leaving, counted
from .made import Made
from .plan import DELIVERY, PERSON, ROW

MOST_VALUES = 40  # a characteristic with more values than this is too fine for the table of whom suppression removed
MOST_ROWS = 200_000  # rows from which that is told where a characteristic does not leave
OTHERS = "all others"
NOT_RECORDED = "not recorded"


class Group(StrEnum):
    """The characteristics by which suppression is always looked at."""

    AGE = "age"
    SEX = "sex"
    ETHNICITY = "ethnicity"
    AREA = "area"


_KINDS = {Kind.AGE: Group.AGE, Kind.DATE_OF_BIRTH: Group.AGE, Kind.POSTCODE: Group.AREA}
_NAMED = {
    Group.AGE: re.compile(r"(start|adm?i|end|act|current)?age|dob|mydob|birth"),
    Group.SEX: re.compile(r"sex|gender"),
    Group.ETHNICITY: re.compile(r"ethn\w*"),
    Group.AREA: re.compile(r"area|region|district|resgor|lsoa|msoa|icb|ccg|postcode"),
}
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class WhomRemoved:
    """The figures, and what has to be said of them."""

    figures: tuple[Removed, ...] = ()
    says: tuple[str, ...] = ()


def group_of(field: Field) -> Group | None:
    """Which characteristic a field holds: by its kind, else by a word of its name or the first word of its title."""
    if field.refers_to or field.role in (Role.PERSON, Role.KEY, Role.FREE_TEXT):
        return None
    if field.kind is not None:
        return _KINDS.get(field.kind)
    words = _WORD.findall(field.name.lower()) + _WORD.findall(field.title.lower())[:1]
    return next((group for group, named in _NAMED.items() if any(map(named.fullmatch, words))), None)


def whom_removed(made: Made) -> WhomRemoved:
    """Nothing where nothing was suppressed."""
    if made.quasi is None or made.protected is None or not made.protected.suppressed_rows or not made.quasi.columns:
        return WhomRemoved()
    leave = tuple(_by_classes(made))
    shown = {each.group for each in leave}
    apart = list(_to_look_up(made.plan.dataset, shown))
    part = min(1.0, MOST_ROWS / (made.protected.kept_rows + made.protected.suppressed_rows))
    looked_up = tuple(_by_rows(made, apart, part)) if apart else ()
    known = shown | {group.value for group, _ in apart}
    return WhomRemoved((*leave, *looked_up), tuple(_says(known, [field for _, field in apart], part)))


def _says(known: set[str], apart: list[Field], part: float) -> Iterator[str]:
    if apart and part < 1:
        yield (
            f"By {_list([field.title or field.name for field in apart])} it was measured among about {part:.1%} of the "
            "people, chosen by chance."
        )
    if missing := [group.value for group in Group if group.value not in known]:
        yield f"The dataset describes no {_list(missing, 'or')}, so whom suppression removed by it cannot be said."


def _list(words: list[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _by_classes(made: Made) -> Iterator[Removed]:
    """Of each characteristic that leaves: rows of the classes removed, of the rows of all classes."""
    assert made.quasi is not None and made.protected is not None
    for each, key in zip(made.quasi.columns, made.quasi.keys, strict=True):
        of, gone = _rows_by(made.protected.classes, key), _rows_by(made.protected.small, key)
        group = group_of(each.field)
        if len(of) > 1 and (group is not None or len(of) <= MOST_VALUES):
            by = each.field.title or each.name
            yield from _figures(by, group, of=_labelled(of, each.field), gone=_labelled(gone, each.field))


def _rows_by(classes: pa.Table, key: str) -> Counter[Any]:
    sums = classes.group_by(key).aggregate([("rows", "sum")])
    return Counter(dict(zip(sums[key].to_pylist(), sums["rows_sum"].to_pylist(), strict=True)))


def _to_look_up(dataset: Dataset, shown: set[str]) -> Iterator[tuple[Group, Field]]:
    """For each characteristic not told by what leaves: one field, rather one kept with the content than apart."""
    for group in Group:
        fields = [field for field in dataset if group_of(field) is group]
        if group.value not in shown and fields:
            yield group, min(fields, key=lambda field: (field.identifies, field.kind is None))


def _by_rows(made: Made, apart: list[tuple[Group, Field]], part: float) -> Iterator[Removed]:
    """The same, of fields that form no classes: from the rows of one share of the people."""
    assert made.quasi is not None and made.protected is not None
    engine, quasi = made.plan.engine, made.quasi
    coarse = [replace(each, precision=made.recoding.get(each.field.name, each.precision)) for each in quasi.columns]
    looked_up = [Leaving(field, _step(made, field), f"_by_{n}", False) for n, (_, field) in enumerate(apart)]
    lost = made.protected.lost
    rows = counted(made.plan, (*coarse, *looked_up), {}, told_apart=lost is not None)
    if part < 1:  # ids of people are keyed, so they spread evenly over all 64-bit numbers
        rows = rows.filter(nw.col(PERSON) < int(part * 2**64) - 2**63)
    places = (DELIVERY, ROW) if lost is not None else ()
    rows = engine.materialise(keyed(rows, quasi).select(*quasi.keys, *(each.name for each in looked_up), *places))
    if lost is not None:
        small = rows.join(lost, on=[DELIVERY, ROW], how="semi")
    else:
        small = rows.join(engine.table(made.protected.small.select(quasi.keys)), on=quasi.keys, how="semi")
    for (group, field), each in zip(apart, looked_up, strict=True):
        of, gone = (_labelled(_count(made, frame, each.name), field) for frame in (rows, small))
        yield from _figures(field.title or field.name, group, of=of, gone=gone, leaves=_leaves(made, field))


def _leaves(made: Made, field: Field) -> bool:
    found = (made.recoding.get(field.name, each.precision) for each in made.columns if each.field is field)
    return any(precision is not Precision.ALL for precision in found)


def _step(made: Made, field: Field) -> Precision:
    """How coarse a field is looked at: in tens of years, by year of birth, by region; as held otherwise."""
    if field.kind is Kind.POSTCODE and made.plan.places.rows:
        return Precision.REGION
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return Precision.YEAR
    return Precision.AGE_10 if field.type is FieldType.INTEGER and group_of(field) is Group.AGE else Precision.AS_HELD


def _count(made: Made, rows: nw.LazyFrame, name: str) -> Counter[Any]:
    found = made.plan.engine.collect(rows.group_by(name).agg(nw.len().alias("rows")))
    return Counter(dict(zip(found[name].to_pylist(), found["rows"].to_pylist(), strict=True)))


def _labelled(counts: Mapping[Any, int], field: Field) -> Counter[str]:
    labelled: Counter[str] = Counter()
    for value, rows in counts.items():
        labelled[_label(value, field)] += rows
    return labelled


def _label(value: Any, field: Field) -> str:
    if value is None or absent(value):
        return NOT_RECORDED
    if field.kind is Kind.DATE_OF_BIRTH and hasattr(value, "year"):
        return f"born {value.year // 10 * 10} to {value.year // 10 * 10 + 9}"
    if field.kind is Kind.POSTCODE and re.fullmatch(r"[A-Z]{1,2}\d.*", str(value)):
        return re.split(r"\d", str(value))[0]
    return str(value)


def _figures(
    by: str, group: Group | None, *, of: Counter[str], gone: Counter[str], leaves: bool = True
) -> Iterator[Removed]:
    """One line a value; where there are too many, those with the most rows, and all others together."""
    kept = sorted(of, key=lambda value: (-of[value], value))[: MOST_VALUES - 1] if len(of) > MOST_VALUES else list(of)
    for value in sorted(kept):
        yield Removed(by, value, gone[value], of[value], group=group.value if group else "", leaves=leaves)
    if rest := set(of) - set(kept):
        total, removed = sum(of[value] for value in rest), sum(gone[value] for value in rest)
        yield Removed(by, OTHERS, removed, total, group=group.value if group else "", leaves=leaves)
