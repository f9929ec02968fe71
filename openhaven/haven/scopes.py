"""Pseudonym scopes: which there are, and the end of one. Without its secret nobody can make its pseudonyms again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openhaven.haven.place import Haven
from openhaven.haven.whole import whole_folder
from openhaven.identity.pseudonym import key_id, scope_key
from openhaven.log.text import encode_base64
from openhaven.model.errors import BadInput, Unmet
from openhaven.model.obligation import PseudonymScope
from openhaven.records import kept, reads, writes


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope by its name (recipient, agreement, epoch), and whether its secret was destroyed."""

    scope: str
    destroyed: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """That a scope's secret was destroyed: the words that were entered, their salt, and the place of the entry."""

    index: int
    body: bytes
    salt: bytes

    @property
    def plain(self) -> Mapping[str, Any]:
        """What it says."""
        return dict(json.loads(self.body))


def scopes(haven: Haven) -> tuple[Scope, ...]:
    """Every scope in which pseudonyms were made."""
    destroyed = reads.scopes_destroyed()
    return tuple(Scope(each, each in destroyed) for each in sorted({*haven.keys.scopes(), *destroyed}))


def key_of_scope(haven: Haven, scope: PseudonymScope) -> bytes:
    """The key of a scope's pseudonyms, 32 bytes. Raises Unmet where it would not be the one of its earlier releases."""
    name = _name(scope)
    _check_its_own(scope)
    if name in reads.scopes_destroyed():
        raise Unmet(
            f"the pseudonyms of scope {name} were destroyed, and cannot be made again",
            todo="Record the agreement with a new epoch: its pseudonyms will be others.",
        )
    before = {each.release.scope_key for each in reads.releases() if each.release.scope == name}
    if before and name not in haven.keys.scopes():
        raise _lost(name)
    parts = {"recipient": scope.recipient, "agreement": scope.agreement, "epoch": scope.epoch}
    key = scope_key(haven.keys.master, secret=haven.keys.scope_secret(name), **parts)
    if before - {key_id(key)}:
        raise _lost(name)
    return key


def _lost(name: str) -> Unmet:
    return Unmet(
        f"the secret of scope {name} is not that of its earlier releases, and people would get other pseudonyms unseen",
        todo="Bring keys/scopes back from a backup, or record the agreement with a new epoch.",
    )


def scope_of(haven: Haven, scope: object) -> dict[str, str]:
    """What a release remembers of the scope of its pseudonyms; empty where it has none."""
    if not isinstance(scope, PseudonymScope):
        return {}
    return {"scope": _name(scope), "scope_key": key_id(key_of_scope(haven, scope))}


def _name(scope: PseudonymScope) -> str:
    return f"{scope.recipient}.{scope.agreement}.{scope.epoch}"


def _check_its_own(scope: PseudonymScope) -> None:
    """Dots join the parts of a scope's name, so A.B with C and A with B.C would share a secret: an id with a dot opens
    no scope. One that was used before goes on. Raises BadInput."""
    whose = (scope.recipient, scope.agreement)
    before = {
        (each.release.recipient, each.release.agreement)
        for each in reads.releases()
        if each.release.scope == _name(scope)
    }
    dotted = next((id for id in whose if "." in id), "")
    if before - {whose} or (dotted and not before):
        raise BadInput(
            f"the id {dotted} holds a dot"
            if dotted
            else f"a scope of this name was used by {' and '.join(min(before - {whose}))}",
            where=f"scope {_name(scope)}",
            todo="Its pseudonyms could be those of another scope. Record the agreement, and the recipient, under an id "
            "without a dot.",
        )


def destroy_scope(haven: Haven, scope: str, *, because: str) -> int:
    """Destroy a scope's secret. The entry comes first: a break after it is finished by the next command that writes,
    so that what the log says destroyed is. Returns the entry's index. Raises BadInput."""
    if not because.strip():
        raise BadInput("nothing says why", todo="Say it: --because TEXT")
    there = {each.scope: each for each in scopes(haven)}
    if scope not in there:
        raise BadInput(f"there is no scope {scope}", todo="haven scope list names them.")
    if there[scope].destroyed:
        raise BadInput(f"scope {scope} is destroyed already")
    for each in reads.unfinished_releases():
        if scope.startswith(f"{each.release.recipient}.{each.release.agreement}."):
            raise BadInput(
                f"release {each.release.id} under this agreement is unfinished",
                todo="Finish or abandon it first: haven release --resume, or --abandon",
            )
    index = writes.record_scope_destroyed(scope=scope, certificate=_certificate(haven, scope, because), act=haven.act())
    haven.keys.destroy_scope(scope)
    return index.index


def _certificate(haven: Haven, scope: str, because: str) -> dict[str, str]:
    return {
        "scope": scope,
        "what": "the secret of a pseudonym scope: 32 random bytes from which its pseudonyms were made",
        "how": "overwritten once with random bytes, then removed",
        "because": because,
        "on": haven.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not covered": "copies in backups of the haven, and the pseudonyms in files that were released",
    }


def certificate_of(haven: Haven, scope: str) -> Certificate:
    """The certificate of a scope's destruction. Raises BadInput where its secret is still there, or the words were
    erased."""
    index = reads.scopes_destroyed().get(scope)
    if index is None or haven.keys.holds_scope(scope):
        raise BadInput(f"scope {scope} is not destroyed", todo="haven scope list says which are.")
    sealed = reads.bodies(index)[kept.SCOPE_DESTRUCTION]
    if sealed is None:
        raise BadInput(
            "what was certified was erased", where=f"entry {index}", todo=f"See: haven log show --since {index}"
        )
    return Certificate(index, sealed.body, sealed.salt)


def write_certificate(haven: Haven, found: Certificate, out: Path) -> None:
    """A new folder with the certificate, word for word, and all that shows that the log holds it. Raises BadInput."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is in use", where=str(out), todo="Name a new folder.")
    with whole_folder(out) as part:
        (part / "certificate.json").write_bytes(found.body)
        (part / "salt.txt").write_text(f"{encode_base64(found.salt)}\n", encoding="utf-8")
        (part / "entry.json").write_bytes(dict(reads.entries(found.index, found.index + 1))[found.index])
        (part / "entry.tlog-proof").write_text(reads.proof(found.index), encoding="utf-8")
        (part / "log-key.txt").write_text(f"{haven.log_key}\n", encoding="utf-8")
