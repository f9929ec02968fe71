"""The tree is the one of RFC 6962: it agrees with the RFC's own recursive definitions, written here as they stand."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.log.tree import (
    EMPTY_ROOT,
    append,
    append_all,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from openhaven.model.errors import BadInput, NotVerified

# The reference leaves and roots that Certificate Transparency implementations share.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_5_IN_8 = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
FROM_6_TO_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(d):
    """MTH(D[n])."""
    if not d:
        return hashlib.sha256(b"").digest()
    if len(d) == 1:
        return hashlib.sha256(b"\x00" + d[0]).digest()
    k = split(len(d))
    return hashlib.sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m, d):
    """PATH(m, D[n])."""
    if len(d) == 1:
        return []
    k = split(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m, d, known):
    """SUBPROOF(m, D[n], b); PROOF(m, D[n]) starts it with b true."""
    if m == len(d):
        return [] if known else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], known), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def entries(count):
    return [index.to_bytes(3, "big") for index in range(count)]


ROOT_OF_4 = mth(entries(4))
sizes = st.integers(1, 200)


def test_the_reference_leaves_give_the_reference_roots(grow):
    log = grow([])
    for size, expected in enumerate(ROOTS):
        assert root(size, log.read).hex() == expected == root_of(map(leaf_hash, LEAVES[:size])).hex()
        if size < len(LEAVES):
            log.add(leaf_hash(LEAVES[size]))


def test_the_reference_proofs_are_made_and_hold(nodes_of):
    read = nodes_of(LEAVES)
    assert [one.hex() for one in inclusion_proof(5, 8, read)] == PATH_OF_5_IN_8
    assert [one.hex() for one in consistency_proof(6, 8, read)] == FROM_6_TO_8
    verify_inclusion(
        leaf_hash(LEAVES[5]),
        list(map(bytes.fromhex, PATH_OF_5_IN_8)),
        index=5,
        size=8,
        root=bytes.fromhex(ROOTS[8]),
    )
    verify_consistency(
        list(map(bytes.fromhex, FROM_6_TO_8)),
        first=6,
        second=8,
        first_root=bytes.fromhex(ROOTS[6]),
        second_root=bytes.fromhex(ROOTS[8]),
    )


@settings(deadline=None)
@given(data=st.lists(st.binary(max_size=5), max_size=70))
def test_the_root_is_that_of_the_rfc(data):
    assert root_of(map(leaf_hash, data)) == mth(data)


def test_every_small_inclusion_proof_is_that_of_the_rfc_and_holds(grow):
    log = grow(entries(40))
    for size in range(1, 41):
        data = entries(size)
        for index in range(size):
            proof = inclusion_proof(index, size, log.read)
            assert proof == path(index, data)
            verify_inclusion(leaf_hash(data[index]), proof, index=index, size=size, root=mth(data))


def test_every_small_consistency_proof_is_that_of_the_rfc_and_holds(grow):
    log = grow(entries(40))
    roots = [mth(entries(size)) for size in range(41)]
    for second in range(41):
        for first in range(second + 1):
            proof = consistency_proof(first, second, log.read)
            assert proof == (subproof(first, entries(second), True) if first else [])
            verify_consistency(proof, first=first, second=second, first_root=roots[first], second_root=roots[second])


@settings(deadline=None, max_examples=40)
@given(size=sizes, choose=st.randoms(use_true_random=False))
def test_larger_proofs_are_those_of_the_rfc(grow, size, choose):
    log, data = grow(entries(size)), entries(size)
    index, first = choose.randrange(size), choose.randrange(1, size + 1)
    assert root(size, log.read) == mth(data)
    assert inclusion_proof(index, size, log.read) == path(index, data)
    assert consistency_proof(first, size, log.read) == subproof(first, data, True)


@settings(deadline=None)
@given(data=st.data())
def test_no_altered_inclusion_proof_holds(data):
    size = data.draw(st.integers(1, 40))
    index = data.draw(st.integers(0, size - 1))
    told = {"index": index, "size": size, "root": mth(entries(size))}
    leaf, proof = leaf_hash(entries(size)[index]), path(index, entries(size))
    alteration = data.draw(
        st.sampled_from(["leaf", "root", "index", "longer", "shorter", "hash", "swap", "short hash"])
    )
    other = data.draw(st.binary(min_size=32, max_size=32))
    place = data.draw(st.integers(0, max(0, len(proof) - 1)))
    match alteration:
        case "leaf":
            leaf = other
        case "root":
            told["root"] = other
        case "index":
            told["index"] = data.draw(st.integers(-2, size + 2).filter(lambda one: one != index))
        case "longer":
            proof.insert(place, other)
        case "shorter" | "hash" | "swap" | "short hash" if not proof:
            proof = [other]
        case "shorter":
            proof.pop(place)
        case "hash":
            proof[place] = other
        case "swap":
            proof = proof[::-1] if proof[::-1] != proof else [*proof, other]
        case "short hash":
            proof[place] = proof[place][:-1]
    with pytest.raises(NotVerified):
        verify_inclusion(leaf, proof, **told)


@settings(deadline=None)
@given(data=st.data())
def test_no_altered_consistency_proof_holds(data):
    second = data.draw(st.integers(2, 40))
    first = data.draw(st.integers(1, second - 1))
    proof = subproof(first, entries(second), True)
    roots = {"first_root": mth(entries(first)), "second_root": mth(entries(second))}
    other = data.draw(st.binary(min_size=32, max_size=32))
    place = data.draw(st.integers(0, len(proof) - 1))
    match data.draw(st.sampled_from(["first_root", "second_root", "longer", "shorter", "hash", "sizes"])):
        case "first_root":
            roots["first_root"] = other
        case "second_root":
            roots["second_root"] = other
        case "longer":
            proof.insert(place, other)
        case "shorter":
            proof.pop(place)
        case "hash":
            proof[place] = other
        case "sizes":
            first, second = second, first
    with pytest.raises(NotVerified):
        verify_consistency(proof, first=first, second=second, **roots)


def test_a_log_that_was_rewritten_is_not_consistent(nodes_of):
    old, new = entries(11), [b"rewritten", *entries(20)[1:]]
    with pytest.raises(NotVerified, match=mth(old).hex()):
        verify_consistency(
            consistency_proof(11, 20, nodes_of(new)),
            first=11,
            second=20,
            first_root=mth(old),
            second_root=mth(new),
        )


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 5), (5, 5)])
def test_between_equal_or_from_empty_logs_only_the_empty_proof_holds(first, second):
    roots = {"first_root": mth(entries(first)), "second_root": mth(entries(second))}
    verify_consistency([], first=first, second=second, **roots)
    with pytest.raises(NotVerified, match="must be empty"):
        verify_consistency([bytes(32)], first=first, second=second, **roots)
    with pytest.raises(NotVerified):
        verify_consistency([], first=first, second=second, **{**roots, "first_root": bytes(32)})


def test_one_root_cannot_stand_for_two_sizes():
    """Without the count of hashes, an empty proof would let any root of 4 entries pass for one of 7."""
    with pytest.raises(NotVerified, match="too short"):
        verify_consistency([], first=4, second=7, first_root=ROOT_OF_4, second_root=ROOT_OF_4)


def test_a_proof_lengthened_to_fit_invented_roots_is_refused():
    data, more = entries(7), bytes(32)
    with pytest.raises(NotVerified, match="too long"):
        verify_consistency(
            [*subproof(6, data, True), more],
            first=6,
            second=7,
            first_root=node_hash(more, mth(data[:6])),
            second_root=node_hash(more, mth(data)),
        )
    with pytest.raises(NotVerified, match="needs 3 hashes; the proof has 4"):
        verify_inclusion(leaf_hash(data[2]), [*path(2, data), more], index=2, size=7, root=node_hash(more, mth(data)))


def test_the_empty_log_has_one_root():
    with pytest.raises(NotVerified):
        verify_consistency([], first=0, second=0, first_root=EMPTY_ROOT, second_root=bytes(32))


def test_what_is_not_a_hash_is_refused_even_where_nothing_is_left_to_hash():
    with pytest.raises(NotVerified, match="a hash has 32 bytes, this one has 31"):
        verify_inclusion(bytes(31), [], index=0, size=1, root=bytes(31))
    with pytest.raises(NotVerified, match="a hash has 32 bytes"):
        verify_consistency([], first=3, second=3, first_root=b"short", second_root=b"short")


def test_a_refused_proof_shows_both_roots():
    with pytest.raises(NotVerified) as refused:
        verify_inclusion(leaf_hash(b"other"), path(3, entries(7)), index=3, size=7, root=mth(entries(7)))
    assert mth(entries(7)).hex() in str(refused.value)
    assert leaf_hash(b"other").hex() in str(refused.value)


def test_appending_and_proving_read_few_nodes(grow):
    log = grow(entries(1000))
    for work in (
        lambda: append(1000, bytes(32), log.read),
        lambda: append(511, bytes(32), log.read),
        lambda: list(append_all(511, [bytes(32)] * 400, log.read)),
        lambda: root(999, log.read),
        lambda: inclusion_proof(998, 999, log.read),
        lambda: inclusion_proof(0, 999, log.read),
        lambda: consistency_proof(511, 999, log.read),
    ):
        log.reads = 0
        work()
        assert log.reads <= 20, "two times log2(1000)"


@given(before=st.integers(0, 70), more=st.integers(0, 70))
def test_many_leaves_at_once_complete_the_nodes_that_one_after_another_do(grow, before, more):
    log, leaves = grow(entries(before)), [leaf_hash(each) for each in entries(before + more)[before:]]
    runs = list(append_all(before, leaves, grow(entries(before)).read))
    at_once = [(level, first + place, each) for level, first, run in runs for place, each in enumerate(run)]
    for leaf in leaves:
        log.add(leaf)
    new = {(level, index): each for level, index, each in at_once}
    assert len(at_once) == len(new)
    assert new == {place: each for place, each in log.nodes.items() if place not in grow(entries(before)).nodes}


def test_every_complete_node_is_stored_once(grow):
    log = grow(entries(37))
    assert sorted(log.nodes) == [(level, index) for level in range(6) for index in range(37 >> level)]
    assert log.nodes[2, 3] == mth(entries(16)[12:])


def test_a_leaf_cannot_pass_for_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"") != EMPTY_ROOT


@pytest.mark.parametrize(
    "ask",
    [
        lambda read: append(-1, bytes(32), read),
        lambda read: list(append_all(-1, [bytes(32)], read)),
        lambda read: root(-1, read),
        lambda read: inclusion_proof(5, 5, read),
        lambda read: inclusion_proof(-1, 5, read),
        lambda read: inclusion_proof(6, 5, read),
        lambda read: consistency_proof(5, 4, read),
        lambda read: consistency_proof(-1, 4, read),
    ],
)
def test_places_outside_the_log_are_refused(nodes_of, ask):
    with pytest.raises(BadInput):
        ask(nodes_of(entries(5)))


def test_roots_of_growing_logs_differ(grow):
    log = grow(entries(30))
    assert all(one != two for one, two in pairwise(root(size, log.read) for size in range(31)))
