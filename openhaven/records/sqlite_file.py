"""What SQLite says of its own file, and whether the tables in it are those that the models describe."""

from __future__ import annotations

import re

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import ForeignKey

from openhaven.model.errors import NotVerified

_COLUMNS = """SELECT tables.name, columns.name, columns.type, columns."notnull", columns.pk > 0
  FROM sqlite_master AS tables JOIN pragma_table_xinfo(tables.name) AS columns
  WHERE tables.type = 'table' AND (tables.name LIKE 'records!_%' ESCAPE '!' OR tables.name = 'django_migrations')"""
_REFERENCES = """SELECT tables.name, keys."from", keys."table", keys."to"
  FROM sqlite_master AS tables JOIN pragma_foreign_key_list(tables.name) AS keys
  WHERE tables.type = 'table' AND tables.name LIKE 'records!_%' ESCAPE '!'"""
_NOT_OURS = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"

_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name LIKE 'records!_%' ESCAPE '!'"
_CHECK = re.compile(r"\bCHECK \(([^()]*)\)", re.IGNORECASE)
_COUNTS = """SELECT name, seq FROM sqlite_sequence
  WHERE name NOT IN (SELECT name FROM sqlite_master WHERE type = 'table')
    OR name = 'django_migrations' AND seq IS NOT (SELECT max(id) FROM django_migrations)"""
"""Numbers that SQLite gives next where no row has them: records have none, Django's list of migrations has."""

_TIMES = """SELECT 'entry ' || "index", time FROM records_entry WHERE time IS NOT strftime('%Y-%m-%d %H:%M:%S', time)
  UNION ALL SELECT 'entry ' || "index" || ' of the private log', time FROM records_privateentry
    WHERE time IS NOT strftime('%Y-%m-%d %H:%M:%S', time)
  UNION ALL SELECT 'head', last FROM records_head
    WHERE last IS NOT NULL AND last IS NOT strftime('%Y-%m-%d %H:%M:%S', last)
  UNION ALL SELECT 'migration ' || name, applied FROM django_migrations
    WHERE substr(applied, 1, 19) IS NOT strftime('%Y-%m-%d %H:%M:%S', applied)
    OR substr(applied, 20) NOT GLOB '.[0-9][0-9][0-9][0-9][0-9][0-9]' AND length(applied) > 19"""
"""Times that are not written as ours are. SQLite compares them as text: what stands in another's place by that counts
for another day, though it is read as the same time."""


def check_file() -> None:
    """SQLite's own look at its file: an index that differs from its table would hide a row from who looks by it, a
    hold from a decision, though every row is there. (PostgreSQL looks after its own.)"""
    if connection.vendor != "sqlite":
        return
    ((said,),) = _asked("PRAGMA integrity_check(1)")
    if said != "ok":
        raise NotVerified(f"its file is damaged: {said}", where="the database", todo="Restore the haven from a backup.")
    for kind, name in _asked(_NOT_OURS):
        raise NotVerified(f"it holds the {kind} {name!r}, which is none of ours", where="the database")
    for where, time in _asked(_TIMES):
        raise NotVerified(f"its row says {time!r}, which is no time as it is kept", where=str(where))
    for name, number in _asked(_COUNTS):
        raise NotVerified(f"its count of {name!r} says {number}", where="the database")
    _check_migrations()
    checks = ((table, each.lower()) for table, sql in _asked(_TABLES) for each in _CHECK.findall(str(sql)))
    found = {tuple(map(_folded, row)) for row in (*_asked(_COLUMNS), *_asked(_REFERENCES), *checks)}
    if differ := sorted(found ^ _columns_of_models(), key=str):
        raise NotVerified(f"its tables are not those of this version: {differ[0]}", where="the database")


def _check_migrations() -> None:
    """Which changes of our tables Django has on its list: one that it does not find there it would make again."""
    loader = MigrationLoader(connection)
    there, ours = set(loader.applied_migrations), set(loader.disk_migrations)
    for app, name in sorted(each for each in there ^ ours if each[0] == "records"):
        raise NotVerified(f"its list of migrations is not that of this version: {app} {name}", where="the database")


def _columns_of_models() -> set[tuple[object, ...]]:
    """What SQLite has to say of our tables: of each column its type, whether it may be null, whether it is of the key,
    and what its values are held to; and what refers to which. A table of another make reads today's rows as they are,
    and may keep others otherwise."""
    found: set[tuple[object, ...]] = set()
    for model in (*apps.get_app_config("records").get_models(), MigrationRecorder.Migration):
        table, key = model._meta.db_table, {each.column for each in model._meta.pk_fields}
        for each in model._meta.local_concrete_fields:
            if each.column is None:
                continue  # the key of several columns, which are there themselves
            found.add(
                (table, each.column, _folded(each.db_type(connection)), int(not each.null), int(each.column in key))
            )
            if check := each.db_check(connection):
                found.add((table, check.lower()))
            if isinstance(each, ForeignKey):
                found.add((table, each.column, each.target_field.model._meta.db_table, each.target_field.column))
    return found


def _asked(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _folded(said: object) -> object:
    return said.lower() if isinstance(said, str) else said
