"""Pseudonym scopes: which there are, and the end of one. Without its secret nobody can make its pseudonyms again."""

from __future__ import annotations

from dataclasses import dataclass

from openhaven.haven.place import Haven
from openhaven.model.errors import BadInput
from openhaven.records import reads, writes


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope by its name (recipient, agreement, epoch), and whether its secret was destroyed."""

    scope: str
    destroyed: bool


def scopes(haven: Haven) -> tuple[Scope, ...]:
    """Every scope in which pseudonyms were made."""
    destroyed = reads.scopes_destroyed()
    return tuple(Scope(each, each in destroyed) for each in sorted({*haven.keys.scopes(), *destroyed}))


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
