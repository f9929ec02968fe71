"""A protected table as people and programs read it: CSV with its metadata (CSVW), JSON, or a page with hidden cells
shaded and the reason on each. The rule is named in all of them."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from openhaven.disclosure.audit import Published
from openhaven.disclosure.rules import HIDDEN, Rule
from openhaven.disclosure.tables import TOTAL, escaped
from openhaven.model.errors import BadInput
from openhaven.tools.files import written_whole

FORMAT = 1
SMALL, SECOND, WITHHELD, DERIVED = "small", "protects another", "withheld with its line", "sum of what is printed"
REASONS = {
    SMALL: "hidden because it is small, or because the rule hides it",
    SECOND: "hidden because a small count could be worked out from it",
    WITHHELD: "hidden with its whole line, whatever it holds",
    DERIVED: "not the true total: the sum of the printed cells",
}


@dataclass(frozen=True)
class Line:
    """One cell: its labels, and for each thing counted what is printed and why it is not the count."""

    labels: tuple[str, ...]
    printed: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """A table to print: `units` are the things counted, `rule` and `says` what it was protected by."""

    by: tuple[str, ...]
    units: tuple[str, ...]
    lines: tuple[Line, ...]
    rule: str
    says: tuple[str, ...]


def printed(tables: Sequence[Published], names: Sequence[tuple[str, ...]], *, says: Sequence[str]) -> Printed:
    """Of tables over the same cells, whose labels are `names`, in printing order."""
    reasons = [_reasons(table) for table in tables]
    shown = [table.shown for table in tables]
    lines = [
        Line(labels, texts, why)
        for labels, texts, why in zip(names, zip(*shown, strict=True), zip(*reasons, strict=True), strict=True)
    ]
    units = tuple(table.unit for table in tables)
    return Printed(tables[0].by, units, tuple(lines), tables[0].rule.name, tuple(says))


def _reasons(table: Published) -> list[str]:
    derived = table.derived.ravel() if table.derived is not None else [False] * table.small.size
    guarded = table.guarded.ravel() if table.guarded is not None else [False] * table.small.size
    found = []
    for text, small, kept, withheld, sum_ in zip(
        table.shown, table.small.ravel(), guarded, table.withheld.ravel(), derived, strict=True
    ):
        why = DERIVED if sum_ else ""
        if text == HIDDEN:
            why = WITHHELD if withheld else SMALL if small or kept else SECOND
        found.append(why)
    return found


def said(rule: Rule) -> list[str]:
    """What a table says of the rule that it was protected by."""
    return [
        f"Rule {rule.name}, {rule.status}: {rule.citation}.",
        "Audited: no hidden count can be told from the others.",
    ]


def check_ending(out: Path) -> None:
    """Raises BadInput where no face of a table has this ending."""
    if out.suffix.lower() not in (".csv", ".json", ".html"):
        raise BadInput("a table is written as .csv, .json or .html", where=str(out))


def write(out: Path, table: Printed) -> None:
    """The face that the ending asks for, whole or not at all; beside a CSV its metadata, `NAME.csv-metadata.json`."""
    check_ending(out)
    if out.suffix.lower() == ".csv":
        metadata = out.with_name(f"{out.name}-metadata.json")
        with written_whole(metadata) as beside, written_whole(out) as temporary:
            _write_csv(temporary, table)
            beside.write_text(json.dumps(csvw(table, out.name), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    text = as_page(table) if out.suffix.lower() == ".html" else json.dumps(as_json(table), indent=2, ensure_ascii=False)
    with written_whole(out) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _write_csv(out: Path, table: Printed) -> None:
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([escaped(name) for name in (*table.by, *table.units)])
        writer.writerows([*(escaped(label) for label in line.labels), *line.printed] for line in table.lines)


def as_json(table: Printed) -> dict[str, object]:
    """One document: each cell with its labels, what is printed and why it is not the count."""
    return {"format": FORMAT, **asdict(table), "reasons": REASONS}


def csvw(table: Printed, name: str) -> dict[str, object]:
    """The metadata of the CSV file of that name, as CSV on the Web says it (W3C, 2015)."""
    columns: list[dict[str, object]] = [
        {"titles": each, "name": f"by_{at}"} for at, each in enumerate(table.by, start=1)
    ]
    columns += [
        {"titles": each, "name": f"count_{at}", "datatype": "decimal", "null": [HIDDEN]}
        for at, each in enumerate(table.units, start=1)
    ]
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": name,
        "dc:description": " ".join(table.says),
        "dc:conformsTo": table.rule,
        "tableSchema": {"columns": columns, "primaryKey": [f"by_{at}" for at in range(1, len(table.by) + 1)]},
        "notes": [{"total": TOTAL, "hidden": HIDDEN, "rule": table.rule}],
    }


def as_page(table: Printed) -> str:
    """One page: the last column across, the others down; hidden cells shaded, with the reason on each."""
    rows = [(key, list(lines)) for key, lines in groupby(table.lines, key=lambda line: line.labels[:-1])]
    used = sorted({why for line in table.lines for why in line.reasons if why})
    shade = {why: why.split()[0] for why in REASONS}
    room = Environment(
        loader=PackageLoader("openhaven.tools", "."), autoescape=select_autoescape(["html"]), undefined=StrictUndefined
    )
    page = room.get_template("table.html")
    return page.render(
        table=table,
        rows=rows,
        across=[line.labels[-1] for line in rows[0][1]],
        total=TOTAL,
        used=used,
        reasons=REASONS,
        shade=shade,
    )
