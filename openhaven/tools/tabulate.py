"""`haven tabulate`: count a file's rows, and people, by columns; protect the counts under a rule; write them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from openhaven.disclosure.amounts import Amounts
from openhaven.disclosure.cell_key import record_key
from openhaven.disclosure.dominance import AmountRule, amount_rule_named
from openhaven.disclosure.figure_columns import Column, Counts, columns_of
from openhaven.disclosure.figures import step_ends
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.moved import (
    CELL_KEY,
    ROUNDED,
    Keyed,
    MovedRule,
    any_rule_named,
    keyed,
    moved_rule_named,
    rounded,
)
from openhaven.disclosure.protection import Protected, protect
from openhaven.disclosure.rules import Rule
from openhaven.disclosure.tables import TOTAL, Table, cells_of, count_by, written_alike
from openhaven.model.errors import BadInput
from openhaven.tools.figures import FiguresAsked, Survival
from openhaven.tools.files import Coded, open_source, read_coded
from openhaven.tools.printed import check_written, printed, said, said_given_up, with_figures, write
from openhaven.tools.sums import amounts_of, printed_sums, summed

BLANK = "(blank)"
SECRET = (
    "Make one once, keep it as safe as the data, and use it for every table: head -c 32 /dev/urandom | base64 > FILE."
)


@dataclass(frozen=True)
class TabulateRequest:
    """`by` names the columns, `rule` the rule (`HES-2018`, `HES-2013`, `threshold-n`).

    `person` names the column of the person: people are then counted beside rows. `national` says that the file
    covers the nation, so that its grand total is a national one. `measure` names a column to sum: the rule is then one
    for amounts (`p-10`, `dominance-2-85`), and the person whoever contributes. `beside`: the figures beside the counts.
    `cell_key`: the file of the secret under the rule `cell-key-2`, and `record` the column that tells records apart.
    """

    by: tuple[str, ...]
    rule: str
    person: str | None = None
    national: bool = False
    separator: str | None = None
    measure: str | None = None
    beside: FiguresAsked = field(default_factory=FiguresAsked)
    cell_key: Path | None = None
    record: str | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if not self.by or len(set(self.by)) < len(self.by):
            raise BadInput("name each column to count by once", todo="For example --by area,diagnosis.")
        if self.person in self.by:
            raise BadInput(f"{self.person!r} names the person: counting by it would print one line for each")
        if self.measure in self.by:
            raise BadInput(f"{self.measure!r} cannot be summed and counted by")
        if self.measure is not None and self.national:
            raise BadInput("--national is for counts under a rule")
        if self.measure is not None and (self.beside.figures or self.beside.survival):
            raise BadInput("--measure prints sums: figures go beside counts", todo="Leave --measure out.")
        self._check_moved()

    def _check_moved(self) -> None:
        moved = moved_rule_named(self.rule)
        keyed_ = moved is not None and moved.kind == CELL_KEY
        if keyed_ != (self.cell_key is not None):
            raise BadInput("--cell-key goes with the rule cell-key-2", todo="Give both or neither.")
        if keyed_ and not (self.record or self.person):
            raise BadInput("cell keys are of records", todo="Name the column that tells them apart with --record.")
        if self.record and not keyed_:
            raise BadInput("--record is for the rule cell-key-2")
        if moved is not None and self.national:
            raise BadInput(f"{self.rule} moves every count: it has no exact national total")


@dataclass(frozen=True)
class TabulateReport:
    """What was printed: cells in all, hidden for being small, hidden to protect others, for each unit counted."""

    file: str
    out: str
    by: tuple[str, ...]
    rule: Rule | AmountRule
    rows: int
    units: tuple[str, ...]
    cells: int
    small: dict[str, int]
    second: dict[str, int]
    given_up: int = 0

    def as_json(self) -> dict[str, object]:
        """One document; the rule's days as ISO dates."""
        document = asdict(self)
        if isinstance(self.rule, AmountRule):
            return {**document, "exposed": 0}
        days = {
            name: day.isoformat() if day else None
            for name, day in (("since", self.rule.since), ("until", self.rule.until))
        }
        return {**document, "rule": {**asdict(self.rule), **days}, "exposed": 0}

    def as_text(self) -> str:
        """For a person to read."""
        lines = [f"{self.cells:,} cells by {', '.join(self.by)} written to {self.out}, from {self.rows:,} rows"]
        cited = f" ({self.rule.status}): {self.rule.citation}" if isinstance(self.rule, Rule) else ""
        lines.append(f"rule {self.rule.name}{cited}")
        if not isinstance(self.rule, MovedRule):
            lines += [
                f"{unit}: {self.small[unit]:,} cells hidden for being small, {self.second[unit]:,} to protect them"
                for unit in self.units
            ]
            lines += said_given_up(self.given_up)
        moved = isinstance(self.rule, MovedRule)
        told = "no small count can be told from the others" if moved else "no hidden count can be told from the others"
        return "\n".join([*lines, f"audit: {told}"])


def tabulate(path: Path | str, out: Path | str, request: TabulateRequest) -> TabulateReport:
    """Count, protect, audit, write `out` (.csv, .json or .html). Raises BadInput, or Unmet and writes nothing."""
    path, out = Path(path), Path(out)
    inputs = (path, request.beside.population, request.cell_key)
    check_written(out, inputs=inputs, overwrite=request.overwrite)
    if request.measure is not None:
        return _summed(path, out, request, request.measure)
    rule = any_rule_named(request.rule)
    columns = read_coded(open_source(path, separator=request.separator), _needed(request))
    survival = None if request.beside.survival is None else Survival.named(request.beside.survival)
    by = request.by
    if survival is not None:
        by = (*by, survival.time, survival.outcome)
        steps = survival.steps(columns, request.beside.at, lambda events: step_ends(events, rule=rule))
        columns = {**columns, **{name: Ordered(each.values, each.codes) for name, each in steps.items()}}
    tables, codes = count(columns, by, person=request.person)
    people_of = [(1, 0)] if request.person else []
    protected = _protected(tables, rule, request, columns, codes)
    people = columns[request.person].codes if request.person else None
    counts = Counts(tables, protected.tables, people_of, people)
    amounts = {name: Amounts(amounts_of(name, columns[name]), codes, people) for name in request.beside.measures}
    beside: list[Column] = columns_of(request.beside.of(counts), counts, amounts)
    beside += [survival.column(counts)] if survival is not None else []
    table = printed(protected.tables, [tables[0].name(cell) for cell in cells_of(tables[0])], says=said(rule))
    write(out, with_figures(table, beside))
    return _report(path, out, request=replace(request, by=by), rule=rule, tables=tables, protected=protected)


def _needed(request: TabulateRequest) -> list[str]:
    """The columns to read, each once."""
    names = [*request.by, *request.beside.measures]
    names += [name for name in (request.person, request.record) if name]
    if request.beside.survival is not None:
        survival = Survival.named(request.beside.survival)
        if clash := {survival.time, survival.outcome} & {*request.by, request.person}:
            raise BadInput(f"{min(map(str, clash))!r} is counted by already")
        names += [survival.time, survival.outcome]
    return list(dict.fromkeys(names))


def _protected(
    tables: Sequence[Table], rule: Rule, request: TabulateRequest, columns: Mapping[str, Coded], codes: Ints
) -> Protected:
    people_of = [(1, 0)] if request.person else []
    if not isinstance(rule, MovedRule):
        return protect(tables, rule, people_of=people_of, national=request.national)
    if rule.kind == ROUNDED:
        return rounded(tables, rule, people_of=people_of)
    assert request.cell_key is not None
    record = columns[request.record or request.person or ""]
    keys = record_keys(request.cell_key, record.values)[record.codes]
    if request.person is None:
        return keyed(tables, rule, Keyed(codes, keys))
    person = columns[request.person]
    return keyed(
        tables,
        rule,
        Keyed(codes, keys, person.codes, record_keys(request.cell_key, person.values)),
        people_of=people_of,
    )


def record_keys(file: Path, records: Sequence[str]) -> Ints:
    """The key of each record, from 0 to 255: HMAC-SHA-256 of its text under the secret in the file, the first byte.

    Raises BadInput where the secret is shorter than 32 bytes."""
    try:
        secret = file.read_bytes().strip()
    except OSError:
        raise BadInput("the secret of the cell keys cannot be read", where=str(file)) from None
    if len(secret) < 32:
        raise BadInput("the secret of cell keys has 32 bytes or more", where=str(file), todo=SECRET)
    return np.array([record_key(secret, each.encode()) for each in records], dtype=np.int64)


def _summed(path: Path, out: Path, request: TabulateRequest, measure: str) -> TabulateReport:
    rule = amount_rule_named(request.rule)
    names = [*request.by, measure, *([request.person] if request.person else [])]
    columns = read_coded(open_source(path, separator=request.separator), names)
    by = [(name, _in_order(name, columns[name])) for name in request.by]
    amounts = amounts_of(measure, columns[measure])
    who = columns[request.person].codes if request.person else None
    unit = f"sum of {measure}"
    axes, cells, contributors = summed(by, amounts, rule, contributor=who)
    table, made = printed_sums(axes, cells, contributors, unit=unit)
    write(out, table)
    small, second = {unit: len(made.hidden) - len(made.second)}, {unit: len(made.second)}
    return TabulateReport(str(path), str(out), request.by, rule, len(amounts), (unit,), len(cells), small, second)


@dataclass(frozen=True)
class Ordered(Coded):
    """A column whose values stand in order already."""


def count(columns: Mapping[str, Coded], by: Sequence[str], *, person: str | None) -> tuple[list[Table], Ints]:
    """The table of rows, and where the person is named the table of people; and each row's codes."""
    ordered = [_in_order(name, columns[name]) for name in by]
    labels = [each.values for each in ordered]
    codes = np.stack([each.codes for each in ordered], axis=1)
    tables = [count_by(by, labels, codes)]
    if person:
        tables.append(count_by(by, labels, codes, person=columns[person].codes))
    _check_names(by, [table.unit for table in tables])
    return tables, codes


def _check_names(by: Sequence[str], units: Sequence[str]) -> None:
    for name in by:
        if name.lower() in units:
            raise BadInput(f"{name!r} is what the table calls one of its counts", todo="Rename that column first.")


def _in_order(name: str, column: Coded) -> Coded:
    """Values in the order a reader expects, numbers as numbers; an empty value is called blank."""
    if isinstance(column, Ordered):
        return column
    if {TOTAL, BLANK} & set(column.values):
        raise BadInput(f"a value of {name!r} is called {TOTAL!r} or {BLANK!r}, as the table's own lines are")
    if alike := written_alike(column.values):
        raise BadInput(f"{name!r} has the values {alike[0]!r} and {alike[1]!r}, which would be written alike")
    numbers = all(value.isdecimal() for value in column.values if value)
    order = sorted(range(len(column.values)), key=lambda at: _sort_key(column.values[at], numbers))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return Coded(tuple(column.values[at] or BLANK for at in order), place[column.codes])


def _sort_key(value: str, numbers: bool) -> tuple[bool, int, str]:
    return value == "", int(value) if numbers and value else 0, value


def _report(
    path: Path, out: Path, *, request: TabulateRequest, rule: Rule, tables: Sequence[Table], protected: Protected
) -> TabulateReport:
    units = tuple(table.unit for table in tables)
    return TabulateReport(
        file=str(path),
        out=str(out),
        by=request.by,
        rule=rule,
        rows=int(tables[0].counts.flat[-1]),
        units=units,
        cells=int(tables[0].counts.size),
        small=dict(zip(units, protected.small, strict=True)),
        second=dict(zip(units, protected.second, strict=True)),
        given_up=protected.given_up,
    )
