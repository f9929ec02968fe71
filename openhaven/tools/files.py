"""CSV, Parquet and NDJSON by their ending: read as text in bounded memory, rewritten with some columns replaced."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openhaven.disclosure.hierarchy import Ints
from openhaven.model.errors import BadInput
from openhaven.tools import csv_file, ndjson_file, plain_csv

ROWS_AT_ONCE = 100_000
REPEATED = 3  # bytes a value, where most are numbers of values met before


@dataclass(frozen=True)
class Replacement:
    """What a column becomes: row i of the file gets labels[codes[i]]; -1 leaves it just as it is.

    With `of_row`, `codes` has one entry for each kind of row, and row i is of kind of_row[i].
    """

    labels: tuple[str, ...]
    codes: Ints
    of_row: npt.NDArray[np.int32] | None = None

    def between(self, first: int, last: int) -> Ints:
        """The codes of rows first to last (exclusive)."""
        return self.codes[first:last] if self.of_row is None else self.codes[self.of_row[first:last]]

    def at(self, row: int) -> int:
        """The code of one row."""
        return int(self.codes[row if self.of_row is None else self.of_row[row]])


Changes = Mapping[str, Replacement]


class Source(Protocol):
    """A file that can be read more than once."""

    path: Path
    columns: tuple[str, ...]

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """These columns as text (or numbers into texts), in the file's order; a missing value is the empty text."""

    def rewrite(self, out: Path, changes: Changes) -> None:
        """Write the same file with these columns changed; a name it does not have becomes a new last column."""


def open_source(path: Path | str, *, separator: str | None = None) -> Source:
    """The file, its columns read. Raises BadInput where it is not there or not readable."""
    path = Path(path)
    if not path.is_file():
        raise BadInput("this is not a plain file" if path.exists() else "there is no such file", where=str(path))
    kind = kind_of(path)
    if separator is not None and kind != "csv":
        raise BadInput("only a CSV file has a separator", where=str(path))
    if kind == "csv":
        return CsvSource(path, csv_file.open_csv(path, separator=separator))
    return ParquetSource.open(path) if kind == "parquet" else NdjsonSource.open(path)


def kind_of(path: Path) -> str:
    """`csv`, `parquet` or `ndjson`, by the ending."""
    kinds = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson"}
    if path.suffix.lower() not in kinds:
        raise BadInput("the file's ending is not known", where=str(path), todo=f"Use one of {', '.join(kinds)}.")
    return kinds[path.suffix.lower()]


def check_columns(source: Source, names: Sequence[str]) -> None:
    """Raises BadInput where a column is not in the file, saying which are."""
    for name in names:
        if name not in source.columns:
            known = ", ".join(each if each == each.strip() else repr(each) for each in source.columns[:30])
            raise BadInput(f"there is no column {name!r}", where=str(source.path), todo=f"The columns are: {known}.")


def check_out(out: Path, *, inputs: Iterable[Path | None], overwrite: bool) -> None:
    """Raises BadInput where `out` is one of the inputs, or is there already and is not to be overwritten."""
    read = [each for each in inputs if each is not None]
    same = out.exists() and any(each.exists() and out.samefile(each) for each in read)
    if same or any(out.resolve() == each.resolve() for each in read):
        raise BadInput("this file is read, so another file must be written", where=str(out))
    if out.is_dir():
        raise BadInput("this is a folder, not a file", where=str(out), todo="Name a file.")
    if out.exists() and not out.is_file():
        raise BadInput("this is not a plain file, and stays as it is", where=str(out), todo="Name a file.")
    if out.exists() and not overwrite:
        raise BadInput("this file is there already", where=str(out), todo="Name another, or say --overwrite.")


@contextmanager
def written_whole(out: Path) -> Iterator[Path]:
    """A temporary name beside `out`, which becomes `out` at the end; removed if anything goes wrong. What came to lie
    under the name meanwhile is not written over."""
    if not out.parent.is_dir():
        raise BadInput("there is no such folder", where=str(out.parent))
    there = os.path.lexists(out)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    except OSError as error:
        error.filename = str(out)  # nobody knows the temporary name
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if not there and os.path.lexists(out):
            todo = "It stays as it is. Name another, and run this again."
            raise BadInput("another command wrote this file meanwhile", where=str(out), todo=todo)
        temporary.replace(out)
    except OSError as error:
        error.filename = error.filename or str(out)
        raise
    finally:
        temporary.unlink(missing_ok=True)


@dataclass(frozen=True)
class CsvSource:
    """A CSV file: what is not changed keeps its very bytes."""

    path: Path
    file: csv_file.CsvFile

    @property
    def columns(self) -> tuple[str, ...]:
        return self.file.columns

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        if plain_csv.is_plain(self.file):
            yield from plain_csv.batches(self.file, columns)
            return
        places = [self.columns.index(name) for name in columns]
        for chunk in csv_file.chunks(self.file):
            yield pa.record_batch([chunk.text(place) for place in places], names=list(columns))

    def rewrite(self, out: Path, changes: Changes) -> None:
        if self._writes_plainly(changes):
            with written_whole(out) as temporary:
                chosen = {name: (each.labels, each.between) for name, each in changes.items()}
                plain_csv.rewrite(self.file, temporary, chosen)
            return
        width, separator = len(self.columns), self.file.separator
        places = [self.columns.index(name) if name in self.columns else width for name in changes]
        texts = [[csv_file.quoted(label, separator) for label in each.labels] for each in changes.values()]
        added = [name for name in changes if name not in self.columns]
        texts = [
            [separator.encode() + label for label in labels] if place == width else labels
            for place, labels in zip(places, texts, strict=True)
        ]
        row = 0
        with written_whole(out) as temporary, temporary.open("wb") as target:
            target.write(csv_file.header_bytes(self.file, added=added))
            for chunk in csv_file.chunks(self.file):
                codes = [each.between(row, row + chunk.rows) for each in changes.values()]
                target.write(csv_file.splice(chunk, places, texts, codes))
                row += chunk.rows

    def _writes_plainly(self, changes: Changes) -> bool:
        separator = self.file.separator
        labels = (label for each in changes.values() for label in each.labels)
        return all(csv_file.quoted(label, separator) == label.encode() for label in labels) and plain_csv.is_plain(
            self.file
        )


def _repeats(metadata: pq.FileMetaData, name: str) -> bool:
    """Whether values of a column come so often that they are best read with their numbers: of a column that tells
    people apart that takes ten times as long, and seven times the memory."""
    place = [metadata.schema.column(at).path for at in range(metadata.num_columns)].index(name)
    groups = (metadata.row_group(at).column(place) for at in range(metadata.num_row_groups))
    return sum(each.total_uncompressed_size for each in groups) <= REPEATED * metadata.num_rows


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file: changed columns become text, the others keep their types."""

    path: Path
    schema: pa.Schema

    @classmethod
    def open(cls, path: Path) -> "ParquetSource":
        try:
            return cls(path, pq.ParquetFile(path).schema_arrow)
        except (pa.ArrowInvalid, OSError) as error:
            raise BadInput("the file is not readable as Parquet", where=str(path)) from error

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.schema.names)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        for name in columns:
            if pa.types.is_nested(self.schema.field(name).type):
                raise BadInput(f"column {name!r} is nested", where=str(self.path), todo="Flatten it first.")
        texts = [name for name in columns if pa.types.is_string(self.schema.field(name).type)]
        metadata = pq.ParquetFile(self.path).metadata
        few = [name for name in texts if _repeats(metadata, name)]
        for batch in pq.ParquetFile(self.path, read_dictionary=few).iter_batches(ROWS_AT_ONCE, columns=list(columns)):
            yield pa.record_batch([_as_text(batch.column(name)) for name in columns], names=list(columns))

    def rewrite(self, out: Path, changes: Changes) -> None:
        changes = {name: each for name, each in changes.items() if (each.codes >= 0).any()}
        schema = self.schema
        for name in changes:
            if name in self.columns:
                schema = schema.set(schema.get_field_index(name), pa.field(name, pa.string()))
            else:
                schema = schema.append(pa.field(name, pa.string()))
        row = 0
        with written_whole(out) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
            for batch in pq.ParquetFile(self.path).iter_batches(ROWS_AT_ONCE):
                writer.write_batch(pa.record_batch(list(self._changed(batch, changes, row)), schema=schema))
                row += batch.num_rows

    def _changed(self, batch: pa.RecordBatch, changes: Changes, row: int) -> Iterator[pa.Array]:
        columns = dict(zip(self.columns, batch.columns, strict=True))
        for name in (*self.columns, *(name for name in changes if name not in columns)):
            if name not in changes:
                yield columns[name]
                continue
            codes = changes[name].between(row, row + batch.num_rows)
            labels = pa.array(changes[name].labels, pa.string()).take(pa.array(codes, mask=codes < 0))
            if (codes < 0).any():
                labels = pc.if_else(pa.array(codes < 0), pc.cast(columns[name], pa.string()), labels)
            yield labels


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type) and not column.null_count:
        return column
    try:
        return pc.fill_null(pc.cast(column, pa.string()), "")
    except pa.ArrowInvalid as error:
        raise BadInput("a column cannot be read as text") from error


@dataclass(frozen=True)
class NdjsonSource:
    """One JSON object a line; the first line says which columns there are."""

    path: Path
    columns: tuple[str, ...]

    @classmethod
    def open(cls, path: Path) -> "NdjsonSource":
        for number, line in islice(ndjson_file.lines(path), 1):
            return cls(path, tuple(ndjson_file.members(line, where=f"{path}, line {number}")))
        raise BadInput("the file is empty", where=str(path))

    def _objects(self) -> Iterator[tuple[str, dict[str, ndjson_file.Member]]]:
        for number, line in ndjson_file.lines(self.path):
            found = ndjson_file.members(line, where=f"{self.path}, line {number}")
            if set(found) != set(self.columns):
                odd = sorted(set(found) ^ set(self.columns))
                raise BadInput(f"line 1 and this line differ in {', '.join(odd)}", where=f"{self.path}, line {number}")
            yield line, found

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        objects = self._objects()
        while some := list(islice(objects, ROWS_AT_ONCE)):
            texts = [pa.array([found[name].text for _, found in some], pa.string()) for name in columns]
            yield pa.record_batch(texts, names=list(columns))

    def rewrite(self, out: Path, changes: Changes) -> None:
        with written_whole(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as target:
            for row, (line, found) in enumerate(self._objects()):
                codes = {name: each.at(row) for name, each in changes.items()}
                wanted = [(name, changes[name].labels[code]) for name, code in codes.items() if code >= 0]
                target.write(ndjson_file.replaced(line, found, wanted))


@dataclass(frozen=True)
class Coded:
    """A column as numbers: row i holds values[codes[i]]."""

    values: tuple[str, ...]
    codes: Ints


class Coder:
    """Turns columns of text into numbers, batch by batch; values are numbered as they first appear."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._numbers: dict[str, dict[str, int]] = {name: {} for name in columns}
        self._codes: dict[str, list[np.ndarray]] = {name: [] for name in columns}

    def add(self, batch: pa.RecordBatch) -> None:
        for name in self.columns:
            encoded = batch.column(name).dictionary_encode()
            known = self._numbers[name]
            own = [known.setdefault(value, len(known)) for value in encoded.dictionary.to_pylist()]
            local = encoded.indices.to_numpy(zero_copy_only=False)
            self._codes[name].append(np.array(own, dtype=np.int32)[local])

    def coded(self) -> dict[str, Coded]:
        """Every column, whole."""
        return {
            name: Coded(tuple(self._numbers[name]), np.concatenate(parts).astype(np.int64) if parts else _NONE)
            for name, parts in self._codes.items()
        }


_NONE = np.zeros(0, dtype=np.int64)


def read_coded(source: Source, columns: Sequence[str]) -> dict[str, Coded]:
    """These columns as numbers. Raises BadInput where the file has no rows."""
    check_columns(source, columns)
    coder = Coder(columns)
    for batch in source.batches(columns):
        coder.add(batch)
    coded = coder.coded()
    if any(len(each.codes) == 0 for each in coded.values()):
        raise BadInput("the file has a header and no rows", where=str(source.path))
    return coded
