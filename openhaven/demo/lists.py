"""The short built-in lists that the population is drawn from: names, areas, ages, codes (folder `lists`)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from openhaven.demo.chance import Floats

LISTS = Path(__file__).parent / "lists"


@dataclass(frozen=True)
class Listing:
    """One list, column by column."""

    columns: dict[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def texts(self, column: str) -> tuple[str, ...]:
        return self.columns[column]

    def array(self, column: str) -> pa.Array:
        return pa.array(self.columns[column], pa.string())

    def numbers(self, column: str) -> Floats:
        return np.array(self.columns[column], dtype=np.float64)

    def equals(self, column: str, value: str) -> np.ndarray:
        """True where the column holds this value."""
        return np.array(self.columns[column]) == value


@cache
def listing(name: str) -> Listing:
    """The built-in list of this name, such as "areas"."""
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    return Listing(dict(zip(header, zip(*rows, strict=True), strict=True)))
