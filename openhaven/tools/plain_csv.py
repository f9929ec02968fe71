"""The common CSV file, quickly: no quotes, no carriage returns, no byte order mark, a line end at its end.

Read and written by Arrow, to the same bytes as csv_file.py gives. What Arrow refuses, csv_file.py is asked about.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as pc

from openhaven.disclosure.hierarchy import Ints
from openhaven.model.errors import BadInput
from openhaven.tools import csv_file
from openhaven.tools.csv_file import CsvFile

BLOCK = 4 << 20
Change = tuple[Sequence[str], Callable[[int, int], Ints]]


def is_plain(file: CsvFile) -> bool:
    """Whether no byte of the file needs a second look. One column is left to csv_file.py: an empty line is a row."""
    if len(file.columns) < 2 or any(mark in name for name in file.columns for mark in '"\r\n'):
        return False
    last = b""
    with file.path.open("rb") as source:
        if source.read(3) == csv_file.BOM:
            return False
        source.seek(0)
        source.readline()  # names may be quoted: the header is copied byte by byte
        while block := source.read(BLOCK):
            if b'"' in block or b"\r" in block or b"\0" in block:
                return False
            last = block[-1:]
    return last == b"\n"


def batches(file: CsvFile, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """These columns as text."""
    for batch in _read(file):
        yield batch.select(list(columns))


def _read(file: CsvFile) -> Iterator[pa.RecordBatch]:
    convert = pc.ConvertOptions(column_types={name: pa.string() for name in file.columns}, strings_can_be_null=False)
    parse = pc.ParseOptions(delimiter=file.separator, quote_char=False, ignore_empty_lines=False)
    read = pc.ReadOptions(column_names=list(file.columns), skip_rows=1, block_size=BLOCK)
    try:
        with pc.open_csv(file.path, read, parse, convert) as reader:
            yield from reader
    except pa.ArrowInvalid as error:
        _refuse(file, error)


def _refuse(file: CsvFile, error: pa.ArrowInvalid) -> None:
    for _ in csv_file.chunks(file):  # says which row it is
        pass
    raise BadInput("the file is not readable as CSV", where=str(file.path)) from error


def rewrite(file: CsvFile, target: Path, changes: Mapping[str, Change]) -> None:
    """Write the file with columns changed, and those it does not have added."""
    added = [name for name in changes if name not in file.columns]
    names = [*file.columns, *added]
    labels = {
        name: pa.array([csv_file.quoted(label, file.separator).decode() for label in change[0]], pa.string())
        for name, change in changes.items()
    }
    options = pc.WriteOptions(include_header=False, delimiter=file.separator, quoting_style="none")
    with target.open("wb") as sink:
        sink.write(csv_file.header_bytes(file, added=added))
        row = 0
        for batch in _read(file):
            columns = {name: batch.column(name) for name in file.columns}
            for name, (_, between) in changes.items():
                columns[name] = _changed(columns.get(name), labels[name], between(row, row + batch.num_rows))
            pc.write_csv(pa.record_batch([columns[name] for name in names], names=names), sink, options)
            row += batch.num_rows


def _changed(column: pa.Array | None, labels: pa.Array, codes: Ints) -> pa.Array:
    if column is None or (codes >= 0).all():
        return labels.take(pa.array(codes))
    if (codes < 0).all():
        return column
    return compute.if_else(pa.array(codes < 0), column, labels.take(pa.array(codes, mask=codes < 0)))
