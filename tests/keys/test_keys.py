"""The haven's keys: made once, read only where nobody else can, destroyed for good."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openhaven.keys import Keys
from openhaven.model.errors import BadInput, HavenError


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def keys(folder):
    return Keys.create(folder)


def test_what_was_made_is_read_again(keys, folder):
    again = Keys.open(folder)
    assert (again.master, again.vault) == (keys.master, keys.vault)
    assert (again.signing_public, again.log_public) == (keys.signing_public, keys.log_public)


def test_every_key_is_its_own(keys, tmp_path):
    other = Keys.create(tmp_path / "other")
    both = [keys.master, keys.vault.key, keys.tags.key, other.master, other.vault.key, other.tags.key]
    assert {len(key) for key in both} == {32}
    assert len(set(both)) == 6
    assert len({keys.signing_public, keys.log_public, other.signing_public, other.log_public}) == 4
    assert keys.vault.id != other.vault.id


def test_only_the_owner_may_read(keys, folder):
    keys.scope_secret("uni-A1-2026")
    for path in [folder, *folder.rglob("*")]:
        allowed = stat.S_IMODE(path.stat().st_mode)
        assert allowed == (0o700 if path.is_dir() else 0o600), path


def test_nothing_else_is_left_in_the_folder(keys, folder):
    keys.scope_secret("s1")
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    assert names == [
        "keys.json",
        "log.key",
        "master.key",
        "scopes",
        "scopes/s1.secret",
        "signing.key",
        "tags.key",
        "vault.key",
    ]
    assert list(folder.parent.iterdir()) == [folder]


def test_keys_are_never_replaced(keys, folder):
    with pytest.raises(BadInput, match="never replaced"):
        Keys.create(folder)
    assert Keys.open(folder).master == keys.master


@pytest.mark.parametrize("name", ["master.key", "vault.key", "signing.key", "log.key", "scopes", "."])
def test_keys_that_others_may_read_are_refused(keys, folder, name):
    (folder / name).chmod(0o755)
    with pytest.raises(HavenError, match=r"chmod [67]00"):
        Keys.open(folder)


@pytest.mark.parametrize("name", ["master.key", "vault.key", "signing.key", "log.key"])
@pytest.mark.parametrize("damage", [b"", b"00" * 31, b"zz" * 32, "missing"])
def test_a_missing_or_damaged_key_is_named(keys, folder, name, damage):
    if damage == "missing":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(damage)
    with pytest.raises(HavenError, match=name.replace(".", r"\.")):
        Keys.open(folder)


def test_the_key_of_tags_is_asked_for_when_it_is_needed_and_an_older_haven_is_given_one(keys, folder):
    had = keys.tags
    keys.make_tags()
    assert keys.tags == had and repr(had.key) not in repr(had)
    (folder / "tags.key").unlink()
    with pytest.raises(HavenError, match="people's tags cannot be told"):
        _ = Keys.open(folder).tags
    (folder / "keys.json").unlink()  # as an earlier version left it
    keys = Keys.open(folder)
    keys.make_tags()
    assert keys.tags.id != had.id
    (folder / "tags.key").write_bytes(b"zz")
    with pytest.raises(HavenError, match="not a key of 32 bytes"):
        _ = keys.tags


def test_a_folder_without_keys_is_named(folder):
    with pytest.raises(HavenError, match="not here"):
        Keys.open(folder)


def test_signatures_hold_under_the_public_keys(keys):
    Ed25519PublicKey.from_public_bytes(keys.signing_public).verify(keys.sign(b"manifest"), b"manifest")
    Ed25519PublicKey.from_public_bytes(keys.log_public).verify(keys.log_signer(b"checkpoint"), b"checkpoint")
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(keys.log_public).verify(keys.sign(b"manifest"), b"manifest")


def test_nothing_secret_is_shown(keys):
    shown = repr(keys) + repr(keys.vault)
    assert keys.master.hex() not in shown
    assert repr(keys.master) not in shown
    assert repr(keys.vault.key) not in shown


def test_a_scope_keeps_its_secret(keys, folder):
    first = keys.scope_secret("s1")
    assert len(first) == 32
    assert keys.scope_secret("s1") == Keys.open(folder).scope_secret("s1") == first
    assert keys.scope_secret("s2") != first


def test_all_who_ask_at_once_get_one_secret(keys):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(keys.scope_secret, ["s1"] * 50))) == 1


def test_a_destroyed_scope_is_never_made_anew(keys, folder):
    secret = keys.scope_secret("s1")
    keys.destroy_scope("s1")
    with pytest.raises(HavenError, match="destroyed"):
        Keys.open(folder).scope_secret("s1")
    assert not any(secret.hex().encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_destroying_again_changes_nothing_and_finishes_what_was_cut_short(keys, folder):
    keys.scope_secret("s1")
    (folder / "scopes" / "s1.destroyed").touch(0o600)
    keys.destroy_scope("s1")
    keys.destroy_scope("s1")
    assert not (folder / "scopes" / "s1.secret").exists()


def test_a_scope_that_never_was_cannot_be_destroyed(keys):
    with pytest.raises(BadInput, match="no scope s1"):
        keys.destroy_scope("s1")


@pytest.mark.parametrize("name", ["", ".", "../master", "a/b", "a\0b", "é", "a" * 129])
def test_a_scope_id_is_no_path(keys, name):
    with pytest.raises(BadInput, match="id of a scope"):
        keys.scope_secret(name)
