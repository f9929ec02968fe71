"""Checkpoints (c2sp.org/tlog-checkpoint): how large a log was, and its root, signed by the log."""

from collections.abc import Iterable
from dataclasses import dataclass

from openhaven.log.note import ED25519, Signer, VerifierKey, parse_note, sign_note, verify_note
from openhaven.log.text import (
    LARGEST,
    check_plain,
    decode_decimal,
    decode_hash,
    encode_base64,
    unreadable_is_unverified,
)
from openhaven.log.tree import EMPTY_ROOT
from openhaven.model.errors import BadInput, NotVerified


@dataclass(frozen=True)
class Checkpoint:
    """A log's origin, its size in entries and its 32-byte root. str() gives the text that is signed.

    `extensions` are further lines, which the format lets other logs write; ours writes none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            check_plain(line, where="checkpoint")
            if not line or "\n" in line:
                raise BadInput("the origin and further lines are single lines, not empty", where="checkpoint")
        if not 0 <= self.size <= LARGEST:
            raise BadInput(f"{self.size} is not a size of a log", where=self.origin)
        if len(self.root) != 32:
            raise BadInput(f"a root has 32 bytes, not {len(self.root)}", where=self.origin)
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise BadInput(f"an empty log has the root {EMPTY_ROOT.hex()}", where=self.origin)

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text (a note's text, without signatures). Raises BadInput."""
    if not text.endswith("\n"):
        raise BadInput("the last line is cut short", where="checkpoint")
    lines = text[:-1].split("\n")
    if len(lines) < 3:
        raise BadInput(f"origin, size and root are three lines; here are {len(lines)}", where="checkpoint")
    return Checkpoint(
        origin=lines[0],
        size=decode_decimal(lines[1], where="checkpoint size"),
        root=decode_hash(lines[2], where="checkpoint root"),
        extensions=tuple(lines[3:]),
    )


def sign_checkpoint(checkpoint: Checkpoint, *, key: VerifierKey, signer: Signer) -> str:
    """The checkpoint as a signed note. The key's name must be the log's origin. Raises BadInput."""
    if key.name != checkpoint.origin:
        raise BadInput(f"a key named {key.name!r} cannot sign for the log", where=checkpoint.origin)
    return sign_note(str(checkpoint), key=key, signer=signer)


def signer_ids(note: str) -> frozenset[bytes]:
    """The ids of the keys under which a checkpoint says that its log signed it, unverified. Raises BadInput."""
    parsed = parse_note(note)
    origin = parsed.text.partition("\n")[0]
    return frozenset(each.key_id for each in parsed.signatures if each.name == origin)


def verify_checkpoint(note: str, trusted: Iterable[VerifierKey]) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """The checkpoint in a signed note, and the trusted keys that signed it.

    Raises NotVerified unless one of them signs as the origin: others' signatures, and cosignatures, do not speak
    for the log.
    """
    with unreadable_is_unverified():
        parsed = parse_note(note)
        signers = verify_note(parsed, trusted)
        checkpoint = parse_checkpoint(parsed.text)
    if checkpoint.origin not in {key.name for key in signers if key.type == ED25519}:
        names = ", ".join(key.name for key in signers)
        raise NotVerified(f"signed by {names}, but not by the log itself", where=checkpoint.origin)
    return checkpoint, signers
