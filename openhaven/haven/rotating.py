"""A signing key put in the place of another: made, announced by an entry that both sign, then taken for good.

The entry decides. A break before it leaves nothing but a key that is destroyed; a break after it is finished by the
next command that writes, and every command works under the new key from then on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from openhaven.haven.place import Haven, write_trust
from openhaven.keys import Secret, Signing, master_id
from openhaven.log import VerifierKey
from openhaven.log.rotation import Rotation, announce, read_announcement
from openhaven.model.errors import BadInput
from openhaven.records import kept, reads, writes
from openhaven.records.act import instant

NAMES = {kept.LOG_KEY: Signing.LOG, "packages": Signing.PACKAGES}
"""The keys that can be rotated, as people name them."""

_NOT_ROTATED = {
    "pseudonyms": "a new master would give everybody other pseudonyms, unseen by those who hold the old ones. Record "
    "the agreement with a new epoch: its pseudonyms come of a new secret. Then end the old ones: haven scope destroy",
    "tags": "the tags of earlier releases could not be found again, and nobody be told which held their record",
    "vault": "what the vault holds is joined by it. Make a new haven, and deliver again",
    "service": "it signs cookies alone: stop the service, remove service.key, start it again; everybody signs in anew",
}


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was done: the place of the entry, the announcement, and whether the old key is gone."""

    index: int
    announcement: str
    destroyed: bool


def rotate(haven: Haven, name: str, *, because: str) -> Rotated:
    """Put a new key in the place of `log` or `packages`. Only for who holds the haven alone. Raises BadInput."""
    if name in _NOT_ROTATED:
        raise BadInput(f"the key of {name} is not rotated: {_NOT_ROTATED[name]}")
    if not because.strip():
        raise BadInput("nothing says why", todo="Say it: --because TEXT")
    if unfinished := reads.unfinished_releases():
        raise BadInput(
            f"release {unfinished[0].release.id} is unfinished, and its key would be given under another",
            todo="Finish or abandon it first: haven release --resume, or --abandon",
        )
    act = haven.act()  # what it enters before is signed by the old key
    changed = replace(haven, keys=haven.keys.make_next(NAMES[name]))
    old, new = _key(haven, name), _key(changed, name)
    time = instant(max(act.now, reads.last_entered() or act.now))
    signers = {"old": haven.keys.signer(NAMES[name]), "new": changed.keys.signer(NAMES[name])}
    announcement = announce(Rotation(old, new, time), **signers)
    act = replace(act, sign=changed.sign_checkpoint)
    position = writes.record_key_rotated(announcement=announcement, key=name, because=because, act=act)
    write_trust(changed)
    return Rotated(position.index, announcement, changed.keys.keep())


@dataclass(frozen=True, slots=True)
class Listed:
    """One key by its name, what it is for, and its public half or id; `until` where it was rotated."""

    name: str
    kind: str
    id: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class AllKeys:
    """What holds the keys, and which they are."""

    held_in: str
    keys: tuple[Listed, ...]


def listed(haven: Haven) -> AllKeys:
    """The keys of a haven, by what may be told of them."""
    signing = [Listed("log", "signs", str(haven.log_key)), Listed("packages", "signs", str(haven.signing_key))]
    names = {Secret.PSEUDONYMS: "pseudonyms", Secret.VAULT: "vault", Secret.TAGS: "tags"}
    masters = [Listed(name, "master", master_id(secret, haven.keys.provider.secret(secret)))
               for secret, name in names.items()]  # fmt: skip
    rotations = [read_announcement(note) for _, note in reads.rotations()]
    names_of = {haven.log_key.name: "log", haven.signing_key.name: "packages"}
    retired = [Listed(names_of[each.old.name], "retired", str(each.old), each.time) for each in rotations]
    return AllKeys(haven.keys.provider.where, (*signing, *masters, *retired))


def _key(haven: Haven, name: str) -> VerifierKey:
    return haven.log_key if name == kept.LOG_KEY else haven.signing_key
