"""Each file read once as bytes: its digest, and what no reader of tables would say plainly about its encoding."""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from openhaven.model.errors import BadInput

from .arrival import DeliveredFile, Progress
from .texts import wide_encoding

_BLOCK = 4 << 20


class Form(StrEnum):
    """How a file holds its rows."""

    CSV = "CSV"
    PARQUET = "Parquet"
    NDJSON = "NDJSON"


_ENDINGS = {
    ".csv": Form.CSV,
    ".tsv": Form.CSV,
    ".txt": Form.CSV,
    ".parquet": Form.PARQUET,
    ".ndjson": Form.NDJSON,
    ".jsonl": Form.NDJSON,
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file whose bytes are known. `state` tells whether it changed since."""

    path: Path
    form: Form
    delivered: DeliveredFile
    state: tuple[int, int, int]

    @property
    def name(self) -> str:
        """Its name without the folders."""
        return self.path.name

    def check_unchanged(self) -> None:
        """Raises BadInput when the file is no longer the one that was hashed."""
        if _state(self.path) != self.state:
            raise BadInput(
                "the file changed while it was read", where=self.name, todo="Deliver it again once complete."
            )


def _state(path: Path) -> tuple[int, int, int]:
    now = path.stat()
    return now.st_size, now.st_mtime_ns, now.st_ino


def form_of(path: Path) -> Form:
    """The form by the file's ending. Raises BadInput for an ending that is not known."""
    if path.suffix.lower() not in _ENDINGS:
        raise BadInput(
            f"the ending {path.suffix!r} is not known",
            where=path.name,
            todo=f"Deliver a file that ends in {', '.join(_ENDINGS)}.",
        )
    return _ENDINGS[path.suffix.lower()]


def seal(path: Path, *, progress: Progress) -> Sealed:
    """Hash the file and, where it is text, check its encoding. Raises BadInput naming the file and the line."""
    form = form_of(path)
    if path.exists() and not path.is_file():
        raise BadInput("this is not a plain file", where=path.name, todo="Save what it holds in a file first.")
    try:
        state = _state(path)
        digest = _digest(path, size=state[0], form=form, progress=progress)
    except OSError as error:
        raise BadInput(f"cannot be read: {os.strerror(error.errno or 0)}", where=path.name) from None
    if not state[0]:
        raise BadInput("the file is empty", where=path.name)
    return Sealed(path, form, DeliveredFile(path.name, digest, state[0]), state)


def _digest(path: Path, *, size: int, form: Form, progress: Progress) -> str:
    sha256, text, done, check = hashlib.sha256(), _Text(path, form), 0, form is not Form.PARQUET
    for block in _blocks(path):
        sha256.update(block)
        if check:
            text.take(block)
        done += len(block)
        progress(f"reading {path.name}", done, size)
    if check:
        text.take(b"", final=True)
    return sha256.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


class _Text:
    """Checks UTF-8 as it streams by, counting lines so that a refusal can name one."""

    def __init__(self, path: Path, form: Form) -> None:
        self.path, self.form, self.line, self.first = path, form, 1, True
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def take(self, block: bytes, *, final: bool = False) -> None:
        if self.first and (wide := wide_encoding(block)):
            raise self._encoding(wide, 1)
        if self.first and self.form is Form.NDJSON and block.startswith(codecs.BOM_UTF8):
            name, better = self.path.name, f"{self.path.stem}-plain{self.path.suffix}"
            todo = f"Take it off: tail -c +4 '{name}' > '{better}'"
            raise BadInput("the file begins with a byte order mark, which JSON has not", where=name, todo=todo)
        self.first = False
        if (nul := block.find(0)) >= 0:
            line = self.line + block.count(b"\n", 0, nul)
            raise BadInput(
                f"line {line} has a NUL byte, which no text has",
                where=self.path.name,
                todo="The file was damaged, or is not text. Ask for it again.",
            )
        pending = self.decoder.getstate()[0]
        try:
            self.decoder.decode(block, final)
        except UnicodeDecodeError as error:
            bad = max(error.start - len(pending), 0)
            raise self._encoding("WINDOWS-1252", self.line + block.count(b"\n", 0, bad)) from None
        self.line += block.count(b"\n")

    def _encoding(self, likely: str, line: int) -> BadInput:
        name, better = self.path.name, f"{self.path.stem}-utf8{self.path.suffix}"
        return BadInput(
            f"line {line} is not UTF-8; the file is probably {likely}",
            where=name,
            todo=f"Convert it: iconv -f {likely} -t UTF-8 '{name}' > '{better}'",
        )
