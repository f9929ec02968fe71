"""Points of Ed25519 as every verifier of ours takes them: written in the one form of RFC 8032 section 5.1.3, and none
of small order, for whose keys anybody can sign. Libraries and browsers differ in both."""

_FIELD = 2**255 - 19
_HIGH = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_OF_SMALL_ORDER = frozenset({0, 1, _FIELD - 1, _HIGH, _FIELD - _HIGH})
"""The heights (y) of the eight points whose order divides 8: those of order 4, 1, 2, and twice two of order 8."""


def is_plain_point(encoded: bytes) -> bool:
    """Whether 32 bytes may be a key or the first half of a signature. Not whether they lie on the curve."""
    height = int.from_bytes(encoded, "little") & (2**255 - 1)
    return len(encoded) == 32 and height < _FIELD and height not in _OF_SMALL_ORDER
