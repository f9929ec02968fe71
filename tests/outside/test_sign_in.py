"""Signing in with a proven identity, at a certified provider: what fits gives an NHS number, all else is refused."""

from __future__ import annotations

import base64
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from identity_provider import Running, new_key, provider_running, walk
from joserfc import jws
from joserfc.jwk import RSAKey

from openhaven.model.errors import BadInput, NotVerified
from openhaven.outside.sign_in import Begun, Proven, Provider, begin, finish, read_token

pytestmark = pytest.mark.xdist_group("provider")
BACK = "http://127.0.0.1:1/my/back"
NUMBER = "9990000018"
NOW = 1_790_000_000


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with provider_running(client="a-haven", back=BACK) as found:
        yield found


@pytest.fixture
def provider(running: Running) -> Provider:
    return Provider(running.issuer, "a-haven", running.client_key, BACK, trust=("P9.Cp.Cd",))


def came_back(provider: Provider, who: str = f"{NUMBER}.P9") -> tuple[Begun, dict[str, str]]:
    """Somebody goes to the provider and comes back: what their browser remembers, and what the address says."""
    address, begun = begin(provider)
    said = parse_qs(urlsplit(walk(address, who=who, until=BACK)).query)
    return begun, {name: values[0] for name, values in said.items()}


def ended(provider: Provider, begun: Begun, said: dict[str, str]) -> Proven:
    return finish(provider, begun, state=said["state"], code=said["code"], now=int(time.time()))


def test_who_proved_their_identity_is_known_by_their_nhs_number(provider):
    assert ended(provider, *came_back(provider)) == Proven(NUMBER, "P9")


def test_what_is_asked_holds_pkce_a_nonce_and_the_vectors_of_trust_and_never_the_same_twice(provider):
    one, other = (parse_qs(urlsplit(begin(provider)[0]).query) for _ in range(2))
    assert one["code_challenge_method"] == ["S256"] and one["vtr"] == ['["P9.Cp.Cd"]']
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name][0]) >= 43 and one[name] != other[name]


def test_a_code_counts_once(provider):
    begun, said = came_back(provider)
    ended(provider, begun, said)
    with pytest.raises(NotVerified):
        ended(provider, begun, said)


def test_a_code_of_another_browser_is_refused(provider):
    begun, said = came_back(provider)
    mine = begin(provider)[1]
    with pytest.raises(NotVerified, match="not to what was asked"):
        ended(provider, mine, said)
    with pytest.raises(NotVerified):  # also where the state was stolen: the verifier and the nonce are not theirs
        ended(provider, replace(mine, state=begun.state), said)


def test_another_nonce_is_refused(provider):
    begun, said = came_back(provider)
    with pytest.raises(NotVerified, match="does not hold"):
        ended(provider, replace(begun, nonce="another"), said)


def test_who_was_proven_less_well_is_refused(provider):
    with pytest.raises(NotVerified, match="level P9"):
        ended(provider, *came_back(provider, f"{NUMBER}.P5"))


@pytest.mark.parametrize("who", ["9990000017.P9", "none.P9", ".P9"])
def test_without_a_valid_number_nobody_is_known(provider, who):
    with pytest.raises(NotVerified):
        ended(provider, *came_back(provider, who))


def test_another_key_of_ours_opens_nothing(provider):
    begun, said = came_back(provider)
    with pytest.raises(NotVerified):
        ended(replace(provider, key=new_key("ours").as_pem(private=True)), begun, said)


def test_a_provider_of_another_name_is_refused(provider):
    with pytest.raises(NotVerified):
        begin(replace(provider, issuer=provider.issuer + "/"))


@pytest.mark.parametrize("issuer", ["http://example.org", "ftp://example.org", "example.org", ""])
def test_identities_come_over_https_alone(provider, issuer):
    with pytest.raises(BadInput):
        replace(provider, issuer=issuer)


ODD = (
    b"", b"[]", b"null", b"{", b"HTTP/9", b'{"issuer": 1}', b"\xff\xfe",
    b'{"issuer": "HERE"}',
    b'{"issuer": "HERE", "authorization_endpoint": "http://example.org", "token_endpoint": "HERE", "jwks_uri": "HERE"}',
    b'{"issuer": "HERE", "authorization_endpoint": "https://[", "token_endpoint": "HERE", "jwks_uri": "HERE"}',
    b'{"issuer": "HERE", "authorization_endpoint": "HERE", "token_endpoint": ["x"], "jwks_uri": "HERE"}',
    b'{"issuer": "HERE", "authorization_endpoint": "HERE", "token_endpoint": "HERE", "jwks_uri": null}',
)  # fmt: skip


@pytest.mark.parametrize("answer", ODD, ids=repr)
@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b""], ids=["http", "no http"])
def test_a_provider_that_talks_nonsense_proves_nobody(provider, head, answer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = f"http://127.0.0.1:{server.getsockname()[1]}"

        def once() -> None:
            with server.accept()[0] as asked:
                asked.recv(65536)
                asked.sendall(head + answer.replace(b"HERE", here.encode()))

        speaking = threading.Thread(target=once, daemon=True)
        speaking.start()
        with pytest.raises(NotVerified):
            begin(replace(provider, issuer=here))
        speaking.join(10)


# Tokens as a liar would make them, read with the provider's true keys.
OWN = new_key("own")
KEYS = {"keys": [OWN.as_dict(private=False)]}
CLAIMS = {
    "iss": "https://id.example.org",
    "aud": "a-haven",
    "sub": "x",
    "nonce": "n",
    "iat": NOW,
    "exp": NOW + 300,
    "nhs_number": NUMBER,
    "identity_proofing_level": "P9",
}
READER = Provider("https://id.example.org", "a-haven", b"", BACK)


def signed(claims: dict[str, object], *, key: object = OWN, alg: str = "RS512", kid: str = "own") -> str:
    return jws.serialize_compact({"alg": alg, "kid": kid}, json.dumps(claims), key, algorithms=[alg])


def read(token: str) -> Proven:
    return read_token(READER, token, keys=KEYS, nonce="n", now=NOW)


def test_the_token_that_the_others_are_made_from_is_read():
    assert read(signed(CLAIMS)) == Proven(NUMBER, "P9")


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"aud": ["a-haven", "another"], "azp": "a-haven"},
        {"aud": ["a-haven", "another"]},
        {"azp": "another"},
        {"iss": "https://other.example.org"},
        {"nonce": "m"},
        {"nonce": None},
        {"exp": NOW - 31},
        {"exp": None},
        {"exp": "never"},
        {"iat": NOW + 3600},
        {"iat": None},
        {"sub": None},
        {"nbf": NOW + 3600},
        {"identity_proofing_level": "P0"},
        {"identity_proofing_level": None},
        {"nhs_number": 9990000018},
        {"nhs_number": ["9990000018"]},
        {"nhs_number": None},
    ],
    ids=str,
)
def test_a_claim_that_does_not_fit_is_refused(changed):
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    with pytest.raises(NotVerified):
        read(signed(claims))


def by_hand(public: bytes) -> str:
    """A token authenticated with our public key as if it were a shared secret."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"own"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(CLAIMS).encode()).rstrip(b"=")
    mac = base64.urlsafe_b64encode(hmac.digest(public, head + b"." + body, "sha256")).rstrip(b"=")
    return b".".join((head, body, mac)).decode()


@pytest.mark.parametrize("payload", ["[]", "null", "1", '"x"', "{", ""])
def test_a_token_that_holds_no_claims_is_refused(payload):
    with pytest.raises(NotVerified):
        read(jws.serialize_compact({"alg": "RS512", "kid": "own"}, payload, OWN, algorithms=["RS512"]))


@pytest.mark.parametrize("keys", [{}, {"keys": None}, {"keys": [1]}, {"keys": [{"kty": "RSA"}]}, {"keys": []}], ids=str)
def test_keys_that_are_none_prove_nobody(keys):
    with pytest.raises(NotVerified):
        read_token(READER, signed(CLAIMS), keys=keys, nonce="n", now=NOW)


def test_a_signature_stripped_swapped_or_of_another_kind_is_refused():
    good = signed(CLAIMS)
    head, body, signature = good.split(".")
    other = signed({**CLAIMS, "nhs_number": "9990000026"})
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    public = OWN.as_pem(private=False)
    forged = [
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        f"{head}.{other.split('.')[1]}.{signature}",
        f"{head}.{body}.{other.split('.')[2]}",
        signed(CLAIMS, key=new_key("own")),
        signed(CLAIMS, key=new_key("own"), kid="other"),
        by_hand(public),
        signed(CLAIMS, key=RSAKey.import_key(OWN.as_pem(private=True)), alg="RS256"),
        "",
        "a.b.c",
        good + ".",
        good[:-4] + "AAAA",
    ]
    for token in forged:
        with pytest.raises(NotVerified):
            read(token)


def test_a_key_inside_the_token_is_never_believed():
    mine = new_key("mine")
    header = {"alg": "RS512", "kid": "own", "jwk": mine.as_dict(private=False)}
    token = jws.serialize_compact(header, json.dumps(CLAIMS), mine, algorithms=["RS512"])
    with pytest.raises(NotVerified):
        read(token)
