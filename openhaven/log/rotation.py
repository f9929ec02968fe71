"""A key of the log or of packages put in the place of another: announced by a note that both keys sign.

Whoever trusts the old key learns the new one from it, and that the old one counts for nothing entered later."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from openhaven.log.note import ED25519, Note, Signer, VerifierKey, parse_note, parse_verifier_key, sign_note
from openhaven.log.text import unreadable_is_unverified
from openhaven.model.errors import BadInput, NotVerified

HEADER = "openhaven.log.key-rotation/1"
_UNTIL = " until "
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True)
class Rotation:
    """That `new` takes the place of `old` at a time (RFC 3339 in UTC, whole seconds). str() gives the signed text."""

    old: VerifierKey
    new: VerifierKey
    time: str

    def __post_init__(self) -> None:
        _check_time(self.time)
        if self.old.type != ED25519 or self.new.type != ED25519:
            raise BadInput("only keys that sign as a log or for packages (type 0x01) are rotated", where=HEADER)
        if self.old.name != self.new.name or self.old.public == self.new.public:
            raise BadInput("a rotation puts another key under the same name", where=HEADER)

    def __str__(self) -> str:
        return f"{HEADER}\nold {self.old}\nnew {self.new}\ntime {self.time}\n"


@dataclass(frozen=True)
class Trusted:
    """A key that a reader trusts: for what was entered up to a time, or without end. str() gives its line."""

    key: VerifierKey
    until: str = ""

    def __post_init__(self) -> None:
        if self.until:
            _check_time(self.until)

    def __str__(self) -> str:
        return f"{self.key}{_UNTIL}{self.until}" if self.until else str(self.key)


def parse_trusted(line: str) -> Trusted:
    """Read `name+id+key`, or the same followed by ` until ` and a time. Raises BadInput."""
    key, until, time = line.strip().partition(_UNTIL)
    if until and not time:
        raise BadInput("a key is trusted until a time", where=line[:60])
    return Trusted(parse_verifier_key(key), time)


def announce(rotation: Rotation, *, old: Signer, new: Signer) -> str:
    """The announcement, signed by both. Raises BadInput when a signer does not hold the private half of its key."""
    signed = [sign_note(str(rotation), key=rotation.old, signer=old)]
    signed.append(sign_note(str(rotation), key=rotation.new, signer=new))
    return str(Note(str(rotation), tuple(line for note in signed for line in parse_note(note).signatures)))


def read_announcement(note: str) -> Rotation:
    """What a note announces, once both keys are seen to have signed it; whether to trust them is not asked.

    Raises NotVerified where it is not in that form, or one of the two did not sign."""
    with unreadable_is_unverified():
        parsed = parse_note(note)
        rotation = _parse(parsed.text)
    signatures = {(each.name, each.key_id): each.value for each in parsed.signatures}
    for which, key in (("old", rotation.old), ("new", rotation.new)):
        value = signatures.get((key.name, key.key_id))
        if value is None or not key.holds(parsed.text.encode(), value):
            raise NotVerified(f"the {which} key did not sign the announcement: {key}", where=key.name)
    return rotation


def follow(trusted: Sequence[Trusted], note: str) -> tuple[Trusted, ...]:
    """What a reader trusts once an announcement is followed: the new key, and the old one for what was entered before.

    Raises NotVerified where it is not signed by a key that the reader trusts still."""
    rotation = read_announcement(note)
    known = {each.key: each for each in trusted}
    old = known.get(rotation.old)
    if old is None:
        raise NotVerified(f"it rotates a key that is not trusted: {rotation.old}", where=rotation.old.name)
    if rotation.new in known and old.until == rotation.time:
        return tuple(trusted)
    if old.until:
        raise NotVerified(f"the key was retired at {old.until}, and announces nothing more: {old.key}", where=HEADER)
    if rotation.new in known:
        raise NotVerified(f"it brings back a key that is known already: {rotation.new}", where=HEADER)
    retired = replace(old, until=rotation.time)
    return (*(Trusted(rotation.new) if each is old else each for each in trusted), retired)


def out_of_time(trusted: Iterable[Trusted], signers: Iterable[VerifierKey], time: str) -> tuple[Trusted, ...]:
    """Those of the keys that signed which were retired before this time."""
    found = {each.key: each for each in trusted}
    return tuple(found[key] for key in signers if key in found and found[key].until and time > found[key].until)


def _parse(text: str) -> Rotation:
    lines = text.split("\n")
    names = ("old ", "new ", "time ")
    if len(lines) != 5 or lines[0] != HEADER or lines[4] or not all(map(str.startswith, lines[1:4], names)):
        raise BadInput(f"this is not an announcement: {HEADER}, then old, new and time", where="rotation")
    old, new, time = (line.removeprefix(name) for line, name in zip(lines[1:4], names, strict=True))
    return Rotation(parse_verifier_key(old), parse_verifier_key(new), time)


def _check_time(value: str) -> None:
    try:
        if not _TIME.fullmatch(value):
            raise ValueError
        datetime.fromisoformat(value)
    except ValueError:
        raise BadInput(f"{value[:40]!r} is not a time in UTC, such as 2026-01-31T09:30:00Z", where=HEADER) from None
