"""What the database could not do, told as one plain error. A full disk stops reading too: SQLite needs room for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

from openhaven.model.errors import HavenError


@contextmanager
def told_plainly() -> Iterator[None]:
    """Raises HavenError where the database could not be reached, read or written."""
    try:
        yield
    except OperationalError as error:
        raise HavenError(
            f"the records could not be read or written ({error})",
            todo="Look for a full disk, or another command that is still writing, and start again.",
        ) from error
