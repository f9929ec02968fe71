"""A person's proof, checked twice: by the log room, and by the one file that needs nothing of ours."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.log.checkpoint import Checkpoint, sign_checkpoint
from openhaven.log.cosignature import WitnessPolicy, cosign, cosigner_key, with_cosignatures
from openhaven.log.entries import Entry, EntryType, commitment
from openhaven.log.note import verifier_key
from openhaven.log.person_proof import PersonProof, parse_person_proof, tree_body, verify_person_proof
from openhaven.log.presence import TagTree, person_key, seal, seals, tag
from openhaven.log.proof import make_proof
from openhaven.log.tree import consistency_proof, root
from openhaven.log.witnessing import Request
from openhaven.model.errors import BadInput, NotVerified

FILE = Path(__file__).parents[2] / "verifier" / "verify.py"
_spec = importlib.util.spec_from_file_location("verify", FILE)
verify = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(verify)

ORIGIN = "haven.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = verifier_key(ORIGIN, PRIVATE)
WITNESS_PRIVATE = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS = cosigner_key("w.example", WITNESS_PRIVATE)
WITNESSED = WitnessPolicy((WITNESS,), 1)
RELEASE, SALT = "rel-1", bytes(range(32))
PEOPLE = [f"999{number:07}" for number in range(20)]
TREE = TagTree.of([seals(bytes(32), RELEASE, PEOPLE[:10])], filling=bytes(32))
BODY = json.dumps(tree_body(TREE, release=RELEASE, key_id="k1")).encode()
ENTRY = bytes(
    Entry(EntryType.RELEASED, "2026-11-21T09:00:00Z", {"release": RELEASE}, {"people": commitment(BODY, SALT)})
)
ENTRIES = [b"first", b"second", ENTRY, *(bytes([each]) for each in range(30))]


@pytest.fixture(scope="module")
def nodes(nodes_of):
    return nodes_of(ENTRIES)


def head(nodes, size=33):
    checkpoint = Checkpoint(ORIGIN, size, root(size, nodes))
    line = cosign(checkpoint, key=WITNESS, signer=WITNESS_PRIVATE, time=1_800_000_000)
    return with_cosignatures(sign_checkpoint(checkpoint, key=LOG, signer=PRIVATE), [line])


@pytest.fixture(scope="module")
def proof_of(nodes):
    log_proof = make_proof(2, checkpoint=head(nodes), read_node=nodes)

    def made(number, **other):
        own = tag(person_key(bytes(32), number), RELEASE)
        mine = seal(own, number)
        parts = {"entry": ENTRY, "log_proof": log_proof, "body": BODY, "salt": SALT, "tag": own, **other}
        return str(PersonProof(release=RELEASE, seal=mine, place=TREE.prove(mine), **parts))

    return made


def both(text, number=""):
    """What each verifier says: present, absent, or None where it is not shown."""
    try:
        ours = verify_person_proof(text, log=LOG, policy=WITNESSED, nhs_number=number).present
    except NotVerified:
        ours = None
    try:
        theirs = "did NOT" not in verify.person(text, number or "-", str(LOG), [str(WITNESS)])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        theirs = None
    return ours, theirs


def test_presence_and_absence_are_shown_by_both(proof_of):
    for number in PEOPLE[5:15]:
        assert both(proof_of(number), number) == (number in PEOPLE[:10],) * 2


def test_the_proof_of_one_person_is_not_taken_for_that_of_another(proof_of):
    """Nobody can be shown as in a release by the proof of somebody who was."""
    for number, other in [(PEOPLE[0], PEOPLE[1]), (PEOPLE[0], PEOPLE[15]), (PEOPLE[15], PEOPLE[16])]:
        assert both(proof_of(number), other) == (None, None)


def test_a_proof_without_its_tag_tells_of_nobody_and_cannot_be_opened(proof_of):
    text = proof_of(PEOPLE[0], tag=b"")
    assert both(text) == (True, True)
    assert both(text, PEOPLE[0]) == (None, None)


def test_a_yes_is_no_place(nodes_of):
    """Python takes it for one; other readers of JSON do not."""
    many = [f"999{number:07}" for number in range(1_000)]
    tree = TagTree.of([seals(bytes(32), RELEASE, many)], filling=bytes(32))
    body = json.dumps(tree_body(tree, release=RELEASE, key_id="k1")).encode()
    entry = bytes(
        Entry(EntryType.RELEASED, "2026-11-21T09:00:00Z", {"release": RELEASE}, {"people": commitment(body, SALT)})
    )
    nodes = nodes_of([entry])
    log_proof = make_proof(0, checkpoint=head(nodes, 1), read_node=nodes)
    tags = ((each, tag(person_key(bytes(32), each), RELEASE)) for each in many)
    places = ((each, own, tree.prove(seal(own, each))) for each, own in tags)
    number, own, first = next(each for each in places if each[2].index == 1)
    parts = {"entry": entry, "log_proof": log_proof, "body": body, "salt": SALT, "tag": own}
    text = str(PersonProof(release=RELEASE, seal=seal(own, number), place=first, **parts))
    assert both(text, number) == (True, True)
    yes = json.loads(text)
    yes["present"]["index"] = True
    assert both(json.dumps(yes), number) == (None, None)


def test_a_proof_is_read_as_it_is_written(proof_of):
    for number in PEOPLE:
        assert str(parse_person_proof(proof_of(number))) == proof_of(number)


def test_an_entry_that_commits_to_another_tree_shows_nothing(proof_of):
    assert both(proof_of(PEOPLE[0], salt=bytes(32))) == (None, None)
    other = json.dumps(tree_body(TREE, release="rel-2", key_id="k1")).encode()
    assert both(proof_of(PEOPLE[0], body=other)) == (None, None)


def test_a_proof_of_one_release_is_none_of_another(proof_of):
    assert both(proof_of(PEOPLE[0]).replace('"rel-1"', '"rel-2"')) == (None, None)


def test_a_log_that_no_witness_saw_is_not_enough_where_one_is_asked_for(proof_of, nodes):
    checkpoint = Checkpoint(ORIGIN, len(ENTRIES), root(len(ENTRIES), nodes))
    lonely = make_proof(2, checkpoint=sign_checkpoint(checkpoint, key=LOG, signer=PRIVATE), read_node=nodes)
    assert both(proof_of(PEOPLE[0], log_proof=lonely)) == (None, None)
    assert verify_person_proof(proof_of(PEOPLE[0], log_proof=lonely), log=LOG).present


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_changed_character_turns_a_proof_into_another(proof_of, data):
    key = data.draw(st.sampled_from(PEOPLE))
    text = proof_of(key)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from('Ab0+/= \n{}",:')) + text[at + 1 :]
    try:
        same = parse_person_proof(changed) == parse_person_proof(text)
    except BadInput:
        same = False
    ours, theirs = both(changed)
    assert ours in ((key in PEOPLE[:10],) if same else (None, key in PEOPLE[:10]))
    assert theirs in (None, ours if ours is not None else key in PEOPLE[:10])


@given(st.text())
def test_no_text_makes_either_fail_in_another_way(text):
    assert both(text) == (None, None)


def run(*arguments):
    return subprocess.run([sys.executable, "-I", FILE, *map(str, arguments)], capture_output=True, text=True)


def test_the_file_says_each_thing_at_the_command_line(tmp_path, proof_of, nodes):
    (tmp_path / "proof").write_text(proof_of(PEOPLE[0]))
    (tmp_path / "entry").write_bytes(ENTRY)
    (tmp_path / "log-proof").write_text(make_proof(2, checkpoint=head(nodes), read_node=nodes))
    (tmp_path / "old").write_text(head(nodes, 7))
    (tmp_path / "growth").write_text(str(Request(7, tuple(consistency_proof(7, 33, nodes)), head(nodes))))
    (tmp_path / "key").write_text(f"{LOG}\n")
    assert (
        "HELD the record of 9990000000"
        in run("person", tmp_path / "proof", PEOPLE[0], tmp_path / "key", WITNESS).stdout
    )
    assert "as entry 2 of 33" in run("entry", tmp_path / "entry", tmp_path / "log-proof", LOG, WITNESS).stdout
    assert "from 7 to 33" in run("grown", tmp_path / "old", tmp_path / "growth", LOG, WITNESS).stdout


def test_the_file_says_why_it_is_not_shown_and_leaves_with_6(tmp_path, proof_of):
    (tmp_path / "proof").write_text(proof_of(PEOPLE[0]))
    other = verifier_key(ORIGIN, WITNESS_PRIVATE)
    shown = run("person", tmp_path / "proof", "-", other)
    assert (shown.returncode, shown.stderr) == (6, "not shown: haven.example/log did not sign by its own key\n")
    assert run("person", tmp_path / "none", "-", LOG).returncode == 6


@pytest.mark.parametrize("sizes", [(old, new) for new in (1, 2, 7, 8, 9, 32, 33) for old in range(1, new + 1)])
def test_growth_is_shown_for_every_pair_of_sizes_and_for_no_changed_hash(nodes, sizes):
    old, new = sizes
    path = consistency_proof(old, new, nodes)
    verify.grown(old, root(old, nodes), path, new, root(new, nodes))
    for at in range(len(path)):
        with pytest.raises(ValueError):
            verify.grown(old, root(old, nodes), [*path[:at], bytes(32), *path[at + 1 :]], new, root(new, nodes))
    with pytest.raises(ValueError):
        verify.grown(old, bytes(32), path, new, root(new, nodes))


def test_its_own_ed25519_accepts_what_is_signed_and_no_changed_bit():
    for seed in range(8):
        private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        public, message = private.public_key().public_bytes_raw(), b"m" * seed
        signature = private.sign(message)
        verify.signed(public, message, signature)
        for at in range(0, 512, 37):
            changed = (int.from_bytes(signature, "big") ^ (1 << at)).to_bytes(64, "big")
            with pytest.raises(ValueError):
                verify.signed(public, message, changed)


def test_it_is_one_file_of_at_most_150_lines():
    assert len(FILE.read_text().splitlines()) <= 150
