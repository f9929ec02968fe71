"""The manifest is canonical, signed in a DSSE envelope, and read in one form only."""

import base64
import json

import package_story as story
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.errors import BadInput, NotVerified
from openhaven.package.manifest import (
    PAYLOAD_TYPE,
    Listed,
    Manifest,
    open_envelope,
    pae,
    parse_manifest,
    parse_trust,
    sign_manifest,
    trusted_signer,
)

MANIFEST = Manifest(
    release="R-1",
    application="A-1",
    agreement="DSA-1",
    files=(Listed("certificate.json", 10, "a" * 64), Listed("data/x.parquet.age", 99, "b" * 64)),
    output="c" * 64,
    sealed_to=story.RECIPIENT_KEY,
    signer=str(story.SIGN_KEY),
)
ENVELOPE = sign_manifest(MANIFEST, key=story.SIGN_KEY, signer=story.SIGN_PRIVATE)


def test_what_is_signed_is_the_dsse_encoding_of_its_specification():
    # the test vector of DSSE protocol.md
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.text(), st.binary(), st.text(), st.binary())
def test_no_two_messages_have_one_encoding(kind, body, other_kind, other_body):
    assert (pae(kind, body) == pae(other_kind, other_body)) == ((kind, body) == (other_kind, other_body))


def test_any_dsse_reader_can_check_it():
    envelope = json.loads(ENVELOPE)
    payload = base64.b64decode(envelope["payload"])
    message = b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)
    story.SIGN_PRIVATE.public_key().verify(base64.b64decode(envelope["signatures"][0]["sig"]), message)
    assert envelope["payloadType"] == "application/vnd.openhaven.manifest+json;version=1"
    assert rfc8785.dumps(json.loads(payload)) == payload


def test_it_is_read_back_as_it_was():
    assert open_envelope(ENVELOPE) == MANIFEST
    assert parse_manifest(bytes(MANIFEST)) == MANIFEST


def test_a_function_may_sign_such_as_a_token():
    signed = sign_manifest(MANIFEST, key=story.SIGN_KEY, signer=story.SIGN_PRIVATE.sign)
    assert signed == ENVELOPE


def test_a_key_that_is_not_the_one_named_does_not_sign():
    with pytest.raises(BadInput, match="not the one"):
        sign_manifest(MANIFEST, key=story.SIGN_KEY, signer=Ed25519PrivateKey.generate())


def test_a_stranger_is_named():
    with pytest.raises(NotVerified, match=r"signed by an unknown key: haven.example/log/packages\+"):
        trusted_signer(MANIFEST, [story.LOG_KEY])
    assert trusted_signer(MANIFEST, parse_trust(["# the operator's keys", "", *story.TRUST])) == story.SIGN_KEY


@given(st.data())
def test_a_byte_altered_anywhere_in_the_envelope_is_seen(data):
    place = data.draw(st.integers(0, len(ENVELOPE) - 1))
    flip = data.draw(st.integers(1, 255))
    altered = ENVELOPE[:place] + bytes([ENVELOPE[place] ^ flip]) + ENVELOPE[place + 1 :]
    with pytest.raises((BadInput, NotVerified)):
        open_envelope(altered)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../b", "a//b", "", ".hidden", "a\\b", "key.age", "x\n"])
def test_a_path_that_could_lead_elsewhere_is_refused(path):
    with pytest.raises(BadInput):
        Listed(path, 1, "a" * 64)


def test_another_version_is_refused_by_its_number():
    other = rfc8785.dumps({**json.loads(bytes(MANIFEST)), "format": 2})
    with pytest.raises(BadInput, match="format 2"):
        parse_manifest(other)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"a":1,"a":1}', b"\xff", b'{"format":1}', b"[" * 100_000])
def test_what_is_no_manifest_is_refused_plainly(data):
    with pytest.raises(BadInput):
        parse_manifest(data)
