"""Given a folder that is copied whole, when the copy is broken off, then what has to come last is not there."""

import shutil

import pytest

from openhaven.haven.whole import copy_whole


def test_what_comes_last_is_copied_when_all_else_is_there(tmp_path, monkeypatch) -> None:
    source, target, copied = tmp_path / "vault", tmp_path / "out", []
    (source / "inner").mkdir(parents=True)
    for name in ("inner/data", "key.age", "manifest"):
        (source / name).write_text(name)
    really = shutil.copyfile

    def copyfile(each, copy) -> None:
        copied.append(each.name)
        really(each, copy)

    monkeypatch.setattr(shutil, "copyfile", copyfile)
    copy_whole(source, target, last="key.age")
    assert copied == ["data", "manifest", "key.age"]
    assert (target / "inner" / "data").read_text() == "inner/data"

    def broken(each, copy) -> None:
        if each.name == "manifest":
            raise OSError("the disk is full")
        copyfile(each, copy)

    copied.clear()
    monkeypatch.setattr(shutil, "copyfile", broken)
    with pytest.raises(OSError):
        copy_whole(source, tmp_path / "other", last="key.age")
    assert copied == ["data"] and not (tmp_path / "other").exists()
