"""A protected table as people and programs read it: CSV with its metadata (CSVW), JSON, or a page with hidden cells
shaded and the reason on each. The rule is named in all of them."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from openhaven.disclosure.audit import Published
from openhaven.disclosure.figure_columns import Column
from openhaven.disclosure.rules import HIDDEN, Rule
from openhaven.disclosure.tables import TOTAL, escaped
from openhaven.model.errors import BadInput
from openhaven.tools.files import check_out, written_whole

FORMAT = 1
UNTOLD, WITHHELD, DERIVED = "small or protects", "withheld with its line", "sum of what is printed"
GIVES_AWAY, SECOND, FIGURE = "unsafe", "protects another", "figure not made"
REASONS = {
    UNTOLD: "hidden because it is small, or because a small count could be worked out from it",
    GIVES_AWAY: "hidden because it would give away who contributes to it",
    SECOND: "hidden because an unsafe sum could be worked out from it",
    WITHHELD: "hidden with its whole line, whatever it holds",
    DERIVED: "not the true total: the sum of the printed cells",
    FIGURE: "hidden because a count behind it is hidden or too small, or because it would tell of others",
}


@dataclass(frozen=True)
class Line:
    """One cell: its labels, and for each thing counted what is printed and why it is not the count."""

    labels: tuple[str, ...]
    printed: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """A table to print: `units` are the things counted, and after them the figures, of each of which `meanings` says
    how it was made; `rule` and `says` what it was protected by."""

    by: tuple[str, ...]
    units: tuple[str, ...]
    lines: tuple[Line, ...]
    rule: str
    says: tuple[str, ...]
    meanings: tuple[str, ...] = ()


def with_figures(table: Printed, columns: Sequence[Column]) -> Printed:
    """The table with figures beside its counts; a `*` among them has its reason."""
    names = [*table.by, *table.units, *(column.name for column in columns)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadInput(f"two columns of the table would be called {min(twice)!r}", todo="Ask for each figure once.")
    lines = []
    for at, line in enumerate(table.lines):
        texts = [column.texts[at] for column in columns]
        why = [FIGURE if text == HIDDEN else "" for text in texts]
        lines.append(Line(line.labels, (*line.printed, *texts), (*line.reasons, *why)))
    units = (*table.units, *(column.name for column in columns))
    return replace(table, units=units, lines=tuple(lines), meanings=tuple(column.meaning for column in columns))


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
    """None of a hidden count says whether it is small or protects one: of 11 in all, 1 and 10 would be told by that."""
    derived = table.derived.ravel() if table.derived is not None else [False] * table.small.size
    return [
        (WITHHELD if withheld else UNTOLD) if text == HIDDEN else DERIVED if sum_ else ""
        for text, withheld, sum_ in zip(table.shown, table.withheld.ravel(), derived, strict=True)
    ]


def said_given_up(counts: int) -> list[str]:
    """What is said where a search was given up."""
    if not counts:
        return []
    return [f"given up: for {counts:,} counts the search for what they need; their lines are withheld from end to end"]


def said(rule: Rule) -> list[str]:
    """What a table says of the rule that it was protected by."""
    return [
        f"Rule {rule.name}, {rule.status}: {rule.citation}.",
        "Audited: no hidden count can be told from the others.",
    ]


def check_ending(out: Path) -> None:
    """Raises BadInput where no face of a table has this ending."""
    if out.suffix.lower() not in (".csv", ".json", ".html", ".txt"):
        raise BadInput("a table is written as .csv, .json, .html or .txt", where=str(out))


def check_written(out: Path, *, inputs: Sequence[Path | None], overwrite: bool) -> None:
    """Raises BadInput where no face has this ending, or where what would be written is read or there already."""
    check_ending(out)
    for each in (out, metadata_of(out)) if out.suffix.lower() == ".csv" else (out,):
        check_out(each, inputs=inputs, overwrite=overwrite)


def metadata_of(out: Path) -> Path:
    """The file beside a CSV that says what its columns are."""
    return out.with_name(f"{out.name}-metadata.json")


def write(out: Path, table: Printed) -> None:
    """The face that the ending asks for, whole or not at all; beside a CSV its metadata, `NAME.csv-metadata.json`."""
    check_ending(out)
    if out.suffix.lower() == ".csv":
        with written_whole(metadata_of(out)) as beside, written_whole(out) as temporary:
            _write_csv(temporary, table)
            beside.write_text(json.dumps(csvw(table, out.name), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    face = {".html": as_page, ".txt": as_text}.get(out.suffix.lower())
    text = json.dumps(as_json(table), indent=2, ensure_ascii=False) if face is None else face(table)
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
        {"titles": escaped(each), "name": f"by_{at}"} for at, each in enumerate(table.by, start=1)
    ]
    counts = len(table.units) - len(table.meanings)
    columns += [
        {"titles": escaped(each), "name": f"count_{at}", "datatype": "decimal", "null": [HIDDEN]}
        for at, each in enumerate(table.units[:counts], start=1)
    ]
    figure = {"datatype": "decimal", "null": [HIDDEN, ""], "dc:conformsTo": table.rule}
    columns += [
        {"titles": escaped(each), "name": f"figure_{at}", "dc:description": meaning, **figure}
        for at, (each, meaning) in enumerate(zip(table.units[counts:], table.meanings, strict=True), start=1)
    ]
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": quote(name),
        "dc:description": " ".join(table.says),
        "dc:conformsTo": table.rule,
        "tableSchema": {"columns": columns, "primaryKey": [f"by_{at}" for at in range(1, len(table.by) + 1)]},
        "notes": [{"total": TOTAL, "hidden": HIDDEN, "rule": table.rule}],
    }


def as_text(table: Printed) -> str:
    """Lines of text, columns under one another; what was done and how figures were made below."""
    counts = len(table.units) - len(table.meanings)
    rows = [(*table.by, *table.units), *((*line.labels, *line.printed) for line in table.lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    found = []
    for row in rows:
        cells = [
            text.ljust(width) if at < len(table.by) else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        found.append("  ".join(cells).rstrip())
    used = sorted({why for line in table.lines for why in line.reasons if why})
    notes = [f"{unit}: {meaning}" for unit, meaning in zip(table.units[counts:], table.meanings, strict=True)]
    return "\n".join([*found, "", *table.says, *notes, *(f"{why}: {REASONS[why]}" for why in used)])


def _bars(table: Printed) -> dict[tuple[str, ...], tuple[int, ...]]:
    """How long the bar of each printed number is, of 100: beside the greatest of its column. Totals have none, and
    what is hidden has none."""
    inner = [line for line in table.lines if TOTAL not in line.labels]
    numbers = [[_number(text) for text in line.printed] for line in inner]
    most = [max(column) or 1.0 for column in zip(*numbers, strict=True)]
    return {
        line.labels: tuple(round(100 * number / top) for number, top in zip(row, most, strict=True))
        for line, row in zip(inner, numbers, strict=True)
    }


def _number(text: str) -> float:
    try:
        return max(float(text), 0.0)
    except ValueError:
        return 0.0


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
        bars=_bars(table),
        meanings=("",) * (len(table.units) - len(table.meanings)) + table.meanings,
    )
