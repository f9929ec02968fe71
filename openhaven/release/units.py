"""Which records and people stand behind what leaves, each by a number that is the same in every release: what the
memory of releases compares.

A person is numbered in the vault already. A record is known by the keys of its own that its dataset has; where it has
none, by all that it says, so that a record corrected between two deliveries counts as another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from openhaven.disclosure.ledger import Counted
from openhaven.disclosure.tables import Table
from openhaven.model.dataset import Dataset
from openhaven.model.words import Precision, Role

from .leave import Leaving, counted
from .plan import PERSON, Plan

Ints = npt.NDArray[np.int64]
LONGEST = 64  # characters after which the weights of places repeat
_WEIGHTS = np.random.default_rng(20_181).integers(0, 1 << 63, (LONGEST, 256), dtype=np.uint64)
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Units:
    """The records (each once, in order) and the people (each once, in order) of one release."""

    records: Ints
    people: Ints


def identifying(dataset: Dataset) -> tuple[Leaving, ...]:
    """What tells one record of a dataset from another: its own keys, or else all of its content."""
    keys = [field for field in dataset if field.role is Role.KEY and not field.refers_to]
    fields = keys or [field for field in dataset if not field.identifies and field is not dataset.person]
    return tuple(
        Leaving(field, Precision.AS_HELD, f"_unit_{number}", False)
        for number, field in enumerate(fields)
        if not field.refers_to
    )


def units(plan: Plan) -> Units:
    """Of the rows on the road: those of people who were not left out."""
    columns = identifying(plan.dataset)
    found = plan.engine.collect(counted(plan, columns, {}))
    people = found[PERSON].drop_null().to_numpy().astype(np.int64)
    return Units(np.unique(record_numbers(found, [each.name for each in columns])), np.unique(people))


def record_numbers(rows: pa.Table, names: Sequence[str]) -> Ints:
    """A number for each row from its person and these columns; rows that say the same are told apart by counting."""
    number = rows[PERSON].fill_null(0).to_numpy().astype(np.int64).view(np.uint64)
    for name in names:
        number = (number ^ (number >> np.uint64(29))) * _MIX + _digested(rows[name])
    _, at, count = np.unique(number, return_inverse=True, return_counts=True)
    if (count > 1).any():
        order = np.argsort(at, kind="stable")
        first = np.cumsum(count) - count
        again = np.empty(len(at), dtype=np.uint64)
        again[order] = (np.arange(len(at)) - np.repeat(first, count)).astype(np.uint64)
        number = (number ^ (again * _MIX)) * np.where(again > 0, _MIX, np.uint64(1))
    return number.view(np.int64)


def _digested(column: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """A 64-bit sum over the bytes of each value as text, each weighed by its place: equal texts have equal sums."""
    texts = column.cast(pa.large_string()).fill_null("\x00").combine_chunks()
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    ends = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    if not len(texts) or texts.buffers()[2] is None:
        return np.zeros(len(texts), dtype=np.uint64)
    data = np.frombuffer(texts.buffers()[2], dtype=np.uint8)[ends[0] : ends[-1]]
    length = np.diff(ends)
    place = np.arange(len(data)) - np.repeat(ends[:-1] - ends[0], length)
    sums = np.concatenate(
        (np.zeros(1, dtype=np.uint64), np.cumsum(_WEIGHTS[place % LONGEST, data] + place.astype(np.uint64)))
    )
    found: npt.NDArray[np.uint64] = (sums[ends[1:] - ends[0]] - sums[ends[:-1] - ends[0]]) + length.astype(np.uint64)
    return found


def counted_in(rows: pa.Table, by: Sequence[str], tables: Sequence[Table], keys: Sequence[str]) -> tuple[Counted, ...]:
    """Who stands in which cell of a table of rows and, where there is one, of people. `by` are columns of labels."""
    leaf = np.zeros(len(rows), dtype=np.int64)
    for name, labels in zip(by, tables[0].labels, strict=True):
        code = pc.index_in(rows[name], value_set=pa.array(labels, rows[name].type))
        leaf = leaf * len(labels) + code.to_numpy().astype(np.int64)
    person = rows[PERSON].fill_null(0).to_numpy().astype(np.int64)
    found = [Counted(record_numbers(rows, keys), leaf, person)]
    if len(tables) > 1:
        there = rows[PERSON].is_valid().to_numpy()
        both = np.unique(np.stack((person[there], leaf[there])), axis=1)
        found.append(Counted(both[0], both[1]))
    return tuple(found)
