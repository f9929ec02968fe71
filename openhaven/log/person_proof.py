"""The file that a person takes away: that one release held their record, or did not, provable with the log's key alone.

JSON: the log's entry and its proof, the body that the entry commits to (the tree's size and root), the person's seal in
that release and where it stands, or would; and the tag, with which the person's own NHS number opens the seal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openhaven.log.cosignature import WitnessPolicy, check_witnessed
from openhaven.log.entries import commitment, parse_entry
from openhaven.log.note import VerifierKey
from openhaven.log.presence import Absence, Presence, TagTree, seal, verify_presence
from openhaven.log.proof import LoggedEntry, parse_proof, verify_proof
from openhaven.log.text import (
    decode_hash,
    decode_path,
    encode_base64,
    read_proof_file,
    text_of,
    unreadable_is_unverified,
)
from openhaven.model.errors import BadInput, NotVerified

FORMAT = "openhaven.log.person-proof/1"
BODY = "people"
"""The name of the body, and of the commitment in the entry of a release, that holds size and root of its tag tree."""

_WHERE = "person's proof"


@dataclass(frozen=True)
class PersonProof:
    """What a person's proof file holds. str() gives the file.

    `entry` is the log's entry of the release, `log_proof` its `.tlog-proof`; `body` and `salt` are what the entry's
    commitment hides: the size and the root of the tree. `tag` is empty where the file shall not tell whose it is: from
    it anybody could find the NHS number, by trying all."""

    release: str
    seal: bytes
    place: Presence | Absence
    entry: bytes
    log_proof: str
    body: bytes
    salt: bytes
    tag: bytes = b""

    def __str__(self) -> str:
        place = {"index": self.place.index, "path": encode_base64(b"".join(self.place.path))}
        if isinstance(self.place, Absence):
            place |= {"below": encode_base64(self.place.below), "above": encode_base64(self.place.above)}
        plain = {
            "format": FORMAT,
            "release": self.release,
            **({"tag": encode_base64(self.tag)} if self.tag else {}),
            "seal": encode_base64(self.seal),
            "absent" if isinstance(self.place, Absence) else "present": place,
            "body": self.body.decode(),
            "salt": encode_base64(self.salt),
            "entry": self.entry.decode(),
            "log_proof": self.log_proof,
        }
        return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Shown:
    """What a proof has shown: whether the release held the record behind this seal, and where the log says so.

    `whose` is the NHS number that the seal was made for, where it was asked."""

    present: bool
    release: str
    logged: LoggedEntry
    whose: str = ""


def tree_body(tree: TagTree, *, release: str, key_id: str) -> dict[str, Any]:
    """The body that the entry of a release commits to: which release, how many leaves, which root, and the id of the
    key under which the tags were made."""
    return {"release": release, "leaves": tree.size, "root": tree.root.hex(), "key": key_id}


def parse_person_proof(text: str) -> PersonProof:
    """Read a person's proof file, without verifying. Raises BadInput."""
    plain = read_proof_file(text, format=FORMAT, where=_WHERE)
    try:
        return PersonProof(
            release=text_of(plain, "release"),
            tag=decode_hash(text_of(plain, "tag"), where=f"{_WHERE}, tag") if "tag" in plain else b"",
            seal=decode_hash(text_of(plain, "seal"), where=f"{_WHERE}, seal"),
            place=_place(plain),
            entry=text_of(plain, "entry").encode(),
            log_proof=text_of(plain, "log_proof"),
            body=text_of(plain, "body").encode(),
            salt=decode_hash(text_of(plain, "salt"), where=f"{_WHERE}, salt"),
        )
    except (KeyError, TypeError, UnicodeError) as problem:
        raise BadInput(f"a part is missing or of the wrong kind ({problem})", where=_WHERE) from problem


def verify_person_proof(
    text: str, *, log: VerifierKey, policy: WitnessPolicy | None = None, nhs_number: str = ""
) -> Shown:
    """Whether the release held the record, with the log's key and a policy for witnesses; and, where an NHS number is
    given, that the record is of this number and no other.

    Raises NotVerified for anything that does not follow from the log."""
    with unreadable_is_unverified():
        proof = parse_person_proof(text)
        logged = verify_proof(proof.entry, proof.log_proof, [log])
        check_witnessed(parse_proof(proof.log_proof).checkpoint, policy or WitnessPolicy(), log=log)
        size, root = _tree_of(proof)
    if nhs_number and (not proof.tag or seal(proof.tag, nhs_number) != proof.seal):
        raise NotVerified("the proof was not made for this NHS number", where=proof.release)
    present = verify_presence(proof.seal, proof.place, size=size, root=root)
    return Shown(present, proof.release, logged, nhs_number)


def _tree_of(proof: PersonProof) -> tuple[int, bytes]:
    """Size and root of the tree, once the entry is seen to commit to them for this release."""
    entry = parse_entry(proof.entry)
    if entry.commitments.get(BODY) != commitment(proof.body, proof.salt):
        raise NotVerified("the entry commits to another tree", where=proof.release)
    try:
        body = json.loads(proof.body)
        release, size, root = body["release"], body["leaves"], bytes.fromhex(body["root"])
    except (ValueError, KeyError, TypeError) as problem:
        raise NotVerified(
            f"the body does not tell the tree's size and root ({problem})", where=proof.release
        ) from problem
    if type(size) is not int or release != proof.release or entry.ids.get("release") != proof.release:
        raise NotVerified("the entry is of another release", where=proof.release)
    return size, root


def _place(plain: Mapping[str, Any]) -> Presence | Absence:
    if ("present" in plain) is ("absent" in plain):
        raise BadInput("it says neither present nor absent, or both", where=_WHERE)
    place = plain["present"] if "present" in plain else plain["absent"]
    hashes = decode_path(text_of(place, "path"), where=f"{_WHERE}, path")
    if type(place["index"]) is not int:
        raise BadInput("an index is a whole number", where=_WHERE)
    if "present" in plain:
        return Presence(place["index"], hashes)
    below, above = (decode_hash(text_of(place, name), where=f"{_WHERE}, {name}") for name in ("below", "above"))
    return Absence(below, above, place["index"], hashes)
