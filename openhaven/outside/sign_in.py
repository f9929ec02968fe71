"""The door to who proves a person's identity: OpenID Connect's code flow, as NHS login has it (PKCE, private_key_jwt,
RS512, vectors of trust).

Nothing comes back but an NHS number and how well it was proven. Whatever does not fit is refused."""

from __future__ import annotations

import hmac
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from openhaven.identity.nhs_number import clean
from openhaven.model.errors import BadInput, NotVerified

ALGORITHM = "RS512"
WAIT_SECONDS = 10.0
LARGEST_ANSWER = 256 * 1024
LEEWAY = 30  # seconds that two clocks may be apart
ASSERTION_LASTS = 60  # seconds


@dataclass(frozen=True, slots=True)
class Provider:
    """Who proves identities, and how we are known there. `key` is our private RSA key as PEM; `level` what the claim
    `level_claim` has to say; `trust` the vectors of trust that are asked for; `back` where people come back to."""

    issuer: str
    client_id: str
    key: bytes
    back: str
    level: str = "P9"
    level_claim: str = "identity_proofing_level"
    number_claim: str = "nhs_number"
    trust: tuple[str, ...] = ()
    scope: str = "openid profile"

    def __post_init__(self) -> None:
        if not _is_safe(self.issuer):
            raise BadInput(f"{self.issuer!r} is not an https address", where="patients.issuer")


@dataclass(frozen=True, slots=True)
class Begun:
    """What has to be remembered, by the person's browser alone, between going there and coming back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom the provider proved: a valid NHS number, and the level of proof."""

    nhs_number: str
    level: str


def begin(provider: Provider) -> tuple[str, Begun]:
    """Where to send the person, and what to remember. Raises NotVerified where the provider is not who it should be."""
    begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": provider.back,
        "scope": provider.scope,
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": create_s256_code_challenge(begun.verifier),
        "code_challenge_method": "S256",
    }
    if provider.trust:
        asked["vtr"] = json.dumps(list(provider.trust))
    at = _metadata(provider)["authorization_endpoint"]
    return f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}", begun


def finish(provider: Provider, begun: Begun, *, state: str, code: str, now: int) -> Proven:
    """Whom the provider proved. `now` is the time in seconds. Raises NotVerified for anything that does not fit."""
    if not code or not hmac.compare_digest(state.encode(), begun.state.encode()):
        raise NotVerified("this answer is not to what was asked from this browser")
    known = _metadata(provider)
    token = _token(provider, known, begun, code)
    keys = _fetch(known["jwks_uri"])
    return read_token(provider, token, keys=keys, nonce=begun.nonce, now=now)


def read_token(provider: Provider, token: str, *, keys: Mapping[str, Any], nonce: str, now: int) -> Proven:
    """What an ID token says, once its signature and every claim are found good. Raises NotVerified."""
    try:
        key_set = KeySet.import_key_set(_rsa_only(keys))
        found = jws.deserialize_compact(token, key_set, algorithms=[ALGORITHM])
        claims = CodeIDToken(json.loads(found.payload), found.headers(), _options(provider), _params(provider, nonce))
        claims.validate(now=now, leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotVerified(f"the proof of identity does not hold ({type(error).__name__})") from None
    return _proven(provider, claims)


def _options(provider: Provider) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
        "nonce": {"essential": True},
    }


def _params(provider: Provider, nonce: str) -> dict[str, str]:
    return {"nonce": nonce, "client_id": provider.client_id}


def _proven(provider: Provider, claims: Mapping[str, Any]) -> Proven:
    audience = claims["aud"]
    if audience not in (provider.client_id, [provider.client_id]):
        raise NotVerified("the proof of identity is for others too")
    if claims.get(provider.level_claim) != provider.level:
        raise NotVerified(f"who they are was not proven to the level {provider.level}")
    number = claims.get(provider.number_claim)
    if not isinstance(number, str) or (valid := clean(number)) is None:
        raise NotVerified("the proof of identity holds no valid NHS number")
    return Proven(valid, provider.level)


def _rsa_only(keys: Mapping[str, Any]) -> Any:
    """The keys that may sign by our algorithm: a key of another kind is never tried."""
    return {"keys": [each for each in keys["keys"] if each.get("kty") == "RSA" and each.get("use", "sig") == "sig"]}


def _metadata(provider: Provider) -> dict[str, Any]:
    known = _fetch(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if known.get("issuer") != provider.issuer:
        raise NotVerified("the provider of identities gives another name than the settings")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not _is_safe(str(known.get(name, ""))):
            raise NotVerified(f"the provider of identities gives no https address as its {name}")
    return known


def _token(provider: Provider, known: Mapping[str, Any], begun: Begun, code: str) -> str:
    at = known["token_endpoint"]
    key = RSAKey.import_key(provider.key)
    by = private_key_jwt_sign(key, provider.client_id, at, alg=ALGORITHM, expires_in=ASSERTION_LASTS)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.back,
        "client_id": provider.client_id,
        "code_verifier": begun.verifier,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": by,
    }
    token = _fetch(at, urlencode(form).encode()).get("id_token")
    if not isinstance(token, str):
        raise NotVerified("the provider of identities gave no proof")
    return token


def _fetch(at: str, form: bytes | None = None) -> dict[str, Any]:
    """One JSON object from an address; redirects are not followed. Raises NotVerified where it cannot be had."""
    request = urllib.request.Request(at, data=form, headers={"Accept": "application/json"})
    try:
        with _opener.open(request, timeout=WAIT_SECONDS) as answer:
            found = json.loads(answer.read(LARGEST_ANSWER))
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        why = error.code if isinstance(error, urllib.error.HTTPError) else type(error).__name__
        raise NotVerified(f"the provider of identities did not answer as it should ({why})") from None
    if not isinstance(found, dict):
        raise NotVerified("the provider of identities did not answer as it should")
    return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """None: an answer from elsewhere is not its answer."""


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _is_safe(at: str) -> bool:
    """Whether it is an https address; plain http is one on this machine only."""
    try:
        parts = urlsplit(at)
    except ValueError:
        return False
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and here))
