"""Sets of NHS numbers, small enough in memory for a whole nation and quick to look things up in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from openhaven.model.errors import BadInput

_TEN_DIGITS = re.compile(r"[0-9]{10}")


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Distinct NHS numbers as ascending int64, 8 bytes each. Whether one is valid is for the identity room to say."""

    sorted: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        array = self.sorted
        if array.dtype != np.int64 or array.ndim != 1 or (len(array) > 1 and not bool(np.all(array[1:] > array[:-1]))):
            raise ValueError("numbers are one ascending column of distinct int64")
        if len(array) and not (int(array[0]) >= 0 and int(array[-1]) < 10**10):
            raise ValueError("an NHS number has ten digits")
        array.flags.writeable = False

    @classmethod
    def of(cls, texts: Iterable[str], *, where: str = "") -> Numbers:
        """The set of these texts. Raises BadInput for the first that is not ten digits, without printing it."""
        found = list(texts)
        for place, text in enumerate(found, start=1):
            if not _TEN_DIGITS.fullmatch(text):
                raise BadInput(
                    f"entry {place} is not an NHS number of ten digits",
                    where=where,
                    todo="Write each as ten digits without spaces.",
                )
        return cls.from_array(np.array([int(text) for text in found], dtype=np.int64))

    @classmethod
    def from_array(cls, values: npt.NDArray[np.int64]) -> Numbers:
        """The set of these values, given in any order, some perhaps more than once."""
        return cls(np.unique(values))

    def __len__(self) -> int:
        return len(self.sorted)

    def __iter__(self) -> Iterator[str]:
        return (f"{value:010d}" for value in self.sorted.tolist())

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and bool(_TEN_DIGITS.fullmatch(text)) and bool(self.mask(np.array([int(text)]))[0])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbers) and bool(np.array_equal(self.sorted, other.sorted))

    def __hash__(self) -> int:
        return hash(self.sorted.tobytes())

    def mask(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """For each value, whether it is in this set."""
        if not len(self.sorted):
            return np.zeros(len(values), dtype=np.bool_)
        at = np.searchsorted(self.sorted, values).clip(max=len(self.sorted) - 1)
        return np.asarray(self.sorted[at] == values, dtype=np.bool_)

    def within(self, other: Numbers) -> bool:
        """Whether every number here is also in the other set."""
        return bool(np.all(other.mask(self.sorted)))

    def both(self, other: Numbers) -> Numbers:
        """The numbers in this set and in the other."""
        return Numbers(self.sorted[other.mask(self.sorted)])

    def without(self, other: Numbers) -> Numbers:
        """The numbers of this set that are not in the other."""
        return Numbers(self.sorted[~other.mask(self.sorted)])

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers as big-endian 8-byte integers in ascending order, in hexadecimal."""
        return hashlib.sha256(self.sorted.astype(">i8").tobytes()).hexdigest()
