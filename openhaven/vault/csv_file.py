"""CSV as text: the separator found or given, the heading checked, and every row whole, or the file refused."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput

from .seal import Sealed
from .session import Connection
from .sources import check_columns, sent

_SEPARATORS = (",", ";", "\t", "|")
_WRONG = {
    "MISSING COLUMNS": "has fewer values than the heading has columns",
    "TOO MANY COLUMNS": "has more values than the heading has columns",
    "UNQUOTED VALUE": "has a quote that is never closed, or text after a closing quote",
    "LINE SIZE OVER MAXIMUM": "is longer than 2 MB; a quote before it may never be closed",
}
_COPY = """
    COPY (SELECT * FROM read_csv($file, columns = $columns, auto_detect = false, header = true, delim = $separator,
                                 quote = '"', escape = '"', strict_mode = true, store_rejects = true,
                                 rejects_table = $rejects, rejects_scan = $scans))
    TO $into (FORMAT parquet, COMPRESSION snappy)"""


def heading(path: Path, described: set[str], separator: str) -> tuple[list[str], str]:
    """The column names and the separator: the one given, or the one under which most names are described ones."""
    readings = [(_first_record(path, each), each) for each in ((separator,) if separator else _SEPARATORS)]
    return max(readings, key=lambda reading: len(described & set(reading[0])))


def _first_record(path: Path, separator: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return next(csv.reader(file, delimiter=separator), [])
        except csv.Error as error:
            raise BadInput(f"the heading cannot be read: {error}", where=path.name) from None


def read_csv(connection: Connection, sealed: Sealed, dataset: Dataset, *, into: Path, separator: str) -> None:
    """Write the file's rows as text. Raises BadInput for its columns, and for any row that is not whole."""
    columns, found = heading(sealed.path, {field.name for field in dataset}, separator)
    check_columns(columns, dataset, where=sealed.name)
    rejects = f"rejects_{into.stem}"
    values = {
        "file": str(sealed.path),
        "columns": dict.fromkeys(map(sent, columns), "VARCHAR"),
        "separator": found,
        "rejects": rejects,
        "scans": f"scans_{into.stem}",
        "into": str(into),
    }
    try:
        connection.execute(_COPY, values)
    except duckdb.InvalidInputException as error:
        raise BadInput(
            "its lines end in more than one way, or it is not CSV",
            where=sealed.name,
            todo="End every line with the same characters, LF or CRLF.",
        ) from error
    _refuse_broken_rows(connection, rejects, where=sealed.name)


def _refuse_broken_rows(connection: Connection, rejects: str, *, where: str) -> None:
    table = connection.table(rejects)
    found = table.select("line", "error_type").distinct().order("line").fetchall()
    if not found:
        return
    named = "; ".join(f"line {line} {_WRONG.get(kind, kind.lower())}" for line, kind in found[:3])
    more = f"; and {len(found) - 3:,} more" if len(found) > 3 else ""
    raise BadInput(f"{named}{more}", where=where, todo="The file was cut short or damaged. Ask for it again.")
