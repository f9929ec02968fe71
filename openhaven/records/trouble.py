"""What the database could not do, told as one plain error. A full disk stops reading too: SQLite needs room for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, OperationalError

from openhaven.model.errors import HavenError


@contextmanager
def told_plainly() -> Iterator[None]:
    """Raises HavenError where the database could not be reached, read or written, or its file is damaged."""
    try:
        yield
    except OperationalError as error:
        raise HavenError(
            f"the records could not be read or written ({error})",
            todo="Look for a full disk, or another command that is still writing, and start again.",
        ) from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # of a kind of its own: a mistake of ours
            raise
        raise HavenError(
            f"the records cannot be read ({error})",
            todo="Look for a disk that fails, then at the records with haven log fsck; if they are damaged, restore "
            "the haven from a backup.",
        ) from error
