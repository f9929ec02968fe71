"""A person's proof is small: in a log of a million entries, three witnesses, and a release of a million people."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.log.checkpoint import Checkpoint, sign_checkpoint
from openhaven.log.cosignature import cosign, cosigner_key, with_cosignatures
from openhaven.log.entries import Entry, EntryType
from openhaven.log.note import verifier_key
from openhaven.log.person_proof import PersonProof
from openhaven.log.presence import Absence, Presence
from openhaven.log.proof import Proof

LEVELS = 20
IDS = {
    "release": "APP-2026-0123.R12",
    "application": "APP-2026-0123",
    "agreement": "DSA-2026-0123",
    "dataset": "hospital_episodes",
    "recipient": "UNIVERSITY-OF-SOMEWHERE",
    "decision": "APP-2026-0123.4",
    "replaces": "APP-2026-0123.R11",
}


def some_hash(n):
    return hashlib.sha256(str(n).encode()).digest()


def log_proof():
    keys = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(4)]
    head = Checkpoint("haven.somewhere.nhs.uk/log", 1_000_000, some_hash("root"))
    note = sign_checkpoint(head, key=verifier_key(head.origin, keys[0]), signer=keys[0])
    lines = [
        cosign(head, key=cosigner_key(f"witness-{n}.example.org", key), signer=key, time=1_800_000_000)
        for n, key in enumerate(keys[1:])
    ]
    return str(Proof(999_999, tuple(map(some_hash, range(LEVELS))), with_cosignatures(note, lines)))


def size(place):
    commitments = {name: some_hash(name).hex() for name in ("certificate", "manifest", "operator", "people", "release")}
    entry = bytes(Entry(EntryType.RELEASED, "2026-11-21T09:00:00Z", IDS, commitments))
    body = b'{"key":"0123456789abcdef","leaves":1048576,"release":"APP-2026-0123.R12","root":"%s"}' % (b"0" * 64)
    made = PersonProof(
        IDS["release"], some_hash("s"), place, entry, log_proof(), body, some_hash("salt"), some_hash("t")
    )
    return len(str(made).encode())


def absence(meet):
    """The proof between two leaves whose paths meet at this level: the half of all meet at the lowest."""
    path = tuple(some_hash(n) for n in range(LEVELS - 1 + meet))
    return Absence(some_hash("below"), some_hash("above"), (1 << meet) - 1, path)


def in_tree(place):
    """The bytes of the tree's part, as they stand in the file: hashes in base64."""
    hashes = len(place.path) + 1 + 2 * isinstance(place, Absence)
    return hashes * 32 * 4 / 3


def test_the_proof_of_presence_has_less_than_4_kib_its_tree_less_than_2():
    place = Presence(999_999, tuple(map(some_hash, range(LEVELS))))
    assert size(place) < 4096 and in_tree(place) < 2048


def test_so_have_255_of_256_proofs_of_absence_and_the_longest_has_half_a_kib_more():
    assert all(size(absence(meet)) < 4096 for meet in range(8))
    assert size(absence(LEVELS - 1)) < 4096 + 512 and in_tree(absence(LEVELS - 1)) < 2048
