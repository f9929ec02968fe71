"""Writing files so that they are there whole or not at all, and a full disk is said in one sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from openhaven.model.errors import HavenError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, then give it its own; it survives a power cut. Where it cannot be written,
    nothing of it is left."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


@contextmanager
def room(out: Path) -> Iterator[None]:
    """Raises HavenError naming `out` where the disk is full or the folder may not be written."""
    try:
        yield
    except OSError as problem:
        raise HavenError(
            f"could not be written ({problem.strerror or problem})",
            where=str(out),
            todo="Make room or choose another folder, and do it again: nothing half-written is left.",
        ) from None
