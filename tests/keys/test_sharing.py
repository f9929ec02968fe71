"""Shares of a secret: published values of the field and of shares, and what any number of them gives."""

import hashlib
import hmac
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.keys.sharing import interpolate, inverse, join, multiply, split
from openhaven.model.errors import BadInput


@pytest.mark.parametrize(("a", "b", "product"), [(0x57, 0x83, 0xC1), (0x57, 0x13, 0xFE), (0x57, 0x02, 0xAE)])
def test_products_are_those_of_the_standard(a, b, product):
    """FIPS 197 section 4.2."""
    assert multiply(a, b) == multiply(b, a) == product


def test_every_byte_but_0_has_an_inverse():
    assert inverse(0x53) == 0xCA  # FIPS 197, worked out for the S-box
    assert all(multiply(each, inverse(each)) == 1 for each in range(1, 256))
    with pytest.raises(ZeroDivisionError):
        inverse(0)


def test_published_shares_give_their_secret():
    """SLIP-0039, test vector 4 (basic sharing, 2 of 3): the secret lies at 255, and at 254 four bytes of its HMAC under
    the rest."""
    shares = {0: "06ab48fef4bedc8ce58baeef0a73f76e", 2: "08fb14b66e692e25dfe2edf53289ed62"}
    points = {number: bytes.fromhex(value) for number, value in shares.items()}
    secret, digest = interpolate(points, at=255), interpolate(points, at=254)
    assert secret.hex() == "cdc017fddc829e791b1371780be0605a"
    assert hmac.new(digest[4:], secret, hashlib.sha256).digest()[:4] == digest[:4]


@given(st.binary(min_size=1, max_size=80), st.integers(2, 6), st.data())
def test_as_many_as_are_needed_give_it_back_whichever_they_are(secret, needed, data):
    many = data.draw(st.integers(needed, 8))
    shares = split(secret, shares=many, needed=needed, chance=secrets.token_bytes)
    chosen = data.draw(st.lists(st.sampled_from(sorted(shares)), min_size=needed, unique=True))
    assert join({number: shares[number] for number in chosen}) == secret


def test_one_share_of_two_fits_every_secret():
    """Whatever the secret, there is a second share with which the first gives it: alone it tells nothing."""
    share = split(b"\x2a", shares=3, needed=2, chance=secrets.token_bytes)[1]
    assert {join({1: share, 2: bytes([other])}) for other in range(256)} == {bytes([each]) for each in range(256)}


@pytest.mark.parametrize(("shares", "needed"), [(3, 1), (1, 2), (2, 3), (256, 2), (0, 0)])
def test_numbers_that_share_nothing_are_refused(shares, needed):
    with pytest.raises(BadInput, match="cannot be made"):
        split(b"x", shares=shares, needed=needed, chance=secrets.token_bytes)


@pytest.mark.parametrize("shares", [{1: b"ab", 2: b"a"}, {0: b"a", 1: b"b"}, {1: b"a", 256: b"b"}, {}])
def test_what_cannot_be_shares_of_one_secret_is_refused(shares):
    with pytest.raises(BadInput, match="one length"):
        join(shares)
