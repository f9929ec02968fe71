"""The one place that knows DuckDB and Spark. A plan is written once, in Narwhals, and gives the same on both."""

from pathlib import Path

from openhaven.engines.engine import About, Engine
from openhaven.engines.on_duckdb import DuckDBEngine, told_while_planned
from openhaven.model.errors import BadInput

__all__ = ["About", "DuckDBEngine", "Engine", "open_engine", "told_while_planned"]


def open_engine(name: str, *, spill: Path, memory: str = "2GB", threads: int | None = None) -> Engine:
    """The engine of that name; `spill` is a folder of the haven that only its owner may enter.

    Raises BadInput for another name, HavenError where what the engine needs is not installed.
    """
    if name == "duckdb":
        return DuckDBEngine(spill, memory=memory, threads=threads)
    if name == "spark":
        from openhaven.engines.on_spark import SparkEngine  # needs the extra "spark", which few have

        return SparkEngine(spill, memory=memory, threads=threads)
    raise BadInput(f"there is no engine {name!r}", todo="Use duckdb or spark.")
