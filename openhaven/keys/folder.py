"""The haven's keys as files in one folder that only its owner may enter.

master.key, vault.key, tags.key, service.key (32 bytes, hex) · signing.key and log.key (Ed25519, PEM) · scopes/<scope>.secret
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from openhaven.keys.private_files import check_private, overwrite, sync_folder, write_new
from openhaven.model.errors import BadInput, HavenError

KEY_BYTES = 32
TAGS = "tags.key"
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class VaultKey:
    """The key of the vault's person ids, and the id that files made under it carry."""

    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """16 hex characters that name the key and tell nothing of it."""
        return hashlib.sha256(b"openhaven vault key 1" + self.key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class TagsKey:
    """The master of people's tags in releases, and the id by which a release says under which its tags were made."""

    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """16 hex characters that name the key and tell nothing of it."""
        return hashlib.sha256(b"openhaven tags key 1" + self.key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one haven. Nothing of them is shown by repr()."""

    folder: Path
    master: bytes = field(repr=False)
    vault: VaultKey
    _signing: Ed25519PrivateKey = field(repr=False)
    _log: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def create(cls, folder: Path) -> Keys:
        """Make new keys in a folder that does not exist yet, or is empty. Raises BadInput where it is not."""
        if folder.exists() and any(folder.iterdir()):
            raise BadInput("there are keys here already, and they are never replaced", where=str(folder))
        made = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
        try:
            _write_keys(made)
            os.rename(made, folder)
        except OSError as error:
            raise HavenError(f"the keys could not be written: {error.strerror}", where=str(folder)) from error
        finally:
            shutil.rmtree(made, ignore_errors=True)
        sync_folder(folder.parent)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Keys:
        """Read the keys. Raises HavenError where one is missing, damaged, or open to others."""
        for path in (folder, folder / "scopes"):
            if not path.is_dir():
                raise HavenError(
                    "the haven's keys are not here",
                    where=str(path),
                    todo="Restore them from the backup; without them no pseudonym can be made again.",
                )
            check_private(path)
        return cls(
            folder=folder,
            master=_read_secret(folder / "master.key"),
            vault=VaultKey(_read_secret(folder / "vault.key")),
            _signing=_read_ed25519(folder / "signing.key"),
            _log=_read_ed25519(folder / "log.key"),
        )

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of this haven, for manifests."""
        return self._signing.sign(message)

    @property
    def signing_public(self) -> bytes:
        """The 32-byte public key that `sign` signs under."""
        return _public(self._signing)

    @property
    def tags(self) -> TagsKey:
        """The master of people's tags in releases, apart from that of pseudonyms: neither serves to make the other.

        Raises HavenError where it is missing."""
        if not (self.folder / TAGS).exists():
            raise HavenError(
                "the key of people's tags is not here",
                where=str(self.folder / TAGS),
                todo="Restore it from the backup; without it nobody can be told which releases held their record.",
            )
        return TagsKey(_read_secret(self.folder / TAGS))

    def make_tags(self) -> None:
        """Give a haven of an earlier version, which made no tags, the key for them."""
        write_new(self.folder / TAGS, secrets.token_bytes(KEY_BYTES).hex().encode())

    @property
    def log_signer(self) -> Callable[[bytes], bytes]:
        """Signs as the log, for checkpoints: a function from a message to its 64-byte Ed25519 signature."""
        return self._log.sign

    @property
    def log_public(self) -> bytes:
        """The 32-byte public key of the log."""
        return _public(self._log)

    def scope_secret(self, scope: str) -> bytes:
        """The scope's own 32 random bytes, made on first use.

        Raises BadInput for a name that is no scope id, HavenError where the secret was destroyed: one made anew
        under the same name would give the same people other pseudonyms, unseen.
        """
        path = self._scope_path(scope)
        if _tombstone(path).exists():
            raise HavenError(
                f"the pseudonyms of scope {scope} were destroyed, and cannot be made again",
                todo="Open a new epoch under the agreement.",
            )
        if not path.exists():
            write_new(path, secrets.token_bytes(KEY_BYTES).hex().encode())
        return _read_secret(path)

    def service_secret(self) -> bytes:
        """32 random bytes that sign the service's cookies and seal second factors; made on first use."""
        path = self.folder / "service.key"
        if not path.exists():
            write_new(path, secrets.token_bytes(KEY_BYTES).hex().encode())
        return _read_secret(path)

    def scopes(self) -> tuple[str, ...]:
        """The names of all scopes that have a secret, or had one."""
        return tuple(sorted({path.stem for path in (self.folder / "scopes").iterdir() if path.name[0] != "."}))

    def destroy_scope(self, scope: str) -> None:
        """Destroy a scope's secret, and with it its pseudonyms. A second time changes nothing.

        Raises BadInput where there never was one. Copies in backups are the operator's to destroy.
        """
        path = self._scope_path(scope)
        if not path.exists() and not _tombstone(path).exists():
            raise BadInput(f"there is no scope {scope}")
        write_new(_tombstone(path), b"")  # first, so that nobody makes it anew in between
        if path.exists():
            overwrite(path)

    def _scope_path(self, scope: str) -> Path:
        if not _SCOPE.fullmatch(scope):
            raise BadInput(
                f"{scope!r} is not the id of a scope",
                todo="Use letters, digits, dots, hyphens and underscores, at most 128 of them.",
            )
        return self.folder / "scopes" / f"{scope}.secret"


def _tombstone(path: Path) -> Path:
    return path.with_suffix(".destroyed")


def _write_keys(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True)
    (folder / "scopes").mkdir(mode=0o700)
    for name in ("master.key", "vault.key", TAGS):
        write_new(folder / name, secrets.token_bytes(KEY_BYTES).hex().encode())
    for name in ("signing.key", "log.key"):
        key = Ed25519PrivateKey.generate()
        write_new(folder / name, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _read(path: Path) -> bytes:
    try:
        check_private(path)
        return path.read_bytes()
    except OSError as error:
        raise HavenError(
            f"the key cannot be read: {error.strerror}", where=str(path), todo="Restore it from the backup."
        ) from error


def _read_secret(path: Path) -> bytes:
    text = _read(path).strip()
    if not re.fullmatch(rb"[0-9a-f]{64}", text):
        raise HavenError("this is not a key of 32 bytes in hex", where=str(path), todo="Restore it from the backup.")
    return bytes.fromhex(text.decode())


def _read_ed25519(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(path), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise HavenError("this is not an Ed25519 private key", where=str(path), todo="Restore it from the backup.")
    return key


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
