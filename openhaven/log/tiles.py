"""The log as static files (c2sp.org/tlog-tiles): tiles of 256 hashes, and bundles of the entries under them.

Pure: each function yields (path, content) pairs, and writing them is for others.
"""

from collections.abc import Callable, Iterator

from openhaven.log.text import LARGEST
from openhaven.log.tree import ReadNode
from openhaven.model.errors import BadInput

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32
CHECKPOINT_PATH = "checkpoint"

ReadEntry = Callable[[int], bytes]
"""read_entry(index) -> the bytes of that entry."""


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Where tile `index` of `level` lies; a width below 256 is a partial tile."""
    return f"tile/{level}/{_numbered(index)}{_partial(width)}"


def bundle_path(index: int, width: int = WIDTH) -> str:
    """Where the bundle with the entries under tile `index` of level 0 lies."""
    return f"tile/entries/{_numbered(index)}{_partial(width)}"


def tiles(size: int, read_node: ReadNode, *, since: int = 0) -> Iterator[tuple[str, bytes]]:
    """The hash tiles of a log of `size` entries that are new since it had `since`, lowest level first."""
    _check_growth(since, size)
    level = 0
    while size >> (HEIGHT * level):
        shift = HEIGHT * level
        for index, width in _spans(since >> shift, size >> shift):
            hashes = (read_node(shift, index * WIDTH + place) for place in range(width))
            yield tile_path(level, index, width), b"".join(hashes)
        level += 1


def bundles(size: int, read_entry: ReadEntry, *, since: int = 0) -> Iterator[tuple[str, bytes]]:
    """The entry bundles of a log of `size` entries that are new since it had `since`."""
    _check_growth(since, size)
    for index, width in _spans(since, size):
        entries = (read_entry(index * WIDTH + place) for place in range(width))
        yield bundle_path(index, width), b"".join(map(_prefixed, entries))


def first_of(path: str, content: bytes, width: int) -> bytes:
    """What the tile or bundle at this path held when it had `width` hashes or entries, not more than it has."""
    if not path.startswith("tile/entries/"):
        return content[: width * HASH]
    end = 0
    for _ in range(width):
        end += 2 + int.from_bytes(content[end : end + 2], "big")
    return content[:end]


def _spans(before: int, now: int) -> Iterator[tuple[int, int]]:
    """(index, width) of each tile that changes when its level grows from `before` to `now` hashes."""
    if before < now:
        for index in range(before // WIDTH, -(-now // WIDTH)):
            yield index, min(WIDTH, now - index * WIDTH)


def _numbered(index: int) -> str:
    """1234067 -> x001/x234/067."""
    if not 0 <= index <= LARGEST:
        raise BadInput(f"{index} is not the number of a tile")
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def _partial(width: int) -> str:
    if not 1 <= width <= WIDTH:
        raise BadInput(f"a tile has 1 to {WIDTH} hashes, not {width}")
    return "" if width == WIDTH else f".p/{width}"


def _prefixed(entry: bytes) -> bytes:
    if len(entry) > 0xFFFF:
        raise BadInput(f"an entry of {len(entry)} bytes does not fit a bundle")
    return len(entry).to_bytes(2, "big") + entry


def _check_growth(since: int, size: int) -> None:
    if not 0 <= since <= size:
        raise BadInput(f"a log of {since} entries does not grow to {size}")
