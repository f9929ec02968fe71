"""Where everything in the vault lies, and how a file comes to lie there whole: written aside, synced, then renamed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openhaven.keys.folder import VaultKey
from openhaven.model.errors import BadInput

FORMAT = 1
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def check_id(id: str, *, what: str) -> str:
    """An id that is safe as the name of a folder. Raises BadInput."""
    if not _ID.fullmatch(id):
        raise BadInput(
            f"{what} {id!r} cannot name a folder", todo="Use letters, digits, dots, hyphens and underscores."
        )
    return id


@dataclass(frozen=True, slots=True)
class Vault:
    """One vault: its folder, the key that numbers people in it, and what a delivery may use (0 threads: all)."""

    folder: Path
    key: VaultKey
    memory: str = "2GB"
    threads: int = 0

    def dataset(self, dataset: str) -> Path:
        """The folder of a dataset."""
        return self.folder / "datasets" / check_id(dataset, what="dataset")

    def delivery(self, dataset: str, delivery: str) -> Path:
        """The folder of a delivery that was taken."""
        return self.dataset(dataset) / "deliveries" / check_id(delivery, what="delivery")

    def staging(self, dataset: str, delivery: str) -> Path:
        """The folder where a delivery is made ready, on the same disk as where it will lie."""
        return self.dataset(dataset) / "staging" / check_id(delivery, what="delivery")

    def quarantine(self, delivery: str) -> Path:
        """The folder of what a delivery held that was not taken."""
        return self.folder / "quarantine" / check_id(delivery, what="delivery")

    def lock(self, name: str) -> Path:
        """The file that whoever works on this delivery holds locked."""
        return self.folder / "locks" / check_id(name, what="lock")

    @property
    def metadata(self) -> dict[str, str]:
        """What every vault file says of itself."""
        return {"openhaven.format": str(FORMAT), "openhaven.key": self.key.id}


def private_folder(path: Path) -> Path:
    """Make the folder and its missing parents, for the owner alone."""
    for each in (*reversed(path.parents), path):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
    return path


def sync(path: Path) -> None:
    """Have the disk hold what was written to this file, or which names this folder holds."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a document under a temporary name, sync it and rename it into place."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sync(aside)
    aside.rename(path)
    sync(path.parent)


def read_json(path: Path, *, where: str) -> Any:
    """A JSON document. Raises BadInput where there is none, or programs may differ in what they read in it."""
    try:
        text = path.read_text("utf-8-sig")
        content = json.loads(text, object_pairs_hook=_no_name_twice)
        json.dumps(content, ensure_ascii=False).encode()
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=where) from None
    except UnicodeDecodeError:
        raise BadInput("this is not UTF-8 text", where=where, todo="Save it as UTF-8.") from None
    except UnicodeEncodeError:
        raise BadInput("half a character stands in it, as \\ud800 is", where=where, todo="Write it whole.") from None
    except RecursionError:
        raise BadInput("this is not JSON: its lists and objects lie too deep in each other", where=where) from None
    except ValueError as error:
        raise BadInput(f"this is not JSON: {error}", where=where) from None
    return content


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for at, (name, _) in enumerate(pairs) if name in dict(pairs[:at]))
        raise ValueError(f"{twice!r} stands twice in one object, and nobody can tell which is meant")
    return found
