"""Files that only their owner may read: written whole or not at all, on the disk before the call returns."""

import os
import secrets
import stat
from pathlib import Path

from openhaven.model.errors import HavenError

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_new(path: Path, content: bytes) -> bool:
    """Write a new file with mode 0600. False, and nothing changed, where one of that name was there first."""
    whole = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_synced(whole, content)
        os.link(whole, path)  # unlike a rename it never replaces, so of two writers one wins and both read the same
    except FileExistsError:
        return False
    except OSError as error:
        raise HavenError(f"the key could not be written: {error.strerror}", where=str(path)) from error
    finally:
        whole.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def _write_synced(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def overwrite(path: Path) -> None:
    """Replace the content by chance in place, then remove the file. Copies made by a backup are not reached."""
    with open(path, "r+b") as file:
        file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_private(path: Path) -> None:
    """Raise HavenError where others than the owner may read or enter."""
    if path.stat().st_mode & OTHERS:
        mode = "700" if path.is_dir() else "600"
        raise HavenError(
            "others on this machine may read the haven's keys",
            where=str(path),
            todo=f"Close it with: chmod {mode} '{path}', and ask who has read it.",
        )


def check_given(path: Path) -> None:
    """The same for what the system gives to a service: a file of root's shows as its group's what an access list gives
    to the service alone, as systemd does it."""
    found = path.stat()
    roots = found.st_uid == 0 and found.st_gid == 0
    if found.st_mode & (stat.S_IRWXO if roots else OTHERS):
        raise HavenError(
            "others on this machine may read the haven's keys",
            where=str(path),
            todo="Give them to the service alone, and ask who has read them.",
        )


def replace(path: Path, content: bytes) -> None:
    """Write a file with mode 0600 in the place of one of that name, whole or not at all."""
    whole = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_synced(whole, content)
        os.replace(whole, path)
    except OSError as error:
        raise HavenError(f"the file could not be written: {error.strerror}", where=str(path)) from error
    finally:
        whole.unlink(missing_ok=True)
    sync_folder(path.parent)
