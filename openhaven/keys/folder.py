"""The keys of one haven: what holds them, which of them are its own, and the secrets of its pseudonym scopes.

The haven's folder of keys has keys.json and scopes/<scope>.secret, whatever holds the rest: a scope's secret has to be
where it can be destroyed for good, and serves nobody without the master. Where keys were moved into a token, moved.json
has the masters of before, masked by it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openhaven.keys.files import KEY_BYTES, CredentialKeys, FileKeys, credentials_folder, read_secret, secret_file
from openhaven.keys.masks import read_masks
from openhaven.keys.private_files import check_private, overwrite, sync_folder, write_new
from openhaven.keys.provider import KeyProvider, Secret, Signing
from openhaven.keys.ring import Generation, Ring, master_id, read_ring, ring_of, write_ring
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.settings import Keys as KeySettings

_MASTERS = (Secret.PSEUDONYMS, Secret.VAULT, Secret.TAGS)
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class VaultKey:
    """The key of the vault's person ids, and the id that files made under it carry."""

    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """16 hex characters that name the key and tell nothing of it."""
        return master_id(Secret.VAULT, self.key)


@dataclass(frozen=True, slots=True)
class TagsKey:
    """The master of people's tags in releases, and the id by which a release says under which its tags were made."""

    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """16 hex characters that name the key and tell nothing of it."""
        return master_id(Secret.TAGS, self.key)


def provider_of(
    settings: KeySettings, folder: Path, *, environment: Mapping[str, str] | None = None, home: Path | None = None
) -> KeyProvider:
    """What the settings say holds the keys; `folder` is the haven's own, `home` that from which its paths are read.
    Raises BadInput or HavenError."""
    home, environment = home or folder.parent, os.environ if environment is None else environment
    if settings.provider == "credentials":
        return CredentialKeys(credentials_folder(settings.folder, home=home, environment=environment))
    if settings.provider == "pkcs11":
        from openhaven.keys.token import token_keys

        masks, made_since = read_masks(folder), folder / secret_file(Secret.SERVICE)
        if masks and Secret.SERVICE not in masks and made_since.exists():
            raise HavenError(
                "this key was made after the others were moved into the token, which would give another",
                where=str(made_since),
                todo="Set keys.provider as it was before, and run haven keys move once more.",
            )
        return token_keys(settings, home=home, environment=environment, masks=masks)
    return FileKeys(folder)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one haven. Nothing of them is shown by repr()."""

    folder: Path
    master: bytes = field(repr=False)
    vault: VaultKey
    provider: KeyProvider = field(repr=False)
    ring: Ring = field(repr=False)

    @classmethod
    def create(cls, folder: Path, settings: KeySettings | None = None) -> Keys:
        """Make new keys in a folder that does not exist yet, or is empty. Raises BadInput where it is not."""
        settings = settings or KeySettings()
        if folder.exists() and any(folder.iterdir()):
            raise BadInput("there are keys here already, and they are never replaced", where=str(folder))
        made = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
        try:
            _make(made, settings)
            os.rename(made, folder)
        except OSError as error:
            raise HavenError(f"the keys could not be written: {error.strerror}", where=str(folder)) from error
        finally:
            shutil.rmtree(made, ignore_errors=True)
        sync_folder(folder.parent)
        return cls.open(folder, settings)

    @classmethod
    def open(cls, folder: Path, settings: KeySettings | None = None) -> Keys:
        """Read the keys. Raises HavenError where one is missing, damaged, not this haven's, or open to others."""
        for path in (folder, folder / "scopes"):
            if not path.is_dir():
                raise HavenError(
                    "the haven's keys are not here",
                    where=str(path),
                    todo="Restore them from the backup; without them no pseudonym can be made again.",
                )
            check_private(path)
        provider = provider_of(settings or KeySettings(), folder)
        ring = read_ring(folder)
        if ring is not None:
            ring.check(provider)
        return cls(
            folder=folder,
            master=provider.secret(Secret.PSEUDONYMS),
            vault=VaultKey(provider.secret(Secret.VAULT)),
            provider=provider,
            ring=ring or ring_of(provider, (Secret.PSEUDONYMS, Secret.VAULT)),
        )

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of this haven, for manifests."""
        return self.signer(Signing.PACKAGES)(message)

    @property
    def signing_public(self) -> bytes:
        """The 32-byte public key that `sign` signs under."""
        return self.ring.signing[Signing.PACKAGES].public

    @property
    def tags(self) -> TagsKey:
        """The master of people's tags in releases, apart from that of pseudonyms: neither serves to make the other.

        Raises HavenError where it is missing."""
        try:
            return TagsKey(self.ring.check_master(Secret.TAGS, self.provider))
        except HavenError as problem:
            raise HavenError(
                f"people's tags cannot be told: {problem.what}",
                where=problem.where,
                todo="Restore it from the backup; without it nobody can be told which releases held their record.",
            ) from problem

    def make_tags(self) -> None:
        """Give a haven of an earlier version, which made no tags, the key for them."""
        self.provider.make_secret(Secret.TAGS)

    @property
    def log_signer(self) -> Callable[[bytes], bytes]:
        """Signs as the log, for checkpoints: a function from a message to its 64-byte Ed25519 signature."""
        return self.signer(Signing.LOG)

    @property
    def log_public(self) -> bytes:
        """The 32-byte public key of the log."""
        return self.ring.signing[Signing.LOG].public

    def signer(self, name: Signing) -> Callable[[bytes], bytes]:
        """A function from a message to its signature under the generation in use."""
        return partial(self.provider.sign, name, self.ring.signing[name].number)

    def make_next(self, name: Signing) -> Keys:
        """These keys as they will be with the next generation of one, which is made (or was brought in from outside).
        Nothing signs with it before it is taken. Raises BadInput or HavenError."""
        number = self.ring.signing[name].number + 1
        self.provider.make(name, number)
        return self._with(name, number)

    def following(self, name: Signing) -> Keys | None:
        """These keys with the next generation of one, where it is held: a rotation that was broken off, or that is at
        work in another process."""
        number = self.ring.signing[name].number + 1
        return self._with(name, number) if self.provider.has(name, number) else None

    def drop_following(self, name: Signing) -> None:
        """Destroy a next generation that was never announced."""
        self.provider.destroy(name, self.ring.signing[name].number + 1)

    @property
    def kept(self) -> bool:
        """Whether the folder says that these keys are in use, and no earlier generation is held here."""
        return read_ring(self.folder) == self.ring and (isinstance(self.provider, CredentialKeys) or not self._former())

    def keep(self) -> bool:
        """Take these generations for good, and destroy the one before. False where only its owner can destroy it, and
        it is still there."""
        if read_ring(self.folder) != self.ring:
            write_ring(self.folder, self.ring)
        return not [each for each in self._former() if not self.provider.destroy(*each)]

    def _former(self) -> list[tuple[Signing, int]]:
        former = [(name, each.number - 1) for name, each in self.ring.signing.items() if each.number > 1]
        return [each for each in former if self.provider.has(*each)]

    def _with(self, name: Signing, number: int) -> Keys:
        generation = Generation(number, self.provider.public(name, number))
        return replace(self, ring=Ring({**self.ring.signing, name: generation}, self.ring.masters))

    def scope_secret(self, scope: str) -> bytes:
        """The scope's own 32 random bytes, made on first use.

        Raises BadInput for a name that is no scope id, HavenError where the secret was destroyed: one made anew
        under the same name would give the same people other pseudonyms, unseen.
        """
        path = self._scope_path(scope)
        if _tombstone(path).exists():
            raise HavenError(
                f"the pseudonyms of scope {scope} were destroyed, and cannot be made again",
                todo="Open a new epoch under the agreement.",
            )
        if not path.exists():
            write_new(path, secrets.token_bytes(KEY_BYTES).hex().encode())
        return read_secret(path, check_private, todo="Restore it from the backup.")

    def service_secret(self) -> bytes:
        """32 bytes that sign the service's cookies and seal second factors; in files made on first use."""
        if isinstance(self.provider, FileKeys):
            self.provider.make_secret(Secret.SERVICE)
        return self.provider.secret(Secret.SERVICE)

    def service_key(self, use: str) -> bytes:
        """32 bytes for one use of the service, HKDF-SHA256 (RFC 5869) of its secret: no use learns another's."""
        made = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"openhaven {use} 1".encode())
        return made.derive(self.service_secret())

    def scopes(self) -> tuple[str, ...]:
        """The names of all scopes that have a secret, or had one."""
        return tuple(sorted({path.stem for path in (self.folder / "scopes").iterdir() if path.name[0] != "."}))

    def holds_scope(self, scope: str) -> bool:
        """Whether the secret of a scope is there."""
        return self._scope_path(scope).exists()

    def destroy_scope(self, scope: str) -> None:
        """Destroy a scope's secret, and with it its pseudonyms. A second time changes nothing.

        Raises BadInput where there never was one. Copies in backups are the operator's to destroy.
        """
        path = self._scope_path(scope)
        if not path.exists() and not _tombstone(path).exists():
            raise BadInput(f"there is no scope {scope}")
        write_new(_tombstone(path), b"")  # first, so that nobody makes it anew in between
        if path.exists():
            overwrite(path)

    def _scope_path(self, scope: str) -> Path:
        if not _SCOPE.fullmatch(scope):
            raise BadInput(
                f"{scope!r} is not the id of a scope",
                todo="Use letters, digits, dots, hyphens and underscores, at most 128 of them.",
            )
        return self.folder / "scopes" / f"{scope}.secret"


def _tombstone(path: Path) -> Path:
    return path.with_suffix(".destroyed")


def _make(folder: Path, settings: KeySettings) -> None:
    folder.mkdir(mode=0o700, parents=True)
    (folder / "scopes").mkdir(mode=0o700)
    provider = provider_of(settings, folder)
    for secret in _MASTERS if isinstance(provider, FileKeys) else Secret:
        provider.make_secret(secret)
    for name in Signing:
        provider.make(name, 1)
    write_ring(folder, ring_of(provider, _MASTERS))


def make_files(folder: Path) -> None:
    """New keys as files in a new folder, for whoever gives them to a service as credentials. Raises BadInput."""
    if folder.exists():
        raise BadInput("is there already", where=str(folder), todo="Name a new folder.")
    folder.mkdir(mode=0o700, parents=True)
    provider = FileKeys(folder)
    for secret in Secret:
        provider.make_secret(secret)
    for name in Signing:
        provider.make(name, 1)
