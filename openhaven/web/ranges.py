"""A file sent whole or in part, as a browser asks that goes on where a download broke off (RFC 9110, section 14).

What is sent is a file to the server, so that none of its threads waits for a slow reader."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse

_ONE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent: a file that can be read from any place, the name it is saved under, and a tag that changes with
    its bytes."""

    opened: BinaryIO
    name: str
    tag: str


def send(request: HttpRequest, sent: Sent) -> HttpResponse:
    """The whole with status 200, the part that `Range` asks for with 206, or 416 where there is no such part. Several
    parts at once are not made: then the whole is sent, as the standard allows."""
    size = sent.opened.seek(0, io.SEEK_END)
    start, end = _asked(request, size, f'"{sent.tag}"')
    if start > end:
        sent.opened.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = io.BufferedReader(_Part(sent.opened, start, end + 1), 1 << 16)
    answer = FileResponse(part, as_attachment=True, filename=sent.name, content_type="application/octet-stream")
    answer["Accept-Ranges"], answer["ETag"] = "bytes", f'"{sent.tag}"'
    if (start, end) != (0, size - 1):
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {start}-{end}/{size}"
    return answer


def _asked(request: HttpRequest, size: int, tag: str) -> tuple[int, int]:
    """The first and the last byte asked for: all of them where nothing is, or not in a way that is known here."""
    asked = _ONE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or asked[0] == "bytes=-" or request.headers.get("If-Range", tag) != tag:
        return 0, size - 1
    first, last = asked.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (0, -1)
    return int(first), min(int(last), size - 1) if last else size - 1


class _Part(io.RawIOBase):
    """The bytes of a file from one place up to another."""

    def __init__(self, whole: BinaryIO, start: int, end: int) -> None:
        super().__init__()
        self._whole, self._start, self._end = whole, start, end
        self._at = start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = max(self._start, origin + offset)
        return self.tell()

    def tell(self) -> int:
        return self._at - self._start

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._whole.seek(self._at)
        found = self._whole.read(max(0, min(len(buffer), self._end - self._at)))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._whole.close()
        super().close()
