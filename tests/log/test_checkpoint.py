"""A checkpoint says how large a log was and what its root was, in one spelling, signed by the log itself."""

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint, verify_checkpoint
from openhaven.log.note import sign_note, verifier_key
from openhaven.log.tree import EMPTY_ROOT
from openhaven.model.errors import BadInput, NotVerified

ORIGIN = "haven.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = verifier_key(ORIGIN, PRIVATE)
WITNESS = verifier_key("witness.example", PRIVATE)
ROOT = bytes(range(32))
ROOT_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_the_text_is_origin_size_and_root_one_a_line():
    assert str(Checkpoint(ORIGIN, 7, ROOT)) == f"haven.example/log\n7\n{ROOT_TEXT}\n"


@given(size=st.integers(1, 2**63 - 1), root=st.binary(min_size=32, max_size=32))
def test_what_is_signed_is_read_back(size, root):
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert parse_checkpoint(str(checkpoint)) == checkpoint
    assert verify_checkpoint(sign_checkpoint(checkpoint, key=KEY, signer=PRIVATE.sign), [KEY]) == (
        checkpoint,
        (KEY,),
    )


def test_an_empty_log_has_a_checkpoint():
    assert parse_checkpoint(str(Checkpoint(ORIGIN, 0, EMPTY_ROOT))).size == 0


def test_further_lines_of_other_logs_are_kept():
    text = f"{ORIGIN}\n7\n{ROOT_TEXT}\nsomething more\n"
    assert parse_checkpoint(text).extensions == ("something more",)
    assert str(parse_checkpoint(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n7\n{ROOT_TEXT}",
        f"\n7\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n7\n{ROOT_TEXT}\n\n",
        f"{ORIGIN}\n\n7\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n07\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n+7\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n 7\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n-7\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n٧\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n7.0\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n{2**63}\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n7\n{ROOT_TEXT[:-1]}\n",
        f"{ORIGIN}\n7\n{ROOT_TEXT[:-2]}9=\n",
        f"{ORIGIN}\n7\nAAEC\n",
        f"{ORIGIN}\n7\n{ROOT_TEXT} \n",
        f"{ORIGIN}\r\n7\r\n{ROOT_TEXT}\r\n",
        f"{ORIGIN}\n0\n{ROOT_TEXT}\n",
    ],
)
def test_any_other_spelling_is_refused(text):
    with pytest.raises(BadInput):
        parse_checkpoint(text)


@given(st.text())
def test_no_text_makes_the_reader_fail_in_another_way(text):
    with suppress(BadInput):
        assert str(parse_checkpoint(text)) == text


def test_a_key_of_another_name_cannot_sign():
    with pytest.raises(BadInput, match="cannot sign for the log"):
        sign_checkpoint(Checkpoint(ORIGIN, 7, ROOT), key=WITNESS, signer=PRIVATE)


def test_a_witness_alone_does_not_speak_for_the_log():
    note = sign_note(str(Checkpoint(ORIGIN, 7, ROOT)), key=WITNESS, signer=PRIVATE)
    with pytest.raises(NotVerified, match="not by the log itself"):
        verify_checkpoint(note, [KEY, WITNESS])


def test_without_trust_the_signer_is_unknown():
    with pytest.raises(NotVerified, match="signed by an unknown key"):
        verify_checkpoint(sign_checkpoint(Checkpoint(ORIGIN, 7, ROOT), key=KEY, signer=PRIVATE), [])


def test_a_signed_text_that_is_no_checkpoint_is_not_verified():
    for note in (sign_note("haven.example/log\nseven\n", key=KEY, signer=PRIVATE), "nothing at all"):
        with pytest.raises(NotVerified):
            verify_checkpoint(note, [KEY])
