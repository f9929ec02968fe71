"""What SQLite says of its own file, and whether the tables in it are those that the models describe; and on PostgreSQL,
whether anything stands between our tables and who reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from openhaven.model.errors import NotVerified

_NOT_OURS = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"

_MISCALLED = """SELECT type, name FROM sqlite_master
  WHERE type IS NOT iif(sql LIKE 'CREATE TABLE %', 'table', 'index')"""
"""A table or an index that is called another thing: SQLite reads it all the same, who copies tables leaves it out."""

_NOT_OURS_POSTGRESQL = r"""SELECT 'trigger', tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relname LIKE 'records\_%' AND pg_table_is_visible(tgrelid)
  UNION ALL SELECT 'trigger that is off', tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgenabled = 'D' AND relname LIKE 'records\_%' AND pg_table_is_visible(tgrelid)
  UNION ALL SELECT 'rule', rulename FROM pg_rules
    WHERE tablename LIKE 'records\_%' AND schemaname = ANY (current_schemas(false))
  UNION ALL SELECT 'policy', policyname FROM pg_policies
    WHERE tablename LIKE 'records\_%' AND schemaname = ANY (current_schemas(false))
  UNION ALL SELECT 'table of another kind', relname FROM pg_class
    WHERE relkind NOT IN ('r', 'i') AND relname LIKE 'records\_%' AND pg_table_is_visible(oid)
  UNION ALL SELECT 'table within another', relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhparent
    WHERE relkind = 'r' AND relname LIKE 'records\_%' AND pg_table_is_visible(inhparent)"""
"""What would hide a row, show one that is not there, or change one as it is written."""

_MADE = """SELECT tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL
  AND (tbl_name LIKE 'records!_%' ESCAPE '!' OR tbl_name = 'django_migrations')"""
_PART = re.compile(r"""(?:[^,()'"]|"[^"]*"|'[^']*'|\((?:[^()]|\([^()]*\))*\))+""")
"""A column or a constraint, as it stands between the commas of a table: in brackets there may be commas too."""

_NAME = re.compile(r'"([^"]+)"')

Make = dict[tuple[str, str], frozenset[str]]
"""Each table and index, under its table's name and its own: the parts of the statement that makes it."""

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


_BYTES = """SELECT 'entry ' || "index", typeof(data), typeof(leaf) FROM records_entry
    WHERE typeof(data) || typeof(leaf) IS NOT 'blobblob'
  UNION ALL SELECT 'entry ' || "index" || ' of the private log', typeof(data), typeof(leaf) FROM records_privateentry
    WHERE typeof(data) || typeof(leaf) IS NOT 'blobblob'
  UNION ALL SELECT 'entry ' || entry_id || ', body ' || name, typeof(salt), typeof(data) FROM records_body
    WHERE typeof(salt) || typeof(data) IS NOT 'blobblob'
  UNION ALL SELECT 'entry ' || entry_id || ' of the private log, body ' || name, typeof(salt), typeof(data)
    FROM records_privatebody WHERE typeof(salt) || typeof(data) IS NOT 'blobblob'
  UNION ALL SELECT 'node ' || level || ', ' || "index", typeof(hash), '' FROM records_node
    WHERE typeof(hash) IS NOT 'blob'
  UNION ALL SELECT 'node ' || level || ', ' || "index" || ' of the private log', typeof(hash), ''
    FROM records_privatenode WHERE typeof(hash) IS NOT 'blob'
  UNION ALL SELECT 'head', typeof(root), '' FROM records_head WHERE typeof(root) IS NOT 'blob'"""
"""Bytes that are none: SQLite keeps whatever is written, and a number would be read as so many noughts."""


def check_file() -> None:
    """SQLite's own look at its file: an index that differs from its table would hide a row from who looks by it, a
    hold from a decision, though every row is there. PostgreSQL looks after its own files; of it is asked what stands
    between."""
    if connection.vendor != "sqlite":
        for kind, name in _asked(_NOT_OURS_POSTGRESQL):
            raise NotVerified(f"it holds the {kind} {name!r}, which is none of ours", where="the database")
        return
    ((said,),) = _asked("PRAGMA integrity_check(1)")
    if said != "ok":
        raise NotVerified(f"its file is damaged: {said}", where="the database", todo="Restore the haven from a backup.")
    for kind, name in _asked(_NOT_OURS):
        raise NotVerified(f"it holds the {kind} {name!r}, which is none of ours", where="the database")
    for kind, name in _asked(_MISCALLED):
        raise NotVerified(f"it calls {name!r} a {kind!r}, which it is not", where="the database")
    for where, *kinds in _asked(_BYTES):
        raise NotVerified(f"its bytes are kept as {' and '.join(map(str, filter(None, kinds)))}", where=str(where))
    for where, time in _asked(_TIMES):
        raise NotVerified(f"its row says {time!r}, which is no time as it is kept", where=str(where))
    for name, number in _asked(_COUNTS):
        raise NotVerified(f"its count of {name!r} says {number}", where="the database")
    _check_migrations()
    found = {(str(table).lower(), str(name).lower()): _parts(str(made)) for table, name, made in _asked(_MADE)}
    ours, known = make_of_models(), _known()
    for each in sorted(ours.keys() | found.keys()):
        wordings = [ours[each], *known.get(each, ())] if each in ours else [frozenset[str]()]
        differ = min((sorted(found.get(each, frozenset()) ^ words) for words in wordings), key=len)
        if differ:
            raise NotVerified(f"its tables are not those of this version: {each[0]}: {differ[0]}", where="the database")


def _check_migrations() -> None:
    """Which changes of our tables Django has on its list: one that it does not find there it would make again."""
    loader = MigrationLoader(connection)
    there, ours = set(loader.applied_migrations), set(loader.disk_migrations)
    for app, name in sorted(each for each in there ^ ours if each[0] == "records"):
        raise NotVerified(f"its list of migrations is not that of this version: {app} {name}", where="the database")


def make_of_models() -> Make:
    """What our tables are made of: each column with all that its values are held to, each constraint, each index. A
    table of another make reads today's rows as they are, and may keep others otherwise. In the words of the Django that
    is installed."""
    return {
        (table.lower(), _NAME.findall(made)[0].lower()): _parts(made)
        for table, statements in words_of_models().items()
        for made in statements
    }


def words_of_models() -> dict[str, list[str]]:
    """The statements with which Django would make our tables and their indexes, by the table's name."""
    writer = connection.SchemaEditorClass(connection)  # it only says what it would do
    return {
        model._meta.db_table: [writer.table_sql(model)[0], *map(str, writer._model_indexes_sql(model))]
        for model in (*apps.get_app_config("records").get_models(), MigrationRecorder.Migration)
    }


@cache
def _known() -> Mapping[tuple[str, str], list[frozenset[str]]]:
    """The same in the words of every Django that made tables of this make (tables.json). An older haven keeps the words
    of its day, and Django is free to choose others: neither is a change behind our back."""
    found: dict[tuple[str, str], list[frozenset[str]]] = {}
    for words in json.loads((files("openhaven.records") / "tables.json").read_text("utf-8")):
        for table, statements in words["tables"].items():
            for made in statements:
                found.setdefault((table, _NAME.findall(made)[0].lower()), []).append(_parts(made))
    return found


def _parts(made: str) -> frozenset[str]:
    """A statement that makes a table or an index, part by part and in small letters: in which order the columns of a
    table stand hangs on when each of them came."""
    begins, _, rest = made.lower().partition(" (")
    inside, _, ends = rest.rpartition(")")
    parts = [begins, ends, *_PART.findall(inside)] if begins.startswith("create table") else [made.lower()]
    return frozenset(part.strip() for part in parts)


def _asked(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
