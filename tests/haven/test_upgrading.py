"""A haven of the first format is brought up to date, and is as it was before: its log goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from openhaven.cli.main import run
from openhaven.haven.toml import first_settings


def of_the_first_format(folder: Path) -> None:
    """As the first version left it: the tables that came later are not there."""
    from openhaven.haven import init_haven

    toml = first_settings(operator="Test Haven", origin="up.openhaven.example", contact="1 Mill Lane", demo=True)
    init_haven(folder, toml=toml, operator="the tests")
    with closing(sqlite3.connect(folder / "records.sqlite3", isolation_level=None)) as records:
        later = [name for (name,) in records.execute("select name from sqlite_master where type = 'table'")]
        for name in ("records_cosigned", "records_privatebody", "records_privatenode", "records_privateentry"):
            assert name in later
            records.execute(f"drop table {name}")
        records.execute("delete from records_head where id = 2")
        records.execute("update records_format set version = 1")
        records.execute("delete from django_migrations where app = 'records' and name <> '0001_initial'")


def said(capsys, *words: object) -> tuple[int, str, str]:
    status = run([str(word) for word in words])
    found = capsys.readouterr()
    return status, found.out, found.err


def test_an_older_haven_says_upgrade_and_after_it_goes_on(tmp_path: Path, capsys) -> None:
    home = tmp_path / "haven"
    of_the_first_format(home)

    status, _, err = said(capsys, "--haven", home, "status")
    assert status == 2 and "haven upgrade" in err

    status, out, _ = said(capsys, "--haven", home, "upgrade")
    assert status == 0 and "haven.format-1.tar" in out
    assert (tmp_path / "haven.format-1.tar").stat().st_mode & 0o077 == 0
    assert said(capsys, "--haven", home, "log", "fsck")[0] == 0
    assert said(capsys, "--haven", home, "status")[0] == 0


def test_a_haven_of_this_version_is_left_as_it_is(tmp_path: Path, capsys) -> None:
    home = tmp_path / "haven"
    of_the_first_format(home)
    said(capsys, "--haven", home, "upgrade")
    (tmp_path / "haven.format-1.tar").unlink()
    before = said(capsys, "--haven", home, "log", "show")

    status, out, _ = said(capsys, "--haven", home, "upgrade")

    assert status == 0 and "in the format of this version" in out
    assert said(capsys, "--haven", home, "log", "show") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["haven"]
