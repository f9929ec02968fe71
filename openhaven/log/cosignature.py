"""Cosignatures (c2sp.org/tlog-cosignature): what witnesses say of a checkpoint, and how many of them must."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.log.checkpoint import Checkpoint, verify_checkpoint
from openhaven.log.note import (
    COSIGNATURE,
    TIME_BYTES,
    Note,
    Signature,
    Signer,
    VerifierKey,
    cosigned,
    parse_note,
)
from openhaven.log.text import LARGEST
from openhaven.model.errors import BadInput, NotVerified


@dataclass(frozen=True)
class Cosigned:
    """That a witness had seen this checkpoint, and none that contradicts it, at a time (seconds since 1970)."""

    witness: VerifierKey
    time: int


@dataclass(frozen=True)
class WitnessPolicy:
    """How many of which witnesses must have cosigned: none by default, two of three in production."""

    witnesses: tuple[VerifierKey, ...] = ()
    needed: int = 0

    def __post_init__(self) -> None:
        if any(each.type != COSIGNATURE for each in self.witnesses):
            raise BadInput("a witness has a key of type 0x04 (cosignature)", where="witness policy")
        if len({each.public for each in self.witnesses}) != len(self.witnesses):
            raise BadInput("two witnesses share one key, which makes them one", where="witness policy")
        if not 0 <= self.needed <= len(self.witnesses):
            raise BadInput(
                f"{self.needed} of {len(self.witnesses)} witnesses cannot be asked for", where="witness policy"
            )

    def __str__(self) -> str:
        return f"{self.needed} of {len(self.witnesses)} witnesses" if self.needed else "not witnessed"


def cosigner_key(name: str, private: Ed25519PrivateKey) -> VerifierKey:
    """The public half of a witness's key, under its name."""
    return VerifierKey(name, private.public_key().public_bytes_raw(), COSIGNATURE)


def cosign(checkpoint: Checkpoint, *, key: VerifierKey, signer: Signer, time: int) -> str:
    """The signature line of a witness on a checkpoint, at a time in seconds since 1970. Raises BadInput."""
    if key.type != COSIGNATURE or not 0 <= time <= LARGEST:
        raise BadInput("a cosignature needs a key of type 0x04, and a time since 1970", where=key.name)
    text = str(checkpoint).encode()
    sign = signer.sign if isinstance(signer, Ed25519PrivateKey) else signer
    value = time.to_bytes(TIME_BYTES, "big") + sign(cosigned(text, time))
    if not key.holds(text, value):
        raise BadInput("the signer's key is not the one that verifiers are told of", where=str(key))
    return str(Signature(key.name, key.key_id, value))


def cosignatures(note: str, *, witnesses: Iterable[VerifierKey]) -> tuple[Cosigned, ...]:
    """Which of these witnesses cosigned the checkpoint in a note, each once, at its latest time.

    Raises BadInput for what is no note, NotVerified where a line of one of these witnesses is wrong."""
    parsed = parse_note(note)
    known = {(each.name, each.key_id): each for each in witnesses}
    times: dict[VerifierKey, int] = {}
    for line in parsed.signatures:
        witness = known.get((line.name, line.key_id))
        if witness is None:
            continue
        if not witness.holds(parsed.text.encode(), line.value):
            raise NotVerified(f"the cosignature does not fit the text; the key is {witness}", where=line.name)
        time = int.from_bytes(line.value[:TIME_BYTES], "big")
        times[witness] = max(time, times.get(witness, 0))
    return tuple(Cosigned(witness, time) for witness, time in times.items())


def check_witnessed(
    note: str, policy: WitnessPolicy, *, log: VerifierKey, now: int | None = None
) -> tuple[Cosigned, ...]:
    """The cosignatures that count under a policy. Raises NotVerified where they are fewer than it needs.

    The log itself must have signed too. A witness with the log's own key never counts, and neither does a time that
    lies after `now` (seconds since 1970), where it is given."""
    verify_checkpoint(note, [log])
    found = [each for each in cosignatures(note, witnesses=policy.witnesses) if each.witness.public != log.public]
    counted = tuple(each for each in found if now is None or each.time <= now)
    if len(counted) < policy.needed:
        names = ", ".join(each.witness.name for each in counted) or "none"
        raise NotVerified(f"{policy} must have cosigned the log's checkpoint, and {names} did", where=log.name)
    return counted


def with_cosignatures(note: str, lines: Iterable[str]) -> str:
    """The note with these signature lines added, each signer once. Raises BadInput where a line is none."""
    whole = parse_note(note)
    added = parse_note(f"x\n\n{''.join(lines)}").signatures
    signed = {(each.name, each.key_id) for each in added}
    kept = tuple(each for each in whole.signatures if (each.name, each.key_id) not in signed)
    return str(Note(whole.text, kept + added))
