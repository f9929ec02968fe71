"""The one place that knows DuckDB and Spark. A plan is written once, in Narwhals, and gives the same on both."""

from pathlib import Path

from openhaven.engines.engine import About, Engine
from openhaven.model.errors import BadInput

__all__ = ["About", "Engine", "open_engine"]


def open_engine(name: str, *, spill: Path, memory: str = "2GB", threads: int | None = None) -> Engine:
    """The engine of that name; `spill` is a folder of the haven that only its owner may enter.

    Raises BadInput for another name, HavenError where what the engine needs is not installed.
    """
    if name == "duckdb":
        from openhaven.engines.on_duckdb import DuckDBEngine  # slow to load, and most commands compute nothing

        return DuckDBEngine(spill, memory=memory, threads=threads)
    if name == "spark":
        from openhaven.engines.on_spark import SparkEngine  # needs the extra "spark", which few have

        return SparkEngine(spill, memory=memory, threads=threads)
    raise BadInput(f"there is no engine {name!r}", todo="Use duckdb or spark.")
