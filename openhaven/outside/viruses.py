"""Has a document looked through for viruses by ClamAV's daemon, over its socket (`INSTREAM` of clamd's protocol).

Nobody looks where the settings name no daemon, and that is said. Where they name one, a document of which it cannot say
that it is clean is not taken."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress

from openhaven.model.errors import BadInput

WAIT_SECONDS = 60
"""In all: a daemon that speaks slowly keeps nobody longer."""
_CLEAN = b"stream: OK"
_PIECE = 1 << 17  # bytes
_LONGEST = 4096  # bytes of an answer


def look_through(content: bytes, *, clamd: str) -> None:
    """Have it looked through. `clamd` is the path of a socket or HOST:PORT; empty is nobody.

    Raises BadInput, in words for whoever sends the document, where something was found or nobody could look."""
    if not clamd:
        return
    try:
        said = _ask(content, clamd)
    except (OSError, ValueError, OverflowError):
        said = b""
    if said.endswith(b" FOUND"):
        raise BadInput("A virus was found in the file. Clean your computer, and send another")
    if said != _CLEAN:
        raise BadInput("We cannot look the file through for viruses now, so we do not take it. Try again later")


def _ask(content: bytes, clamd: str) -> bytes:
    """What the daemon says, to its end; nothing where it breaks off. Raises OSError where it cannot be asked in time,
    ValueError or OverflowError for what is no address."""
    until = time.monotonic() + WAIT_SECONDS
    with _connected(clamd) as opened:
        with suppress(ConnectionError):  # it says why, where it takes no more
            _send(opened, b"zINSTREAM\0", until=until)
            for start in range(0, len(content), _PIECE):
                piece = content[start : start + _PIECE]
                _send(opened, struct.pack(">I", len(piece)) + piece, until=until)
            _send(opened, struct.pack(">I", 0), until=until)
        answer = b""
        while b"\0" not in answer and len(answer) < _LONGEST and (more := _heard(opened, until=until)):
            answer += more
    said, whole, _ = answer.partition(b"\0")
    return said if whole else b""


def _send(opened: socket.socket, part: bytes, *, until: float) -> None:
    opened.settimeout(_left(until))
    opened.sendall(part)


def _heard(opened: socket.socket, *, until: float) -> bytes:
    opened.settimeout(_left(until))
    return opened.recv(_LONGEST)


def _left(until: float) -> float:
    """Seconds that are left. Raises TimeoutError where none are."""
    if (seconds := until - time.monotonic()) <= 0:
        raise TimeoutError
    return seconds


def _connected(clamd: str) -> socket.socket:
    if not clamd.startswith("/"):
        host, _, port = clamd.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=WAIT_SECONDS)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    opened.settimeout(WAIT_SECONDS)
    try:
        opened.connect(clamd)
    except OSError:
        opened.close()
        raise
    return opened
