"""Pseudonyms: the published test vectors, and an obvious twin that takes one value at a time."""

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from openhaven.identity import pseudonym
from openhaven.model.errors import BadInput
from openhaven.model.words import FieldType

KEY = bytes(range(32))
MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
# RFC 4493 section 4 (128-bit key), and the examples of NIST SP 800-38B for a 256-bit key.
RFC_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
NIST_KEY = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
VECTORS = [
    (RFC_KEY, 0, "bb1d6929e95937287fa37d129b756746"),
    (RFC_KEY, 16, "070a16b46b4d4144f79bdd9dd04a287c"),
    (RFC_KEY, 40, "dfa66747de9ae63030ca32611497c827"),
    (RFC_KEY, 64, "51f0bebf7e3b9d92fc49741779363cfe"),
    (NIST_KEY, 0, "028962f61b7bf89efc6b551f4667d983"),
    (NIST_KEY, 16, "28a7023f452e8f82bd4bf28d8c37c35c"),
    (NIST_KEY, 40, "aaf3d8f1de5640c232f5b169b9c911e6"),
    (NIST_KEY, 64, "e1992190549f6ed5696a2c056c315410"),
]


def one_cmac(message, key=KEY):
    slow = CMAC(AES(key))
    slow.update(message)
    return slow.finalize()


def one_pseudonym(value, *, nhs, type, key=KEY):
    if value is None:
        return None
    if nhs:
        return one_cmac(b"OHnhs1" + value.encode(), key).hex()
    text = value.encode()
    number = 1 + list(FieldType).index(type)
    return one_cmac(b"OHval1" + bytes([number]) + len(text).to_bytes(4, "big") + text, key).hex()


@pytest.mark.parametrize(("key", "length", "expected"), VECTORS)
def test_the_published_vectors_hold(key, length, expected):
    messages = np.tile(np.frombuffer(MESSAGE[:length], np.uint8), (3, 1))
    assert [row.tobytes().hex() for row in pseudonym.cmac(messages, key=key)] == [expected] * 3


@given(st.binary(min_size=32, max_size=32), st.integers(0, 70), st.data())
def test_many_messages_at_once_are_as_one_by_one(key, length, data):
    rows = data.draw(st.lists(st.binary(min_size=length, max_size=length), max_size=5))
    messages = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), length)
    assert [row.tobytes() for row in pseudonym.cmac(messages, key=key)] == [one_cmac(row, key) for row in rows]


NHS = st.lists(st.none() | st.text("0123456789", min_size=10, max_size=10))
TEXT = st.lists(st.none() | st.text(max_size=60))


@given(NHS)
def test_an_nhs_number_is_one_block(values):
    found = pseudonym.pseudonyms(pa.array(values, pa.string()), key=KEY, nhs=True, type=FieldType.STRING)
    assert found.type == pa.string()
    assert found.to_pylist() == [one_pseudonym(value, nhs=True, type=FieldType.STRING) for value in values]


@given(TEXT, st.sampled_from(FieldType))
def test_any_other_value_is_typed_and_length_prefixed(values, type):
    found = pseudonym.pseudonyms(pa.array(values, pa.string()), key=KEY, nhs=False, type=type)
    assert found.to_pylist() == [one_pseudonym(value, nhs=False, type=type) for value in values]


@given(TEXT, TEXT)
def test_chunks_and_slices_change_nothing(before, values):
    whole = pa.array([*before, *values], pa.large_string())
    pieces = pa.chunked_array([whole.slice(0, len(before)), whole.slice(len(before))])
    ask = {"key": KEY, "nhs": False, "type": FieldType.STRING}
    assert pseudonym.pseudonyms(pieces, **ask).equals(pseudonym.pseudonyms(whole, **ask))
    part = pseudonym.pseudonyms(whole.slice(len(before)), **ask)
    assert part.to_pylist() == [one_pseudonym(value, nhs=False, type=FieldType.STRING) for value in values]


def test_a_column_longer_than_one_slice_of_work_is_whole(monkeypatch):
    monkeypatch.setattr(pseudonym, "_SLICE", 7)
    values = [None if number % 5 == 0 else f"person {number}" for number in range(100)]
    found = pseudonym.pseudonyms(pa.array(values), key=KEY, nhs=False, type=FieldType.STRING)
    assert found.to_pylist() == [one_pseudonym(value, nhs=False, type=FieldType.STRING) for value in values]


@given(TEXT)
def test_person_ids_and_bytes_are_the_same_pseudonym(values):
    column = pa.array(values, pa.string())
    ask = {"key": KEY, "nhs": False, "type": FieldType.STRING}
    full = [None if text is None else bytes.fromhex(text) for text in pseudonym.pseudonyms(column, **ask).to_pylist()]
    assert pseudonym.pseudonym_bytes(column, **ask).to_pylist() == full
    ids = pseudonym.person_ids(column, **ask)
    assert ids.type == pa.int64()
    assert ids.to_pylist() == [None if each is None else int.from_bytes(each[:8], "big", signed=True) for each in full]


@pytest.mark.parametrize("bad", ["999000001", "99900000188", "999000001x", "", "999 000 0018", "٩٩٩٠٠"])
def test_an_nhs_number_that_is_not_ten_digits_is_refused(bad):
    with pytest.raises(BadInput, match="not ten digits") as refusal:
        pseudonym.pseudonyms(pa.array(["9990000018", bad]), key=KEY, nhs=True, type=FieldType.STRING)
    assert not bad or bad not in str(refusal.value)


def test_the_same_text_has_another_pseudonym_as_another_kind_of_value():
    column = pa.array(["9990000018"])
    found = {pseudonym.pseudonyms(column, key=KEY, nhs=False, type=type)[0].as_py() for type in FieldType}
    found.add(pseudonym.pseudonyms(column, key=KEY, nhs=True, type=FieldType.STRING)[0].as_py())
    assert len(found) == len(FieldType) + 1


def scope(**changes):
    asked = {"secret": bytes(32), "recipient": "uni", "agreement": "A1", "epoch": "2026"} | changes
    return pseudonym.scope_key(bytes(32), **asked)


def test_a_scope_has_one_key():
    assert scope() == scope()
    assert len(scope()) == 32


@pytest.mark.parametrize(
    "change",
    [
        {"secret": b"1" * 32},
        {"recipient": "univ"},
        {"agreement": "A2"},
        {"epoch": "2027"},
        {"recipient": "uniA", "agreement": "1"},
    ],
)
def test_another_scope_has_another_key(change):
    assert scope(**change) != scope()


def test_a_short_key_is_our_own_mistake():
    with pytest.raises(ValueError, match="32 bytes"):
        scope(secret=b"")
    with pytest.raises(ValueError, match="32 bytes"):
        pseudonym.pseudonyms(pa.array(["a"]), key=b"short", nhs=False, type=FieldType.STRING)
