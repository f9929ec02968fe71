"""Somebody without any key puts the log back to an earlier day: what the haven finds, and what only others do."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from django.db import connection

from openhaven.log import parse_checkpoint
from openhaven.log.note import parse_note
from openhaven.log.witnessing import Declined, Request, consider
from openhaven.model.errors import BadInput, NotVerified
from openhaven.records import kept, models, reads, writes
from openhaven.records.fsck import check_records
from openhaven.records.tiles import write_tiles

from . import given as made


def add(haven, first, last):
    for number in range(first, last):
        writes.record_fact(kind="hold", record=made.hold(f"h{number}"), act=haven.act())


def look(haven, number):
    at = f"{haven.now:%Y-%m-%dT%H:%M:%SZ}"
    writes.record_look_up(look_up=kept.LookUp(kept.Looked.CONTENT, "hes", f"look-up {number}", at), act=haven.act())


def put_back(note):
    """Cut every table at the size of a head that the log signed: each package holds one."""
    head = parse_checkpoint(parse_note(note).text)
    connection.close()
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as records:
        for table in ("fact", "body"):
            records.execute(f"DELETE FROM records_{table} WHERE entry_id >= ?", [head.size])
        records.execute('DELETE FROM records_entry WHERE "index" >= ?', [head.size])
        records.execute('DELETE FROM records_node WHERE "index" >= (? >> level)', [head.size])
        records.execute(
            "UPDATE records_head SET size = ?, root = ?, note = ?, "
            'last = (SELECT time FROM records_entry WHERE "index" = ?) WHERE id = 1',
            [head.size, head.root, note, head.size - 1],
        )


def test_a_log_put_back_is_found_by_its_tiles_by_what_is_kept_of_them_and_at_last_by_witnesses(sqlite_haven, tmp_path):
    haven, tiles = sqlite_haven, tmp_path / "tiles"
    add(haven, 0, 6)
    package = reads.checkpoint()
    add(haven, 6, 11)
    write_tiles(tiles)
    seen = parse_checkpoint(parse_note(reads.checkpoint()).text)

    put_back(package)
    with pytest.raises(NotVerified, match="it has 11 entries, and the log has 6"):
        check_records(trusted=haven.trusted, tiles=tiles)
    shutil.rmtree(tiles)
    with pytest.raises(NotVerified, match="the head of the tiles: it has 11 entries, and the log has 6"):
        check_records(trusted=haven.trusted, tiles=tiles)
    with pytest.raises(NotVerified, match="tiles of 11 entries were written, and the log has 6"):
        write_tiles(tiles)  # or nothing would remember
    assert not tiles.exists()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_head WHERE id = 3")
    assert check_records(trusted=haven.trusted, tiles=tiles).entries == 6, "nothing of the haven remembers"

    logs = {seen.origin: haven.trusted}
    with pytest.raises(Declined, match="size 11") as declined:
        consider(str(Request(6, (), package)), logs=logs, last={seen.origin: seen})
    assert declined.value.status == 409
    add(haven, 20, 40)  # and it does not come back by growing: what the witness saw is not how it begins
    path = tuple(reads.consistency(seen.size, 26))
    with pytest.raises(Declined) as declined:
        consider(str(Request(seen.size, path, reads.checkpoint())), logs=logs, last={seen.origin: seen})
    assert declined.value.status == 422


@pytest.mark.parametrize("put", ["nothing", "an older one"])
def test_what_is_kept_of_written_tiles_is_missed_once_a_head_was_entered_over_them(haven, tmp_path, put):
    """Somebody puts something else in the place of that row, and the tiles with it: all else is whole."""
    heads = []
    for size in (3, 6):
        add(haven, size - 3, size)
        write_tiles(tmp_path / f"tiles of {size}")
        heads.append(models.Head.objects.values_list("size", "root", "note").get(id=3))
    writes.enter_private_head(act=haven.act(), period=haven.now, filling=4)
    add(haven, 6, 7)
    assert check_records(trusted=haven.trusted, tiles=tmp_path / "tiles of 6").entries == 8
    with connection.cursor() as cursor:
        if put == "nothing":
            cursor.execute("DELETE FROM records_head WHERE id = 3")
        else:
            cursor.execute("UPDATE records_head SET size = %s, root = %s, note = %s WHERE id = 3", heads[0])
    with pytest.raises(NotVerified, match=r"the head of the tiles: .*tiles of 6 entries") as said:
        check_records(trusted=haven.trusted, tiles=tmp_path / ("no tiles" if put == "nothing" else "tiles of 3"))
    assert "haven log tiles" in said.value.todo


def test_look_ups_put_back_are_found_once_a_head_was_entered_over_them(sqlite_haven, tmp_path):
    """Before, for a day at most, nothing outside of the private log says how far it had come."""
    haven = sqlite_haven
    look(haven, 1)
    connection.close()
    path = connection.settings_dict["NAME"]
    shutil.copyfile(path, copy := tmp_path / "copy")
    look(haven, 2)
    look(haven, 3)
    private_put_back(copy)
    assert check_records(trusted=haven.trusted).private.entries == 1

    for number in (2, 3):
        look(haven, number)
    writes.enter_private_head(act=haven.act(), period=haven.now, filling=4)
    assert check_records(trusted=haven.trusted).private.entries == 4
    private_put_back(copy)
    with pytest.raises(NotVerified, match="the private log: entry 0 of the public log says that it had 4 entries"):
        check_records(trusted=haven.trusted)


def test_what_holds_the_private_log_is_not_erased_and_where_it_was_it_is_missed(sqlite_haven, monkeypatch):
    """It names nobody, so that nobody can ask for it; without it look-ups could be made anew."""
    haven = sqlite_haven
    look(haven, 1)
    at = writes.enter_private_head(act=haven.act(), period=haven.now, filling=4).index
    with pytest.raises(BadInput, match="the haven works from its 'private_head'"):
        writes.erase_body(index=at, name="private_head", reason="none of your business", act=haven.act())

    monkeypatch.setattr(writes, "_WORKED_FROM", frozenset())  # a program that was changed
    writes.erase_body(index=at, name="private_head", reason="none of your business", act=haven.act())
    with pytest.raises(NotVerified, match=f"what entry {at} of the public log said of it was erased by entry {at + 1}"):
        check_records(trusted=haven.trusted)


def private_put_back(copy):
    connection.close()
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as records:
        records.execute("ATTACH ? AS before", [str(copy)])
        for table in ("privatebody", "privatenode", "privateentry"):
            records.execute(f"DELETE FROM records_{table}")
        for table in ("privateentry", "privatenode", "privatebody"):
            records.execute(f"INSERT INTO records_{table} SELECT * FROM before.records_{table}")
        records.execute("DELETE FROM records_head WHERE id = 2")
        records.execute("INSERT INTO records_head SELECT * FROM before.records_head WHERE id = 2")
