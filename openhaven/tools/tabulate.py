"""`haven tabulate`: count a file's rows, and people, by columns; protect the counts under a rule; write them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.dominance import AmountRule, amount_rule_named
from openhaven.disclosure.protection import Protected, protect
from openhaven.disclosure.rules import Rule, rule_named
from openhaven.disclosure.tables import TOTAL, Table, cells_of, count_by, written_alike
from openhaven.model.errors import BadInput
from openhaven.tools.files import Coded, open_source, read_coded
from openhaven.tools.printed import check_ending, printed, said, write
from openhaven.tools.sums import amounts_of, printed_sums, summed

BLANK = "(blank)"


@dataclass(frozen=True)
class TabulateRequest:
    """`by` names the columns, `rule` the rule (`HES-2018`, `HES-2013`, `threshold-n`).

    `person` names the column of the person: people are then counted beside rows. `national` says that the file
    covers the nation, so that its grand total is a national one. `measure` names a column to sum: the rule is then one
    for amounts (`p-10`, `dominance-2-85`), and the person whoever contributes.
    """

    by: tuple[str, ...]
    rule: str
    person: str | None = None
    national: bool = False
    separator: str | None = None
    measure: str | None = None

    def __post_init__(self) -> None:
        if not self.by or len(set(self.by)) < len(self.by):
            raise BadInput("name each column to count by once", todo="For example --by area,diagnosis.")
        if self.person in self.by:
            raise BadInput(f"{self.person!r} names the person: counting by it would print one line for each")
        if self.measure in self.by:
            raise BadInput(f"{self.measure!r} cannot be summed and counted by")
        if self.measure is not None and self.national:
            raise BadInput("--national is for counts under a rule")


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
        lines += [
            f"{unit}: {self.small[unit]:,} cells hidden for being small, {self.second[unit]:,} to protect them"
            for unit in self.units
        ]
        return "\n".join([*lines, "audit: no hidden count can be told from the others"])


def tabulate(path: Path | str, out: Path | str, request: TabulateRequest) -> TabulateReport:
    """Count, protect, audit, write `out` (.csv, .json or .html). Raises BadInput, or Unmet and writes nothing."""
    path, out = Path(path), Path(out)
    check_ending(out)
    if path.resolve() == out.resolve():
        raise BadInput("the table is written to another file", where=str(out))
    if request.measure is not None:
        return _summed(path, out, request, request.measure)
    rule = rule_named(request.rule)
    source = open_source(path, separator=request.separator)
    columns = read_coded(source, [*request.by, *([request.person] if request.person else [])])
    tables = count(columns, request.by, person=request.person)
    people_of = [(1, 0)] if request.person else []
    protected = protect(tables, rule, people_of=people_of, national=request.national)
    write(out, printed(protected.tables, [tables[0].name(cell) for cell in cells_of(tables[0])], says=said(rule)))
    return _report(path, out, request=request, rule=rule, tables=tables, protected=protected)


def _summed(path: Path, out: Path, request: TabulateRequest, measure: str) -> TabulateReport:
    rule = amount_rule_named(request.rule)
    names = [*request.by, measure, *([request.person] if request.person else [])]
    columns = read_coded(open_source(path, separator=request.separator), names)
    by = [(name, _in_order(name, columns[name])) for name in request.by]
    amounts = amounts_of(measure, columns[measure])
    who = columns[request.person].codes if request.person else None
    unit = f"sum of {measure}"
    axes, cells = summed(by, amounts, rule, contributor=who)
    table, made = printed_sums(axes, cells, rule, unit=unit)
    write(out, table)
    small, second = {unit: len(made.hidden) - len(made.second)}, {unit: len(made.second)}
    return TabulateReport(str(path), str(out), request.by, rule, len(amounts), (unit,), len(cells), small, second)


def count(columns: dict[str, Coded], by: Sequence[str], *, person: str | None) -> list[Table]:
    """The table of rows, and where the person is named the table of people."""
    ordered = [_in_order(name, columns[name]) for name in by]
    labels = [each.values for each in ordered]
    codes = np.stack([each.codes for each in ordered], axis=1)
    tables = [count_by(by, labels, codes)]
    if person:
        tables.append(count_by(by, labels, codes, person=columns[person].codes))
    _check_names(by, [table.unit for table in tables])
    return tables


def _check_names(by: Sequence[str], units: Sequence[str]) -> None:
    for name in by:
        if name.lower() in units:
            raise BadInput(f"{name!r} is what the table calls one of its counts", todo="Rename that column first.")


def _in_order(name: str, column: Coded) -> Coded:
    """Values in the order a reader expects, numbers as numbers; an empty value is called blank."""
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
    )
