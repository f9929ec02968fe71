"""A file as its distinct combinations of some columns: what is held is bounded by them, and four bytes a row."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from openhaven.disclosure.classes import combine, group
from openhaven.disclosure.hierarchy import Ints
from openhaven.model.errors import BadInput
from openhaven.tools.files import Source

Small = npt.NDArray[np.int32]
GATHER = 2_000_000  # combinations found anew before they are counted together again


@dataclass(frozen=True)
class Combinations:
    """`values` are each column's values, `codes` combinations x columns numbers into them, `rows` how many rows hold
    each combination, `of_row` the combination of each row. `apart` holds columns that are not part of it, row by row.
    """

    columns: tuple[str, ...]
    values: dict[str, Sequence[str]]
    codes: Ints
    rows: Ints
    of_row: Small
    apart: dict[str, Small]


class _Counting:
    """Values are numbered as they first appear; so are combinations, batch by batch."""

    def __init__(self, columns: Sequence[str], apart: Sequence[str]) -> None:
        self.columns, self.apart = tuple(columns), tuple(apart)
        self.numbers: dict[str, dict[str, int]] = {name: {} for name in columns}
        self.codes = np.zeros((0, len(columns)), dtype=np.int32)
        self.found: list[Small] = []
        self.counts: list[Ints] = []
        self.rows = np.zeros(0, dtype=np.int64)
        self.of_row: list[Small] = []
        self.first_open = 0
        self.waiting = 0
        self.rows_apart: dict[str, list[pa.DictionaryArray]] = {name: [] for name in apart}

    def add(self, batch: pa.RecordBatch) -> None:
        columns = [self._coded(name, batch.column(name)) for name in self.columns]
        for name in self.apart:
            self.rows_apart[name].append(_encoded(batch.column(name)))
        sizes = [max(1, len(self.numbers[name])) for name in self.columns]
        grouped = group(combine([column.astype(np.int64) for column in columns], sizes))
        self.of_row.append((grouped.of_each + self.waiting).astype(np.int32))
        self.found.append(np.stack(columns, axis=1)[grouped.members])
        self.counts.append(np.diff(grouped.starts, append=len(grouped.order)))
        self.waiting += len(grouped.starts)
        if self.waiting > GATHER + 2 * len(self.rows):
            self.settle()

    def _coded(self, name: str, column: pa.Array) -> Small:
        encoded, known = _encoded(column), self.numbers[name]
        own = [known.setdefault(value, len(known)) for value in encoded.dictionary.to_pylist()]
        coded: Small = np.array(own, dtype=np.int32)[encoded.indices.to_numpy(zero_copy_only=False)]
        return coded

    def settle(self) -> None:
        """Count the combinations of all batches since the last time together with those before."""
        if not self.found:
            return
        codes = np.concatenate((self.codes, *self.found))
        sizes = [max(1, len(self.numbers[name])) for name in self.columns]
        grouped = group(combine([column.astype(np.int64) for column in codes.T], sizes))
        place, settled = grouped.of_each, len(self.rows)
        if settled:  # who was numbered before keeps no number: renumber the rows seen so far
            old = place[:settled].astype(np.int32)
            self.of_row[: self.first_open] = [old[rows] for rows in self.of_row[: self.first_open]]
        new = place[settled:].astype(np.int32)
        self.of_row[self.first_open :] = [new[rows] for rows in self.of_row[self.first_open :]]
        self.rows = grouped.sum(np.concatenate((self.rows, *self.counts)))
        self.codes = codes[grouped.members]
        self.found, self.counts, self.waiting, self.first_open = [], [], 0, len(self.of_row)


def _encoded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


class Texts(Sequence[str]):
    """Values of a column, which may be millions, of people: held by Arrow, in a quarter of what Python takes."""

    def __init__(self, held: pa.Array) -> None:
        self._held = held

    def __len__(self) -> int:
        return len(self._held)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return self._held[at].to_pylist() if isinstance(at, slice) else str(self._held[at].as_py())

    def __iter__(self) -> Iterator[str]:
        return iter(self._held.to_pylist())

    def __contains__(self, value: object) -> bool:
        return pc.index(self._held, value).as_py() >= 0

    def index(self, value: str, start: int = 0, stop: int | None = None) -> int:
        """The number of a value. Raises ValueError where it is none."""
        at: int = pc.index(self._held, value, start, stop).as_py()
        if at < 0:
            raise ValueError(f"{value!r} is not there")
        return at


def _together(batches: list[pa.DictionaryArray]) -> tuple[Texts, Small]:
    """The values of a column, numbered as they first appear, and the number of each row's. The batches are let go."""
    chunks = pa.chunked_array(batches).unify_dictionaries().chunks
    batches.clear()
    codes = [chunk.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False) for chunk in chunks]
    return Texts(chunks[0].dictionary), np.concatenate(codes)


def read_combinations(
    source: Source,
    columns: Sequence[str],
    *,
    apart: Sequence[str] = (),
    look_at: Sequence[str] = (),
    look: Callable[[str, pa.Array], None] = lambda name, column: None,
) -> Combinations:
    """Count the combinations of these columns; every batch of the columns in `look_at` is shown to `look`.

    Raises BadInput where the file has no rows.
    """
    counting = _Counting(columns, apart)
    for batch in source.batches(list(dict.fromkeys((*columns, *apart, *look_at)))):
        counting.add(batch)
        for name in look_at:
            column = batch.column(name)
            look(name, column.dictionary_decode() if pa.types.is_dictionary(column.type) else column)
    counting.settle()
    if not len(counting.rows):
        raise BadInput("the file has a header and no rows", where=str(source.path))
    together = {name: _together(batches) for name, batches in counting.rows_apart.items()}
    pa.default_memory_pool().release_unused()  # what was read by batches: Arrow would keep it, and NumPy needs it
    return Combinations(
        tuple(columns),
        {name: tuple(numbers) for name, numbers in counting.numbers.items()}
        | {name: values for name, (values, _) in together.items()},
        counting.codes.astype(np.int64),
        counting.rows,
        np.concatenate(counting.of_row),
        {name: codes for name, (_, codes) in together.items()},
    )
