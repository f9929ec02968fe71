"""Whatever is changed, moved or taken away behind our back is found, and named."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils.dateparse import parse_datetime
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.log import parse_entry, verify_proof
from openhaven.log.tree import leaf_hash, root_of
from openhaven.model.errors import BadInput, NotVerified
from openhaven.records import kept, models, reads, sqlite_file, writes
from openhaven.records.fsck import check_records
from openhaven.records.sqlite_file import make_of_models, words_of_models
from openhaven.records.tiles import write_tiles

from . import given as made
from .conftest import begin


@pytest.fixture
def filled(haven):
    return fill(haven)


@pytest.fixture
def filled_sqlite(sqlite_haven):
    return fill(sqlite_haven)


def fill(haven):
    """Thirteen entries: facts, a delivery replaced, a release finished, a body erased."""
    act = haven.act
    for name in ("One", "Two"):
        writes.record_fact(kind="organisation", record=made.organisation(name), act=act())
    writes.record_fact(kind="hold", record=made.hold(), act=act())
    writes.record_delivery(delivery=made.delivery("d1"), act=act())
    writes.record_delivery(delivery=made.delivery("d2", replaces="d1"), act=act())
    writes.record_optout_question(question=made.question(), act=act())
    writes.record_optout_answer(answer=made.answer(), act=act())
    writes.record_decision(decision=made.decision(), application=made.application(), act=act())
    writes.enter_release(release=made.release(), certificate={}, act=act())
    writes.finish_release(release="r1", act=act())
    writes.record_identifiers_destroyed(release="r1", destroyed={}, act=act())
    writes.erase_body(index=0, name="record", reason="asked", act=act())
    writes.record_fact(kind="hold", record=made.hold("h2"), act=act())
    return haven


CHANGES = {
    "an entry's bytes": ("UPDATE records_entry SET data = leaf WHERE \"index\" = 3", "entry 3: its bytes"),
    "an entry's type": ("UPDATE records_entry SET type = 'released' WHERE \"index\" = 3", "entry 3: its row says"),
    "an entry's day": ("UPDATE records_entry SET time = '2025-01-01T00:00:00+00:00' WHERE \"index\" = 3", "entry 3"),
    "a node": ("UPDATE records_node SET hash = leaf FROM records_entry e WHERE level = 2 AND records_node.\"index\" = 1"
               " AND e.\"index\" = 0", "node 2/1: it is [0-9a-f]{64}; computed"),
    "a node gone": ("DELETE FROM records_node WHERE level = 1 AND \"index\" = 2", "node 1/2: it is missing"),
    "a node too many": ("INSERT INTO records_node SELECT 3, 1, hash FROM records_node WHERE level = 3",
                        "node 3/1: it lies beyond the head"),
    "the head's size": ("UPDATE records_head SET size = size - 1 WHERE id = 1", "head: it says size 12"),
    "the head's root": ("UPDATE records_head SET root = leaf FROM records_entry e WHERE e.\"index\" = 0", "head"),
    "the head's note": ("UPDATE records_head SET note = replace(note, '13', '12')", "does not fit the text"),
    "a body": ("UPDATE records_body SET data = salt WHERE entry_id = 2 AND name = 'record'", "entry 2: its body"),
    "a salt": ("UPDATE records_body SET salt = data WHERE entry_id = 2 AND name = 'record'", "entry 2: its body"),
    "a body gone": ("DELETE FROM records_body WHERE entry_id = 2 AND name = 'record'", "entry 2: bodies and"),
    "a body emptied with no entry": (
        "UPDATE records_body SET salt = substr(salt, 1, 0), data = substr(data, 1, 0), erased_by_id = 11"
        " WHERE entry_id = 2 AND name = 'record'",
        "entry 2: its body 'record' is gone, and no entry says"),
    "an erased body back": ("UPDATE records_body SET salt = (SELECT leaf FROM records_entry WHERE \"index\" = 1)"
                            " WHERE entry_id = 0 AND name = 'record'", "entry 0: .* still there in part"),
    "what an erasure says": ("UPDATE records_entry SET data = leaf WHERE \"index\" = 11", "entry 0: it holds what can"),
    "a hold lifted": ("DELETE FROM records_fact WHERE kind = 'hold' AND record = 'h1'", "entry 2: it has no row"),
    "a version renumbered": ("UPDATE records_fact SET version = 9 WHERE record = 'h1'", "entry 2: records_fact says"),
    "a delivery live again": ("UPDATE records_delivery SET replaces = NULL", "entry 4: records_delivery says replaces"),
    "a refusal made a permit": ("UPDATE records_decisionrecord SET verdict = 'refuse'", "entry 7: .* says verdict"),
    "a release never finished": ("DELETE FROM records_releaseend", "entry 9: it has no row in records_releaseend"),
    "a row with another's entry": ("UPDATE records_fact SET entry_id = 9 WHERE record = 'h1'", "entry 2: .* no row"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "named"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_behind_our_back_is_named(filled, change, named):
    assert check_records(trusted=filled.trusted).entries == 13
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(NotVerified, match=named):
        check_records(trusted=filled.trusted)


WITHOUT_ENTRY = {
    "a release that nobody ended": "INSERT INTO records_releaseend (entry_id, release, state) "
    "VALUES (999, 'r9', 'abandoned')",
    "a delivery that nobody replaced": "INSERT INTO records_delivery (entry_id, id, dataset, controller, replaces) "
    "VALUES (999, 'd9', 'hes', 'c', 'd2')",
    "a hold lifted": "INSERT INTO records_fact (entry_id, kind, record, version) VALUES (999, 'hold', 'h1', 2)",
    "a body": "INSERT INTO records_body (entry_id, name, data, salt) VALUES (999, 'x', x'00', x'00')",
    "a body of the private log": "INSERT INTO records_privatebody (entry_id, name, data, salt) "
    "VALUES (999, 'x', x'00', x'00')",
}


@pytest.mark.parametrize("change", WITHOUT_ENTRY.values(), ids=WITHOUT_ENTRY.keys())
def test_a_row_without_an_entry_is_found(filled_sqlite, change):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute(change)
    with pytest.raises(NotVerified, match=r"entry 999: .* has a row of it, and it is not there"):
        check_records(trusted=filled_sqlite.trusted)


def test_what_was_erased_and_put_back_from_an_older_copy_is_found(haven):
    """It fits its commitment: only the entry of its erasure tells."""
    fill(haven)
    body = models.Body.objects.get(erased_by__isnull=False)
    writes.record_fact(kind="hold", record=made.hold("h4"), act=haven.act())
    index = models.Entry.objects.count() - 1
    kept_before = (
        models.Body.objects.filter(entry_id=index).exclude(name="operator").values_list("name", "data", "salt")
    )
    name, data, salt = kept_before[0]
    writes.record_fact(kind="hold", record=made.hold("h4"), act=haven.act())
    writes.erase_body(index=index, name=name, reason="superseded", act=haven.act())
    assert check_records(trusted=haven.trusted).erased == 2 and body.erased_by_id
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_body SET data = %s, salt = %s, erased_by_id = NULL WHERE entry_id = %s AND name = %s",
            [bytes(data), bytes(salt), index, name],
        )
    with pytest.raises(NotVerified, match=rf"entry {index}: entry {index + 2} says that its body .* was erased"):
        check_records(trusted=haven.trusted)


def test_a_private_log_whose_head_was_held_back_is_found(sqlite_haven):
    """Public entries go on, and the head that fixes who looked at what does not come."""
    haven = sqlite_haven

    def head():
        writes.enter_private_head(act=haven.act(), period=haven.now, filling=4)

    def two_days_later():
        haven.now += dt.timedelta(days=2)
        writes.record_fact(kind="hold", record=made.hold(f"h{haven.now:%d}"), act=haven.act())

    two_days_later()
    two_days_later()  # there was none yet
    head()
    haven.now += dt.timedelta(days=1)
    writes.record_fact(kind="hold", record=made.hold("h"), act=haven.act())
    haven.now += dt.timedelta(days=9)
    head()  # nobody did anything meanwhile
    assert check_records(trusted=haven.trusted).entries == 5
    two_days_later()
    with pytest.raises(NotVerified, match=r"entry 5: .* the head of the private log was entered last at 2026-03-"):
        check_records(trusted=haven.trusted)


@pytest.mark.parametrize("change", ["INSERT INTO records_format VALUES (7, 2)", "UPDATE records_format SET id = 5"])
def test_another_row_of_the_format_is_found(filled, change):
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(NotVerified, match="the format of the records"):
        check_records(trusted=filled.trusted)


BETWEEN = {
    "trigger": "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
    "CREATE TRIGGER unseen BEFORE INSERT ON records_fact FOR EACH ROW EXECUTE FUNCTION nothing()",
    "rule": "CREATE RULE unseen AS ON INSERT TO records_fact DO INSTEAD NOTHING",
    "policy": "CREATE POLICY unseen ON records_fact USING (kind <> 'hold')",
    "table within another": "CREATE TABLE more () INHERITS (records_fact)",
    "table of another kind": "ALTER TABLE records_cosigned RENAME TO c; "
    "CREATE VIEW records_cosigned AS SELECT * FROM c",
    "trigger that is off": "ALTER TABLE records_fact DISABLE TRIGGER ALL",
}


@pytest.mark.xdist_group("postgresql")
@pytest.mark.parametrize("kind", BETWEEN)
def test_what_stands_between_a_table_of_postgresql_and_its_readers_is_found(postgres_haven, kind):
    writes.record_fact(kind="hold", record=made.hold(), act=postgres_haven.act())
    assert check_records(trusted=postgres_haven.trusted).entries == 1
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BETWEEN[kind])
        with pytest.raises(NotVerified, match=f"it holds the {kind}"):
            check_records(trusted=postgres_haven.trusted)
        transaction.set_rollback(True)
    assert check_records(trusted=postgres_haven.trusted).entries == 1


def test_the_last_entry_taken_away_with_all_that_it_left_is_found(filled_sqlite):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys=OFF")
        for table in ("records_fact", "records_body"):
            cursor.execute(f"DELETE FROM {table} WHERE entry_id = 12")
        cursor.execute('DELETE FROM records_entry WHERE "index" = 12')
        cursor.execute('DELETE FROM records_node WHERE level = 0 AND "index" = 12')
    with pytest.raises(NotVerified, match=r"it says the last entry is of|entry 12: it is missing"):
        check_records(trusted=filled_sqlite.trusted)


def test_nothing_is_appended_to_a_tree_that_does_not_have_its_root(filled_sqlite):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_node SET hash = zeroblob(32) WHERE level = 3")
    with pytest.raises(NotVerified, match="does not have the root of its head"):
        writes.record_fact(kind="hold", record=made.hold("h3"), act=filled_sqlite.act())


def test_a_log_signed_by_another_key_is_not_ours(filled_sqlite):
    with pytest.raises(NotVerified, match="unknown key"):
        check_records(trusted=[])


def test_single_flipped_bits_are_found(filled_sqlite, tmp_path):
    """One bit of one value of any table and column, again and again; where the database itself refuses, so much the
    better."""
    connection.close()
    path = filled_sqlite.database["path"]
    whole = tmp_path / "whole.sqlite3"
    shutil.copyfile(path, whole)
    chance = random.Random(7)
    for table, column, rowid, value in chance.sample(list(values_of(whole)), 150):
        other = flipped(value, chance)
        if reads_the_same(column, value, other) or not changed(path, table, column, rowid, other):
            continue
        with pytest.raises(NotVerified):
            check_records(trusted=filled_sqlite.trusted)
            pytest.fail(f"{table}.{column} of row {rowid} was changed, and nobody saw")
        connection.close()
        shutil.copyfile(whole, path)


def values_of(path):
    with closing(sqlite3.connect(path)) as database:
        for model in (*models.INDEXED.values(), models.Entry, models.Node, models.Body, models.Head):
            for field in model._meta.local_concrete_fields:
                name = f'"{field.column}"'
                for rowid, value in database.execute(f"SELECT rowid, {name} FROM {model._meta.db_table}"):
                    if value not in (None, "", b""):
                        yield model._meta.db_table, field.column, rowid, value


def reads_the_same(column, value, other):
    """Between date and time SQLite's text may hold any character."""
    try:
        return column in ("time", "last") and parse_datetime(value) == parse_datetime(other)
    except ValueError:
        return False


def changed(path, table, column, rowid, value):
    with closing(sqlite3.connect(path)) as database:
        try:
            database.execute(f'UPDATE {table} SET "{column}" = ? WHERE rowid = ?', (value, rowid))
        except sqlite3.IntegrityError:
            return False
        database.commit()
        return True


def flipped(value, chance):
    if isinstance(value, int):
        return value ^ 1 << chance.randrange(16)
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[chance.randrange(len(data))] ^= 1
    return data.decode("latin-1") if isinstance(value, str) else bytes(data)


# After any sequence of writes


def _fact(haven, number):
    writes.record_fact(
        kind="organisation", record=made.organisation(f"Name {number}", f"o{number % 3}"), act=haven.act()
    )


def _deliver(haven, number):
    live = reads.live_deliveries("hes")
    replaces = live[number % len(live)].id if live and number % 2 else None
    id = f"d{models.Entry.objects.count()}"
    writes.record_delivery(delivery=made.delivery(id, replaces=replaces), act=haven.act())


def _decide(haven, number):
    id = f"app-{number % 3}"
    writes.record_decision(decision=made.decision(id), application=made.application(id), act=haven.act())


def _enter(haven, number):
    id = f"r{models.Entry.objects.count()}"
    writes.enter_release(release=made.release(id), certificate={}, act=haven.act())


def _end(haven, number):
    for each in reads.unfinished_releases()[:1]:
        if number % 2:
            writes.finish_release(release=each.release.id, act=haven.act())
        else:
            writes.abandon_release(release=each.release.id, reason="", act=haven.act())


def _erase(haven, number):
    names = ["operator", "record", "application", "certificate", "decision", "release"]
    size = models.Entry.objects.count()
    try:
        index, name = number % max(size, 1), names[number % len(names)]
        writes.erase_body(index=index, name=name, reason="", act=haven.act())
    except BadInput:
        assert models.Entry.objects.count() == size


STEPS = st.lists(st.tuples(st.sampled_from([_fact, _deliver, _decide, _enter, _end, _erase]), st.integers(0, 1000)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_writes_every_entry_is_proven_and_every_body_matches(new_haven, steps):
    haven = new_haven()
    for step, number in steps:
        step(haven, number)
    entries = [data for _, data in reads.entries()]
    found = check_records(trusted=haven.trusted)
    assert (found.entries, found.root) == (len(entries), root_of(map(leaf_hash, entries)))
    for index, data in enumerate(entries):
        assert verify_proof(data, reads.proof(index), haven.trusted).index == index
        assert set(reads.bodies(index)) == set(parse_entry(data).commitments)
    states = [each.state for each in reads.releases()]
    assert len(reads.unfinished_releases()) == states.count(kept.ReleaseState.ENTERED)


# Tables that another Django made


def worded_otherwise(monkeypatch):
    """Another Django, that says the same in other words."""
    table, index = connection.SchemaEditorClass.table_sql, connection.SchemaEditorClass._model_indexes_sql

    def table_sql(self, model):
        made, params = table(self, model)
        return made.replace("NOT NULL", "NOT  NULL").replace("varchar(", "character varying("), params

    monkeypatch.setattr(connection.SchemaEditorClass, "table_sql", table_sql)
    monkeypatch.setattr(
        connection.SchemaEditorClass, "_model_indexes_sql",
        lambda self, model: [str(each).replace(" ON ", "  ON ") for each in index(self, model)],
    )  # fmt: skip


def test_tables_made_by_another_django_raise_no_alarm(filled_sqlite, monkeypatch):
    worded_otherwise(monkeypatch)
    known = {each: words[0] for each, words in vars(sqlite_file)["_known"]().items()}
    assert known.keys() == make_of_models().keys() and known != make_of_models(), "it would make others today"
    assert check_records(trusted=filled_sqlite.trusted).entries == 13
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE records_fact ADD COLUMN more text NULL")
    with pytest.raises(NotVerified, match="its tables are not those of this version: records_fact: more text null"):
        check_records(trusted=filled_sqlite.trusted)


def test_tables_in_words_of_a_later_django_raise_no_alarm_either(tmp_path, monkeypatch, sqlite_haven):
    worded_otherwise(monkeypatch)
    haven = begin({"engine": "sqlite", "path": str(tmp_path / "later.sqlite3")})
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'records_fact'")
        assert "character varying" in cursor.fetchone()[0]
    assert check_records(trusted=haven.trusted).entries == 0
    monkeypatch.undo()
    with pytest.raises(NotVerified, match="its tables are not those of this version"):
        check_records(trusted=haven.trusted)  # words that nobody knows are of nobody


def test_the_words_of_the_django_that_is_installed_are_among_those_that_are_known(sqlite_haven):
    """If this fails, Django words our tables otherwise, or they were changed: add what words_of_models() says now to
    tables.json, and leave there what older havens have of the same make."""
    known = json.loads(Path(sqlite_file.__file__).with_name("tables.json").read_text("utf-8"))
    assert words_of_models() in [each["tables"] for each in known]
    for each in known:
        assert {table: columns(made) for table, made in each["tables"].items()} == {
            table: columns(made) for table, made in words_of_models().items()
        }, "words of another make would let an older table pass"


def columns(statements):
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(statements[0])
        name = re.findall(r'"([^"]+)"', statements[0])[0]
        return sorted(row[1] for row in database.execute(f"PRAGMA table_info({name})"))


# Tiles


def test_tiles_are_made_from_the_database_and_found_the_same(filled, tmp_path):
    assert write_tiles(tmp_path / "tiles") == 13
    check_records(trusted=filled.trusted, tiles=tmp_path / "tiles")
    assert (tmp_path / "tiles" / "checkpoint").read_text() == reads.checkpoint()
    assert len((tmp_path / "tiles/tile/0/000.p/13").read_bytes()) == 13 * 32


def test_tiles_grow_with_the_log_and_are_those_made_at_once(sqlite_haven, tmp_path):
    for number in range(270):
        writes.record_fact(kind="hold", record=made.hold(f"h{number}"), act=sqlite_haven.act())
        if number in (0, 100, 255, 260):
            write_tiles(tmp_path / "grown")
            check_records(trusted=sqlite_haven.trusted, tiles=tmp_path / "grown")
    write_tiles(tmp_path / "grown")
    write_tiles(tmp_path / "at once")
    write_tiles(tmp_path / "at once")  # again: no change

    def contents(folder):
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    grown, at_once = contents(tmp_path / "grown"), contents(tmp_path / "at once")
    assert at_once.items() <= grown.items()
    assert {str(path) for path in at_once} == {
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/14",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/14",
    }


def test_an_older_folder_of_tiles_is_still_whole(filled, tmp_path):
    write_tiles(tmp_path)
    writes.record_fact(kind="hold", record=made.hold("h3"), act=filled.act())
    assert check_records(trusted=filled.trusted, tiles=tmp_path).entries == 14


@pytest.mark.parametrize("name", ["tile/0/000.p/13", "tile/entries/000.p/13", "checkpoint"])
@pytest.mark.parametrize("change", ["cut", "flipped", "gone"])
def test_a_changed_tile_is_named(filled_sqlite, tmp_path, name, change):
    write_tiles(tmp_path)
    path = tmp_path / name
    data = path.read_bytes()
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-1] if change == "cut" else data[:40] + bytes([data[40] ^ 1]) + data[41:])
    with pytest.raises(NotVerified, match=name):
        check_records(trusted=filled_sqlite.trusted, tiles=tmp_path)


@pytest.mark.parametrize("name", ["tile/0/000.p/13", "tile/entries/000.p/13"])
@pytest.mark.parametrize("change", ["cut", "flipped", "longer"])
def test_a_changed_tile_of_an_older_checkpoint_is_named(filled_sqlite, tmp_path, name, change):
    """Whoever holds that checkpoint reads it still."""
    write_tiles(tmp_path)
    writes.record_fact(kind="hold", record=made.hold("h3"), act=filled_sqlite.act())
    write_tiles(tmp_path)
    check_records(trusted=filled_sqlite.trusted, tiles=tmp_path)
    data = (tmp_path / name).read_bytes()
    longer = (tmp_path / name.replace("13", "14")).read_bytes()
    flipped = data[:40] + bytes([data[40] ^ 1]) + data[41:]
    (tmp_path / name).write_bytes({"cut": data[:-1], "flipped": flipped, "longer": longer}[change])
    with pytest.raises(NotVerified, match=name):
        check_records(trusted=filled_sqlite.trusted, tiles=tmp_path)


def test_tiles_that_were_never_written_are_not_missed(filled, tmp_path):
    assert check_records(trusted=filled.trusted, tiles=tmp_path / "tiles").entries == 13


@pytest.mark.parametrize("gone", ["checkpoint", "all of it"])
def test_tiles_that_were_written_and_are_gone_are_missed(filled, tmp_path, gone):
    write_tiles(tmp_path / "tiles")
    shutil.rmtree(tmp_path / "tiles") if gone == "all of it" else (tmp_path / "tiles" / "checkpoint").unlink()
    with pytest.raises(NotVerified, match=r"checkpoint: 13 entries with the root .* were written here") as said:
        check_records(trusted=filled.trusted, tiles=tmp_path / "tiles")
    assert "haven log tiles" in said.value.todo
    write_tiles(tmp_path / "tiles")
    check_records(trusted=filled.trusted, tiles=tmp_path / "tiles")


def test_older_tiles_in_the_place_of_those_written_are_found(filled, tmp_path):
    write_tiles(tmp_path / "tiles")
    shutil.copytree(tmp_path / "tiles", tmp_path / "older")
    writes.record_fact(kind="hold", record=made.hold("h3"), act=filled.act())
    write_tiles(tmp_path / "tiles")
    with pytest.raises(NotVerified, match="of 13 entries, and 14 were written here"):
        check_records(trusted=filled.trusted, tiles=tmp_path / "older")


def test_tiles_newer_than_the_records_are_found(filled_sqlite, tmp_path):
    """The whole database is put back as it was: what is published says what is missing."""
    connection.close()
    shutil.copyfile(filled_sqlite.database["path"], before := tmp_path / "before")
    writes.record_fact(kind="hold", record=made.hold("h3"), act=filled_sqlite.act())
    write_tiles(tmp_path / "tiles")
    connection.close()
    for journal in tmp_path.glob("*.sqlite3-*"):
        journal.unlink()
    shutil.copyfile(before, filled_sqlite.database["path"])
    with pytest.raises(NotVerified, match="it has 14 entries, and the log has 13"):
        check_records(trusted=filled_sqlite.trusted, tiles=tmp_path / "tiles")


PUBLISHED = {
    "its size": ("UPDATE records_head SET size = 12 WHERE id = 3", "its signed note says 13"),
    "its origin": ("UPDATE records_head SET origin = 'other' WHERE id = 3", "its signed note says 13"),
    "its time": ("UPDATE records_head SET last = (SELECT last FROM records_head WHERE id = 1) WHERE id = 3", "a time"),
    "its place": ("UPDATE records_head SET id = 7 WHERE id = 3", "head 7"),
}


@pytest.mark.parametrize(("change", "named"), PUBLISHED.values(), ids=PUBLISHED.keys())
def test_what_is_kept_of_written_tiles_cannot_be_changed_unseen(filled, tmp_path, change, named):
    write_tiles(tmp_path / "tiles")
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(NotVerified, match=named):
        check_records(trusted=filled.trusted)


def test_tiles_of_another_log_are_not_written_over(filled_sqlite, new_haven, tmp_path):
    write_tiles(tmp_path)
    other = new_haven()
    with pytest.raises(BadInput, match="the log has 0"):
        write_tiles(tmp_path)
    for number in range(13):
        writes.record_fact(kind="hold", record=made.hold(f"h{number}"), act=other.act())
    with pytest.raises(BadInput, match="another log"):
        write_tiles(tmp_path)


def test_an_empty_log_has_a_signed_checkpoint_and_no_tiles(haven, tmp_path):
    folder = tmp_path / "tiles"
    assert write_tiles(folder) == 0
    assert [path.name for path in folder.iterdir()] == ["checkpoint"]
    assert check_records(trusted=haven.trusted, tiles=folder).entries == 0
