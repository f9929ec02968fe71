"""What travels the road: the rows and people still on it, and what each step counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import narwhals.stable.v2 as nw
import pyarrow as pa

from openhaven.engines import Engine
from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import BadInput
from openhaven.model.obligation import Obligation
from openhaven.model.words import Precision

from .precision import PLACES, Places, place_column

PERSON, ROW, DELIVERY, PSEUDONYM = "_person", "_row", "_delivery", "_pseudonym"


@dataclass(frozen=True, slots=True)
class Held:
    """One live delivery: where its files lie and whose it is."""

    id: str
    controller: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """`rows` are content rows, `people` have `_person`, `person_key`, `nhs_number`, `held` and what later steps add.

    `whole` is true while nobody has been left out: rows without a person key then stay too. `barred` are the people
    left out, where they are fewer than those who stay: leaving out few costs less than finding many."""

    engine: Engine
    dataset: Dataset
    held: tuple[Held, ...]
    rows: nw.LazyFrame
    people: nw.LazyFrame
    places: Places
    whole: bool = True
    barred: nw.LazyFrame | None = None
    counts: tuple[tuple[str, int], ...] = ()

    def counted(self, what: str, count: int) -> Plan:
        """The same plan with one more step counted."""
        return replace(self, counts=(*self.counts, (what, count)))

    def count(self, what: str) -> int:
        """What a step counted under that name; 0 when it did not."""
        return dict(self.counts).get(what, 0)


def one(kind: type, obligations: Sequence[Obligation]) -> Obligation | None:
    """The obligation of that kind, if the decision carries one."""
    return next((each for each in obligations if isinstance(each, kind)), None)


def length(engine: Engine, frame: nw.LazyFrame) -> int:
    """How many rows a frame has."""
    return int(engine.collect(frame.select(nw.len().alias("n")))["n"][0].as_py())


def _numbered(engine: Engine, held: Sequence[Held], file: str) -> nw.LazyFrame:
    frames = [
        engine.scan([each.folder / file]).with_columns(nw.lit(number).cast(nw.Int64).alias(DELIVERY))
        for number, each in enumerate(held)
    ]
    return frames[0] if len(frames) == 1 else nw.concat(frames)


def start(engine: Engine, dataset: Dataset, held: Sequence[Held], *, places: Places) -> Plan:
    """Everything that the live deliveries hold, identifiers left apart.

    Raises BadInput for a field name that the engine cannot take."""
    _check_names(engine, dataset)
    rows = _numbered(engine, held, "content.parquet")
    people = engine.scan([each.folder / "people.parquet" for each in held])
    if len(held) > 1:
        people = engine.materialise(_each_once(people))
    plan = Plan(engine, dataset, tuple(held), rows, people, places)
    plan = plan.counted("rows held", length(engine, rows))
    return plan.counted("people held", length(engine, people.filter(nw.col("held"))))


def _check_names(engine: Engine, dataset: Dataset) -> None:
    dotted = [field.name for field in dataset if "." in field.name]
    if dotted and not engine.takes_dots:
        raise BadInput(
            f"the engine {engine.name} cannot take a field name with a dot: {', '.join(dotted)}",
            where=f"dataset {dataset.id}",
            todo="Choose the engine duckdb, in haven.toml.",
        )


def _each_once(people: nw.LazyFrame) -> nw.LazyFrame:
    """One line a person over all deliveries. Who has two NHS numbers has none that can be relied on; nor has who has
    none in one delivery, since that may be for having had two."""
    number = nw.col("nhs_number")
    once = (
        people.with_columns(number.is_null().alias("_none"))
        .group_by(PERSON, "person_key")
        .agg(number.min().alias("_first"), number.max().alias("_last"), nw.col("_none").max(), nw.col("held").max())
    )
    agreed = nw.when((nw.col("_first") == nw.col("_last")) & ~nw.col("_none")).then(nw.col("_first"))
    return once.select(PERSON, "person_key", agreed.alias("nhs_number"), "held")


def with_fields(plan: Plan, fields: Sequence[tuple[Field, Precision]]) -> Plan:
    """Join the identifying fields that are needed, and the places that stand for a postcode."""
    apart = sorted({field.name for field, _ in fields if field.identifies})
    rows = plan.rows
    if apart:
        identifiers = _numbered(plan.engine, plan.held, "identifiers.parquet").select(DELIVERY, ROW, *apart)
        rows = rows.join(identifiers, on=[DELIVERY, ROW], how="left")
    for field, precision in fields:
        if precision in PLACES:
            rows = _with_place(plan, rows, field, precision)
    return replace(plan, rows=rows)


def _with_place(plan: Plan, rows: nw.LazyFrame, field: Field, precision: Precision) -> nw.LazyFrame:
    index = 1 + PLACES.index(precision)
    lookup = pa.table(
        {
            field.name: [row[0] for row in plan.places.rows],
            place_column(field.name, precision): [row[index] for row in plan.places.rows],
        }
    )
    return rows.join(plan.engine.table(lookup), on=field.name, how="left")
