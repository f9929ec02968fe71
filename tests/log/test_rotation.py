"""A key announced by the one before it: both sign, and a reader who trusts the one comes to trust the other."""

from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log.note import COSIGNATURE, parse_note, verifier_key
from openhaven.log.rotation import (
    HEADER,
    Rotation,
    Trusted,
    announce,
    follow,
    out_of_time,
    parse_trusted,
    read_announcement,
)
from openhaven.model.errors import BadInput, HavenError, NotVerified

PRIVATE = [Ed25519PrivateKey.from_private_bytes(bytes([each]) * 32) for each in range(1, 5)]
KEYS = [verifier_key("log.example", each) for each in PRIVATE]
TIME, LATER = "2026-03-02T09:00:00Z", "2027-03-02T09:00:00Z"


def note(old: int, new: int, time: str = TIME) -> str:
    return announce(Rotation(KEYS[old], KEYS[new], time), old=PRIVATE[old], new=PRIVATE[new])


def test_what_is_announced_is_read_again():
    assert read_announcement(note(0, 1)) == Rotation(KEYS[0], KEYS[1], TIME)


def test_a_reader_follows_one_rotation_after_another():
    trusted = follow(follow([Trusted(KEYS[0])], note(0, 1)), note(1, 2, LATER))
    assert set(trusted) == {Trusted(KEYS[2]), Trusted(KEYS[1], LATER), Trusted(KEYS[0], TIME)}
    assert follow(trusted, note(1, 2, LATER)) == trusted  # a second time changes nothing
    assert [parse_trusted(str(each)) for each in trusted] == list(trusted)


@pytest.mark.parametrize("missing", [0, 1])
def test_both_have_to_sign(missing):
    whole = parse_note(note(0, 1))
    left = replace(whole, signatures=(whole.signatures[1 - missing],))
    with pytest.raises(NotVerified, match="did not sign the announcement"):
        read_announcement(str(left))


@given(st.data())
def test_no_changed_announcement_says_anything_else(data):
    text = note(0, 1)
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.characters(min_codepoint=10, max_codepoint=126))
    with suppress(NotVerified):
        assert read_announcement(f"{text[:at]}{put}{text[at + 1 :]}") == Rotation(KEYS[0], KEYS[1], TIME)


def test_a_retired_key_announces_nothing_more_and_none_is_brought_back():
    """Whoever stole it cannot lead readers to a key of their own."""
    trusted = follow([Trusted(KEYS[0])], note(0, 1))
    with pytest.raises(NotVerified, match="was retired at"):
        follow(trusted, note(0, 2, LATER))
    with pytest.raises(NotVerified, match="brings back"):
        follow(trusted, note(1, 0, LATER))
    with pytest.raises(NotVerified, match="not trusted"):
        follow(trusted, note(2, 3))


def test_what_is_no_rotation_is_refused():
    with pytest.raises(BadInput, match="another key"):
        Rotation(KEYS[0], KEYS[0], TIME)
    with pytest.raises(BadInput, match="another key"):
        Rotation(KEYS[0], replace(KEYS[1], name="other"), TIME)
    with pytest.raises(BadInput, match="type 0x01"):
        Rotation(KEYS[0], replace(KEYS[1], type=COSIGNATURE), TIME)
    with pytest.raises(BadInput, match="not a time"):
        Rotation(KEYS[0], KEYS[1], "2026-13-02T09:00:00Z")
    with pytest.raises(HavenError):
        announce(Rotation(KEYS[0], KEYS[1], TIME), old=PRIVATE[2], new=PRIVATE[1])


@pytest.mark.parametrize("text", ["", "x", HEADER, f"{HEADER}\n\n", "\0", f"{HEADER}\nold\nnew\ntime\n\n— a b\n"])
def test_what_is_no_announcement_is_refused(text):
    with pytest.raises(NotVerified):
        read_announcement(text)


@pytest.mark.parametrize("line", ["{} until ", "{} until yesterday", "{} untl 2026-03-02T09:00:00Z", "until"])
def test_a_line_that_says_no_time_is_refused(line):
    with pytest.raises(BadInput):
        parse_trusted(line.format(KEYS[0]))


def test_a_key_counts_up_to_the_second_in_which_it_was_retired():
    trusted = [Trusted(KEYS[0], TIME), Trusted(KEYS[1])]
    assert not out_of_time(trusted, KEYS[:2], TIME)
    assert out_of_time(trusted, KEYS[:2], "2026-03-02T09:00:01Z") == (trusted[0],)
    assert not out_of_time(trusted, KEYS[1:], LATER)
