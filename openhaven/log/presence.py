"""Whether one person's record was in one release: a tree of keyed seals, from which presence or absence is proven.

The log gets one entry a release, with the root of the tree; never one a person. Who does not hold the haven's key
cannot tell whose a seal is, nor which seals of two releases are of one person."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from openhaven.log.tree import leaf_hash, node_hash, verify_inclusion
from openhaven.model.errors import BadInput, NotVerified

SEAL_BYTES = 32
FEWEST = 1024
"""The smallest size of a tree: whoever sees a size learns only between which two powers of two the people lie."""

LOWEST, HIGHEST = bytes(SEAL_BYTES), b"\xff" * SEAL_BYTES
_PERSON = b"openhaven.log.presence.person/1\0"
_RELEASE = b"openhaven.log.presence.release/1\0"
_SEAL = b"openhaven.log.presence.seal/1\0"
_FILLING = b"openhaven.log.presence.filling/1\0"
_LEVEL = 8
_RUN = SEAL_BYTES << _LEVEL  # bytes of the leaves below one node of that level
_BLOCK = 64  # bytes of a block of SHA-256, to which HMAC (RFC 2104) pads a key
_INNER, _OUTER = (bytes(each ^ pad for each in range(256)) for pad in (0x36, 0x5C))


def person_key(master: bytes, nhs_number: str) -> bytes:
    """A person's own key, HMAC-SHA-256 of the NHS number under the haven's key. It never leaves the haven: it would
    open every release, past and to come, to whoever makes the person hand it over."""
    return hmac.digest(master, _PERSON + nhs_number.encode(), hashlib.sha256)


def tag(key: bytes, release: str) -> bytes:
    """What stands for a person in one release: HMAC-SHA-256 of the release's id under the person's key, 32 bytes."""
    return hmac.digest(key, _RELEASE + release.encode(), hashlib.sha256)


def seal(tag: bytes, nhs_number: str) -> bytes:
    """What the tree holds of a tag: SHA-256 over it and the number. Who is given the tag can see that the seal was
    made for this number and no other; who is not learns nothing from it."""
    return hashlib.sha256(_SEAL + tag + nhs_number.encode()).digest()


def seals(master: bytes, release: str, nhs_numbers: Iterable[str]) -> bytes:
    """seal(tag(person_key(master, number), release), number) of each number, one behind the other: the same in a third
    of the time, since a key is padded and taken in once."""
    sha256, asked = hashlib.sha256, _RELEASE + release.encode()
    if len(master) > _BLOCK:
        raise BadInput(f"the key of the tags has {_BLOCK} bytes at most, not {len(master)}")
    padded, filler = master.ljust(_BLOCK, b"\0"), bytes(_BLOCK - SEAL_BYTES)
    inner, outer = sha256(padded.translate(_INNER) + _PERSON), sha256(padded.translate(_OUTER))
    found = []
    for number in nhs_numbers:
        encoded, within, around = number.encode(), inner.copy(), outer.copy()
        within.update(encoded)
        around.update(within.digest())
        key = around.digest() + filler
        first = sha256(key.translate(_INNER) + asked).digest()
        found.append(sha256(_SEAL + sha256(key.translate(_OUTER) + first).digest() + encoded).digest())
    return b"".join(found)


@dataclass(frozen=True)
class Presence:
    """The proof that a seal is in the tree: where it stands, and its audit path (RFC 6962 section 2.1.1)."""

    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Absence:
    """The proof that a seal is not in the tree: the two that stand side by side where it would be.

    `index` is where `below` stands. Of their audit paths, which meet, each hash stands here once: first those beside
    `below` up to where the paths meet, then as many beside `above`, then those beyond."""

    below: bytes
    above: bytes
    index: int
    path: tuple[bytes, ...]


class TagTree:
    """The seals of one release in order, filled up to a power of two, with the lowest and the highest value at its
    ends. Kept as bytes: the leaves, then every eighth level's nodes, so that a proof reads little."""

    def __init__(self, data: bytes) -> None:
        """From the bytes of a tree. Raises NotVerified where they are of no tree."""
        leaves = len(data) // (_RUN + SEAL_BYTES) * _RUN
        self._leaves, self._nodes = memoryview(data)[:leaves], _split(data[leaves:])
        self.size = leaves // SEAL_BYTES
        if self.size < FEWEST or self.size & (self.size - 1) or len(data) != leaves + leaves // _RUN * SEAL_BYTES:
            raise NotVerified(f"{len(data)} bytes are no tree of people")

    @classmethod
    def of(cls, runs: Iterable[bytes], *, filling: bytes) -> "TagTree":
        """The tree of these people, from their seals in runs, each of any number of them.

        `filling` is 32 secret random bytes of this release: the seals made from it cannot be told from people's."""
        leaves = _filled(_people(runs), filling)
        nodes = (_levels(leaves[start : start + _RUN])[-1][0] for start in range(0, len(leaves), _RUN))
        return cls(leaves + b"".join(nodes))

    def __bytes__(self) -> bytes:
        return bytes(self._leaves) + b"".join(self._nodes)

    def __iter__(self) -> Iterator[bytes]:
        return (bytes(self._at(index)) for index in range(self.size))

    @property
    def root(self) -> bytes:
        """The Merkle tree hash (RFC 6962 section 2.1) of the seals."""
        return _upwards(self._nodes)[-1][0]

    def prove(self, sought: bytes) -> Presence | Absence:
        """The proof that this seal is here, or that it is not. (It shows nothing where the bytes were changed.)"""
        if not LOWEST < sought < HIGHEST or len(sought) != SEAL_BYTES:
            raise BadInput("this is no seal of a person")
        index = self._find(sought)
        if self._at(index) == sought:
            return Presence(index, self._path(index))
        low, high = self._path(index - 1), self._path(index)
        meet = _meeting(index - 1)
        return Absence(
            bytes(self._at(index - 1)), bytes(self._at(index)), index - 1, low[:meet] + high[:meet] + low[meet + 1 :]
        )

    def _at(self, index: int) -> memoryview:
        return self._leaves[index * SEAL_BYTES : (index + 1) * SEAL_BYTES]

    def _find(self, sought: bytes) -> int:
        """Where the first seal stands that is not below the one sought."""
        low, high = 0, self.size - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if bytes(self._at(middle)) < sought else (low, middle)
        return low

    def _path(self, index: int) -> tuple[bytes, ...]:
        run, within = divmod(index, 1 << _LEVEL)
        near = _levels(bytes(self._leaves[run * _RUN : (run + 1) * _RUN]))
        return _beside(near, within) + _beside(_upwards(self._nodes), run)


def verify_presence(sought: bytes, proof: Presence | Absence, *, size: int, root: bytes) -> bool:
    """Whether this seal is in the tree of this size and root. Raises NotVerified where the proof does not show it."""
    if size < 2 or size & (size - 1):
        raise NotVerified(f"a tree of people has a power of two of leaves, not {size}")
    if isinstance(proof, Presence):
        verify_inclusion(leaf_hash(sought), proof.path, index=proof.index, size=size, root=root)
        return True
    if not proof.below < sought < proof.above or {len(proof.below), len(proof.above)} != {SEAL_BYTES}:
        raise NotVerified("the seal sought does not lie between the two shown")
    if not 0 <= proof.index < size - 1:
        raise NotVerified(f"in a tree of {size} leaves none stands beside leaf {proof.index}")
    meet = _meeting(proof.index)
    both = node_hash(_up_the_right(proof.below, proof.path[:meet]), _up_the_left(proof.above, proof.path[meet:][:meet]))
    above, beyond = meet + 1, proof.path[2 * meet :]
    verify_inclusion(both, beyond, index=proof.index >> above, size=size >> above, root=root)
    return False


def _meeting(index: int) -> int:
    """At which level the nodes above this leaf and above the next stand side by side."""
    return ((index + 1) & -(index + 1)).bit_length() - 1


def _up_the_right(leaf: bytes, path: tuple[bytes, ...]) -> bytes:
    found = leaf_hash(leaf)
    for each in path:
        found = node_hash(each, found)
    return found


def _up_the_left(leaf: bytes, path: tuple[bytes, ...]) -> bytes:
    found = leaf_hash(leaf)
    for each in path:
        found = node_hash(found, each)
    return found


def _people(runs: Iterable[bytes]) -> npt.NDArray[np.uint64]:
    """The seals in order, each once, as four numbers each."""
    data = bytearray()
    for run in runs:
        data += run
    if len(data) % SEAL_BYTES:
        raise BadInput(f"a seal has {SEAL_BYTES} bytes")
    found = _sorted(_as_numbers(data))
    first = np.append(np.ones(len(found[:1]), np.bool_), (found[1:] != found[:-1]).any(axis=1))
    once: npt.NDArray[np.uint64] = found[first]
    if len(once) and (not once[0].any() or not (~once[-1]).any()):
        raise BadInput("a seal is neither the lowest nor the highest value")
    return once


def _filled(people: npt.NDArray[np.uint64], filling: bytes) -> bytes:
    """The leaves: people, and as many seals of nobody as a power of two needs (SHAKE256 of the filling)."""
    if len(filling) != SEAL_BYTES:
        raise BadInput(f"the filling is made from {SEAL_BYTES} bytes, not {len(filling)}")
    size = max(FEWEST, 1 << (len(people) + 1).bit_length())
    nobody = hashlib.shake_256(_FILLING + filling).digest((size - 2 - len(people)) * SEAL_BYTES)
    return _sorted(_as_numbers(people.tobytes() + LOWEST + HIGHEST + nobody)).tobytes()


def _as_numbers(data: bytes | bytearray) -> npt.NDArray[np.uint64]:
    found: npt.NDArray[np.uint64] = np.frombuffer(data, ">u8").reshape(-1, 4)
    return found


def _sorted(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return numbers[np.lexsort(numbers.T[::-1])]


def _split(data: bytes | memoryview) -> list[bytes]:
    return [bytes(data[start : start + SEAL_BYTES]) for start in range(0, len(data), SEAL_BYTES)]


def _levels(leaves: bytes) -> list[list[bytes]]:
    """Every level of the tree over a power of two of leaves, leaf hashes first."""
    sha256 = hashlib.sha256
    return _upwards([sha256(b"\0" + each).digest() for each in _split(leaves)])


def _upwards(nodes: list[bytes]) -> list[list[bytes]]:
    """These nodes, a power of two of them, and every level above."""
    sha256, levels = hashlib.sha256, [nodes]
    while len(levels[-1]) > 1:
        below = iter(levels[-1])
        levels.append([sha256(b"\1" + left + right).digest() for left, right in zip(below, below, strict=True)])
    return levels


def _beside(levels: list[list[bytes]], index: int) -> tuple[bytes, ...]:
    return tuple(level[(index >> height) ^ 1] for height, level in enumerate(levels[:-1]))
