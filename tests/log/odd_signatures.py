"""Signatures on which libraries and browsers are known to differ, made with the arithmetic of verify.py: points of
small order, points and numbers written in a second way, and points with a part of small order."""

import hashlib
from itertools import count, product

from verifiers import verify_py as v

NONE = (0, 1, 1, 0)
BASE = v.point(b"X" + b"f" * 31)
SECRET, CHANCE = 2**250 + 6962, 2**249 + 8032


def written(point):
    x, y, z, _ = point
    x, y = x * pow(z, -1, v.P) % v.P, y * pow(z, -1, v.P) % v.P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def taken_for(data):
    """The point that a reader sees who does not mind its form; None where there is none."""
    y, sign = int.from_bytes(data, "little") % 2**255 % v.P, data[31] >> 7
    square = (y * y - 1) * pow(v.D * y * y + 1, -1, v.P) % v.P
    roots = [x for x in (pow(square, (v.P + 3) // 8, v.P) * each % v.P for each in (1, pow(2, (v.P - 1) // 4, v.P)))
             if (x * x - square) % v.P == 0]  # fmt: skip
    return roots and ((x := roots[0] if roots[0] & 1 == sign else -roots[0] % v.P), y, 1, x * y % v.P)


def is_small(point):
    return written(v.times(8, point)) == written(NONE)


def _of_order_8():
    for y in count(2):
        found = taken_for(y.to_bytes(32, "little"))
        small = found and v.times(v.L, found)
        if small and written(v.times(4, small)) != written(NONE):
            return small


SMALL = [v.times(each, _of_order_8()) for each in range(8)]
ONE_MINUS = [(each | 1 << 255).to_bytes(32, "little") for each in (1, v.P - 1)]  # x is 0, and said to be odd
OTHERWISE = [(v.P + y | sign << 255).to_bytes(32, "little") for y in range(19) for sign in (0, 1)] + ONE_MINUS
OTHERWISE_SMALL = [each for each in OTHERWISE if taken_for(each) and is_small(taken_for(each))]
KEYS = {
    "plain": [(written(v.times(SECRET, BASE)), SECRET)],
    "small": [(written(each), 0) for each in SMALL],
    "small, otherwise": [(each, 0) for each in OTHERWISE_SMALL],
    "mixed": [(written(v.add(*v.times(SECRET, BASE), *each)), SECRET) for each in SMALL[1:]],
}
FIRSTS = {
    "plain": [(written(v.times(CHANCE, BASE)), CHANCE)],
    "small": [(written(each), 0) for each in SMALL],
    "small, otherwise": [(each, 0) for each in OTHERWISE_SMALL],
    "mixed": [(written(v.add(*v.times(CHANCE, BASE), *each)), CHANCE) for each in SMALL[1:]],
}


def _hash(first, key, message):
    return int.from_bytes(hashlib.sha512(first + key + message).digest(), "little") % v.L


def _holds(key, message, first, number):
    """Whether the equation of RFC 8032 holds as it stands, without the factor of eight."""
    right = v.add(*taken_for(first), *v.times(_hash(first, key, message), taken_for(key)))
    return written(v.times(number, BASE)) == written(right)


def _of(kinds, key, first):
    """One that holds and one that holds only eight times over, where there are such among some messages."""
    (key, secret), (first, chance) = key, first
    kept = set()
    for message in (b"%d" % each for each in range(9)):
        number = (chance + _hash(first, key, message) * secret) % v.L
        holds = _holds(key, message, first, number)
        if holds not in kept:
            kept.add(holds)
            plain = {"small", "small, otherwise"}.isdisjoint(kinds)
            yield kinds, key, message, first + number.to_bytes(32, "little"), holds and plain


def _cases():
    for kinds in product(KEYS, FIRSTS):
        for key, first in product(KEYS[kinds[0]][:3], FIRSTS[kinds[1]][:3]):
            yield from _of(kinds, key, first)
    _, key, message, whole, _ = next(_of(("plain", "plain"), KEYS["plain"][0], FIRSTS["plain"][0]))
    number = int.from_bytes(whole[32:], "little")
    for more in range(1, 15):
        yield (
            ("plain", f"number + {more} L"),
            key,
            message,
            whole[:32] + (number + more * v.L).to_bytes(32, "little"),
            False,
        )
    for length in (0, 31, 32, 63):
        yield ("plain", f"{length} bytes"), key, message, whole[:length], False
    yield ("plain", "65 bytes"), key, message, whole + b"\0", False
    yield ("31 bytes", "plain"), key[:31], message, whole, False
    yield ("33 bytes", "plain"), key + b"\0", message, whole, False


CASES = list(_cases())
"""What it is, key, message, signature, and whether it may be accepted."""
