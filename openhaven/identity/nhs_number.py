"""NHS numbers: the check digit (PID-01), the ranges issued (PID-02, PID-03), one at a time or by the column."""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from ._texts import Bytes, one_array, texts

_WEIGHTS = np.arange(10, 1, -1, dtype=np.int64)
_SPACING = {ord(" "): None, ord("-"): None}
LIKE_A_NUMBER = r"\d{3}[ -]?\d{3}[ -]?\d{4}"
"""A pattern for what may be a number, with or without spaces and hyphens, for engines to look for first."""
_ALONE = re.compile(rf"(?<![0-9A-Za-z]){LIKE_A_NUMBER}(?![0-9A-Za-z])")


def check_digit(nine: str) -> int | None:
    """The tenth digit of nine (PID-01: weights 10 to 2, modulus 11), or None where these nine have none."""
    if len(nine) != 9 or not (nine.isascii() and nine.isdigit()):
        raise ValueError("a check digit is worked out from nine digits")
    digit = 11 - sum(weight * int(each) for weight, each in zip(range(10, 1, -1), nine, strict=True)) % 11
    return None if digit == 10 else digit % 11


def is_valid(text: str) -> bool:
    """Whether this is ten digits with the right check digit, not all the same (PID-01)."""
    if len(text) != 10 or not (text.isascii() and text.isdigit()) or len(set(text)) == 1:
        return False
    return check_digit(text[:9]) == int(text[9])


def clean(text: str) -> str | None:
    """The ten digits, without spaces and hyphens; None where they are not a valid number."""
    digits = text.translate(_SPACING)
    return digits if is_valid(digits) else None


def numbers_within(texts: Iterable[str]) -> set[str]:
    """Every valid number that stands anywhere in these texts, apart from other letters and digits, as ten digits."""
    found = (match for text in texts for match in _ALONE.findall(text))
    return {number for match in found if (number := clean(match)) is not None}


def issued(text: str, *, demo: bool) -> bool:
    """Whether a valid number lies in a range issued in England, Wales and the Isle of Man (PID-03).

    The 999 range is never issued (PID-02), so it holds only made-up people: accepted in a demonstration alone.
    """
    return is_valid(text) and (text[0] in "467" or (demo and text.startswith("999")))


def valid_mask(values: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """`is_valid` of each string; False for a null."""
    strings = one_array(values).fill_null("")
    held = texts(strings)
    ten = np.flatnonzero(held.lengths == 10)
    mask = np.zeros(len(strings), np.bool_)
    mask[ten] = _valid_rows(held.matrix(ten, 10))
    return mask


def _valid_rows(ascii_digits: Bytes) -> npt.NDArray[np.bool_]:
    digits = ascii_digits.astype(np.int64) - ord("0")
    numeric = ((digits >= 0) & (digits <= 9)).all(axis=1)
    varied = (digits != digits[:, :1]).any(axis=1)
    expected = (11 - digits[:, :9] @ _WEIGHTS % 11) % 11  # 10, which no digit equals, where there is none
    valid: npt.NDArray[np.bool_] = numeric & varied & (expected == digits[:, 9])
    return valid


def issued_mask(values: pa.Array | pa.ChunkedArray, *, demo: bool) -> npt.NDArray[np.bool_]:
    """`issued` of each string; False for a null."""
    strings = one_array(values).fill_null("")
    ranges = pc.match_substring_regex(strings, "^([467]|999)" if demo else "^[467]")
    mask: npt.NDArray[np.bool_] = valid_mask(strings) & ranges.to_numpy(zero_copy_only=False)
    return mask


def clean_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`clean` of each string: valid numbers as ten digits, null for all else."""
    digits = one_array(values).cast(pa.string())
    if pc.any(pc.not_equal(pc.binary_length(digits), 10)).as_py():
        digits = pc.replace_substring_regex(digits, "[ -]", "")
    return pc.if_else(pa.array(valid_mask(digits)), digits, pa.scalar(None, pa.string()))
