"""The file with which an auditor checks one look-up: that it stands in the private log, as the public one says.

JSON: the private log's entry, the body of it that says what was looked at, and its path; the head of the private log to
which the path leads, and the public log's entry that commits to this head, with its proof. Who looked is committed to
by the entry, and not in the file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openhaven.log.cosignature import WitnessPolicy, check_witnessed
from openhaven.log.entries import Entry, EntryType, commitment, parse_entry
from openhaven.log.note import VerifierKey
from openhaven.log.proof import LoggedEntry, parse_proof, verify_proof
from openhaven.log.text import (
    decode_hash,
    decode_path,
    encode_base64,
    read_proof_file,
    text_of,
    unreadable_is_unverified,
)
from openhaven.log.tree import leaf_hash, verify_inclusion
from openhaven.model.errors import BadInput, NotVerified

FORMAT = "openhaven.log.look-up-proof/1"
LOOK_UP, HEAD = "look_up", "private_head"
"""The bodies that are opened, by the names of their commitments: in the private entry, and in the public one."""

_WHERE = "proof of a look-up"


@dataclass(frozen=True)
class LookUpProof:
    """What the file holds. str() gives it. `look_up` and `head` are bodies, word for word, each with its salt;
    `path` leads from the private log's entry, at `index`, to the root that `head` states."""

    look_up: str
    salt: bytes
    entry: str
    index: int
    path: tuple[bytes, ...]
    head: str
    head_salt: bytes
    public_entry: str
    log_proof: str

    def __str__(self) -> str:
        plain = {
            "format": FORMAT,
            "look_up": self.look_up,
            "salt": encode_base64(self.salt),
            "entry": self.entry,
            "index": self.index,
            "path": encode_base64(b"".join(self.path)),
            "head": self.head,
            "head_salt": encode_base64(self.head_salt),
            "public_entry": self.public_entry,
            "log_proof": self.log_proof,
        }
        return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class LookUpShown:
    """What was shown: the look-up as it was entered (empty: the entry only fills the log), its place in the private log
    of so many entries, and where the public log says so."""

    look_up: Mapping[str, Any]
    index: int
    size: int
    logged: LoggedEntry


def parse_look_up_proof(text: str) -> LookUpProof:
    """Read the file, without verifying. Raises BadInput."""
    plain = read_proof_file(text, format=FORMAT, where=_WHERE)
    try:
        return LookUpProof(
            look_up=text_of(plain, "look_up"),
            salt=decode_hash(text_of(plain, "salt"), where=f"{_WHERE}, salt"),
            entry=text_of(plain, "entry"),
            index=_whole(plain["index"]),
            path=decode_path(text_of(plain, "path"), where=f"{_WHERE}, path"),
            head=text_of(plain, "head"),
            head_salt=decode_hash(text_of(plain, "head_salt"), where=f"{_WHERE}, head_salt"),
            public_entry=text_of(plain, "public_entry"),
            log_proof=text_of(plain, "log_proof"),
        )
    except (KeyError, TypeError, UnicodeError) as problem:
        raise BadInput(f"a part is missing or of the wrong kind ({problem})", where=_WHERE) from problem


def verify_look_up_proof(text: str, *, log: VerifierKey, policy: WitnessPolicy | None = None) -> LookUpShown:
    """Whether the private log holds this look-up, as the public log says under its own key and a policy for witnesses.

    Raises NotVerified for anything that does not follow from the public log."""
    with unreadable_is_unverified():
        proof = parse_look_up_proof(text)
        logged = verify_proof(proof.public_entry.encode(), proof.log_proof, [log])
        check_witnessed(parse_proof(proof.log_proof).checkpoint, policy or WitnessPolicy(), log=log)
        head = _opened(parse_entry(proof.public_entry.encode()), EntryType.PRIVATE_HEAD, proof.head, proof.head_salt)
        look_up = _opened(parse_entry(proof.entry.encode()), EntryType.LOOKED_UP, proof.look_up, proof.salt)
        size, root = _tree_of(head)
    verify_inclusion(leaf_hash(proof.entry.encode()), proof.path, index=proof.index, size=size, root=root)
    return LookUpShown(look_up, proof.index, size, logged)


_BODY_OF = {EntryType.LOOKED_UP: LOOK_UP, EntryType.PRIVATE_HEAD: HEAD}


def _opened(entry: Entry, type: EntryType, body: str, salt: bytes) -> Mapping[str, Any]:
    """A body as plain data, once an entry of this type is seen to commit to it."""
    if entry.type != type or entry.commitments.get(_BODY_OF[type]) != commitment(body.encode(), salt):
        raise NotVerified(f"no entry of the type {type} commits to this {_BODY_OF[type]}", where=_WHERE)
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"the {_BODY_OF[type]} is not JSON ({problem})", where=_WHERE) from problem
    if not isinstance(plain, dict):
        raise BadInput(f"the {_BODY_OF[type]} is no object", where=_WHERE)
    return plain


def _tree_of(head: Mapping[str, Any]) -> tuple[int, bytes]:
    try:
        return _whole(head["size"]), bytes.fromhex(head["root"])
    except (KeyError, TypeError, ValueError) as problem:
        raise BadInput(f"the head tells no size and root ({problem})", where=_WHERE) from problem


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("a place and a size are whole numbers")
    return value
