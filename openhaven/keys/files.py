"""Keys as files: in the haven's folder, or in one that is filled from outside (systemd's credentials, say).

master.key, vault.key, tags.key, service.key (32 bytes, hex) · signing.key and log.key (Ed25519, PEM), and after a
rotation signing.2.key, log.2.key and so on."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from openhaven.keys.private_files import check_given, check_private, overwrite, write_new
from openhaven.keys.provider import Secret, Signing
from openhaven.model.errors import BadInput, HavenError

KEY_BYTES = 32
CREDENTIALS = "CREDENTIALS_DIRECTORY"
_RESTORE = "Restore it from the backup, or from its shares: haven keys restore"


@dataclass(frozen=True, slots=True)
class FileKeys:
    """Keys in a folder that is ours: made, read and destroyed here."""

    folder: Path
    _read: dict[str, Ed25519PrivateKey] = field(default_factory=dict, repr=False, compare=False)

    @property
    def where(self) -> str:
        return f"files in {self.folder}"

    def secret(self, name: Secret) -> bytes:
        return read_secret(self.folder / secret_file(name), check_private, todo=_RESTORE)

    def has(self, name: Signing, generation: int) -> bool:
        return (self.folder / signing_file(name, generation)).exists()

    def public(self, name: Signing, generation: int) -> bytes:
        return self._private(name, generation).public_key().public_bytes_raw()

    def sign(self, name: Signing, generation: int, message: bytes) -> bytes:
        return self._private(name, generation).sign(message)

    def make_secret(self, name: Secret) -> None:
        write_new(self.folder / secret_file(name), secrets.token_bytes(KEY_BYTES).hex().encode())

    def make(self, name: Signing, generation: int) -> None:
        path = self.folder / signing_file(name, generation)
        if not write_new(path, pem(Ed25519PrivateKey.generate())):
            raise BadInput("there is a key here already, and it is never replaced", where=str(path))

    def destroy(self, name: Signing, generation: int) -> bool:
        path = self.folder / signing_file(name, generation)
        self._read.pop(path.name, None)
        if path.exists():
            overwrite(path)
        return True

    def _private(self, name: Signing, generation: int) -> Ed25519PrivateKey:
        file = signing_file(name, generation)
        if file not in self._read:  # once in a process: the log signs at every entry
            self._read[file] = read_ed25519(self.folder / file, check_private, todo=_RESTORE)
        return self._read[file]


@dataclass(frozen=True, slots=True)
class CredentialKeys:
    """Keys in a folder that something else fills, and only it: read here, never made and never destroyed."""

    folder: Path
    _read: dict[str, Ed25519PrivateKey] = field(default_factory=dict, repr=False, compare=False)

    @property
    def where(self) -> str:
        return f"credentials in {self.folder}"

    def secret(self, name: Secret) -> bytes:
        return read_secret(self.folder / secret_file(name), check_given, todo=self._todo(secret_file(name)))

    def has(self, name: Signing, generation: int) -> bool:
        return (self.folder / signing_file(name, generation)).exists()

    def public(self, name: Signing, generation: int) -> bytes:
        return self._private(name, generation).public_key().public_bytes_raw()

    def sign(self, name: Signing, generation: int, message: bytes) -> bytes:
        return self._private(name, generation).sign(message)

    def make_secret(self, name: Secret) -> None:
        self.secret(name)

    def make(self, name: Signing, generation: int) -> None:
        self._private(name, generation)

    def destroy(self, name: Signing, generation: int) -> bool:
        return not self.has(name, generation)

    def _private(self, name: Signing, generation: int) -> Ed25519PrivateKey:
        file = signing_file(name, generation)
        if file not in self._read:
            self._read[file] = read_ed25519(self.folder / file, check_given, todo=self._todo(file))
        return self._read[file]

    def _todo(self, file: str) -> str:
        return f"Give the service a credential named {file} (haven keys make DIR makes new ones)."


def credentials_folder(named: str, *, home: Path, environment: Mapping[str, str]) -> Path:
    """The folder of credentials: that of the settings, else systemd's. Raises BadInput where none is named."""
    found = named or environment.get(CREDENTIALS, "")
    if not found:
        raise BadInput(
            f"keys.provider is credentials, and neither keys.folder nor ${CREDENTIALS} names their folder",
            todo="Run the command as the service does (systemd-run with LoadCredentialEncrypted), or set keys.folder.",
        )
    folder = home / found
    if not folder.is_dir():
        raise HavenError("the folder of credentials is not here", where=str(folder))
    check_given(folder)
    return folder


def secret_file(name: Secret) -> str:
    """The file of a master."""
    return f"{name}.key"


def signing_file(name: Signing, generation: int) -> str:
    """The file of a signing key; the first has no number."""
    return f"{name}.key" if generation == 1 else f"{name}.{generation}.key"


def pem(key: Ed25519PrivateKey) -> bytes:
    """A private key as its file holds it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_secret(path: Path, check: Callable[[Path], None], *, todo: str) -> bytes:
    """32 bytes from 64 characters of hex. Raises HavenError."""
    text = _read(path, check, todo=todo).strip()
    if not re.fullmatch(rb"[0-9a-f]{64}", text):
        raise HavenError("this is not a key of 32 bytes in hex", where=str(path), todo=todo)
    return bytes.fromhex(text.decode())


def read_ed25519(path: Path, check: Callable[[Path], None], *, todo: str) -> Ed25519PrivateKey:
    """An Ed25519 key from PEM. Raises HavenError."""
    try:
        key = load_pem_private_key(_read(path, check, todo=todo), password=None)
    except (ValueError, TypeError):  # TypeError: it is encrypted
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise HavenError("this is not an Ed25519 private key", where=str(path), todo=todo)
    return key


def _read(path: Path, check: Callable[[Path], None], *, todo: str) -> bytes:
    try:
        check(path)
        return path.read_bytes()
    except OSError as error:
        what = os.strerror(error.errno) if error.errno else str(error)
        raise HavenError(f"the key cannot be read: {what}", where=str(path), todo=todo) from error
