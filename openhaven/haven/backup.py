"""A haven copied into one file and brought back: the database by its own backup, everything else as it lies."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

from openhaven.haven.looking import look_up
from openhaven.haven.place import TOML, Haven, open_haven
from openhaven.model.errors import BadInput
from openhaven.records.fsck import check_records
from openhaven.records.kept import Looked
from openhaven.records.one_log import Checked

Tell = Callable[[str], None]
RECORDS = "records.sqlite3"
LEFT_OUT = {"work", "haven.lock", RECORDS, f"{RECORDS}-wal", f"{RECORDS}-shm"}


def backup(haven: Haven, out: Path, *, tell: Tell) -> int:
    """Write the haven into a tar file that only its owner may read. Returns its size in bytes.

    Raises BadInput where the file is there already, or where the records are kept in PostgreSQL."""
    if out.exists():
        raise BadInput("is there already", where=str(out), todo="Name a new file.")
    if haven.settings.database:
        raise BadInput(
            "the records are in PostgreSQL, which has its own backup",
            where=str(haven.folder),
            todo="Use pg_dump for the records, and copy the folder while no command is at work.",
        )
    look_up(haven, Looked.EVERYTHING, of=out.name, why="haven backup")
    copy_haven(haven, out, tell=tell)
    return out.stat().st_size


def copy_haven(haven: Haven, out: Path, *, tell: Tell) -> None:
    """The copy itself, under its name once it is whole."""
    part, copy = out.with_name(f".{out.name}.part"), haven.work / "backup.sqlite3"
    try:
        tell("records")
        _copy_records(haven.folder / RECORDS, copy)
        tell("files")
        part.unlink(missing_ok=True)  # of a backup that was killed
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                for path in sorted(haven.folder.iterdir()):
                    if path.name not in LEFT_OUT:
                        tar.add(path, arcname=path.name)
                tar.add(copy, arcname=RECORDS)
            file.flush()
            os.fsync(file.fileno())
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)


def _copy_records(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as here, sqlite3.connect(target) as there:
        here.backup(there)
    there.close()
    here.close()


def restore(file: Path, folder: Path, *, tell: Tell, settle: Callable[[Path], None] = lambda part: None) -> Checked:
    """Unpack a backup beside `folder`, check it, `settle` what shall not come back to life, then give it its name.
    Raises BadInput or NotVerified, with nothing left, where it is not a backup of a haven or is not whole."""
    if folder.exists():
        raise BadInput("is there already", where=str(folder), todo="Name a new folder.")
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        tell("unpack")
        part.mkdir(mode=0o700, parents=True)
        _unpack(file, part)
        tell("check")
        haven = open_haven(part)
        checked = check_records(trusted=(haven.log_key,), tiles=part / "tiles")
        settle(part)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return checked


def _unpack(file: Path, part: Path) -> None:
    try:
        with tarfile.open(file, mode="r:") as tar:
            tar.extractall(part, filter="data")
    except tarfile.TarError as error:
        raise BadInput(f"this is not a backup of a haven ({error})", where=str(file)) from None
    if not (part / TOML).is_file():
        raise BadInput(f"there is no {TOML} in it, so it is not a backup of a haven", where=str(file))
    (part / "work").mkdir(mode=0o700)
    for path in (part / "keys", *(part / "keys").rglob("*")):  # the archive's filter may have widened the modes
        path.chmod(0o700 if path.is_dir() else 0o600)
