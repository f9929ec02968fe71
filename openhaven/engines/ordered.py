"""Rows joined to the keys under which people leave, put in the order of those keys, and written, with little moved.

A sort that carries strings costs more than all the rest of a release, and so does a join that carries keys. Here a
person is the place of their key among all keys, a string column of few values travels as small numbers; runs of a
million rows are joined and ordered while they fit the processor's cache, kept in memory while there is room and on
disk after that, and merged by ranges of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openhaven.engines.engine import About
from openhaven.identity.pseudonym import hex_texts

Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Ranks = npt.NDArray[np.uint32]

RUN_ROWS, RUN_BYTES = 1 << 20, 1 << 28
GROUP_ROWS = 1 << 18
STRETCH = 1 << 12  # numbers looked up in one go
ROUNDS = 8  # a rough order of pseudonyms is off by a few neighbours only; where it is by more, another sort does it
FEW_AT_FIRST, FEW_AT_ALL = 4096, 1 << 16  # distinct values up to which a string column travels as numbers
NUMBERED = pa.dictionary(pa.int32(), pa.string())
ZSTD_LEVEL = 3  # that of zstd itself and of DuckDB; Arrow's own is lower
RANK = "\0rank"
SIGN = np.uint64(1 << 63)


class PeopleInOrder:
    """People by their ids, and by the order of the keys under which they leave: a rank is a place in that order."""

    def __init__(self, ids: pa.Array, keys: pa.Array) -> None:
        """`ids` are distinct whole numbers; `keys` are texts, or pseudonyms as 16 bytes. No value is null."""
        self._codes = _codes(keys) if pa.types.is_binary(keys.type) else None
        by_key = _order_of_codes(self._codes) if self._codes is not None else pc.sort_indices(keys).to_numpy()
        self._texts = keys.take(pa.array(by_key)) if self._codes is None else None
        if self._codes is not None:
            self._codes = self._codes.view("V16").reshape(-1).take(by_key).view(np.uint8).reshape(-1, 16)
        of_key = np.empty(len(keys), np.uint32)
        of_key[by_key] = np.arange(len(keys), dtype=np.uint32)
        numbers = ids.to_numpy()
        by_id = np.argsort(numbers)
        self._ids, self._ranks = numbers[by_id], of_key[by_id]

    def __len__(self) -> int:
        return len(self._ids)

    def ranks(self, people: pa.Array) -> Ranks:
        """The rank of each of these people, many of them at a time; `len(self)` for nobody known."""
        if not len(self) or not len(people):
            return np.zeros(len(people), np.uint32)
        ids = people.fill_null(0).to_numpy()
        order = rough_order(ids.view(np.uint64) ^ SIGN)
        asked = ids[order]
        at = np.minimum(_looked_up(asked, self._ids), len(self) - 1)
        known = self._ids[at] == asked
        if people.null_count:
            known &= people.is_valid().to_numpy(zero_copy_only=False)[order]
        found = np.empty(len(ids), np.uint32)
        found[order] = np.where(known, self._ranks[at], np.uint32(len(self)))
        return found

    def keys(self, ranks: Ranks) -> pa.DictionaryArray:
        """Their keys as text, each written out once, for ranks in ascending order; null for nobody."""
        known = ranks[: np.searchsorted(ranks, len(self))]
        first = np.ones(len(known), np.bool_)
        first[1:] = known[1:] != known[:-1]
        places = pa.array(np.cumsum(first, dtype=np.int32) - np.int32(1))
        nobody = pa.nulls(len(ranks) - len(known), pa.int32())
        return pa.DictionaryArray.from_arrays(pa.concat_arrays([places, nobody]), self._written(known[first]))

    def _written(self, ranks: Ranks) -> pa.Array:
        return hex_texts(self._codes[ranks]) if self._texts is None else self._texts.take(pa.array(ranks))


def _looked_up(asked: Places, among: Places) -> Places:
    """`searchsorted` for numbers in their rough order: each stretch of them in the few places where it can lie."""
    found = np.empty(len(asked), np.int64)
    roughly = (1 << int(_bits_for_places(len(asked)))) - 1  # by how much a number may be before or after its turn
    lows = np.searchsorted(among, asked[::STRETCH] & ~roughly)
    highs = np.append(np.searchsorted(among, asked[STRETCH::STRETCH] | roughly, side="right"), len(among))
    for number, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        here = slice(number * STRETCH, (number + 1) * STRETCH)
        found[here] = among[low:high].searchsorted(asked[here]) + low
    return found


def _codes(keys: pa.Array) -> npt.NDArray[np.uint8]:
    """Pseudonyms as a matrix of 16 bytes each."""
    offsets = np.frombuffer(keys.buffers()[1], np.int32)[keys.offset : keys.offset + len(keys) + 1]
    return np.frombuffer(keys.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(-1, 16)


def _order_of_codes(codes: npt.NDArray[np.uint8]) -> Places:
    high, low = codes.view(">u8").astype(np.uint64).T
    return order_of(np.ascontiguousarray(high), np.ascontiguousarray(low))


def order_of(high: Words, low: Words) -> Places:
    """The places of the rows in ascending order of (high, low); rows that are equal keep theirs."""
    order = rough_order(high)
    for _ in range(ROUNDS):
        here, there = order[:-1], order[1:]
        wrong = np.flatnonzero(high[there] <= high[here])
        wrong = wrong[(high[there[wrong]] < high[here[wrong]]) | (low[there[wrong]] < low[here[wrong]])]
        if not len(wrong):
            return order
        apart = wrong[np.append(True, np.diff(wrong) > 1)]  # neighbours that share a row change places one by one
        order[apart], order[apart + 1] = order[apart + 1], order[apart]
    return np.lexsort((low, high))


def rough_order(high: Words) -> Places:
    """Ascending order by as many leading bits as leave room for the place itself: one sort of plain numbers."""
    bits = _bits_for_places(len(high))
    return _sorted_places(high >> bits << bits, bits)


def rank_order(ranks: Ranks) -> Places:
    """The places of the rows in ascending order of rank; rows of one rank keep theirs."""
    bits = _bits_for_places(len(ranks))
    return _sorted_places(ranks.astype(np.uint64) << bits, bits)


def _bits_for_places(rows: int) -> np.uint64:
    return np.uint64(max(rows - 1, 1).bit_length())


def _sorted_places(packed: Words, bits: np.uint64) -> Places:
    packed |= np.arange(len(packed), dtype=np.uint64)
    packed.sort()
    packed &= np.uint64((1 << int(bits)) - 1)
    return packed.view(np.int64)


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
        """The values again, as numbers and what they stand for: only values that occur here, since rows that do not
        leave were numbered too, and a file's dictionary is read by whoever has the file."""
        each, absent = numbers.to_numpy(), self._numbers.get(None, -1)
        occurring = np.bincount(each, minlength=len(self._numbers)) > 0
        if absent >= 0:
            occurring[absent] = False
        places = np.cumsum(occurring, dtype=np.int32) - np.int32(1)
        held = pa.array(places[each], mask=each == absent if absent >= 0 else None)
        return pa.DictionaryArray.from_arrays(held, self.values.filter(pa.array(occurring)))


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
    """Takes record batches in any order and writes them in the order of their people's keys, rows of nobody last."""

    def __init__(self, schema: pa.Schema, people: PeopleInOrder, *, about: About, spill: Path, room: int) -> None:
        """`schema` is that of the batches; the key takes the place of the person's id. `room` is in bytes."""
        self.rows = 0
        self._people, self._about, self._spill, self._room = people, about, spill, room
        self._fields = {field.name: field.type for field in schema}
        texts = (name for name, type in self._fields.items() if pa.types.is_string(type))
        self._coded = {name: Coded() for name in texts}
        self._plain: set[str] = set()
        self._pending: list[pa.Table] = []
        self._runs: list[pa.Table] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Take some rows."""
        columns = {name: self._light(name, batch[name]) for name in self._fields}  # this may close a run
        self._pending.append(pa.table(columns))
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
        """Join the rows to their people, and put them in the order of ranks; rows of nobody are left out or last."""
        table = pa.concat_tables(self._pending)
        self._pending = []
        ranks = self._people.ranks(_one(table[self._about.person]))
        order = rank_order(ranks)
        if not self._about.whole:
            order = order[: np.count_nonzero(ranks < len(self._people))]
        others = (name for name in self._fields if name != self._about.person)
        columns = {name: taken(_narrow(_one(table[name])), order) for name in others}
        run = pa.table({RANK: ranks[order]} | columns)
        self.rows += len(run)
        self._room -= run.nbytes
        self._runs.append(run if self._room > 0 else self._on_disk(run))

    def _on_disk(self, run: pa.Table) -> pa.Table:
        path = self._spill / f"run-{len(self._runs)}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, run.schema) as writer:
            writer.write_table(run)
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    def write(self, path: Path) -> None:
        """Write all rows, one row group for each range of people."""
        if self._pending:
            self._close_run()
        key = self._about.into
        schema = pa.schema(
            (key, NUMBERED) if name == self._about.person else (name, self._type(name)) for name in self._fields
        )
        with pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=ZSTD_LEVEL,
            store_schema=False,
            write_statistics=[key],
            dictionary_pagesize_limit=1 << 26,
        ) as writer:
            for group in self._groups():
                writer.write_table(self._shaped(group, schema), row_group_size=GROUP_ROWS * 8)

    def _type(self, name: str) -> pa.DataType:
        """How a column is handed to the writer; in the file a dictionary is a plain string column."""
        as_numbers = name in self._coded and name not in self._plain
        return NUMBERED if as_numbers else self._fields[name]

    def _groups(self) -> Iterator[list[pa.Table]]:
        """For each range of people, in the order of their keys, the slices of all runs that lie in it."""
        if not self.rows:
            return
        ranges = -(-self.rows // GROUP_ROWS)
        bounds = np.array([len(self._people) * number // ranges for number in range(1, ranges)], np.uint32)
        cuts = [np.concatenate(([0], np.searchsorted(run[RANK].to_numpy(), bounds), [len(run)])) for run in self._runs]
        for number in range(ranges):
            group = [
                run.slice(cut[number], cut[number + 1] - cut[number]) for run, cut in zip(self._runs, cuts, strict=True)
            ]
            if any(len(each) for each in group):
                yield group

    def _shaped(self, group: list[pa.Table], schema: pa.Schema) -> pa.Table:
        ranks = np.concatenate([run[RANK].to_numpy() for run in group])
        order = rank_order(ranks)
        keys = self._people.keys(ranks[order])
        columns = (
            keys if name == self._about.person else taken(self._joined(name, group), order) for name in self._fields
        )
        return pa.table(list(columns), schema=schema)

    def _joined(self, name: str, group: list[pa.Table]) -> pa.Array:
        """One column of a group, in the order of its runs; strings as numbers and their values where all are."""
        chunks = [chunk for run in group for chunk in run[name].chunks]
        if name not in self._coded:
            return pa.concat_arrays([chunk.cast(self._fields[name]) for chunk in chunks])
        if name not in self._plain:
            return self._coded[name].column(pa.concat_arrays([chunk.cast(pa.int32()) for chunk in chunks]))
        values = self._coded[name].values
        return pa.concat_arrays([values.take(each) if pa.types.is_integer(each.type) else each for each in chunks])


def taken(column: pa.Array, order: Places) -> pa.Array:
    """The values of a column in that order."""
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(taken(column.indices, order), column.dictionary)
    if column.null_count or not (pa.types.is_primitive(column.type) and column.type.bit_width >= 8):
        return column.take(pa.array(order))
    values = np.frombuffer(column.buffers()[1], f"V{column.type.bit_width // 8}")
    picked = values[column.offset : column.offset + len(column)].take(order)
    return pa.Array.from_buffers(column.type, len(order), [None, pa.py_buffer(picked)])


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
