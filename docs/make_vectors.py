"""Make docs/reference/log-vectors.json: what a verifier of the log has to show, and what it has to refuse.

Everything in it is made from fixed seeds, so that making it again gives the same bytes: python docs/make_vectors.py"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.log.checkpoint import Checkpoint, sign_checkpoint
from openhaven.log.cosignature import cosign, cosigner_key, with_cosignatures
from openhaven.log.entries import Entry, EntryType, commitment
from openhaven.log.look_up_proof import HEAD, LOOK_UP, LookUpProof
from openhaven.log.note import verifier_key
from openhaven.log.person_proof import BODY, PersonProof, tree_body
from openhaven.log.presence import TagTree, person_key, seal, seals, tag
from openhaven.log.proof import make_proof
from openhaven.log.text import encode_base64
from openhaven.log.tree import append, consistency_proof, inclusion_proof, leaf_hash, root
from openhaven.log.witnessing import Request

OUT = Path(__file__).parent / "reference" / "log-vectors.json"
ORIGIN, RELEASE, MASTER, SALT = "haven.example/log", "APP-1.R1", bytes(range(32)), b"s" * 32
LOG_KEY, WITNESS_KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
LOG, WITNESS = verifier_key(ORIGIN, LOG_KEY), cosigner_key("witness.example", WITNESS_KEY)
STRANGE_LOG, STRANGE_WITNESS = verifier_key(ORIGIN, OTHER_KEY), cosigner_key("witness.example", OTHER_KEY)
PRESENT, ABSENT = ["9990000018", "9990000026", "9990000034"], ["9990000042", "9990000050", "9990000069"]
SIZES = (1, 2, 7, 8, 21)

TREE = TagTree.of([seals(MASTER, RELEASE, PRESENT)], filling=b"f" * 32)
PEOPLE = json.dumps(tree_body(TREE, release=RELEASE, key_id="0" * 16), sort_keys=True, separators=(",", ":")).encode()
RELEASED = Entry(EntryType.RELEASED, "2026-11-21T09:00:00Z", {"release": RELEASE}, {BODY: commitment(PEOPLE, SALT)})

AT, LOOKED = "2026-11-20T00:00:00Z", (
    {"what": "person", "of": "my-uses", "why": "she asked [by letter] {again}", "at": "2026-11-20T10:31:02Z",
     "person": "7" * 64},
    {},
)  # fmt: skip
"""What is in the private log: a look-up, and what only fills it."""


def _plain(body: Any) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


LOOK_UPS = [_plain(LOOKED[number == 3 or number > 4]) for number in range(8)]
PRIVATE = [
    bytes(Entry(EntryType.LOOKED_UP, AT, {}, {LOOK_UP: commitment(body, SALT), "operator": "0" * 64}))
    for body in LOOK_UPS
]


def _nodes(entries: list[bytes]) -> Callable[[int, int], bytes]:
    nodes: dict[tuple[int, int], bytes] = {}
    for size, entry in enumerate(entries):
        for node in append(size, leaf_hash(entry), lambda level, index: nodes[level, index]):
            nodes[node.level, node.index] = node.hash
    return lambda level, index: nodes[level, index]


PRIVATE_NODES = _nodes(PRIVATE)
PRIVATE_HEAD = _plain({"root": root(len(PRIVATE), PRIVATE_NODES).hex(), "size": len(PRIVATE)})
CLOSED = Entry(EntryType.PRIVATE_HEAD, "2026-11-21T00:00:00Z", {}, {HEAD: commitment(PRIVATE_HEAD, SALT)})
ENTRIES = [f"entry {n}".encode() for n in range(21)]
ENTRIES[5], ENTRIES[13] = bytes(RELEASED), bytes(CLOSED)
NODES = _nodes(ENTRIES)
Case = dict[str, Any]


def _head(size: int) -> str:
    checkpoint = Checkpoint(ORIGIN, size, root(size, NODES))
    line = cosign(checkpoint, key=WITNESS, signer=WITNESS_KEY, time=1_763_700_000)
    return with_cosignatures(sign_checkpoint(checkpoint, key=LOG, signer=LOG_KEY), [line])


def _case(name: str, kind: str, *given: str, shows: str | None, who: str = "", log: object = LOG, **more: Any) -> Case:
    """One case. `given` are the files; `shows` is a part of what the verifier says, null where it must refuse."""
    witnesses = [str(each) for each in more.get("witnesses", [WITNESS])]
    return {
        "name": name,
        "kind": kind,
        "given": given,
        "who": who,
        "log": str(log),
        "witnesses": witnesses,
        "shows": shows,
    }


def _entries() -> Iterator[Case]:
    for size in SIZES:
        for index in sorted({0, size // 2, size - 1}):
            proof = make_proof(index, checkpoint=_head(size), read_node=NODES)
            entry, name = encode_base64(ENTRIES[index]), f"entry {index} of {size}"
            yield _case(name, "entry", entry, proof, shows=f"as entry {index} of {size}")
            yield _case(f"{name}, another entry", "entry", encode_base64(b"other"), proof, shows=None)
            for what, changed in _broken(proof):
                yield _case(f"{name}, {what}", "entry", entry, changed, shows=None)
    proof = make_proof(5, checkpoint=_head(21), read_node=NODES)
    entry = encode_base64(ENTRIES[5])
    yield _case("signed by another log", "entry", entry, proof, shows=None, log=STRANGE_LOG)
    yield _case("cosigned by another witness", "entry", entry, proof, shows=None, witnesses=[STRANGE_WITNESS])
    yield _case("no witness asked for", "entry", entry, proof, shows="as entry 5 of 21", witnesses=[])
    own = cosigner_key("witness.example", LOG_KEY)
    yield _case("a witness with the log's own key", "entry", entry, proof, shows=None, witnesses=[own])
    for what, (key, note) in _signed_by_anybody().items():
        signed = proof.partition("\n\n")[0] + f"\n\n{note}"
        yield _case(f"signed by {what}", "entry", entry, signed, shows=None, log=key, witnesses=[])


def _signed_by_anybody() -> dict[str, tuple[str, str]]:
    """Keys of small order, and how each says that it signed: the base point and the number one fit whatever is said."""
    text = str(Checkpoint(ORIGIN, 21, root(21, NODES)))
    signature = b"\x58" + b"\x66" * 31 + b"\x01" + bytes(31)
    made = {}
    for what, key in {
        "a key of order one": b"\x01" + bytes(31),
        "a key of order one, its sign turned": b"\x01" + bytes(30) + b"\x80",
        "a key of order one, written in a second way": b"\xee" + b"\xff" * 30 + b"\x7f",
    }.items():
        id = hashlib.sha256(f"{ORIGIN}\n".encode() + b"\x01" + key).digest()[:4]
        written = f"{ORIGIN}+{id.hex()}+{encode_base64(bytes([1]) + key)}"
        made[what] = written, f"{text}\n— {ORIGIN} {encode_base64(id + signature)}\n"
    return made


def _broken(proof: str) -> Iterator[tuple[str, str]]:
    """A proof with one thing wrong at a time."""
    head, note = proof.split("\n\n", 1)
    lines, size = head.split("\n"), int(note.split("\n")[1])
    yield "another index", proof.replace(lines[1], f"index {int(lines[1][6:]) + 1}")
    yield "an index with a zero before it", proof.replace(lines[1], f"index 0{lines[1][6:]}")
    yield "a path that is too long", "\n".join([*lines, encode_base64(bytes(32))]) + "\n\n" + note
    if len(lines) > 2:
        yield "a path that is cut", "\n".join(lines[:-1]) + "\n\n" + note
        yield "a hash of the path that is changed", proof.replace(lines[-1], encode_base64(bytes(32)))
    yield "another size", f"{head}\n\n{note.replace(f'{size}', f'{size + 1}', 1)}"
    yield "a signature that is cut", proof[:-3]
    yield (
        "no signature of the log",
        head + "\n\n" + "".join(f"{line}\n" for line in note.split("\n")[:-1] if not line.startswith(f"— {ORIGIN} ")),
    )


def _growths() -> Iterator[Case]:
    for old in SIZES:
        for new in (each for each in SIZES if each >= old):
            path = tuple(consistency_proof(old, new, NODES))
            name, files = f"growth from {old} to {new}", (_head(old), str(Request(old, path, _head(new))))
            yield _case(name, "grown", *files, shows=f"only grew, from {old} to {new}")
            cut = str(Request(old, path[:-1] if path else (bytes(32),), _head(new)))
            yield _case(f"{name}, another path", "grown", files[0], cut, shows=None)
            if path:
                changed = str(Request(old, (*path[:-1], bytes(32)), _head(new)))
                yield _case(f"{name}, a changed hash", "grown", files[0], changed, shows=None)
    yield _case("growth backwards", "grown", _head(8), str(Request(8, (), _head(7))), shows=None)


def _proof(number: str) -> str:
    own = tag(person_key(MASTER, number), RELEASE)
    mine = seal(own, number)
    log_proof = make_proof(5, checkpoint=_head(21), read_node=NODES)
    entry = bytes(RELEASED)
    return str(PersonProof(RELEASE, mine, TREE.prove(mine), entry, log_proof, PEOPLE, SALT, own))


def _people() -> Iterator[Case]:
    for number in PRESENT + ABSENT:
        held = f"release {RELEASE} {'HELD' if number in PRESENT else 'did NOT hold'} the record of"
        proof, name = _proof(number), f"person {number}, {'present' if number in PRESENT else 'absent'}"
        yield _case(name, "person", proof, who=number, shows=f"{held} {number}")
        yield _case(f"{name}, no number given", "person", proof, who="-", shows=f"{held} -")
        yield _case(f"{name}, another number", "person", proof, who="9990000077", shows=None)
        for what, changed in _broken_proofs(json.loads(proof)):
            yield _case(f"{name}, {what}", "person", json.dumps(changed, ensure_ascii=False), who=number, shows=None)


def _broken_proofs(plain: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = "present" if "present" in plain else "absent"
    place = plain[kind]
    yield "of another release", plain | {"release": "APP-2.R1"}
    yield "of another format", plain | {"format": "openhaven.log.person-proof/2"}
    yield "without its tag", {name: value for name, value in plain.items() if name != "tag"}
    yield "another salt", plain | {"salt": encode_base64(bytes(32))}
    yield "another tree", plain | {"body": plain["body"].replace('"leaves":1024', '"leaves":2048')}
    yield "another entry", plain | {"entry": plain["entry"].replace("2026", "2027")}
    yield "another place", plain | {kind: place | {"index": place["index"] + 1}}
    yield "a place before the first", plain | {kind: place | {"index": -1}}
    yield "a place beyond the last", plain | {kind: place | {"index": 1023}}
    yield "a path that is cut", plain | {kind: place | {"path": place["path"][:-44]}}
    yield (
        "both present and absent",
        plain | {"present": place, "absent": place | {"below": plain["seal"], "above": plain["seal"]}},
    )
    yield "of another person's seal", plain | {"seal": encode_base64(b"o" * 32)}
    if kind == "absent":
        yield (
            "neighbours the wrong way round",
            plain | {kind: place | {"below": place["above"], "above": place["below"]}},
        )
        yield "called present", {**{name: value for name, value in plain.items() if name != kind}, "present": place}


def _look_up(index: int) -> str:
    proof = LookUpProof(
        look_up=LOOK_UPS[index].decode(),
        salt=SALT,
        entry=PRIVATE[index].decode(),
        index=index,
        path=tuple(inclusion_proof(index, len(PRIVATE), PRIVATE_NODES)),
        head=PRIVATE_HEAD.decode(),
        head_salt=SALT,
        public_entry=ENTRIES[13].decode(),
        log_proof=make_proof(13, checkpoint=_head(21), read_node=NODES),
    )
    return str(proof)


def _look_ups() -> Iterator[Case]:
    for index in range(len(PRIVATE)):
        told = "nobody: the entry only fills the log" if LOOK_UPS[index] == b"{}" else "somebody: person, at 2026-11-20"
        yield _case(f"look-up {index}", "looked", _look_up(index), shows=f"looked: {told}")
    proof = _look_up(1)
    yield _case("a look-up signed by another log", "looked", proof, shows=None, log=STRANGE_LOG)
    yield _case("a look-up cosigned by another witness", "looked", proof, shows=None, witnesses=[STRANGE_WITNESS])
    for what, changed in _broken_look_ups(json.loads(proof)):
        yield _case(f"a look-up, {what}", "looked", json.dumps(changed, ensure_ascii=False), shows=None)


def _broken_look_ups(plain: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "of another format", plain | {"format": "openhaven.log.look-up-proof/2"}
    yield "told otherwise", plain | {"look_up": plain["look_up"].replace("letter", "nobody")}
    yield "called empty", plain | {"look_up": "{}"}
    yield "another salt", plain | {"salt": encode_base64(bytes(32))}
    yield "another entry", plain | {"entry": plain["entry"].replace("2026", "2027")}
    yield "the entry of another type", plain | {"entry": plain["public_entry"]}
    yield "another place", plain | {"index": plain["index"] + 1}
    yield "a place that is yes", plain | {"index": True}
    yield "a place before the first", plain | {"index": -1}
    yield "a path that is cut", plain | {"path": plain["path"][:-44]}
    yield "another head", plain | {"head": plain["head"].replace('"size":8', '"size":9')}
    yield "another salt of the head", plain | {"head_salt": encode_base64(bytes(32))}
    yield "another entry of the head", plain | {"public_entry": plain["entry"]}
    yield "without its proof", plain | {"log_proof": ""}


def vectors() -> dict[str, Any]:
    """The whole file: how to read it, and its cases."""
    return {
        "format": "openhaven.log.vectors/1",
        "how": "Each case: `kind` as in verifier/verify.py, or `looked` for verifier/verify_look_up.py; `given` are "
        "its files (of kind entry, the first in base64); `who` an NHS number or `-`; `shows` is part of what is said, "
        "or null where it must be refused.",
        "cases": [*_entries(), *_growths(), *_people(), *_look_ups()],
    }


def as_text() -> str:
    """The file, one case a line."""
    made = vectors()
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in made["cases"])
    head = json.dumps({name: made[name] for name in ("format", "how")}, indent=1, ensure_ascii=False)
    return f'{head[:-2]},\n "cases": [\n{lines}\n ]\n}}\n'


if __name__ == "__main__":
    OUT.write_text(as_text(), encoding="utf-8", newline="")
