"""One delivery from its files to the vault: sealed, read, checked, people numbered, identifiers and content parted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from duckdb import CaseExpression, Expression

from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput
from openhaven.model.words import Setting

from .arrival import Arrival, Delivery, Progress, check_screened, deliveries, parts_in, silent
from .checks import PROBLEMS, Rows, duplicates, find_problems, refusal
from .csv_file import read_csv
from .fields import constant, named, nothing, register_numbers, typed
from .other_files import read_ndjson, read_parquet
from .people import (
    PERSON,
    check_one_id_each,
    count_people,
    dissenting_rows,
    distinct_people,
    keyed,
    references,
    refers,
    write_people,
)
from .places import Vault, write_json
from .quality import fields_report, quality_report
from .seal import Form, Sealed, seal
from .session import Connection, Relation, join, session
from .sources import ROW, Source, all_rows
from .staged import Stage, Staged, check_replaces, same_as

DISSENTS = "is of a person who objects by Type 1; nothing of the row was kept"
_STEPS = ("checking values", "numbering people", "writing content", "writing identifiers", "measuring quality")


@dataclass(frozen=True, slots=True)
class Again:
    """The same bytes were delivered before: nothing changed."""

    delivery: Delivery


def stage(
    vault: Vault, dataset: Dataset, files: Sequence[Path], *, arrival: Arrival, progress: Progress = silent
) -> Staged | Again:
    """Make a delivery ready beside the others; `Staged.commit()` takes it by one rename.

    Raises BadInput for anything wrong with the files, naming file, row and field, and HavenError when the disk is
    full; either way, and when interrupted, the vault is as before."""
    check_screened(arrival, dataset)
    sealed = _sealed(files, progress)
    held = deliveries(vault, dataset.id)
    digests = frozenset(each.delivered.sha256 for each in sealed)
    if same := same_as(held, controller=arrival.controller, digests=digests):
        return Again(same)
    check_replaces(held, controller=arrival.controller, replaces=arrival.replaces)
    made = Stage.begin(vault, dataset.id, arrival.delivery_id)
    try:
        with session(spill=made.work, memory=vault.memory, threads=vault.threads) as connection:
            delivery = _Intake(made, dataset, sealed, arrival, connection, progress).take()
            made.sync()
    except BaseException:
        made.remove()
        raise
    return Staged(made, delivery)


def _sealed(files: Sequence[Path], progress: Progress) -> tuple[Sealed, ...]:
    if not files:
        raise BadInput("there is no file to deliver")
    sealed = tuple(seal(path, progress=progress) for path in files)
    digests = [each.delivered.sha256 for each in sealed]
    for each in sealed:
        if digests.count(each.delivered.sha256) > 1:
            raise BadInput("the same bytes stand twice in this delivery", where=each.name)
    return sealed


@dataclass(frozen=True, slots=True)
class _Intake:
    """What the steps of one delivery work on."""

    stage: Stage
    dataset: Dataset
    files: tuple[Sealed, ...]
    arrival: Arrival
    connection: Connection
    progress: Progress

    def take(self) -> Delivery:
        """All the steps, in order."""
        register_numbers(self.connection, demo=self.arrival.demo)
        rows = self._rows()
        self.connection.execute("SET preserve_insertion_order = false")
        self._step(0)
        counts = self._set_aside(rows)
        kept = self._kept(rows)
        self._step(1)
        counts |= self._people(rows, kept)
        self._write_parts(rows, kept)
        self._step(4)
        counts["duplicates"] = duplicates(kept, [field.name for field in self.dataset])
        write_json(self.stage.taken / "quality.json", quality_report(counts, fields_report(rows, kept)))
        return self._delivery(counts)

    def _step(self, at: int) -> None:
        self.progress(_STEPS[at], at, len(_STEPS))

    def _rows(self) -> Rows:
        sources: list[Source] = []
        for at, sealed in enumerate(self.files):
            into = self.stage.work / f"rows_{at}.parquet"
            self._read(sealed, into)
            sealed.check_unchanged()
            before = sum(source.rows for source in sources)
            sources.append(Source(sealed.name, into, before, self.connection.from_parquet(str(into)).shape[0]))
        if not any(source.rows for source in sources):
            raise BadInput("no file has any row", where=self.files[0].name)
        relation = all_rows(self.connection, sources, self.dataset)
        return Rows(self.connection, relation, self.dataset, tuple(sources), self.arrival.demo)

    def _read(self, sealed: Sealed, into: Path) -> None:
        if sealed.form is Form.CSV:
            read_csv(self.connection, sealed, self.dataset, into=into, separator=self.arrival.separator)
        elif sealed.form is Form.PARQUET:
            read_parquet(self.connection, sealed, self.dataset, into=into)
        else:
            read_ndjson(self.connection, sealed, self.dataset, into=into)

    def _set_aside(self, rows: Rows) -> dict[str, int]:
        """Find bad values and dissenters' rows; refuse the delivery, or set them aside where that was asked."""
        total = find_problems(rows)
        if total and not self.arrival.quarantine:
            raise refusal(rows, total)
        self.connection.execute(f"CREATE TEMP TABLE dissenting ({ROW} BIGINT)")
        objecting = self.arrival.type1 if self.dataset.setting is Setting.GP else None
        if objecting is not None and not self.arrival.required_by:
            dissenting_rows(rows, objecting).insert_into("dissenting")
        dissenting = self.connection.table("dissenting")
        bad = self.connection.table(PROBLEMS).select(ROW).distinct()
        bad = _without(bad, dissenting)
        bad.to_table("quarantined")
        counts = {"quarantined": self.connection.table("quarantined").shape[0], "dissenting": dissenting.shape[0]}
        if any(counts.values()):
            self._write_aside(rows)
        return counts

    def _write_aside(self, rows: Rows) -> None:
        """Rows with bad values as they came, and for each row not taken the reasons. Of a dissenter's row nothing is
        kept but its place in the file, so that the sender can be told."""
        bad = self.connection.table("quarantined").select(named(ROW).alias("_bad"))
        self._write(
            join(rows.relation, bad, on=named(ROW) == named("_bad"), how="semi"), self.stage.aside / "rows.parquet"
        )
        reasons = join(self.connection.table(PROBLEMS), bad, on=named(ROW) == named("_bad"), how="semi")
        incident = self.connection.table("dissenting").select(
            named(ROW), nothing().alias("field"), constant(DISSENTS).alias("reason")
        )
        self._write(_placed(reasons.union(incident), rows.sources), self.stage.aside / "reasons.parquet")

    def _kept(self, rows: Rows) -> Relation:
        """The rows that are taken. Raises BadInput where none is left."""
        aside = self.connection.table("quarantined").union(self.connection.table("dissenting"))
        if not (gone := aside.shape[0]):
            return rows.relation
        if gone == sum(source.rows for source in rows.sources):
            raise BadInput(
                "no row could be taken: each has a bad value or is of a person who objects by Type 1",
                where=self.files[0].name,
            )
        return _without(rows.relation, aside)

    def _people(self, rows: Rows, kept: Relation) -> dict[str, int]:
        path = self.stage.taken / "people.parquet"
        found = distinct_people(rows, kept)
        conflicting = write_people(found, path, vault=self.stage.vault, person=self.dataset.person)
        people = self.connection.from_parquet(str(path))
        check_one_id_each(people)
        return count_people(rows, kept, people) | {"people_with_two_nhs_numbers": conflicting}

    def _write_parts(self, rows: Rows, kept: Relation) -> None:
        people = self.connection.from_parquet(str(self.stage.taken / "people.parquet"))
        joined = keyed(rows, kept, people)
        others = references(self.dataset)
        content: list[Expression] = []
        identifiers: list[Expression] = []
        for field in self.dataset:
            if field in others:
                content.append(named(refers(field)).alias(field.name))
            else:
                (identifiers if field.identifies else content).append(typed(field, self.dataset).alias(field.name))
        self._step(2)
        self._write(joined.select(ROW, PERSON, *content), self.stage.taken / "content.parquet")
        self._step(3)
        self._write(joined.select(ROW, PERSON, *identifiers), self.stage.taken / "identifiers.parquet")

    def _write(self, relation: Relation, path: Path) -> None:
        relation.create_view("written", replace=True)
        metadata = self.stage.vault.metadata
        self.connection.execute(
            "COPY (FROM written) TO $path (FORMAT parquet, COMPRESSION zstd, KV_METADATA "
            "{'openhaven.format': $format, 'openhaven.key': $key})",
            {"path": str(path), "format": metadata["openhaven.format"], "key": metadata["openhaven.key"]},
        )

    def _delivery(self, counts: dict[str, int]) -> Delivery:
        arrival, given = self.arrival, self.arrival.type1
        made = Delivery(
            id=arrival.delivery_id,
            dataset=self.dataset.id,
            controller=arrival.controller,
            files=tuple(sealed.delivered for sealed in self.files),
            rows=counts["rows"],
            people=counts["people"],
            received=arrival.received.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            inbound_route=arrival.inbound_route,
            screened=arrival.screened,
            replaces=arrival.replaces,
            quarantined=counts["quarantined"],
            dissenting=counts["dissenting"],
            type1_list=given.id if given else "",
            required_by=arrival.required_by,
            held=parts_in(self.stage.taken),
        )
        made.write(self.stage.taken)
        return made


def _without(rows: Relation, gone: Relation) -> Relation:
    """The rows whose ordinal is not among the others."""
    return join(rows, gone.select(named(ROW).alias("_gone")), on=named(ROW) == named("_gone"), how="anti")


def _placed(reasons: Relation, sources: Sequence[Source]) -> Relation:
    """The reasons with the file and the row in it, counted from 1 after any heading."""
    file, before = CaseExpression(constant(False), nothing()), CaseExpression(constant(False), constant(0))
    for source in sources:
        here = named(ROW).between(constant(source.before + 1), constant(source.before + source.rows))
        file, before = file.when(here, constant(source.name)), before.when(here, constant(source.before))
    return reasons.select(
        named(ROW), file.alias("file"), (named(ROW) - before).alias("row"), named("field"), named("reason")
    )
