"""The road of a release, in order: cohort, opt-outs, restricted, minimise, pseudonymise, protect, certify.

Obligations are its only input: nothing here looks at an application. Recording and packaging come after, elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import narwhals.stable.v2 as nw
import pyarrow.parquet as pq

from openhaven.disclosure.figures_before import MeasuredTable
from openhaven.disclosure.files import File
from openhaven.disclosure.ledger import Ledger
from openhaven.disclosure.moved_beside import Keys
from openhaven.engines import Engine
from openhaven.model.certificate import Column, Output
from openhaven.model.dataset import Dataset
from openhaven.model.decision import Decision, Verdict
from openhaven.model.errors import Unmet
from openhaven.model.obligation import (
    AtLevel,
    Figures,
    KAnonymity,
    NationalOptOut,
    Obligation,
    OnlyCohort,
    OnlyConsenting,
    OnlyControllers,
    OnlyFields,
    PseudonymScope,
    RestrictedCodes,
    SmallNumbers,
)
from openhaven.model.words import Level, Precision
from openhaven.optouts.consent import Consent

from .cohort import Listed, Outcome, match
from .combinations import Shapes
from .counting import Quasi
from .demanded import Demanded
from .figures import measured_field
from .leave import Leaving, about, counted, described, leaving, pseudonymise, shaped
from .local import level_column
from .made import Made
from .minimise import apply_cohort
from .objections import Objectors, leave_out_objectors
from .optouts import MayFlow, apply_opt_outs
from .plan import PERSON, Held, Plan, one, start
from .precision import Places
from .protect import protect
from .restricted import RestrictedList, leave_out_restricted
from .table import AMOUNT, Former, MadeTable, Rows, Under, protected_table
from .units import identifying

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Supplies:
    """What the haven brings to the road beside the obligations. `agreed` is an earlier delivery's recoding, `ledgers`
    the tables of this dataset released before: of rows, and of people; `files` those of its records that the recipient
    has, `measured` the tables with figures of amounts; `record_keys` move counts under a rule of cell keys."""

    engine: Engine
    dataset: Dataset
    held: tuple[Held, ...]
    on: dt.date
    places: Places = field(default_factory=Places)
    answer: MayFlow | None = None
    objectors: Objectors | None = None
    scope_key: Callable[[PseudonymScope], bytes] | None = None
    listed: Sequence[Listed] = ()
    consents: Mapping[str, Consent] | None = None
    restricted: Sequence[RestrictedList] = ()
    agreed: Mapping[str, Precision] | None = None
    ledgers: Sequence[Ledger] = ()
    files: Sequence[File] = ()
    measured: Sequence[MeasuredTable] = ()
    record_keys: Keys | None = None


def travel(decision: Decision, supplies: Supplies, folder: Path, *, tell: Tell = lambda step: None) -> Made:
    """Make the file that would leave, in `folder`. Raises Unmet when an obligation cannot be met."""
    if decision.verdict is not Verdict.PERMIT:
        raise Unmet(f"the decision is to {decision.verdict}, so nothing travels")
    road = _Road(decision, supplies, folder, tell)
    everyone = road.start()
    plan, outcomes = road.people(everyone)
    plan, key = road.pseudonyms(plan)
    if road.obliged(SmallNumbers):
        return road.table(everyone, plan)
    return road.records(everyone, plan, key=key, outcomes=outcomes)


@dataclass(frozen=True, slots=True)
class _Road:
    decision: Decision
    supplies: Supplies
    folder: Path
    tell: Tell

    def obliged(self, kind: type) -> Obligation | None:
        return one(kind, self.decision.obligations)

    def required(self, kind: type) -> Obligation:
        if (found := self.obliged(kind)) is None:
            raise Unmet(f"the decision has no {kind.kind} obligation, and nothing leaves without one")
        return found

    def start(self) -> Plan:
        allowed = set(self.required(OnlyControllers).controllers)
        held = [each for each in self.supplies.held if each.controller in allowed]
        if not held:
            raise Unmet("no controller with authority has delivered this dataset")
        return start(self.supplies.engine, self.supplies.dataset, held, places=self.supplies.places)

    def people(self, everyone: Plan) -> tuple[Plan, tuple[Outcome, ...]]:
        """Cohort, opt-outs, restricted codes: whose records are on the road."""
        self.tell("cohort")
        plan, outcomes = apply_cohort(everyone, self.obliged(OnlyCohort)), ()
        if consenting := self.obliged(OnlyConsenting):
            plan, outcomes = match(
                plan,
                self.supplies.listed,
                obligation=consenting,
                consents=self.supplies.consents or {},
                on=self.supplies.on,
            )
        self.tell("opt-outs")
        plan = apply_opt_outs(plan, self.required(NationalOptOut), self.supplies.answer)
        plan = leave_out_objectors(plan, self.decision.obligations, self.supplies.objectors)
        self.tell("restricted codes")
        return leave_out_restricted(plan, self.obliged(RestrictedCodes), self.supplies.restricted), outcomes

    def pseudonyms(self, plan: Plan) -> tuple[Plan, bytes | None]:
        """Pseudonyms in the scope decided."""
        self.tell("pseudonyms")
        scope = self.obliged(PseudonymScope)
        if scope is None or self.supplies.scope_key is None:
            return plan, None
        key = self.supplies.scope_key(scope)
        by_study = self.obliged(OnlyConsenting) is not None  # people then have their study id already
        return (plan if by_study else pseudonymise(plan, key)), key

    def columns(self) -> tuple[Leaving, ...]:
        return leaving(
            self.supplies.dataset,
            self.required(OnlyFields).fields,
            pseudonymised=self.obliged(PseudonymScope) is not None,
            keyed_by_study=self.obliged(OnlyConsenting) is not None,
        )

    def records(self, everyone: Plan, plan: Plan, *, key: bytes | None, outcomes: tuple[Outcome, ...]) -> Made:
        """Protect, then write in the order of the person keys that leave."""
        columns, path = self.columns(), self.folder / f"{self.supplies.dataset.id}.parquet"
        made = Made(
            self.decision,
            plan,
            everyone,
            columns,
            {},
            path,
            self.required(AtLevel).level,
            self.supplies.on,
            key,
            answer=self.supplies.answer,
            objectors=self.supplies.objectors,
            restricted=self.supplies.restricted,
            outcomes=outcomes,
        )
        self.tell("protect")
        made = self._protected(made)
        rows = made.protected.rows if made.protected else shaped(plan, columns, {}, key=key)
        self.tell("write")
        if not self._written(made, rows):
            raise Unmet("no row is left to release")
        return made

    def _written(self, made: Made, rows: nw.LazyFrame) -> int:
        """How many rows were written, in the order of the keys by which people leave."""
        engine, keyed, names = made.plan.engine, about(made.plan, made.columns), made.names
        if keyed is not None:
            stead = [PERSON if name == keyed.into else name for name in names]
            return engine.write_by_key(rows.select(*stead), made.path, about=keyed)
        return engine.write(rows.select(*names), made.path, order_by=[made.person.name] if made.person else names)

    def _protected(self, made: Made) -> Made:
        obligation = self.obliged(KAnonymity)
        if obligation is None:
            if made.level is Level.DE_IDENTIFIED:
                raise Unmet("de-identified records have no k-anonymity obligation, and do not leave without one")
            return made
        quasi = Quasi(
            tuple(each for each in made.columns if each.field.name in obligation.quasi),
            self.supplies.places,
            self.supplies.dataset.person is not None,  # also where no key leaves: a hundred rows may be one person's
        )
        demanded = Demanded.of(obligation, self.decision.obligations)
        protected = protect(
            made.plan, self._shapes(made, quasi, demanded), quasi, demanded, agreed=self.supplies.agreed
        )
        return replace(made, quasi=quasi, protected=protected, recoding=dict(protected.recoding))

    def _shapes(self, made: Made, quasi: Quasi, demanded: Demanded) -> Shapes:
        spread = tuple(each for each in made.columns if each.field.name in demanded.confidential)
        columns, apart = (*quasi.columns, *spread), bool(demanded.events)

        def every(plan: Plan, recoding: Mapping[str, Precision]) -> nw.LazyFrame:
            return shaped(plan, made.columns, recoding, key=made.key)

        def to_count(plan: Plan, recoding: Mapping[str, Precision]) -> nw.LazyFrame:
            return counted(plan, columns, recoding, told_apart=apart)

        return Shapes(every, to_count, spread)

    def measured(self, field: str) -> tuple[Leaving, ...]:
        """The field of whose amounts figures are made, as it is held: no row of it leaves."""
        if not field:
            return ()
        return (Leaving(self.supplies.dataset.field(field), Precision.AS_HELD, AMOUNT, False),)

    def table(self, everyone: Plan, plan: Plan) -> Made:
        """Count, protect, and write the table as text."""
        self.tell("count and protect")
        columns, under = self.columns(), Under(self.required(SmallNumbers), self.obliged(Figures))
        apart, measure = identifying(self.supplies.dataset), measured_field(under.figures)
        rows = Rows(
            shaped(plan, (*columns, *apart, *self.measured(measure)), {}, key=None),
            tuple(each.name for each in columns),
            self.supplies.dataset.person is not None,
            tuple(each.name for each in apart),
            measure,
        )
        known = self.supplies
        former = Former(known.ledgers, known.files, known.measured, known.record_keys)
        table: MadeTable = protected_table(plan.engine, rows, under, former)
        path = self.folder / f"{self.supplies.dataset.id}-table.csv"
        path.write_text(table.text, encoding="utf-8", newline="")
        return Made(
            self.decision,
            plan,
            everyone,
            columns,
            {},
            path,
            Level.AGGREGATE,
            self.supplies.on,
            table=table,
            answer=self.supplies.answer,
            objectors=self.supplies.objectors,
            restricted=self.supplies.restricted,
        )


def _described(made: Made) -> tuple[Column, ...]:
    """The columns of the file; a level of its own in every cell is said to be so."""
    schema = pq.read_schema(made.path)
    columns = described(made.columns, made.recoding, schema)
    if not made.local or made.quasi is None:
        return columns
    by_cell = {each.name for each in made.quasi.columns}
    columns = tuple(
        replace(each, precision=f"class by class, from {each.precision} upwards") if each.name in by_cell else each
        for each in columns
    )
    return (*columns, *described((level_column(),), {}, schema))


def output(made: Made) -> Output:
    """Name, rows, size, hash and columns of the file, read from the file."""
    digest = hashlib.sha256()
    with made.path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    if made.table is not None:
        rows, columns = made.table.rows, ()
    else:
        rows = pq.ParquetFile(made.path).metadata.num_rows
        columns = _described(made)
    return Output(made.path.name, rows, made.path.stat().st_size, digest.hexdigest(), columns)
