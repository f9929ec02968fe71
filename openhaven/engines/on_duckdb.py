"""DuckDB in this process: the engine unless one machine is not enough."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import (
    CaseExpression,
    ColumnExpression,
    ConstantExpression,
    FunctionExpression,
    SQLExpression,
    StarExpression,
)

from openhaven.engines.engine import About, ArrayFunction, check_files
from openhaven.engines.memory import memory_bytes
from openhaven.engines.ordered import OrderedRows, PeopleInOrder
from openhaven.engines.whole_file import remove, whole_file
from openhaven.model.errors import HavenError

_TYPES = {
    pa.string(): "VARCHAR",
    pa.binary(16): "BLOB",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
}
DISK = "See whether the disk is full and the folder is there, then try again."
BATCH_ROWS = 1 << 17
PERSON_BYTES = 64  # what holding a person's id, key and place takes while they are put in order


class DuckDBEngine:
    """An engine over one DuckDB connection in memory, which spills to a folder of its own under `spill`."""

    name = "duckdb"
    takes_dots = True

    def __init__(self, spill: Path, *, memory: str = "2GB", threads: int | None = None) -> None:
        self._spill = Path(tempfile.mkdtemp(prefix="duckdb-", dir=spill))
        self._numbers = itertools.count(1)
        self._raised: BaseException | None = None
        self._room = int(memory_bytes(memory) * 0.3)  # the rest is for this process itself
        settings: dict[str, str | int | bool] = {
            "memory_limit": f"{int(memory_bytes(memory) * 0.6)}B",
            "temp_directory": str(self._spill),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with self._plainly():
            self._connection = duckdb.connect(config=settings | ({"threads": threads} if threads else {}))
            self._connection.execute("set enable_progress_bar = false")  # steps are told by the face, not by an engine

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scan(self, paths: Sequence[Path]) -> nw.LazyFrame:
        check_files(paths)
        with self._plainly(where=", ".join(map(str, paths))):
            return nw.from_native(self._connection.read_parquet([str(path) for path in paths], union_by_name=True))

    def table(self, arrow: pa.Table) -> nw.LazyFrame:
        with self._plainly():
            return nw.from_native(self._connection.from_arrow(arrow))

    def collect(self, frame: nw.LazyFrame) -> pa.Table:
        with self._plainly():
            return frame.to_native().to_arrow_table()

    def materialise(self, frame: nw.LazyFrame) -> nw.LazyFrame:
        name = self._new_name("kept")
        with self._plainly():
            frame.to_native().create(name)
            return nw.from_native(self._connection.table(name))

    def mapped(
        self, frame: nw.LazyFrame, *, column: str, into: str, type: pa.DataType, function: ArrayFunction
    ) -> nw.LazyFrame:
        name = self._new_name("mapped")
        native = frame.to_native()
        asked = native.types[native.columns.index(column)]
        with self._plainly():
            self._connection.create_function(
                name, self._remembering(function), [asked], _TYPES[type], type="arrow", null_handling="special"
            )
            added = FunctionExpression(name, ColumnExpression(column)).alias(into)
            return nw.from_native(native.select(StarExpression(), added))

    def as_codes(self, frame: nw.LazyFrame, column: str) -> nw.LazyFrame:
        return self._replaced(frame, column, ColumnExpression(column).cast("UUID"))

    def as_text(self, frame: nw.LazyFrame, column: str) -> nw.LazyFrame:
        native = frame.to_native()
        if str(native.types[native.columns.index(column)]) != "UUID":
            return frame
        return self._replaced(frame, column, _hex(ColumnExpression(column)))

    def _replaced(self, frame: nw.LazyFrame, column: str, by: duckdb.Expression) -> nw.LazyFrame:
        native = frame.to_native()
        columns = [by.alias(name) if name == column else ColumnExpression(name) for name in native.columns]
        with self._plainly():
            return nw.from_native(native.select(*columns))

    def class_masks(self, frame: nw.LazyFrame, *, by: Sequence[str], person: str | None) -> nw.LazyFrame:
        keys = [ColumnExpression(name) for name in by]
        counted = [FunctionExpression("count_star").alias("rows")]
        if person is not None:
            counted.append(_mask(_number(frame, person)).alias("mask"))
        with self._plainly():
            classes = nw.from_native(frame.to_native().aggregate([*keys, *counted]))
        return classes if person is None else classes.with_columns(nw.col("mask").fill_null(0))

    def write(self, frame: nw.LazyFrame, path: Path, *, order_by: Sequence[str]) -> int:
        native = self._texts_again(frame).to_native()
        with self._plainly(where=str(path)), whole_file(path) as aside:
            return self._write_sorted(native, aside, order_by)

    def write_by_key(self, frame: nw.LazyFrame, path: Path, *, about: About) -> int:
        people = self._in_order(about)
        if people is None:
            return self.write(about.joined(frame), path, order_by=[about.into])
        native = self._texts_again(frame).to_native()
        with self._plainly(where=str(path)), whole_file(path) as aside:
            with native.to_arrow_reader(BATCH_ROWS) as reader:
                rows = OrderedRows(reader.schema, people, about=about, spill=self._spill, room=self._room)
                for batch in reader:
                    rows.add(batch)
            rows.write(aside)
            return rows.rows

    def _in_order(self, about: About) -> PeopleInOrder | None:
        """The people in the order of their keys, or None where they are too many to be held in memory."""
        native = about.people.to_native()
        key, asked = ColumnExpression(about.key), str(native.types[native.columns.index(about.key)])
        with self._plainly():
            if len(native) * PERSON_BYTES > self._room:
                return None
            light = native.select(ColumnExpression(about.person), key.cast("BLOB") if asked == "UUID" else key)
            people = light.to_arrow_table()
        ids, keys = (_one_array(column) for column in people.columns)
        return None if ids.null_count or keys.null_count else PeopleInOrder(ids, keys)

    def _texts_again(self, frame: nw.LazyFrame) -> nw.LazyFrame:
        """Codes as text."""
        native = frame.to_native()
        for name, kind in zip(native.columns, native.types, strict=True):
            if str(kind) == "UUID":
                frame = self.as_text(frame, name)
        return frame

    def _write_sorted(self, native: duckdb.DuckDBPyRelation, path: Path, order_by: Sequence[str]) -> int:
        order = [ColumnExpression(name).asc().nulls_last() for name in order_by]
        (native.sort(*order) if order else native).write_parquet(str(path), compression="zstd")
        return int(pq.read_metadata(path).num_rows)

    def close(self) -> None:
        self._connection.close()
        remove(self._spill)

    def _new_name(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers)}"

    def _remembering(self, function: ArrayFunction) -> ArrayFunction:
        """The function, which notes what it raises: DuckDB would pass on only the text of it."""

        def call(values: pa.ChunkedArray | pa.Array) -> pa.Array:
            try:
                return function(values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values)
            except Exception as error:
                self._raised = error
                raise

        return call

    @contextmanager
    def _plainly(self, *, where: str = "") -> Iterator[None]:
        """Turn what DuckDB raises into one plain message, and hand on what a mapped function raised."""
        self._raised = None
        try:
            yield
        except duckdb.Error as error:
            if self._raised is not None:
                raise self._raised from None
            raise _plain_error(error, where=where or str(self._spill)) from error
        except (OSError, pa.ArrowException) as error:
            said = getattr(error, "strerror", None) or str(error).splitlines()[0]
            raise HavenError(
                f"a file could not be written or read ({said})", where=where or str(self._spill), todo=DISK
            ) from error


@contextmanager
def told_while_planned(where: Path) -> Iterator[None]:
    """Turn into one plain message what DuckDB raises while a plan is only put together: it opens files to see what
    columns they have, outside any method of the engine."""
    try:
        yield
    except duckdb.Error as error:
        raise _plain_error(error, where=str(where)) from error


def _number(frame: nw.LazyFrame, person: str) -> duckdb.Expression:
    """A number for each person; a text has that of its hash, and null stays null."""
    key = ColumnExpression(person)
    if frame.collect_schema()[person] != nw.String:
        return key
    return CaseExpression(key.isnotnull(), FunctionExpression("hash", key))


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _hex(code: duckdb.Expression) -> duckdb.Expression:
    return FunctionExpression("lower", FunctionExpression("hex", code.cast("BLOB")))


def _mask(person: duckdb.Expression) -> duckdb.Expression:
    low_six = FunctionExpression("&", person, ConstantExpression(63)).cast("UBIGINT")
    bit = FunctionExpression("<<", SQLExpression("1::UBIGINT"), low_six)
    return FunctionExpression("bit_or", bit).cast("BIT").cast("BIGINT")  # the same 64 bits, read as signed


def _plain_error(error: duckdb.Error, *, where: str) -> HavenError:
    said = str(error).splitlines()[0]
    if isinstance(error, duckdb.IOException):
        return HavenError(
            f"a file could not be written or read ({said})",
            where=where,
            todo="See whether the disk is full and the folder is there, then try again.",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return HavenError(
            f"memory or spill space ran out ({said})",
            where=where,
            todo="Give the engine more memory, or free some disk.",
        )
    return HavenError(f"the data could not be computed ({said})", where=where)
