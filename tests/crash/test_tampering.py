"""Bits that turn in the database, tiles, bundles and checkpoints: each is found, or shown to change nothing at all.

Harmless is only what SQLite reads as the very same rows (a free page, a counter that it does not look at), and what
says the same in other bytes. Short in `make test`; OPENHAVEN_FLIPS says how many (10,000 in `make crash`),
and OPENHAVEN_SEED that others are turned than the last time."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

import pytest

from openhaven.cli.main import run
from openhaven.haven import Haven, open_haven
from openhaven.model.errors import HavenError
from openhaven.records.fsck import check_records
from openhaven.records.reads import checkpoint
from openhaven.records.tiles import write_tiles

SEED = int(os.environ.get("OPENHAVEN_SEED", "0"))
FLIPS = int(os.environ.get("OPENHAVEN_FLIPS", "150"))
DATABASE = "records.sqlite3"


@pytest.fixture
def haven(given: Path, tmp_path: Path) -> Iterator[Haven]:
    """A haven with its tiles written and its journal brought into the file."""
    folder = Path(shutil.copytree(given / "haven", tmp_path / "haven"))
    assert run(["--haven", str(folder), "--operator", "the tests", "log", "tiles"]) == 0
    with closing(sqlite3.connect(folder / DATABASE)) as records:
        records.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield open_haven(folder, operator="the tests")


def kept(haven: Haven) -> list[Path]:
    """The files that hold the logs: the database of both, tiles, bundles and checkpoint of the public one."""
    return [haven.folder / DATABASE, *(each for each in sorted((haven.folder / "tiles").rglob("*")) if each.is_file())]


def rows(database: Path) -> list[str] | None:
    """Everything that the database says by table and by index, in an order of its own, None where SQLite cannot read
    it, or where an index says something else than its table: who looks by it would miss a row."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as records:
            (whole,) = records.execute("PRAGMA integrity_check").fetchone()
            return sorted(map(in_one_case, records.iterdump())) if whole == "ok" else None
    except (sqlite3.Error, UnicodeDecodeError, ValueError):
        return None


def in_one_case(line: str) -> str:
    """A statement that makes a table or index in small letters, but for the words in quotation marks, and the name of
    the table that a row is of: in SQL "id" and "Id" name one column. What a row says is left as it is, but for when
    Django made a change of our tables: it is a time, and nobody reads it."""
    if not line.startswith("CREATE "):
        name, values, row = line.partition(" VALUES(")
        if name == 'INSERT INTO "django_migrations"':
            row = MADE_ON.sub("at some time", row)
        return name.lower() + values + row
    return "".join(part if at % 2 else part.lower() for at, part in enumerate(line.split("'")))


MADE_ON = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?(?='\);$)")


def found(haven: Haven) -> bool:
    """Whether `haven log fsck` finds anything wrong, in whatever it says so."""
    from django.db import connection

    connection.close()  # so that the file is read, and not what was read before
    try:
        check_records(trusted=(haven.log_key,), tiles=haven.folder / "tiles")
    except HavenError:
        return True
    finally:
        connection.close()
    return False


def first(after: list[str] | None, before: list[str]) -> str:
    """The first row that is read otherwise, as it is read now."""
    return next((now for was, now in zip_longest(before, after or ()) if now != was), None) or "nothing is read"


def spoil(path: Path, chance: random.Random) -> bytes:
    """Turn one bit of a file. Returns what it was."""
    before = path.read_bytes()
    at, bit = chance.randrange(len(before)), 1 << chance.randrange(8)
    changed = bytearray(before)
    changed[at] ^= bit
    path.write_bytes(changed)
    return before


def flip(haven: Haven, path: Path, chance: random.Random, before: list[str]) -> str:
    """One bit: found, or harmless. Raises AssertionError where it is neither."""
    whole = spoil(path, chance)
    try:
        if found(haven):
            return "found"
        after = rows(path) if path.name == DATABASE else None
        assert after == before, f"a bit of {path.name} changed what is read, and was not found: {first(after, before)}"
        return "harmless"
    finally:
        for journal in haven.folder.glob(f"{DATABASE}-*"):
            journal.unlink()
        path.write_bytes(whole)


def test_a_turned_bit_is_found_or_changes_nothing(haven: Haven, request: pytest.FixtureRequest) -> None:
    chance, tried = random.Random(3 + SEED), Counter[str]()
    before = rows(haven.folder / DATABASE)
    assert before and not found(haven)
    files = kept(haven)
    sizes = [max(2_000, each.stat().st_size) for each in files]
    for _ in range(FLIPS):
        (path,) = chance.choices(files, sizes)
        what = flip(haven, path, chance, before)
        tried[f"{'database' if path.name == DATABASE else 'tiles'}, {what}"] += 1

    request.node.user_properties.append(("cases", f"bits turned: {dict(tried)}\n"))
    assert tried["tiles, harmless"] == 0
    assert not found(haven), "and all is mended"


CHANGES = {
    "an entry deleted": 'DELETE FROM records_entry WHERE "index" = 9',
    "the last entry deleted": 'DELETE FROM records_entry WHERE "index" = (SELECT max("index") FROM records_entry)',
    "a body deleted": "DELETE FROM records_body WHERE entry_id = 9",
    "a record deleted": "DELETE FROM records_fact WHERE entry_id = (SELECT min(entry_id) FROM records_fact)",
    "a body edited": "UPDATE records_body SET data = replace(data, 'a', 'b') WHERE entry_id = 9",
    "a record edited": "UPDATE records_fact SET version = version + 1",
    "a record back-dated": "UPDATE records_entry SET time = '2020-01-01 00:00:00' WHERE \"index\" = 9",
    "an entry back-dated": "UPDATE records_entry SET data = replace(data, '202', '201') WHERE \"index\" = 9",
    "bytes that are a number": 'UPDATE records_entry SET data = 1 << 62 WHERE "index" = 9',
    "a leaf that is a number": 'UPDATE records_privateentry SET leaf = 1 << 62 WHERE "index" = 0',
    "a body that is a number": "UPDATE records_body SET data = 1 << 62 WHERE entry_id = 9",
    "a salt that is a number": "UPDATE records_privatebody SET salt = 1 << 62",
    "a node that is a number": "UPDATE records_node SET hash = 1 << 62",
    "a root that is a number": "UPDATE records_head SET root = 1 << 62",
    "a place between two": 'UPDATE records_entry SET "index" = 9.5 WHERE "index" = 9',
    "a place between two of the private log": 'UPDATE records_privateentry SET "index" = 1.5 WHERE "index" = 1',
    "a time written otherwise": "UPDATE records_entry SET time = replace(time, ' ', '`') WHERE \"index\" = 9",
    "the head back-dated": "UPDATE records_head SET last = '2020-01-01 00:00:00' WHERE id = 1",
    "a head cut": "UPDATE records_head SET size = size - 1 WHERE id = 1",
    "the private log edited": "UPDATE records_privatebody SET data = replace(data, 'a', 'b')",
    "something that happens at each write": "CREATE TRIGGER t AFTER INSERT ON records_fact BEGIN SELECT 1; END",
    "a count that is another": "UPDATE sqlite_sequence SET seq = seq + 1",
    "a count of nothing": "UPDATE sqlite_sequence SET name = 'django_migration3'",
    "a change of our tables that was never made": "UPDATE django_migrations SET name = '0009_next' WHERE id = 1",
    "a change that was made at no time": "UPDATE django_migrations SET applied = replace(applied, '-', '.')",
    "a list of changes of another make": "ALTER TABLE django_migrations ADD COLUMN more text NULL",
    "a view": "CREATE VIEW records_seen AS SELECT * FROM records_fact",
    "a column more": "ALTER TABLE records_fact ADD COLUMN hidden text NULL",
    "the private log emptied": "DELETE FROM records_privatebody",
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_somebody_with_the_database_changes_is_found(haven: Haven, what: str) -> None:
    with closing(sqlite3.connect(haven.folder / DATABASE, isolation_level=None)) as records:
        records.execute(CHANGES[what])
        made = CHANGES[what].startswith(("CREATE", "ALTER"))
        assert made or records.execute("SELECT changes()").fetchone()[0], "nothing was changed"
    assert found(haven)


@pytest.mark.parametrize("name", ["entries_by_type", "records_fact", "sqlite_autoindex_records_fact_1"])
def test_a_table_or_an_index_that_is_called_another_thing_is_found(haven: Haven, name: str) -> None:
    with closing(sqlite3.connect(haven.folder / DATABASE, isolation_level=None)) as records:
        records.execute("PRAGMA writable_schema = ON")
        records.execute("UPDATE sqlite_master SET type = 'tbble' WHERE name = ?", [name])
        assert records.execute("SELECT changes()").fetchone()[0] == 1
    assert found(haven)


def test_another_case_of_a_tables_name_is_the_same(haven: Haven) -> None:
    before = rows(haven.folder / DATABASE)
    with closing(sqlite3.connect(haven.folder / DATABASE, isolation_level=None)) as records:
        records.execute("PRAGMA writable_schema = ON")
        records.execute("UPDATE sqlite_master SET name = 'Records_body' WHERE name = 'records_body'")
        assert records.execute("SELECT changes()").fetchone()[0] == 1
    assert (rows(haven.folder / DATABASE) == before, found(haven)) == (True, False)


def test_another_case_of_a_columns_name_is_the_same_and_any_other_change_of_a_table_is_not(haven: Haven) -> None:
    before, path = rows(haven.folder / DATABASE), haven.folder / DATABASE
    whole = path.read_bytes()
    for was, name, same in (
        (b'CHECK ("id" >= 0)', b'CHECK ("Id" >= 0)', True),
        (b'CHECK ("id" >= 0)', b'CHECK ("id" >= 8)', False),
        (b'CHECK ("id" >= 0)', b'CHECK ("id" <= 0)', False),
        (b'CHECK ("id" >= 0)', b'DHECK ("id" >= 0)', False),
        (b'CONSTRAINT "one_fact"', b'CONSTRAINT "one_face"', False),
        (b'("type", "index")', b'("time", "index")', False),
        (b"varchar(200)", b"varchar(300)", False),
        (b'"version" integer unsigned NOT NULL CHECK', b'"version" integer unsigfed NOT NULL CHECK', False),
        (b'REFERENCES "records_entry"', b'REFERENCES "records_entrx"', False),
    ):
        path.write_bytes(whole.replace(was, name))
        assert path.read_bytes() != whole
        assert ((rows(path) == before), found(haven)) == (same, not same), name
    path.write_bytes(whole)


def test_tiles_that_are_written_again_are_as_they_were(haven: Haven, tmp_path: Path) -> None:
    write_tiles(tmp_path / "again")
    files = {each.relative_to(haven.folder / "tiles"): each.read_bytes() for each in kept(haven)[1:]}
    assert files == {
        each.relative_to(tmp_path / "again"): each.read_bytes()
        for each in (tmp_path / "again").rglob("*")
        if each.is_file()
    }
    assert checkpoint().encode() in files.values()
