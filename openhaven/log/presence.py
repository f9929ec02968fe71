"""Whether one person's record was in one release: a tree of keyed tags, from which presence or absence is proven.

The log gets one entry a release, with the root of the tree; never one a person. Who does not hold the haven's key
cannot tell whose a tag is, nor which tags of two releases are of one person."""

import hashlib
import hmac
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openhaven.log.tree import leaf_hash, node_hash, verify_inclusion
from openhaven.model.errors import BadInput, NotVerified

TAG_BYTES = 32
FEWEST = 1024
"""The smallest size of a tree: whoever sees a size learns only between which two powers of two the people lie."""

LOWEST, HIGHEST = bytes(TAG_BYTES), b"\xff" * TAG_BYTES
_PERSON = b"openhaven.log.presence.person/1\0"
_RELEASE = b"openhaven.log.presence.release/1\0"
_FILLING = b"openhaven.log.presence.filling/1\0"


def person_key(master: bytes, nhs_number: str) -> bytes:
    """A person's own key, HMAC-SHA-256 of the NHS number under the haven's key. It never leaves the haven: it would
    open every release, past and to come, to whoever makes the person hand it over."""
    return hmac.digest(master, _PERSON + nhs_number.encode(), hashlib.sha256)


def tag(key: bytes, release: str) -> bytes:
    """The 32 bytes that stand for a person in one release: HMAC-SHA-256 of the release's id under the person's key."""
    return hmac.digest(key, _RELEASE + release.encode(), hashlib.sha256)


@dataclass(frozen=True)
class Place:
    """One leaf of the tree: its tag, where it stands, and its audit path (RFC 6962 section 2.1.1)."""

    tag: bytes
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Presence:
    """The proof that a tag is in the tree."""

    here: Place


@dataclass(frozen=True)
class Absence:
    """The proof that a tag is not in the tree: the two tags that stand side by side where it would be."""

    below: Place
    above: Place


class TagTree:
    """The tags of one release in order, filled up to a power of two, with the lowest and the highest value at its ends.

    `filling` is 32 secret random bytes of this release: the tags made from it cannot be told from people's."""

    def __init__(self, tags: Iterable[bytes], *, filling: bytes) -> None:
        people = set(tags)
        if any(len(each) != TAG_BYTES or each in (LOWEST, HIGHEST) for each in people):
            raise BadInput(f"a tag has {TAG_BYTES} bytes, and is neither the lowest nor the highest value")
        if len(filling) != TAG_BYTES:
            raise BadInput(f"the filling is made from {TAG_BYTES} bytes, not {len(filling)}")
        size = max(FEWEST, 1 << (len(people) + 1).bit_length())
        made = (hmac.digest(filling, _FILLING + n.to_bytes(8, "big"), hashlib.sha256) for n in range(size))
        self.tags: Sequence[bytes] = sorted(
            {LOWEST, HIGHEST, *people, *(next(made) for _ in range(size - 2 - len(people)))}
        )
        self._levels = _levels([leaf_hash(each) for each in self.tags])

    @property
    def size(self) -> int:
        """How many leaves there are, people and filling together."""
        return len(self.tags)

    @property
    def root(self) -> bytes:
        """The Merkle tree hash (RFC 6962 section 2.1) of the tags."""
        return self._levels[-1][0]

    def prove(self, sought: bytes) -> Presence | Absence:
        """The proof that this tag is here, or that it is not."""
        if not LOWEST < sought < HIGHEST or len(sought) != TAG_BYTES:
            raise BadInput("this is no tag of a person")
        index = bisect_left(self.tags, sought)
        if self.tags[index] == sought:
            return Presence(self._place(index))
        return Absence(self._place(index - 1), self._place(index))

    def _place(self, index: int) -> Place:
        path = tuple(level[(index >> height) ^ 1] for height, level in enumerate(self._levels[:-1]))
        return Place(self.tags[index], index, path)


def verify_presence(sought: bytes, proof: Presence | Absence, *, size: int, root: bytes) -> bool:
    """Whether this tag is in the tree of this size and root. Raises NotVerified where the proof does not show it."""
    if isinstance(proof, Presence):
        if proof.here.tag != sought:
            raise NotVerified("the proof is of another tag")
        _verify_place(proof.here, size=size, root=root)
        return True
    _verify_place(proof.below, size=size, root=root)
    _verify_place(proof.above, size=size, root=root)
    if proof.above.index != proof.below.index + 1:
        raise NotVerified("the two tags do not stand side by side")
    if not proof.below.tag < sought < proof.above.tag:
        raise NotVerified("the tag sought does not lie between the two shown")
    return False


def _verify_place(place: Place, *, size: int, root: bytes) -> None:
    if len(place.tag) != TAG_BYTES:
        raise NotVerified(f"a tag has {TAG_BYTES} bytes, this one has {len(place.tag)}")
    verify_inclusion(leaf_hash(place.tag), place.path, index=place.index, size=size, root=root)


def _levels(leaves: list[bytes]) -> list[list[bytes]]:
    """Every level of the tree over a power of two of leaves, leaves first."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = iter(levels[-1])
        levels.append([node_hash(left, right) for left, right in zip(below, below, strict=True)])
    return levels
