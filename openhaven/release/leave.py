"""What leaves: the fields at their precision, the person under a pseudonym, other keys under pseudonyms too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

import narwhals.stable.v2 as nw
import pyarrow as pa

from openhaven.engines import About
from openhaven.identity.pseudonym import pseudonym_bytes, pseudonyms
from openhaven.model.certificate import Column
from openhaven.model.dataset import Dataset, Field
from openhaven.model.words import FieldType, Kind, Precision, Role

from .plan import DELIVERY, PERSON, PSEUDONYM, ROW, Plan, with_fields
from .precision import expression


@dataclass(frozen=True, slots=True)
class Leaving:
    """One field on its way out: how coarse, under which name, and whether as a pseudonym."""

    field: Field
    precision: Precision
    name: str
    pseudonym: bool


def leaving(
    dataset: Dataset, fields: Sequence[tuple[str, Precision]], *, pseudonymised: bool, keyed_by_study: bool = False
) -> tuple[Leaving, ...]:
    """The output columns, in the order agreed. A pseudonym is never called an NHS number: it leaves as `person`.

    Of a field agreed at `*` nothing leaves, no pseudonym either."""
    return tuple(
        Leaving(dataset.field(name), precision, name, False)
        if precision is Precision.ALL
        else _one(dataset, dataset.field(name), precision, pseudonymised=pseudonymised, keyed_by_study=keyed_by_study)
        for name, precision in fields
    )


def _one(dataset: Dataset, field: Field, precision: Precision, *, pseudonymised: bool, keyed_by_study: bool) -> Leaving:
    if field.role is Role.PERSON and (pseudonymised or keyed_by_study):
        name = "study_id" if keyed_by_study else "person" if field.kind is Kind.NHS_NUMBER else field.name
        return Leaving(field, precision, _not_taken(dataset, field, name), True)
    hidden = pseudonymised and (field.role is Role.KEY or bool(field.refers_to))
    return Leaving(field, precision, field.name, hidden or (keyed_by_study and names_a_person(dataset, field)))


def _not_taken(dataset: Dataset, person: Field, name: str) -> str:
    """That name, or the first like it that no other field of the dataset has."""
    taken = {field.name.lower() for field in dataset if field is not person}
    return next(each for each in chain([name], (f"{name}_{n}" for n in count(2))) if each.lower() not in taken)


def names_a_person(dataset: Dataset, field: Field) -> bool:
    """Whether the field refers to the person key: content then holds the vault's own id, which never leaves."""
    return dataset.person is not None and field.refers_to == dataset.person.name


def pseudonymise(plan: Plan, key: bytes) -> Plan:
    """Give each person on the road a pseudonym of this scope. The key stays in the function's closure."""
    person = plan.dataset.person
    if person is None:
        return plan
    nhs, kind = person.kind is Kind.NHS_NUMBER, person.type

    def under_key(values: pa.Array) -> pa.Array:
        return pseudonym_bytes(values, key=key, nhs=nhs, type=kind)

    people = plan.engine.mapped(
        plan.people, column="person_key", into=PSEUDONYM, type=pa.binary(16), function=under_key
    )
    return replace(plan, people=plan.engine.materialise(plan.engine.as_codes(people, PSEUDONYM)))


def shaped(
    plan: Plan, columns: Sequence[Leaving], recoding: Mapping[str, Precision], *, key: bytes | None
) -> nw.LazyFrame:
    """The output rows, with `_person` beside them, each field at its recoded precision.

    A person who leaves under a pseudonym stands here by id alone: `write` joins rows to people (see `about`), which
    also leaves out who is not on the road."""
    final = [(each, recoding.get(each.field.name, each.precision)) for each in columns]
    needed = [(each.field, precision) for each, precision in final if each.field is not plan.dataset.person]
    if any(each.field is plan.dataset.person and not each.pseudonym for each in columns):
        needed += [(each.field, precision) for each, precision in final if each.field is plan.dataset.person]
    rows = with_fields(plan, needed).rows
    if not plan.whole and about(plan, columns) is None:
        rows = rows.join(plan.people.select(PERSON), on=PERSON, how="semi")
    for each in columns:
        rows = _with_other_key(plan, rows, each, key)
    leaves = (_column(plan, each, precision) for each, precision in final if not _by_key(plan, each))
    return rows.select(*leaves, PERSON)


def about(plan: Plan, columns: Sequence[Leaving]) -> About | None:
    """Under which keys the people of these rows leave; None where they do not leave under a pseudonym."""
    into = next((each.name for each in columns if _by_key(plan, each)), None)
    return About(plan.people, PERSON, PSEUDONYM, into, whole=plan.whole) if into is not None else None


def _by_key(plan: Plan, each: Leaving) -> bool:
    return each.pseudonym and each.field is plan.dataset.person


def counted(
    plan: Plan, columns: Sequence[Leaving], recoding: Mapping[str, Precision], *, told_apart: bool = False
) -> nw.LazyFrame:
    """The same rows, of these columns alone and without pseudonyms: for counting classes, where order is no matter.
    Rows that are `told_apart` keep their delivery and their place in it.

    Counts only: what leaves is joined to the people who may flow, never merely parted from those who may not."""
    final = [(each, recoding.get(each.field.name, each.precision)) for each in columns]
    rows = with_fields(plan, [(each.field, precision) for each, precision in final]).rows
    if plan.barred is not None:
        rows = rows.filter(~nw.col(PERSON).is_null()).join(plan.barred, on=PERSON, how="anti")
    elif not plan.whole:
        rows = rows.join(plan.people.select(PERSON), on=PERSON, how="semi")
    places = (DELIVERY, ROW) if told_apart else ()
    return rows.select(*(_column(plan, each, precision) for each, precision in final), PERSON, *places)


def _column(plan: Plan, each: Leaving, precision: Precision) -> nw.Expr:
    if each.pseudonym or (precision is not Precision.ALL and names_a_person(plan.dataset, each.field)):
        return nw.col(_beside(each.field)).alias(each.name)
    return expression(each.field, precision).alias(each.name)


def _beside(field: Field) -> str:
    return f"_leaves_as_{field.name}"


def _with_other_key(plan: Plan, rows: nw.LazyFrame, each: Leaving, key: bytes | None) -> nw.LazyFrame:
    """What a key other than the person's own leaves as, beside it: another person's key, or a pseudonym."""
    if each.field is plan.dataset.person or each.precision is Precision.ALL:
        return rows
    if names_a_person(plan.dataset, each.field):
        return _with_other_person(plan, rows, each)
    if not each.pseudonym:
        return rows
    meant = plan.dataset.field(each.field.refers_to) if each.field.refers_to else each.field
    text = rows if meant.type is FieldType.STRING else rows.with_columns(nw.col(each.field.name).cast(nw.String))

    def under_key(values: pa.Array) -> pa.Array:
        return pseudonyms(values, key=key or b"", nhs=False, type=meant.type)

    return plan.engine.mapped(
        text, column=each.field.name, into=_beside(each.field), type=pa.string(), function=under_key
    )


def _with_other_person(plan: Plan, rows: nw.LazyFrame, each: Leaving) -> nw.LazyFrame:
    """The pseudonym of the person referred to, or their key where keys leave; null when they are not on the road."""
    native = _NATIVE.get(each.field.type, nw.String())
    leaves_as = nw.col(PSEUDONYM) if each.pseudonym else nw.col("person_key").cast(native)
    others = plan.people.select(nw.col(PERSON).alias(each.field.name), leaves_as.alias(_beside(each.field)))
    return rows.join(others, on=each.field.name, how="left")


_NATIVE = {FieldType.STRING: nw.String(), FieldType.INTEGER: nw.Int64(), FieldType.NUMBER: nw.Float64()}


def described(columns: Sequence[Leaving], recoding: Mapping[str, Precision], schema: pa.Schema) -> tuple[Column, ...]:
    """The output columns for the certificate."""
    return tuple(
        Column(
            each.name,
            str(schema.field(each.name).type),
            each.field.name,
            "pseudonym" if each.pseudonym else recoding.get(each.field.name, each.precision).value,
            each.field.title,
            "" if each.precision is Precision.ALL else each.field.role.value,
        )
        for each in columns
    )
