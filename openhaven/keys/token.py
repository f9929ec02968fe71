"""Keys in a PKCS#11 token (an HSM, or SoftHSM): made inside it, and never leaving it.

Signing keys are Ed25519 and sign inside. Masters have to reach the engine that makes pseudonyms, so each is worked out
from a key of its own that stays inside: HMAC-SHA256 of a text that names what it is for. Those that a haven had before
it moved here are masked by the HMAC of another text."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.keys.files import CREDENTIALS
from openhaven.keys.masks import combined
from openhaven.keys.private_files import check_given
from openhaven.keys.provider import Secret, Signing
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.settings import Keys as KeySettings

ED25519 = bytes.fromhex("06032b6570")
"""The curve as a token is told of it: DER of the object identifier 1.3.101.112 (RFC 8410 section 3)."""

PIN = "pkcs11.pin"


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """Keys in a token that is open. `label` begins the name of each, so that two havens may share a token."""

    session: Any = field(repr=False)
    lock: threading.Lock = field(repr=False, compare=False)
    token: str
    label: str
    masks: Mapping[Secret, bytes] = field(default_factory=dict, repr=False)

    @property
    def where(self) -> str:
        return f"the token {self.token!r}, keys named {self.label!r}"

    def secret(self, name: Secret) -> bytes:
        if name in self.masks:
            return combined(self.masks[name], self.mask(name))
        return self._hmac(name, f"openhaven {name} 1")

    def mask(self, name: Secret) -> bytes:
        """32 bytes that mask a master which the haven had before: of its own key's, and of no other text's."""
        return self._hmac(name, f"openhaven {name} moved 1")

    def _hmac(self, name: Secret, text: str) -> bytes:
        with self._asked(f"{self.label} {name}") as p:
            key = self._one(p, p.ObjectClass.SECRET_KEY, f"{self.label} {name}")
            return bytes(key.sign(text.encode(), mechanism=p.Mechanism.SHA256_HMAC))

    def has(self, name: Signing, generation: int) -> bool:
        with self._asked(label := self._named(name, generation)) as p:
            return bool(self._all(p.ObjectClass.PRIVATE_KEY, label))

    def public(self, name: Signing, generation: int) -> bytes:
        with self._asked(label := self._named(name, generation)) as p:
            point = bytes(self._one(p, p.ObjectClass.PUBLIC_KEY, label)[p.Attribute.EC_POINT])
        if len(point) == 34 and point[:2] == b"\x04\x20":  # as PKCS#11 asks: in a DER octet string. Some leave it out
            point = point[2:]
        if len(point) != 32:
            raise HavenError("this is not an Ed25519 key", where=label)
        return point

    def sign(self, name: Signing, generation: int, message: bytes) -> bytes:
        with self._asked(label := self._named(name, generation)) as p:
            key = self._one(p, p.ObjectClass.PRIVATE_KEY, label)
            return bytes(key.sign(message, mechanism=p.Mechanism.EDDSA))

    def make_secret(self, name: Secret, *, mark: bytes | None = None) -> None:
        with self._asked(label := f"{self.label} {name}") as p:
            if self._all(p.ObjectClass.SECRET_KEY, label):
                raise _there_already(label)
            self.session.generate_key(
                p.KeyType.GENERIC_SECRET,
                256,
                store=True,
                id=mark,
                label=label,
                capabilities=p.MechanismFlag.SIGN,
                template={p.Attribute.SENSITIVE: True, p.Attribute.EXTRACTABLE: False},
            )

    def make(self, name: Signing, generation: int) -> None:
        with self._asked(label := self._named(name, generation)) as p:
            if self._all(p.ObjectClass.PRIVATE_KEY, label):
                raise _there_already(label)
            curve = self.session.create_domain_parameters(
                p.KeyType.EC_EDWARDS, {p.Attribute.EC_PARAMS: ED25519}, local=True
            )
            curve.generate_keypair(
                mechanism=p.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                store=True,
                label=label,
                private_template={p.Attribute.SENSITIVE: True, p.Attribute.EXTRACTABLE: False},
            )

    def bring(self, name: Signing, generation: int, key: Ed25519PrivateKey, *, mark: bytes) -> None:
        """Put a signing key in that was made outside: from now on it signs inside, and is never told again."""
        common = {"TOKEN": True, "LABEL": self._named(name, generation), "EC_PARAMS": ED25519, "ID": mark}
        private = {"PRIVATE": True, "SENSITIVE": True, "EXTRACTABLE": False, "SIGN": True}
        public = {"PRIVATE": False, "VERIFY": True, "EC_POINT": b"\x04\x20" + key.public_key().public_bytes_raw()}
        with self._asked(f"{common['LABEL']}, which it shall take in") as p:
            for kind, more in (
                (p.ObjectClass.PRIVATE_KEY, private | {"VALUE": key.private_bytes_raw()}),
                (p.ObjectClass.PUBLIC_KEY, public),
            ):
                named = common | more | {"KEY_TYPE": p.KeyType.EC_EDWARDS, "CLASS": kind}
                self.session.create_object({p.Attribute[each]: value for each, value in named.items()})

    def check_unused(self, masters: Iterable[Secret], signing: Iterable[tuple[Signing, int]]) -> None:
        """Raise BadInput where the token holds a key of one of the names that are wanted."""
        with self._asked(self.label) as p:
            wanted = [(p.ObjectClass.SECRET_KEY, f"{self.label} {name}") for name in masters]
            for name, generation in signing:
                kinds = (p.ObjectClass.PRIVATE_KEY, p.ObjectClass.PUBLIC_KEY)
                wanted += [(kind, self._named(name, generation)) for kind in kinds]
            for kind, label in wanted:
                if self._all(kind, label):
                    raise _there_already(label)

    def clear(self, mark: bytes, *, masters: bool) -> None:
        """Destroy every key that was put in under this mark (its CKA_ID), the masters' too or not; no other of whatever
        name."""
        with self._asked(self.label) as p:
            for each in list(self.session.get_objects({p.Attribute.ID: mark})):
                if masters or each[p.Attribute.CLASS] != p.ObjectClass.SECRET_KEY:
                    each.destroy()

    def destroy(self, name: Signing, generation: int) -> bool:
        with self._asked(label := self._named(name, generation)) as p:
            for kind in (p.ObjectClass.PRIVATE_KEY, p.ObjectClass.PUBLIC_KEY):
                for each in self._all(kind, label):
                    each.destroy()
        return True

    def _named(self, name: Signing, generation: int) -> str:
        return f"{self.label} {name} {generation}"

    def _all(self, kind: Any, label: str) -> list[Any]:
        p = _library()
        return list(self.session.get_objects({p.Attribute.CLASS: kind, p.Attribute.LABEL: label}))

    def _one(self, p: Any, kind: Any, label: str) -> Any:
        found = self._all(kind, label)
        if len(found) != 1:
            raise HavenError(
                f"the token holds {len(found) or 'no'} keys named {label!r}, and one is needed",
                where=self.token,
                todo="See that keys.token and keys.label name the haven's own, or restore the token from its backup.",
            )
        return found[0]

    @contextmanager
    def _asked(self, what: str) -> Iterator[Any]:
        """One question at a time: a session serves one thread. What a token says is told without what it was given."""
        p = _library()
        with self.lock:
            try:
                yield p
            except p.exceptions.PKCS11Error as error:
                raise _unwilling(error, where=f"{self.token}, {what}") from None


def token_keys(
    settings: KeySettings,
    *,
    home: Path,
    environment: Mapping[str, str],
    masks: Mapping[Secret, bytes] = MappingProxyType({}),
) -> TokenKeys:
    """Open the token that the settings name; `masks` are of the masters that were there before it. Raises BadInput or
    HavenError in plain words; a PIN is never told."""
    session = _session(settings.module, settings.token, _pin(settings, home, environment))
    return TokenKeys(session, threading.Lock(), settings.token, settings.label, masks)


def _pin(settings: KeySettings, home: Path, environment: Mapping[str, str]) -> str:
    credentials = environment.get(CREDENTIALS)
    path = home / settings.pin_file if settings.pin_file else Path(credentials, PIN) if credentials else None
    if path is None:
        raise BadInput(
            "the token needs its PIN, and nothing says where it is",
            where="keys.pin_file",
            todo=f"Name a file that the service alone may read, or give it a credential named {PIN}.",
        )
    try:
        check_given(path)
        return path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        # not where it was looked for: whoever wrote the PIN itself into the settings shall not see it printed
        raise HavenError("the PIN of the token cannot be read", where="keys.pin_file") from None


@cache
def _session(module: str, token: str, pin: str) -> Any:
    """One session in a process: a token is logged into once."""
    p = _library()
    try:
        library = p.lib(module)
    except (p.exceptions.PKCS11Error, RuntimeError):  # which repeats the loader's words
        raise BadInput(
            "this is not a PKCS#11 library that can be loaded", where=module, todo="Set keys.module to the token's own."
        ) from None
    try:
        found = library.get_token(token_label=token)
        _check_mechanisms(p, found, token)
        return found.open(rw=True, user_pin=pin)
    except p.exceptions.PKCS11Error as error:
        raise _unwilling(error, where=f"{token}, by {module}") from None


def _check_mechanisms(p: Any, token: Any, name: str) -> None:
    known = token.slot.get_mechanisms()
    for mechanism, does, why in (
        (p.Mechanism.EDDSA, "sign with Ed25519 (CKM_EDDSA)", "which the format of the log and of packages needs"),
        (p.Mechanism.SHA256_HMAC, "make HMAC-SHA256 (CKM_SHA256_HMAC)", "from which the masters are worked out"),
    ):
        if mechanism not in known:
            raise BadInput(
                f"the token cannot {does}, {why}",
                where=name,
                todo="Use a token that can, or keys.provider credentials.",
            )


@cache
def _library() -> Any:
    try:
        import pkcs11
        import pkcs11.exceptions
    except ImportError:
        raise BadInput(
            "keys.provider is pkcs11, and the library for it is not installed",
            todo="Install it with: pip install openhaven[pkcs11]",
        ) from None
    return pkcs11


_SAID = {
    "PinIncorrect": "the PIN is wrong",
    "PinInvalid": "the PIN is wrong",
    "PinLenRange": "the PIN is wrong",
    "PinLocked": "the PIN is locked: it was given wrongly too often",
    "PinExpired": "the PIN has expired",
    "NoSuchToken": "there is no token of this name",
    "TokenNotPresent": "the token is not present",
    "DeviceRemoved": "the token was taken away",
    "DeviceError": "the token has failed",
}


def _unwilling(error: Exception, *, where: str) -> HavenError:
    kind = type(error).__name__
    said = _SAID.get(kind, f"the token refused ({kind})")
    if kind == "UserAlreadyLoggedIn":
        said = "the PIN is wrong, or the token is in use by this process under another"
    return HavenError(said, where=where, todo="Nothing was changed. Look at the token with its own tool.")


def _there_already(label: str) -> BadInput:
    return BadInput(
        f"the token holds a key named {label!r} already, and it is never replaced",
        todo="Choose another keys.label; or remove it with the token's own tool, where no haven uses it.",
    )
