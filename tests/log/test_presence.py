"""A person can be shown that a release held their record, or did not; nobody can be shown what is not so."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.log.presence import (
    FEWEST,
    HIGHEST,
    LOWEST,
    Absence,
    Presence,
    TagTree,
    person_key,
    seal,
    seals,
    tag,
    verify_presence,
)
from openhaven.log.tree import inclusion_proof, leaf_hash, root_of
from openhaven.model.errors import BadInput, NotVerified

MASTER = bytes(range(32))
PEOPLE = [f"999{number:07}" for number in range(40)]
RELEASE = "rel-2026-0001"


def seal_of(number, release=RELEASE, master=MASTER):
    return seal(tag(person_key(master, number), release), number)


def tree_of(numbers, release=RELEASE, filling=bytes(32)):
    return TagTree.of([seals(MASTER, release, numbers)], filling=filling)


TREE = tree_of(PEOPLE[:30])


def check(number, proof, *, release=RELEASE, tree=TREE):
    return verify_presence(seal_of(number, release), proof, size=tree.size, root=tree.root)


def test_those_in_the_release_are_shown_present_and_the_others_absent():
    assert all(check(each, TREE.prove(seal_of(each))) for each in PEOPLE[:30])
    assert not any(check(each, TREE.prove(seal_of(each))) for each in PEOPLE[30:])


@given(st.binary(min_size=32, max_size=64), st.text(max_size=20), st.lists(st.text("0123456789"), max_size=5))
def test_the_seals_of_many_are_those_of_each(master, release, numbers):
    assert seals(master, release, numbers) == b"".join(seal_of(each, release, master) for each in numbers)


def test_a_seal_is_of_one_number_key_and_release():
    several = [seal_of(*each) for each in (PEOPLE[:1], PEOPLE[1:2], (PEOPLE[0], "rel-2"), (PEOPLE[0], RELEASE, b"k"))]
    assert len(set(several)) == 4
    mine = tag(person_key(MASTER, PEOPLE[0]), RELEASE)
    assert seal(mine, PEOPLE[0]) != seal(mine, PEOPLE[1])


def test_the_root_is_that_of_an_ordinary_log_of_the_seals_in_order():
    found = list(TREE)
    assert TREE.root == root_of(map(leaf_hash, found))
    assert found == sorted(set(found)) and found[0] == LOWEST and found[-1] == HIGHEST
    assert {seal_of(each) for each in PEOPLE[:30]} < set(found)


@pytest.mark.parametrize("people", [30, 1500])
def test_a_proof_is_the_audit_path_of_an_ordinary_log(nodes_of, people):
    numbers = [f"999{number:07}" for number in range(people)]
    tree = tree_of(numbers)
    nodes = nodes_of(list(tree))
    for each in numbers[:30]:
        found = tree.prove(seal_of(each))
        assert list(found.path) == inclusion_proof(found.index, tree.size, nodes)


def test_a_tree_comes_back_from_its_bytes():
    again = TagTree(bytes(TREE))
    assert again.root == TREE.root and again.prove(seal_of(PEOPLE[0])) == TREE.prove(seal_of(PEOPLE[0]))
    for wrong in (b"", bytes(TREE)[:-1], bytes(TREE)[32:], bytes(TREE) * 2 + bytes(32), bytes(1000)):
        with pytest.raises(NotVerified, match="no tree of people"):
            TagTree(wrong)


@given(st.data())
@settings(max_examples=50)
def test_a_tree_whose_bytes_were_changed_shows_nothing_new(data):
    changed = bytearray(bytes(TREE))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    number = data.draw(st.sampled_from(PEOPLE))
    tree = TagTree(bytes(changed))
    try:
        shown = verify_presence(seal_of(number), tree.prove(seal_of(number)), size=TREE.size, root=TREE.root)
    except NotVerified:
        return
    assert shown is (number in PEOPLE[:30])


@given(st.sets(st.binary(min_size=32, max_size=32).filter(lambda each: LOWEST < each < HIGHEST), max_size=40))
@settings(max_examples=30)
def test_for_any_seals_each_is_present_and_what_lies_between_is_absent(some):
    tree = TagTree.of(some, filling=b"f" * 32)
    for each in some:
        assert verify_presence(each, tree.prove(each), size=tree.size, root=tree.root)
    other = seal_of(PEOPLE[0], "another")
    assert verify_presence(other, tree.prove(other), size=tree.size, root=tree.root) is (other in some)


def test_absence_is_shown_between_any_two_leaves():
    found = list(TREE)
    for below, above in pairwise(found):
        sought = (int.from_bytes(below, "big") + 1).to_bytes(32, "big")
        if sought < above:
            assert not verify_presence(sought, TREE.prove(sought), size=TREE.size, root=TREE.root)


def test_a_person_who_comes_twice_is_there_once():
    assert list(TagTree.of([seals(MASTER, RELEASE, PEOPLE[:30])] * 2, filling=bytes(32))) == list(TREE)


@pytest.mark.parametrize(("people", "size"), [(0, FEWEST), (1022, FEWEST), (1023, 2 * FEWEST), (2046, 2 * FEWEST)])
def test_the_size_tells_only_between_which_powers_of_two_the_people_lie(people, size):
    assert tree_of([str(each) for each in range(people)]).size == size


def test_two_releases_of_the_same_people_share_no_seal():
    other = tree_of(PEOPLE[:30], release="rel-2026-0002", filling=b"2" * 32)
    assert set(other) & set(TREE) == {LOWEST, HIGHEST}


def test_nobody_present_can_be_shown_absent_by_the_neighbours():
    """Each present person against the proof of every gap between other leaves."""
    found = list(TREE)
    mine = seal_of(PEOPLE[0])
    index = found.index(mine)
    for below in (index - 1, index, index - 2, 0, TREE.size - 2):
        sought = (int.from_bytes(found[below], "big") + 1).to_bytes(32, "big")
        gap = TREE.prove(sought)
        for forged in (gap, replace(gap, below=LOWEST, above=HIGHEST), replace(gap, above=found[index + 1])):
            with pytest.raises(NotVerified):
                check(PEOPLE[0], forged)


def test_nobody_absent_can_be_shown_present():
    someone = TREE.prove(seal_of(PEOPLE[0]))
    with pytest.raises(NotVerified, match="leads to the root"):
        check(PEOPLE[35], someone)
    for index in range(TREE.size):
        with pytest.raises(NotVerified):
            check(PEOPLE[35], Presence(index, TREE._path(index)))


def test_the_proof_of_one_release_says_nothing_of_another():
    other = tree_of(PEOPLE[:30], release="rel-2026-0002", filling=b"2" * 32)
    with pytest.raises(NotVerified):
        check(PEOPLE[0], TREE.prove(seal_of(PEOPLE[0])), tree=other)
    with pytest.raises(NotVerified):
        check(PEOPLE[0], TREE.prove(seal_of(PEOPLE[0])), release="rel-2026-0002")


@given(st.data())
def test_no_changed_proof_is_believed(data):
    number = data.draw(st.sampled_from(PEOPLE))
    proof = TREE.prove(seal_of(number))
    parts = ["index", "path", "cut", "more", *(["below", "above"] if isinstance(proof, Absence) else [])]
    part, at = data.draw(st.sampled_from(parts)), data.draw(st.integers(0, len(proof.path) - 1))
    changed = {
        "below": lambda: replace(proof, below=_flipped(proof.below, data)),
        "above": lambda: replace(proof, above=_flipped(proof.above, data)),
        "index": lambda: replace(proof, index=proof.index ^ (1 << data.draw(st.integers(0, 11)))),
        "path": lambda: replace(proof, path=(*proof.path[:at], _flipped(proof.path[at], data), *proof.path[at + 1 :])),
        "cut": lambda: replace(proof, path=proof.path[:at] + proof.path[at + 1 :]),
        "more": lambda: replace(proof, path=(*proof.path, proof.path[0])),
    }[part]()
    with pytest.raises(NotVerified):
        check(number, changed)


def _flipped(value, data):
    at = data.draw(st.integers(0, 255))
    return (int.from_bytes(value, "big") ^ (1 << at)).to_bytes(32, "big")


@pytest.mark.parametrize("sought", [LOWEST, HIGHEST, b"", b"short", b"x" * 33])
def test_what_is_no_seal_is_not_looked_for(sought):
    with pytest.raises(BadInput, match="no seal"):
        TREE.prove(sought)


@pytest.mark.parametrize("size", [0, 1, 3, 1023, -4])
def test_a_tree_of_another_shape_shows_nothing(size):
    with pytest.raises(NotVerified, match="power of two"):
        verify_presence(seal_of(PEOPLE[0]), TREE.prove(seal_of(PEOPLE[0])), size=size, root=TREE.root)


def test_a_tree_takes_only_seals_and_a_secret_of_its_own():
    with pytest.raises(BadInput, match="32 bytes"):
        TagTree.of([b"short"], filling=bytes(32))
    for wrong in (HIGHEST, LOWEST):
        with pytest.raises(BadInput, match="neither the lowest"):
            TagTree.of([wrong], filling=bytes(32))
    with pytest.raises(BadInput, match="made from 32 bytes"):
        TagTree.of([], filling=b"short")
    with pytest.raises(BadInput, match="64 bytes at most"):
        seals(bytes(65), RELEASE, PEOPLE)
