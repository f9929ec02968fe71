"""A package as one tar: what every tar program reads, the same from whatever place it is read on."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.package.archive import Archive


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name, size in (("a.json", 0), ("b.txt", 1), ("data/c.age", 512), ("data/d.age", 70_001)):
        (tmp_path / name).write_bytes(bytes(index % 251 for index in range(size)))
    return tmp_path


FILES = ("a.json", "b.txt", "data/c.age", "data/d.age")


def test_any_tar_program_reads_it(folder: Path) -> None:
    archive = Archive(folder, FILES, name="APP-001.R1")
    whole = archive.read()
    assert len(whole) == archive.size
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        assert tar.getnames() == [f"APP-001.R1/{each}" for each in FILES]
        for each in FILES:
            found = tar.extractfile(f"APP-001.R1/{each}")
            assert found is not None and found.read() == (folder / each).read_bytes()


def test_it_is_the_same_from_every_place_on(folder: Path) -> None:
    archive = Archive(folder, FILES, name="it")
    whole = archive.read()

    @given(st.integers(0, len(whole) + 5), st.integers(0, 3_000))
    def holds(start: int, many: int) -> None:
        archive.seek(start)
        found = b""
        while len(found) < many and (more := archive.read(many - len(found))):
            found += more
        assert found == whole[start : start + many]

    holds()


def test_names_of_any_length_and_script_are_kept(tmp_path: Path) -> None:
    name = "ü" * 60 + "x" * 90
    (tmp_path / name).write_bytes(b"1")
    with tarfile.open(fileobj=io.BytesIO(Archive(tmp_path, [name], name="p").read())) as tar:
        assert tar.getnames() == [f"p/{name}"]


def test_a_file_that_became_shorter_is_an_error_and_never_a_shorter_tar(folder: Path) -> None:
    archive = Archive(folder, FILES, name="it")
    (folder / "data/d.age").write_bytes(b"short")
    with pytest.raises(OSError, match="became shorter"):
        archive.read()
    archive.close()


def test_two_tars_of_the_same_files_are_the_same(folder: Path) -> None:
    assert Archive(folder, FILES, name="it").read() == Archive(folder, FILES, name="it").read()
