"""The small text forms that the C2SP formats share, read strictly: one value has exactly one spelling."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager

from openhaven.model.errors import BadInput, NotVerified

LARGEST = 2**63 - 1
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
    if len(data) != 32:
        raise BadInput(f"a hash has 32 bytes, this one has {len(data)}", where=where)
    return data


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


@contextmanager
def unreadable_is_unverified() -> Iterator[None]:
    """For a verifier, what cannot be read proves nothing: BadInput becomes NotVerified."""
    try:
        yield
    except BadInput as problem:
        raise NotVerified(problem.what, where=problem.where, todo=problem.todo) from problem
