"""Proof files (c2sp.org/tlog-proof): that an entry is in the log, checked offline with trusted keys alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from openhaven.log.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from openhaven.log.note import VerifierKey, parse_note
from openhaven.log.text import (
    LARGEST,
    decode_base64,
    decode_decimal,
    decode_hash,
    encode_base64,
    unreadable_is_unverified,
)
from openhaven.log.tree import ReadNode, inclusion_proof, leaf_hash, root, verify_inclusion
from openhaven.model.errors import BadInput, NotVerified

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Proof:
    """What a `.tlog-proof` file holds. str() gives the file.

    `checkpoint` is the log's signed note, word for word. `extra` is covered by no signature.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index <= LARGEST:
            raise BadInput(f"{self.index} is not a place in a log", where="log proof")
        if any(len(value) != 32 for value in self.hashes):
            raise BadInput("every hash has 32 bytes", where="log proof")

    def __str__(self) -> str:
        extra = [f"extra {encode_base64(self.extra)}"] if self.extra else []
        lines = [HEADER, *extra, f"index {self.index}", *map(encode_base64, self.hashes), ""]
        return "".join(f"{line}\n" for line in lines) + self.checkpoint


@dataclass(frozen=True)
class LoggedEntry:
    """What a proof has proven: the entry's place, the checkpoint over it, the trusted keys that signed."""

    index: int
    checkpoint: Checkpoint
    signers: tuple[VerifierKey, ...]


def make_proof(index: int, *, checkpoint: str, read_node: ReadNode, extra: bytes = b"") -> str:
    """The `.tlog-proof` file for entry `index` under a signed checkpoint.

    Raises BadInput when the checkpoint does not reach the entry, NotVerified when the nodes have another root.
    """
    head = parse_checkpoint(parse_note(checkpoint).text)
    hashes = inclusion_proof(index, head.size, read_node)
    found = root(head.size, read_node)
    if found != head.root:
        raise NotVerified(f"the nodes have the root {found.hex()}, not {head.root.hex()}", where=head.origin)
    return str(Proof(index, tuple(hashes), checkpoint, extra))


def parse_proof(text: str) -> Proof:
    """Read a `.tlog-proof` file, without verifying. Raises BadInput that says which line is wrong."""
    head, gap, checkpoint = text.partition("\n\n")
    if not gap:
        raise BadInput("no empty line parts the hashes from the checkpoint", where="log proof")
    lines = head.split("\n")
    if lines.pop(0) != HEADER:
        raise BadInput(f"the first line is not {HEADER}", where="log proof")
    extra = _take_extra(lines)
    return Proof(
        index=_take_index(lines),
        hashes=tuple(decode_hash(line, where="log proof") for line in lines),
        checkpoint=checkpoint,
        extra=extra,
    )


def verify_proof(entry: bytes, proof: str, trusted: Iterable[VerifierKey]) -> LoggedEntry:
    """Check that a log whose key is trusted holds the entry with these bytes.

    `proof` is the text of a `.tlog-proof` file. Raises NotVerified with what was found and what was stated:
    unreadable, signed by nobody who is trusted, or leading to another root.
    """
    with unreadable_is_unverified():
        parsed = parse_proof(proof)
    checkpoint, signers = verify_checkpoint(parsed.checkpoint, trusted)
    verify_inclusion(leaf_hash(entry), parsed.hashes, index=parsed.index, size=checkpoint.size, root=checkpoint.root)
    return LoggedEntry(parsed.index, checkpoint, signers)


def _take_extra(lines: list[str]) -> bytes:
    if not lines or not lines[0].startswith("extra "):
        return b""
    extra = decode_base64(lines.pop(0).removeprefix("extra "), where="log proof, extra")
    if not extra:
        raise BadInput("the extra line is empty", where="log proof", todo="Leave it out.")
    return extra


def _take_index(lines: list[str]) -> int:
    if not lines or not lines[0].startswith("index "):
        raise BadInput("the line `index N` is missing", where="log proof")
    return decode_decimal(lines.pop(0).removeprefix("index "), where="log proof, index")
