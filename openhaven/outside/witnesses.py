"""The door to witnesses (c2sp.org/tlog-witness): ask each to cosign a checkpoint of our log."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from openhaven.log.checkpoint import parse_checkpoint
from openhaven.log.cosignature import cosignatures, with_cosignatures
from openhaven.log.note import VerifierKey, parse_note
from openhaven.log.text import decode_decimal
from openhaven.log.witnessing import Request
from openhaven.model.errors import BadInput, NotVerified

WAIT_SECONDS = 10.0
"""For a whole answer, however it comes."""
LARGEST_ANSWER = 64 * 1024
TRIES = 3
"""A witness that knows another size says so; it may have moved on once more when the right proof arrives."""

ConsistencyProof = Callable[[int, int], list[bytes]]
"""proof(old, new) -> the hashes that show that the log of `new` entries begins with that of `old`."""

Answer = tuple[int, str, str] | str
"""Status, content type and text; or why there was none."""


@dataclass(frozen=True)
class Door:
    """Where a witness is asked, and the key by which its answer is known."""

    url: str
    key: VerifierKey

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise BadInput(f"{self.url!r} is not the address of a witness", where=self.key.name)


def _is_address(url: str) -> bool:
    """Whether HTTP can be asked there: one that it cannot is told at once, not in the midst of a release."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        http.client.HTTPConnection(host, parts.port or 80).putrequest("POST", parts.path)
    except (ValueError, http.client.HTTPException):
        return False
    return parts.scheme in ("http", "https") and bool(host)


@dataclass(frozen=True)
class Asked:
    """What came of asking one witness: a signature line, or why there is none. `differs`: because what it saw of the
    log before is not how the log begins now."""

    witness: str
    line: str = ""
    why_not: str = ""
    differs: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "why_not", _in_one_line(self.why_not))


def _in_one_line(text: str) -> str:
    """A stranger's words, so that they cannot be taken for lines of ours, nor steer the screen."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def ask_all(
    doors: Iterable[Door], note: str, *, proof: ConsistencyProof, known: Mapping[VerifierKey, int] | None = None
) -> tuple[str, tuple[Asked, ...]]:
    """The note with every cosignature that could be had, and what came of each witness, in the order of the doors.
    `known` is how far each is thought to have seen the log.

    They are asked together, so that those that are down cost no more than one. A witness that is down, declines or
    lies is an answer too: it says why there is no cosignature."""
    named, size = tuple(doors), parse_checkpoint(parse_note(note).text).size
    came: dict[Door, Asked | int] = {door: (known or {}).get(door.key, 0) for door in named}
    for _ in range(TRIES):
        requests = {door: str(Request(seen, tuple(proof(seen, size)), note)) for door, seen in _again(came)}
        if not requests:
            break
        with ThreadPoolExecutor(len(requests)) as at_once:
            answers = list(at_once.map(_post, requests, requests.values()))
        for door, answer in zip(requests, answers, strict=True):
            came[door] = _comes_to(door, answer, note, asked_from=came[door], size=size)
    asked = tuple(_asked(door, came[door]) for door in named)
    lines = [each.line for each in asked if each.line]
    return (with_cosignatures(note, lines) if lines else note), asked


def _again(came: Mapping[Door, Asked | int]) -> list[tuple[Door, int]]:
    """Who is to be asked, and from which size."""
    return [(door, each) for door, each in came.items() if isinstance(each, int)]


def _asked(door: Door, came: Asked | int) -> Asked:
    if isinstance(came, Asked):
        return came
    return Asked(door.key.name, why_not="it names another size each time it is asked")


def _comes_to(door: Door, answer: Answer, note: str, *, asked_from: Asked | int, size: int) -> Asked | int:
    """What a witness's answer comes to: an end, or the size from which it is to be asked again."""
    name = door.key.name
    if isinstance(answer, str):
        return Asked(name, why_not=f"no answer ({answer})")
    status, kind, text = answer
    if status == 200:
        return _checked(door, note, text)
    if status != 409 or kind != "text/x.tlog.size":
        why_not = f"declined with {status}: {text.strip()[:200]}"
        return Asked(name, why_not=why_not, differs=status == HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        seen = decode_decimal(text.removesuffix("\n"), where=name)
    except BadInput as error:
        return Asked(name, why_not=str(error))
    if seen == asked_from == size:
        return Asked(name, why_not=f"it has cosigned another history of this log, of {size} entries too", differs=True)
    if seen == asked_from or seen > size:
        return Asked(name, why_not=f"it has seen {seen} entries of this log, and here are {size}", differs=seen > size)
    return seen


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


def _post(door: Door, body: str) -> Answer:
    """Status, content type and text of the answer, else why there is none. Nothing of the records is used here: it
    runs in a thread of its own. However slowly a witness speaks, it is cut off in the end."""
    parts = urlsplit(door.url)
    secret = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secret else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port or kind.default_port, timeout=WAIT_SECONDS)
    try:
        connection.sock = _connected(connection.host, connection.port, secret=secret)
        with _cut_when_late(connection.sock):
            if isinstance(connection.sock, ssl.SSLSocket):
                connection.sock.do_handshake()
            connection.request("POST", f"{parts.path.rstrip('/')}/add-checkpoint", body.encode())
            answer = connection.getresponse()
            return answer.status, answer.headers.get_content_type(), answer.read(LARGEST_ANSWER).decode()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()


def _connected(host: str, port: int, *, secret: bool) -> socket.socket:
    """A connection; of a secret one the hands are not shaken yet, so that who draws that out can be cut off."""
    plain = socket.create_connection((host, port), timeout=WAIT_SECONDS)
    if not secret:
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _cut_when_late(sock: socket.socket) -> Iterator[None]:
    """End what comes through a socket after the time that there is for it, though something comes all the while."""
    late = threading.Timer(WAIT_SECONDS, _cut, [sock])
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):  # closed in the same moment
        sock.shutdown(socket.SHUT_RDWR)
