"""What is kept where a witness says that it saw another history of the log: the head that it was asked to cosign, and
what it said. Files of the haven's own folder: they stay when the records are put back to an earlier day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from openhaven.haven.place import Haven
from openhaven.keys.private_files import write_new
from openhaven.outside.witnesses import Asked
from openhaven.records.act import instant

FOLDER = "refused-by-witnesses"


def keep_refusals(haven: Haven, note: str, asked: Iterable[Asked]) -> None:
    """Keep each refusal of a head once, however often that head is shown again."""
    for each in asked:
        if each.differs:
            folder = haven.folder / FOLDER
            folder.mkdir(mode=0o700, exist_ok=True)
            digest = hashlib.sha256(f"{each.witness}\n{each.why_not}\n{note}".encode()).hexdigest()[:16]
            said = f"{each.witness}: {each.why_not}\nfirst said: {instant(haven.clock())}\n"
            write_new(folder / f"{digest}.txt", f"{said}\n{note}".encode())


def refusals(folder: Path) -> tuple[str, ...]:
    """What witnesses said of another history, each with when it was said first and the file that holds the head."""
    found = []
    for path in sorted((folder / FOLDER).glob("*.txt")):
        said, when, *_ = path.read_text(encoding="utf-8").splitlines()
        found.append(f"{said} ({when}; {FOLDER}/{path.name})")
    return tuple(found)
