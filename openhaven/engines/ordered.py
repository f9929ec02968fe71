"""Rows put in the order of their pseudonyms, and written, with little moved about.

A sort that carries strings costs more than all the rest of a release. Here a string column of few values travels
as small numbers, a pseudonym as 16 bytes; runs of two million rows are ordered while they fit the processor's
cache, kept in memory while there is room and on disk after that, and merged by ranges of the pseudonym.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openhaven.identity.pseudonym import hex_texts

Words = npt.NDArray[np.uint64]

RUN_ROWS, RUN_BYTES = 1 << 20, 1 << 28
GROUP_ROWS = 1 << 18
FEW_AT_FIRST, FEW_AT_ALL = 4096, 1 << 16  # distinct values up to which a string column travels as numbers
CACHED = 1 << 17  # bytes of text looked at in one go
HIGH, LOW = "\0high", "\0low"
LAST = np.uint64((1 << 64) - 1)


class NotPseudonyms(Exception):
    """The column holds something that is not 32 lowercase hex characters, so it has to be ordered another way."""


def parse_hex(values: pa.Array) -> tuple[Words, Words]:
    """Pseudonyms, as 32 lowercase hex characters or 16 bytes, as two 64-bit halves; null becomes the very last number.

    Raises NotPseudonyms for any other string.
    """
    present = values.drop_null() if values.null_count else values
    halves = np.full((2, len(values)), LAST, np.uint64)
    if len(present):
        held = values.is_valid().to_numpy(zero_copy_only=False) if values.null_count else slice(None)
        codes = _codes(present) if pa.types.is_binary(values.type) else _from_hex(_characters(present))
        halves[:, held] = codes.view(">u8").reshape(-1, 2).T
    return halves[0], halves[1]


def _characters(present: pa.Array) -> npt.NDArray[np.uint8]:
    """The hex digits of all strings, end to end. Raises NotPseudonyms unless each has 32."""
    offsets = np.frombuffer(present.buffers()[1], np.int32)[present.offset : present.offset + len(present) + 1]
    if (np.diff(offsets) != 32).any():
        raise NotPseudonyms
    return np.frombuffer(present.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]


def _from_hex(text: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.concatenate([_bytes_of_hex(text[at : at + CACHED].view("<u8")) for at in range(0, len(text), CACHED)])


def _codes(present: pa.Array) -> npt.NDArray[np.uint8]:
    """Pseudonyms as 16 bytes each, end to end."""
    offsets = np.frombuffer(present.buffers()[1], np.int32)[present.offset : present.offset + len(present) + 1]
    return np.frombuffer(present.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]


def _each_byte(number: int) -> np.uint64:
    return np.uint64(number * 0x0101010101010101)


def _bytes_of_hex(text: Words) -> npt.NDArray[np.uint8]:
    """Half a byte for each character, eight characters in one number, then neighbours put together.

    Raises NotPseudonyms where a character is none of 0-9 and a-f.
    """
    letter = text >> np.uint64(6) & _each_byte(1)
    digit = (text & _each_byte(15)) + letter * np.uint64(9)
    written = digit + _each_byte(ord("0")) + letter * np.uint64(ord("a") - 10 - ord("0"))
    above_nine = (digit + _each_byte(6)) >> np.uint64(4) & _each_byte(1)
    if ((written ^ text) | (above_nine ^ letter) | (digit & _each_byte(0xF0))).any():
        raise NotPseudonyms
    pairs = digit << np.uint64(4) | digit >> np.uint64(8)
    return pairs.view("<u2").astype(np.uint8)


def order_of(high: Words, low: Words) -> npt.NDArray[np.int64]:
    """The places of the rows in ascending order of (high, low); rows that are equal keep theirs."""
    order = rough_order(high)
    sorted_high, sorted_low = high[order], low[order]
    above = sorted_high[1:] < sorted_high[:-1]
    above |= (sorted_high[1:] == sorted_high[:-1]) & (sorted_low[1:] < sorted_low[:-1])
    return np.lexsort((low, high)) if above.any() else order


def rough_order(high: Words) -> npt.NDArray[np.int64]:
    """Ascending order by as many leading bits as leave room for the place itself: one sort of plain numbers."""
    bits = np.uint64(max(len(high) - 1, 1).bit_length())
    place = np.uint64((1 << int(bits)) - 1)
    packed = high >> bits << bits
    packed |= np.arange(len(high), dtype=np.uint64)
    packed.sort()
    packed &= place
    return packed.astype(np.int64)


class Coded:
    """The values of one string column, numbered as they are met; null has a number too."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {}

    def numbers(self, column: pa.Array) -> pa.Array | None:
        """The number of each value, or None where the values turn out to be many."""
        small = _as_small_numbers(column)
        if small is not None:
            met = np.flatnonzero(np.bincount(small, minlength=1))
            width = 1 if small.dtype == np.uint8 else 2
            found = [int(each).to_bytes(width, "little").decode() for each in met]
            places = np.zeros(1 << 8 * width, np.int32)
            places[met] = self._numbered(found)
            return pa.array(places[small])
        encoded = pc.dictionary_encode(column, null_encoding="encode")
        found = encoded.dictionary.to_pylist()
        if len(found) > (FEW_AT_ALL if self._numbers else FEW_AT_FIRST):
            return None
        numbers = np.array(self._numbered(found), np.int32)
        return None if len(self._numbers) > FEW_AT_ALL else pa.array(numbers[encoded.indices.to_numpy()])

    def _numbered(self, values: list[str | None]) -> list[int]:
        return [self._numbers.setdefault(value, len(self._numbers)) for value in values]

    @property
    def values(self) -> pa.Array:
        return pa.array(self._numbers, pa.string())

    def column(self, numbers: pa.Array) -> pa.DictionaryArray:
        """The values again, as numbers and what they stand for."""
        if None in self._numbers:
            null = pc.equal(numbers, self._numbers[None])
            numbers = pc.if_else(null, pa.scalar(None, pa.int32()), numbers)
        return pa.DictionaryArray.from_arrays(numbers, self.values.fill_null(""))


def _as_small_numbers(column: pa.Array) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | None:
    """Strings that all have one byte, or all have two, as the numbers that these bytes are."""
    if column.null_count or not len(column):
        return None
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    width, rest = divmod(int(offsets[-1] - offsets[0]), len(column))
    if rest or width not in (1, 2) or (np.diff(offsets) != width).any():
        return None
    text = np.frombuffer(column.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    return text if width == 1 else text.view("<u2")


class OrderedRows:
    """Takes record batches in any order and writes them in the order of their pseudonyms, those without one last."""

    def __init__(self, schema: pa.Schema, *, order_by: Sequence[str], spill: Path, room: int) -> None:
        """`order_by` names the pseudonym column and any that follow it; `room` is in bytes."""
        self.rows = 0
        self._schema, self._spill, self._room = schema, spill, room
        self._key, *self._further = order_by
        texts = (field.name for field in schema if pa.types.is_string(field.type) and field.name != self._key)
        self._coded = {name: Coded() for name in texts}
        self._plain: set[str] = set()
        self._pending: list[pa.Table] = []
        self._runs: list[pa.Table] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Take some rows. Raises NotPseudonyms."""
        high, low = parse_hex(batch[self._key])
        columns = {name: self._light(name, batch[name]) for name in self._schema.names if name != self._key}
        self._pending.append(pa.table({HIGH: high, LOW: low} | columns))
        if self._pending_is_enough():
            self._close_run()

    def _pending_is_enough(self) -> bool:
        rows = sum(len(each) for each in self._pending)
        return rows >= RUN_ROWS or sum(each.nbytes for each in self._pending) >= RUN_BYTES

    def _light(self, name: str, column: pa.Array) -> pa.Array:
        """A string column as numbers, as long as its values are few."""
        if name in self._coded and name not in self._plain:
            numbers = self._coded[name].numbers(column)
            if numbers is not None:
                return numbers
            self._plain.add(name)
            if self._pending:
                self._close_run()
        return column

    def _close_run(self) -> None:
        table = pa.concat_tables(self._pending)
        self._pending = []
        order = rough_order(table[HIGH].to_numpy())
        run = pa.table({name: taken(_narrow(_one(table[name])), order) for name in table.column_names})
        self.rows += len(run)
        self._room -= run.nbytes
        self._runs.append(run if self._room > 0 else self._on_disk(run))

    def _on_disk(self, run: pa.Table) -> pa.Table:
        path = self._spill / f"run-{len(self._runs)}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, run.schema) as writer:
            writer.write_table(run)
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    def write(self, path: Path) -> None:
        """Write all rows, one row group for each range of pseudonyms."""
        if self._pending:
            self._close_run()
        schema = pa.schema([(field.name, self._type(field)) for field in self._schema])
        others = [name for name in schema.names if name != self._key]
        with pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            store_schema=False,
            use_dictionary=others,
            write_statistics=[self._key],
            dictionary_pagesize_limit=1 << 26,
        ) as writer:
            for group in self._groups():
                writer.write_table(self._shaped(group, schema), row_group_size=GROUP_ROWS * 8)

    def _type(self, field: pa.Field) -> pa.DataType:
        """How a column is handed to the writer; in the file a dictionary is a plain string column."""
        as_numbers = field.name in self._coded and field.name not in self._plain
        return pa.dictionary(pa.int32(), pa.string()) if as_numbers else field.type

    def _groups(self) -> Iterator[list[pa.Table]]:
        """For each range of pseudonyms, lowest first, the slices of all runs that lie in it."""
        if not self.rows:
            return
        ranges = -(-self.rows // GROUP_ROWS)
        bounds = np.array([(number << 64) // ranges for number in range(1, ranges)], np.uint64)
        cuts = [np.concatenate(([0], _cuts(run, bounds), [len(run)])) for run in self._runs]
        for number in range(ranges):
            group = [
                run.slice(cut[number], cut[number + 1] - cut[number]) for run, cut in zip(self._runs, cuts, strict=True)
            ]
            if any(len(each) for each in group):
                yield group

    def _shaped(self, group: list[pa.Table], schema: pa.Schema) -> pa.Table:
        high, low = (np.concatenate([run[half].to_numpy() for run in group]) for half in (HIGH, LOW))
        columns = {field.name: self._joined(field, group) for field in schema if field.name != self._key}
        order = self._order(high, low, columns)
        ready = {name: taken(column, order) for name, column in columns.items()}
        ready[self._key] = _pseudonym_column(high[order], low[order])
        return pa.table([ready[name] for name in schema.names], schema=schema)

    def _order(self, high: Words, low: Words, columns: dict[str, pa.Array]) -> npt.NDArray[np.int64]:
        if not self._further:
            return order_of(high, low)
        keys = pa.table({HIGH: high, LOW: low} | {name: _plain(columns[name]) for name in self._further})
        ascending = [(name, "ascending") for name in keys.column_names]
        order: npt.NDArray[np.int64] = pc.sort_indices(keys, ascending).to_numpy()
        return order

    def _joined(self, field: pa.Field, group: list[pa.Table]) -> pa.Array:
        """One column of a group, in the order of its runs; strings as numbers and their values where all are."""
        chunks = [chunk for run in group for chunk in run[field.name].chunks]
        if field.name not in self._coded:
            return pa.concat_arrays([chunk.cast(field.type) for chunk in chunks])
        values = self._coded[field.name].values
        if pa.types.is_dictionary(field.type):
            numbers = pa.concat_arrays([chunk.cast(pa.int32()) for chunk in chunks])
            return self._coded[field.name].column(numbers)
        return pa.concat_arrays([values.take(each) if pa.types.is_integer(each.type) else each for each in chunks])


def taken(column: pa.Array, order: npt.NDArray[np.int64]) -> pa.Array:
    """The values of a column in that order."""
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(taken(column.indices, order), column.dictionary)
    if column.null_count or not (pa.types.is_primitive(column.type) and column.type.bit_width >= 8):
        return column.take(pa.array(order))
    values = np.frombuffer(column.buffers()[1], f"V{column.type.bit_width // 8}")
    picked = values[column.offset : column.offset + len(column)].take(order)
    return pa.Array.from_buffers(column.type, len(order), [None, pa.py_buffer(picked)])


def _pseudonym_column(high: Words, low: Words) -> pa.Array:
    """Ordered pseudonyms as text; each is written out once and then repeated for its rows."""
    first = np.ones(len(high), np.bool_)
    first[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    codes = np.stack((high[first], low[first]), axis=1).astype(">u8").view(np.uint8)
    text = np.frombuffer(hex_texts(codes).buffers()[2], "V32")
    repeated = text.repeat(np.diff(np.append(np.flatnonzero(first), len(high))))
    offsets = np.arange(len(high) + 1, dtype=np.int32) * 32
    column = pa.Array.from_buffers(pa.string(), len(high), [None, pa.py_buffer(offsets), pa.py_buffer(repeated)])
    nobody = (high == LAST) & (low == LAST)
    return pc.if_else(pa.array(~nobody), column, pa.scalar(None, pa.string())) if nobody.any() else column


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _narrow(column: pa.Array) -> pa.Array:
    """Whole numbers in the fewest bytes that hold them."""
    if not pa.types.is_signed_integer(column.type):
        return column
    ends = pc.min_max(column).as_py()
    low, high = ends["min"] or 0, ends["max"] or 0
    for type in (pa.int8(), pa.int16(), pa.int32()):
        half = 1 << type.bit_width - 1
        if -half <= low and high < half:
            return column.cast(type)
    return column


def _cuts(run: pa.Table, bounds: Words) -> npt.NDArray[np.int64]:
    return np.searchsorted(run[HIGH].to_numpy(), bounds)
