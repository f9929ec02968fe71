"""What every engine can do. Same rows, same types and same pseudonyms, whichever engine it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import narwhals.stable.v2 as nw
import pyarrow as pa

from openhaven.model.errors import BadInput, HavenError

ArrayFunction = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True, slots=True)
class About:
    """Whom the rows to be written are about, and the key under which each person leaves.

    `people` has the column `person` (BIGINT, each once) and the column `key`; rows have `person`, in whose stead the
    key is written, called `into`. Rows of nobody among the people are left out, unless the data leaves `whole`: they
    then have no key."""

    people: nw.LazyFrame
    person: str
    key: str
    into: str
    whole: bool = False

    def joined(self, rows: nw.LazyFrame) -> nw.LazyFrame:
        """The rows with keys in the stead of people."""
        names = [self.into if name == self.person else name for name in rows.collect_schema().names()]
        keys = self.people.select(nw.col(self.person), nw.col(self.key).alias(self.into))
        return rows.join(keys, on=self.person, how="left" if self.whole else "inner").select(*names)


def check_files(paths: Sequence[Path]) -> None:
    """Raises BadInput where there is nothing to read, HavenError where one of the files is missing."""
    if not paths:
        raise BadInput("there is no file to read")
    if missing := [str(path) for path in paths if not path.is_file()]:
        raise HavenError("this file is missing", where=", ".join(missing))


class Engine(Protocol):
    """Opens Parquet, computes lazy frames, and writes what leaves. Every method raises HavenError in plain words."""

    name: str
    takes_dots: bool  # in names of columns

    def scan(self, paths: Sequence[Path]) -> nw.LazyFrame:
        """The rows of Parquet files, columns matched by name; a column that a file lacks is null there."""

    def table(self, arrow: pa.Table) -> nw.LazyFrame:
        """A small table as a frame of this engine."""

    def collect(self, frame: nw.LazyFrame) -> pa.Table:
        """All rows in memory: for counts, classes and other small results only."""

    def materialise(self, frame: nw.LazyFrame) -> nw.LazyFrame:
        """The same rows, computed once now and kept until `close`; they may be spilled."""

    def mapped(
        self, frame: nw.LazyFrame, *, column: str, into: str, type: pa.DataType, function: ArrayFunction
    ) -> nw.LazyFrame:
        """The frame with one more column: `function` of `column`, called on many values at a time, nulls included.

        A key that the function needs lives in its closure and nowhere else. What it raises comes out unchanged.
        """

    def as_codes(self, frame: nw.LazyFrame, column: str) -> nw.LazyFrame:
        """The frame with pseudonyms (32 lowercase hex characters, or 16 bytes) in the form that travels lightest.

        For joining and for writing, which gives them back as text; for anything else, turn them back by `as_text`.
        """

    def as_text(self, frame: nw.LazyFrame, column: str) -> nw.LazyFrame:
        """The frame with codes made by `as_codes` as text again; a column of text stays as it is."""

    def class_masks(self, frame: nw.LazyFrame, *, by: Sequence[str], person: str | None) -> nw.LazyFrame:
        """One row for each combination of `by`: `rows` (BIGINT) and, where a `person` is named, `mask` (BIGINT).

        `mask` is the OR of 1 << (person & 63): its bit count is a sure lower bound of the people. Rows without a
        person add nothing to it. A BIGINT person gives the same mask on every engine; a text goes through a hash
        of the engine's own.
        """

    def write(self, frame: nw.LazyFrame, path: Path, *, order_by: Sequence[str]) -> int:
        """Write Parquet (zstd) in ascending order, nulls last, and return how many rows.

        The file appears under its name only when it is whole and on the disk.
        """

    def write_by_key(self, frame: nw.LazyFrame, path: Path, *, about: About) -> int:
        """Write rows under the keys of their people, in the order of these keys, those of nobody last; else as `write`.

        Rows of one person stand together, in any order."""

    def __enter__(self) -> Engine:
        """The engine itself, for use in `with`."""

    def __exit__(self, *_: object) -> None:
        """Close it."""

    def close(self) -> None:
        """Let go of memory and remove what was spilled."""
