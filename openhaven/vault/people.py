"""Who the rows are about: each distinct person numbered once under the vault's key, and those who object set aside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import Expression

from openhaven.identity.pseudonym import person_ids
from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import HavenError
from openhaven.model.words import Kind
from openhaven.optouts.lists import ObjectorList

from .checks import Rows
from .fields import call, canonical, constant, is_nhs_number, named, nothing
from .places import Vault
from .session import Relation, join
from .sources import ROW

PERSON = "_person"
_SCHEMA = pa.schema(
    [(PERSON, pa.int64()), ("person_key", pa.string()), ("nhs_number", pa.string()), ("held", pa.bool_())]
)
_BATCH = 122_880


def references(dataset: Dataset) -> tuple[Field, ...]:
    """The fields that name another person by the person key."""
    person = dataset.person
    return tuple(field for field in dataset if person is not None and field.refers_to == person.name)


def refers(field: Field) -> str:
    """The name, while rows are joined, of the id of the person that this field refers to."""
    return f"_refers_{field.name}"


def number_field(dataset: Dataset) -> Field | None:
    """The field with the NHS number of the person whom the row is about."""
    others = references(dataset)
    return next((field for field in dataset if field.kind is Kind.NHS_NUMBER and field not in others), None)


def person_key(dataset: Dataset) -> Expression:
    """The canonical text of the person key, null where the row has none."""
    return canonical(dataset.person, dataset) if dataset.person else nothing()


def own_number(dataset: Dataset, *, reading: str) -> Expression:
    """The row's own NHS number as `nhs_number` or `checkable` reads it, null where the dataset has none."""
    field = number_field(dataset)
    return call(reading, named(field.name)) if field else nothing()


def dissenting_rows(rows: Rows, given: ObjectorList) -> Relation:
    """The ordinals of all rows of people on the list, also where only another of their rows has the number."""

    def objects(numbers: pa.Array) -> pa.Array:
        known = numbers.is_valid().to_numpy(zero_copy_only=False)
        values = numbers.fill_null("0").cast(pa.int64()).to_numpy()
        return pa.array(given.numbers.mask(values) & known)

    rows.connection.create_function("objects", objects, ["VARCHAR"], "BOOLEAN", type="arrow", null_handling="special")
    told = rows.relation.select(
        named(ROW),
        person_key(rows.dataset).alias("person_key"),
        call("objects", own_number(rows.dataset, reading="nhs_number")).alias("objects"),
    )
    objecting = told.filter(named("objects"))
    people = objecting.filter(named("person_key").isnotnull()).select(named("person_key").alias("objector")).distinct()
    by_person = join(told, people, on=named("person_key") == named("objector"), how="semi")
    return by_person.select(ROW).union(objecting.select(ROW)).distinct()


def _mentions(rows: Rows, kept: Relation) -> Relation:
    """Every person key that a kept row holds or refers to, with the NHS number it comes with."""
    own = own_number(rows.dataset, reading="checkable")
    found = kept.select(person_key(rows.dataset).alias("person_key"), own.alias("number"), constant(True).alias("held"))
    for field in references(rows.dataset):
        number = call("checkable", named(field.name)) if is_nhs_number(field, rows.dataset) else nothing()
        found = found.union(
            kept.select(
                canonical(field, rows.dataset).alias("person_key"),
                number.alias("number"),
                constant(False).alias("held"),
            )
        )
    return found.filter(named("person_key").isnotnull())


def distinct_people(rows: Rows, kept: Relation) -> Relation:
    """One row a person: key, smallest and largest NHS number it came with, whether a row is about them."""
    return _mentions(rows, kept).aggregate(
        [
            named("person_key"),
            call("min", named("number")).alias("first"),
            call("max", named("number")).alias("last"),
            call("bool_or", named("held")).alias("held"),
        ]
    )


def write_people(people: Relation, path: Path, *, vault: Vault, person: Field | None) -> int:
    """Write people.parquet. Returns how many came with two different NHS numbers: they keep none, since an opt-out
    looked up by either might be another person's. Raises HavenError when two people would share one id."""
    conflicting = 0
    with pq.ParquetWriter(path, _SCHEMA.with_metadata(vault.metadata), compression="zstd") as writer:
        for batch in _batches(people):
            table, conflicts = _numbered(batch, vault=vault, person=person)
            writer.write_table(table)
            conflicting += conflicts
    return conflicting


def _batches(people: Relation) -> Iterator[pa.RecordBatch]:
    yield from people.to_arrow_reader(_BATCH)


def _numbered(batch: pa.RecordBatch, *, vault: Vault, person: Field | None) -> tuple[pa.Table, int]:
    if person is None:
        raise ValueError("people are numbered where the dataset has a person key")
    ids = person_ids(batch["person_key"], key=vault.key.key, nhs=person.kind is Kind.NHS_NUMBER, type=person.type)
    first, last = (batch[name].to_numpy(zero_copy_only=False) for name in ("first", "last"))
    agree = first == last
    numbers = pa.array(np.where(agree, first, None), pa.string())
    conflicts = int((~agree & batch["first"].is_valid().to_numpy(zero_copy_only=False)).sum())
    return pa.table([ids, batch["person_key"], numbers, batch["held"]], schema=_SCHEMA), conflicts


def check_one_id_each(people: Relation) -> None:
    """Raises HavenError when two people share an id."""
    if people.select(PERSON).distinct().shape[0] != people.shape[0]:
        raise HavenError(
            "two people would share one id in the vault, so nothing was taken",
            todo="This has one chance in many millions. Keep the file and report it.",
        )


def count_people(rows: Rows, kept: Relation, people: Relation) -> dict[str, int]:
    """How many rows and people are taken, and how many of each lack what would tell who they are about."""
    number, key = own_number(rows.dataset, reading="checkable"), person_key(rows.dataset)
    every = [call("count", each) for each in (constant(1), key, number)]
    total, with_key, with_number = kept.aggregate([count.alias(f"n{at}") for at, count in enumerate(every)]).fetchall()[
        0
    ]
    held = people.filter(named("held"))
    return {
        "rows": total,
        "rows_without_person": total - with_key,
        "rows_without_nhs_number": total - with_number,
        "people": held.shape[0],
        "people_only_referred_to": people.shape[0] - held.shape[0],
        "people_without_nhs_number": held.filter(named("nhs_number").isnull()).shape[0],
    }


def keyed(rows: Rows, kept: Relation, people: Relation) -> Relation:
    """The kept rows with `_person`, and each reference to another person as `refers(field)` names it."""
    keys = [(PERSON, person_key(rows.dataset))]
    keys += [(refers(field), canonical(field, rows.dataset)) for field in references(rows.dataset)]
    for at, (name, key) in enumerate(keys):
        ids = people.select(named("person_key").alias(f"_key_{at}"), named(PERSON).alias(name))
        kept = join(kept, ids, on=key == named(f"_key_{at}"), how="left")
    return kept
