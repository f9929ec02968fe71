"""The format is checked before anything is read, and the settings lead to the database that they name."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from openhaven.model.errors import BadInput
from openhaven.records import reads, writes
from openhaven.records.format import FORMAT, check_format, format_found, make_tables
from openhaven.records.settings import django_settings, point_at

from . import given


def set_format(version):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_format SET version = %s", [version])


def test_the_format_of_this_version_is_read(haven):
    check_format()
    assert format_found() == FORMAT


def test_an_older_format_is_refused_and_says_what_to_do(haven):
    set_format(FORMAT - 1)
    with pytest.raises(BadInput, match="haven upgrade"):
        check_format()


def test_a_newer_format_is_refused_and_says_what_to_do(haven):
    set_format(FORMAT + 1)
    with pytest.raises(BadInput, match="A newer version wrote them"):
        check_format()


def test_where_nothing_has_begun_it_says_so(tmp_path, sqlite_haven):
    point_at({"engine": "sqlite", "path": tmp_path / "new.sqlite3"})
    with pytest.raises(BadInput, match="haven init"):
        check_format()
    make_tables()
    with pytest.raises(BadInput, match="haven init"):
        check_format()
    for attempt in (
        reads.checkpoint,
        lambda: writes.record_fact(kind="hold", record=given.hold(), act=sqlite_haven.act()),
    ):
        with pytest.raises(BadInput, match="haven init"):
            attempt()
    connection.close()


def test_every_change_of_a_table_has_its_migration(sqlite_haven):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_making_the_tables_again_changes_nothing(haven):
    writes.record_fact(kind="hold", record=given.hold(), act=haven.act())
    make_tables()
    assert reads.records_of("hold") == [given.hold()]


def test_sqlite_is_durable_checks_foreign_keys_and_lets_readers_read_while_one_writes(sqlite_haven):
    with connection.cursor() as cursor:
        pragmas = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    "database",
    [
        {},
        {"engine": "mysql"},
        {"engine": "sqlite"},
        {"engine": "sqlite", "path": "x", "host": "y"},
        {"engine": "postgresql"},
    ],
)
def test_settings_that_lead_nowhere_are_refused(database):
    with pytest.raises(BadInput, match="settings, database"):
        django_settings(database=database)
