"""Masters that a haven had before it moved into a token (keys/moved.json).

The token gives its masters by an HMAC, so that none can be put into it. Each of these is kept masked instead: combined,
bit by bit, with the HMAC of a text that is used for nothing else. Without the token the file tells nothing (an HMAC
under a key that nobody knows cannot be told from chance, and each masks 32 bytes, once), and without the file the token
gives other masters, which keys.json finds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from openhaven.keys.private_files import check_private, replace
from openhaven.keys.provider import Secret
from openhaven.model.errors import BadInput, HavenError

FILE = "moved.json"
FORMAT = 1
_BYTES = 32


def read_masks(folder: Path) -> Mapping[Secret, bytes]:
    """The masked masters in a haven's folder of keys; none where nothing was moved. Raises HavenError."""
    path = folder / FILE
    if not path.exists():
        return {}
    check_private(path)
    try:
        plain = json.loads(path.read_bytes())
        masks = {Secret(name): bytes.fromhex(each) for name, each in plain["masters"].items()}
        if plain["format"] != FORMAT or {len(each) for each in masks.values()} != {_BYTES}:
            raise ValueError
        return masks
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise HavenError(
            "this does not hold the masters that were moved into the token",
            where=str(path),
            todo="Restore it from the backup.",
        ) from None


def write_masks(folder: Path, masks: Mapping[Secret, bytes]) -> None:
    """Write them, whole or not at all, in the place of those that are there."""
    plain = {"format": FORMAT, "masters": {str(name): each.hex() for name, each in masks.items()}}
    replace(folder / FILE, json.dumps(plain, indent=2).encode() + b"\n")


def already_moved(folder: Path) -> BadInput:
    """What is said where keys were moved before."""
    return BadInput(
        "these keys were moved into a token before, and not into this one",
        where=str(folder / FILE),
        todo="Set keys.provider to that token; or remove this file, where that token is in use no more.",
    )


def combined(one: bytes, other: bytes) -> bytes:
    """One mask taken off, or put on: the same twice gives what was there."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
