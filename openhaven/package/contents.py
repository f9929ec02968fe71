"""What only who opens a package may know: exact size, rows and hash of the plain data, sealed beside it.

The manifest holds a salted commitment to these contents, so that nobody can guess at data from a public hash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from openhaven.log.entries import commitment
from openhaven.model.errors import BadInput
from openhaven.package.manifest import read_object

NAME = "contents.json"
PATH = f"data/{NAME}.age"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]*")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Held:
    """One file of plain data."""

    path: str
    bytes: int
    rows: int
    sha256: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.path) or self.path == NAME:
            raise BadInput(f"{self.path[:80]!r} is not a name for a file of data", where=NAME)
        if type(self.bytes) is not int or type(self.rows) is not int or not _HEX.fullmatch(self.sha256):
            raise BadInput(f"{self.path} needs a size, rows and a SHA-256", where=NAME)


@dataclass(frozen=True, slots=True)
class Contents:
    """The plain files of a release, and the 32-byte salt of the commitment to them."""

    release: str
    files: tuple[Held, ...]
    salt: bytes

    def __bytes__(self) -> bytes:
        """Canonical JSON (RFC 8785), with the salt."""
        return rfc8785.dumps({**self._plain(), "salt": self.salt.hex()})

    @property
    def commitment(self) -> str:
        """The public commitment: to the canonical JSON without the salt."""
        return commitment(rfc8785.dumps(self._plain()), self.salt)

    def _plain(self) -> Mapping[str, Any]:
        files = [
            {"path": each.path, "bytes": each.bytes, "rows": each.rows, "sha256": each.sha256} for each in self.files
        ]
        return {"format": 1, "release": self.release, "files": files}


def parse_contents(data: bytes) -> Contents:
    """Read contents. Raises BadInput."""
    fields = read_object(data, where=NAME)
    if fields.get("format") != 1:
        raise BadInput(f"format {str(fields.get('format'))[:40]} is not known", where=NAME)
    try:
        files = tuple(Held(**each) for each in fields["files"])
        return Contents(str(fields["release"]), files, bytes.fromhex(fields["salt"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise BadInput(f"not complete ({problem})", where=NAME) from None
