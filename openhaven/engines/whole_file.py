"""A file appears under its name only when it is whole: written aside, made to last, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openhaven.model.errors import HavenError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a name to write under. Afterwards the file has its own name, or, after an error, there is nothing.

    Raises HavenError where the folder is missing.
    """
    if not path.parent.is_dir():
        raise HavenError("the folder to write to is missing", where=str(path))
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        yield aside
        _sync(aside)
        os.replace(aside, path)
        _sync(path.parent)
    finally:
        remove(aside)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
