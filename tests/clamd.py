"""A daemon that speaks as ClamAV's does, for tests: what holds the word `virus` is one."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOST = 3_000_000  # bytes of one stream


@contextmanager
def clamd_running(where: Path | None = None, *, says: bytes = b"") -> Iterator[str]:
    """Its address: of a socket at that path, else of a port of this machine. It says `says` whatever it is asked, where
    that is given."""
    served = socket.socket(socket.AF_UNIX if where else socket.AF_INET, socket.SOCK_STREAM)
    served.bind(str(where) if where else ("127.0.0.1", 0))
    served.listen()
    thread = threading.Thread(target=_serve, args=[served, says], daemon=True)
    thread.start()
    try:
        yield str(where) if where else f"127.0.0.1:{served.getsockname()[1]}"
    finally:
        served.shutdown(socket.SHUT_RDWR)
        served.close()
        thread.join(10)


def _serve(served: socket.socket, says: bytes) -> None:
    with suppress(OSError):  # the test is over
        while True:
            opened, _ = served.accept()
            with opened, suppress(OSError), opened.makefile("rb") as heard:
                opened.sendall(says or _answer(heard))


def _answer(heard) -> bytes:
    if heard.read(10) != b"zINSTREAM\0":
        return b"UNKNOWN COMMAND\0"
    content = b""
    while length := struct.unpack(">I", heard.read(4))[0]:
        content += heard.read(length)
        if len(content) > MOST:
            return b"INSTREAM size limit exceeded. ERROR\0"
    return b"stream: Made.Up.Virus FOUND\0" if b"virus" in content else b"stream: OK\0"
