"""Every record that the haven holds of one person, as it lies in the vault, codes beside their words (SAR-01).

Only records whose NHS number can be relied on: whoever comes with another number elsewhere, or with none, is counted
and left for a person to look at, since the record might be somebody else's. Numbers of other people in it stay out."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw

from openhaven.casework.exemptions import LeftOut
from openhaven.engines import Engine
from openhaven.haven.catalogue import dataset_on_record
from openhaven.haven.deciding import deliveries_held
from openhaven.haven.place import Haven
from openhaven.haven.whole import read_text
from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import BadInput
from openhaven.model.words import Precision
from openhaven.records import reads
from openhaven.release.plan import DELIVERY, PERSON, ROW, Held, Plan, start, with_fields
from openhaven.release.precision import Places
from openhaven.vault.people import references

CODES = "codes"
"""The folder of the haven with what codes mean: `<system>.csv`, or `<dataset>.<field>.csv`; columns code and words."""
SOMEBODY_ELSE = "others"
"""The exemption under which numbers of other people are left out."""
NUMBER = "nhs_number"


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """One record. `ref` is its place, delivery and row; `values` are by field, `words` what its codes mean."""

    ref: str
    controller: str
    values: Mapping[str, Any]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """A person's records in one dataset, and how many others come with their number in a way that is not sure."""

    dataset: Dataset
    records: tuple[OwnRecord, ...]
    unsure: int = 0
    left_out: tuple[LeftOut, ...] = ()


def own_records(haven: Haven, number: str) -> tuple[OwnRecords, ...]:
    """What is held under this valid NHS number, dataset by dataset; those with nothing are left out. Whoever calls this
    has entered the look-up before."""
    datasets = [dataset_on_record(haven, each.id) for each in reads.records_of("dataset")]
    with haven.engine() as engine:
        found = [_in_dataset(haven, engine, each, number) for each in datasets]
    return tuple(each for each in found if each.records or each.unsure)


def _in_dataset(haven: Haven, engine: Engine, dataset: Dataset, number: str) -> OwnRecords:
    held = [each for each in deliveries_held(haven, dataset) if (each.folder / "people.parquet").is_file()]
    if not held or dataset.person is None:
        return OwnRecords(dataset, ())
    plan = start(engine, dataset, held, places=Places())
    own = plan.people.filter((nw.col(NUMBER) == number) & nw.col("held")).select(PERSON)
    sure = set(engine.collect(own)[PERSON].to_pylist())
    everyone = engine.scan([each.folder / "people.parquet" for each in held])
    named = everyone.filter((nw.col(NUMBER) == number) & nw.col("held")).select(PERSON)
    unsure = set(engine.collect(named)[PERSON].to_pylist()) - sure
    records = tuple(_rows(haven, plan, own)) if sure else ()
    return _without_others(OwnRecords(dataset, records, len(unsure)))


def _rows(haven: Haven, plan: Plan, own: nw.LazyFrame) -> Iterator[OwnRecord]:
    full = with_fields(plan, [(each, Precision.AS_HELD) for each in plan.dataset])
    wanted = full.rows.join(own, on=PERSON, how="semi")
    table = plan.engine.collect(wanted.sort(DELIVERY, ROW))
    meanings = {each.name: _meanings(haven, plan.dataset, each) for each in plan.dataset}
    names = [each.name for each in plan.dataset]
    for row in table.to_pylist():
        values = {name: _plain(row.get(name)) for name in names}
        words = {name: meanings[name][str(value)] for name, value in values.items() if str(value) in meanings[name]}
        yield OwnRecord(_ref(plan.held[row[DELIVERY]], row[ROW]), plan.held[row[DELIVERY]].controller, values, words)


def _ref(held: Held, row: int) -> str:
    return f"{held.id}/{row}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _meanings(haven: Haven, dataset: Dataset, field: Field) -> Mapping[str, str]:
    """What the codes of a field mean, by the haven's own files; empty where it has none."""
    folder = haven.folder / CODES
    for name in (f"{dataset.id}.{field.name}", field.codes.replace(" ", "-").replace("/", "-")):
        if name and (path := folder / f"{name}.csv").is_file():
            rows = csv.DictReader(io.StringIO(read_text(path)))
            if not {"code", "words"} <= set(rows.fieldnames or ()):
                raise BadInput("there is no column code, or no column words", where=str(path))
            return {row["code"]: row["words"] for row in rows}
    return {}


def _without_others(found: OwnRecords) -> OwnRecords:
    """Without the numbers of other people: a baby's record names the mother by hers."""
    others = tuple(each.name for each in references(found.dataset))
    if not others or not found.records:
        return found
    left = LeftOut(found.dataset.id, SOMEBODY_ELSE, "the field holds the number of another person", fields=others)
    return without(found, [left])


def without(found: OwnRecords, left_out: Sequence[LeftOut]) -> OwnRecords:
    """The same without what is left out of this dataset. Raises BadInput where a field or a record is not there."""
    mine = [each for each in left_out if each.dataset == found.dataset.id]
    refs, named = {each.ref for each in found.records}, set(found.dataset.named)
    for each in mine:
        if missing := sorted((set(each.fields) - named) | (set(each.records) - refs)):
            raise BadInput(f"the records have no {', '.join(missing)}", where=f"dataset {found.dataset.id}")
    records = tuple(kept for each in found.records if (kept := _one_without(each, mine)) is not None)
    return replace(found, records=records, left_out=(*found.left_out, *mine))


def _one_without(record: OwnRecord, left_out: Sequence[LeftOut]) -> OwnRecord | None:
    mine = [each for each in left_out if not each.records or record.ref in each.records]
    if any(not each.fields for each in mine):
        return None
    gone = {name for each in mine for name in each.fields}
    values = {name: value for name, value in record.values.items() if name not in gone}
    return replace(record, values=values, words={name: each for name, each in record.words.items() if name in values})
