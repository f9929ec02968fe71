"""Which keys are a haven's: their public halves, and ids that tell nothing of them (keys/keys.json).

With it a key that is another's, or of another time, is found when the haven is opened, and not by what it spoils."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from openhaven.keys.private_files import check_private
from openhaven.keys.private_files import replace as write_over
from openhaven.keys.provider import KeyProvider, Secret, Signing
from openhaven.model.errors import HavenError

FILE = "keys.json"
FORMAT = 2
"""Of the folder of keys. Format 1 had no such file, and one generation of each signing key."""

_TODO = "Restore the haven's keys from the backup, or from their shares: haven keys restore"


@dataclass(frozen=True, slots=True)
class Generation:
    """A signing key by its number, which goes up by one at each rotation, and its 32-byte public half."""

    number: int
    public: bytes

    def __post_init__(self) -> None:
        if self.number < 1 or len(self.public) != 32:
            raise ValueError("a signing key has a number from 1 and a public half of 32 bytes")


@dataclass(frozen=True, slots=True)
class Ring:
    """The signing keys in use, and the id of each master."""

    signing: Mapping[Signing, Generation]
    masters: Mapping[Secret, str]

    def __post_init__(self) -> None:
        if set(self.signing) != set(Signing) or not set(self.masters) <= set(Secret):
            raise ValueError("the signing keys are log and signing")

    def __bytes__(self) -> bytes:
        signing = {
            str(name): {"generation": each.number, "public": each.public.hex()} for name, each in self.signing.items()
        }
        plain = {"format": FORMAT, "signing": signing, "masters": {str(name): id for name, id in self.masters.items()}}
        return json.dumps(plain, indent=2).encode() + b"\n"

    def check(self, provider: KeyProvider) -> None:
        """Raise HavenError where what holds the keys holds others."""
        for name, each in self.signing.items():
            if provider.public(name, each.number) != each.public:
                raise _swapped(str(name), provider)
        for secret in set(self.masters) - {Secret.TAGS}:  # which is read when it is needed
            self.check_master(secret, provider)

    def check_master(self, name: Secret, provider: KeyProvider) -> bytes:
        """A master, where it is the one that this haven had. Raises HavenError."""
        key = provider.secret(name)
        if self.masters.get(name, id := master_id(name, key)) != id:
            raise _swapped(str(name), provider)
        return key


def ring_of(provider: KeyProvider, masters: Iterable[Secret]) -> Ring:
    """The ring of a haven that has none yet: the first generations, and these masters."""
    ids = {name: master_id(name, provider.secret(name)) for name in masters}
    return Ring({name: Generation(1, provider.public(name, 1)) for name in Signing}, ids)


def master_id(name: Secret, key: bytes) -> str:
    """16 hex characters that name a master and tell nothing of it."""
    return hashlib.sha256(f"openhaven {name} key 1".encode() + key).hexdigest()[:16]


def read_ring(folder: Path) -> Ring | None:
    """The ring in a folder of keys; None where an earlier version made it. Raises HavenError for a damaged or newer
    one."""
    path = folder / FILE
    if not path.exists():
        return None
    check_private(path)
    return parse_ring(path.read_bytes(), where=str(path))


def parse_ring(data: bytes, *, where: str) -> Ring:
    """The ring in the bytes of its file. Raises HavenError for a damaged or newer one."""
    try:
        plain = json.loads(data)
        if type(plain["format"]) is int and plain["format"] > FORMAT:
            raise HavenError(
                f"the keys are in format {plain['format']}, and this version reads {FORMAT}",
                where=where,
                todo="A newer version wrote them. Use that version, or a later one.",
            )
        signing = {Signing(name): _generation(each) for name, each in plain["signing"].items()}
        return Ring(signing, {Secret(name): _id(id) for name, id in plain["masters"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise HavenError("this does not say which keys are the haven's", where=where, todo=_TODO) from None


def write_ring(folder: Path, ring: Ring) -> None:
    """Write it, whole or not at all."""
    write_over(folder / FILE, bytes(ring))


def _generation(plain: Mapping[str, object]) -> Generation:
    number = plain["generation"]
    if type(number) is not int:
        raise ValueError("a generation is a whole number")
    return Generation(number, bytes.fromhex(str(plain["public"])))


def _id(value: object) -> str:
    if not re.fullmatch(r"[0-9a-f]{16}", str(value)):
        raise ValueError("an id has 16 hex characters")
    return str(value)


def _swapped(name: str, provider: KeyProvider) -> HavenError:
    return HavenError(f"the key {name!r} is not the one that this haven had", where=provider.where, todo=_TODO)
