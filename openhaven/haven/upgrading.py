"""A haven of an earlier version brought up to date: a backup, then the tables, then what a new haven begins with."""

from __future__ import annotations

import getpass
from pathlib import Path

from openhaven.haven.backup import Tell, copy_haven
from openhaven.haven.place import Haven, open_records, utc_now
from openhaven.records import writes
from openhaven.records.format import FORMAT, check_format, format_found, make_tables


def upgrade(folder: Path, *, operator: str | None, tell: Tell) -> Path | None:
    """Bring the records up to date. Returns the backup that was made before, None where nothing had to be done.

    With records in PostgreSQL there is no backup by this command: it is made with pg_dump. Raises BadInput where a
    newer version wrote them."""
    settings, given, keys = open_records(folder)
    found = format_found()
    if found is None or found >= FORMAT:
        check_format()
        return None
    haven = Haven(folder, settings, given, keys, operator or getpass.getuser(), utc_now)
    with haven.locked("haven upgrade"):
        out = folder.with_name(f"{folder.name}.format-{found}.tar")
        if not settings.database and not out.exists():  # else an upgrade that was broken off made it
            copy_haven(haven, out, tell=tell)
        haven.keys.make_tags()
        tell("tables")
        make_tables()
        writes.bring_up_to_date(origin=settings.haven.origin, act=haven.bare_act())
    return None if settings.database else out
