"""The ledger of tables as a file: brought up to date with each release, and made again from the releases at any time.

Whoever reads it compares its digest with the one that the last release committed to. Numbers lie in columns that are
read whole; what a table printed is read only where that table is looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from openhaven.disclosure.audit import Published
from openhaven.disclosure.ledger import Counted, Earlier, Facts, Ledger, Remembered, leaves_of, of_people

from .remembered import as_printed, printed

NAME = "ledger.arrow"
FORMAT = "1"
_LONG = ("units", "facts")  # 64 bits; the others need 32
_COLUMNS = ("units", "atom", "starts", "held", "part", "facts")
_FACTS = ("parts", "small", "columns", "simple", "alike")
_Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Covered:
    """A release that the ledger knows: its id, what it left (`table`, `records`, or nothing where it was made before
    there was a memory), and how many bytes are kept of whom it counts or holds."""

    id: str
    kind: str
    size: int


class KeptTables(Sequence[Earlier]):
    """Tables as text, each read when it is looked at."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.texts = texts
        self._read: dict[int, Earlier] = {}

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, at: int) -> Earlier: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Earlier]: ...
    def __getitem__(self, at: int | slice) -> Earlier | Sequence[Earlier]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        if at not in self._read:
            self._read[at] = _as_earlier(json.loads(self.texts[at]))
        return self._read[at]


@dataclass(frozen=True)
class KeptLedgers:
    """What was released of one dataset: the releases, in order, and a ledger of their tables of rows and one of those
    of people."""

    covered: tuple[Covered, ...]
    rows: Ledger
    people: Ledger

    @classmethod
    def of(cls, covered: Sequence[Covered], rows: Sequence[Remembered], people: Sequence[Remembered]) -> KeptLedgers:
        """Made from all releases."""
        return cls(tuple(covered), _kept(Ledger.of(rows)), _kept(Ledger.of(people)))

    def and_of(self, release: Covered, tables: Sequence[Remembered]) -> KeptLedgers:
        """With one release more: none of its tables, or that of rows and then those of people."""
        return KeptLedgers((*self.covered, release), _with(self.rows, tables[:1]), _with(self.people, tables[1:]))

    @cached_property
    def columns(self) -> list[dict[str, Any]]:
        """What is written, ledger by ledger."""
        return [_columns(each) for each in (self.rows, self.people)]

    @property
    def digest(self) -> str:
        """A SHA-256 of all that it says, however it is written."""
        found = hashlib.sha256(_text([[each.id, each.kind, each.size] for each in self.covered]))
        for each in self.columns:
            for name in _COLUMNS:
                found.update(f"\n{name} {len(each[name])}\n".encode())
                found.update(each[name].tobytes())
            for text in each["tables"]:
                found.update(hashlib.sha256(text).digest())
        return found.hexdigest()

    def write(self, path: Path, metadata: Mapping[str, str]) -> None:
        """Write it."""
        lists = {name: pa.array([each[name] for each in self.columns]) for name in _COLUMNS}
        lists["tables"] = pa.array([each["tables"] for each in self.columns], pa.large_list(pa.large_binary()))
        about = {"format": FORMAT, "covered": _text([[each.id, each.kind, each.size] for each in self.covered])}
        table = pa.table(lists).replace_schema_metadata({**metadata, **about})
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)


def remembered_in(release: str, tables: Sequence[Published], counted: Sequence[Counted]) -> list[Remembered]:
    """The tables of a release: of rows, and then what it tells of people, by its table of them and by that of rows."""
    found = [Remembered(release, table, who) for table, who in zip(tables, counted, strict=True)]
    read = of_people(*found[:2])
    return [*found, *([read] if read else [])]


def read_ledgers(path: Path) -> KeptLedgers | None:
    """As they were written; None where there are none, or what is there cannot be read."""
    try:
        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
            about = table.schema.metadata or {}
            if about.get(b"format") != FORMAT.encode():
                return None
            covered = tuple(Covered(*each) for each in json.loads(about[b"covered"]))
            return KeptLedgers(covered, *(_as_ledger(table, at) for at in (0, 1)))
    except (OSError, pa.ArrowInvalid, KeyError, ValueError, IndexError, TypeError):
        return None


def _kept(ledger: Ledger) -> Ledger:
    return replace(ledger, tables=KeptTables([_as_text(each) for each in ledger.tables]))


def _with(ledger: Ledger, tables: Sequence[Remembered]) -> Ledger:
    new = ledger.new_of(tables)
    if not new:
        return ledger
    texts = [*_texts(ledger), *(_as_text(each.earlier) for each in new)]
    return replace(replace(ledger, tables=()).and_of(new), tables=KeptTables(texts))


def _texts(ledger: Ledger) -> Sequence[bytes]:
    assert isinstance(ledger.tables, KeptTables)
    return ledger.tables.texts


def _columns(ledger: Ledger) -> dict[str, Any]:
    facts = np.stack([getattr(ledger.facts, name).astype(np.int64) for name in _FACTS])
    found = {name: facts.ravel() if name == "facts" else getattr(ledger, name) for name in _COLUMNS}
    kinds = {name: np.int64 if name in _LONG else np.int32 for name in _COLUMNS}
    return {name: each.astype(kinds[name]) for name, each in found.items()} | {"tables": _texts(ledger)}


def _as_ledger(table: pa.Table, at: int) -> Ledger:
    units, atom, starts, held, part, facts = (_numbers(table, name, at) for name in _COLUMNS)
    parts, small, columns, simple, alike = facts.reshape(len(_FACTS), -1)
    texts = table["tables"][at].values.to_pylist()
    sizes = np.bincount(atom) if len(atom) else atom
    asked = Facts(parts, small, columns, simple.astype(np.bool_), alike)
    return Ledger(KeptTables(texts), asked, units, atom, sizes, starts, held, part)


def _numbers(table: pa.Table, name: str, at: int) -> _Numbers:
    return np.asarray(table[name][at].values.to_numpy().astype(np.int64))


def _as_text(table: Earlier) -> bytes:
    cells = "" if table.apart else np.packbits(table.cells).tobytes().hex()
    return _text({"id": table.id, "printed": printed(table.published), "cells": cells, "parts": table.cells.shape[1]})


def _as_earlier(plain: Mapping[str, Any]) -> Earlier:
    published = as_printed(plain["printed"])
    if not plain["cells"]:
        return Earlier(plain["id"], published, leaves_of(published), apart=True)
    shape = (published.small.size, plain["parts"])
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(plain["cells"]), dtype=np.uint8), count=shape[0] * shape[1])
    return Earlier(plain["id"], published, bits.astype(np.bool_).reshape(shape), apart=False)


def _text(plain: Any) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
