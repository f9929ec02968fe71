"""A secret in shares, so many of which give it back and fewer tell nothing (A. Shamir, How to share a secret, 1979).

Each byte is the value at 0 of a random polynomial over GF(2^8), the field of AES (FIPS 197 section 4.2); a share holds
the values at its own number. Nothing here tells a wrong share from a right one: who joins shares checks what comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from openhaven.model.errors import BadInput

MOST = 255
_POLYNOMIAL = 0x11B


def multiply(a: int, b: int) -> int:
    """The product of two bytes in the field (FIPS 197 section 4.2). No branch and no table depends on either."""
    product = 0
    for _ in range(8):
        product ^= -(b & 1) & a
        a = (a << 1) ^ (-(a >> 7) & _POLYNOMIAL)
        b >>= 1
    return product


def inverse(a: int) -> int:
    """What gives 1 when multiplied: the power of 254. Raises ZeroDivisionError for 0."""
    if not a:
        raise ZeroDivisionError("0 has no inverse")
    power = 1
    for _ in range(7):
        a = multiply(a, a)
        power = multiply(power, a)
    return power


def split(secret: bytes, *, shares: int, needed: int, chance: Callable[[int], bytes]) -> Mapping[int, bytes]:
    """Shares by their numbers, from 1. `chance(n)` gives n random bytes. Raises BadInput for numbers that cannot be."""
    if not 2 <= needed <= shares <= MOST:
        raise BadInput(f"{needed} of {shares} shares cannot be made", todo=f"Two at least, of {MOST} at most.")
    higher = [chance(len(secret)) for _ in range(needed - 1)]
    return {at: bytes(_value((*coefficients,), at) for coefficients in zip(secret, *higher, strict=True))
            for at in range(1, shares + 1)}  # fmt: skip


def join(shares: Mapping[int, bytes]) -> bytes:
    """The secret that these shares give. Raises BadInput where they cannot be shares of one."""
    if len({len(each) for each in shares.values()}) != 1 or not all(1 <= number <= MOST for number in shares):
        raise BadInput("shares of one secret have one length, and numbers of their own from 1 to 255")
    return interpolate(shares, at=0)


def interpolate(points: Mapping[int, bytes], *, at: int) -> bytes:
    """What the polynomials of the lowest degree through these points are at a number (Lagrange)."""
    found = bytes(len(next(iter(points.values()))))
    for number, share in points.items():
        weight = 1
        for other in points:
            if other != number:
                weight = multiply(weight, multiply(at ^ other, inverse(number ^ other)))
        found = bytes(byte ^ multiply(weight, value) for byte, value in zip(found, share, strict=True))
    return found


def _value(coefficients: tuple[int, ...], at: int) -> int:
    value = 0
    for coefficient in reversed(coefficients):
        value = multiply(value, at) ^ coefficient
    return value
