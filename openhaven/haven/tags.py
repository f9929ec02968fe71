"""The tags of the people in a release: made on the road, kept in the haven, and found again for one person.

What is kept are the leaves of the tree, not the people: the vault's content changes, is replaced and is destroyed, and
a tree made from it again would be another. Without the key of the tags the file tells nobody anything but how many."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openhaven.haven.place import Haven, staging
from openhaven.log.person_proof import BODY, PersonProof, tree_body
from openhaven.log.presence import Presence, TagTree, person_key, seal, seals, tag
from openhaven.model.errors import BadInput, NotVerified
from openhaven.records import kept, reads
from openhaven.release.made import Made
from openhaven.release.people_left import numbers_that_left

FILE = "people.tags"


def tree_of_people(haven: Haven, made: Made, release: str) -> TagTree:
    """The tree of the people whose records are in the file that leaves. Of each person it holds 32 bytes in memory."""
    key = haven.keys.tags.key
    runs = (seals(key, release, numbers) for numbers in numbers_that_left(made))
    return TagTree.of(runs, filling=secrets.token_bytes(32))


def keep_tree(haven: Haven, tree: TagTree, folder: Path, *, release: str) -> Mapping[str, Any]:
    """Keep the leaves, readable by the operator alone. Returns the body to which the entry of the release commits."""
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(bytes(tree))
        file.flush()
        os.fsync(file.fileno())
    return tree_body(tree, release=release, key_id=haven.keys.tags.id)


def has_tags(haven: Haven, release: kept.ReleaseKept) -> bool:
    """Whether it can be told of this release whose records it held: not so where an earlier version made it, nor where
    it was given up after a backup without it came back. Of one that was handed over, tags that are gone are missed."""
    if BODY not in reads.bodies(release.index):
        return False
    return release.state is not kept.ReleaseState.ABANDONED or _kept_at(haven, release.release.id).is_file()


def proof_of(haven: Haven, release: kept.ReleaseKept, nhs_number: str) -> PersonProof:
    """The proof that this release held the record of this number, or did not, under the latest checkpoint.

    Raises BadInput where nothing can be proven, NotVerified where what was kept is not what the log commits to."""
    id = release.release.id
    sealed = reads.bodies(release.index).get(BODY)
    if sealed is None:
        raise BadInput("no tags were made of the people in it, so nothing can be proven", where=f"release {id}")
    own = tag(person_key(_key(haven, id, json.loads(sealed.body)), nhs_number), id)
    mine = seal(own, nhs_number)
    return PersonProof(
        release=id,
        tag=own,
        seal=mine,
        place=_tree(haven, id, json.loads(sealed.body)).prove(mine),
        entry=next(data for _, data in reads.entries(release.index, release.index + 1)),
        log_proof=reads.proof(release.index),
        body=sealed.body,
        salt=sealed.salt,
    )


def check_tags(haven: Haven) -> int:
    """Compare what is kept of the people in each release with what its entry commits to. Returns of how many releases.

    Raises NotVerified for the first that differs, or is not there."""
    found = [each for each in reads.releases() if has_tags(haven, each)]
    for each in found:
        sealed = reads.bodies(each.index)[BODY]
        if sealed is None:
            raise NotVerified("what it says of the people in it was erased", where=f"entry {each.index}")
        try:
            _tree(haven, each.release.id, json.loads(sealed.body))
        except BadInput as problem:
            raise NotVerified(problem.what, where=problem.where, todo=problem.todo) from problem
    return len(found)


def held_in(proof: PersonProof) -> bool:
    """Whether the release held the record that this proof of ours is about."""
    return isinstance(proof.place, Presence)


def _key(haven: Haven, id: str, body: Mapping[str, Any]) -> bytes:
    if (key := haven.keys.tags).id != body["key"]:
        raise BadInput(
            f"its tags were made under the key {body['key']}, and this haven has {key.id}",
            where=f"release {id}",
            todo="Restore the key from the backup.",
        )
    return key.key


def _tree(haven: Haven, id: str, body: Mapping[str, Any]) -> TagTree:
    """The tree as it was kept, seen to be the one that the log commits to."""
    path = _kept_at(haven, id)
    if not path.is_file():
        raise BadInput(
            "the tags of the people in it are not here", where=str(path), todo="Restore the haven from its backup."
        )
    tree = TagTree(path.read_bytes())
    if (tree.size, tree.root.hex()) != (body["leaves"], body["root"]):
        raise NotVerified("the tags that are kept are not those that the log commits to", where=str(path))
    return tree


def _kept_at(haven: Haven, id: str) -> Path:
    """Where the tags lie: of a release that waits to be handed over, with the rest of it."""
    waiting = haven.work / staging(id) / "controllers" / FILE
    return waiting if waiting.is_file() else haven.releases / id / FILE
