"""The log as static files, made from the database at any time: tiles and bundles first, the checkpoint last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

from openhaven.keys.private_files import sync_folder
from openhaven.log import Checkpoint, parse_checkpoint
from openhaven.log.note import parse_note
from openhaven.log.tiles import CHECKPOINT_PATH, WIDTH, bundles, tiles
from openhaven.log.tree import ReadNode
from openhaven.log.tree import root as tree_root
from openhaven.model.errors import BadInput, HavenError, NotVerified
from openhaven.records import models, reads
from openhaven.records.logstore import PUBLIC, Log, keep_written, size_written

BLOCKS_KEPT = 64


def write_tiles(folder: Path) -> int:
    """Bring the folder up to the latest checkpoint, and return the log's size.

    Whoever reads meanwhile finds every tile that the checkpoint needs: each file appears whole, the checkpoint after
    all others. A file that is there already is left as it is; to make all again, write to an empty folder. How far they
    came is kept in the database last: from then on they are missed where they are gone.
    """
    note = reads.checkpoint()
    size = parse_checkpoint(parse_note(note).text).size
    since = _size_written(folder)
    before = size_written()
    if before > size:  # to write them anew would take away what tells it
        raise NotVerified(f"tiles of {before} entries were written, and the log has {size}", todo="Run: haven log fsck")
    if since > size:
        raise BadInput(f"these tiles are of {since} entries, the log has {size}", where=str(folder))
    try:
        folders = {_write(folder / path, content) for path, content in expected(size, since=since)}
        for each in sorted(folders):
            sync_folder(each)
        _write(folder / CHECKPOINT_PATH, note.encode())
        sync_folder(folder)
    except OSError as error:
        raise HavenError(f"the tiles could not be written: {error.strerror}", where=str(folder)) from error
    keep_written(note)
    return size


def expected(size: int, *, since: int = 0) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every tile and bundle that a log of `size` has and one of `since` entries had not."""
    return chain(tiles(size, node_reader(), since=since), bundles(size, _entry_reader(), since=since))


def checkpoint_written(folder: Path) -> Checkpoint | None:
    """The checkpoint in a folder of tiles, None where there is none. Raises BadInput where it cannot be read."""
    try:
        return parse_checkpoint(parse_note((folder / CHECKPOINT_PATH).read_text("utf-8")).text)
    except FileNotFoundError:
        return None
    except (UnicodeDecodeError, BadInput) as error:
        said = f" ({error})" if isinstance(error, BadInput) else ""
        raise BadInput(
            f"this is not a checkpoint{said}",
            where=str(folder / CHECKPOINT_PATH),
            todo="Put the folder of tiles aside, and write it again: haven log tiles",
        ) from error


def node_reader(*, of: Log = PUBLIC) -> ReadNode:
    """Reads nodes a tile at a time, for whoever walks along a level."""

    @lru_cache(maxsize=BLOCKS_KEPT)
    def block(level: int, tile: int) -> dict[int, bytes]:
        rows = of.node.objects.filter(level=level, index__gte=tile * WIDTH, index__lt=(tile + 1) * WIDTH)
        return {index: bytes(hash) for index, hash in rows.values_list("index", "hash")}

    def read(level: int, index: int) -> bytes:
        try:
            return block(level, index // WIDTH)[index]
        except KeyError:
            raise NotVerified(f"node {index} of level {level} of the log is missing") from None

    return read


def _entry_reader() -> Callable[[int], bytes]:
    @lru_cache(maxsize=2)
    def block(bundle: int) -> dict[int, bytes]:
        return dict(reads.entries(bundle * WIDTH, (bundle + 1) * WIDTH))

    def read(index: int) -> bytes:
        try:
            return block(index // WIDTH)[index]
        except KeyError:
            raise NotVerified(f"entry {index} of the log is missing") from None

    return read


def _size_written(folder: Path) -> int:
    """How far the folder has come. Raises BadInput where it holds another log."""
    found = checkpoint_written(folder)
    if found is None:
        return 0
    origin = models.Head.objects.filter(id=PUBLIC.head).values_list("origin", flat=True).first()
    size = models.Entry.objects.count()
    if found.origin != origin or (found.size <= size and tree_root(found.size, node_reader()) != found.root):
        raise BadInput(
            f"the tiles here are of another log ({found.origin}, {found.size} entries)",
            where=str(folder),
            todo="Write to an empty folder.",
        )
    return found.size


def _write(path: Path, content: bytes) -> Path:
    """Write a file whole, through a temporary name, and return its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}.{os.getpid()}")
    with whole.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    whole.rename(path)
    return path.parent
