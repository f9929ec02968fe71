"""Tables written as CSV, Parquet or NDJSON by the ending of the file's name, whole or not at all."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq


def write(table: pa.Table, path: Path) -> Path:
    """Write under a passing name, then rename. Equal tables give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(path.name + ".part")
    WRITERS[path.suffix](table, passing)
    passing.replace(path)
    return path


def _write_csv(table: pa.Table, path: Path) -> None:
    """Nothing needs quotes; Arrow refuses a value that would."""
    pa_csv.write_csv(table, path, pa_csv.WriteOptions(quoting_style="none", quoting_header="none"))


def _write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _write_ndjson(table: pa.Table, path: Path) -> None:
    """One object a line. The made-up values hold no quotes, backslashes or control characters to escape."""
    ends = [f'{"," if position else "{"}"{name}":' for position, name in enumerate(table.column_names)]
    with path.open("wb") as file:
        for batch in table.to_batches(max_chunksize=65_536):
            parts: list[pa.Array | str] = []
            for end, column in zip(ends, batch.columns, strict=True):
                parts += [end, _json(column)]
            lines = pc.binary_join_element_wise(*parts, "}\n", "")
            file.write("".join(lines.to_pylist()).encode())


def _json(column: pa.Array) -> pa.Array:
    text = column.cast(pa.string())
    if not pa.types.is_integer(column.type):
        text = pc.binary_join_element_wise('"', text, '"', "")
    return text.fill_null("null")


WRITERS = {".csv": _write_csv, ".parquet": _write_parquet, ".ndjson": _write_ndjson}


def date_texts(days: pa.Array, *, form: str) -> pa.Array:
    """Each date written in a form of `strftime`; null stays null."""
    return pc.strftime(days, format=form)
