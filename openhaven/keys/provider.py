"""The door to whatever holds the keys: files, credentials or a token. It signs and gives masters; no more is asked."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Secret(StrEnum):
    """The masters of 32 bytes, each apart from the others: of pseudonyms, of the vault's person ids, of people's tags
    in releases, and of the service's cookies."""

    PSEUDONYMS = "master"
    VAULT = "vault"
    TAGS = "tags"
    SERVICE = "service"


class Signing(StrEnum):
    """The Ed25519 keys, each apart from the other: of the log's heads, and of packages' manifests."""

    LOG = "log"
    PACKAGES = "signing"


class KeyProvider(Protocol):
    """Holds keys by name; a signing key by its generation too, which goes up by one at each rotation.

    Every method raises HavenError, saying what to do, where a key is missing, damaged, or open to others."""

    @property
    def where(self) -> str:
        """Where the keys are, for people to read."""

    def secret(self, name: Secret) -> bytes:
        """A master, 32 bytes."""

    def has(self, name: Signing, generation: int) -> bool:
        """Whether a signing key of this generation is held."""

    def public(self, name: Signing, generation: int) -> bytes:
        """The 32-byte public key."""

    def sign(self, name: Signing, generation: int, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature."""

    def make_secret(self, name: Secret) -> None:
        """Make a master where there is none. Raises BadInput where keys are only brought in from outside."""

    def make(self, name: Signing, generation: int) -> None:
        """Make a signing key. Raises BadInput where there is one, or where keys are only brought in from outside."""

    def destroy(self, name: Signing, generation: int) -> bool:
        """Destroy a signing key, where it is held. False where only its owner outside can."""
