"""Sealing with age: data to a package's own identity, and that identity to the recipient's key of record.

Whoever holds a recipient's identity file can open a package with any age program; nothing here is special to us.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyrage  # type: ignore[import-untyped]

from openhaven.model.errors import BadInput, HavenError, NotVerified


@dataclass(frozen=True, slots=True)
class Digest:
    """Size and SHA-256 (hex) of what went by."""

    bytes: int
    sha256: str


class Counted(io.RawIOBase):
    """A binary stream that counts and hashes what goes by, so that nothing is read twice or held whole.

    What goes wrong is kept in `problem`: pyrage turns it into an error of its own, and loses it altogether when it
    happens as the last piece is written.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._hash, self._bytes = stream, hashlib.sha256(), 0
        self.problem: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        with self._kept():
            chunk = self._stream.read(size)
        self._count(chunk)
        return chunk

    def write(self, chunk: bytes) -> int:  # type: ignore[override]
        with self._kept():
            self._stream.write(chunk)
        self._count(chunk)
        return len(chunk)

    def flush(self) -> None:
        with self._kept():
            if not self._stream.closed:
                self._stream.flush()

    def check(self) -> None:
        """Raises what went wrong, if anything did."""
        if self.problem is not None:
            raise self.problem

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except BaseException as problem:
            self.problem = self.problem or problem
            raise

    @property
    def digest(self) -> Digest:
        """What went by until now."""
        return Digest(self._bytes, self._hash.hexdigest())

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._bytes += len(chunk)


def digest_file(path: Path) -> Digest:
    """Size and SHA-256 of a file, read in pieces."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256")
        return Digest(source.tell(), digest.hexdigest())


def new_identity() -> str:
    """A fresh X25519 identity, `AGE-SECRET-KEY-1…`. Secret."""
    return str(pyrage.x25519.Identity.generate())


def recipient_of(identity: str) -> str:
    """The recipient (`age1…`) that an identity opens for."""
    return str(pyrage.x25519.Identity.from_str(identity).to_public())


def check_recipient(key: str, *, where: str) -> str:
    """An age recipient as it should be. Raises BadInput for anything else, an identity above all."""
    if key.upper().startswith("AGE-SECRET-KEY-"):
        raise BadInput(
            "this is a secret key; only the recipient may have it",
            where=where,
            todo="Destroy this copy, and ask for the public key, which begins with age1.",
        )
    _recipient(key, where=where)
    return key


def seal_stream(source: BinaryIO, target: BinaryIO, *, to: str) -> tuple[Digest, Digest]:
    """Encrypt one stream to another in bounded memory; the digests of what was read and of what was written."""
    plain, sealed, recipient = Counted(source), Counted(target), _recipient(to, where="sealing")
    try:
        pyrage.encrypt_io(plain, sealed, [recipient])
    finally:
        plain.check()
        sealed.check()
    return plain.digest, sealed.digest


def seal_file(source: Path, target: Path, *, to: str) -> tuple[Digest, Digest]:
    """Encrypt a file to a new one."""
    with source.open("rb") as plain, target.open("xb") as sealed:
        return seal_stream(plain, sealed, to=to)


def seal_bytes(data: bytes, *, to: str) -> bytes:
    """Encrypt what is small enough to hold."""
    return bytes(pyrage.encrypt(data, [_recipient(to, where="sealing")]))


def unseal_stream(source: BinaryIO, target: BinaryIO, *, identity: str, where: str) -> Digest:
    """Decrypt one stream to another; the digest of the plain data.

    Raises NotVerified where the data was altered, cut short, or sealed for another identity.
    """
    sealed, plain = Counted(source), Counted(target)
    try:
        try:
            pyrage.decrypt_io(sealed, plain, [pyrage.x25519.Identity.from_str(identity)])
        finally:
            sealed.check()
            plain.check()
    except (pyrage.DecryptError, OSError) as problem:
        raise _why_not_opened(problem, own=problem in (sealed.problem, plain.problem), where=where) from None
    return plain.digest


def _why_not_opened(problem: Exception, *, own: bool, where: str) -> HavenError:
    """`own` says that reading or writing failed, and not the decryption."""
    if not own:
        return NotVerified(
            f"cannot be decrypted: altered, cut short, or sealed for another key ({problem})", where=where
        )
    reason = problem.strerror if isinstance(problem, OSError) else ""
    return HavenError(
        f"could not be opened ({reason or problem})",
        where=where,
        todo="Nothing was kept. Make room, or choose another folder.",
    )


def unseal_bytes(data: bytes, *, identity: str, where: str) -> bytes:
    """Decrypt what is small enough to hold. Raises NotVerified."""
    plain = io.BytesIO()
    unseal_stream(io.BytesIO(data), plain, identity=identity, where=where)
    return plain.getvalue()


def unseal_key(sealed: bytes, *, key_file: Path, where: str) -> str:
    """The package's identity, from `key.age` and the recipient's age identity file.

    Raises BadInput where the file holds no age identity or the wrong one, NotVerified where `key.age` is damaged.
    """
    identities = _identities(key_file)
    try:
        text = bytes(pyrage.decrypt(sealed, identities)).decode()
        return str(pyrage.x25519.Identity.from_str(text.strip()))
    except pyrage.DecryptError as problem:
        if "matching" in str(problem):
            raise BadInput(
                "this key does not open the package, which is sealed for another",
                where=str(key_file),
                todo="Use the key whose public half is on record for you.",
            ) from None
        raise NotVerified(f"altered or cut short ({problem})", where=where) from None
    except (OSError, ValueError, pyrage.IdentityError) as problem:
        raise NotVerified(f"altered or cut short ({problem})", where=where) from None


def _recipient(key: str, *, where: str) -> "pyrage.x25519.Recipient":
    try:
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError as problem:
        raise BadInput(
            f"{key[:70]!r} is not an age public key ({problem})",
            where=where,
            todo="It begins with age1 and is made by age-keygen.",
        ) from None


def _identities(key_file: Path) -> list["pyrage.x25519.Identity"]:
    try:
        lines = [line.strip() for line in key_file.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"cannot be read as an age identity file ({problem})", where=str(key_file)) from None
    wanted = [line for line in lines if line and not line.startswith("#")]
    try:
        identities = [pyrage.x25519.Identity.from_str(line) for line in wanted]
    except pyrage.IdentityError:
        identities = []
    if not identities:
        raise BadInput(
            "holds no age identity",
            where=str(key_file),
            todo="It is a text file with one line AGE-SECRET-KEY-1…, as age-keygen writes it.",
        )
    return identities
