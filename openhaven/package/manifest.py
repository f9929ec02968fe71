"""The manifest: what lies in a package, in canonical JSON, signed in a DSSE envelope with Ed25519.

`key.age`, the log entry and its proof come after the manifest is signed, so they lie outside it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.log.note import Signer, VerifierKey, parse_verifier_key
from openhaven.log.rotation import Trusted, parse_trusted
from openhaven.log.text import decode_base64
from openhaven.model.errors import BadInput, NotVerified

FORMAT = 1
PAYLOAD_TYPE = "application/vnd.openhaven.manifest+json;version=1"
NAME = "manifest.dsse.json"
ENTRY, PROOF, KEY = "entry.json", "release.tlog-proof", "key.age"
OUTSIDE = frozenset({NAME, ENTRY, PROOF, KEY})
"""Files of a package that the manifest does not list."""

_HEX = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]*(/[A-Za-z0-9][A-Za-z0-9._ -]*)*")
_FIELDS = {"agreement", "application", "files", "format", "output", "release", "sealed_to", "signer"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of the package: its path from the package's folder, its size and SHA-256 as it lies there."""

    path: str
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path) or self.path in OUTSIDE:
            raise BadInput(f"{self.path[:80]!r} is not a path that a manifest may list", where=NAME)
        if type(self.bytes) is not int or self.bytes < 0 or not _HEX.fullmatch(self.sha256):
            raise BadInput(f"{self.path} needs a size and a SHA-256", where=NAME)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was signed. `output` commits to the opened contents; `sealed_to` is this package's own age recipient."""

    release: str
    application: str
    agreement: str
    files: tuple[Listed, ...]
    output: str
    sealed_to: str
    signer: str

    def __post_init__(self) -> None:
        paths = [listed.path for listed in self.files]
        if not paths or paths != sorted(set(paths)):
            raise BadInput("files are listed once each, in order", where=NAME)
        if not _HEX.fullmatch(self.output):
            raise BadInput("the commitment to the output is 64 hexadecimal digits", where=NAME)
        parse_verifier_key(self.signer)

    def __bytes__(self) -> bytes:
        """The canonical bytes (RFC 8785) that are signed."""
        files: list[Any] = [{"path": each.path, "bytes": each.bytes, "sha256": each.sha256} for each in self.files]
        plain: dict[str, Any] = {name: getattr(self, name) for name in _FIELDS - {"files", "format", "output"}}
        return rfc8785.dumps({**plain, "format": FORMAT, "files": files, "output": {"commitment": self.output}})

    def listed(self, path: str) -> Listed | None:
        """The line for that path, if the manifest has one."""
        return next((each for each in self.files if each.path == path), None)


def parse_manifest(payload: bytes) -> Manifest:
    """Read a manifest's bytes, only in their one canonical form. Raises BadInput, also for another format."""
    fields = read_object(payload, where=NAME)
    if fields.get("format") != FORMAT:
        raise BadInput(
            f"format {str(fields.get('format'))[:40]} is not known", where=NAME, todo=f"This version reads {FORMAT}."
        )
    try:
        files = tuple(Listed(**each) for each in fields["files"])
        plain = {name: str(fields[name]) for name in _FIELDS - {"files", "format", "output"}}
        manifest = Manifest(**plain, files=files, output=fields["output"]["commitment"])
    except (KeyError, TypeError) as problem:
        raise BadInput(f"the manifest is not complete ({problem})", where=NAME) from None
    if bytes(manifest) != payload:
        raise BadInput("not in canonical form (RFC 8785)", where=NAME)
    return manifest


def pae(payload_type: str, payload: bytes) -> bytes:
    """What a DSSE signature covers (DSSE protocol 1.0.2): both parts, each behind its length."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_manifest(manifest: Manifest, *, key: VerifierKey, signer: Signer) -> bytes:
    """The envelope, in canonical JSON. Raises BadInput when the signer does not hold the private half of `key`."""
    message = pae(PAYLOAD_TYPE, bytes(manifest))
    value = signer.sign(message) if isinstance(signer, Ed25519PrivateKey) else signer(message)
    if manifest.signer != str(key) or not key.holds(message, value):
        raise BadInput("the signer's key is not the one that the manifest names", where=str(key))
    signature = {"keyid": _key_id(key), "sig": base64.b64encode(value).decode()}
    return rfc8785.dumps(
        {
            "payload": base64.b64encode(bytes(manifest)).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [signature],
        }
    )


def open_envelope(envelope: bytes) -> Manifest:
    """The manifest in an envelope whose signature fits the key that it names; whether to trust it is not asked.

    Raises BadInput where it cannot be read, NotVerified where the signature does not fit.
    """
    fields = read_object(envelope, where=NAME)
    if rfc8785.dumps(fields) != envelope:
        raise BadInput("not in canonical form (RFC 8785)", where=NAME)
    if fields.get("payloadType") != PAYLOAD_TYPE:
        raise BadInput(f"holds {str(fields.get('payloadType'))[:80]!r}, not a manifest", where=NAME)
    payload = decode_base64(str(fields.get("payload")), where=NAME)
    manifest = parse_manifest(payload)
    key = parse_verifier_key(manifest.signer)
    if not key.holds(pae(PAYLOAD_TYPE, payload), _signature(fields, key)):
        raise NotVerified(f"the signature does not fit; the key is {key}", where=NAME)
    return manifest


def trusted_signer(manifest: Manifest, trusted: Iterable[VerifierKey]) -> VerifierKey:
    """The key that signed, where it is one of those trusted. Raises NotVerified naming it where it is not."""
    key = parse_verifier_key(manifest.signer)
    if key not in set(trusted):
        raise NotVerified(
            f"signed by an unknown key: {key}",
            where=NAME,
            todo="Get the operator's keys from a place that you trust, and give them with --trust.",
        )
    return key


def parse_trust(lines: Iterable[str]) -> tuple[VerifierKey, ...]:
    """Verifier keys, one a line; empty lines and those that begin with # are passed over. Raises BadInput."""
    return tuple(each.key for each in parse_trusted_lines(lines))


def parse_trusted_lines(lines: Iterable[str]) -> tuple[Trusted, ...]:
    """The same with the time until which each is trusted, where its line states one. Raises BadInput."""
    return tuple(parse_trusted(line) for line in lines if line.strip() and not line.startswith("#"))


def entry_body(manifest_sha256: str) -> bytes:
    """The body to which the log entry commits under `manifest`: canonical JSON naming the envelope's SHA-256."""
    return rfc8785.dumps({"manifest_sha256": manifest_sha256})


def sha256_of(envelope: bytes) -> str:
    """SHA-256 of the envelope's bytes, in hex."""
    return hashlib.sha256(envelope).hexdigest()


def read_object(data: bytes, *, where: str) -> Mapping[str, Any]:
    """A JSON object in UTF-8, no name twice. Raises BadInput."""
    try:
        fields = json.loads(data.decode(), object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"not JSON in UTF-8 ({problem})", where=where) from None
    if not isinstance(fields, dict):
        raise BadInput("not a JSON object", where=where)
    return fields


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def _key_id(key: VerifierKey) -> str:
    return f"{key.name}+{key.key_id.hex()}"


def _signature(fields: Mapping[str, Any], key: VerifierKey) -> bytes:
    signatures = fields.get("signatures")
    if set(fields) != {"payload", "payloadType", "signatures"} or not isinstance(signatures, list):
        raise BadInput("an envelope has payload, payloadType and signatures", where=NAME)
    for each in signatures:
        if isinstance(each, dict) and set(each) == {"keyid", "sig"} and each["keyid"] == _key_id(key):
            return decode_base64(str(each["sig"]), where=NAME)
    raise NotVerified(f"no signature of the key that the manifest names, {key}", where=NAME)
