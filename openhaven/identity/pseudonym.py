"""Pseudonyms: AES-256-CMAC (RFC 4493, with the key length of NIST SP 800-38B) over whole columns at a time.

An NHS number is one full block, so its CMAC is one AES call over contiguous memory; any other value is typed and
length-prefixed under another tag, and values of one length go through the cipher together.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openhaven.model.errors import BadInput
from openhaven.model.words import FieldType

from ._texts import Bytes, Texts, one_array, texts

KEY_BYTES = 32
NHS_TAG = b"OHnhs1"  # six bytes and ten digits make one full block
VALUE_TAG = b"OHval1"
_TYPE_BYTE = {
    FieldType.STRING: 1,
    FieldType.INTEGER: 2,
    FieldType.NUMBER: 3,
    FieldType.BOOLEAN: 4,
    FieldType.DATE: 5,
    FieldType.DATETIME: 6,
}
_SLICE = 1 << 17  # rows at a time: small enough to stay in the processor's cache, large enough to cost nothing
_HEX = np.frombuffer(b"".join(b"%04x" % pair for pair in range(1 << 16)), np.uint32)


def scope_key(master: bytes, *, secret: bytes, recipient: str, agreement: str, epoch: str) -> bytes:
    """The 32-byte key of one scope: HKDF-SHA256 (RFC 5869) of the master key, salted with the scope's own secret.

    Without the secret nobody, the holder of the master key included, can make these pseudonyms again.
    """
    if len(master) < KEY_BYTES or len(secret) < KEY_BYTES:
        raise ValueError("master key and scope secret need 32 bytes each")
    parts = (part.encode() for part in (recipient, agreement, epoch))
    info = b"openhaven pseudonym 1" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=secret, info=info).derive(master)


def key_id(key: bytes) -> str:
    """16 hex characters that name a scope's key and tell nothing of it."""
    return hashlib.sha256(b"openhaven scope key 1" + key).hexdigest()[:16]


def pseudonyms(values: pa.Array | pa.ChunkedArray, *, key: bytes, nhs: bool, type: FieldType) -> pa.Array:
    """32 lowercase hex characters for each value; null stays null.

    `values` are canonical texts; with `nhs` each is ten digits and `type` plays no part.
    Raises BadInput for an NHS number that is not ten digits.
    """
    held, codes = _codes(values, key=key, nhs=nhs, type=type)
    return _with_nulls(hex_texts(codes), held)


def pseudonym_bytes(values: pa.Array | pa.ChunkedArray, *, key: bytes, nhs: bool, type: FieldType) -> pa.Array:
    """The same pseudonyms as 16 bytes each; null stays null. Raises BadInput as `pseudonyms` does."""
    held, codes = _codes(values, key=key, nhs=nhs, type=type)
    plain = pa.Array.from_buffers(pa.binary(16), len(codes), [None, pa.py_buffer(codes)])
    return _with_nulls(plain, held)


def person_ids(values: pa.Array | pa.ChunkedArray, *, key: bytes, nhs: bool, type: FieldType) -> pa.Array:
    """The first 8 bytes of each pseudonym as a signed big-endian 64-bit integer; null stays null.

    Raises BadInput as `pseudonyms` does.
    """
    held, codes = _codes(values, key=key, nhs=nhs, type=type)
    first = np.ascontiguousarray(codes[:, :8]).view(">i8").ravel().astype(np.int64)
    return _with_nulls(pa.array(first), held)


def cmac(messages: Bytes, *, key: bytes) -> Bytes:
    """AES-CMAC (RFC 4493, section 2.4) of messages of one length: rows x bytes in, rows x 16 out."""
    encrypt = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update
    whole, rest = divmod(messages.shape[1], 16)
    full = rest == 0 and whole > 0
    blocks = np.zeros((len(messages), (whole if full else whole + 1) * 16), np.uint8)
    blocks[:, : messages.shape[1]] = messages
    if not full:
        blocks[:, messages.shape[1]] = 0x80
    blocks[:, -16:] ^= np.frombuffer(_subkeys(encrypt(bytes(16)))[0 if full else 1], np.uint8)
    state = np.zeros((len(messages), 16), np.uint8)
    for start in range(0, blocks.shape[1], 16):
        state = np.frombuffer(encrypt((state ^ blocks[:, start : start + 16]).data), np.uint8).reshape(-1, 16)
    return state


def _subkeys(zero_encrypted: bytes) -> tuple[bytes, bytes]:
    """K1 and K2 (RFC 4493, section 2.3): the zero block encrypted, doubled in GF(2^128) once and twice."""
    once = _doubled(int.from_bytes(zero_encrypted, "big"))
    return once.to_bytes(16, "big"), _doubled(once).to_bytes(16, "big")


def _doubled(value: int) -> int:
    return (value << 1 & (1 << 128) - 1) ^ (0x87 if value >> 127 else 0)


def _codes(values: pa.Array | pa.ChunkedArray, *, key: bytes, nhs: bool, type: FieldType) -> tuple[pa.Array, Bytes]:
    """Which values are held (a Boolean array), and the 16 bytes of each of those."""
    if len(key) != KEY_BYTES:
        raise ValueError("a pseudonym key has 32 bytes")
    strings = one_array(values)
    present = strings.drop_null()
    codes = np.empty((len(present), 16), np.uint8)
    for start in range(0, len(present), _SLICE):
        held = texts(present.slice(start, _SLICE))
        messages = _nhs_messages(held) if nhs else _value_messages(held, type=type)
        for rows, message in messages:
            codes[start + rows] = cmac(message, key=key)
    return strings.is_valid(), codes


_Messages = Iterator[tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Bytes]]


def _nhs_messages(held: Texts) -> _Messages:
    rows = np.arange(len(held.lengths))
    digits = held.matrix(rows, 10) if (held.lengths == 10).all() else None
    if digits is None or ((digits < ord("0")) | (digits > ord("9"))).any():
        raise BadInput(
            "an NHS number that is not ten digits cannot be given a pseudonym",
            todo="Clean the numbers first, and leave empty those that cannot be checked.",
        )
    blocks = np.empty((len(rows), 16), np.uint8)
    blocks[:, :6] = np.frombuffer(NHS_TAG, np.uint8)
    blocks[:, 6:] = digits
    yield rows, blocks


def _value_messages(held: Texts, *, type: FieldType) -> _Messages:
    for length in np.unique(held.lengths).tolist():
        rows = np.flatnonzero(held.lengths == length)
        head = VALUE_TAG + bytes([_TYPE_BYTE[type]]) + length.to_bytes(4, "big")
        messages = np.empty((len(rows), len(head) + length), np.uint8)
        messages[:, : len(head)] = np.frombuffer(head, np.uint8)
        messages[:, len(head) :] = held.matrix(rows, length)
        yield rows, messages


def hex_texts(codes: Bytes) -> pa.Array:
    """The rows of a matrix of 16 bytes as strings of 32 hex characters."""
    pairs = codes.view(">u2").astype(np.uint16)
    characters = _HEX[pairs]
    offsets = np.arange(len(codes) + 1, dtype=np.int64) * 32
    large = pa.Array.from_buffers(
        pa.large_string(), len(codes), [None, pa.py_buffer(offsets), pa.py_buffer(characters)]
    )
    return large.cast(pa.string())


def _with_nulls(present: pa.Array, held: pa.Array) -> pa.Array:
    """Put the values of `present`, in order, where `held` is true, and null elsewhere."""
    if len(present) == len(held):
        return present
    mask = held.to_numpy(zero_copy_only=False)
    places = np.cumsum(mask) - 1
    return present.take(pa.array(places, mask=~mask))
