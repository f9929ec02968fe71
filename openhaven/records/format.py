"""The format of the records: the tables made, the number checked, an older one brought up to date."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection

from openhaven.model.errors import BadInput
from openhaven.records.models import Format

FORMAT = 2
"""Goes up by one with each migration that an earlier version could not read."""


def make_tables() -> None:
    """Make the tables, or bring them up to date. Nothing else changes; `haven upgrade` makes a backup first."""
    call_command("migrate", verbosity=0, interactive=False)


def format_found() -> int | None:
    """The format of the records that are here, None where there are none."""
    if Format._meta.db_table not in connection.introspection.table_names():
        return None
    return Format.objects.values_list("version", flat=True).first()


def check_format() -> None:
    """Raise BadInput, saying what to do, unless the records are in the format of this version."""
    found = format_found()
    if found is None:
        raise BadInput("there are no records here yet", todo="Begin with: haven init")
    if found < FORMAT:
        raise BadInput(f"the records are in format {found}; this version needs {FORMAT}", todo="Run: haven upgrade")
    if found > FORMAT:
        raise BadInput(
            f"the records are in format {found}, and this version reads {FORMAT} only",
            todo="A newer version wrote them. Use that version, or a later one.",
        )
