"""One DuckDB session for one delivery: bounded memory, spill in the delivery's own folder, errors in plain words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from openhaven.model.errors import HavenError

Connection = duckdb.DuckDBPyConnection
Relation = duckdb.DuckDBPyRelation


@contextmanager
def session(*, spill: Path, memory: str = "2GB", threads: int = 0) -> Iterator[Connection]:
    """Open a session and close it whatever happens. Raises HavenError when the disk or the memory is full, and
    KeyboardInterrupt when a query was interrupted (DuckDB says RuntimeError then)."""
    settings: dict[str, str | bool | int] = {
        "temp_directory": str(spill),
        "memory_limit": memory,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(config=settings | ({"threads": threads} if threads else {}))
    try:
        connection.execute("SET TimeZone = 'UTC'")
        with _plainly(spill):
            yield connection
    finally:
        connection.close()


@contextmanager
def _plainly(folder: Path) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if error.args == ("Query interrupted",):  # the engine gives an interrupt no class of its own
            raise KeyboardInterrupt from error
        raise
    except duckdb.OutOfMemoryException as error:
        raise HavenError(
            f"there was not enough memory or room to work in: {_first_line(error)}",
            todo=f"{_room(folder)} Nothing was kept; make room, or give the engine more memory.",
        ) from error
    except (duckdb.IOException, OSError) as error:
        raise HavenError(
            f"the disk refused: {_first_line(error)}", todo=f"{_room(folder)} Nothing was kept."
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _room(folder: Path) -> str:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return f"{shutil.disk_usage(there).free // 1_000_000:,} MB are free on that disk."


def join(left: Relation, right: Relation, *, on: duckdb.Expression, how: str) -> Relation:
    """Join relations whose columns all have different names."""
    return left.set_alias("left_side").join(right.set_alias("right_side"), on, how=how)
