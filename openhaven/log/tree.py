"""The Merkle tree of RFC 6962 section 2.1, over nodes that somebody else stores.

A node (level, index) is the hash of the complete subtree over leaves index * 2**level up to, and not
including, (index + 1) * 2**level; level 0 holds the leaf hashes. Only complete nodes are stored; none changes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from openhaven.model.errors import BadInput, NotVerified

ReadNode = Callable[[int, int], bytes]
"""read_node(level, index) -> the 32 bytes stored for that complete node."""

EMPTY_ROOT = hashlib.sha256().digest()


@dataclass(frozen=True)
class Node:
    """One complete node to be stored."""

    level: int
    index: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(size: int, leaf: bytes, read_node: ReadNode) -> list[Node]:
    """The nodes that become complete when `leaf` (a leaf hash) is appended to a tree of `size` leaves.

    The first is the leaf itself. Reads at most log2(size) nodes, all of them stored by earlier appends.
    """
    _check_sizes(size)
    nodes = [Node(0, size, leaf)]
    while nodes[-1].index % 2 == 1:
        right = nodes[-1]
        left = read_node(right.level, right.index - 1)
        nodes.append(Node(right.level + 1, right.index // 2, node_hash(left, right.hash)))
    return nodes


def append_all(size: int, leaves: Sequence[bytes], read_node: ReadNode) -> Iterator[tuple[int, int, Sequence[bytes]]]:
    """The same nodes as `append` gives leaf after leaf, for many at once: of each level, lowest first, the index of the
    first new node and the hashes from there on."""
    _check_sizes(size)
    level, first, hashes = 0, size, list(leaves)
    while hashes:
        yield level, first, hashes
        if first % 2 == 1:
            hashes = [read_node(level, first - 1), *hashes]
        level, first = level + 1, first // 2
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=False)]


def root(size: int, read_node: ReadNode) -> bytes:
    """The Merkle tree hash of the first `size` leaves, from at most log2(size) + 1 nodes."""
    _check_sizes(size)
    return _range_hash(0, size, read_node)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash over leaf hashes that are at hand, with nothing stored."""
    nodes: dict[tuple[int, int], bytes] = {}
    size = 0
    for size, leaf in enumerate(leaves, start=1):
        new = append(size - 1, leaf, lambda level, index: nodes.pop((level, index)))
        nodes[new[-1].level, new[-1].index] = new[-1].hash
    return root(size, lambda level, index: nodes[level, index])


def inclusion_proof(index: int, size: int, read_node: ReadNode) -> list[bytes]:
    """The audit path of leaf `index` in the first `size` leaves, sibling first (RFC 6962 section 2.1.1)."""
    _check_sizes(index, size)
    if index == size:
        raise BadInput(f"a log of {size} entries has no entry {index}", todo="Entries count from 0.")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            path.append(_range_hash(middle, high, read_node))
            high = middle
        else:
            path.append(_range_hash(low, middle, read_node))
            low = middle
    return path[::-1]


def consistency_proof(first: int, second: int, read_node: ReadNode) -> list[bytes]:
    """The proof that the first `second` leaves begin with the first `first` (RFC 6962 section 2.1.2).

    Empty when the sizes are equal, or `first` is 0: every tree extends the empty one.
    """
    _check_sizes(first, second)
    if first == 0:
        return []
    path, low, high = [], 0, second
    while high != first:
        middle = _split(low, high)
        if first <= middle:
            path.append(_range_hash(middle, high, read_node))
            high = middle
        else:
            path.append(_range_hash(low, middle, read_node))
            low = middle
    if low > 0:  # else this range is the whole first tree, whose root the verifier knows
        path.append(_range_hash(low, high, read_node))
    return path[::-1]


def verify_inclusion(leaf: bytes, proof: Sequence[bytes], *, index: int, size: int, root: bytes) -> None:
    """Raise NotVerified unless the leaf hash `leaf` is entry `index` of the log of this size and root.

    Below the level where the paths of this leaf and of the last leaf meet, siblings lie on either side as the
    bits of `index` say; above it only siblings on the left are left over.
    """
    if not 0 <= index < size:
        raise NotVerified(f"entry {index} cannot lie in a log of {size} entries")
    _check_hashes([leaf, root, *proof])
    inner = (index ^ (size - 1)).bit_length()
    wanted = inner + (index >> inner).bit_count()
    if len(proof) != wanted:
        raise NotVerified(f"entry {index} of {size} needs {wanted} hashes; the proof has {len(proof)}")
    found = leaf
    for level, sibling in enumerate(proof):
        on_the_left = level >= inner or (index >> level) & 1
        found = node_hash(sibling, found) if on_the_left else node_hash(found, sibling)
    _check_root(found, root, of=f"entry {index} (leaf hash {leaf.hex()}) in a log of {size}")


def verify_consistency(
    proof: Sequence[bytes], *, first: int, second: int, first_root: bytes, second_root: bytes
) -> None:
    """Raise NotVerified unless the second tree begins with the first one (RFC 9162 section 2.1.4.2)."""
    if not 0 <= first <= second:
        raise NotVerified(f"a log of {second} entries cannot extend one of {first}")
    _check_hashes([first_root, second_root, *proof])
    if first in (0, second):
        if proof:
            raise NotVerified(f"from {first} to {second} entries the proof must be empty")
        _check_root(first_root, EMPTY_ROOT if first == 0 else second_root, of=f"the log of {first}")
        if second == 0:
            _check_root(second_root, EMPTY_ROOT, of="the empty log")
        return
    is_whole = first & (first - 1) == 0
    older, newer = _roots_proven([first_root, *proof] if is_whole else proof, first, second)
    _check_root(older, first_root, of=f"the first {first} entries")
    _check_root(newer, second_root, of=f"all {second} entries")


def _roots_proven(path: Sequence[bytes], first: int, second: int) -> tuple[bytes, bytes]:
    """The roots of both trees that a consistency path leads to; first < second, neither 0."""
    shift = (first & -first).bit_length() - 1  # both trees hold the subtree that ends the first one whole
    old_index, last = (first - 1) >> shift, (second - 1) >> shift
    if not path:
        raise NotVerified(f"the proof from {first} to {second} entries is empty")
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise NotVerified(f"the proof from {first} to {second} entries is too long")
        if old_index & 1 or old_index == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while old_index and not old_index & 1:
                old_index, last = old_index >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        old_index, last = old_index >> 1, last >> 1
    if last != 0:
        raise NotVerified(f"the proof from {first} to {second} entries is too short")
    return older, newer


def _split(low: int, high: int) -> int:
    """Where RFC 6962 parts a range of leaves: after the largest power of two smaller than its length."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _range_hash(low: int, high: int, read_node: ReadNode) -> bytes:
    """The tree hash over leaves low..high, where low is a multiple of a power of two >= high - low."""
    if high - low == 1 << (whole := max(high - low, 1).bit_length() - 1):  # nearly always: one node, and no more
        return read_node(whole, low >> whole)
    peaks, start = [], low
    for level in reversed(range((high - low).bit_length())):
        if (high - low) >> level & 1:
            peaks.append(read_node(level, start >> level))
            start += 1 << level
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks)) if peaks else EMPTY_ROOT


def _check_sizes(*sizes: int) -> None:
    if sizes[0] < 0 or list(sizes) != sorted(sizes):
        raise BadInput(f"not places in one log, in order: {', '.join(map(str, sizes))}")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != 32:
            raise NotVerified(f"a hash has 32 bytes, this one has {len(value)}: {value.hex()}")


def _check_root(found: bytes, stated: bytes, *, of: str) -> None:
    if found != stated:
        raise NotVerified(f"the proof of {of} leads to the root {found.hex()}, not to {stated.hex()}")
