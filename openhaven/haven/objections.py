"""Whom objections name: NHS numbers in the vault, each file under its digest, which is recorded with the objection.

They are for leaving people out only (NDO-15, by analogy): never printed, never joined to records, never in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from openhaven.haven.consents import put_private
from openhaven.haven.whole import read_text
from openhaven.identity.nhs_number import clean
from openhaven.model.errors import BadInput
from openhaven.model.record.choices import Objection
from openhaven.optouts.numbers import Numbers
from openhaven.records import reads
from openhaven.vault.places import Vault, check_id

KIND = "objection"


@contextmanager
def taken_objectors(vault: Vault, objection: Objection, source: Path) -> Iterator[str]:
    """The numbers that an objection names, checked and in the vault; gives the SHA-256 of their file.

    The record is written within; then the file before is removed. `source` is the record's own file."""
    given = source.parent / objection.people
    if not given.is_file():
        raise BadInput("there is no such file", where=str(given))
    numbers = _read(read_text(given), where=str(given))
    content = "".join(f"{number}\n" for number in numbers).encode()
    digest = hashlib.sha256(content).hexdigest()
    put_private(path_of(vault, objection.id, digest), content)
    yield digest
    sweep_objectors(vault)


def sweep_objectors(vault: Vault) -> None:
    """Remove every file of numbers that no objection on record names."""
    folder = vault.folder / "objections"
    if not folder.is_dir():
        return
    named = {path_of(vault, id, digest) for id, digest in reads.files_of(KIND).items()}
    for path in folder.iterdir():
        if path not in named:
            path.unlink()


def objecting_numbers(vault: Vault, ids: Iterable[str]) -> Numbers:
    """Everybody named by these objections. Raises BadInput where a file is not the one on record."""
    return together([_of(vault, id) for id in ids])


def _of(vault: Vault, id: str) -> Numbers:
    where = f"objection {id}"
    digest = reads.files_of(KIND).get(id, "")
    path = path_of(vault, id, digest)
    if not digest or not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise BadInput(
            "the numbers in the vault are not those on record",
            where=where,
            todo="Find out who changed them, then record the objection again with people = FILE.",
        )
    return _read(read_text(path), where=where)


def together(every: Sequence[Numbers]) -> Numbers:
    """All the numbers of these sets."""
    return Numbers.from_array(np.concatenate([np.empty(0, np.int64), *(each.sorted for each in every)]))


def _read(text: str, *, where: str) -> Numbers:
    """One NHS number a line, spaces admitted. Raises BadInput naming the line, and never printing it."""
    found = []
    for line, written in enumerate(text.splitlines(), start=1):
        if not written.strip(" ,"):
            continue
        if (number := clean(written.strip(" ,"))) is None:
            raise BadInput(f"line {line} is not a valid NHS number", where=where)
        found.append(number)
    if not found:
        raise BadInput("it names nobody", where=where, todo="Write one NHS number a line.")
    return Numbers.of(found, where=where)


def path_of(vault: Vault, id: str, digest: str) -> Path:
    """Where the numbers of that digest lie."""
    return vault.folder / "objections" / f"{check_id(id, what=KIND)},{digest[:16]}.txt"
