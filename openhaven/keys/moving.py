"""Keys moved from files or credentials into a token, so that a haven begun with files keeps its log and pseudonyms.

Signing keys are brought in as they are, and do not leave again. Masters are masked by keys that are made inside (see
masks). Nothing is taken away: the files stay until their owner destroys them, and the settings say what is used."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from openhaven.keys.files import CredentialKeys, FileKeys, read_ed25519, secret_file, signing_file
from openhaven.keys.folder import Keys
from openhaven.keys.masks import FILE, already_moved, combined, write_masks
from openhaven.keys.private_files import check_given
from openhaven.keys.provider import Secret, Signing
from openhaven.keys.token import TokenKeys, token_keys
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.plain import from_plain, read_toml
from openhaven.model.settings import Keys as KeySettings

_TRIAL = b"openhaven keys moved"


def read_token_settings(path: Path) -> KeySettings:
    """The table [keys] of a file, which names a token. Raises BadInput."""
    try:
        plain = read_toml(path.read_text(encoding="utf-8"), where=str(path))
    except UnicodeDecodeError:
        raise BadInput("this is not text in UTF-8", where=str(path)) from None
    settings = from_plain(KeySettings, plain.get("keys", {}), where=f"{path}, keys")
    if settings.provider != "pkcs11":
        raise BadInput(
            "the keys are moved into a token alone, and this names none",
            where=str(path),
            todo='Write [keys] with provider = "pkcs11", module and token. Between files and credentials, copy them.',
        )
    return settings


def move_keys(keys: Keys, settings: KeySettings) -> tuple[Path, ...]:
    """Bring the keys into the token that the settings name. Returns the files that now can be destroyed.

    Only for who holds the haven alone. Raises BadInput or HavenError, with nothing left in the token or the folder."""
    held = keys.provider
    if not isinstance(held, FileKeys | CredentialKeys):
        raise BadInput("the keys are in a token, and never leave it", where=held.where)
    if (keys.folder / FILE).exists():
        raise already_moved(keys.folder)
    files = _files(held, keys)
    private = {name: read_ed25519(held.folder / files[name], check_given, todo="") for name in Signing}
    token = token_keys(settings, home=keys.folder.parent, environment=os.environ)
    token.check_unused([(name, each.number) for name, each in keys.ring.signing.items()])
    try:
        _bring(keys, token, private, masters=[name for name in Secret if name in files])
    except BaseException:
        token.clear([(name, each.number) for name, each in keys.ring.signing.items()])
        raise
    return tuple(held.folder / each for each in files.values())


def _files(held: FileKeys | CredentialKeys, keys: Keys) -> Mapping[Secret | Signing, str]:
    """The files of the keys that are there: that of cookies, say, is made when it is first used."""
    masters: dict[Secret | Signing, str] = {name: secret_file(name) for name in Secret}
    there = {name: file for name, file in masters.items() if (held.folder / file).exists()}
    return there | {name: signing_file(name, each.number) for name, each in keys.ring.signing.items()}


def _bring(
    keys: Keys, token: TokenKeys, private: Mapping[Signing, Ed25519PrivateKey], *, masters: list[Secret]
) -> None:
    for name in Secret:
        token.make_secret(name)
    masks = {name: combined(keys.provider.secret(name), token.mask(name)) for name in masters}
    for each, key in private.items():
        token.bring(each, keys.ring.signing[each].number, key)
    _check(keys, replace(token, masks=masks))
    write_masks(keys.folder, masks)


def _check(keys: Keys, token: TokenKeys) -> None:
    """The token gives the same masters, and signs so that the same public keys verify it."""
    keys.ring.check(token)
    for name in token.masks:
        if token.secret(name) != keys.provider.secret(name):
            raise HavenError(f"the token gives another master for {name!r}", where=token.where)
    for each, generation in keys.ring.signing.items():
        try:
            signature = token.sign(each, generation.number, _TRIAL)
            Ed25519PublicKey.from_public_bytes(generation.public).verify(signature, _TRIAL)
        except InvalidSignature:
            raise HavenError(f"what the token signs as {each!r} does not verify", where=token.where) from None
