"""The bytes of an Arrow string array without a copy: lengths, places, and rows of one length as a matrix."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Texts:
    """Strings as UTF-8: string i is `data[starts[i] : starts[i] + lengths[i]]`. There are no nulls."""

    data: Bytes
    starts: Ints
    lengths: Ints

    def matrix(self, rows: Ints, length: int) -> Bytes:
        """The given rows, which all have this many bytes, as a matrix of rows x bytes."""
        if length == 0 or len(rows) == 0:
            return np.empty((len(rows), length), np.uint8)
        first = self.starts[rows[0]]
        if len(rows) == len(self.starts) and len(rows) * length == len(self.data) - first:
            return self.data[first:].reshape(len(rows), length)
        gathered: Bytes = self.data[self.starts[rows][:, None] + np.arange(length)]
        return gathered


def texts(values: pa.Array) -> Texts:
    """View an Arrow string array that has no nulls."""
    values = values.cast(pa.large_string())
    _, offsets, data = values.buffers()
    if len(values) == 0:
        return Texts(np.empty(0, np.uint8), np.empty(0, np.int64), np.empty(0, np.int64))
    ends = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1]
    held = np.frombuffer(data, np.uint8)[: ends[-1]] if data is not None else np.empty(0, np.uint8)
    return Texts(held, ends[:-1], np.diff(ends))


def one_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The same values in one piece."""
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
