"""What names a person, sealed under keys of the service; and the mark by which it is found again."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openhaven.haven import Haven
from openhaven.model.errors import HavenError

_NONCE = 12  # bytes


def seal(haven: Haven, found: Any) -> str:
    """Plain data, sealed."""
    return _fernet(haven).encrypt(json.dumps(found).encode()).decode()


def unsealed(haven: Haven, text: str) -> Any:
    """What was sealed. Raises HavenError where it is not what was."""
    try:
        return json.loads(_fernet(haven).decrypt(text.encode()))
    except InvalidToken:
        raise HavenError("what is sealed here is not what was", todo="Restore the haven from its backup.") from None


def mark(haven: Haven, nhs_number: str) -> str:
    """A keyed code of a person: the same each time, and without the key of the service it tells nothing."""
    return hmac.digest(haven.keys.service_key("requests, marks"), nhs_number.encode(), "sha256").hex()


def seal_bytes(haven: Haven, content: bytes, *, of: str) -> bytes:
    """Bytes, sealed for one place (AES-256-GCM)."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(haven).encrypt(nonce, content, of.encode())


def unsealed_bytes(haven: Haven, content: bytes, *, of: str) -> bytes:
    """The bytes that were sealed for that place. Raises HavenError where they are not."""
    try:
        return _cipher(haven).decrypt(content[:_NONCE], content[_NONCE:], of.encode())
    except InvalidTag:
        raise HavenError("what is sealed here is not what was", where=of) from None


def _fernet(haven: Haven) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(haven.keys.service_key("requests")))


def _cipher(haven: Haven) -> AESGCM:
    return AESGCM(haven.keys.service_key("copies"))
