"""One opened file beside its certificate, and its classes."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pv  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from openhaven.package.contents import Held

LEVELS = "recoding_levels"
"""The column that tells each cell's level where rows were coarsened class by class."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One opened file, and what its certificate says of it."""

    path: Path
    held: Held
    certificate: Mapping[str, Any]

    @property
    def columns(self) -> Sequence[Mapping[str, Any]]:
        """The certificate's columns; none where the file is a table of counts."""
        return list(self.certificate["output"]["columns"])

    @property
    def person(self) -> str | None:
        """The column by which people are told apart: the one with that role; where no column states a role, the only
        pseudonym there is."""
        named = [each["name"] for each in self.columns if each.get("role") == "person"]
        if any(each.get("role") for each in self.columns):
            return named[0] if named else None
        pseudonyms = [each["name"] for each in self.columns if each["precision"] == "pseudonym"]
        return pseudonyms[0] if len(pseudonyms) == 1 else None

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """The certificate's lines of evidence."""
        return list(self.certificate["lines"])

    def quasi(self, fields: Sequence[str]) -> list[str]:
        """The columns of these fields that are in the file; with them the levels of cells, where these stand beside."""
        local = self.obligation("local-recoding") is not None
        named = {*fields, *([LEVELS] if local else [])}
        return [each["name"] for each in self.columns if {each["name"], each["source"]} & named]

    def obligation(self, kind: str) -> Mapping[str, Any] | None:
        """The obligation of that kind, where the decision carried one."""
        found = (line["obligation"] for line in self.lines)
        return next((each for each in found if each["kind"] == kind), None)

    def read(self, names: Sequence[str] | None = None) -> pa.Table:
        """The columns named, or all."""
        if self.path.suffix == ".csv":
            return _read_csv(self.path, names)
        return pq.read_table(self.path, columns=None if names is None else list(names))


def _read_csv(path: Path, names: Sequence[str] | None) -> pa.Table:
    """Every value as text, so that no leading zero is lost."""
    with path.open(encoding="utf-8", newline="") as source:
        heads = next(csv.reader(source), [])
    options = pv.ConvertOptions(column_types=dict.fromkeys(heads, pa.string()), include_columns=list(names or heads))
    return pv.read_csv(path, convert_options=options, parse_options=pv.ParseOptions(newlines_in_values=True))


def class_sizes(table: pa.Table, *, by: Sequence[str], person: str | None) -> npt.NDArray[np.int64]:
    """For each class its people (or rows, where no person is told apart), in no special order."""
    if person is None:
        counted, name = table.group_by(list(by)).aggregate([([], "count_all")]), "count_all"
    else:
        pairs, name = table.group_by([*by, person]).aggregate([]), f"{person}_count"
        counted = pairs.group_by(list(by)).aggregate([(person, "count")])
    sizes: npt.NDArray[np.int64] = counted[name].to_numpy()
    return sizes
