"""A package as one uncompressed tar that is nowhere written: read from any place on, made of the files as they lie.

Its bytes follow from the names, the sizes and the bytes of the files alone, so a download that broke off can go on."""

import io
import tarfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from openhaven.package.manifest import ENTRY, KEY, NAME, PROOF
from openhaven.package.verify import read_manifest

BLOCK = 512  # bytes, of POSIX ustar
END = 2 * BLOCK


def files_of(package: Path) -> tuple[str, ...]:
    """What belongs to a package, by path: what its manifest lists, the manifest, the entry and its proof, and the key
    once it was given. Raises BadInput where there is no manifest."""
    listed = [each.path for each in read_manifest(package).files]
    return tuple(name for name in (*listed, NAME, ENTRY, PROOF, KEY) if (package / name).is_file())


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of the tar: bytes that are at hand, or `size` bytes of a file."""

    start: int
    size: int
    data: bytes = b""
    file: Path | None = None


class Archive(io.RawIOBase):
    """A tar of files of a folder, under `name`/. It is read like a file; nothing of it is held in memory.

    Raises OSError where a file is gone, or became shorter, as it is read."""

    def __init__(self, folder: Path, files: Iterable[str], *, name: str) -> None:
        super().__init__()
        self._parts = tuple(_placed(_runs(folder, files, name)))
        self._starts = [each.start for each in self._parts]
        self._at = 0
        self._open: tuple[Path, io.FileIO] | None = None

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self._parts[-1].start + self._parts[-1].size

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, as in any file."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence])
        return self._at

    def tell(self) -> int:
        """The place from which is read next."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read up to the end of the part that is at hand."""
        if self._at >= self.size:
            return 0
        part = self._parts[bisect_right(self._starts, self._at) - 1]
        inside = self._at - part.start
        wanted = min(len(buffer), part.size - inside)
        found = part.data[inside : inside + wanted] if part.file is None else self._read(part.file, inside, wanted)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _read(self, path: Path, start: int, wanted: int) -> bytes:
        if self._open is None or self._open[0] != path:
            self._close_file()
            self._open = (path, io.FileIO(path))
        file = self._open[1]
        file.seek(start)
        if not (found := file.read(wanted)):
            raise OSError(f"{path.name} became shorter while it was read")
        return found

    def close(self) -> None:
        """Close what is open."""
        self._close_file()
        super().close()

    def _close_file(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


def _runs(folder: Path, files: Iterable[str], name: str) -> Iterator[tuple[int, bytes, Path | None]]:
    """Size, bytes at hand, or the file, of one part after the other. Parts are never empty."""
    for each in files:
        path = folder / each
        size = path.stat().st_size
        head = tarfile.TarInfo(f"{name}/{each}")
        head.size, head.mode = size, 0o600
        block = head.tobuf(tarfile.PAX_FORMAT)
        yield len(block), block, None
        if size:
            yield size, b"", path
        if rest := -size % BLOCK:
            yield rest, bytes(rest), None
    yield END, bytes(END), None


def _placed(runs: Iterable[tuple[int, bytes, Path | None]]) -> Iterator[_Part]:
    start = 0
    for size, data, file in runs:
        yield _Part(start, size, data, file)
        start += size
