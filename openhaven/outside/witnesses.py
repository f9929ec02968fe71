"""The door to witnesses (c2sp.org/tlog-witness): ask each to cosign a checkpoint of our log."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from openhaven.log.checkpoint import parse_checkpoint
from openhaven.log.cosignature import cosignatures, with_cosignatures
from openhaven.log.note import VerifierKey, parse_note
from openhaven.log.text import decode_decimal
from openhaven.log.witnessing import Request
from openhaven.model.errors import BadInput, NotVerified

WAIT_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
TRIES = 3
"""A witness that knows another size says so; it may have moved on once more when the right proof arrives."""

ConsistencyProof = Callable[[int, int], list[bytes]]
"""proof(old, new) -> the hashes that show that the log of `new` entries begins with that of `old`."""


@dataclass(frozen=True)
class Door:
    """Where a witness is asked, and the key by which its answer is known."""

    url: str
    key: VerifierKey

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInput(f"{self.url!r} is not the address of a witness", where=self.key.name)


@dataclass(frozen=True)
class Asked:
    """What came of asking one witness: a signature line, or why there is none."""

    witness: str
    line: str = ""
    why_not: str = ""


def ask(door: Door, note: str, *, proof: ConsistencyProof, known: int = 0) -> Asked:
    """Ask one witness to cosign a note. `known` is the size that it is thought to have seen last.

    A witness that is down, declines or lies is an answer too: it says why there is no cosignature."""
    size = parse_checkpoint(parse_note(note).text).size
    for _ in range(TRIES):
        try:
            status, kind, answer = _post(door.url, str(Request(known, tuple(proof(known, size)), note)))
        except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
            return Asked(door.key.name, why_not=f"no answer ({error or type(error).__name__})")
        if status == 200:
            return _checked(door, note, answer)
        if status != 409 or kind != "text/x.tlog.size":
            return Asked(door.key.name, why_not=f"declined with {status}: {answer.strip()[:200]}")
        try:
            seen = decode_decimal(answer.removesuffix("\n"), where=door.key.name)
        except BadInput as error:
            return Asked(door.key.name, why_not=str(error))
        if seen == known == size:
            return Asked(door.key.name, why_not=f"it has cosigned another history of this log, of {size} entries too")
        if seen == known or seen > size:
            return Asked(door.key.name, why_not=f"it has seen {seen} entries of this log, and here are {size}")
        known = seen
    return Asked(door.key.name, why_not="it names another size each time it is asked")


def ask_all(
    doors: Iterable[Door], note: str, *, proof: ConsistencyProof, known: Mapping[VerifierKey, int] | None = None
) -> tuple[str, tuple[Asked, ...]]:
    """The note with every cosignature that could be had, and what came of each witness. `known` is how far each is
    thought to have seen the log."""
    asked = tuple(ask(door, note, proof=proof, known=(known or {}).get(door.key, 0)) for door in doors)
    lines = [each.line for each in asked if each.line]
    return (with_cosignatures(note, lines) if lines else note), asked


def _checked(door: Door, note: str, answer: str) -> Asked:
    """Only the witness's own line is taken over, and only where it fits the note."""
    why_not = "it answered with the signature of another key"
    for line in answer.splitlines(keepends=True):
        try:
            if cosignatures(with_cosignatures(note, [line]), witnesses=[door.key]):
                return Asked(door.key.name, line=line)
        except (BadInput, NotVerified) as error:
            why_not = f"its answer is no cosignature of this checkpoint: {error}"
    return Asked(door.key.name, why_not=why_not)


def _post(url: str, body: str) -> tuple[int, str, str]:
    """Status, content type and text of the answer."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=WAIT_SECONDS)
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/add-checkpoint", body.encode())
        answer = connection.getresponse()
        text = answer.read(LARGEST_ANSWER).decode()
        return answer.status, answer.headers.get_content_type(), text
    finally:
        connection.close()
