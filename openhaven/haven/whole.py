"""Folders that appear whole under their name or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openhaven.vault.places import sync
from openhaven.vault.texts import read_text as read_text


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A new folder beside `target`, which becomes `target` at the end, once the disk holds it; nothing is left of it
    where that fails. `target` must not be there, or be empty."""
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        for each in part.rglob("*"):
            sync(each)
        sync(part)
        if target.exists():
            target.rmdir()  # an empty folder made by the person who asked
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync(target.parent)


def copy_whole(source: Path, target: Path, *, last: str = "") -> None:
    """Copy a folder, also to another disk; it appears whole or not at all. The file called `last` is copied when all
    others are there: a copy that is broken off holds no key."""
    with whole_folder(target) as part:
        for each in sorted(source.rglob("*"), key=lambda each: (each.name == last, each)):
            copy = part / each.relative_to(source)
            if each.is_dir():
                copy.mkdir()
            else:
                shutil.copyfile(each, copy)
                copy.chmod(each.stat().st_mode)
