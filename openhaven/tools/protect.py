"""`haven protect`: a ready table with its totals: checked, protected, audited, written.

Counts follow a rule. Amounts bring a status for each cell (`U` must be hidden, `S` may be, `Z` must be shown) and how
far below and above it must stay possible.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from openhaven.disclosure.moved import CELL_KEY, MovedRule, any_rule_named, moved_rule_named, rounded
from openhaven.disclosure.protection import protect as protect_counts
from openhaven.disclosure.ready import SAFE, UNSAFE, Amount, Axis, axis_of, protect_amounts, table_of
from openhaven.disclosure.rules import HIDDEN
from openhaven.disclosure.tables import TOTAL, cells_of
from openhaven.model.errors import BadInput
from openhaven.tools.files import check_columns, open_source
from openhaven.tools.printed import (
    GIVES_AWAY,
    SECOND,
    Line,
    Printed,
    check_written,
    printed,
    said,
    said_given_up,
    write,
)
from openhaven.tools.sums import number_of, without_exponent


@dataclass(frozen=True)
class ProtectRequest:
    """`by` names the columns of labels, `value` that of counts or amounts. `rule` is for counts; for amounts, `status`
    names the column of statuses, `lower` and `upper` those of margins, `cost` that of costs. `total`: what a total is
    called. `tolerance`: how far totals of amounts may differ from their parts. `national`: see `haven tabulate`."""

    by: tuple[str, ...]
    value: str
    rule: str | None = None
    status: str | None = None
    lower: str | None = None
    upper: str | None = None
    cost: str | None = None
    total: str = TOTAL
    tolerance: float = 0.0
    hierarchies: Path | None = None
    separator: str | None = None
    national: bool = False
    overwrite: bool = False

    def __post_init__(self) -> None:
        if not self.by or len(set(self.by)) < len(self.by):
            raise BadInput("name each column of labels once", todo="For example --by area,diagnosis.")
        if (self.rule is None) == (self.status is None):
            raise BadInput("give --rule for a table of counts, or --status for one of amounts")
        if self.rule is not None and (self.lower or self.upper or self.cost or self.tolerance):
            raise BadInput("--lower, --upper, --cost and --tolerance are for amounts, with --status")
        if self.status is not None and self.national:
            raise BadInput("--national is for counts under a rule")
        if not (0 <= self.tolerance < float("inf")):
            raise BadInput(f"--tolerance is a number of 0 or more, not {self.tolerance:g}")
        self._check_moved()

    def _check_moved(self) -> None:
        moved = None if self.rule is None else moved_rule_named(self.rule)
        if moved is not None and moved.kind == CELL_KEY:
            raise BadInput(
                "cell keys move a count by its own records, which a ready table does not have",
                todo="Count the records with haven tabulate, or take a rule such as rounded-5.",
            )
        if moved is not None and self.national:
            raise BadInput(f"{self.rule} moves every count: it has no exact national total")


@dataclass(frozen=True)
class ProtectReport:
    """What was printed: cells in all, hidden for themselves, hidden to protect others, and at which cost."""

    out: str
    by: tuple[str, ...]
    rule: str
    cells: int
    first: int
    second: int
    cost: float
    bound: float
    given_up: int = 0

    def as_json(self) -> dict[str, object]:
        """One document."""
        return {**{each.name: getattr(self, each.name) for each in fields(self)}, "exposed": 0}

    def as_text(self) -> str:
        """For a person to read."""
        least = (
            "no safe choice costs less"
            if self.cost <= self.bound * (1 + 1e-6) + 1e-6
            else (f"no safe choice costs less than {self.bound:,.6g}")
        )
        return "\n".join(
            [
                f"{self.cells:,} cells by {', '.join(self.by)} written to {self.out}",
                f"rule: {self.rule}",
                *self._hidden(least),
            ]
        )

    def _hidden(self, least: str) -> list[str]:
        if moved_rule_named(self.rule) is not None:
            return ["audit: no small count can be told from the others"]
        return [
            f"{self.first:,} cells hidden for themselves, {self.second:,} to protect them",
            f"cost of these: {self.cost:,.6g}; {least}",
            *said_given_up(self.given_up),
            "audit: no hidden cell can be told from the others",
        ]


def protect(path: Path | str, out: Path | str, request: ProtectRequest) -> ProtectReport:
    """Check, protect, audit, write `out`. Raises BadInput, or Unmet where a cell cannot be protected: nothing is
    written then."""
    path, out = Path(path), Path(out)
    check_written(out, inputs=(path,), overwrite=request.overwrite)
    lines = _lines(path, request)
    axes = _axes(path, request, lines)
    made = _counts(axes, lines, request) if request.rule is not None else _amounts(axes, lines, request)
    table, second, cost, bound, given_up = made
    write(out, table)
    hidden = sum(text == HIDDEN for line in table.lines for text in line.printed)
    first = hidden - second
    return ProtectReport(str(out), request.by, table.rule, len(table.lines), first, second, cost, bound, given_up)


def _lines(path: Path, request: ProtectRequest) -> list[dict[str, str]]:
    source = open_source(path, separator=request.separator)
    optional = (request.status, request.lower, request.upper, request.cost)
    names = [*request.by, request.value, *(name for name in optional if name is not None)]
    check_columns(source, names)
    found = []
    for batch in source.batches(names):
        found += [
            dict(zip(names, each, strict=True)) for each in zip(*(c.to_pylist() for c in batch.columns), strict=True)
        ]
    if not found:
        raise BadInput("there are no cells", where=str(path))
    for line in found:
        line.update({name: TOTAL for name in request.by if line[name] == request.total})
    return found


def _axes(path: Path, request: ProtectRequest, lines: Sequence[Mapping[str, str]]) -> list[Axis]:
    return [axis_of(name, [line[name] for line in lines], _parents(path, name, request, lines)) for name in request.by]


def _parents(
    path: Path, name: str, request: ProtectRequest, lines: Sequence[Mapping[str, str]]
) -> dict[str, str] | None:
    """What each label of a column is part of, from its hierarchy; levels that the table does not have are skipped."""
    if request.hierarchies is None:
        return None
    ending = f"_hierarchy_{name}.csv"
    file = request.hierarchies / f"{path.stem}{ending}"
    if not file.is_file():
        others = sorted(each for each in request.hierarchies.iterdir() if each.name.endswith(ending))
        if not others:
            return None
        if len(others) > 1:
            raise BadInput(f"two hierarchies could be meant for {name}", where=str(request.hierarchies))
        file = others[0]
    there = {line[name] for line in lines}
    found: dict[str, str] = {}
    with file.open(encoding="utf-8-sig", newline="") as text:
        for levels in csv.reader(text, delimiter=";"):
            way = [each for each in dict.fromkeys(levels) if each in there and each != "*"]
            for label, above in zip(way, [*way[1:], TOTAL], strict=True):
                if found.setdefault(label, above) != above:
                    raise BadInput(f"{label!r} is part of {found[label]!r} and of {above!r}", where=str(file))
    return found


def _counts(
    axes: Sequence[Axis], lines: Sequence[Mapping[str, str]], request: ProtectRequest
) -> tuple[Printed, int, float, float, int]:
    assert request.rule is not None
    rule = any_rule_named(request.rule)
    cells = [(_labels(line, request), _count(line, request)) for line in lines]
    table = table_of(request.value, axes, cells)
    if isinstance(rule, MovedRule):
        made = rounded([table], rule)
    else:
        made = protect_counts([table], rule, national=request.national)
    names = [table.name(cell) for cell in cells_of(table)]
    return printed(made.tables, names, says=said(rule)), made.second[0], made.cost, made.bound, made.given_up


def _amounts(
    axes: Sequence[Axis], lines: Sequence[Mapping[str, str]], request: ProtectRequest
) -> tuple[Printed, int, float, float, int]:
    cells = [(_labels(line, request), _amount(line, request)) for line in lines]
    made = protect_amounts(axes, cells, tolerance=request.tolerance)
    second, hidden = set(made.second.tolist()), set(made.hidden.tolist())
    shown = {_labels(line, request): without_exponent(line[request.value]) for line in lines}
    found = []
    for at, labels in enumerate(_names(axes)):
        text = HIDDEN if at in hidden else shown[labels]
        found.append(Line(labels, (text,), (SECOND if at in second else GIVES_AWAY if at in hidden else "",)))
    says = ("Cells marked unsafe by who made the table are hidden, and others to keep them within their margins.",)
    table = Printed(request.by, (request.value,), tuple(found), "statuses of the table", says)
    return table, len(second), made.chosen.cost, made.chosen.bound, 0


def _names(axes: Sequence[Axis]) -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = [()]
    for axis in axes:
        names = [(*each, label) for each in names for label in (*axis.labels, TOTAL)]
    return names


def _labels(line: Mapping[str, str], request: ProtectRequest) -> tuple[str, ...]:
    return tuple(line[name] for name in request.by)


def _count(line: Mapping[str, str], request: ProtectRequest) -> int:
    text = line[request.value]
    if not re.fullmatch(r" *-?[0-9]{1,18} *", text, re.ASCII):  # int() alone would take 1_000 and other scripts' digits
        said_ = text if len(text) <= 24 else f"{text[:20]}…"
        raise BadInput(
            f"{said_!r} is not a count",
            where=" and ".join(_labels(line, request)),
            todo="Counts are whole numbers; for amounts give --status.",
        )
    return int(text)


def _amount(line: Mapping[str, str], request: ProtectRequest) -> Amount:
    assert request.status is not None
    status = line[request.status].strip() or SAFE
    where = " and ".join(_labels(line, request))
    margins = [
        _number(line, name, where=where) if name and status == UNSAFE else 0.0
        for name in (request.lower, request.upper)
    ]
    cost = _number(line, request.cost, where=where) if request.cost else None
    try:
        return Amount(_number(line, request.value, where=where), status, *margins, cost)
    except BadInput as wrong:
        raise BadInput(wrong.what, where=wrong.where or where, todo=wrong.todo) from None


def _number(line: Mapping[str, str], name: str, *, where: str) -> float:
    number = number_of(line[name])
    if number is None:
        raise BadInput(f"{line[name]!r} is not a number", where=f"{where}, {name}", todo="Write decimals with a point.")
    return number
