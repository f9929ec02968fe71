"""Keys in a token, tried with SoftHSM: they sign inside and never leave; skipped where SoftHSM is not installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openhaven.keys import Keys, Secret, Signing
from openhaven.keys.folder import provider_of
from openhaven.keys.moving import move_keys, read_token_settings
from openhaven.keys.private_files import overwrite
from openhaven.keys.ring import master_id
from openhaven.keys.shares import split_keys
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.settings import Keys as KeySettings

pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
MODULE = next(
    (str(path) for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"))
     if path.is_file()), ""
)  # fmt: skip
pytestmark = [
    pytest.mark.skipif(
        not MODULE or not shutil.which("softhsm2-util"),
        reason="SoftHSM is not installed (Debian: softhsm2); keys in a token were not tested",
    ),
    pytest.mark.xdist_group("token"),
]
PIN, WRONG = "424242", "133713"


@pytest.fixture(scope="session")
def tokens(tmp_path_factory):
    """Two tokens: a process may be logged into one of them before another test gives the other a wrong PIN."""
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}\n")
    (folder / "pin").write_text(f"{PIN}\n")
    (folder / "wrong").write_text(WRONG)
    for each in ("pin", "wrong"):
        (folder / each).chmod(0o600)
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for label in ("first", "second"):
        words = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "99999999"]
        subprocess.run(words, check=True, capture_output=True)
    return folder


@pytest.fixture
def settings(tokens, request):
    """Keys named after the test, so that each has its own."""
    label = request.node.name
    return KeySettings("pkcs11", module=MODULE, token="first", label=label, pin_file=str(tokens / "pin"))


@pytest.fixture
def keys(settings, tmp_path):
    return Keys.create(tmp_path / "keys", settings)


def test_they_sign_inside_and_are_found_again(keys, settings, tmp_path):
    again = Keys.open(tmp_path / "keys", settings)
    Ed25519PublicKey.from_public_bytes(again.log_public).verify(keys.log_signer(b"head"), b"head")
    Ed25519PublicKey.from_public_bytes(again.signing_public).verify(keys.sign(b"manifest"), b"manifest")
    masters = [keys.provider.secret(each) for each in Secret]
    assert len(set(masters)) == 4 and {len(each) for each in masters} == {32}
    assert again.master == keys.master and again.tags == keys.tags


def test_nothing_of_them_lies_in_the_haven_and_nothing_leaves_the_token(keys, settings, tmp_path):
    import pkcs11

    assert {path.name for path in (tmp_path / "keys").rglob("*")} == {"keys.json", "scopes"}
    kinds = (pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.ObjectClass.SECRET_KEY)
    for kind in kinds:
        found = list(keys.provider.session.get_objects({pkcs11.Attribute.CLASS: kind}))
        ours = [each for each in found if each[pkcs11.Attribute.LABEL].startswith(settings.label)]
        assert len(ours) == (2 if kind is kinds[0] else 4)
        for each in ours:
            assert each[pkcs11.Attribute.SENSITIVE] and not each[pkcs11.Attribute.EXTRACTABLE]
            with pytest.raises(pkcs11.exceptions.PKCS11Error):
                _ = each[pkcs11.Attribute.VALUE]


def test_a_master_is_the_hmac_of_what_it_is_for(keys, settings):
    """So that whoever moves to another token with the same keys in it gets the same pseudonyms."""
    import pkcs11

    wanted = {pkcs11.Attribute.LABEL: f"{settings.label} vault"}
    key = next(iter(keys.provider.session.get_objects(wanted)))
    assert key.sign(b"openhaven vault 1", mechanism=pkcs11.Mechanism.SHA256_HMAC) == keys.vault.key


def test_the_next_key_is_made_inside_and_the_one_before_destroyed(keys, settings, tmp_path):
    changed = keys.make_next(Signing.PACKAGES)
    assert keys.following(Signing.PACKAGES).signing_public == changed.signing_public != keys.signing_public
    assert changed.keep()
    assert not changed.provider.has(Signing.PACKAGES, 1)
    assert Keys.open(tmp_path / "keys", settings).signing_public == changed.signing_public


def test_keys_are_never_replaced_nor_shared_out(keys, settings, tmp_path):
    with pytest.raises(BadInput, match="never replaced"):
        Keys.create(tmp_path / "other", settings)
    assert not (tmp_path / "other").exists()
    with pytest.raises(BadInput, match="token's own backup"):
        split_keys(keys, [tmp_path / "a", tmp_path / "b"], haven="h", needed=2)


def test_another_havens_keys_in_the_same_token_are_refused(keys, settings, tmp_path):
    from dataclasses import replace

    other = replace(settings, label=f"{settings.label} other")
    Keys.create(tmp_path / "other", other)
    with pytest.raises(HavenError, match="not the one that this haven had"):
        Keys.open(tmp_path / "keys", other)
    with pytest.raises(HavenError, match="holds no keys named"):
        Keys.open(tmp_path / "keys", replace(settings, label="nobody's"))


def opened_elsewhere(settings, folder, *more):
    """What a process of its own says, which is logged into nothing yet."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom openhaven.keys.folder import provider_of\n"
        "from openhaven.model.settings import Keys\nfrom openhaven.model.errors import HavenError\n"
        "try:\n    provider_of(Keys(*eval(sys.argv[1])), Path(sys.argv[2]), environment={})\n"
        "except HavenError as error:\n    print(type(error).__name__, error)\n"
    )
    from dataclasses import astuple

    words = [sys.executable, "-c", program, repr(astuple(settings)), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout + done.stderr


def test_a_wrong_pin_a_token_that_is_not_there_and_a_wrong_library_are_said_and_no_pin_is(settings, tokens, tmp_path):
    from dataclasses import replace

    wrong = opened_elsewhere(replace(settings, pin_file=str(tokens / "wrong")), tmp_path / "keys")
    assert wrong.startswith("HavenError") and "the PIN is wrong" in wrong and WRONG not in wrong
    absent = opened_elsewhere(replace(settings, token="nowhere"), tmp_path / "keys")
    assert absent.startswith("HavenError nowhere") and "no token of this name" in absent and PIN not in absent
    library = opened_elsewhere(replace(settings, module="/etc/hostname"), tmp_path / "keys")
    assert library.startswith("BadInput /etc/hostname: this is not a PKCS#11 library") and "Traceback" not in library


def test_a_pin_is_asked_for_where_only_the_service_reads_it(settings, tokens, tmp_path):
    from dataclasses import replace

    with pytest.raises(BadInput, match=r"keys\.pin_file.*nothing says where"):
        provider_of(replace(settings, pin_file=""), tmp_path / "keys", environment={})
    with pytest.raises(HavenError, match="cannot be read") as raised:
        provider_of(replace(settings, pin_file=WRONG), tmp_path / "keys", environment={})
    assert WRONG not in str(raised.value)  # whoever wrote the PIN itself there does not see it printed
    (tokens / "open").write_text(PIN)
    (tokens / "open").chmod(0o644)
    with pytest.raises(HavenError, match="others on this machine"):
        provider_of(replace(settings, pin_file=str(tokens / "open")), tmp_path / "keys", environment={})
    (tokens / "pkcs11.pin").write_text(PIN)
    (tokens / "pkcs11.pin").chmod(0o400)
    folder = {"CREDENTIALS_DIRECTORY": str(tokens)}
    assert provider_of(replace(settings, pin_file=""), tmp_path / "keys", environment=folder).token == "first"


def test_a_token_that_cannot_sign_with_ed25519_is_refused(settings, tmp_path, monkeypatch):
    import pkcs11

    from openhaven.keys.token import _check_mechanisms

    class Slot:
        def get_mechanisms(self):
            return {pkcs11.Mechanism.ECDSA, pkcs11.Mechanism.SHA256_HMAC}

    class Token:
        slot = Slot()

    with pytest.raises(BadInput, match=r"cannot sign with Ed25519 \(CKM_EDDSA\)"):
        _check_mechanisms(pkcs11, Token(), "old")


def test_where_the_library_is_not_installed_it_is_said(monkeypatch):
    from openhaven.keys import token

    token._library.cache_clear()
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(BadInput, match=r"pip install openhaven\[pkcs11\]"):
        token._library()


@pytest.fixture
def moved(settings, tmp_path):
    """Keys that were files, and those in the token to which they were moved."""
    before = Keys.create(tmp_path / "keys")
    files = move_keys(before, settings)
    for each in files:
        overwrite(each)
    return before, Keys.open(tmp_path / "keys", settings)


def test_keys_that_were_files_are_the_same_once_they_are_in_the_token(moved, tmp_path):
    before, after = moved
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {"keys.json", "moved.json", "scopes"}
    assert (after.master, after.vault, after.ring) == (before.master, before.vault, before.ring)
    assert master_id(Secret.TAGS, after.tags.key) == before.ring.masters[Secret.TAGS]
    Ed25519PublicKey.from_public_bytes(before.log_public).verify(after.log_signer(b"head"), b"head")
    Ed25519PublicKey.from_public_bytes(before.signing_public).verify(after.sign(b"manifest"), b"manifest")
    assert len(after.service_secret()) == 32  # there was none yet: the token makes it


def test_what_was_moved_never_leaves_and_what_masks_it_is_no_master(moved, settings, tmp_path):
    import json

    import pkcs11

    before, after = moved
    for kind in (pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.ObjectClass.SECRET_KEY):
        for each in after.provider.session.get_objects({pkcs11.Attribute.CLASS: kind}):
            if each[pkcs11.Attribute.LABEL].startswith(settings.label):
                assert each[pkcs11.Attribute.SENSITIVE] and not each[pkcs11.Attribute.EXTRACTABLE]
    kept = json.loads((tmp_path / "keys" / "moved.json").read_text())["masters"]
    assert set(kept) == {"master", "vault", "tags"}
    assert not set(kept.values()) & {before.master.hex(), before.vault.key.hex(), after.tags.key.hex()}
    assert (tmp_path / "keys" / "moved.json").stat().st_mode & 0o077 == 0


def test_a_moved_key_is_rotated_inside_the_token(moved, settings, tmp_path):
    _, after = moved
    changed = after.make_next(Signing.LOG)
    assert changed.keep() and not changed.provider.has(Signing.LOG, 1)
    assert Keys.open(tmp_path / "keys", settings).log_public == changed.log_public != after.log_public


def test_without_what_masks_them_other_masters_are_refused(moved, settings, tmp_path):
    path = tmp_path / "keys" / "moved.json"
    for spoilt in ("{}", "[]", path.read_text().replace('"vault": "', '"vault": "00'), "nothing"):
        path.write_text(spoilt)
        with pytest.raises(HavenError, match=r"moved\.json.*Restore it from the backup"):
            Keys.open(tmp_path / "keys", settings)
    path.unlink()
    with pytest.raises(HavenError, match="not the one that this haven had"):
        Keys.open(tmp_path / "keys", settings)


def test_nothing_is_moved_twice_over_other_keys_or_out_of_a_token(settings, tmp_path):
    from dataclasses import replace

    before = Keys.create(tmp_path / "keys")
    Keys.create(tmp_path / "other", settings)
    with pytest.raises(BadInput, match="never replaced"):
        move_keys(before, settings)
    assert Keys.open(tmp_path / "other", settings).provider.has(Signing.LOG, 1), "and the other haven's are there"
    free = replace(settings, label=f"{settings.label} free")
    move_keys(before, free)
    with pytest.raises(BadInput, match="moved into a token before"):
        move_keys(before, replace(settings, label=f"{settings.label} third"))
    with pytest.raises(BadInput, match="never leave it"):
        move_keys(Keys.open(tmp_path / "keys", free), free)


@pytest.mark.parametrize("refused", ["bring", "sign"])
def test_a_token_that_takes_no_keys_in_leaves_all_as_it_was(settings, tmp_path, monkeypatch, refused):
    """Some tokens let nobody put in a key of theirs, or say yes and then sign with something else."""
    import pkcs11

    from openhaven.keys.token import TokenKeys

    before = Keys.create(tmp_path / "keys")

    def declined(self, *given, **more):
        with self._asked("a key"):
            raise pkcs11.exceptions.FunctionNotSupported

    monkeypatch.setattr(TokenKeys, refused, declined if refused == "bring" else lambda self, *given: bytes(64))
    with pytest.raises(HavenError, match="refused" if refused == "bring" else "does not verify"):
        move_keys(before, settings)
    monkeypatch.undo()
    assert not (tmp_path / "keys" / "moved.json").exists()
    move_keys(before, settings)
    assert Keys.open(tmp_path / "keys", settings).master == before.master


def held(settings, folder):
    """The names of all keys in the token under this label; each is there once."""
    import pkcs11

    token = provider_of(settings, folder)
    found = [each[pkcs11.Attribute.LABEL] for kind in ("SECRET_KEY", "PRIVATE_KEY") for each in
             token.session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass[kind]})]  # fmt: skip
    found = sorted(each for each in found if each.startswith(f"{settings.label} "))
    assert len(found) == len(set(found))
    return {each.removeprefix(f"{settings.label} ") for each in found}


ALL = {"master", "vault", "tags", "service", "log 1", "signing 1"}
KILLED = """
import os, signal, sys
from pathlib import Path
from openhaven.keys import Keys
from openhaven.keys import moving, token
from openhaven.model.settings import Keys as KeySettings
kill = lambda *given, **more: os.kill(os.getpid(), signal.SIGKILL)
written = moving.write_masks
where, name, does = {
    "a key": (token.TokenKeys, "bring", kill),
    "trying": (moving, "_check", kill),
    "masks": (moving, "write_masks", kill),
    "the end": (moving, "write_masks", lambda *given: (written(*given), kill())),
}[sys.argv[1]]
setattr(where, name, does)
module, label, pin, folder = sys.argv[2:]
moving.move_keys(Keys.open(Path(folder)), KeySettings("pkcs11", module=module, token="first", label=label, pin_file=pin))
"""  # noqa: E501


@pytest.mark.parametrize("at", ["a key", "trying", "masks", "the end"])
def test_a_move_that_was_killed_is_finished_by_the_next(settings, tmp_path, at):
    from dataclasses import replace

    before = Keys.create(tmp_path / "keys")
    words = [sys.executable, "-c", KILLED, at, MODULE, settings.label, settings.pin_file, str(before.folder)]
    assert subprocess.run(words, capture_output=True).returncode == -9
    assert (before.folder / "moving.json").exists() and held(settings, before.folder)
    assert Keys.open(before.folder).master == before.master, "the haven goes on with its files"
    with pytest.raises(BadInput, match="was broken off, and may have left keys there"):
        move_keys(before, replace(settings, label="another"))
    move_keys(before, settings)
    assert held(settings, before.folder) == ALL and not (before.folder / "moving.json").exists()
    assert Keys.open(before.folder, settings).master == before.master


def test_a_token_that_dies_half_way_is_cleared_by_the_next_move(settings, tmp_path, monkeypatch):
    import pkcs11

    from openhaven.keys.token import TokenKeys

    before = Keys.create(tmp_path / "keys")

    def dead(self, *given, **more):
        with self._asked("a key"):
            raise pkcs11.exceptions.DeviceRemoved

    for name in ("bring", "clear"):
        monkeypatch.setattr(TokenKeys, name, dead)
    with pytest.raises(HavenError, match=r"taken away.*could not be removed: the token was taken away") as said:
        move_keys(before, settings)
    assert "as before" in said.value.todo and "run haven keys move again" in said.value.todo
    monkeypatch.undo()
    assert held(settings, before.folder) == {"master", "vault", "tags", "service"}
    move_keys(before, settings)
    assert held(settings, before.folder) == ALL


def test_a_move_that_fails_removes_no_key_of_another(settings, tmp_path, monkeypatch):
    """Another haven of the same label begins just after the names were looked for."""
    from openhaven.keys.token import TokenKeys

    before, checked = Keys.create(tmp_path / "keys"), TokenKeys.check_unused

    def meanwhile(self, *given):
        checked(self, *given)
        Keys.create(tmp_path / "other", settings)

    monkeypatch.setattr(TokenKeys, "check_unused", meanwhile)
    with pytest.raises(BadInput, match="never replaced"):
        move_keys(before, settings)
    assert held(settings, before.folder) == ALL and Keys.open(tmp_path / "other", settings)
    assert not (before.folder / "moving.json").exists()


def test_what_is_made_after_a_move_is_brought_in_by_another(settings, tmp_path):
    before = Keys.create(tmp_path / "keys")
    files = move_keys(before, settings)
    assert move_keys(before, settings) == files, "told once more"
    service = before.service_secret()
    changed = before.make_next(Signing.LOG)
    assert changed.keep()
    with pytest.raises(HavenError, match=r"service\.key.*made after .*run haven keys move once more"):
        Keys.open(before.folder, settings)
    again = move_keys(Keys.open(before.folder), settings)
    assert {each.name for each in again} - {each.name for each in files} == {"service.key", "log.2.key"}
    after = Keys.open(before.folder, settings)
    assert (after.service_secret(), after.ring) == (service, changed.ring)
    Ed25519PublicKey.from_public_bytes(changed.log_public).verify(after.log_signer(b"head"), b"head")


def test_a_note_of_a_broken_move_that_cannot_be_read_is_said(settings, tmp_path):
    before = Keys.create(tmp_path / "keys")
    for spoilt in ("{}", "[]", "nothing"):
        (before.folder / "moving.json").write_text(spoilt)
        with pytest.raises(HavenError, match=r"moving\.json.*Remove it"):
            move_keys(before, settings)


@pytest.mark.parametrize("text", ["[keys", "[keys]\nprovider = 'files'\n", "[keys]\nprovider = 'pkcs11'\n", ""])
def test_settings_that_name_no_token_are_refused(tmp_path, text):
    (tmp_path / "new.toml").write_text(text)
    with pytest.raises(BadInput, match=r"new\.toml"):
        read_token_settings(tmp_path / "new.toml")


def test_a_haven_moves_its_keys_by_a_command_and_goes_on_as_before(settings, tmp_path, capsys):
    from openhaven.cli.main import run

    home, table = tmp_path / "haven", tmp_path / "token.toml"
    table.write_text(
        f'[keys]\nprovider = "pkcs11"\nmodule = "{MODULE}"\ntoken = "first"\nlabel = "a haven"\n'
        f'pin_file = "{settings.pin_file}"\n'
    )
    words = ["--haven", str(home), "--operator", "the tests"]
    named = ["--operator-name", "Test", "--origin", "test.example", "--contact", "1 Mill Lane"]
    assert run([*words, "init", str(home), *named]) == 0
    capsys.readouterr()
    assert run([*words, "keys", "list"]) == 0
    before = capsys.readouterr().out.splitlines()

    assert run([*words, "keys", "move", str(table)]) == 0
    said = capsys.readouterr().out
    files = [Path(line.strip()) for line in said.splitlines() if line.startswith("  ")]
    assert {each.name for each in files} == {"master.key", "vault.key", "tags.key", "log.key", "signing.key"}
    toml = home / "haven.toml"
    toml.write_text(toml.read_text() + "\n" + table.read_text())
    for each in files:
        overwrite(each)

    assert run([*words, "keys", "list"]) == 0
    after = capsys.readouterr().out.splitlines()
    assert "files in" in before[0] and "the token 'first'" in after[0] and after[1:] == before[1:]
    assert run([*words, "log", "fsck"]) == 0 and "Whole" in capsys.readouterr().out
    assert run([*words, "keys", "rotate", "packages", "--because", "made inside from now on"]) == 0
    assert run([*words, "keys", "move", str(table)]) == 2
    assert "never leave it" in capsys.readouterr().err
