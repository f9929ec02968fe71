"""The file that a person takes away: that one release held their record, or did not, provable with the log's key alone.

JSON: the log's entry and its proof, the body that the entry commits to (the tree's size and root), the person's tag in
that release, and its place among the tags."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openhaven.log.cosignature import WitnessPolicy, check_witnessed
from openhaven.log.entries import commitment, parse_entry
from openhaven.log.note import VerifierKey
from openhaven.log.presence import Absence, Place, Presence, TagTree, verify_presence
from openhaven.log.proof import LoggedEntry, parse_proof, verify_proof
from openhaven.log.text import decode_base64, decode_hash, encode_base64, unreadable_is_unverified
from openhaven.model.errors import BadInput, NotVerified

FORMAT = "openhaven.log.person-proof/1"
BODY = "people"
"""The name of the body, and of the commitment in the entry of a release, that holds size and root of its tag tree."""

_HASH = 32


@dataclass(frozen=True)
class PersonProof:
    """What a person's proof file holds. str() gives the file.

    `entry` is the log's entry of the release, `log_proof` its `.tlog-proof`; `body` and `salt` are what the entry's
    commitment hides: the size and the root of the tree of tags."""

    release: str
    tag: bytes
    place: Presence | Absence
    entry: bytes
    log_proof: str
    body: bytes
    salt: bytes

    def __str__(self) -> str:
        places = (
            {"here": _written(self.place.here)}
            if isinstance(self.place, Presence)
            else {"below": _written(self.place.below), "above": _written(self.place.above)}
        )
        plain = {
            "format": FORMAT,
            "release": self.release,
            "tag": encode_base64(self.tag),
            **places,
            "body": encode_base64(self.body),
            "salt": encode_base64(self.salt),
            "entry": encode_base64(self.entry),
            "log_proof": self.log_proof,
        }
        return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Shown:
    """What a proof has shown: whether the release held the record of this tag, and where the log says so."""

    present: bool
    release: str
    logged: LoggedEntry


def tree_body(tree: TagTree, *, release: str) -> dict[str, Any]:
    """The body that the entry of a release commits to: which release, how many leaves, which root."""
    return {"release": release, "leaves": tree.size, "root": tree.root.hex()}


def parse_person_proof(text: str) -> PersonProof:
    """Read a person's proof file, without verifying. Raises BadInput."""
    where = "person's proof"
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"not JSON ({problem})", where=where) from problem
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise BadInput(f"not a file of the format {FORMAT}", where=where)
    try:
        place: Presence | Absence
        if "here" in plain:
            place = Presence(_read(plain["here"]))
        else:
            place = Absence(_read(plain["below"]), _read(plain["above"]))
        return PersonProof(
            release=_text(plain, "release"),
            tag=decode_hash(_text(plain, "tag"), where=where),
            place=place,
            entry=decode_base64(_text(plain, "entry"), where=where),
            log_proof=_text(plain, "log_proof"),
            body=decode_base64(_text(plain, "body"), where=where),
            salt=decode_hash(_text(plain, "salt"), where=where),
        )
    except (KeyError, TypeError) as problem:
        raise BadInput(f"a part is missing or of the wrong kind ({problem})", where=where) from problem


def verify_person_proof(text: str, *, log: VerifierKey, policy: WitnessPolicy | None = None) -> Shown:
    """Whether the release held the record, with the log's key and a policy for witnesses.

    Raises NotVerified for anything that does not follow from the log."""
    with unreadable_is_unverified():
        proof = parse_person_proof(text)
        logged = verify_proof(proof.entry, proof.log_proof, [log])
        check_witnessed(parse_proof(proof.log_proof).checkpoint, policy or WitnessPolicy(), log=log)
        size, root = _tree_of(proof)
    return Shown(verify_presence(proof.tag, proof.place, size=size, root=root), proof.release, logged)


def _tree_of(proof: PersonProof) -> tuple[int, bytes]:
    """Size and root of the tree, once the entry is seen to commit to them for this release."""
    entry = parse_entry(proof.entry)
    if entry.commitments.get(BODY) != commitment(proof.body, proof.salt):
        raise NotVerified("the entry commits to another tree", where=proof.release)
    try:
        body = json.loads(proof.body)
        release, size, root = body["release"], int(body["leaves"]), bytes.fromhex(body["root"])
    except (ValueError, KeyError, TypeError) as problem:
        raise NotVerified(
            f"the body does not tell the tree's size and root ({problem})", where=proof.release
        ) from problem
    if release != proof.release or entry.ids.get("release") != proof.release:
        raise NotVerified("the entry is of another release", where=proof.release)
    return size, root


def _written(place: Place) -> dict[str, Any]:
    return {"tag": encode_base64(place.tag), "index": place.index, "path": encode_base64(b"".join(place.path))}


def _read(plain: Mapping[str, Any]) -> Place:
    path = decode_base64(_text(plain, "path"), where="person's proof, path")
    if len(path) % _HASH or type(plain["index"]) is not int:
        raise BadInput("an index is a whole number, and a path has 32 bytes a hash", where="person's proof")
    hashes = tuple(path[start : start + _HASH] for start in range(0, len(path), _HASH))
    return Place(decode_hash(_text(plain, "tag"), where="person's proof, tag"), plain["index"], hashes)


def _text(plain: Mapping[str, Any], name: str) -> str:
    value = plain[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value
