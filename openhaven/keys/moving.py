"""Keys moved from files or credentials into a token, so that a haven begun with files keeps its log and pseudonyms.

Signing keys are brought in as they are, and do not leave again. Masters are masked by keys that are made inside (see
masks). Nothing is taken away: the files stay until their owner destroys them, and the settings say what is used. A move
that was broken off is finished, and one that ended repeated, by moving again."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from openhaven.keys.files import CredentialKeys, FileKeys, read_ed25519, secret_file, signing_file
from openhaven.keys.folder import Keys
from openhaven.keys.masks import FILE, already_moved, combined, read_masks, write_masks
from openhaven.keys.private_files import check_given, write_new
from openhaven.keys.provider import Secret, Signing
from openhaven.keys.token import TokenKeys, token_keys
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.plain import from_plain, read_toml
from openhaven.model.settings import Keys as KeySettings

HALF = "moving.json"
"""In the folder of keys while they are moved: into which token, and the mark of what is put there."""

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

    Only for who holds the haven alone. What a move that was broken off left in the token is removed first; after one
    that ended, whatever was made since is brought in. Raises BadInput or HavenError: the haven has its keys as before,
    and the token nothing new, or the next move is told what to remove."""
    held = keys.provider
    if not isinstance(held, FileKeys | CredentialKeys):
        raise BadInput("the keys are in a token, and never leave it", where=held.where)
    files = _files(held, keys)
    private = {name: read_ed25519(held.folder / files[name], check_given, todo="") for name in Signing}
    masks = read_masks(keys.folder)
    token = token_keys(settings, home=keys.folder.parent, environment=os.environ, masks=masks)
    finish_half(keys.folder, token)
    if masks:
        _check_same(keys, token)
    new = {name: key for name, key in private.items() if not masks or not token.has(name, _number(keys, name))}
    masters = [name for name in Secret if name in files and name not in masks]
    if new or masters:
        with _marked(keys.folder, token) as mark:
            token.check_unused(() if masks else Secret, [(name, _number(keys, name)) for name in new])
            _bring(keys, token, new, masters=masters, mark=mark)
    return tuple(held.folder / each for each in files.values())


def _number(keys: Keys, name: Signing) -> int:
    return keys.ring.signing[name].number


def _check_same(keys: Keys, token: TokenKeys) -> None:
    """The token is the one into which these keys were moved before. Raises BadInput where it is another."""
    try:
        same = all(token.secret(name) == keys.provider.secret(name) for name in token.masks)
    except HavenError as problem:
        raise already_moved(keys.folder) from problem
    if not same:
        raise already_moved(keys.folder)


def finish_half(folder: Path, token: TokenKeys) -> None:
    """Remove what a move that was broken off left in the token. Raises BadInput where that is another token."""
    path = folder / HALF
    if not path.exists():
        return
    try:
        plain = json.loads(path.read_bytes())
        name, label, mark = str(plain["token"]), str(plain["label"]), bytes.fromhex(plain["mark"])
    except (ValueError, KeyError, TypeError):
        raise HavenError(
            "this does not say which move was broken off",
            where=str(path),
            todo="Remove it; and what lies in the token under keys.label, with the token's own tool.",
        ) from None
    if (name, label) != (token.token, token.label):
        raise BadInput(
            f"a move into the token {name!r}, keys named {label!r}, was broken off, and may have left keys there",
            where=str(path),
            todo="Give haven keys move the settings of that token: it removes them first. If it is gone for good, "
            "remove this file.",
        )
    token.clear(mark, masters=not (folder / FILE).exists())  # which mask what that file holds
    path.unlink()


@contextmanager
def _marked(folder: Path, token: TokenKeys) -> Iterator[bytes]:
    """All that is put into the token within this bears one mark, which is written down before. Where it is broken off,
    only what bears it is removed; where the token no longer answers, the next move does so."""
    mark = secrets.token_bytes(16)
    half = {"token": token.token, "label": token.label, "mark": mark.hex()}
    if not write_new(folder / HALF, json.dumps(half).encode() + b"\n"):
        raise HavenError("another command moves these keys", where=str(folder / HALF))
    try:
        yield mark
    except Exception as problem:
        try:
            finish_half(folder, token)
        except HavenError as silent:
            raise HavenError(
                f"{problem}; and what was put into it until then could not be removed: {silent.what}",
                where=token.where,
                todo="The haven has its keys as before. Once the token answers, run haven keys move again: it removes "
                "what is left there first.",
            ) from problem
        raise
    (folder / HALF).unlink()


def _files(held: FileKeys | CredentialKeys, keys: Keys) -> Mapping[Secret | Signing, str]:
    """The files of the keys that are there: that of cookies, say, is made when it is first used."""
    masters: dict[Secret | Signing, str] = {name: secret_file(name) for name in Secret}
    there = {name: file for name, file in masters.items() if (held.folder / file).exists()}
    return there | {name: signing_file(name, _number(keys, name)) for name in keys.ring.signing}


def _bring(
    keys: Keys, token: TokenKeys, private: Mapping[Signing, Ed25519PrivateKey], *, masters: list[Secret], mark: bytes
) -> None:
    if not token.masks:
        for name in Secret:
            token.make_secret(name, mark=mark)
    masks = {name: combined(keys.provider.secret(name), token.mask(name)) for name in masters}
    for each, key in private.items():
        token.bring(each, _number(keys, each), key, mark=mark)
    moved = replace(token, masks={**token.masks, **masks})
    _check(keys, moved)
    write_masks(keys.folder, moved.masks)


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
