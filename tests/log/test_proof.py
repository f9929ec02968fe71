"""A proof file shows, offline and to anyone with the log's key, that an entry is in the log; nothing else passes."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log import (
    Checkpoint,
    Entry,
    EntryType,
    Proof,
    make_proof,
    parse_proof,
    sign_checkpoint,
    verifier_key,
    verify_proof,
)
from openhaven.log.tree import inclusion_proof, leaf_hash, root, root_of
from openhaven.model.errors import BadInput, NotVerified

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = verifier_key("haven.example/log", PRIVATE)
STRANGER = verifier_key("haven.example/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
ENTRIES = [
    bytes(Entry(EntryType.RELEASED, f"2026-01-31T09:30:{second:02}Z", {"release": f"r-{second}"}, {}))
    for second in range(13)
]


def checkpoint(read, size=13):
    return sign_checkpoint(Checkpoint(KEY.name, size, root(size, read)), key=KEY, signer=PRIVATE)


@pytest.fixture
def read(nodes_of):
    return nodes_of(ENTRIES)


@pytest.fixture
def proof(read):
    return make_proof(5, checkpoint=checkpoint(read), read_node=read)


def test_every_entry_of_every_size_is_proven(read):
    for size in range(1, len(ENTRIES) + 1):
        signed = checkpoint(read, size)
        for index in range(size):
            shown = verify_proof(ENTRIES[index], make_proof(index, checkpoint=signed, read_node=read), [KEY])
            assert (shown.index, shown.checkpoint.size, shown.signers) == (index, size, (KEY,))


def test_the_file_is_laid_out_as_the_specification_says(read):
    text = make_proof(5, checkpoint=checkpoint(read), read_node=read, extra=b"aside")
    lines = text.split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra YXNpZGU=", "index 5"]
    assert lines[3:9].index("") == len(inclusion_proof(5, 13, read)) == 4
    assert text.endswith("\n\n" + checkpoint(read))
    assert parse_proof(text).extra == b"aside"
    assert verify_proof(ENTRIES[5], text, [KEY]).index == 5


def test_without_extra_data_the_line_is_left_out(proof):
    assert proof.split("\n")[1] == "index 5"
    assert str(parse_proof(proof)) == proof


def test_a_log_of_one_entry_needs_no_hashes(nodes_of):
    read = nodes_of([b"only"])
    text = make_proof(0, checkpoint=checkpoint(read, 1), read_node=read)
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\nhaven.example/log\n1\n")
    assert verify_proof(b"only", text, [KEY]).checkpoint.size == 1


def test_another_entry_is_refused_with_the_evidence(proof, read):
    with pytest.raises(NotVerified) as refused:
        verify_proof(ENTRIES[6], proof, [KEY])
    assert leaf_hash(ENTRIES[6]).hex() in str(refused.value)
    assert root(13, read).hex() in str(refused.value)


def test_without_the_log_s_key_nothing_is_believed(proof):
    for trusted in ([], [STRANGER]):
        with pytest.raises(NotVerified, match="signed by an unknown key"):
            verify_proof(ENTRIES[5], proof, trusted)


@given(data=st.data())
def test_no_changed_character_passes(data):
    place = data.draw(st.integers(0, len(PROVEN) - 1))
    other = data.draw(st.sampled_from("A0=\n /é\r\x00").filter(lambda char: char != PROVEN[place]))
    with pytest.raises(NotVerified):
        verify_proof(b"second", PROVEN[:place] + other + PROVEN[place + 1 :], [KEY])


def second_of_two():
    leaves = [leaf_hash(b"first"), leaf_hash(b"second")]
    signed = sign_checkpoint(Checkpoint(KEY.name, 2, root_of(leaves)), key=KEY, signer=PRIVATE)
    return str(Proof(1, (leaves[0],), signed))


PROVEN = second_of_two()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 1", "index 01"),
        ("index 1", "index 0"),
        ("index 1", "index 2"),
        ("index 1", "index"),
        ("index 1\n", ""),
        ("index 1", "extra YQ=="),
        ("index 1", "extra \nindex 1"),
        ("index 1", "index 1\nindex 1"),
        ("index 1", "extra YQ==\nextra YQ==\nindex 1"),
        ("index 1\n", "index 1\nAAAA\n"),
        ("index 1\n", "index 1\n\n"),
        ("\n\nhaven", "\nhaven"),
        ("\n\nhaven", "\n\n\nhaven"),
        ("\n", "\r\n"),
    ],
)
def test_a_file_laid_out_in_any_other_way_is_refused(old, new):
    assert verify_proof(b"second", PROVEN, [KEY]).index == 1
    assert old in PROVEN
    with pytest.raises(NotVerified):
        verify_proof(b"second", PROVEN.replace(old, new), [KEY])


@given(st.text())
def test_no_text_makes_the_reader_fail_in_another_way(text):
    with pytest.raises(BadInput):
        parse_proof(text)
    with pytest.raises(NotVerified):
        verify_proof(b"", text, [KEY])


def test_the_proof_of_a_branch_of_the_tree_is_no_proof_of_an_entry(nodes_of):
    """Two leaf hashes side by side are the input of a node; offered as an entry, they are not one."""
    read = nodes_of(ENTRIES[:4])
    forged = Proof(0, tuple(inclusion_proof(0, 4, read)[1:]), checkpoint(read, 4))
    with pytest.raises(NotVerified):
        verify_proof(leaf_hash(ENTRIES[0]) + leaf_hash(ENTRIES[1]), str(forged), [KEY])


def test_no_proof_is_handed_out_from_nodes_that_do_not_match(read, nodes_of):
    with pytest.raises(NotVerified, match="the nodes have the root"):
        make_proof(5, checkpoint=checkpoint(read), read_node=nodes_of([b"other", *ENTRIES[1:]]))


def test_an_entry_beyond_the_checkpoint_cannot_be_proven_by_it(read):
    with pytest.raises(BadInput, match="has no entry 7"):
        make_proof(7, checkpoint=checkpoint(read, 7), read_node=read)
