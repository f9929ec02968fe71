"""Spark, for when one machine is not enough: here a local session, reached over the loopback only."""

from __future__ import annotations

import itertools
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.parquet as pq

from openhaven.engines.engine import About, ArrayFunction, check_files
from openhaven.engines.memory import memory_bytes
from openhaven.engines.whole_file import remove, whole_file
from openhaven.model.errors import HavenError

try:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import Column, SparkSession
    from pyspark.sql import functions as F
except ImportError as error:
    raise HavenError(
        "the engine spark needs PySpark, which is not installed",
        todo="Install openhaven[spark], or choose the engine duckdb.",
    ) from error

_TYPES = {
    pa.string(): "string",
    pa.binary(16): "binary",
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}


class SparkEngine:
    """An engine over a local Spark session, which spills to a folder of its own under `spill`."""

    name = "spark"
    takes_dots = False  # a dot leads into a field there, and Narwhals hands names on unquoted

    def __init__(self, spill: Path, *, memory: str = "2GB", threads: int | None = None) -> None:
        _check_java()
        self._spill = Path(tempfile.mkdtemp(prefix="spark-", dir=spill))
        self._numbers = itertools.count(1)
        with self._plainly():
            self._session = _session(self._spill, memory=memory, threads=threads or 2)

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scan(self, paths: Sequence[Path]) -> nw.LazyFrame:
        check_files(paths)
        with self._plainly(where=", ".join(map(str, paths))):
            names = [str(path.absolute()) for path in paths]
            return nw.from_native(self._session.read.option("mergeSchema", True).parquet(*names))

    def table(self, arrow: pa.Table) -> nw.LazyFrame:
        with self._plainly():
            return nw.from_native(self._session.createDataFrame(arrow))

    def collect(self, frame: nw.LazyFrame) -> pa.Table:
        with self._plainly():
            found = frame.to_native().toArrow()
            return found.cast(pa.schema([field.with_nullable(True) for field in found.schema]))  # as on DuckDB

    def materialise(self, frame: nw.LazyFrame) -> nw.LazyFrame:
        kept = str(self._spill / f"kept-{next(self._numbers)}")
        with self._plainly():
            native = frame.to_native()
            native.write.parquet(kept)
            return nw.from_native(self._session.read.schema(native.schema).parquet(kept))

    def mapped(
        self, frame: nw.LazyFrame, *, column: str, into: str, type: pa.DataType, function: ArrayFunction
    ) -> nw.LazyFrame:
        with self._plainly():
            plain = _as_binary(function) if type == pa.binary(16) else function
            on_arrays = F.arrow_udf(_remembering(plain, self._raised), _TYPES[type])
            return nw.from_native(frame.to_native().withColumn(into, on_arrays(F.col(_quoted(column)))))

    def as_codes(self, frame: nw.LazyFrame, column: str) -> nw.LazyFrame:
        """Spark has no lighter form than text that it can also order and write."""
        native = frame.to_native()
        if native.schema[column].dataType.typeName() != "binary":
            return frame
        with self._plainly():
            return nw.from_native(native.withColumn(column, F.lower(F.hex(F.col(_quoted(column))))))

    def as_text(self, frame: nw.LazyFrame, column: str) -> nw.LazyFrame:
        return frame

    def class_masks(self, frame: nw.LazyFrame, *, by: Sequence[str], person: str | None) -> nw.LazyFrame:
        counted = [F.count(F.lit(1)).alias("rows")]
        if person is not None:
            counted.append(_mask(_number(frame, person)).alias("mask"))
        with self._plainly():
            return nw.from_native(frame.to_native().groupBy(*(_quoted(name) for name in by)).agg(*counted))

    def write(self, frame: nw.LazyFrame, path: Path, *, order_by: Sequence[str]) -> int:
        order = [F.col(_quoted(name)).asc_nulls_last() for name in order_by]
        parts = path.with_name(f".{path.name}.parts-{self._spill.name}")
        with self._plainly(where=str(path)), whole_file(path) as aside:
            try:
                rows = frame.to_native().repartition(1)
                rows = rows.sortWithinPartitions(*order) if order else rows
                rows.write.option("compression", "zstd").parquet(str(parts.absolute()))
                (part,) = parts.glob("part-*.parquet")
                os.replace(part, aside)
                return int(pq.read_metadata(aside).num_rows)
            finally:
                remove(parts)

    def write_by_key(self, frame: nw.LazyFrame, path: Path, *, about: About) -> int:
        return self.write(about.joined(frame), path, order_by=[about.into])

    def close(self) -> None:
        self._session.stop()
        remove(self._spill)

    @property
    def _raised(self) -> Path:
        return self._spill / "raised"

    @contextmanager
    def _plainly(self, *, where: str = "") -> Iterator[None]:
        """Turn what Spark raises into one plain message, and hand on what a mapped function raised."""
        try:
            yield
        except (PySparkException, Py4JError) as error:
            if self._raised.exists():
                raised = pickle.loads(self._raised.read_bytes())
                self._raised.unlink()
                raise raised from None
            raise HavenError(
                f"Spark could not do it ({_first_line(error)})", where=where or str(self._spill)
            ) from error
        except OSError as error:
            raise HavenError(f"a file could not be written or read ({error.strerror})", where=where) from error


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java") and not (home and Path(home, "bin", "java").exists()):
        raise HavenError(
            "the engine spark needs Java, and there is none on this machine",
            todo="Install Java 17 or later, or choose the engine duckdb.",
        )


def _session(spill: Path, *, memory: str, threads: int) -> SparkSession:
    settings = {
        "spark.driver.memory": f"{memory_bytes(memory) // 1_000_000}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
        "spark.log.level": "ERROR",
        "spark.local.dir": str(spill),
        "spark.sql.warehouse.dir": str(spill / "warehouse"),
        "spark.sql.execution.arrow.pyspark.enabled": True,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.shuffle.partitions": threads,
        "spark.sql.adaptive.enabled": True,
        "spark.sql.parquet.compression.codec": "zstd",
    }
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable  # workers need what we have
    builder = SparkSession.builder.master(f"local[{threads}]").appName("openhaven")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _as_binary(function: ArrayFunction) -> ArrayFunction:
    """Spark takes bytes of any length only."""
    return lambda values: function(values).cast(pa.binary())


def _remembering(function: ArrayFunction, place: Path) -> ArrayFunction:
    """The function, which notes what it raises: from its own process Spark would pass on only the text of it."""

    def call(values: pa.Array) -> pa.Array:
        try:
            return function(values)
        except Exception as error:
            place.write_bytes(pickle.dumps(error))
            raise

    call.__annotations__ = {
        "values": pa.Array,
        "return": pa.Array,
    }  # Spark reads from these what kind of function it is
    return call


def _number(frame: nw.LazyFrame, person: str) -> Column:
    """A number for each person; a text has that of its hash, and null stays null."""
    key = F.col(_quoted(person))
    if frame.collect_schema()[person] != nw.String:
        return key
    return F.when(key.isNotNull(), F.xxhash64(key))


def _mask(person: Column) -> Column:
    bit = F.call_function("shiftleft", F.lit(1).cast("bigint"), person.bitwiseAND(63).cast("int"))
    return F.coalesce(F.bit_or(bit), F.lit(0).cast("bigint"))


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
