"""Signed notes as c2sp.org/signed-note has them: its own example holds, and every other spelling is refused."""

import base64
import hashlib
from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log.note import (
    Note,
    Signature,
    VerifierKey,
    parse_note,
    parse_verifier_key,
    sign_note,
    verifier_key,
    verify_note,
)
from openhaven.model.errors import BadInput, NotVerified

# The worked example of the specification.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2O"
    "NncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = verifier_key("haven.example/log", PRIVATE)
OTHER_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER = verifier_key("other.example", OTHER_PRIVATE)

plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, range(32)))))


def signed(text="A line.\n"):
    return sign_note(text, key=KEY, signer=PRIVATE)


def both_sign(text="A line.\n"):
    return signed(text) + sign_note(text, key=OTHER, signer=OTHER_PRIVATE).split("\n\n")[1]


def test_the_example_of_the_specification_holds():
    key = parse_verifier_key(SPEC_KEY)
    assert str(key) == SPEC_KEY
    assert verify_note(parse_note(SPEC_NOTE), [key]) == (key,)


def test_the_key_id_hashes_name_newline_type_and_key():
    expected = hashlib.sha256(b"haven.example/log\n\x01" + KEY.public).digest()[:4]
    assert KEY.key_id == expected
    assert str(KEY) == f"haven.example/log+{expected.hex()}+{base64.b64encode(bytes([1]) + KEY.public).decode()}"


@given(lines=st.lists(plain, min_size=1, max_size=5))
def test_what_is_signed_is_read_back_and_verified(lines):
    text = "\n".join(lines) + "\n"
    note = parse_note(sign_note(text, key=KEY, signer=PRIVATE))
    assert note.text == text
    assert str(note) == sign_note(text, key=KEY, signer=PRIVATE.sign)
    assert verify_note(note, [OTHER, KEY]) == (KEY,)


def test_a_text_may_hold_empty_lines():
    assert parse_note(signed("first\n\nsecond\n\n")).text == "first\n\nsecond\n\n"


def test_any_changed_byte_of_the_text_is_refused():
    note = parse_note(signed())
    with pytest.raises(NotVerified, match="does not fit the text"):
        verify_note(replace(note, text="A lime.\n"), [KEY])


@given(place=st.integers(0, 63), bit=st.integers(0, 7))
def test_any_changed_bit_of_the_signature_is_refused(place, bit):
    note = parse_note(signed())
    value = bytearray(note.signatures[0].value)
    value[place] ^= 1 << bit
    with pytest.raises(NotVerified):
        verify_note(replace(note, signatures=(replace(note.signatures[0], value=bytes(value)),)), [KEY])


def test_an_unknown_key_is_named_and_refused():
    for trusted in ([], [OTHER]):
        with pytest.raises(NotVerified, match=r"signed by an unknown key: haven\.example/log\+"):
            verify_note(parse_note(signed()), trusted)


def test_unknown_signatures_beside_a_trusted_one_are_passed_over():
    assert verify_note(parse_note(both_sign()), [KEY]) == (KEY,)
    assert verify_note(parse_note(both_sign()), [KEY, OTHER]) == (KEY, OTHER)


def test_one_wrong_signature_of_a_trusted_key_spoils_the_note():
    note = parse_note(both_sign())
    spoilt = replace(note.signatures[1], value=bytes(64))
    with pytest.raises(NotVerified, match=r"other\.example"):
        verify_note(Note(note.text, (note.signatures[0], spoilt)), [KEY, OTHER])


def test_the_same_key_under_another_name_is_unknown():
    renamed = VerifierKey("haven.example/other", KEY.public)
    with pytest.raises(NotVerified, match="unknown key"):
        verify_note(parse_note(signed()), [renamed])


def test_a_repeated_signature_counts_once():
    note = parse_note(signed())
    assert verify_note(Note(note.text, note.signatures * 3), [KEY]) == (KEY,)


def test_two_trusted_keys_of_one_name_and_id_are_refused(monkeypatch):
    monkeypatch.setattr(VerifierKey, "key_id", property(lambda self: b"same"))
    with pytest.raises(BadInput, match="share this name and id"):
        verify_note(parse_note(signed()), [KEY, VerifierKey(KEY.name, OTHER.public)])


def test_a_signer_that_holds_another_key_is_refused():
    with pytest.raises(BadInput, match="not the one that verifiers are told of"):
        sign_note("A line.\n", key=KEY, signer=OTHER_PRIVATE)


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "carriage\r\n", "nul\x00\n", "half \ud800\n"])
def test_a_text_that_a_note_cannot_hold_is_not_signed(text):
    with pytest.raises(BadInput):
        sign_note(text, key=KEY, signer=PRIVATE)


LINE = signed().split("\n\n")[1]


@pytest.mark.parametrize(
    "note",
    [
        "",
        "A line.\n",
        "A line.\n\n",
        "A line.\n" + LINE,
        "A line.\n\n" + LINE.rstrip("\n"),
        "A line.\n\n" + LINE + "\n",
        "A line.\r\n\r\n" + LINE,
        "A line.\n\n" + LINE.replace("—", "-"),
        "A line.\n\n" + LINE.replace("— ", "—\u00a0"),
        "A line.\n\n" + LINE.replace("haven.example/log ", "haven.example/log  "),
        "A line.\n\n" + LINE.replace("haven.example/log", "haven+example"),
        "A line.\n\n" + LINE.replace("haven.example/log", "haven\u2003example"),
        "A line.\n\n" + LINE.replace("haven.example/log", ""),
        "A line.\n\n" + LINE.replace("\n", " \n"),
        "A line.\n\n" + LINE.replace("=", ""),
        "A line.\n\n— haven.example/log\n",
        "A line.\n\n— haven.example/log AAAAAA==\n",
        "A line.\n\n" + LINE + "something else\n",
        "A line.\n\n" + LINE * 101,
    ],
)
def test_what_is_not_a_signed_note_is_refused(note):
    with pytest.raises(BadInput):
        parse_note(note)


def test_a_hundred_signatures_are_read():
    assert len(parse_note("A line.\n\n" + LINE * 100).signatures) == 100


def test_base64_has_one_spelling():
    line = "— haven.example/log YWJjZGVmZ2g=\n"
    assert parse_note(f"x\n\n{line}").signatures == (Signature("haven.example/log", b"abcd", b"efgh"),)
    with pytest.raises(BadInput, match="one base64 spelling"):
        parse_note(f"x\n\n{line.replace('Z2g=', 'Z2h=')}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("haven.example", r"name\+id\+key"),
        (str(OTHER).replace("+", "-"), r"name\+id\+key"),
        (str(KEY).replace(KEY.key_id.hex(), "00000000"), "the key id says '00000000'"),
        (SPEC_KEY.replace("530d903a", "530D903A"), "the key id says"),
        (SPEC_KEY[:-1] + "!", "base64"),
        (SPEC_KEY + "\n", "base64"),
        ("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key name"),
        (f"w+00000000+{base64.b64encode(bytes([6]) + KEY.public).decode()}", "0x06"),
        (f"w+00000000+{base64.b64encode(bytes([1]) + KEY.public[1:]).decode()}", "32 bytes, not 31"),
        ("w+00000000+", "key type"),
    ],
)
def test_a_wrong_verifier_key_is_refused_saying_what_is_wrong(text, says):
    with pytest.raises(BadInput, match=says):
        parse_verifier_key(text)


@given(st.text())
def test_no_text_makes_the_reader_fail_in_another_way(text):
    for read in (parse_note, parse_verifier_key):
        with suppress(BadInput):
            assert str(read(text)) == text
