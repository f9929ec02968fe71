"""A haven begun in PostgreSQL from the command line: no file has to be edited by hand."""

import secrets
from pathlib import Path

import pytest
from django.db import connection

from openhaven.cli.main import run
from openhaven.haven import open_haven
from openhaven.haven.toml import database_section
from openhaven.log import verify_checkpoint
from openhaven.log.rotation import read_announcement
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.plain import read_toml
from openhaven.records import reads, writes
from openhaven.records.kept import Looked, LookUp

INIT = ["--operator-name", "A haven", "--origin", "haven.example", "--contact", "here"]


@pytest.fixture
def url(postgres):
    """An empty database on the server that the tests start."""
    import psycopg

    name = f"begun_{secrets.token_hex(4)}"
    address = f"host={postgres['host']} port={postgres['port']} user={postgres['user']} dbname=postgres"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield f"postgresql://{postgres['user']}@{postgres['host']}:{postgres['port']}/{name}"
    connection.close()


@pytest.mark.xdist_group("postgresql")
def test_a_haven_begins_in_postgresql_and_goes_on_there(url, tmp_path, capsys):
    haven, hold = tmp_path / "haven", tmp_path / "hold.toml"
    hold.write_text('id = "h"\nreason = "talks go on"\nby = "the board"\nstarts = 2026-01-01\n')

    assert run(["init", str(haven), *INIT, "--database", url]) == 0

    assert not (haven / "records.sqlite3").exists()
    assert run(["--haven", str(haven), "record", "hold", str(hold)]) == 0
    assert run(["--haven", str(haven), "log", "fsck"]) == 0
    assert run(["--haven", str(haven), "log", "erase", "1", "--body", "operator", "--because", "x"]) == 0
    assert run(["--haven", str(haven), "log", "fsck"]) == 0
    assert "1 of them erased" in capsys.readouterr().out


@pytest.mark.xdist_group("postgresql")
def test_keys_are_rotated_in_postgresql_and_what_was_opened_before_enters_nothing(url, tmp_path, capsys):
    folder, hold = tmp_path / "haven", tmp_path / "hold.toml"
    hold.write_text('id = "h"\nreason = "talks go on"\nby = "the board"\nstarts = 2026-01-01\n')
    assert run(["init", str(folder), *INIT, "--database", url]) == 0
    before = open_haven(folder, operator="a service")
    old = before.log_key
    for key in ("log", "packages", "log"):
        assert run(["--haven", str(folder), "keys", "rotate", key, "--because", "once a year"]) == 0
    head = reads.checkpoint()

    with pytest.raises(HavenError, match="not the one that signed the log so far"):
        writes.record_look_up(
            look_up=LookUp(Looked.CONTENT, "hes", "a test", "2026-01-01T00:00:00Z"), act=before.bare_act()
        )
    with pytest.raises(HavenError, match="not the one that signed the log so far"):
        writes.record_settings(now={}, changes=[], act=before.bare_act())

    assert reads.checkpoint() == head, "nothing was entered"
    assert run(["--haven", str(folder), "record", "hold", str(hold)]) == 0
    assert run(["--haven", str(folder), "log", "fsck"]) == 0
    after = open_haven(folder)
    assert after.log_key != old and verify_checkpoint(reads.checkpoint(), [after.log_key])
    assert [read_announcement(note).old.name for _, note in reads.rotations()].count(old.name) == 2
    assert (folder / "trust.txt").read_text().count(" until ") == 3
    capsys.readouterr()


@pytest.mark.xdist_group("postgresql")
def test_a_database_that_holds_records_is_not_begun_again(url, tmp_path, capsys):
    assert run(["init", str(tmp_path / "one"), *INIT, "--database", url]) == 0
    assert run(["init", str(tmp_path / "two"), *INIT, "--database", url]) == 2
    assert "have begun already" in capsys.readouterr().err and not (tmp_path / "two").exists()


def test_a_server_that_is_not_there_is_told_plainly_and_leaves_nothing(tmp_path, capsys):
    assert run(["init", str(tmp_path / "h"), *INIT, "--database", "postgresql://haven@127.0.0.1:1/none"]) == 1
    said = capsys.readouterr().err
    assert "the records could not be read or written" in said and "Traceback" not in said
    assert not (tmp_path / "h").exists()
    connection.close()


def test_the_parts_of_an_address_become_settings():
    text = database_section("postgresql://ha%40ven:s%2Fecret@db.example:5433/records?sslmode=verify-full")
    assert read_toml(text, where="x")["database"] == {
        "engine": "postgresql",
        "name": "records",
        "host": "db.example",
        "port": "5433",
        "user": "ha@ven",
        "password": "s/ecret",
        "sslmode": "verify-full",
    }
    assert read_toml(database_section("postgres:///records?host=/run/pg"), where="x")["database"]["host"] == "/run/pg"
    assert database_section("") == ""


@pytest.mark.parametrize(
    "url",
    ["mysql://a/b", "postgresql://a", "postgresql://a:x/b", "records.sqlite3", "postgresql://a/b?password2=c"],
)
def test_any_other_address_is_refused_before_anything_is_made(url, tmp_path: Path, capsys):
    with pytest.raises(BadInput):
        database_section(url)
    assert run(["init", str(tmp_path / "h"), *INIT, "--database", url]) == 2
    assert not (tmp_path / "h").exists()
