"""Keys that the system gives to a service: read where only the service may, never made and never destroyed here."""

import shutil
from pathlib import Path

import pytest

from openhaven.keys import Keys, Signing
from openhaven.keys.folder import make_files, provider_of
from openhaven.keys.private_files import check_given
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.settings import Keys as KeySettings

SETTINGS = KeySettings(provider="credentials")


@pytest.fixture
def given_keys(tmp_path, monkeypatch):
    make_files(tmp_path / "given")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "given"))
    return tmp_path / "given"


def test_the_haven_signs_with_what_it_is_given_and_holds_none_of_it(given_keys, tmp_path):
    keys = Keys.create(tmp_path / "keys", SETTINGS)
    again = Keys.open(tmp_path / "keys", SETTINGS)
    assert (again.master, again.log_public, again.tags) == (keys.master, keys.log_public, keys.tags)
    assert len(again.service_secret()) == 32
    keys.scope_secret("s1")
    names = {path.name for path in (tmp_path / "keys").rglob("*")}
    assert names == {"keys.json", "scopes", "s1.secret"}


def test_they_may_lie_in_a_folder_that_the_settings_name(given_keys, tmp_path):
    settings = KeySettings(provider="credentials", folder=str(given_keys))
    provider = provider_of(settings, tmp_path / "keys", environment={})
    assert provider.public(Signing.LOG, 1) == Keys.create(tmp_path / "keys", SETTINGS).log_public


def test_where_nothing_names_their_folder_it_is_said(tmp_path):
    with pytest.raises(BadInput, match=r"neither keys\.folder nor \$CREDENTIALS_DIRECTORY"):
        provider_of(SETTINGS, tmp_path / "keys", environment={})
    with pytest.raises(HavenError, match="not here"):
        provider_of(SETTINGS, tmp_path / "keys", environment={"CREDENTIALS_DIRECTORY": str(tmp_path / "none")})


@pytest.mark.parametrize("name", ["master.key", "log.key"])
def test_a_credential_that_is_missing_cut_or_open_to_others_is_named(given_keys, tmp_path, name):
    Keys.create(tmp_path / "keys", SETTINGS)
    whole = (given_keys / name).read_bytes()
    (given_keys / name).write_bytes(whole[:-9])
    with pytest.raises(HavenError, match=name):
        Keys.open(tmp_path / "keys", SETTINGS)
    (given_keys / name).write_bytes(whole)
    (given_keys / name).chmod(0o604)
    with pytest.raises(HavenError, match="others on this machine"):
        Keys.open(tmp_path / "keys", SETTINGS)
    (given_keys / name).unlink()
    with pytest.raises(HavenError, match=rf"a credential named {name}"):
        Keys.open(tmp_path / "keys", SETTINGS)


def test_keys_of_another_haven_are_refused(given_keys, tmp_path):
    Keys.create(tmp_path / "keys", SETTINGS)
    shutil.rmtree(given_keys)
    make_files(given_keys)
    with pytest.raises(HavenError, match="not the one that this haven had"):
        Keys.open(tmp_path / "keys", SETTINGS)


def test_a_next_key_has_to_be_brought_and_the_old_one_stays_its_owners(given_keys, tmp_path):
    keys = Keys.create(tmp_path / "keys", SETTINGS)
    with pytest.raises(HavenError, match=r"a credential named log\.2\.key"):
        keys.make_next(Signing.LOG)
    make_files(tmp_path / "more")
    shutil.move(tmp_path / "more" / "log.key", given_keys / "log.2.key")
    changed = keys.make_next(Signing.LOG)
    assert changed.log_public != keys.log_public
    assert changed.keep() is False and (given_keys / "log.key").exists()
    assert Keys.open(tmp_path / "keys", SETTINGS).log_public == changed.log_public


def test_what_root_gives_by_an_access_list_is_not_taken_for_open_to_others(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.touch()

    class Found:
        st_uid, st_gid, st_mode = 0, 0, 0o100440

    monkeypatch.setattr(Path, "stat", lambda self: Found)
    check_given(path)
    Found.st_gid = 100
    with pytest.raises(HavenError, match="others"):
        check_given(path)
    Found.st_gid, Found.st_mode = 0, 0o100444
    with pytest.raises(HavenError, match="others"):
        check_given(path)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"provider": "cloud"}, "choose files, credentials or pkcs11"),
        ({"provider": "pkcs11"}, r"needs keys\.module"),
        ({"provider": "pkcs11", "module": "m"}, r"needs keys\.token"),
        ({"provider": "pkcs11", "module": "m", "token": "t", "label": " "}, r"needs keys\.label"),
        ({"module": "m"}, r"keys\.module serves nothing"),
        ({"provider": "credentials", "pin_file": "p"}, r"keys\.pin_file serves nothing"),
    ],
)
def test_settings_that_fit_nothing_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        KeySettings(**given)


def test_keys_move_from_files_to_credentials_and_back_and_stay_the_same(tmp_path, monkeypatch):
    before = Keys.create(tmp_path / "keys")
    tags, service = before.tags, before.service_secret()
    (tmp_path / "given").mkdir(mode=0o700)
    files = sorted((tmp_path / "keys").glob("*.key"))
    for each in files:
        shutil.move(each, tmp_path / "given" / each.name)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "given"))
    given = Keys.open(tmp_path / "keys", SETTINGS)
    assert (given.master, given.vault, given.tags) == (before.master, before.vault, tags)
    assert (given.log_public, given.signing_public) == (before.log_public, before.signing_public)
    assert given.service_secret() == service
    with pytest.raises(HavenError):
        Keys.open(tmp_path / "keys")
    for each in files:
        shutil.move(tmp_path / "given" / each.name, each)
    assert Keys.open(tmp_path / "keys").master == before.master


def test_other_keys_than_the_haven_had_are_no_move(given_keys, tmp_path):
    Keys.create(tmp_path / "keys")
    with pytest.raises(HavenError, match="is not the one that this haven had"):
        Keys.open(tmp_path / "keys", SETTINGS)
