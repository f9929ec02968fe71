"""Signed notes (c2sp.org/signed-note): a text, and lines that say who signed it.

Ed25519 of two types: signatures (0x01), and cosignatures that carry a time (0x04, c2sp.org/tlog-cosignature)."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from openhaven.log.points import is_plain_point
from openhaven.log.text import check_plain, decode_base64, encode_base64
from openhaven.model.errors import BadInput, NotVerified

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
TIME_BYTES = 8
MOST_SIGNATURES = 100
_DASH = "\u2014 "

Signer = Callable[[bytes], bytes] | Ed25519PrivateKey
"""What signs: a private key, or a function from a message to its 64-byte Ed25519 signature (a token, say)."""


@dataclass(frozen=True)
class VerifierKey:
    """A name and the 32-byte Ed25519 public key that signs under it, or cosigns. str() gives `name+id+base64`."""

    name: str
    public: bytes
    type: bytes = ED25519

    def __post_init__(self) -> None:
        _check_name(self.name, where="verifier key")
        if self.type not in (ED25519, COSIGNATURE):
            raise BadInput(f"key type 0x{self.type.hex()} is not read here, only 0x01 and 0x04", where=self.name)
        if len(self.public) != 32:
            raise BadInput(f"an Ed25519 key has 32 bytes, not {len(self.public)}", where=self.name)
        if not is_plain_point(self.public):
            raise BadInput("anybody can sign by this key, or it is written in another form", where=self.name)

    @property
    def key_id(self) -> bytes:
        """SHA-256(name, newline, type, public key), its first four bytes."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.type + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(self.type + self.public)}"

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made this signature of this text. A cosignature is eight bytes of time, then the rest."""
        if self.type == COSIGNATURE:
            time, signature = signature[:TIME_BYTES], signature[TIME_BYTES:]
            if time[:1] >= b"\x80":  # a time is at most 2**63 - 1
                return False
            text = cosigned(text, int.from_bytes(time, "big"))
        if not is_plain_point(signature[:32]):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signature:
    """One signature line: the signer's name, the four-byte key id, and the signature itself."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True)
class Note:
    """A text ending in a newline, and its signatures. Nothing in it is to be believed before verify_note."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


def cosigned(text: bytes, time: int) -> bytes:
    """The message that a cosigner signs at a time (seconds since 1970): two lines, then the text of the note."""
    return b"cosignature/v1\ntime %d\n" % time + text


def verifier_key(name: str, private: Ed25519PrivateKey) -> VerifierKey:
    """The public half of a private key, under a name."""
    return VerifierKey(name, private.public_key().public_bytes_raw())


def parse_verifier_key(text: str) -> VerifierKey:
    """Read `name+id+base64(type || key)`. Raises BadInput that says which part is wrong."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise BadInput("a verifier key is written name+id+key", where=text[:60])
    name, key_id, encoded = parts
    material = decode_base64(encoded, where=name)
    key = VerifierKey(name, material[1:], material[:1])
    if key.key_id.hex() != key_id:
        raise BadInput(f"the key id says {key_id[:60]!r}, the key itself {key.key_id.hex()!r}", where=name)
    return key


def sign_note(text: str, *, key: VerifierKey, signer: Signer) -> str:
    """The signed note of `text`. Raises BadInput when the signer does not hold the private half of `key`."""
    if not text.endswith("\n"):
        raise BadInput("a note's text ends with a newline", where="note")
    check_plain(text, where="note")
    sign = signer.sign if isinstance(signer, Ed25519PrivateKey) else signer
    value = sign(text.encode())
    if not key.holds(text.encode(), value):
        raise BadInput("the signer's key is not the one that verifiers are told of", where=str(key))
    return str(Note(text, (Signature(key.name, key.key_id, value),)))


def parse_note(note: str) -> Note:
    """Part a signed note into text and signatures, without verifying. Raises BadInput."""
    check_plain(note, where="note")
    text, gap, signatures = note.rpartition("\n\n")
    if not gap:
        raise BadInput("no empty line parts a text from its signatures", where="note")
    if not signatures.endswith("\n"):
        raise BadInput("the signature lines are missing, or cut short", where="note")
    lines = signatures[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadInput(f"{len(lines)} signatures; at most {MOST_SIGNATURES} are read", where="note")
    return Note(text + "\n", tuple(map(_parse_signature, lines)))


def verify_note(note: Note, trusted: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Which trusted keys signed. Raises NotVerified when none did, or when one of their signatures is wrong.

    Lines of unknown keys are passed over, as the format demands: witnesses and later keys add such lines.
    """
    known = _by_name_and_id(trusted)
    signers: dict[VerifierKey, None] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not key.holds(note.text.encode(), signature.value):
            raise NotVerified(f"the signature does not fit the text; the key is {key}", where=signature.name)
        signers[key] = None
    if not signers:
        found = ", ".join(f"{one.name}+{one.key_id.hex()}" for one in note.signatures)
        raise NotVerified(f"signed by an unknown key: {found}", todo="Give the keys that you trust.")
    return tuple(signers)


def _by_name_and_id(keys: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise BadInput("two different trusted keys share this name and id", where=str(key))
    return known


def _parse_signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not encoded:
        raise BadInput(f"not a signature line: {line[:60]!r}", where="note")
    _check_name(name, where="signature line")
    value = decode_base64(encoded, where=name)
    if len(value) < 5:
        raise BadInput("a signature has a four-byte key id and more", where=name)
    return Signature(name, value[:4], value[4:])


def _check_name(name: str, *, where: str) -> None:
    check_plain(name, where=where)
    if "+" in name or name.split() != [name]:
        raise BadInput(f"a key name is not empty and has no space or plus sign: {name[:60]!r}", where=where)
