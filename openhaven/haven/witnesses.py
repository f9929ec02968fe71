"""Witnesses of the log: whom the settings name, what they say of the latest checkpoint, and whether that is enough.

A checkpoint is kept with what was said of it before anything relies on it. The operator's own witness is asked like the
others, and never counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openhaven.haven.place import Haven
from openhaven.haven.refusals import keep_refusals
from openhaven.log import VerifierKey, parse_checkpoint
from openhaven.log.cosignature import WitnessPolicy, check_witnessed, cosignatures
from openhaven.log.note import parse_note
from openhaven.model.errors import BadInput, NotVerified, Unmet
from openhaven.model.settings import Settings
from openhaven.outside.witnesses import Asked, Door, ask_all
from openhaven.records import reads, writes
from openhaven.records.cosigned import policy_of as counting
from openhaven.records.cosigned import witness_key

PUT_BACK = (
    "To wait does not help: a witness saw more of this log, or other entries, than are here. If a backup was restored, "
    "restore the newest one that there is: haven status names what the witness saw. If none holds it, or nobody "
    "restored one, do as docs/how-to/witness.md says: When the records were put back."
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A checkpoint with every cosignature that could be had, and what came of asking each witness for it."""

    note: str
    asked: tuple[Asked, ...]

    @property
    def todo(self) -> str:
        """What helps where not all cosigned: to wait does not, where a witness saw another history."""
        return PUT_BACK if any(each.differs for each in self.asked) else ""

    @property
    def silent(self) -> str:
        """Who did not cosign, and why; empty where all did."""
        return "; ".join(f"{each.witness}: {each.why_not}" for each in self.asked if each.why_not)


def policy_of(settings: Settings) -> WitnessPolicy:
    """Which witnesses count here and how many of them are needed. Raises BadInput where a key cannot be read."""
    return counting(settings.log, operator=settings.haven.operator)


def who_must_cosign(settings: Settings) -> list[str]:
    """The policy and the keys that count, as a release remembers them; empty where no witness is needed."""
    policy = policy_of(settings)
    return [str(policy), *map(str, policy.witnesses)] if policy.needed else []


def policy_words(settings: Settings) -> str:
    """The policy as a certificate says it."""
    policy = policy_of(settings)
    names = ", ".join(each.name for each in policy.witnesses)
    return f"{policy} must have cosigned before the key is given: {names}" if policy.needed else str(policy)


def check_witnesses(settings: Settings, *, log: VerifierKey) -> None:
    """Raise BadInput where the settings name a witness that cannot be asked, or that is the log itself."""
    for door in doors(settings):
        if door.key.public == log.public:
            raise BadInput("it signs with the log's own key, so it is no witness", where=door.key.name)
    policy_of(settings)


def doors(settings: Settings) -> tuple[Door, ...]:
    """Where each witness is asked."""
    return tuple(Door(each.url, witness_key(each.key)) for each in settings.log.witness)


def hear(haven: Haven) -> Heard:
    """Ask every witness to cosign the latest checkpoint, and keep what they say."""
    note = reads.checkpoint()
    if not haven.settings.log.witness or not (size := _size(note)):
        return Heard(note, ())
    keys = [door.key for door in doors(haven.settings)]
    note, asked = ask_all(doors(haven.settings), note, proof=reads.consistency, known=_known(keys))
    keep_refusals(haven, note, asked)
    if any(each.line for each in asked):
        writes.keep_cosigned(size, note)
    return Heard(note, asked)


def hear_enough(haven: Haven, release: str, *, index: int) -> str:
    """The signed note of a checkpoint over an entry that meets the policy, asked for where none does yet.

    Raises Unmet, naming who did not cosign and why, where the policy is not met: the release waits."""
    policy = policy_of(haven.settings)
    if found := next((each for each in reads.cosigned(index) if _meets(each, policy, haven.log_key, index)), ""):
        return found
    heard = hear(haven)
    if _meets(heard.note, policy, haven.log_key, index):
        return heard.note
    raise Unmet(
        f"release {release} waits for witnesses, and its key is not given: {policy} must have cosigned the log, and "
        f"{_names(heard.note, policy) or 'none'} did. {heard.silent}",
        todo=heard.todo or "Nothing is lost. Try again later: haven release --resume",
    )


def waiting(haven: Haven) -> Mapping[str, str]:
    """Which unfinished releases wait for witnesses, and who has cosigned by now."""
    policy = policy_of(haven.settings)
    if not policy.needed:
        return {}
    found = {}
    for each in reads.unfinished_releases():
        notes = list(reads.cosigned(each.index))
        if not any(_meets(note, policy, haven.log_key, each.index) for note in notes):
            over = max(notes, key=lambda note: len(cosignatures(note, witnesses=policy.witnesses)), default="")
            names = _names(over, policy) if over else ""
            found[each.release.id] = f"{policy} must have cosigned, and {names or 'none'} did"
    return found


def _meets(note: str, policy: WitnessPolicy, log: VerifierKey, index: int) -> bool:
    if _size(note) <= index:
        return False
    try:
        check_witnessed(note, policy, log=log)
    except NotVerified:
        return False
    return True


def _known(keys: list[VerifierKey]) -> dict[VerifierKey, int]:
    """How far each witness had seen the log when it last cosigned: it is asked from there."""
    found: dict[VerifierKey, int] = {}
    for note in reads.cosigned():
        for each in cosignatures(note, witnesses=keys):
            found.setdefault(each.witness, _size(note))
        if len(found) == len(keys):
            break
    return found


def _names(note: str, policy: WitnessPolicy) -> str:
    return ", ".join(each.witness.name for each in cosignatures(note, witnesses=policy.witnesses))


def _size(note: str) -> int:
    return parse_checkpoint(parse_note(note).text).size
