"""Passwords that were stolen elsewhere, by a file of their hashes that an operator brings; no other host is asked."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import BinaryIO

from django.core.exceptions import ValidationError

from openhaven.model.errors import BadInput

_HASH = re.compile(r"[0-9A-F]{40}")


class Stolen:
    """Refuses a password whose SHA-1 stands in a file: one hash a line in hexadecimal and in their order, whatever
    follows a colon."""

    def __init__(self, file: str) -> None:
        self._file = Path(file)

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError; and OSError where there is no such file, since silence would let all of them by."""
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        if self._holds(wanted):
            raise ValidationError("This password was stolen somewhere and is known. Choose another.", "stolen")

    def get_help_text(self) -> str:
        """What is asked of a password."""
        return "It cannot be one that is known to have been stolen."

    def _holds(self, wanted: str) -> bool:
        """Found by halving: the place at or after which the first line is not before what is wanted."""
        with self._file.open("rb") as file:
            low, high = 0, self._file.stat().st_size
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if _hash_at(file, middle) >= wanted else (middle + 1, high)
            return _hash_at(file, low) == wanted


def _hash_at(file: BinaryIO, place: int) -> str:
    """The hash of the first line that begins there or later; after all of them where there is none."""
    file.seek(max(0, place - 1))
    if place:
        file.readline()
    return file.readline()[:40].decode("ascii", "replace").upper() or "~"


def check_stolen(file: Path) -> None:
    """Raises BadInput where this is no file of hashes."""
    if not file.is_file():
        raise BadInput("there is no such file of stolen passwords", where=str(file), todo="Look at haven.toml.")
    with file.open("rb") as opened:
        if not _HASH.fullmatch(_hash_at(opened, 0)):
            raise BadInput(
                "the first line is no SHA-1 hash", where=str(file), todo="One stands in each line, in order."
            )
