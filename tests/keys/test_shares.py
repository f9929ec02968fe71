"""The keys in shares: two of three bring them back; a share that is missing, altered or another's never a wrong key."""

import json
import shutil

import pytest

from openhaven.keys import Keys, Secret
from openhaven.keys.shares import read_share, restore_keys, split_keys
from openhaven.model.errors import BadInput

HAVEN = "haven.example"


@pytest.fixture
def keys(tmp_path):
    return Keys.create(tmp_path / "keys")


@pytest.fixture
def shares(keys, tmp_path):
    outs = [tmp_path / f"share-{number}" for number in (1, 2, 3)]
    split_keys(keys, outs, haven=HAVEN, needed=2)
    return outs


def held(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.key")}


@pytest.mark.parametrize("chosen", [(0, 1), (2, 0), (1, 2), (0, 1, 2)])
def test_two_of_three_bring_every_key_back(keys, shares, tmp_path, chosen):
    keys.scope_secret("s1")
    before = held(keys.folder)
    for name in before:
        (keys.folder / name).unlink()
    restore_keys([shares[each] for each in chosen], keys.folder, haven=HAVEN)
    assert held(keys.folder) == before
    again = Keys.open(keys.folder)
    assert again.scope_secret("s1") == keys.scope_secret("s1")
    assert (again.master, again.log_public) == (keys.master, keys.log_public)


def test_they_come_back_where_the_folder_is_gone_and_in_the_generation_in_use(tmp_path):
    from openhaven.keys import Signing

    keys = Keys.create(tmp_path / "keys").make_next(Signing.LOG)
    assert keys.keep()
    outs = [tmp_path / "a", tmp_path / "b"]
    split_keys(keys, outs, haven=HAVEN, needed=2)
    before = held(keys.folder)
    shutil.rmtree(keys.folder)
    restore_keys(outs, keys.folder, haven=HAVEN)
    assert held(keys.folder) == before and "log.2.key" in before
    assert Keys.open(keys.folder).log_public == keys.log_public


def test_shares_are_for_their_owner_and_tell_no_key(keys, shares):
    secrets = [keys.provider.secret(each).hex() for each in (Secret.PSEUDONYMS, Secret.VAULT, Secret.TAGS)]
    for path in shares:
        assert path.stat().st_mode & 0o777 == 0o600
        assert not any(each in path.read_text() for each in secrets)
        assert json.loads(path.read_text())["value"] not in repr(read_share(path))


@pytest.mark.parametrize(
    ("chosen", "says"),
    [((0,), "2 different shares are needed"), ((1, 1), "2 different shares are needed")],
)
@pytest.mark.parametrize("said", [2, 0])
def test_too_few_are_refused(shares, tmp_path, chosen, says, said):
    for each in shares:
        altered(each, mended=True, needed=said)
    with pytest.raises(BadInput, match=says):
        restore_keys([shares[each] for each in chosen], tmp_path / "new", haven=HAVEN)
    assert not (tmp_path / "new").exists()


def altered(path, *, mended=False, **changed):
    """A share with something in it changed, and by whoever is clever, its check made anew."""
    plain = json.loads(path.read_text()) | changed
    path.write_text(json.dumps(plain))
    if mended:
        from openhaven.keys.shares import Share

        path.write_bytes(bytes(Share(**plain).checked()))


def flipped(path):
    value = json.loads(path.read_text())["value"]
    return f"{int(value[0], 16) ^ 1:x}{value[1:]}"


def test_an_altered_share_is_refused_by_name(shares, tmp_path):
    altered(shares[1], value=flipped(shares[1]))
    with pytest.raises(BadInput, match=r"share-2: this share was altered"):
        restore_keys(shares[:2], tmp_path / "new", haven=HAVEN)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("at", range(0, 320, 17))
def test_a_share_that_was_altered_with_care_gives_no_wrong_key(shares, tmp_path, at):
    value = json.loads(shares[1].read_text())["value"]
    altered(shares[1], mended=True, value=f"{value[:at]}{int(value[at], 16) ^ 1:x}{value[at + 1 :]}")
    with pytest.raises(BadInput, match="do not give the keys that they name"):
        restore_keys(shares[:2], tmp_path / "new", haven=HAVEN)
    assert not (tmp_path / "new").exists()


def test_a_share_under_another_number_or_of_another_length_gives_no_wrong_key(shares, tmp_path):
    altered(shares[1], mended=True, number=3)
    with pytest.raises(BadInput, match="do not give"):
        restore_keys(shares[:2], tmp_path / "new", haven=HAVEN)
    altered(shares[1], mended=True, number=2, value="00")
    with pytest.raises(BadInput, match="one length"):
        restore_keys(shares[:2], tmp_path / "new", haven=HAVEN)


def test_shares_of_two_occasions_are_not_joined(keys, shares, tmp_path):
    outs = [tmp_path / "x", tmp_path / "y"]
    split_keys(keys, outs, haven=HAVEN, needed=2)
    with pytest.raises(BadInput, match="not made together"):
        restore_keys([shares[0], outs[1]], tmp_path / "new", haven=HAVEN)


def test_shares_of_another_haven_are_refused_before_a_key_is_written(shares, tmp_path):
    with pytest.raises(BadInput, match=r"of the haven haven\.example, and this is other"):
        restore_keys(shares, tmp_path / "new", haven="other")
    other = Keys.create(tmp_path / "other")
    before = held(other.folder)
    with pytest.raises(BadInput, match="other keys than this haven has"):
        restore_keys(shares, other.folder, haven=HAVEN)
    assert held(other.folder) == before


def test_a_key_that_is_there_is_never_replaced(keys, shares):
    (keys.folder / "keys.json").unlink()
    (keys.folder / "vault.key").write_bytes(b"00" * 32)
    with pytest.raises(BadInput, match="another key here"):
        restore_keys(shares, keys.folder, haven=HAVEN)
    assert (keys.folder / "vault.key").read_bytes() == b"00" * 32


@pytest.mark.parametrize("content", ["", "{}", "[1]", "\0", '{"format": "openhaven.keys.share/1"}', "[" * 100_000])
def test_what_is_no_share_is_refused(shares, tmp_path, content):
    shares[0].write_text(content)
    with pytest.raises(BadInput, match="not a share"):
        restore_keys(shares, tmp_path / "new", haven=HAVEN)


@pytest.mark.parametrize("changed", [{"ring": 5}, {"ring": "\ud800"}, {"number": "1"}, {"needed": True}, {"value": 5}])
def test_what_is_of_another_kind_is_no_share_though_its_check_fits(shares, tmp_path, changed):
    altered(shares[0], mended=True, **changed)
    with pytest.raises(BadInput, match="not a share"):
        restore_keys(shares, tmp_path / "new", haven=HAVEN)
    assert not (tmp_path / "new").exists()


def test_no_share_is_written_over_and_none_is_left_where_one_cannot_be(keys, shares, tmp_path):
    outs = [tmp_path / "new-1", shares[0]]
    with pytest.raises(BadInput, match="is there already"):
        split_keys(keys, outs, haven=HAVEN, needed=2)
    assert not outs[0].exists()
