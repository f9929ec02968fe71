"""An entry says of an act only what may be public for ever, in one canonical form."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log.entries import LARGEST_ENTRY, Entry, EntryType, commitment, parse_entry
from openhaven.model.errors import BadInput

TIME = "2026-01-31T09:30:00Z"
DIGEST = "ab" * 32


def entry(**changes):
    given = {"type": EntryType.RELEASED, "time": TIME, "ids": {"release": "r-1"}, "commitments": {"body": DIGEST}}
    return Entry(**(given | changes))


names = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
entries = st.builds(
    Entry,
    type=st.sampled_from(EntryType),
    time=st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z"),
    ids=st.dictionaries(names, st.from_regex(r"[a-z][a-z0-9./-]{0,40}[a-z]", fullmatch=True), max_size=5),
    commitments=st.dictionaries(names, st.binary(min_size=32, max_size=32).map(bytes.hex), max_size=5),
)


def test_the_bytes_are_canonical_json():
    assert bytes(entry()) == (
        b'{"commitments":{"body":"' + DIGEST.encode() + b'"},"format":"openhaven.log.entry/1",'
        b'"ids":{"release":"r-1"},"time":"2026-01-31T09:30:00Z","type":"released"}'
    )


@given(entries)
def test_what_is_written_is_read_back(written):
    assert parse_entry(bytes(written)) == written
    again = json.dumps(json.loads(bytes(written)), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again.encode() == bytes(written), "for these plain names and values RFC 8785 is sorted, tight JSON"


@given(ids=st.dictionaries(names, st.just("x"), min_size=2, max_size=5))
def test_the_order_in_which_ids_are_given_does_not_matter(ids):
    assert bytes(entry(ids=ids)) == bytes(entry(ids=dict(reversed(ids.items()))))


def test_an_entry_cannot_be_changed_once_made():
    ids = {"release": "r-1"}
    made = entry(ids=ids)
    ids["release"] = "r-2"
    assert made.ids["release"] == "r-1"
    with pytest.raises(TypeError):
        made.ids["release"] = "r-3"
    assert len({made, entry(), entry(time="2026-01-31T09:30:01Z")}) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "released"},
        {"type": None},
        {"time": "2026-01-31T09:30:00.5Z"},
        {"time": "2026-01-31T09:30:00+00:00"},
        {"time": "2026-01-31 09:30:00Z"},
        {"time": "2026-02-30T09:30:00Z"},
        {"time": "2026-01-31T24:30:00Z"},
        {"time": "2026-01-31T09:30:00Z\n"},
        {"time": "２026-01-31T09:30:00Z"},
        {"time": 1769851800},
        {"ids": {"release": "Jane Smith"}},
        {"ids": {"release": ""}},
        {"ids": {"release": 1}},
        {"ids": {"release": 1.5}},
        {"ids": {"Release": "r-1"}},
        {"ids": {1: "r-1"}},
        {"ids": {"release": "x" * 201}},
        {"commitments": {"body": DIGEST.upper()}},
        {"commitments": {"body": DIGEST[:-1]}},
        {"commitments": {"body": DIGEST + "\n"}},
        {"commitments": {"the body": DIGEST}},
        {"commitments": {"body": bytes(32)}},
    ],
)
def test_anything_but_plain_facts_is_refused(changes):
    with pytest.raises(BadInput):
        entry(**changes)


@pytest.mark.parametrize("value", ["9990000018", "999-000-0018", "nhs:9990000018", "a/999-0000018"])
def test_what_looks_like_an_nhs_number_is_no_id(value):
    with pytest.raises(BadInput, match="looks like an NHS number"):
        entry(ids={"release": value})


@pytest.mark.parametrize(
    "value", ["r-2026-0001", "12345678901", "0d4f9990000018aa", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"]
)
def test_other_numbers_are_ids(value):
    assert entry(ids={"release": value}).ids["release"] == value


def test_an_entry_too_large_for_a_bundle_is_refused():
    few = {f"id{number}": "x" * 190 for number in range(300)}
    assert len(bytes(entry(ids=few))) <= LARGEST_ENTRY
    with pytest.raises(BadInput, match="larger than 65535 bytes"):
        entry(ids={f"id{number}": "x" * 190 for number in range(340)})


GOOD = bytes(entry())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "is not openhaven.log.entry/1"),
        (b"[" * 60_000, "not JSON"),
        (b"9" * 60_000, "not JSON"),
        (b" " * 70_000, "larger than"),
        (GOOD + b"\n", "canonical"),
        (GOOD.replace(b'":"r-1"', b'": "r-1"'), "canonical"),
        (GOOD.replace(b'"r-1"', b'"r-2","release":"r-1"'), "canonical"),
        (GOOD.replace(b'"r-1"', b'"r\\u002d1"'), "canonical"),
        (GOOD.replace(b"entry/1", b"entry/2"), "is not openhaven.log.entry/1"),
        (GOOD.replace(b'"released"', b'"leaked"'), "no such type"),
        (GOOD.replace(b'"released"', b'"released","v":1'), "has the fields"),
        (GOOD.replace(b'{"release":"r-1"}', b"[]"), "are objects"),
        (GOOD.replace(b'"r-1"', b"1.5"), "identifier"),
        (GOOD.replace(b'"r-1"', b"NaN"), "identifier"),
        (GOOD.replace(b'"2026-01-31T09:30:00Z"', b"null"), "time"),
    ],
)
def test_bytes_in_any_other_form_are_refused(data, says):
    with pytest.raises(BadInput, match=says):
        parse_entry(data)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_another_way(data):
    with pytest.raises(BadInput):
        parse_entry(data)


def test_a_commitment_hashes_tag_salt_and_body_each_behind_its_length():
    salt, body = bytes(range(32)), b"the body"
    tag = b"openhaven.log.commitment/1"
    spelt = b"\0\0\0\0\0\0\0\x1a" + tag + b"\0\0\0\0\0\0\0\x20" + salt + b"\0\0\0\0\0\0\0\x08" + body
    assert commitment(body, salt) == hashlib.sha256(spelt).hexdigest()
    assert entry(commitments={"body": commitment(body, salt)})


@given(body=st.binary(max_size=40), other=st.binary(max_size=40), salt=st.binary(min_size=32, max_size=32))
def test_a_commitment_fixes_body_and_salt(body, other, salt):
    assert (commitment(body, salt) == commitment(other, salt)) == (body == other)
    assert commitment(body, salt) != commitment(body, bytes(byte ^ 1 for byte in salt))


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_has_32_bytes(salt):
    with pytest.raises(BadInput, match="32 bytes"):
        commitment(b"body", salt)
