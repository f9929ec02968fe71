"""The small text forms that the C2SP formats share, read strictly: one value has exactly one spelling."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from openhaven.model.errors import BadInput, NotVerified

LARGEST = 2**63 - 1
_HASH = 32
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_NOT_PLAIN = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, *, where: str) -> bytes:
    """The bytes of standard padded base64. Raises BadInput for any other spelling of the same bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as problem:
        raise BadInput(f"{text[:60]!r} is not base64 ({problem})", where=where) from problem
    if encode_base64(data) != text:
        raise BadInput(f"{text[:60]!r} is not the one base64 spelling of its bytes", where=where)
    return data


def decode_hash(text: str, *, where: str) -> bytes:
    """A SHA-256 hash (32 bytes) written in base64."""
    data = decode_base64(text, where=where)
    if len(data) != _HASH:
        raise BadInput(f"a hash has {_HASH} bytes, this one has {len(data)}", where=where)
    return data


def decode_path(text: str, *, where: str) -> tuple[bytes, ...]:
    """The hashes of a path, one after the other, written in base64."""
    data = decode_base64(text, where=where)
    if len(data) % _HASH:
        raise BadInput(f"a path has {_HASH} bytes a hash", where=where)
    return tuple(data[start : start + _HASH] for start in range(0, len(data), _HASH))


def decode_decimal(text: str, *, where: str) -> int:
    """A number of at most 19 ASCII digits, without sign, space or leading zero."""
    if not _DECIMAL.fullmatch(text):
        raise BadInput(f"{text[:60]!r} is not a whole number without leading zeros", where=where)
    return int(text)


def check_plain(text: str, *, where: str) -> None:
    """Refuse text that a signed note may not hold: control characters other than newline, or not UTF-8."""
    if (found := _NOT_PLAIN.search(text)) is None:
        return
    if "\ud800" <= found[0] <= "\udfff":
        raise BadInput("is not valid UTF-8", where=where)
    raise BadInput(f"holds the control character U+{ord(found[0]):04X}", where=where)


def read_proof_file(text: str, *, format: str, where: str) -> Mapping[str, Any]:
    """The parts of a proof file (JSON) of this format. Raises BadInput."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"not JSON ({problem})", where=where) from problem
    if not isinstance(plain, dict) or plain.get("format") != format:
        raise BadInput(f"not a file of the format {format}", where=where)
    return plain


def text_of(plain: Mapping[str, Any], name: str) -> str:
    """A part that is text. Raises KeyError or TypeError."""
    value = plain[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


@contextmanager
def unreadable_is_unverified() -> Iterator[None]:
    """For a verifier, what cannot be read proves nothing: BadInput becomes NotVerified."""
    try:
        yield
    except BadInput as problem:
        raise NotVerified(problem.what, where=problem.where, todo=problem.todo) from problem
