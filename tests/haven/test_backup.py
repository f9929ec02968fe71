"""A backup brings back the same haven, or says plainly why it cannot."""

import sqlite3
import tarfile

import pytest

from openhaven.cli.main import run


@pytest.fixture
def haven(tmp_path):
    folder = tmp_path / "haven"
    made = ["init", str(folder), "--operator-name", "A haven", "--origin", "haven.example", "--contact", "here"]
    assert run(made) == 0
    hold = tmp_path / "hold.toml"
    hold.write_text('id = "h"\nreason = "talks go on"\nby = "the board"\nstarts = 2026-01-01\n')
    assert run(["--haven", str(folder), "record", "hold", str(hold)]) == 0
    return folder


def logged(folder, capsys):
    capsys.readouterr()
    assert run(["--haven", str(folder), "log", "show", "--json"]) == 0
    return capsys.readouterr().out


def test_what_was_backed_up_comes_back_and_goes_on(haven, tmp_path, capsys):
    before = logged(haven, capsys)
    assert run(["--haven", str(haven), "backup", str(tmp_path / "b.tar")]) == 0
    assert (tmp_path / "b.tar").stat().st_mode & 0o077 == 0
    assert run(["restore", str(tmp_path / "b.tar"), str(tmp_path / "again")]) == 0
    assert logged(tmp_path / "again", capsys) == before
    assert run(["--haven", str(tmp_path / "again"), "record", "hold", str(tmp_path / "hold.toml")]) == 0
    assert run(["--haven", str(tmp_path / "again"), "log", "fsck"]) == 0


def test_a_file_that_is_no_backup_is_refused_and_leaves_nothing(tmp_path, capsys):
    (tmp_path / "x.tar").write_bytes(b"not a tar")
    assert run(["restore", str(tmp_path / "x.tar"), str(tmp_path / "again")]) == 2
    assert "not a backup" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.tar"]


def test_records_that_were_changed_in_the_backup_are_found_and_nothing_comes_back(haven, tmp_path, capsys):
    assert run(["--haven", str(haven), "backup", str(tmp_path / "b.tar")]) == 0
    with tarfile.open(tmp_path / "b.tar") as tar:
        tar.extractall(tmp_path / "in", filter="data")
    with sqlite3.connect(tmp_path / "in" / "records.sqlite3") as records:
        records.execute("update records_entry set data = replace(data, 'hold', 'hole')")
    records.close()
    with tarfile.open(tmp_path / "c.tar", "w") as tar:
        for path in (tmp_path / "in").iterdir():
            tar.add(path, arcname=path.name)
    assert run(["restore", str(tmp_path / "c.tar"), str(tmp_path / "again")]) == 6
    assert not (tmp_path / "again").exists() and not (tmp_path / ".again.part").exists()


def test_nothing_is_overwritten(haven, tmp_path, capsys):
    (tmp_path / "b.tar").write_text("mine")
    assert run(["--haven", str(haven), "backup", str(tmp_path / "b.tar")]) == 2
    assert (tmp_path / "b.tar").read_text() == "mine"
    assert run(["restore", str(tmp_path / "b.tar"), str(haven)]) == 2
