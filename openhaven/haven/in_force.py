"""The settings in force, as the log has them: whatever changed is entered before anything is written under it.

The rules of law are entered with them, when a haven begins and before a decision is recorded by others: what only
changes settings reads no law. The engine and the database are left out: they change nothing that is decided, and a
database has a password."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from openhaven.model.plain import to_plain
from openhaven.model.settings import Settings, flat
from openhaven.records import kept, reads, writes
from openhaven.records.act import Act

LEFT_OUT = ("format", "engine.", "database")


def not_entered(folder: Path, settings: Settings) -> tuple[kept.SettingChanged, ...]:
    """Which settings, and which of the files they name, are not as the log last had them."""
    before = reads.settings_entered()
    return _changes(before, _as_of_now(before, folder, settings, law=""))


def _as_of_now(before: Mapping[str, Any], folder: Path, settings: Settings, law: str) -> Mapping[str, Any]:
    """The law stays as it was entered, where nobody says which it is."""
    known = law or before.get(kept.LAW)
    return {**in_force(folder, settings), **({kept.LAW: known} if known else {})}


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[kept.SettingChanged, ...]:
    return tuple(
        kept.SettingChanged(name, before.get(name), now.get(name))
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    )


def not_entered_lines(changed: Sequence[kept.SettingChanged]) -> Iterator[str]:
    """What is not entered yet, for a person to read."""
    for each in changed:
        yield f"NOT YET IN THE LOG: {each.setting}, {each.before!r} before, {each.now!r} now"
    if changed:
        yield "The next command that writes enters them first."


def enter_settings(folder: Path, settings: Settings, *, act: Act, law: str = "") -> None:
    """Enter what changed, if anything did. `law` names the rules by which is decided, where they are read."""
    before = reads.settings_entered()
    now = _as_of_now(before, folder, settings, law)
    if changes := _changes(before, now):
        writes.record_settings(now=now, changes=changes, act=act)


def in_force(folder: Path, settings: Settings) -> Mapping[str, Any]:
    """Every setting that something is decided or measured by, and the SHA-256 of each file that one names."""
    stated = {name: to_plain(value) for name, value, _ in flat(settings, {}) if not name.startswith(LEFT_OUT)}
    return stated | dict(_files(folder, settings))


def _files(folder: Path, settings: Settings) -> Iterator[tuple[str, str]]:
    named = {"files.places": settings.files.places}
    named |= {f"files.restricted.{name}": file for name, file in settings.files.restricted.items()}
    for name, file in named.items():
        if file and (path := folder / file).is_file():
            there = path.stat()
            yield f"{name}, SHA-256", _digest(path, there.st_mtime_ns, there.st_size)


@lru_cache(maxsize=32)
def _digest(path: Path, changed: int, size: int) -> str:
    """Read once in a process, unless the file changes meanwhile."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
