"""Has a document looked through for viruses by ClamAV's daemon, over its socket (`INSTREAM` of clamd's protocol).

Nobody looks where the settings name no daemon, and that is said. Where they name one, a document of which it cannot say
that it is clean is not taken."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from openhaven.model.errors import BadInput

WAIT_SECONDS = 60
_PIECE = 1 << 17  # bytes
_LONGEST = 4096  # bytes of an answer


def look_through(content: bytes, *, clamd: str) -> None:
    """Have it looked through. `clamd` is the path of a socket or HOST:PORT; empty is nobody.

    Raises BadInput, in words for whoever sends the document, where something was found or nobody could look."""
    if not clamd:
        return
    try:
        said = _ask(content, clamd)
    except (OSError, ValueError):
        said = ""
    if said.endswith(" FOUND"):
        raise BadInput("A virus was found in the file. Clean your computer, and send another")
    if not said.endswith(": OK"):
        raise BadInput("We cannot look the file through for viruses now, so we do not take it. Try again later")


def _ask(content: bytes, clamd: str) -> str:
    """What the daemon says. Raises OSError where it cannot be asked, ValueError for what is no address."""
    with _connected(clamd) as opened:
        with suppress(ConnectionError):  # it says why, where it takes no more
            opened.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), _PIECE):
                piece = content[start : start + _PIECE]
                opened.sendall(struct.pack(">I", len(piece)) + piece)
            opened.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST and (more := opened.recv(_LONGEST)):
            answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace")


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
