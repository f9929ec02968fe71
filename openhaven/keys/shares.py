"""The keys of a haven in shares on paper or sticks, each for another person: two of three bring them back.

Shared are the masters and the signing keys. The secrets of pseudonym scopes are not: they lie in the haven and its
backups, and serve nobody without the master. What comes of shares is checked against the ids that they state."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.keys.files import (
    KEY_BYTES,
    CredentialKeys,
    FileKeys,
    pem,
    read_ed25519,
    secret_file,
    signing_file,
)
from openhaven.keys.folder import Keys
from openhaven.keys.private_files import check_given, sync_folder, write_new
from openhaven.keys.provider import Secret, Signing
from openhaven.keys.ring import Ring, master_id, parse_ring, read_ring, write_ring
from openhaven.keys.sharing import join, split
from openhaven.model.errors import BadInput

FORMAT = "openhaven.keys.share/1"
_ORDER = (Secret.PSEUDONYMS, Secret.VAULT, Secret.TAGS, Signing.LOG, Signing.PACKAGES)


@dataclass(frozen=True, slots=True)
class Share:
    """One share: of which set, its number, how many are needed, and its bytes in hex. `ring` says which keys it is of;
    `check` is of all the rest, so that a slip of the pen is told from another's share."""

    format: str
    haven: str
    set: str
    number: int
    needed: int
    ring: str
    value: str = field(repr=False)
    check: str = ""

    def checked(self) -> Share:
        """The same, its check made."""
        return Share(**{**asdict(self), "check": self._digest()})

    def is_whole(self) -> bool:
        """Whether it is as it was written."""
        return self.check == self._digest()

    def _digest(self) -> str:
        rest = {name: value for name, value in asdict(self).items() if name != "check"}
        return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:32]

    def __bytes__(self) -> bytes:
        return json.dumps(asdict(self), indent=2).encode() + b"\n"


def split_keys(keys: Keys, outs: Sequence[Path], *, haven: str, needed: int) -> None:
    """Write a share into each of these new files. Raises BadInput where one is there, or a token holds the keys."""
    if there := next((each for each in outs if each.exists()), None):
        raise BadInput("is there already", where=str(there), todo="Name a new file for each share.")
    whole, named = b"".join(_held(keys)), secrets.token_hex(8)
    made = split(whole, shares=len(outs), needed=needed, chance=secrets.token_bytes)
    ring = bytes(_ring_of_all(keys)).decode()
    written: list[Path] = []
    try:
        for out, (number, value) in zip(outs, made.items(), strict=True):
            share = Share(FORMAT, haven, named, number, needed, ring, value.hex()).checked()
            if not write_new(out, bytes(share)):
                raise BadInput("is there already", where=str(out))
            written.append(out)
    except BaseException:
        for each in written:
            each.unlink(missing_ok=True)
        raise


def _held(keys: Keys) -> list[bytes]:
    """The bytes of each key, in their order. Raises BadInput where they never leave what holds them."""
    provider = keys.provider
    if not isinstance(provider, FileKeys | CredentialKeys):
        raise BadInput("keys in a token never leave it, so no shares are made", todo="Use the token's own backup.")
    found = []
    for name in _ORDER:
        if isinstance(name, Secret):
            found.append(provider.secret(name))
        else:
            file = provider.folder / signing_file(name, keys.ring.signing[name].number)
            found.append(read_ed25519(file, check_given, todo="").private_bytes_raw())
    return found


def _ring_of_all(keys: Keys) -> Ring:
    masters = {name: master_id(name, keys.provider.secret(name)) for name in _ORDER if isinstance(name, Secret)}
    return Ring(keys.ring.signing, masters)


def read_share(path: Path) -> Share:
    """Read a share. Raises BadInput where it is none, or was altered."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        share = Share(**plain)
        if {type(share.number), type(share.needed)} != {int}:
            raise TypeError("numbers are whole")
        bytes.fromhex(share.value)
        share.ring.encode()
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise BadInput("this is not a share of a haven's keys", where=str(path)) from None
    if share.format != FORMAT:
        raise BadInput(f"a share of the format {share.format!r} is not read here", where=str(path))
    if not share.is_whole():
        raise BadInput("this share was altered or damaged", where=str(path), todo="Use another person's share.")
    return share


def restore_keys(paths: Sequence[Path], folder: Path, *, haven: str) -> Ring:
    """Bring the keys back into a folder from shares, as files. A break is finished by the same command again.

    Raises BadInput, with nothing written, where shares are too few, of different sets, or do not give the keys that
    they name; or where the folder says that the haven has others."""
    shares = _one_set([read_share(each) for each in paths], haven=haven)
    ring = parse_ring(shares[0].ring.encode(), where=str(paths[0]))
    here = read_ring(folder) if folder.is_dir() else None
    if here is not None and not _same(here, ring):
        raise BadInput(
            "the shares are of other keys than this haven has now",
            where=str(folder),
            todo="Shares are made anew after a rotation: haven keys split",
        )
    files = _files(shares, ring)
    for name, content in files.items():
        if (folder / name).exists() and (folder / name).read_bytes() != content:
            raise BadInput("there is another key here, and keys are never replaced", where=str(folder / name))
    for part in (folder, folder / "scopes"):
        part.mkdir(mode=0o700, exist_ok=True)
    for name, content in files.items():
        write_new(folder / name, content)
    if here is None:
        write_ring(folder, ring)
    sync_folder(folder)
    return ring


def _one_set(shares: Sequence[Share], *, haven: str) -> Sequence[Share]:
    first = shares[0]
    if first.haven != haven:
        raise BadInput(f"these shares are of the haven {first.haven}, and this is {haven}")
    if any((each.haven, each.set, each.ring, each.needed) != (first.haven, first.set, first.ring, first.needed)
           for each in shares):  # fmt: skip
        raise BadInput("these shares were not made together", todo="Use shares of one set.")
    needed, here = max(first.needed, 2), len({each.number for each in shares})
    if here < needed:
        raise BadInput(f"{needed} different shares are needed, and here {'is' if here == 1 else 'are'} {here}")
    return shares


def _files(shares: Sequence[Share], ring: Ring) -> Mapping[str, bytes]:
    """The files of the keys, each seen to be the one that the shares name."""
    whole = join({each.number: bytes.fromhex(each.value) for each in shares})
    wrong = BadInput(
        "the shares do not give the keys that they name, so one is not what was handed out; nothing was written",
        todo="Use another person's share.",
    )
    if len(whole) != KEY_BYTES * len(_ORDER):
        raise wrong
    files = {}
    for at, name in enumerate(_ORDER):
        key = whole[at * KEY_BYTES : (at + 1) * KEY_BYTES]
        if isinstance(name, Secret):
            right, files[secret_file(name)] = ring.masters.get(name) == master_id(name, key), key.hex().encode()
        else:
            private, generation = Ed25519PrivateKey.from_private_bytes(key), ring.signing[Signing(name)]
            right = private.public_key().public_bytes_raw() == generation.public
            files[signing_file(Signing(name), generation.number)] = pem(private)
        if not right:
            raise wrong
    return files


def _same(here: Ring, shared: Ring) -> bool:
    return here.signing == shared.signing and all(shared.masters.get(name) == id for name, id in here.masters.items())
