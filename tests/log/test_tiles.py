"""The log as static files: paths and contents as c2sp.org/tlog-tiles has them, read back by hand."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log.tiles import bundle_path, bundles, tile_path, tiles
from openhaven.log.tree import leaf_hash
from openhaven.model.errors import BadInput

COUNT = 1100
ENTRIES = [str(number).encode() * (number % 3) for number in range(COUNT)]


@pytest.fixture(scope="module")
def read_node():
    levels = [[leaf_hash(entry) for entry in ENTRIES]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs])
    return lambda level, index: levels[level][index]


def widths(size):
    """The widths the specification gives: floor(s / 256**l) mod 256 for the partial tile of each level."""
    found = {}
    level = 0
    while size // 256**level:
        whole, part = divmod(size // 256**level, 256)
        found |= {(level, index): 256 for index in range(whole)} | ({(level, whole): part} if part else {})
        level += 1
    return found


@pytest.mark.parametrize(
    ("index", "path"),
    [
        (0, "000"),
        (7, "007"),
        (999, "999"),
        (1000, "x001/000"),
        (1234067, "x001/x234/067"),
        (10**9, "x001/x000/x000/000"),
    ],
)
def test_the_number_of_a_tile_is_written_three_digits_a_folder(index, path):
    assert tile_path(3, index) == f"tile/3/{path}"
    assert bundle_path(index) == f"tile/entries/{path}"
    assert tile_path(0, index, 17) == f"tile/0/{path}.p/17"
    assert bundle_path(index, 255) == f"tile/entries/{path}.p/255"


def test_the_worked_example_of_70_000_entries():
    shape = [path for path, _ in tiles(70_000, lambda level, index: bytes(32))]
    assert len(shape) == 273 + 1 + 1 + 1 + 1
    assert shape[272:] == ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 1100])
def test_every_size_has_the_tiles_of_the_specification(read_node, size):
    expected = {tile_path(level, index, width): width for (level, index), width in widths(size).items()}
    made = dict(tiles(size, read_node))
    assert {path: len(content) // 32 for path, content in made.items()} == expected


def test_a_hash_above_is_the_root_of_the_full_tile_below(read_node):
    made = dict(tiles(COUNT, read_node))
    level = [made["tile/0/001"][place : place + 32] for place in range(0, 8192, 32)]
    assert level[0] == leaf_hash(ENTRIES[256])
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
    assert made["tile/1/000.p/4"][32:64] == level[0]


def unbundled(content):
    while content:
        length = int.from_bytes(content[:2], "big")
        yield content[2 : 2 + length]
        content = content[2 + length :]


@pytest.mark.parametrize("size", [0, 1, 256, 300, COUNT])
def test_the_bundles_hold_the_entries_in_order(size):
    made = list(bundles(size, ENTRIES.__getitem__))
    assert [entry for _, content in made for entry in unbundled(content)] == ENTRIES[:size]
    assert [path for path, _ in made] == [
        bundle_path(index, width) for (level, index), width in widths(size).items() if level == 0
    ]


@given(steps=st.lists(st.integers(0, COUNT), max_size=6).map(sorted))
def test_files_written_step_by_step_include_all_files_of_the_last_size(read_node, steps):
    written, before = {}, 0
    for size in [*steps, COUNT]:
        new = dict(tiles(size, read_node, since=before)) | dict(bundles(size, ENTRIES.__getitem__, since=before))
        assert not written.keys() & new.keys(), "a file is never written twice: the paths are immutable"
        written |= new
        before = size
    at_once = dict(tiles(COUNT, read_node)) | dict(bundles(COUNT, ENTRIES.__getitem__))
    assert at_once.items() <= written.items()


def test_an_entry_of_65_535_bytes_fits_and_one_more_does_not():
    assert len(next(bundles(1, lambda index: bytes(65_535)))[1]) == 65_537
    with pytest.raises(BadInput, match="does not fit"):
        next(bundles(1, lambda index: bytes(65_536)))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: tile_path(0, -1),
        lambda: tile_path(0, 0, 0),
        lambda: tile_path(0, 0, 257),
        lambda: list(tiles(-1, lambda level, index: bytes(32))),
        lambda: list(tiles(4, lambda level, index: bytes(32), since=5)),
        lambda: list(bundles(4, lambda index: b"", since=5)),
    ],
)
def test_tiles_that_cannot_be_are_refused(ask):
    with pytest.raises(BadInput):
        ask()
