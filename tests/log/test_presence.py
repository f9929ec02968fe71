"""A person can be shown that a release held their record, or did not; nobody can be shown what is not so."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.log.presence import FEWEST, HIGHEST, LOWEST, Absence, Presence, TagTree, person_key, tag, verify_presence
from openhaven.log.tree import leaf_hash, root_of
from openhaven.model.errors import BadInput, NotVerified

MASTER = bytes(range(32))
PEOPLE = [f"999{number:07}" for number in range(40)]
KEYS = [person_key(MASTER, number) for number in PEOPLE]
RELEASE = "rel-2026-0001"
TREE = TagTree((tag(key, RELEASE) for key in KEYS[:30]), filling=bytes(32))


def check(key, proof, *, release=RELEASE, tree=TREE):
    return verify_presence(tag(key, release), proof, size=tree.size, root=tree.root)


def test_those_in_the_release_are_shown_present_and_the_others_absent():
    assert all(check(key, TREE.prove(tag(key, RELEASE))) for key in KEYS[:30])
    assert not any(check(key, TREE.prove(tag(key, RELEASE))) for key in KEYS[30:])


def test_the_root_is_that_of_an_ordinary_log_of_the_tags():
    assert TREE.root == root_of(map(leaf_hash, TREE.tags))
    assert list(TREE.tags) == sorted(set(TREE.tags))


@given(st.sets(st.binary(min_size=32, max_size=32).filter(lambda each: LOWEST < each < HIGHEST), max_size=40))
@settings(max_examples=30)
def test_for_any_tags_each_is_present_and_what_lies_between_is_absent(tags):
    tree = TagTree(tags, filling=b"f" * 32)
    for each in tags:
        assert verify_presence(each, tree.prove(each), size=tree.size, root=tree.root)
    other = tag(KEYS[0], "another")
    assert verify_presence(other, tree.prove(other), size=tree.size, root=tree.root) is (other in tags)


@pytest.mark.parametrize(("people", "size"), [(0, FEWEST), (1022, FEWEST), (1023, 2 * FEWEST), (2046, 2 * FEWEST)])
def test_the_size_tells_only_between_which_powers_of_two_the_people_lie(people, size):
    assert TagTree((tag(KEYS[0], str(each)) for each in range(people)), filling=bytes(32)).size == size


def test_two_releases_of_the_same_people_share_no_tag():
    other = TagTree((tag(key, "rel-2026-0002") for key in KEYS[:30]), filling=b"2" * 32)
    assert set(other.tags) & set(TREE.tags) == {LOWEST, HIGHEST}


def test_nobody_present_can_be_shown_absent_by_the_neighbours():
    index = TREE.tags.index(tag(KEYS[0], RELEASE))
    around = Absence(TREE._place(index - 1), TREE._place(index + 1))
    with pytest.raises(NotVerified, match="side by side"):
        check(KEYS[0], around)


def test_nobody_absent_can_be_shown_present():
    someone = TREE.prove(tag(KEYS[0], RELEASE))
    with pytest.raises(NotVerified, match="another tag"):
        check(KEYS[35], someone)
    forged = Presence(replace(someone.here, tag=tag(KEYS[35], RELEASE)))
    with pytest.raises(NotVerified, match="leads to the root"):
        check(KEYS[35], forged)


def test_the_proof_of_one_release_says_nothing_of_another():
    other = TagTree((tag(key, "rel-2026-0002") for key in KEYS[:30]), filling=b"2" * 32)
    with pytest.raises(NotVerified):
        check(KEYS[0], TREE.prove(tag(KEYS[0], RELEASE)), tree=other)
    with pytest.raises(NotVerified):
        check(KEYS[0], TREE.prove(tag(KEYS[0], RELEASE)), release="rel-2026-0002")


@given(st.data())
def test_no_changed_proof_is_believed(data):
    key = data.draw(st.sampled_from(KEYS))
    proof = TREE.prove(tag(key, RELEASE))
    which = "here" if isinstance(proof, Presence) else data.draw(st.sampled_from(["below", "above"]))
    place = getattr(proof, which)
    part = data.draw(st.sampled_from(["tag", "index", "path", "cut", "more"]))
    changed = {
        "tag": lambda: replace(place, tag=_flipped(place.tag, data)),
        "index": lambda: replace(place, index=place.index ^ (1 << data.draw(st.integers(0, 11)))),
        "path": lambda: replace(place, path=(*place.path[:3], _flipped(place.path[3], data), *place.path[4:])),
        "cut": lambda: replace(place, path=place.path[:-1]),
        "more": lambda: replace(place, path=(*place.path, place.path[0])),
    }[part]()
    with pytest.raises(NotVerified):
        check(key, replace(proof, **{which: changed}))


def _flipped(value, data):
    at = data.draw(st.integers(0, 255))
    return (int.from_bytes(value, "big") ^ (1 << at)).to_bytes(32, "big")


@pytest.mark.parametrize("sought", [LOWEST, HIGHEST, b"", b"short", b"x" * 33])
def test_what_is_no_tag_is_not_looked_for(sought):
    with pytest.raises(BadInput, match="no tag"):
        TREE.prove(sought)


def test_a_tree_takes_only_tags_and_a_secret_of_its_own():
    with pytest.raises(BadInput, match="32 bytes"):
        TagTree([b"short"], filling=bytes(32))
    with pytest.raises(BadInput, match="neither the lowest"):
        TagTree([HIGHEST], filling=bytes(32))
    with pytest.raises(BadInput, match="made from 32 bytes"):
        TagTree([], filling=b"short")
